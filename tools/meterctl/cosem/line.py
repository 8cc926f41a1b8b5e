"""The line to a meter: HOST:PORT of a bench, or a serial device such as a pseudo-terminal."""

import socket

import click
import serial

ACCEPTED = "HOST:PORT, socket://HOST:PORT, or a serial device such as /dev/ttyUSB0"
SOCKET = "socket://"
_CHUNK = 4096


class Line:
    """What is sent and what comes; a context manager that closes it.

    place:  HOST:PORT, with socket:// before it or without, or the path of a device
    baud:   of a serial device

    Raises click.ClickException of one line if it cannot be opened or ends.
    """

    def __init__(self, place, baud=9600):
        self.place = place
        try:
            if place.startswith("/"):
                self._serial = serial.Serial(place, baud)
                self._socket = None
            else:
                self._socket = socket.create_connection(address(place), timeout=10)
                self._serial = None
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or str(error)
            raise click.ClickException(f"{place}: {reason}") from None

    def __enter__(self):
        """Return itself."""
        return self

    def __exit__(self, *_):
        """Close it."""
        (self._socket or self._serial).close()

    def send(self, data):
        """Send `data`."""
        try:
            if self._socket:
                self._socket.sendall(data)
            else:
                self._serial.write(data)
        except OSError as error:
            raise click.ClickException(f"{self.place}: {error.strerror or error}") from None

    def receive(self, timeout_s):
        """Return what comes, at least one byte, or b"" after `timeout_s` of nothing."""
        try:
            if self._serial:
                self._serial.timeout = timeout_s
                return self._serial.read(1) + self._serial.read(self._serial.in_waiting)
            self._socket.settimeout(timeout_s)
            data = self._socket.recv(_CHUNK)
        except TimeoutError:
            return b""
        except OSError as error:
            raise click.ClickException(f"{self.place}: {error.strerror or error}") from None
        if not data:
            raise click.ClickException(f"{self.place}: the meter hung up")
        return data


def address(text):
    """Return (host, port) of [socket://]HOST:PORT; click.BadParameter if it is none."""
    host, colon, port = text.removeprefix(SOCKET).rpartition(":")
    if not colon or not host or not port.isdigit() or int(port) > 0xFFFF:
        raise click.BadParameter(f"{text!r}; accepted: {ACCEPTED}")
    return host.strip("[]"), int(port)
