"""The meter on a board: build it once, then step it for ever."""

import gc

import wiring

from meter.config import Settings
from meter.supervisor import Meter


def build():
    """Return the Meter and the parts it runs on."""
    parts = wiring.build(Settings())
    meter = Meter(parts, Settings())
    gc.collect()
    return meter, parts


def run():
    """Run the meter; does not return."""
    meter, parts = build()
    system = parts.watchdog
    while True:
        meter.step(system.elapsed_ms())
        system.sleep()
        if meter.is_restart_due:
            meter.power_fail()
            meter = None  # its memory is needed
            meter = Meter(parts, Settings())
