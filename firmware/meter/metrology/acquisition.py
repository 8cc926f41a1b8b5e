"""Cuts the endless stream of sample sets into windows of whole mains cycles.

A *set* is one simultaneous value of every channel; a *window* is 10 mains cycles (12 from 55 Hz
up), some 200 ms.  Windows abut without a gap or an overlap, so the sum of their products over time
is the energy, whatever the mains frequency does; only the fundamental needs them to be whole
cycles.

The cycles are counted on the voltage of one system (the reference); if that stays silent the next
one takes over.  Without any voltage a window ends after 230 ms.  After lost samples the window
begun before the gap is closed at the gap: what was measured counts, what was not measured is not
invented.

The window lengths are the basic measurement interval of IEC 61000-4-30.
"""

from array import array

from micropython import const

from meter.metrology import half_cycles, layout
from meter.units import div_round

TYPE_CHECKING = const(False)
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Protocol

    class System(Protocol):
        """One measuring system of a sampler: rings, and per range the peak at which it is full."""

        u: array[int]
        ranges: tuple[array[int], ...]
        limits: tuple[int, ...]

    class Sampler(Protocol):
        """Rings of sets and what came into them; see ports/rp2/sampler.py."""

        systems: tuple[System, ...]
        size: int
        mask: int
        set_ns: int
        half: int
        u_full_scale: int
        written: int
        overruns: int
        gap: bool

        def poll(self, limit: int) -> int:
            """Move at most `limit` sets into the rings; return how many."""

    class Kernel(Protocol):
        """The functions of meter/metrology/kernel.py that work on rings."""

        accumulate: "Callable[[array[int], array[int], int, int, int, int, array[int]], None]"

        def track(
            self, u: array[int], first: int, n: int, mask: int, half: int, state: array[int]
        ) -> int:
            """Look for a mains crossing in `n` sets."""

        half_sums: "Callable[[array[int], int, int, int, int, int, array[int]], None]"

        def shifted(self, sums: array[int], index: int) -> int:
            """Return one of accumulate()'s sums >> 16."""

        def peak(self, values: array[int], first: int, n: int, mask: int) -> int:
            """Return the greatest magnitude of `n` values."""


FLAG_GAP = const(1)  # sets were lost just before or just after this window
FLAG_PARTIAL = const(2)  # cut before its cycles were whole: at the start, a gap or a flush
FLAG_SILENT = const(8)  # no mains cycle was found in 230 ms
FLAG_OVERRANGE = const(4)  # the least sensitive current range ran into its end
FLAG_OVERRANGE_U = const(16)  # a voltage is so high that its peaks may be beyond the scale

_POSITION_MASK = const(0xFFFFFF)  # positions count sets modulo 2**24 (35 min at 8 kS/s)
_CYCLES_50 = const(10)
_CYCLES_60 = const(12)
_SPLIT_MHZ = const(55_000)
_MAX_WINDOW_NS = const(230_000_000)  # 10 cycles at 43.5 Hz
_MHZ_NS_Q16 = 1_000_000_000_000 << 16  # one cycle a ns is 1e12 mHz
_STEP_50HZ_NS = const(20_000_000)
_HALF_NS = const(10_000_000)


class Window:
    """Sums of one window, filled by a window source; valid until the source's next poll().

    n:            sets in it
    duration_ns:  n times the set period; up to 230e6 from samples, more from a model
    cycles:       whole mains cycles, 0 if unsynchronised
    f_mhz:        mains frequency in mHz, 0 if unsynchronised
    flags:        FLAG_* bits
    sums:         per system array('q'), layout in layout.py
    range:        per system index of the current range the sums hold
    """

    def __init__(self, systems: int) -> None:
        self.n = 0
        self.duration_ns = 0
        self.cycles = 0
        self.f_mhz = 0
        self.flags = 0
        self.sums = tuple([array("q", [0] * layout.SUMS) for _ in range(systems)])
        self.range = array("b", [0] * systems)


class Acquisition:
    """Window source over a sampler.

    sampler:  see ports/rp2/sampler.py; rings of sets, `poll(limit)`, `written`, `gap`
    kernel:   module with the functions of meter/metrology/kernel.py

    u_shift:  what half_cycles() shifts u by
    """

    def __init__(self, sampler: "Sampler", kernel: "Kernel") -> None:
        self._sampler = sampler
        self._kernel = kernel
        self._systems = sampler.systems
        self._set_ns = sampler.set_ns
        self._window = Window(len(sampler.systems))
        self._max_sets = min(
            _MAX_WINDOW_NS // sampler.set_ns, sampler.size - 2 * sampler.half - sampler.size // 32
        )
        self._state = array("i", [0] * layout.TRACKER)
        # 1/32 of the full scale, some 3 % of Un: noise never arms the tracker, a dip does not lose
        # it.
        self._state[layout.HYSTERESIS] = (sampler.half * sampler.u_full_scale) >> 5
        self._sums = array("q", [0] * layout.SUMS)  # of a harmonic
        self._first = 0  # where in the rings the window begins that was returned last
        # A voltage whose peaks are 1.5 times its rms ends at the end of the scale here, a sine 6 %
        # below it. The sums are there anyway; looking for the peaks would cost 7 cycles a set.
        self._u_room = 4 * sampler.u_full_scale * sampler.u_full_scale // 9
        self._half_sets = _HALF_NS // sampler.set_ns
        self.u_shift = 0
        while sampler.u_full_scale >> self.u_shift > half_cycles.LARGEST:
            self.u_shift += 1
        self._reference = 0
        self._start = 0  # first set of the open window
        self._scan = 0  # first set the tracker has not seen
        self._crossing_q16 = 0  # sub-set part of the crossing that opened the window
        self._is_synced = False
        self._settling = 2 * sampler.half  # sets until the filter holds nothing but mains
        self._after_gap = 0
        self._cycles = 0
        self._cycles_wanted = _CYCLES_50
        self._step = (sampler.set_ns << 32) // _STEP_50HZ_NS

    @property
    def overruns(self) -> int:
        """How often the sampler lost sets since the start."""
        return self._sampler.overruns

    def poll(self) -> "Window | None":
        """Take over what the sampler has and return the next complete Window, or None.

        Call again at once after a Window: one poll may have brought in more than one.
        """
        sampler = self._sampler
        open_sets = (sampler.written - self._start) & _POSITION_MASK
        sampler.poll(sampler.size - 2 * sampler.half - open_sets)
        if sampler.gap:
            return self._close_at_gap()
        while True:
            pending = (sampler.written - self._scan) & _POSITION_MASK
            room = self._max_sets - ((self._scan - self._start) & _POSITION_MASK)
            n = min(pending, room)
            if n == 0:
                return self._close_by_time_out() if room == 0 else None
            if self._track(n) and self._is_window_complete():
                return self._close_at_crossing()

    def flush(self) -> "Window | None":
        """Close the open window where it stands and return it, or None if it holds no set."""
        self._scan = self._sampler.written
        window = self._close_cut(FLAG_PARTIAL)
        self._refill_tracker()
        return window

    def half_cycles(self, index: int, out: "array[int]") -> int:
        """Sum u of system `index` by the half cycles of the window that poll() returned last.

        out: see half_cycles.sums(), of u >> u_shift; returns how many there are.  In a window that
        is not of whole cycles halves are as long as in the one before, and what is left at its
        end is left out.
        """
        window = self._window
        n = window.n
        if window.cycles:
            parts = 2 * window.cycles
            self._half_sets = n // parts
        else:
            parts = min(n // self._half_sets, half_cycles.HALVES)
            n = parts * self._half_sets
        mask = self._sampler.mask
        u = self._systems[index].u
        self._kernel.half_sums(u, self._first, n, mask, parts, self.u_shift, out)
        return parts

    def harmonic(self, index: int, order: int, out: "array[int]") -> None:
        """Sum the window that poll() returned last with `order` times its frequency.

        out: array('i', 4): UC, US, IC, IS of system `index` as in layout.py, each >> 16 and so
        below 2**26; they mean something for a whole window only.  Hot.
        """
        system = self._systems[index]
        values = system.ranges[self._window.range[index]]
        step = self._step * order & layout.PHASE_MASK
        mask = self._sampler.mask
        kernel, sums = self._kernel, self._sums
        kernel.accumulate(system.u, values, self._first, self._window.n, mask, step, sums)
        for k in range(4):
            out[k] = kernel.shifted(sums, layout.UC + k)

    def _track(self, n: int) -> bool:
        """Look for a crossing in the next `n` sets; return True at one that counts."""
        if self._settling:
            n = min(n, self._settling)
        u = self._systems[self._reference].u
        sampler = self._sampler
        used = self._kernel.track(
            u, self._scan & sampler.mask, n, sampler.mask, sampler.half, self._state
        )
        self._scan = (self._scan + (used or n)) & _POSITION_MASK
        if self._settling:
            self._settling -= used or n
            return False
        return used > 0

    def _is_window_complete(self) -> bool:
        if not self._is_synced:
            return True
        self._cycles += 1
        return self._cycles == self._cycles_wanted

    def _close_at_crossing(self) -> "Window | None":
        # The crossing lies between the last two sets seen: y went from `before` < 0 to `after` >=
        # 0.
        before = self._state[layout.PREVIOUS]
        after = self._state[layout.Y]
        fraction_q16 = (-before << 16) // (after - before)
        window = (
            self._close_whole(fraction_q16) if self._is_synced else self._close_cut(FLAG_PARTIAL)
        )
        self._is_synced = True
        self._crossing_q16 = fraction_q16
        self._cycles = 0
        return window

    def _close_whole(self, fraction_q16: int) -> Window:
        window = self._window
        n = (self._scan - self._start) & _POSITION_MASK
        span_q16 = (n << 16) + fraction_q16 - self._crossing_q16
        self._step = (self._cycles << 48) // span_q16
        window.cycles = self._cycles
        window.f_mhz = div_round(self._cycles * _MHZ_NS_Q16, span_q16 * self._set_ns)
        self._cycles_wanted = _CYCLES_60 if window.f_mhz >= _SPLIT_MHZ else _CYCLES_50
        self._fill(n, 0)
        return window

    def _close_by_time_out(self) -> "Window | None":
        window = self._close_cut(FLAG_SILENT)
        self._cycles_wanted = _CYCLES_50  # twelve of 50 Hz would not fit before the next time-out
        self._reference = (self._reference + 1) % len(self._systems)
        self._refill_tracker()
        return window

    def _close_at_gap(self) -> "Window | None":
        self._scan = self._sampler.written
        window = self._close_cut(FLAG_PARTIAL | FLAG_GAP)
        self._refill_tracker()
        self._settling = 2 * self._sampler.half
        self._after_gap = FLAG_GAP
        return window

    def _close_cut(self, flags: int) -> "Window | None":
        n = (self._scan - self._start) & _POSITION_MASK
        self._is_synced = False
        self._cycles = 0
        if n == 0:
            return None
        self._window.cycles = 0
        self._window.f_mhz = 0
        self._fill(n, flags)
        return self._window

    def _refill_tracker(self) -> None:
        """Recompute the tracker's filter for the new reference from the sets in the ring."""
        sampler = self._sampler
        u = self._systems[self._reference].u
        y = 0
        for k in range(1, sampler.half + 1):
            y += u[(self._scan - k) & sampler.mask]
            y -= u[(self._scan - sampler.half - k) & sampler.mask]
        self._state[layout.Y] = y
        self._state[layout.PREVIOUS] = y
        self._state[layout.ARMED] = 0

    def _fill(self, n: int, flags: int) -> None:
        """Sum the `n` sets of the open window, then open the next one behind them."""
        window = self._window
        sampler = self._sampler
        first = self._first = self._start & sampler.mask
        for index in range(len(self._systems)):
            system = self._systems[index]
            chosen = self._choose_range(system, first, n)
            if chosen == len(system.ranges):
                chosen -= 1
                flags |= FLAG_OVERRANGE
            window.range[index] = chosen
            self._kernel.accumulate(
                system.u,
                system.ranges[chosen],
                first,
                n,
                sampler.mask,
                self._step,
                window.sums[index],
            )
            if window.cycles and window.sums[index][layout.UU] >= n * self._u_room:
                flags |= FLAG_OVERRANGE_U
        window.n = n
        window.duration_ns = n * self._set_ns
        window.flags = flags | self._after_gap
        self._after_gap = 0
        self._start = self._scan

    def _choose_range(self, system: "System", first: int, n: int) -> int:
        """Return the most sensitive range that stayed off its end, or their number if none did."""
        chosen = 0
        for values in system.ranges:
            peak = self._kernel.peak(values, first, n, self._sampler.mask)
            if peak < system.limits[chosen]:
                break
            chosen += 1
        return chosen
