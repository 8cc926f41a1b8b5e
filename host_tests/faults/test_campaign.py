"""Faults at random: no energy wrong beyond the storage rule, each logged once, service back.

FAULT_DAYS: simulated days, one round of all kinds at least; FAULT_SEED: their order and lengths.
"""

import os

from host_tests.faults.campaign import CUT_LOSS_WH, LOOP_WRITES, Campaign

# Power is booked in whole mW: half of one at most, of each phase, for as long as the run lasts.
_ROUNDING_W = 3 * 0.0005
_SETUP_S = 0.7  # until a converter that is there again is set up and heard: two questions and it
_BRIDGED_S = 0.01  # frames that took the values of the one before; two sampler's starts


def test_faults_at_random_cost_no_energy_are_logged_once_and_leave_no_trace():
    days = float(os.environ.get("FAULT_DAYS", "0.1"))
    seed = int(os.environ.get("FAULT_SEED", "2026"))
    campaign = Campaign(seed)
    campaign.run_for(days)
    days = campaign.world.clock.now_ns() / 86_400e9
    print(f"seed {seed}, {days:.2f} days simulated")
    print("\n".join(campaign.table()))
    errors = campaign.errors_wh()
    true = campaign.simulation.true_registers()
    worst = max(errors, key=lambda code: abs(errors[code]))
    cuts, lost_wh = campaign.lost_cuts, campaign.lost_wh["1.8.0"]
    print(f"cuts without warning {cuts}; the worst cost a register {campaign.worst_cut_wh:.2f} Wh")
    print(f"a brown-out loop wrote one page {campaign.worst_writes} times at most")
    print(
        f"a converter that was lost counted again {campaign.worst_dead_s:.3f} s after it could; "
        f"others, or with bad frames, were wrong by {1000 * campaign.worst_error_s:.2f} ms at most"
    )
    print("\n".join(campaign.complaints))
    print(f"1.8.0 {true['1.8.0']:.1f} Wh, lost {lost_wh:.2f}, else {errors['1.8.0']:+.4f}")
    print(f"worst register otherwise: {worst} {errors[worst]:+.4f} Wh of {true[worst]:.1f}")
    assert campaign.worst_cut_wh < CUT_LOSS_WH
    assert campaign.worst_writes <= LOOP_WRITES
    assert campaign.worst_dead_s <= _SETUP_S
    assert campaign.worst_error_s <= _BRIDGED_S
    for code, error in errors.items():
        assert abs(error) <= _ROUNDING_W * 24 * days + 0.01, code
    for fault in campaign.faults:
        assert fault.injected > 0, f"{fault.name}: too short to inject every fault"
    assert campaign.complaints == []
