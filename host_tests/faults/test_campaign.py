"""Faults at random: no energy wrong beyond the storage rule, each logged once, service back.

FAULT_DAYS: simulated days, by default two hours; FAULT_SEED: the order and lengths of the faults.
"""

import os

from host_tests.faults.campaign import CUT_LOSS_WH, Campaign

_NOISE = 2e-6  # of the energy: rounding to mW at the smallest power here, 1150 W, is 0.4e-6


def test_faults_at_random_cost_no_energy_are_logged_once_and_leave_no_trace():
    days = float(os.environ.get("FAULT_DAYS", "0.08"))
    seed = int(os.environ.get("FAULT_SEED", "2026"))
    campaign = Campaign(seed)
    campaign.run_for(days)
    print(f"seed {seed}, {days} days simulated")
    print("\n".join(campaign.table()))
    errors = campaign.errors_wh()
    true = campaign.simulation.true_registers()
    worst = max(errors, key=lambda code: abs(errors[code]))
    cuts, lost_wh = campaign.lost_cuts, campaign.lost_wh["1.8.0"]
    print(f"cuts without warning {cuts}; the worst cost a register {campaign.worst_cut_wh:.2f} Wh")
    print(f"1.8.0 {true['1.8.0']:.1f} Wh, lost by cuts {lost_wh:.2f}, else {errors['1.8.0']:+.4f}")
    print(f"worst register beside cuts: {worst} {errors[worst]:+.4f} Wh of {true[worst]:.1f}")
    assert campaign.worst_cut_wh < CUT_LOSS_WH
    for code, error in errors.items():
        assert abs(error) <= _NOISE * true[code] + 0.01
    for fault in campaign.faults:
        assert fault.injected > 0, "too short to inject every fault"
        assert (fault.name, fault.logged_once) == (fault.name, fault.injected)
        assert (fault.name, fault.recovered) == (fault.name, fault.injected)
