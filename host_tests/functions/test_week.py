"""A week and more of loads, cuts, clocks set, plans changed: nothing lost, nothing twice.

WEEK_EXAMPLES=200 runs more weeks than the tests do by themselves.
"""

import os

from hypothesis import HealthCheck, Phase, note, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from host_tests.functions.rig import Rig, codes, utc_s
from meter import requests
from meter.calendar.tariff_plan import TariffPlan
from meter.journal.profile import CLOCK_ADJUSTED
from meter.registers.billing_calendar import BillingCalendar
from meter.registers.lists import AUTOMATIC, MANUAL
from meter.views.button import EXTRA_LONG, LONG, SHORT

PJ_PER_CWH = 36_000_000_000_000
EXAMPLES = int(os.environ.get("WEEK_EXAMPLES", "12"))
WINDOW_S = 60  # so that a cut may cost a minute of load beside what waits to be stored
MOST_W = 20_000
HOUR_S = 3_600
DAY_S = 86_400


def plan_of(switches, activation_day):
    tables = [[(0, tariff), (minute, other)] for tariff, minute, other in switches]
    return TariffPlan([(4, 1), (10, 1)], tables, activation_day=activation_day)


SWITCHES = st.lists(
    st.tuples(st.integers(1, 8), st.integers(1, 1439), st.integers(1, 8)), min_size=6, max_size=6
)
# Energies and tariffs: each form of the tariff registers, and none.
ORDERS = st.sampled_from(
    ["684-31BJ4B3010", "684-31BJ2B3010", "684-31BJ4B4010", "684-31BJ1B2010", "684-31BJ4B1010"]
)


class Week(RuleBasedStateMachine):
    """A meter and what a plain bookkeeper knows of it."""

    @initialize(
        start=st.sampled_from(
            [
                utc_s(2026, 3, 27, 12),
                utc_s(2026, 10, 23, 7),
                utc_s(2026, 12, 30, 23),
                utc_s(2028, 2, 27, 1),
            ]
        ),
        gg=st.integers(1, 28),
        period=st.sampled_from("1234"),
        order=ORDERS,
    )
    def power_up(self, start, gg, period, order):
        """Begin shortly before summer time changes, a year ends, a leap day comes."""
        config = {"config2": f"000-{gg:02}-01-1", "config1": f"1-1-000-00-{period}"}
        config["order"] = order
        self.rig = Rig(codes(**config), start)
        meter = self.rig.meter
        self.calendar = BillingCalendar(gg, 1, meter.billed.zone)
        self.began_s = self.latest_s = start
        self.resets = 0
        self.base_cwh = 0
        self.base_pj = self.rig.delivered_pj
        self.profile_began = self.rig.import_cwh()

    def _was_started(self, before_cwh, lost_cwh):
        now_cwh = self.rig.import_cwh()
        note(f"restored {now_cwh} of {before_cwh}")
        assert before_cwh - lost_cwh <= now_cwh <= before_cwh
        self.base_cwh = now_cwh
        self.base_pj = self.rig.delivered_pj

    @rule(hours=st.integers(1, 40), watts=st.integers(3, MOST_W))
    def load(self, hours, watts):
        """Use energy for hours."""
        self.rig.run_until(self.rig.chip.now_s() + hours * HOUR_S, watts, step_s=WINDOW_S)

    @rule(seconds=st.integers(1, 600), watts=st.integers(3, MOST_W))
    def load_shortly(self, seconds, watts):
        """Use energy second by second."""
        self.rig.run(seconds, watts)

    @rule(off_s=st.integers(1, 3 * DAY_S), has_warning=st.booleans())
    def cut(self, off_s, has_warning):
        """Cut the power, with the warning of the supply sense or without."""
        self.rig.settle()
        before = self.rig.import_cwh()
        self.rig.cut(off_s, has_warning)
        self._was_started(before, 0 if has_warning else 1_000)

    @rule(watts=st.integers(3, MOST_W), off_s=st.integers(1, 600), seconds=st.integers(1, 30))
    def cut_at_once(self, watts, off_s, seconds):
        """Cut the power while something may wait to be stored."""
        self.rig.run(seconds, watts)
        before = self.rig.import_cwh()
        self.rig.cut(off_s)
        # 10 Wh beside the window, and what a step of a minute before may have left behind.
        self._was_started(before, 1_000 + MOST_W * WINDOW_S // 36)

    @rule(off_s=st.integers(1, 3 * DAY_S), watts=st.integers(3, MOST_W))
    def cut_until_the_clock_stops(self, off_s, watts):
        """Come back with an invalid clock: energy counts, nothing is closed until it is set."""
        self.rig.settle()
        before = self.rig.import_cwh()
        closed = len(self.rig.closings())
        self.rig.chip.is_right = False
        self.rig.cut(off_s)
        self._was_started(before, 1_000)
        self.rig.run(2 * HOUR_S, watts, step_s=WINDOW_S)
        assert not self.rig.meter.clock.is_valid()
        assert len(self.rig.closings()) == closed
        self.rig.set_clock(self.rig.chip.now_s())
        self.rig.settle()

    @rule(step_s=st.integers(-DAY_S, DAY_S))
    def set_clock(self, step_s):
        """Set the clock by up to a day."""
        self._note_time()
        now_s = self.rig.chip.now_s()
        self.rig.set_clock(max(now_s + step_s, self.began_s))

    @rule(switches=SWITCHES, ahead=st.integers(0, 3))
    def change_plan(self, switches, ahead):
        """Write a time table that comes into force today or in days."""
        day = (self.rig.chip.now_s() + HOUR_S) // DAY_S + ahead
        most = self.rig.meter.settings.tariffs
        kept = [(min(one, most), minute, min(other, most)) for one, minute, other in switches]
        self.rig.request(requests.WRITE_TARIFF_PLAN, plan_of(kept, day).pack())

    @rule(tariff=st.integers(0, 8))
    def command_tariff(self, tariff):
        """Put a tariff in force by command."""
        most = self.rig.meter.settings.tariffs
        self.rig.request(requests.COMMAND_TARIFF, min(tariff, most))

    @rule(
        watts=st.integers(3, MOST_W),
        threshold=st.integers(1, MOST_W),
        period=st.sampled_from("1234"),
    )
    def change_settings(self, watts, threshold, period):
        """Change a setting, which has the meter start anew: to the last unit nothing is lost."""
        self.rig.run(10, watts)
        before = self.rig.meter
        change = f"threshold_w={threshold};pulse_milli={threshold + 1};config1=1-1-000-00-{period}"
        is_same = threshold == before.settings.threshold_w and (
            int(period) == before.settings.config_1 % 10
        )
        self.rig.request(requests.WRITE_SETTINGS, change.encode())
        cwh = self.rig.import_cwh()
        self.rig.run(1, 0)
        self.rig.run(2, 0)
        assert (self.rig.meter is before) == is_same
        assert self.rig.meter.settings.threshold_w == threshold
        if not is_same:
            self._was_started(cwh, 0)

    @rule(order=ORDERS)
    def change_what_is_kept_by_tariff(self, order):
        """Change energies and tariffs with the seal open: the tariffs go on being the total."""
        before = self.rig.meter
        self.rig.seal.closed = False
        self.rig.request(requests.COMMAND_TARIFF, 0)
        cwh = self.rig.import_cwh()
        self.rig.request(requests.WRITE_SETTINGS, f"order={order}".encode())
        self.rig.run(3, 0)
        self.rig.seal.closed = True
        if self.rig.meter is not before:
            self._was_started(cwh, 0)

    @rule(seconds=st.integers(1, 9_000), watts=st.integers(3, MOST_W), vars_=st.integers(-9, 9))
    def export(self, seconds, watts, vars_):
        """Feed energy back, and reactive energy either way."""
        delivered_pj = self.rig.delivered_pj
        self.rig.run(seconds, -watts, vars_ * 1_000, step_s=WINDOW_S)
        self.rig.delivered_pj = delivered_pj

    @rule()
    def reset(self):
        """Close the period from outside."""
        self.rig.settle()
        self.rig.request(requests.CLOSE_BILLING)
        self.resets += 1

    @rule(kinds=st.lists(st.sampled_from([SHORT, SHORT, LONG, EXTRA_LONG]), max_size=12))
    def push(self, kinds):
        """Push the button; two minutes later the display scrolls again, or is in test mode."""
        display = self.rig.meter.display
        self.rig.meter.requests.is_open = True
        for kind in kinds:
            display.press(kind)
            display.step(20)
            assert display.frame.identification
        for _ in range(1_300):
            display.step(100)
        if display._is_testing():
            display.press(EXTRA_LONG)
        self.rig.meter.requests.is_open = False
        seen = set()
        for _ in range(300):
            display.step(100)
            seen.add(display.frame.identification)
        assert display._list in (AUTOMATIC, MANUAL)
        assert len(seen) >= 3

    def _note_time(self):
        self.latest_s = max(self.latest_s, self.rig.now_s)

    @invariant()
    def energy_is_conserved_to_the_last_unit(self):
        """Register = what was delivered = tariffs = load profile with its open interval."""
        if not hasattr(self, "rig"):
            return
        self._note_time()
        rig = self.rig
        delivered = (rig.delivered_pj - self.base_pj) // PJ_PER_CWH
        assert rig.import_cwh() == self.base_cwh + delivered
        rig.check_tariffs()
        profile = rig.meter.keeper.profile
        waiting = sum(
            int.from_bytes(profile._waiting[at + 3 : at + 6], "little")
            for at in range(0, profile._n * profile._size, profile._size)
        )
        if profile.oldest() == 0:  # of 5 minutes only 17 days are kept
            gains = sum(entry[2][0] for entry in rig.profile())
            assert gains + waiting == profile._base_cwh[0]

    @invariant()
    def no_period_is_lost_or_closed_twice(self):
        """Every target date that has passed has one entry, and every reset."""
        if not hasattr(self, "rig"):
            return
        self.rig.settle()
        self._note_time()
        records = self.rig.closings()
        assert [record.periods for record in records] == list(range(1, len(records) + 1))
        due = self.calendar.closings(self.began_s, self.latest_s)
        stamps = [record.at_s for record in records]
        assert len(records) == len(due) + self.resets
        assert sorted(set(due) & set(stamps)) == due
        counts = [record.counts_cwh[0] for record in records]
        assert counts == sorted(counts)

    @invariant()
    def days_are_in_order_unless_the_clock_was_set(self):
        """No day twice, as long as nobody set the clock."""
        if not hasattr(self, "rig"):
            return
        if not any(entry[1] & CLOCK_ADJUSTED for entry in self.rig.profile()):
            stamps = [record.at_s for record in self.rig.days()]
            assert stamps == sorted(set(stamps))


TestWeek = Week.TestCase
TestWeek.settings = settings(
    max_examples=EXAMPLES,
    stateful_step_count=20,
    deadline=None,
    print_blob=True,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],  # a week is not made shorter
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
