"""The meter on a board: build it once, then step it for ever."""

import wiring
from meter.config import Settings
from meter.supervisor import Meter


def run():
    """Run the meter; does not return."""
    settings = Settings()
    parts = wiring.build(settings)
    meter = Meter(parts, settings)
    system = parts.watchdog
    while True:
        meter.step(system.elapsed_ms())
        system.sleep()
