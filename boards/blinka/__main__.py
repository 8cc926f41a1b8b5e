"""Run the meter on this computer: python -m boards.blinka [serial device of the optical head]."""

import sys

from boards.blinka.board import build
from meter.config import Settings
from meter.supervisor import Meter


def main():
    """Build the board and step the meter until it is interrupted; then store everything."""
    import board

    from ports.blinka.serial_port import Serial

    optical = Serial(sys.argv[1], 300) if len(sys.argv) > 1 else None
    settings = Settings()
    parts = build(settings, board, optical=optical)
    meter = Meter(parts, settings)
    system = parts.watchdog
    try:
        while True:
            meter.step(system.elapsed_ms())
            system.sleep()
    except KeyboardInterrupt:
        meter.finish()


if __name__ == "__main__":
    main()
