"""What may happen to the meter, and what it must leave in the log: once."""

from meter.metrology import faults
from meter.registers import events

# What a fault may leave beside its own events: a store that is kept waiting, a clock not read.
WAITING = {events.NV_MEMORY_ERROR, events.CLOCK_INVALID}
# A converter that is lost counts as 0: its phase has no voltage, begins to dip, is missing.
_NO_VOLTAGE = set(range(events.UNDERVOLTAGE, events.VOLTAGE_NORMAL + 3)) | {events.PHASE_ASYMMETRY}


class Fault:
    """One kind.

    name:       also of the method that does it, see Campaign
    longest_s:  how long it lasts at most
    codes:      events that it must leave, once each: their number, or number and detail
    beside:     numbers of others that it may leave
    every:      it comes in one round of so many

    injected, logged_once, recovered:  how often it was, was logged as it should, and was over
    """

    def __init__(self, name, longest_s, codes, beside=(), every=1):
        self.name, self.longest_s, self.codes = name, longest_s, codes
        self.beside = set(beside)
        self.every = every
        self.injected = self.logged_once = self.recovered = 0

    @property
    def method(self):
        return "_" + self.name.split(" (")[0].replace(" ", "_").replace("-", "_").replace("'", "")


def table():
    """Return all kinds, with nothing counted yet."""
    lost = [(events.MEASUREMENT_ERROR, at) for at in (faults.LOST, faults.BACK)]
    return [
        Fault("random NACKs (20 %)", 60, [events.NV_MEMORY_ERROR], WAITING),
        Fault(  # it takes store, clock and display along
            "bus stuck (clock line)", 300,
            [events.NV_MEMORY_ERROR, events.CLOCK_INVALID, events.VIEW_RESTARTED],
        ),
        Fault("data line held (up to nine clocks)", 10, [events.CLOCK_INVALID]),
        Fault("sampling stands still", 120, [events.MEASUREMENT_ERROR], WAITING),
        Fault(
            "converter's frames bad (CRC)", 1,
            [(events.MEASUREMENT_ERROR, faults.BRIDGED)], every=3,
        ),
        Fault("converter frozen", 3, lost, _NO_VOLTAGE | WAITING, every=3),
        Fault("converter unplugged", 3, lost, _NO_VOLTAGE | WAITING, every=3),
        Fault("converter resets itself", 1, lost, _NO_VOLTAGE | WAITING, every=3),
        Fault("clock dead", 600, [events.CLOCK_INVALID], WAITING),
        Fault("display unplugged", 600, [events.VIEW_RESTARTED], WAITING),
        Fault(  # as it is told to open; told to close again afterwards
            "relay welded", 120,
            [
                events.DISCONNECTED_REMOTELY,
                events.BREAKER_FAILED,
                events.BREAKER_RESTORED,
                events.CONNECTED_REMOTELY,
            ],
            WAITING,
        ),
        Fault(
            "relay's contact broken", 120,
            [events.BREAKER_FAILED, events.BREAKER_RESTORED], WAITING,
        ),
        Fault("noise on the optical line", 60, [], WAITING),
        Fault("noise on the module line", 60, [], WAITING),
        Fault("brown-out with warning", 60, [events.POWER_DOWN, events.POWER_UP], WAITING),
        Fault("power cut without warning", 10, [events.POWER_UP], WAITING),
        Fault("brown-out loop (ten starts of 3 s)", 3, [], {events.POWER_UP} | WAITING),
        Fault("magnet", 60, [events.FIELD_ON, events.FIELD_OFF], WAITING),
        Fault(
            "cover off", 60,
            [events.TERMINAL_COVER_REMOVED, events.TERMINAL_COVER_CLOSED], WAITING,
        ),
    ]  # fmt: skip
