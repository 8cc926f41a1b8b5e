"""Command line tools around the meter: `meterctl --help`."""
