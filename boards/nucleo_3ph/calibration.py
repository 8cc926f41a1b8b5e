"""What this board measures before it is calibrated: computed from its parts, none measured.

AMC131M02: +-1.2 V / gain are 2**24 codes.  U divider 451 : 1, gain 1; shunt 125 uohm, gain 32.
A count of U is 256 codes, one of I 16 (meter/metrology/layout.py).
"""

from micropython import const

from meter.metrology.calibration import Calibration, RangeCalibration, SystemCalibration

U_GAIN = const(1)
I_GAIN = const(32)

_U_GAIN_NV = const(16_516_113)  # 1.2 V * 451 / 2**15
_I_GAIN_PA = const(572_204_590)  # 37.5 mV / 125 uohm / 2**19
# Mean square of a set's noise and rounding, counts squared: 5.35 uV of 1.2 V, 1.25 uV of 37.5 mV.
_U_NOISE = const(0)
_I_NOISE = const(306)


def default():
    """Return the Calibration of a board that has none of its own."""
    ranges = [RangeCalibration(_I_GAIN_PA, i_noise=_I_NOISE)]
    return Calibration([SystemCalibration(_U_GAIN_NV, ranges, _U_NOISE) for _ in range(3)])
