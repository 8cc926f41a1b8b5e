"""The mains and the load: exact voltages, currents, powers and energies of every phase.

Everything is a Fourier series in the angle theta = 2 pi f t of L1's voltage, held two-sided: a
quantity is the sum of c[m] * exp(j m theta), m = -H..H at index m + H.  A product is a
convolution, and every mean, sum and integral has a closed form.  Time is in whole ns and frequency
in whole mHz, so the angle is exact after years.

u(t) = sqrt(2) U sin(theta), L2 lags by 120 and L3 by 240 degrees.  A harmonic of order h has h
times the angle of its phase, in voltage and current: all phases have one form, and a harmonic
current is in phase with its voltage (in opposition where the phase exports).
"""

from dataclasses import dataclass
from math import pi, sqrt

import numpy as np

from boards.virtual.load import ARON, FOUR_WIRE

_TURN_MHZ_NS = 10**12  # mHz * ns in one period
_S_PER_H = 3600
_NOTHING_W = 1e-9  # 60 kVA have roundings of 1e-11


@dataclass(frozen=True)
class TruePower:
    """One phase: rms values and p_w with all harmonics, q_var of the fundamental alone.

    p_w > 0 is import.  q_var > 0 is quadrants I and II.  Source: IEC 62053-23 annex C for the
    signs, IEC 62053-24 for reactive power by the fundamental.
    """

    u_v: float
    i_a: float
    p_w: float
    q_var: float


class Mains:
    """A symmetrical mains with the stationary load `load` on `systems` phases.

    u, i: two-sided spectra in V and A, complex arrays of shape (systems, 2 * orders + 1), as the
          meter's systems have them: with what is connected wrong
    dead: systems whose converter makes no noise
    changes: [(ns from which on, factors on u, factors on i)], per system; see change()
    """

    def __init__(self, load):
        self.load = load
        self.systems = len(load.phases)
        self.changes = [(0, (1.0,) * self.systems, (1.0,) * self.systems)]
        self.orders = max([1] + [harmonic.order for harmonic in load.harmonics])
        u_shares, i_shares = np.zeros((2, self.orders + 1))
        u_shares[1] = i_shares[1] = 1
        for harmonic in load.harmonics:
            u_shares[harmonic.order] = harmonic.u
            i_shares[harmonic.order] = harmonic.i
        self.u = np.empty((self.systems, 2 * self.orders + 1), complex)
        self.i = np.empty_like(self.u)
        # sqrt(2) sin(x) has exp(j x) with the coefficient -j / sqrt(2)
        lags = -2j * pi / 3 * np.outer(range(self.systems), range(self.orders + 1))
        rotations = -1j / sqrt(2) * np.exp(lags)
        for number, phase in enumerate(load.phases):
            i_factors = i_shares.astype(complex)
            i_factors[1] = complex(phase.cos, -phase.sin)
            self.u[number] = _two_sided(load.u_v * u_shares * rotations[number])
            self.i[number] = _two_sided(phase.i_a * i_factors * rotations[number])
        if load.connection != FOUR_WIRE:
            self._lay_between_wires()
        if load.is_backward:
            self.u[1:] = self.u[:0:-1].copy()
            self.i[1:] = self.i[:0:-1].copy()
        if load.connection == ARON:
            self.u -= self.u[1].copy()
            self.i[1] = 0
        self.dead = [number for number, fault in load.faults if fault == "dead"]
        for number, fault in load.faults:
            self.u[number] *= -1 if fault == "reversed" else 0
            self.i[number] *= 1 if fault == "reversed" else 0

    def _lay_between_wires(self):
        """Take what there is for L12, L23 and L31, and turn it into what the three wires have.

        Harmonics of an order that 3 divides are the same between all wires, so there are none: in
        the voltages because these add up to 0, in the currents because they stay in the load.
        """
        self.u[:, np.arange(-self.orders, self.orders + 1) % 3 == 0] = 0
        u12, u23, u31 = self.u
        i12, i23, i31 = self.i
        self.u = np.array([u12 - u31, u23 - u12, u31 - u23]) / 3
        self.i = np.array([i12 - i31, i23 - i12, i31 - i23])

    def change(self, at_ns, u=None, i=None):
        """From `at_ns` on have voltages and currents times the factors `u` and `i`, per system.

        What is None stays.  at_ns: not before any change, nor before what was sampled already.
        """
        _, u_before, i_before = self.changes[-1]
        self.changes.append((at_ns, tuple(u or u_before), tuple(i or i_before)))

    def spans(self, start_ns, end_ns):
        """Yield (start, end, factors on u, on i) of what lies between the two, without gaps."""
        ends = [change[0] for change in self.changes[1:]] + [end_ns]
        for (begin_ns, u, i), until_ns in zip(self.changes, ends, strict=True):
            first, last = max(start_ns, begin_ns), min(end_ns, until_ns)
            if first < last:
                yield first, last, u, i

    def turns(self, t_ns):
        """Return the angle of L1's voltage at the integer t_ns, in turns, 0 <= turns < 1."""
        return self.load.f_mhz * t_ns % _TURN_MHZ_NS / _TURN_MHZ_NS

    def power(self, number):
        """Return the TruePower of system `number`, 0..systems-1."""
        u, i = self.u[number], self.i[number]
        first = self.orders + 1
        return TruePower(
            u_v=float(np.linalg.norm(u)),
            i_a=float(np.linalg.norm(i)),
            p_w=_clean((u @ i.conj()).real),
            q_var=_clean(2 * (u[first] * i[first].conjugate()).imag),
        )

    def active_wh(self, number, start_ns, end_ns):
        """Return the integral of u * i of one system, exact for parts of a cycle too."""
        powers = np.convolve(self.u[number], self.i[number])
        turn = 2j * pi * np.arange(1, 2 * self.orders + 1)
        ends = np.exp(turn * self.turns(end_ns)) - np.exp(turn * self.turns(start_ns))
        swings = powers[2 * self.orders + 1 :] * ends / (turn * self.load.f_mhz / 1000)
        mean_ws = powers[2 * self.orders].real * (end_ns - start_ns) / 1e9
        return float(mean_ws + 2 * swings.real.sum()) / _S_PER_H

    def reactive_varh(self, number, start_ns, end_ns):
        """Return the reactive energy of the fundamental: power times time."""
        return self.power(number).q_var * (end_ns - start_ns) / 1e9 / _S_PER_H

    def registers(self, start_ns, end_ns, is_vector=False):
        """Return what the load delivered as {OBIS C.D.E: Wh or varh}, C = 1..8 and by phase + 20.

        1 A+, 2 A-, 3 R+, 4 R-, 5..8 quadrants I..IV, without creep gate or resolution; the sign is
        that of the power.  Each phase books for itself, and the total is their sum or, if
        `is_vector` or of two elements, books for itself; elements book nothing.
        """
        scopes = range(0, 20 * self.systems + 1, 20)
        registers = {f"{c + scope}.8.0": 0.0 for scope in scopes for c in range(1, 9)}
        everything = range(self.systems)
        is_aron = self.load.connection == ARON
        bookings = [] if is_aron else [([number], scopes[number + 1]) for number in everything]
        if is_vector or is_aron:
            bookings.append((everything, 0))
        else:
            bookings += [([number], 0) for number in everything]
        for span in self.spans(start_ns, end_ns):
            for group, scope in bookings:
                for c, energy in self._booked(group, *span).items():
                    registers[f"{c + scope}.8.0"] += energy
        return registers

    def _booked(self, group, start_ns, end_ns, u, i):
        """Return {C: energy} of some systems in a span, by the signs of their power together."""
        factors = {number: u[number] * i[number] for number in group}
        power = {number: self.power(number) for number in group}
        exports = sum(factors[number] * power[number].p_w for number in group) < 0
        negative = sum(factors[number] * power[number].q_var for number in group) < 0
        active = sum(
            factors[number] * self.active_wh(number, start_ns, end_ns) for number in group
        )
        reactive = abs(
            sum(factors[number] * self.reactive_varh(number, start_ns, end_ns) for number in group)
        )
        quadrant = (4 if negative else 1) if not exports else (3 if negative else 2)
        return {
            1 + exports: active * (-1 if exports else 1),
            3 + negative: reactive,
            4 + quadrant: reactive,
        }


class Samples:
    """Signals of the mains at fixed instants after a start that moves.

    spectra:  two-sided, complex array of shape (signals, 2 * orders + 1), any unit
    times_ns: instants after the start, array of n floats
    Cost: one real matrix product (signals, 2 orders) x (2 orders, n) per call of `at`.
    """

    def __init__(self, mains, spectra, times_ns):
        self._mains = mains
        self._orders = np.arange(1, mains.orders + 1)
        self._mean = spectra[:, mains.orders, None].real
        self._spectra = 2 * spectra[:, mains.orders + 1 :]
        turns = np.asarray(times_ns) * (mains.load.f_mhz / _TURN_MHZ_NS)
        angles = 2 * pi * np.outer(self._orders, turns)
        self._basis = np.concatenate((np.cos(angles), -np.sin(angles)))

    def at(self, start_ns):
        """Return the values from the integer start_ns on, float array of shape (signals, n)."""
        rotation = np.exp(2j * pi * self._orders * self._mains.turns(start_ns))
        turned = self._spectra * rotation
        return np.concatenate((turned.real, turned.imag), axis=1) @ self._basis + self._mean


def _clean(power):
    """Return `power`, 0 where it is what the roundings of its parts have left."""
    return 0.0 if abs(power) < _NOTHING_W else float(power)


def _two_sided(coefficients):
    """Return c[-H..H] of a real signal from c[0..H]."""
    return np.concatenate((coefficients[:0:-1].conj(), coefficients))
