"""Disturbances of the waveform and what the meter makes of them: magnitude, duration, energy.

`python -m host_tests.quality.class_s` prints the table of docs/quality.md.  Limits are those of
IEC 61000-4-30, class S, as far as they are known: 0.5 % of Un, 50 mHz, a cycle at each end of an
event.  True energy is the integral of u * i of the waveform itself, at sixteen times the sample
rate.
"""

from math import pi, sqrt

import numpy as np

from host_tests.quality.conftest import SETS_A_S, Bench, angle, sine_i, sine_u
from meter.ledger.energy import A_MINUS, A_PLUS
from meter.registers import events

UN = 230.0
MAGNITUDE_V = 0.005 * UN
DURATION_MS = 2 * 20
FREQUENCY_MHZ = 50
BEGIN_S = 3.0037  # off every crossing
_FINE = 16  # instants of the integral in a sample
_PJ_PER_WH = 3.6e15


class Case:
    """One waveform.

    u, i:        callable(t array in s, phase) -> V, A
    seconds:     how long it runs
    magnitude:   V of the dip or swell, None without one
    ms:          how long that lasts
    phases:      that have it; None: not judged, a cycle with a jump in it is what it is
    f_mhz:       callable(t) -> frequency at t s
    limit:       of the energy error, share
    is_brief:    of one cycle, which fills no cycle between two crossings: magnitude not judged
    """

    def __init__(self, name, u=sine_u, i=sine_i, seconds=6, magnitude=None, ms=0, phases=3,
                 f_mhz=lambda _: 50_000, limit=0.002):  # fmt: skip
        self.name, self.u, self.i, self.seconds = name, u, i, seconds
        self.magnitude, self.ms, self.phases = magnitude, ms, phases
        self.f_mhz, self.limit = f_mhz, limit
        self.is_brief = 0 < ms <= 20


class Result:
    """What was found: worst errors, of what there was to be found."""

    def __init__(self, case):
        self.case = case
        bench = Bench(case.u, case.i)
        bench.run(case.seconds)
        middle = bench.source._start - bench.source._window.n / 2  # of the last whole window
        self.f_error_mhz = round(bench.quantities.f_mhz - case.f_mhz(middle / SETS_A_S))
        window = bench.source.flush()
        if window is not None:
            bench.quantities.update(window)
            bench.ledger.book(
                bench.quantities.window_p_mw, bench.quantities.window_q_mvar, window.duration_ns
            )
        found = [event for event in bench.voltage_events() if len(event) == 3]
        self.events = [event for event in found if event[0] >= events.VOLTAGE_NORMAL]
        self.volts = [volts for _, _, volts in self.events]
        self.ms = [ms for _, ms, _ in self.events]
        total = bench.ledger.total
        self.wh = (total.exact_pj(A_PLUS) - total.exact_pj(A_MINUS)) / _PJ_PER_WH
        self.true_wh = true_wh(case, bench.sampler.written * bench.sampler.set_ns / 1e9)

    @property
    def energy_error(self):
        return self.wh / self.true_wh - 1

    @property
    def magnitude_error_v(self):
        wanted = self.case.magnitude
        if wanted is None:
            return 0.0
        return max((abs(v - wanted) for v in self.volts), default=0.0)

    @property
    def duration_error_ms(self):
        return max((abs(ms - (self.case.ms or ms)) for ms in self.ms), default=0)

    def complaints(self):
        """Return what is outside of its limit."""
        case = self.case
        wanted = case.phases if case.magnitude is not None else 0
        checks = {
            f"{len(self.events)} events": case.phases is None or len(self.events) == wanted,
            f"{self.magnitude_error_v} V": case.is_brief or self.magnitude_error_v <= MAGNITUDE_V,
            f"{self.duration_error_ms} ms": self.duration_error_ms <= DURATION_MS,
            f"{self.f_error_mhz} mHz": abs(self.f_error_mhz) <= FREQUENCY_MHZ,
            f"energy {100 * self.energy_error:+.3f} %": abs(self.energy_error) <= case.limit,
        }
        return [text for text, is_good in checks.items() if not is_good]

    def row(self):
        """Return a line of the table."""
        case = self.case
        cells = [case.name, "-", "-", "-", "-"]
        if case.magnitude is not None:
            worst = max(self.volts, key=lambda v: abs(v - case.magnitude))
            longest = max(self.ms, key=lambda ms: abs(ms - case.ms))
            cells[1:] = [f"{case.magnitude:.1f}", f"{worst:.1f}", f"{case.ms:g}", f"{longest}"]
        error = 100 * self.energy_error
        cells += [f"{self.f_error_mhz:+d}", f"{self.true_wh:.4f}", f"{error:+.3f}"]
        return "| " + " | ".join(cells) + " |"


def true_wh(case, seconds):
    """Return the integral of u * i over all phases."""
    total = 0.0
    steps_a_s = SETS_A_S * _FINE
    for second in range(int(np.ceil(seconds))):
        n = round(min(1.0, seconds - second) * steps_a_s)
        t = second + (np.arange(n) + 0.5) / steps_a_s
        total += sum(float(case.u(t, phase) @ case.i(t, phase)) for phase in range(3))
    return total / steps_a_s / 3600


def stepped(factor, ms, phases=(0, 1, 2)):
    """Return u(t) that is `factor` times the voltage for a while."""

    def u(t, phase):
        inside = (t >= BEGIN_S) & (t < BEGIN_S + ms / 1000) & (phase in phases)
        return sine_u(t, phase) * np.where(inside, factor, 1.0)

    return u


def jumped(degrees):
    """Return u(t) whose angle jumps."""

    def u(t, phase):
        jump = np.where(t >= BEGIN_S, degrees * pi / 180, 0)
        return sqrt(2) * UN * np.sin(angle(t, phase) + jump)

    return u


def ramped(begin_hz, end_hz, seconds):
    """Return u(t) and i(t) whose frequency goes from one to the other."""

    def sine(size):
        def wave(t, phase):
            slope = (end_hz - begin_hz) / seconds
            turns = begin_hz * t + 0.5 * slope * t * t
            return sqrt(2) * size * np.sin(2 * pi * turns - 2 * pi / 3 * phase)

        return wave

    return sine(UN), sine(10)


def with_fifth(size, share):
    """Return a sine with a fifth harmonic."""

    def wave(t, phase):
        one = angle(t, phase)
        return sqrt(2) * size * (np.sin(one) + share * np.sin(5 * one))

    return wave


def of(u):
    """Return the current of 23 ohm at `u`."""
    return lambda t, phase: u(t, phase) / 23.0


def pulsed(factor, ms):
    """Return i(t) that is `factor` times as large for a while."""

    def i(t, phase):
        inside = (t >= BEGIN_S) & (t < BEGIN_S + ms / 1000)
        return sine_i(t, phase) * np.where(inside, factor, 1.0)

    return i


def _disturbed(name, factor, ms, phases=(0, 1, 2)):
    u = stepped(factor, ms, phases)
    return Case(name, u, of(u), 4 + ms / 1000, factor * UN, ms, len(phases))


_RAMP = ramped(48.5, 51.5, 8)
CASES = (
    Case("nothing"),
    *[
        _disturbed(f"sag to {f:.0%}, {ms} ms", f, ms)
        for f in (0.85, 0.7, 0.4)
        for ms in (20, 100, 1000)
    ],
    _disturbed("sag to 10 % of L2, 3 s", 0.1, 3000, (1,)),
    *[
        _disturbed(f"swell to {f:.0%}, {ms} ms", f, ms)
        for f in (1.15, 1.3)
        for ms in (20, 100, 1000)
    ],
    *[_disturbed(f"interruption, {ms} ms", 0.0, ms) for ms in (100, 1000)],
    Case("jump of the angle, 30 degrees", jumped(30), of(jumped(30))),
    Case("jump of the angle, 90 degrees", jumped(90), of(jumped(90)), phases=None),
    Case("48.5 to 51.5 Hz in 8 s", *_RAMP, seconds=8, f_mhz=lambda t: 48_500 + 375 * t),
    Case("5th harmonic, 10 % of U, 40 % of I", with_fifth(UN, 0.1), with_fifth(10, 0.4)),
    Case("5th harmonic, 40 % of I", i=with_fifth(10, 0.4)),
    Case("half waves", i=lambda t, phase: np.maximum(0, sine_i(t, phase)), limit=0.003),
    Case("5 A of DC on top", i=lambda t, phase: sine_i(t, phase) + 5.0, limit=0.003),
    Case("transient, 105 A (10 x the load), 20 ms", i=pulsed(10.5, 20)),
    Case("transient, 1050 A (10 x Imax), 5 ms", i=pulsed(105, 5), limit=0.08),  # what it carried
)  # fmt: skip

HEAD = (
    "| waveform, 3 x 230 V, 10 A | V | found | ms | found | f, mHz | Wh | error, % |",
    "|---|---|---|---|---|---|---|---|",
)


if __name__ == "__main__":
    import sys

    for line in HEAD:
        sys.stdout.write(line + "\n")
    for case in CASES:
        sys.stdout.write(Result(case).row() + "\n")
