"""What happens to a converter of its own is in the event log."""

from boards.virtual.board import build
from boards.virtual.load import Load
from boards.virtual.world import World
from meter.config import Settings
from meter.metrology import faults
from meter.registers import events
from meter.supervisor import Meter


class Converters:
    """Tells these faults, one a question."""

    def __init__(self, *found):
        self.found = list(found)

    def take_fault(self):
        return self.found.pop(0) if self.found else 0


def test_every_fault_of_a_converter_is_logged_once():
    parts = build(World(Load.parse("L1=1A", "", "230", "50", 3)))
    parts.faults = Converters(faults.BRIDGED - 1, faults.LOST - 1, faults.BACK - 1)
    meter = Meter(parts, Settings())
    before = meter.events.total
    for _ in range(10):
        meter.step(100)
    found = [meter.events.newest(age) for age in range(meter.events.total - before)]
    found = [event[1:] for event in reversed(found) if event[1] == events.MEASUREMENT_ERROR]
    assert found == [(events.MEASUREMENT_ERROR, detail) for detail in (-31, -11, -21)]
