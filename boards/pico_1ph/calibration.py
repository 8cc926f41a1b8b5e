"""What this board measures before it is calibrated: computed from its parts, none measured.

Reference 3.0 V; 3.0 V at the input are 4096 codes * 216 / 64 counts (see kernel.decimate).
U divider 361 : 1; shunt 125 uohm with gain 800 and 50; 0.97 LSB rms of noise per code.
"""

from meter.metrology.calibration import Calibration, RangeCalibration, SystemCalibration

BIAS = 1792  # code of 0 V, away from the converter's steps at 512, 1536, 2560 and 3584
LUT_SCALE = 12  # counts per code in decimate()'s table

_U_GAIN_NV = 78_342_014
_I_GAINS_PA = (2_170_138_889, 34_722_222_222)
_NOISE = 2  # mean square of a set's noise and rounding, counts squared

# (code, correction in 1/64 code), mean of five RP2040s as published by
# github.com/kitanokitsune/rp2040adc_correction.  The steps are erratum RP2040-E11.  A device's own
# table, measured, is what class B needs.
_LINEARITY = (
    (0, 0), (15, -960), (511, -960), (511, -640), (512, -640), (512, -320), (895, -320),
    (895, -384), (1407, -384), (1407, -448), (1535, -448), (1535, -192), (1536, -192), (1536, 128),
    (1664, 128), (1664, 64), (2047, 64), (2047, 0), (2048, 0), (2048, -64), (2431, -64),
    (2431, -128), (2559, -128), (2559, 192), (2560, 192), (2560, 448), (2943, 448), (2943, 384),
    (3455, 384), (3455, 320), (3583, 320), (3583, 640), (3584, 640), (3584, 960), (3711, 960),
    (3711, 896), (4081, 896), (4095, 0),
)  # fmt: skip


def default():
    """Return the Calibration of a board that has none of its own."""
    ranges = [RangeCalibration(gain_pa, i_noise=_NOISE) for gain_pa in _I_GAINS_PA]
    return Calibration([SystemCalibration(_U_GAIN_NV, ranges, _NOISE)], _LINEARITY)
