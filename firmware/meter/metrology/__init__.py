"""From sample sets to quantities: kernel, acquisition of windows, calibration."""
