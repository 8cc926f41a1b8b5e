"""U, I, P, Q, S, power factor and frequency of a window, signed, from its calibrated sums.

Active power is the mean of u*i without its DC part and so holds every harmonic; reactive power is
that of the fundamental (IEC 62053-24), from the in-phase and quadrature sums.  Load convention: P
> 0 is import, Q > 0 an inductive load.  Everything is an integer; big integers are made, so this
is a warm path: once per window, not once per set.
"""

from micropython import const

from meter.metrology import layout
from meter.metrology.acquisition import FLAG_PARTIAL
from meter.units import angle_mdeg, div_round, isqrt

TYPE_CHECKING = const(False)
if TYPE_CHECKING:
    from array import array

    from meter.metrology.acquisition import Window
    from meter.metrology.calibration import Calibration

_NV_PA_TO_MW = 1_000_000_000_000_000_000  # 1 nV * 1 pA = 1e-21 W = 1e-18 mW
_Q30 = 1 << 30
# The reference moves in 256 steps a turn, so its fundamental is 8191 * sin(x) / x with x = pi /
# 256; squared.
_REFERENCE_SQUARE = 67_089_113
_HALF_ROOT_3_E9 = 866_025_404
_TWO_PI_E9 = 6_283_185_307  # 2 pi * 1e9


class Quantities:
    """Latest values.  Lists are indexed by system (L1 first); totals are sums over the systems.

    flags:  FLAG_* bits of the last window
    window_p_mw, window_q_mvar:  of the last window, whole cycles or not: what energy is booked
                                 from

    The rest is shown, and taken from whole windows (and from those without any mains) only:
    u_mv, i_ma: rms of the AC part;  p_mw, q_mvar: signed;  s_mva = U * I;  pf_permille: P / S,
    signed, 0 where S is 0;  f_mhz: 0 without mains and before the first whole window;
    u_angle_mdeg: how far the fundamental of U lies behind that of the first system with a voltage,
    0..359_999, 0 where there is no voltage;  is_dead: the current's samples were all the same,
    without the noise that the channel has;  cycles: of the mains since the start, and breaks: how
    often windows were not of whole cycles, so that some were not counted.

    systems:        how many are connected, from the first on; 0: all that are there
    is_three_wire:  Aron: P and Q mean something in total only, and S is that of three wires
    """

    def __init__(
        self, calibration: "Calibration", systems: int = 0, is_three_wire: bool = False
    ) -> None:
        self._calibration = calibration
        n = len(calibration.systems)
        if systems:
            n = min(n, systems)
        self.systems = n
        self.is_three_wire = is_three_wire
        self.u_angle_mdeg = [0] * n
        self.is_dead = [False] * n
        self.flags = FLAG_PARTIAL
        self.window_p_mw = [0] * n
        self.window_q_mvar = [0] * n
        self.u_mv = [0] * n
        self.i_ma = [0] * n
        self.p_mw = [0] * n
        self.q_mvar = [0] * n
        self.s_mva = [0] * n
        self.pf_permille = [0] * n
        self.f_mhz = 0
        self.cycles = self.breaks = 0
        self.p_total_mw = 0
        self.q_total_mvar = 0
        self.s_total_mva = 0
        self.pf_total_permille = 0
        # Per system and range (n, sum u, sum i) of the last whole window: the DC part to take off.
        self._dc = [[(1, 0, 0)] * len(s.ranges) for s in calibration.systems]

    def update(self, window: "Window") -> None:
        """Take the values of `window` (acquisition.Window)."""
        self.flags = window.flags
        self.cycles += window.cycles
        self.breaks += window.cycles == 0
        is_partial = window.flags & FLAG_PARTIAL
        if not is_partial:
            self.f_mhz = window.f_mhz
        for index in range(self.systems):
            chosen = window.range[index]
            sums = window.sums[index]
            if not is_partial:
                self._dc[index][chosen] = (sums[layout.N], sums[layout.U], sums[layout.I])
            self._update_powers(index, chosen, sums)
            if not is_partial:
                self._show(index, chosen, sums)
        if not is_partial:
            self.p_total_mw = sum(self.p_mw)
            self.q_total_mvar = sum(self.q_mvar)
            self.s_total_mva = sum(self.s_mva)
            if self.is_three_wire:  # two elements count 2 U I, three wires carry sqrt(3) U I
                self.s_total_mva = div_round(self.s_total_mva * _HALF_ROOT_3_E9, 10**9)
            self.pf_total_permille = _power_factor(self.p_total_mw, self.s_total_mva)
            self._show_angles(window)

    def _update_powers(self, index: int, chosen: int, sums: "array[int]") -> None:
        system = self._calibration.systems[index]
        part = system.ranges[chosen]
        scale = system.u_gain_nv * part.i_gain_pa
        # Mean of (u - u0) * (i - i0), with u0 and i0 the means of the last whole window.
        n = sums[layout.N]
        n0, u0, i0 = self._dc[index][chosen]
        mean_n0 = n0 * sums[layout.UI] - u0 * sums[layout.I] - i0 * sums[layout.U]
        p_mw = div_round((n0 * mean_n0 + n * u0 * i0) * scale, n * n0 * n0 * _NV_PA_TO_MW)
        # The fundamental; the reference's amplitude enters squared.
        uc, us = sums[layout.UC], sums[layout.US]
        ic, is_ = sums[layout.IC], sums[layout.IS]
        unit = n * n * _REFERENCE_SQUARE * _NV_PA_TO_MW
        q_mvar = div_round(2 * (uc * is_ - us * ic) * scale, unit)
        if part.delay_ns:
            p1_mw = div_round(2 * (uc * ic + us * is_) * scale, unit)
            sin_q30, versed_q30 = _rotation(self.f_mhz, part.delay_ns)
            p_mw += div_round(q_mvar * sin_q30 - p1_mw * versed_q30, _Q30)
            q_mvar -= div_round(p1_mw * sin_q30 + q_mvar * versed_q30, _Q30)
        self.window_p_mw[index] = p_mw + part.p_offset_mw
        self.window_q_mvar[index] = q_mvar + part.q_offset_mvar

    def _show(self, index: int, chosen: int, sums: "array[int]") -> None:
        system = self._calibration.systems[index]
        part = system.ranges[chosen]
        n = sums[layout.N]
        u_mv = _rms(n, sums[layout.U], sums[layout.UU], system.u_noise, system.u_gain_nv, 10**12)
        i_ma = _rms(n, sums[layout.I], sums[layout.II], part.i_noise, part.i_gain_pa, 10**18)
        s_mva = div_round(u_mv * i_ma, 1000)
        self.u_mv[index] = u_mv
        self.i_ma[index] = i_ma
        self.p_mw[index] = self.window_p_mw[index]
        self.q_mvar[index] = self.window_q_mvar[index]
        self.s_mva[index] = s_mva
        self.pf_permille[index] = _power_factor(self.p_mw[index], s_mva)
        self.is_dead[index] = part.i_noise > 0 and n * sums[layout.II] == sums[layout.I] ** 2

    def _show_angles(self, window: "Window") -> None:
        threshold_mv = max(self.u_mv) >> 1
        uc = us = 0
        for index in range(self.systems):
            self.u_angle_mdeg[index] = 0
            if self.u_mv[index] <= threshold_mv:
                continue
            sums = window.sums[index]
            c, s = sums[layout.UC], sums[layout.US]
            if uc == us == 0:
                uc, us = c, s
                continue
            self.u_angle_mdeg[index] = angle_mdeg(uc * s - us * c, uc * c + us * s)


def _rms(n: int, total: int, squares: int, noise: int, gain: int, unit: int) -> int:
    """Rms of the AC part less the channel's noise; `unit`: gain units per result, squared."""
    variance = n * squares - total * total - n * n * noise  # times n squared
    return (isqrt(4 * max(variance, 0) * gain * gain // (n * n * unit)) + 1) >> 1


def _power_factor(p_mw: int, s_mva: int) -> int:
    """P / S in 1/1000, within +-1000."""
    if s_mva <= 0:
        return 0
    return max(-1000, min(1000, div_round(1000 * p_mw, s_mva)))


def _rotation(f_mhz: int, delay_ns: int) -> "tuple[int, int]":
    """Sine and 1 - cosine of the angle 2 pi f delay, both times 2**30.

    Series to the fourth order: below 0.11 rad (200 us at 66 Hz is 0.083) the rest is < 4e-8.
    """
    angle = div_round(_TWO_PI_E9 * f_mhz * delay_ns * _Q30, 10**21)
    square = angle * angle // _Q30
    sine = angle - angle * square // (6 * _Q30)
    versed = square // 2 - square * square // (24 * _Q30)
    return sine, versed
