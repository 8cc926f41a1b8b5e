"""Several faults at a time, with power cuts among them: the meter is well again, nothing made up.

FAULT_ROUNDS: how many mixtures; FAULT_SEED: which.
"""

import os
from collections import Counter

from boards.virtual.world import EEPROM
from drivers import lcd_hd44780, rtc_ds3231
from host_tests.faults.campaign import CUT_LOSS_WH, Campaign
from meter.errors import ConfigError
from meter.registers import events
from meter.requests import CONNECT, DISCONNECT

LAST_S = 120  # a mixture is over by then
STRONGEST_W = 2 * (2 * 0.8 + 4) * 230  # of A+, see campaign.LOAD and FACTORS
ROUNDING_WH = 0.1
FAULTS = (
    "clock", "display", "store", "NACKs", "bus", "relay", "contact", "magnet", "cover", "noise",
    "data line", "command",
)  # fmt: skip
PAIRS = (
    (events.FIELD_ON, events.FIELD_OFF),
    (events.TERMINAL_COVER_REMOVED, events.TERMINAL_COVER_CLOSED),
)


class Mixture:
    """Faults that begin and end at their own times."""

    def __init__(self, campaign):
        self.campaign = campaign
        self.world = campaign.world
        self.active = set()
        self.world.i2c.refuses = self._refuses
        random = campaign.random
        self.plan = []
        for fault in random.sample(FAULTS, random.randint(2, 5)):
            begin_s = random.randint(0, LAST_S // 2)
            self.plan.append((begin_s, fault, True))
            self.plan.append((begin_s + random.randint(1, LAST_S // 2), fault, False))
        for _ in range(random.randint(0, 3)):
            kind = random.choice(("cut", "cut", "brown-out"))
            self.plan.append((random.randint(0, LAST_S), kind, random.randint(1, 5)))
        self.plan.sort(key=lambda item: item[0])

    def run(self):
        """Let all of it happen."""
        now_s = 0
        for at_s, fault, value in self.plan:
            while now_s < at_s:
                now_s += 1
                if "noise" in self.active:
                    for uart in (self.world.optical, self.world.module):
                        uart.receive(self.campaign.random.randbytes(20))
                self.campaign.run(1)
            if fault == "cut":
                self.campaign._power_cut_without_warning(value)
            elif fault == "brown-out":
                self.campaign._brown_out_with_warning(value)
            else:
                self._put(fault, value)
        self.world.optical.transmitted()
        self.world.module.transmitted()

    def _refuses(self, address):
        of_store = EEPROM <= address < EEPROM + 8
        return (
            ("clock" in self.active and address == rtc_ds3231.ADDRESS)
            or ("display" in self.active and address == lcd_hd44780.ADDRESS)
            or ("store" in self.active and of_store)
            or ("NACKs" in self.active and of_store and self.campaign.random.random() < 0.2)
        )

    def _put(self, fault, is_on):
        world = self.world
        (self.active.add if is_on else self.active.discard)(fault)
        if fault == "bus":
            world.i2c.stuck = is_on
        elif fault == "data line" and is_on:
            world.i2c.held_clocks = self.campaign.random.randint(1, 9)
        elif fault == "relay":
            world.relay.is_stuck = is_on
        elif fault == "contact":
            world.relay.has_contact = not is_on
        elif fault == "magnet":
            world.magnet.closed = is_on
        elif fault == "cover":
            world.cover.closed = not is_on
        elif fault == "command":
            self.command(not is_on)

    def command(self, connect):
        """Tell the breaker, which may refuse."""
        try:
            self.campaign.simulation.meter.request(CONNECT if connect else DISCONNECT)
        except ConfigError:
            pass


def complaints(campaign, counts, cuts):
    """Return what is not as it should be once all is over."""
    meter, world = campaign.simulation.meter, campaign.world
    found = []
    if not campaign._is_well():
        found.append("not well")
    if not world.relay.is_closed_now:
        found.append("the relay is open")
    if meter.tamper.state:
        found.append("still tampered")
    by_code = Counter()
    for (code, _), n in counts.items():
        by_code[code] += n
    if by_code[events.PROGRAM_ERROR]:
        found.append("program error")
    for begins, ends in PAIRS:  # a cut may take what was not stored, and it is logged again
        if not by_code[begins] <= by_code[ends] + cuts or not by_code[ends] <= 1 + cuts:
            found.append(f"{by_code[begins]} x {begins}, {by_code[ends]} x {ends}")
    return found


def test_faults_together_leave_the_meter_well_and_make_nothing_up():
    rounds = int(os.environ.get("FAULT_ROUNDS", "6"))
    seed = int(os.environ.get("FAULT_SEED", "2026"))
    print(f"seed {seed}, {rounds} mixtures")
    campaign = Campaign(seed)
    for _ in range(rounds):
        campaign.world.disturb(i=[campaign.random.choice((0.1, 0.5, 1.0, 2.0)) for _ in range(3)])
        campaign.run(10)
        before, cuts = Counter(campaign.heard), campaign.lost_cuts
        mixture = Mixture(campaign)
        mixture.run()
        for _ in range(3):
            if campaign.simulation.meter.breaker.state != 1:
                mixture.command(True)
            campaign.run(20)
        campaign.run(300)
        counts = Counter(campaign.heard)
        counts.subtract(before)
        assert complaints(campaign, counts, campaign.lost_cuts - cuts) == [], mixture.plan
    campaign.lost_wh.clear()
    missing = campaign.errors_wh()
    print(f"{campaign.lost_cuts} cuts cost 1.8.0 {missing['1.8.0']:.2f} Wh")
    unstored_wh = STRONGEST_W * LAST_S / 3600  # by a cut while the store was away
    assert min(missing.values()) >= -ROUNDING_WH
    assert max(missing.values()) <= campaign.lost_cuts * (CUT_LOSS_WH + unstored_wh) + ROUNDING_WH
