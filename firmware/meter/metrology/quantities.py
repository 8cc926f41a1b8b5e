"""U, I, P, Q, S, power factor and frequency of a window, signed, from its sums and the calibration.

Active power is the mean of u*i without its DC part and so holds every harmonic; reactive power is that of
the fundamental (IEC 62053-24), from the in-phase and quadrature sums.  Load convention: P > 0 is import,
Q > 0 an inductive load.  Everything is an integer; big integers are made, so this is a warm path: once per
window, not once per set.
"""

from meter.units import div_round, isqrt

from meter.metrology import layout

_NV_PA_TO_MW = 1_000_000_000_000_000_000  # 1 nV * 1 pA = 1e-21 W = 1e-18 mW
_Q30 = 1 << 30
# The reference moves in 256 steps a turn, so its fundamental is 8191 * sin(x) / x with x = pi / 256; squared.
_REFERENCE_SQUARE = 67_089_113
_TWO_PI_E9 = 6_283_185_307  # 2 pi * 1e9


class Quantities:
    """Latest values.  Lists are indexed by system (L1 first); totals are sums over the systems.

    u_mv, i_ma: rms of the AC part;  p_mw, q_mvar: signed;  s_mva = U * I;  pf_permille: P / S, signed,
    0 where S is 0;  f_mhz: of the last synchronised window, 0 before the first.
    """

    def __init__(self, calibration):
        self._calibration = calibration
        n = len(calibration.systems)
        self.systems = n
        self.u_mv = [0] * n
        self.i_ma = [0] * n
        self.p_mw = [0] * n
        self.q_mvar = [0] * n
        self.s_mva = [0] * n
        self.pf_permille = [0] * n
        self.f_mhz = 0
        self.p_total_mw = 0
        self.q_total_mvar = 0
        self.s_total_mva = 0
        self.pf_total_permille = 0

    def update(self, window):
        """Take the values of `window` (acquisition.Window)."""
        if window.f_mhz:
            self.f_mhz = window.f_mhz
        p_total = 0
        q_total = 0
        s_total = 0
        for index in range(self.systems):
            system = self._calibration.systems[index]
            self._update_system(
                index, window.sums[index], system, system.ranges[window.range[index]]
            )
            p_total += self.p_mw[index]
            q_total += self.q_mvar[index]
            s_total += self.s_mva[index]
        self.p_total_mw = p_total
        self.q_total_mvar = q_total
        self.s_total_mva = s_total
        self.pf_total_permille = _power_factor(p_total, s_total)

    def _update_system(self, index, sums, system, part):
        n = sums[layout.N]
        u_sum = sums[layout.U]
        i_sum = sums[layout.I]
        u_gain = system.u_gain_nv
        i_gain = part.i_gain_pa
        # n**2 times the variance, respectively the covariance: exact, the DC part is gone.
        uu = n * sums[layout.UU] - u_sum * u_sum - n * n * system.u_noise
        ii = n * sums[layout.II] - i_sum * i_sum - n * n * part.i_noise
        ui = n * sums[layout.UI] - u_sum * i_sum
        square = n * n
        u_mv = isqrt(max(uu, 0) * u_gain * u_gain // (square * 10**12))
        i_ma = isqrt(max(ii, 0) * i_gain * i_gain // (square * 10**18))
        scale = u_gain * i_gain
        p_mw = div_round(ui * scale, square * _NV_PA_TO_MW)
        # The fundamental; the reference's amplitude enters squared.
        uc, us = sums[layout.UC], sums[layout.US]
        ic, is_ = sums[layout.IC], sums[layout.IS]
        unit = square * _REFERENCE_SQUARE * _NV_PA_TO_MW
        p1_mw = div_round(2 * (uc * ic + us * is_) * scale, unit)
        q_mvar = div_round(2 * (uc * is_ - us * ic) * scale, unit)
        if part.delay_ns:
            sin_q30, versed_q30 = _rotation(self.f_mhz, part.delay_ns)
            turned_mw = div_round(q_mvar * sin_q30 - p1_mw * versed_q30, _Q30)
            q_mvar -= div_round(p1_mw * sin_q30 + q_mvar * versed_q30, _Q30)
            p_mw += turned_mw
        self.u_mv[index] = u_mv
        self.i_ma[index] = i_ma
        self.p_mw[index] = p_mw + part.p_offset_mw
        self.q_mvar[index] = q_mvar + part.q_offset_mvar
        s_mva = div_round(u_mv * i_ma, 1000)
        self.s_mva[index] = s_mva
        self.pf_permille[index] = _power_factor(self.p_mw[index], s_mva)


def _power_factor(p_mw, s_mva):
    """P / S in 1/1000, within +-1000."""
    if s_mva <= 0:
        return 0
    return max(-1000, min(1000, div_round(1000 * p_mw, s_mva)))


def _rotation(f_mhz, delay_ns):
    """sin and 1 - cos of the angle 2 pi f delay, both times 2**30.

    Series to the fourth order: below 0.11 rad (200 us at 66 Hz is 0.083) the rest is < 4e-8.
    """
    angle = div_round(_TWO_PI_E9 * f_mhz * delay_ns * _Q30, 10**21)
    square = angle * angle // _Q30
    sine = angle - angle * square // (6 * _Q30)
    versed = square // 2 - square * square // (24 * _Q30)
    return sine, versed
