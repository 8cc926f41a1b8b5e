"""A window source without samples: the sums of whole windows in closed form, for months of time.

The sum of exp(j m theta) over evenly spaced sets is a geometric series; that gives the sums that
the kernel would make of Frames24's sets, within the rounding of the codes (but without their
saturation).  Windows abut on whole sets, as on the meter: their sums over time are the energy.
"""

from array import array
from math import pi, sqrt

import numpy as np

from boards.virtual.front_end import Frames24
from meter.metrology import half_cycles, layout
from meter.metrology.acquisition import FLAG_PARTIAL, FLAG_SILENT, Window

_CYCLES_LONG, _CYCLES_SHORT = 50, 10
_SHORT_FROM_VA = 15_000  # so that a window holds some 5 Wh at most, also with 3 x 105 A
_TURN_MHZ_NS = 10**12
_HALF_NS = 10_000_000
_FEW = 4  # halves that stand for all, where all have been alike for a window
_TAKEN = 16

# The reference is a staircase of 256 steps: its fundamental is smaller by their sinc.
_REFERENCE = layout.REFERENCE_AMPLITUDE * float(np.sinc(1 / layout.REFERENCE_PAIRS))

# Flooring shifts leave a mean error of half a count, less half a code.
_U_OFFSET = -0.5 + 0.5 / (1 << layout.U_SHIFT)
_I_OFFSET = -0.5 + 0.5 / (1 << layout.I_SHIFT)


class SumsSource:
    """Window source over a Mains, in simulated time: `advance`, then `poll` until it returns None.

    noise: factor on the published noise of Frames24, as there; seed: of that noise
    """

    overruns = 0  # there are no samples to lose
    u_shift = 3

    def __init__(self, mains, noise=1.0, seed=0):
        front_end = Frames24(mains, noise)
        scale = front_end.scale()
        self._set_ns = front_end.SET_NS
        self._mains = mains
        self._u = mains.u / float(scale.u_v)
        self._i = mains.i / float(scale.i_a[0])
        self._u[:, mains.orders] += _U_OFFSET
        self._i[:, mains.orders] += _I_OFFSET
        self._u_noise, self._i_noise = scale.u_noise, scale.i_noise[0]
        self._is_noisy = noise > 0
        self._random = np.random.Generator(np.random.Philox(seed))
        powers = [mains.power(number) for number in range(mains.systems)]
        apparent_va = sum(power.u_v * power.i_a for power in powers)
        self._cycles = _CYCLES_SHORT if apparent_va > _SHORT_FROM_VA else _CYCLES_LONG
        self._matrices = {}  # by number of sets, of the change that holds; few for whole windows
        self._halves = {}  # by system, of the same change
        self._now_ns = 0
        self._start = 0  # first set of the open window
        self._change = 0  # which of the mains' changes holds in it
        self._cycles_done = 0
        self._window = Window(mains.systems)
        self._is_new = True  # the window, or the one before, is not whole

    def advance(self, ns):
        """Let `ns` >= 0 of simulated time pass."""
        self._now_ns += ns

    def resume(self, ns):
        """Go on at `ns`: what lies before it was measured otherwise, or not at all."""
        self._now_ns = ns
        self._start = ns // self._set_ns
        self._cycles_done = ns * self._mains.load.f_mhz // _TURN_MHZ_NS

    def poll(self):
        """Return the next complete Window, or None."""
        cycles = self._cycles_done + self._cycles
        end = cycles * _TURN_MHZ_NS // (self._mains.load.f_mhz * self._set_ns)
        begins_ns = self._start * self._set_ns
        while self._has_changed_by(begins_ns):
            self._change += 1
            self._matrices.clear()
            self._halves.clear()
        changes = self._mains.changes
        if self._change + 1 < len(changes):
            change = changes[self._change + 1][0] // self._set_ns
            if change < end and change * self._set_ns <= self._now_ns:
                return self._cut(change - self._start)
        if end * self._set_ns > self._now_ns:
            return None
        self._cycles_done = cycles
        n = end - self._start
        matrix = self._matrices.get(n)
        if matrix is None:
            matrix = self._matrices[n] = self._matrix(n)
        if self._mains.load.u_v > 0 and any(changes[self._change][1]):
            return self._close(matrix, n, self._cycles, 0)
        return self._close(matrix, n, 0, FLAG_SILENT)

    def _has_changed_by(self, ns):
        """Return whether the next change of the mains is at or before `ns`, in whole sets."""
        changes = self._mains.changes
        if self._change + 1 == len(changes):
            return False
        return changes[self._change + 1][0] // self._set_ns * self._set_ns <= ns

    def flush(self):
        """Close the open window where it stands and return it, or None if it holds no set."""
        n = self._now_ns // self._set_ns - self._start
        if n == 0:
            return None
        return self._cut(n)

    def _cut(self, n):
        """Close the open window after `n` sets."""
        window = self._close(self._matrix(n), n, 0, FLAG_PARTIAL)
        self._cycles_done = self._start * self._set_ns * self._mains.load.f_mhz // _TURN_MHZ_NS
        return window

    def half_cycles(self, index, out):
        """Sum u by the half cycles of the window returned last, which are all alike."""
        halves = self._halves.get(index)
        if halves is None:
            factor = self._mains.changes[self._change][1][index]
            squares = np.abs(self._changed(self._u[index], factor)) ** 2
            squares[self._mains.orders] = 0
            square = (float(squares.sum()) + self._u_noise) / 4**self.u_shift
            half = (0, round(_TAKEN * square), _TAKEN)
            halves = self._halves[index] = array("i", half * half_cycles.HALVES)
        window = self._window
        parts = 2 * window.cycles or max(1, window.duration_ns // _HALF_NS)
        parts = min(parts, half_cycles.HALVES if self._is_new else _FEW)
        end = half_cycles.FIELDS * parts
        out[:end] = halves[:end]
        return parts

    def harmonic(self, index, order, out):
        """Sum the window returned last with a cosine and a sine of `order` times the mains."""
        _, u_factors, i_factors = self._mains.changes[self._change]
        at = self._mains.orders + order
        for first, spectrum, factor in (
            (0, self._u[index], u_factors[index]),
            (2, self._i[index], i_factors[index]),
        ):
            value = factor * spectrum[at] if order <= self._mains.orders else 0j
            for k, part in enumerate((value.real, -value.imag)):
                out[first + k] = round(self._window.n * _REFERENCE * float(part)) >> 16

    def _close(self, matrix, n, cycles, flags):
        window = self._window
        self._is_new = bool(flags or window.flags)
        window.n = n
        window.duration_ns = n * self._set_ns
        window.cycles = cycles
        window.f_mhz = self._mains.load.f_mhz if cycles else 0
        window.flags = flags
        turns = self._mains.turns(self._start * self._set_ns)
        orders = np.arange(matrix.shape[-1])
        sums = (matrix @ np.exp(2j * pi * turns * orders)).real
        if self._is_noisy:
            self._add_noise(sums, n)
        for number, row in enumerate(np.rint(sums).astype(np.int64).tolist()):
            target = window.sums[number]
            target[layout.N] = n
            for index, value in enumerate(row, layout.U):
                target[index] = value
        self._start += n
        return window

    def _changed(self, spectrum, factor):
        """Return `spectrum` times `factor`, but for its mean, which is that of the converter."""
        found = spectrum * factor
        found[self._mains.orders] = spectrum[self._mains.orders]
        return found

    def _matrix(self, n):
        """Return the sums of `n` sets as Fourier series in the angle of the first one.

        Complex array of shape (systems, 9, orders): U .. IS as in layout.py, orders 0 .. 2 H, the
        real part counts.
        """
        highest = 2 * self._mains.orders
        orders = np.arange(-highest - 1, highest + 2)
        step = 2j * pi * self._mains.load.f_mhz * self._set_ns / _TURN_MHZ_NS
        with np.errstate(invalid="ignore"):
            series = (np.exp(orders * step * n) - 1) / (np.exp(orders * step) - 1)
        series[highest + 1] = n
        plain = series[1:-1]
        cosine = _REFERENCE / 2 * (series[2:] + series[:-2])
        sine = _REFERENCE / 2j * (series[2:] - series[:-2])
        systems = []
        _, u_factors, i_factors = self._mains.changes[self._change]
        for number in range(self._mains.systems):
            u = self._changed(self._u[number], u_factors[number])
            i = self._changed(self._i[number], i_factors[number])
            uu, ii, ui = np.convolve(u, u), np.convolve(i, i), np.convolve(u, i)
            uu[highest] += self._u_noise
            ii[highest] += self._i_noise
            linear = np.pad(u, highest // 2), np.pad(i, highest // 2)
            rows = [spectrum * plain for spectrum in (*linear, uu, ii, ui)]
            rows += [spectrum * part for spectrum in linear for part in (cosine, sine)]
            systems.append(rows)
        halves = np.array(systems)[:, :, highest:]
        halves[:, :, 1:] *= 2
        return halves

    def _add_noise(self, sums, n):
        """Add the noise of `n` sets to the linear sums, and what follows from these to products.

        The mean square of the noise is in UU and II already.
        """
        draws = self._random.standard_normal((2, 3, len(sums))) * sqrt(n)
        draws[0] *= sqrt(self._u_noise)
        draws[1] *= sqrt(self._i_noise)
        draws[:, 1:] *= _REFERENCE / sqrt(2)
        (u_mean, *u), (i_mean, *i) = draws
        uc, us, ic, is_ = sums.T[-4:].copy()
        share = 2 / (n * _REFERENCE**2)
        uu = 2 * share * (uc * u[0] + us * u[1])
        ii = 2 * share * (ic * i[0] + is_ * i[1])
        ui = share * (uc * i[0] + us * i[1] + ic * u[0] + is_ * u[1])
        sums += np.transpose((u_mean, i_mean, uu, ii, ui, *u, *i))
