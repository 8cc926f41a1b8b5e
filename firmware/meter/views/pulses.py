"""Energy as a train of pulses for the LED and the S0 output, evenly spread in time.

Pulse k stands at the instant when the k-th part of a kilowatt-hour was passed, interpolated inside
the window that passed it; the train runs one window behind the measurement.  It is handed out as
*words* for a player that does nothing but wait and pulse: bit 0 = a pulse follows the wait, bits
31..1 = the wait in ticks of 10 us.  A pulse's length is part of the timeline, and the words of a
window cover exactly that window, less what its predecessor's last pulse has used up already.

No pulse is ever lost.  When they come closer than a pulse and the least pause, they queue: at
30 ms that is above 28.5 Hz (103 kW at 1000 imp/kWh), at 80 ms above 11.7 Hz (42 kW); the data
sheet allows 80 ms up to 32 A.  At 105 A on three phases (20.1 Hz) the pause is 19.7 ms, shorter
than the pulse; a counter that insists on 30 ms of pause (DIN 43864) is served up to 86 A, as the
data sheet says.
"""

from micropython import const

TYPE_CHECKING = const(False)
if TYPE_CHECKING:
    from array import array

TICK_NS = const(10_000)
_TICKS_PER_MS = const(100)
_PAUSE_TICKS = const(500)  # 5 ms dark between two pulses, or no reader tells them apart
_KWH_PJ = 3_600_000_000_000_000_000
_WRAP_PJ = 10_000_000 * _KWH_PJ  # where a register of seven digits rolls over, a whole pulse too


class PulseTrain:
    """Pulses of the energy register whose exact energy is given with each window.

    energy_pj:       what the register holds now, mW * ns; the pulses up to here are past
    pulses_per_kwh:  meter constant, 1..10_000
    pulse_ms:        30 or 80
    lit_when_idle:   LED on without consumption (data sheet, configuration 1, code B = 2)

    count:        pulses handed out since the start
    waiting:      pulses due but queued
    led_between:  whether the LED is on between the pulses
    """

    def __init__(
        self,
        energy_pj: int,
        pulses_per_kwh: int = 1000,
        pulse_ms: int = 30,
        lit_when_idle: bool = False,
    ) -> None:
        self.count = 0
        self.waiting = 0
        self.led_between = False
        self._pulses_per_kwh = pulses_per_kwh
        self._pulse_ticks = pulse_ms * _TICKS_PER_MS
        self._lit_when_idle = lit_when_idle
        self._rest_ns = 0  # time that did not fill a tick yet
        self._taken = 0  # ticks of the next window that the last pulse needs
        self._ready = 0  # tick of the next window from which a pulse may start
        self.rebase(energy_pj)

    def rebase(self, energy_pj: int) -> None:
        """Go on from a register that was restored to `energy_pj`, without a pulse for that."""
        self._energy_pj = energy_pj
        self._part = energy_pj * self._pulses_per_kwh % _KWH_PJ  # of the next pulse, in 1/_KWH_PJ

    def owed(self, energy_pj: int) -> int:
        """Return the pulses that are due when the register holds `energy_pj`, and not given."""
        gain = (energy_pj - self._energy_pj) % _WRAP_PJ * self._pulses_per_kwh
        return self.waiting + (self._part + gain) // _KWH_PJ

    def window(
        self, energy_pj: int, duration_ns: int, is_creeping: bool, words: "array[int]"
    ) -> int:
        """Spread the pulses of one window; return how many words were written.

        energy_pj:    what the register holds at the window's end; never less than before, but for
                      its roll-over at 10,000,000 kWh
        duration_ns:  of the window, below 2**31 ticks (5.9 h)
        is_creeping:  True when nothing is being consumed
        words:        array('I') of duration / (pulse + 5 ms) + 2 words or more; pulses that find
                      no room wait for the next window

        Warm: big integers, once per window.
        """
        self.led_between = self._lit_when_idle and is_creeping
        gain = (energy_pj - self._energy_pj) % _WRAP_PJ * self._pulses_per_kwh
        self._energy_pj = energy_pj
        missing = _KWH_PJ - self._part  # until the first pulse of this window
        due, self._part = divmod(self._part + gain, _KWH_PJ)
        began_ns = self._rest_ns
        ticks, self._rest_ns = divmod(began_ns + duration_ns, TICK_NS)

        room = len(words) - 1  # the last word is kept for the wait that fills the window
        n = 0
        now = self._taken
        pulse = -self.waiting  # 0 is the first of this window; below stand the queued ones
        while pulse < due and n < room:
            start = self._ready
            if pulse >= 0:
                after_ns = duration_ns * (missing + pulse * _KWH_PJ) // gain
                start = max(start, (began_ns + after_ns) // TICK_NS)
            if start >= ticks:
                break
            words[n] = start - now << 1 | 1
            n += 1
            pulse += 1
            now = start + self._pulse_ticks
            self._ready = now + _PAUSE_TICKS
        self.count += pulse + self.waiting
        self.waiting = due - pulse
        if now < ticks:
            words[n] = ticks - now << 1
            n += 1
            now = ticks
        self._taken = now - ticks
        self._ready = max(0, self._ready - ticks)
        return n
