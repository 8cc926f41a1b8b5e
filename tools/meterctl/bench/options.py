"""What the bench's options accept; a refusal is a line naming the option and what it takes."""

import os
import re
from datetime import datetime, timedelta, timezone
from math import isfinite

import click

from boards.virtual.load import ARON, FOUR_WIRE, Load
from meter.codes.codes import DEFAULTS, Codes
from meter.codes.fields import NAMES
from meter.codes.settings import settings_of
from meter.errors import ConfigError
from meter.ledger import booking

EPOCH = datetime(2000, 1, 1, tzinfo=timezone.utc)
END = datetime(2100, 1, 1, tzinfo=timezone.utc)  # where the clock chip's century ends

DEFAULT_BETWEEN = "L12=10A@0.5ind,L23=5A@0.8cap,L31=2A"  # on three wires
DEFAULT_LOAD = "L1=10A@0.5ind,L2=5A@0.8cap,L3=-2A"  # as far as there are systems

VECTOR = "vector"  # four wires, booked as the vector sum
CONNECTIONS = {FOUR_WIRE: booking.INDIVIDUAL, VECTOR: booking.VECTOR, ARON: booking.THREE_WIRE}
EEPROMS = ("24FC1025", "24LC512")

_ADDRESS = re.compile(r"(\[[0-9A-Fa-f:]+\]|[A-Za-z0-9._-]+):([0-9]{1,5})")
_SHOWN = 40  # characters of a refused value that are quoted


class Refused(click.ClickException):
    """A wrong argument."""

    exit_code = 2


class Accepting(click.ParamType):
    """A type that says what it accepts; a subclass's `parse` raises ValueError for the rest."""

    name = "value"

    def convert(self, value, param, _ctx):
        """Return the value of a text; a default is one already."""
        if not isinstance(value, str):
            return value
        try:
            return self.parse(value.strip())
        except ValueError:
            raise Refused(f"{param.opts[0]} {self.accepts}, not {value[:_SHOWN]!r}") from None


class Number(Accepting):
    """A finite number from `low` to `high`."""

    name = "number"

    def __init__(self, low, high):
        self._low, self._high = low, high
        self.accepts = f"takes a number from {low:g} to {high:g}"

    def parse(self, text):
        """Return the float."""
        value = float(text)
        if not isfinite(value) or not self._low <= value <= self._high or "_" in text:
            raise ValueError
        return value


class Whole(Accepting):
    """A whole number from `low` to `high`."""

    name = "number"

    def __init__(self, low, high):
        self._low, self._high = low, high
        self.accepts = f"takes a whole number from {low} to {high}"

    def parse(self, text):
        """Return the int."""
        if not re.fullmatch("[0-9]+", text) or not self._low <= int(text) <= self._high:
            raise ValueError
        return int(text)


class Seconds(Number):
    """A duration in seconds, at least a millisecond, as whole milliseconds."""

    def __init__(self, high):
        super().__init__(0.001, high)

    def parse(self, text):
        """Return milliseconds."""
        return round(super().parse(text) * 1000)


class One(Accepting):
    """One of some words."""

    name = "word"

    def __init__(self, *words):
        self._words = words
        self.accepts = f"takes {' or '.join(words)}"

    def parse(self, text):
        """Return the word."""
        if text not in self._words:
            raise ValueError
        return text


class Directory(Accepting):
    """A directory, there already or not."""

    name = "directory"
    accepts = "takes a directory"

    def parse(self, text):
        """Return the path."""
        if not text or (os.path.exists(text) and not os.path.isdir(text)):
            raise ValueError
        return text


class Instant(Accepting):
    """A date and time, UTC unless it says otherwise."""

    name = "time"
    accepts = "takes a UTC time of the years 2000 to 2099 such as 2026-03-28T12:00:00Z"

    def parse(self, text):
        """Return seconds since 2000-01-01 UTC."""
        instant = datetime.fromisoformat(text)
        if instant.tzinfo is None:
            instant = instant.replace(tzinfo=timezone.utc)
        if not EPOCH <= instant < END:
            raise ValueError
        return (instant - EPOCH) // timedelta(seconds=1)


class Address(Accepting):
    """A TCP address to listen on, or "off"."""

    name = "address"
    accepts = "takes HOST:PORT (port 0 to 65535, 0 = any free one) or off"

    def parse(self, text):
        """Return (host, port), None for off."""
        if text == "off":
            return None
        match = _ADDRESS.fullmatch(text)
        if match is None or int(match[2]) > 0xFFFF:
            raise ValueError
        return match[1].strip("[]"), int(match[2])


def parse_load(options):
    """Return the Load that --load, --harmonics, --voltage, --frequency, ... describe."""
    load = options["load"]
    connection = _connection(options)
    if load is None and connection == ARON:
        load = DEFAULT_BETWEEN
    elif load is None:
        load = ",".join(DEFAULT_LOAD.split(",")[: options["systems"]])
    try:
        return Load.parse(
            load,
            options["harmonics"],
            options["voltage"],
            options["frequency"],
            options["systems"],
            FOUR_WIRE if connection == VECTOR else connection,
            options.get("wiring", ""),
        )
    except ValueError as error:
        raise Refused(str(error)) from None


def parse_settings(options):
    """Return (Settings, whether any was given) of --order, --config1..5, --serial, --connection.

    Without --order the order number follows the connection, without --connection it follows X1.
    """
    given = {name: options[name] for name in NAMES if options[name] is not None}
    is_new = bool(given) or options["serial"] is not None
    connection = _connection(options)
    is_aron = connection == ARON
    given.setdefault("order", DEFAULTS[0].replace("684-3", "684-2" if is_aron else "684-3"))
    wanted = CONNECTIONS[connection]
    try:
        codes = Codes(**given)
        if codes.has_two_elements != is_aron:
            accepted = f"{ARON} only" if codes.has_two_elements else f"all but {ARON}"
            raise Refused(
                f"--connection {connection} refused, accepted: {accepted}, by X1 of the order "
                f"number {given['order']}"
            )
        booked = booking.INDIVIDUAL if is_aron else wanted
        return settings_of(codes, options["serial"] or "00000000", booking=booked), is_new
    except ConfigError as error:
        raise Refused(str(error)) from None


def _connection(options):
    """Return --connection; without it, X1 of the order number says."""
    is_aron = (options.get("order") or "").startswith("684-2")
    return options.get("connection") or (ARON if is_aron else FOUR_WIRE)


def now_s():
    """Return this computer's time, s since 2000-01-01 UTC."""
    return (datetime.now(timezone.utc) - EPOCH) // timedelta(seconds=1)


def check_calendar(start_s, duration_ms, state=None):
    """Refuse a run that outlasts the clock chip's century; `state`: where start_s is from."""
    last_s = (END - EPOCH) // timedelta(seconds=1)
    if not 0 <= start_s < last_s - (duration_ms or 0) // 1000:
        if state is not None:
            raise Refused(f"--state {state}: its clock is past 2099, accepted: with --start, too")
        raise Refused("--seconds and --start take a run that ends before 2100")
