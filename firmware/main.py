"""The meter on a board: build it once, then step it for ever."""

import gc


def build(settle=None):
    """Return the Meter and the parts it runs on.

    settle:  callable(module name) that imports what that module needs, or None.  The parts are
             made first: their buffers are the largest, and the heap is still in one piece.
    """
    if settle is not None:
        settle("wiring")
    import wiring

    from meter.config import Settings

    parts = wiring.build(Settings())
    if settle is not None:
        settle("meter.supervisor")
    meter = _meter(parts)
    gc.threshold(-1)  # start.py's was for the imports; running, the fewer collections the better
    return meter, parts


def _meter(parts):
    from meter.config import Settings
    from meter.supervisor import Meter

    return Meter(parts, Settings())


def run(settle=None):
    """Run the meter; does not return."""
    meter, parts = build(settle)
    system = parts.watchdog
    while True:
        meter.step(system.elapsed_ms())
        system.sleep()
        if meter.is_restart_due:
            meter.power_fail()
            meter = None  # its memory is needed
            meter = _meter(parts)
