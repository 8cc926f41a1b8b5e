"""What this board measures before it is calibrated: the front end is that of pico_3ph.

At 1000 samples/s the converters' noise is half of that at 4000 (DS, noise tables: 2.7 and 0.6 uV).
"""

from meter.metrology.calibration import Calibration, RangeCalibration, SystemCalibration

U_GAIN = 1
I_GAIN = 32

_U_GAIN_NV = 16_516_113  # 1.2 V * 451 / 2**15
_I_GAIN_PA = 572_204_590  # 37.5 mV / 125 uohm / 2**19
_I_NOISE = 76  # mean square of a set's noise and rounding, counts squared


def default():
    """Return the Calibration of a board that has none of its own."""
    ranges = [RangeCalibration(_I_GAIN_PA, i_noise=_I_NOISE)]
    return Calibration([SystemCalibration(_U_GAIN_NV, ranges)] * 3)
