"""Makes the DLMS device of a meter and its servers, and serves what only they ask for."""

from micropython import const

from meter.errors import ConfigError
from meter.journal.configuration import KEYS
from meter.registers import events
from meter.requests import ERASE_PROFILE, LOG_EVENT, WRITE_KEYS, WRITE_LINES
from meter.views.dlms import keys
from meter.views.dlms.device import Device
from meter.views.dlms.gcm import Gcm
from meter.views.dlms.hdlc import Link
from meter.views.dlms.lines import PACKED, Lines
from meter.views.dlms.objects import Objects
from meter.views.dlms.security import Security
from meter.views.dlms.server import Server
from meter.views.dlms.writing import Writing

TYPE_CHECKING = const(False)
if TYPE_CHECKING:
    from collections.abc import Callable

    from meter.config import Settings
    from meter.parts import Parts
    from meter.supervisor import Meter

SPEEDS = (300, 600, 1200, 2400, 4800, 9600, 19_200, 38_400, 57_600, 115_200)  # by their codes


class Secrets:
    """Keys and setups of the ports as they are stored together; serves whoever changes them."""

    def __init__(
        self, meter: "Meter", settings: "Settings", random: "Callable[[int], bytes]"
    ) -> None:
        self._meter = meter
        keeper = meter.keeper
        self._is_known = True
        try:
            stored = keeper.configuration.load(KEYS)
        except OSError:  # keys nobody knows: a deaf store must not bring the lab's back
            stored, self._is_known = random(48) + b"\x10" + random(16), False
        packed = None if stored is None else stored[: keys.PACKED]
        self.lines = Lines(b"" if stored is None else stored[keys.PACKED :])
        self.security = Security(
            keeper.invocation, keeper.keep, settings.manufacturer, settings.serial, packed
        )
        meter.requests.serve(WRITE_KEYS, self._write_keys)
        meter.requests.serve(WRITE_LINES, self._write_lines)

    def _write_keys(self, packed: "int | bytes", _: int) -> int:
        if isinstance(packed, int):
            raise ConfigError("keys", packed, "{} bytes".format(keys.PACKED))
        are_default = keys.Keys(packed).are_default
        self._save(packed, self.lines.packed)
        if not are_default:
            self._meter.events.errors &= ~events.ERROR_BITS[events.DEFAULT_KEYS]
        return 0

    def _write_lines(self, setups: "int | bytes", _: int) -> int:
        if isinstance(setups, int):
            raise ConfigError("lines", setups, "{} bytes".format(PACKED))
        found = Lines(setups)
        self._save(self.security.keys.packed, found.packed)
        self.lines.packed = found.packed
        return 0

    def _save(self, packed: bytes, setups: bytes) -> None:
        if not self._is_known:
            raise ConfigError("keys", "change", "once the store has answered at a start")
        self._meter.keeper.configuration.save(KEYS, packed + setups)


def device(meter: "Meter", parts: "Parts", settings: "Settings") -> Device:
    """Return what the DLMS servers of `meter` share.

    While one of the lab's keys stands, the error register says so and the event is logged at each
    start.
    """
    new_aes, octets, random = parts.new_aes, parts.octets, parts.random
    assert new_aes is not None
    assert octets is not None
    assert random is not None
    keeper = meter.keeper

    def log_event(value: "int | bytes", _: int) -> int:
        assert isinstance(value, int)
        meter.events.log(meter.clock.now_s(), value & 0xFF, value >> 8)
        return 0

    def erase_profile(value: "int | bytes", _: int) -> int:
        if value != 0:
            raise ConfigError("profile", value, "0")
        keeper.profile.erase()
        meter.events.log(meter.clock.now_s(), events.PROFILE_ERASED, settings.period_min)
        return 0

    meter.requests.serve(LOG_EVENT, log_event)
    meter.requests.serve(ERASE_PROFILE, erase_profile)
    secrets = Secrets(meter, settings, random)
    security = secrets.security
    if security.keys.are_default:
        meter.events.log(meter.clock.now_s(), events.DEFAULT_KEYS, 0)
    objects = Objects(
        meter.values,
        meter.clock,
        keeper,
        meter.billed,
        settings,
        meter.tariffs,
        security,
        meter.load_control,
        meter.lists,
        parts.calibration.pack,
    )
    writing = Writing(objects, meter.requests, new_aes)
    return Device(objects, writing, Gcm(new_aes, octets), secrets.lines, random)


def link(device: "Device", parts: "Parts", port: int, speed: int) -> Link:
    """Return HDLC with a server on it."""
    octets = parts.octets
    assert octets is not None
    server = Server(device, port)
    line = Link(server, octets)
    line.character_ms = 10_000 // SPEEDS[speed] + 1
    server.lie_on(line, speed)
    return line
