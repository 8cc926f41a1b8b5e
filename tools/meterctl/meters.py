"""A meter to read and to change: over a line, at a board's USB port, or of a bench that is off.

All are context managers with read(kind) and write(kind, data).
"""

import json
import os

import click
from mpremote.transport import TransportError

from boards.virtual.load import Load
from boards.virtual.world import World
from meter import config
from meter.errors import ConfigError
from meter.journal.configuration import CALIBRATION
from meter.requests import (
    WRITE_CALIBRATION,
    WRITE_CONTROL,
    WRITE_DISPLAY_LISTS,
    WRITE_SETTINGS,
)
from meter.views.dlms.keys import Keys
from meterctl import flash
from meterctl.bench import options as accept
from meterctl.bench.simulation import Simulation
from meterctl.bench.state import State
from meterctl.cosem import session
from meterctl.cosem.line import Line

BOARD = "board:"
PLACES = """PLACE is HOST:PORT or socket://HOST:PORT of a meter's optical or module port, a serial
device such as /dev/ttyUSB0 at one of them (HDLC, 8N1), the --state directory of a bench that does
not run, or board: and the port of a board as `meterctl flash` takes it, such as
board:/dev/ttyACM0, whose meter then starts anew."""

# Objects of class 1 that hold a record; what is written to them is a request of this kind.
RECORDS = {
    WRITE_SETTINGS: "0.0.96.61.0.255",
    WRITE_CALIBRATION: "0.0.96.61.1.255",
    WRITE_DISPLAY_LISTS: "0.0.96.61.2.255",
    WRITE_CONTROL: "0.0.96.61.5.255",
}
TRIM = "0.0.96.61.3.255"
SEALED = "the seal is closed; the meter takes this with the seal open only"
_PATIENCE_S = 60
_STARTED_MS = 30_000  # until a meter has looked at its whole store
_STEP_MS = 100

# A few steps, so that the store has been looked at.
_BUILD = """
import main
meter, parts = main.build()
system = parts.watchdog
def run(ms):
    while ms > 0:
        system.sleep()
        elapsed_ms = system.elapsed_ms()
        ms -= elapsed_ms
        meter.step(elapsed_ms)
system.elapsed_ms()
run(1000)
import json
from binascii import hexlify
records = [meter.settings.pack(), parts.calibration.pack(), meter.lists.pack()]
records.append(meter.load_control.settings.text().encode())
print(json.dumps([hexlify(record).decode() for record in records]))
"""
_CHANGE = """
from binascii import unhexlify
from meter.errors import ConfigError
reason = ''
try:
    meter.request({kind}, unhexlify({data!r}))
except ConfigError as error:
    reason = str(error)
run(1000)
print(json.dumps(reason))
"""
_END = "meter.power_fail()\nimport machine\nmachine.reset()\n"


class Refused(click.ClickException):
    """The meter does not take what it was given."""

    exit_code = 2


def options(command):
    """Give a command the options that say who it is to the meter, as `who` to open_meter()."""
    keys = Keys()
    for name, default, text in (
        ("--password", keys.password.decode(), "Of the reading client."),
        ("--ak", keys.authentication.hex(), "Authentication key of the management client, hex."),
        ("--ek", keys.encryption.hex(), "Encryption key of the management client, hex."),
        ("--baud", 9600, "Of a serial device."),
    ):
        command = click.option(name, default=default, help=text)(command)
    seal = "Of a bench's directory: with the verification seal broken."
    return click.option("--seal-open", is_flag=True, help=seal)(command)


def open_meter(place, may_write, who):
    """Return the meter at `place`, not yet entered; click.BadParameter if that is no place.

    who:  {"password", "ak", "ek", "baud", "seal_open"}, see options()
    """
    if place.startswith(BOARD):
        return BoardMeter(place[len(BOARD) :])
    if place.startswith("/dev/") or (":" in place and not os.path.exists(place)):
        return LineMeter(place, may_write, who)
    return KeptMeter(place, who["seal_open"])


class LineMeter:
    """A meter that answers in DLMS, as the reading or as the management client."""

    def __init__(self, place, may_write, who):
        try:
            keys = bytes.fromhex(who["ek"]), bytes.fromhex(who["ak"])
        except ValueError:
            keys = b"", b""
        if [len(key) for key in keys] != [16, 16]:
            raise Refused("--ek and --ak take 32 hexadecimal digits")
        self._place = place
        self._baud = who["baud"]
        self._sap = session.MANAGER if may_write else session.READER
        self._secrets = who["password"].encode(), keys

    def __enter__(self):
        """Connect."""
        self._line = Line(self._place, self._baud)
        self._session = session.Session(self._line, self._sap, *self._secrets)
        try:
            self._session.__enter__()
        except BaseException:
            self._line.__exit__()
            raise
        return self

    def __exit__(self, *_):
        """Disconnect."""
        self._session.__exit__()
        self._line.__exit__()

    def read(self, kind):
        """Return a record as the meter packs it; kind: a key of RECORDS."""
        return self._session.get(1, RECORDS[kind], 2)

    def get(self, *target):
        """Return an attribute: class, logical name, number."""
        return self._session.get(*target)

    def set_trim(self, trim):
        """Set the trim of its clock chip."""
        self._session.set(1, TRIM, 2, session.integer(trim))

    def write(self, kind, data):
        """Have a record taken, of settings a text as of codes.settings.changed(); Refused."""
        try:
            self._session.set(1, RECORDS[kind], 2, session.octets(data))
        except session.Refused as error:
            reason = SEALED if error.code == session.DENIED else error.message
            raise Refused(f"{self._place}: {reason}") from None


class BoardMeter:
    """The meter of a board, stopped at its USB port; it starts anew at the end."""

    def __init__(self, port):
        self._port = port

    def __enter__(self):
        """Stop what runs there, and start the meter in our own hands."""
        try:
            self._transport = flash.connect(self._port)
            self._execute(flash.MOUNT)
            self._records = json.loads(self._execute(_BUILD))
        except flash.FlashError as error:
            raise click.ClickException(str(error)) from None
        return self

    def __exit__(self, *_):
        """Let the board start anew."""
        try:
            self._transport.exec_raw_no_follow(_END)
        except (TransportError, OSError):
            pass  # the port went away with the reset
        self._transport.close()

    def read(self, kind):
        """As of LineMeter."""
        return bytes.fromhex(self._records[list(RECORDS).index(kind)])

    def write(self, kind, data):
        """As of LineMeter."""
        reason = json.loads(self._execute(_CHANGE.format(kind=kind, data=data.hex())))
        if reason:
            raise Refused(f"{self._port}: {reason}")

    def _execute(self, script):
        try:
            out, error = self._transport.exec_raw(script, timeout=_PATIENCE_S)
        except (TransportError, OSError):
            raise click.ClickException(f"{self._port}: lost contact with the board") from None
        if error:
            reason = error.decode(errors="replace").strip().splitlines()[-1]
            raise click.ClickException(f"{self._port}: {reason}")
        return out


class KeptMeter:
    """The meter of a bench's state directory, without load; it is stored again at the end."""

    def __init__(self, directory, is_seal_open):
        self._directory = directory
        self._is_seal_open = is_seal_open

    def __enter__(self):
        """Start it."""
        if not os.path.isfile(os.path.join(self._directory, "eeprom.bin")):
            raise Refused(f"{self._directory}: no meter's state there; {' '.join(PLACES.split())}")
        self._state = State(self._directory)
        start_s = accept.now_s() + self._state.clock_lead_s
        world = World(
            Load.parse("L1=0A"), waveform=False, memory=self._state.memory, start_s=start_s
        )
        world.seal.closed = not self._is_seal_open
        world.put_relay(self._state.is_breaker_closed)
        world.moved = self._state.keep_breaker
        self._simulation = Simulation(world, config.Settings())
        self._run()
        return self

    def __exit__(self, *_):
        """Store it."""
        self._simulation.meter.power_fail()
        self._state.close()

    def read(self, kind):
        """As of LineMeter."""
        meter = self._simulation.meter
        if kind == WRITE_SETTINGS:
            return meter.settings.pack()
        if kind == WRITE_DISPLAY_LISTS:
            return meter.lists.pack()
        if kind == WRITE_CONTROL:
            return meter.load_control.settings.text().encode()
        stored = meter.keeper.configuration.load(CALIBRATION)
        if stored is None:
            raise Refused(f"{self._directory}: this meter has the calibration of its type")
        return stored

    def write(self, kind, data):
        """As of LineMeter; which systems the meter has that meters, a directory does not say."""
        if kind == WRITE_CALIBRATION:
            raise Refused(f"{self._directory}: a calibration is sent to a meter that runs")
        try:
            self._simulation.meter.request(kind, data)
        except ConfigError as error:
            raise Refused(str(error)) from None
        self._run()

    def _run(self):
        for _ in range(_STARTED_MS // _STEP_MS):
            self._simulation.step(_STEP_MS)


def settings_of(meter, place):
    """Return the config.Settings of a meter; click.ClickException if they are none."""
    try:
        return config.unpack(meter.read(WRITE_SETTINGS))
    except ConfigError as error:
        raise click.ClickException(f"{place}: settings of another version: {error}") from None
