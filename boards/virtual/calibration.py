"""The calibration a front-end model needs, computed from its parts: no error is left in it."""

from meter.metrology.calibration import Calibration, RangeCalibration, SystemCalibration


def ideal_calibration(scale, systems, linearity=()):
    """Return the Calibration of `systems` equal systems with a front end of `scale`."""
    ranges = [
        RangeCalibration(round(i_a * 10**12), i_noise=round(noise))
        for i_a, noise in zip(scale.i_a, scale.i_noise, strict=True)
    ]
    system = SystemCalibration(round(scale.u_v * 10**9), ranges, round(scale.u_noise))
    return Calibration([system] * systems, linearity)
