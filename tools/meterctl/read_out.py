"""A mode A reader over TCP, for `meterctl configure` and `meterctl clock`."""

import re
import socket
import time
from functools import reduce
from operator import xor

import click

_LINE = re.compile(r"([0-9A-Z.]+)\(([^)*]*)(?:\*[^)]*)?\)")
_LONGEST_S = 90  # a long answer at 300 baud


def address(text):
    """Return (host, port) of HOST:PORT; click.BadParameter if it is none."""
    host, colon, port = text.rpartition(":")
    if not colon or not host or not port.isdigit() or int(port) > 0xFFFF:
        raise click.BadParameter(f"{text!r}; accepted: HOST:PORT of a meter's optical port")
    return host.strip("[]"), int(port)


def read_out(where):
    """Return (time.time() when the answer began, {code: value}) of the meter at (host, port).

    Raises click.ClickException of one line if there is no whole answer.
    """
    place = f"{where[0]}:{where[1]}"
    try:
        with socket.create_connection(where, timeout=10) as line:
            line.sendall(b"/?!\r\n")
            began_s, answer = _answer(line, place)
    except OSError as error:
        raise click.ClickException(f"{place}: {error.strerror or error}") from None
    return began_s, parse(answer, place)


def parse(answer, place):
    """Return {code: value} of a whole answer; click.ClickException if its check is wrong."""
    block = answer[answer.index(b"\x02") + 1 : -1]
    if reduce(xor, block) != answer[-1]:
        raise click.ClickException(f"{place}: the answer's block check is wrong")
    return dict(_LINE.findall(block.decode("ascii", "replace")))


def _answer(line, place):
    end_s = time.monotonic() + _LONGEST_S
    heard = b""
    began_s = None
    while b"\x03" not in heard[:-1]:
        line.settimeout(max(0.1, end_s - time.monotonic()))
        data = line.recv(4096)
        if not data:
            raise click.ClickException(f"{place}: the meter hung up after {len(heard)} bytes")
        began_s = began_s or time.time()
        heard += data
    return began_s, heard[: heard.index(b"\x03") + 2]
