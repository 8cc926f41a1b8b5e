"""`meterctl flash`: put the firmware on a board, over whatever mpremote can talk to.

The board holds two folders of firmware, /a and /b; the file /slot names the one that runs.  The
new firmware goes into the other folder, is verified there by hash, and only then named in /slot.
Whatever fails before that leaves the old firmware as it was.  A board that runs its modules from
an image has their files in a third folder, which nothing but the making of an image reads.
"""

import base64
import errno
import os
import re
import time
import zlib
from functools import partial

import click
from mpremote.transport import TransportError, TransportExecError
from mpremote.transport_serial import SerialTransport
from rich.console import Console
from rich.progress import Progress

from meterctl import build
from meterctl.cosem.line import SOCKET
from meterctl.module_image.board import FULL, Board
from meterctl.module_image.memory import ImageError

OLDEST = (1, 28)  # MicroPython
SLOTS = ("/a", "/b")
MODULES = "/modules"
_HOST_PORT = re.compile(r"[^/]+:\d+")
_PATIENCE_S = 120  # a board that says nothing for so long is gone
_UNIX_2000 = 946_684_800  # 2000-01-01 UTC
_LOST = "Lost contact with {}; the old firmware still starts."

_COPY = """
def copy(source, target):
    buf = bytearray(512)
    with open(source, 'rb') as f, open(target, 'wb') as g:
        while True:
            n = f.readinto(buf)
            if not n:
                break
            g.write(buf[:n])
copy({!r}, {!r})
"""
_HASHES = """
import binascii, hashlib, os
def walk(folder, below):
    for entry in os.ilistdir(folder):
        path = folder + '/' + entry[0]
        if entry[1] & 0x4000:
            walk(path, below + entry[0] + '/')
            continue
        digest = hashlib.sha256()
        with open(path, 'rb') as f:
            while True:
                data = f.read(512)
                if not data:
                    break
                digest.update(data)
        print(below + entry[0], binascii.hexlify(digest.digest()).decode())
walk({!r}, '')
"""
_WRITE = """
import binascii, deflate, io
packed = io.BytesIO(binascii.a2b_base64({!r}))
with open({!r}, 'wb') as f:
    f.write(deflate.DeflateIO(packed, deflate.ZLIB).read())
"""
# As firmware/start.py does.  What is to use the modules must be a script of its own, and no module
# has these names.
MOUNT = """
import sys
with open('/slot') as _f:
    _s = _f.read()
sys.path.insert(0, _s)
try:
    from ports.rp2 import module_image
except ImportError:
    pass
else:
    module_image.mount(_s)
"""
_WINDOW_BITS = 10  # what the board unpacks with: 1 KiB of its memory


class FlashError(Exception):
    """The board cannot take the firmware; one line."""


@click.command()
@click.argument("board", metavar="BOARD", type=click.Choice(tuple(build.TARGETS)))
@click.argument("port")
def flash(board, port):
    """Put the firmware for BOARD on the board at PORT, such as /dev/ttyACM0.

    PORT may also be HOST:PORT or socket://HOST:PORT.
    """
    console = Console(stderr=True)
    try:
        files = build.build(board)
        transport = connect(port)
        try:
            with Progress(console=console, transient=True) as progress:
                task = progress.add_task("flash", total=steps(board, files))
                copied = install(transport, board, files, lambda n: progress.advance(task, n))
            set_clock(transport)
            transport.exec_raw_no_follow("import machine\nmachine.reset()")
        finally:
            transport.close()
    except (FlashError, build.BuildError) as error:
        raise click.ClickException(str(error)) from None
    except (TransportError, OSError):
        raise click.ClickException(_LOST.format(port)) from None
    print(f"{len(files)} files, {copied} copied, verified; {board} starts the new firmware")


def connect(port):
    """Open `port` and stop what runs there; FlashError if nobody answers.

    port:  a serial device, or HOST:PORT with socket:// before it or without
    """
    is_plain = _HOST_PORT.fullmatch(port) and not os.path.exists(port)
    try:
        transport = SerialTransport(SOCKET + port if is_plain else port, timeout=10)
        transport.enter_raw_repl(soft_reset=True)
        transport.exec_raw = partial(transport.exec_raw, timeout=_PATIENCE_S)
    except (TransportError, OSError, ValueError) as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise FlashError(f"{port}: no board answers there ({reason})") from None
    return transport


def steps(board, files):
    """Return how many steps install() reports."""
    return len(files) + len(build.image_modules(board, files))


def install(transport, board, files, on_steps=lambda _: None):
    """Bring the idle slot of the board to `files` and let the next start use it.

    files:     {path below the slot: bytes}
    on_steps:  called with the number of steps done since the last call

    Returns how many files had to be sent.  FlashError with the reason; the slot in use stays as it
    is.
    """
    _check_board(transport, board)
    try:
        active = _active_slot(transport)
        idle = SLOTS[active == SLOTS[0]]
        modules = build.image_modules(board, files)
        folders = [(MODULES, MODULES, modules)] if modules else []
        folders += [(idle, active, {path: files[path] for path in files if path not in modules})]
        sent = 0
        for folder, other, contents in folders:
            sent += _fill(transport, folder, other, contents, on_steps)
            _verify(transport, folder, contents)
        if modules:
            _make_image(transport, idle, modules, on_steps)
        start = build.START.read_bytes()
        if _hash(transport, "/main.py") != build.digest(start):
            _write(transport, "/main.py", start)
        _write(transport, "/slot.new", idle.encode())
        _execute(transport, "import os\nos.rename('/slot.new', '/slot')", "/slot")
    except OSError as error:
        if error.errno == errno.ENOSPC:
            raise FlashError("the board's filesystem is full; nothing was switched over") from None
        raise
    return sent


def set_clock(transport):
    """Set the board's clock chip to this computer's time; FlashError if it does not answer."""
    now_s = round(time.time()) - _UNIX_2000
    try:
        transport.exec(MOUNT)
        transport.exec(f"import wiring\nwiring.set_clock({now_s})")
    except TransportExecError as error:
        reason = error.error_output.strip().splitlines()[-1]
        raise FlashError(
            f"the firmware is in place, but the clock was not set: {reason}"
        ) from None


def _check_board(transport, board):
    found = transport.eval("__import__('os').uname().machine")
    wanted = build.TARGETS[board].machine
    if found != wanted:
        raise FlashError(f"the board is a {found!r}, {board} needs a {wanted!r}")
    version = tuple(transport.eval("tuple(__import__('sys').implementation.version)")[:2])
    if version < OLDEST:
        raise FlashError("MicroPython {}.{} is too old, needed: {}.{}".format(*version, *OLDEST))


def _active_slot(transport):
    """Return the slot in use, "" on a board that has none yet."""
    try:
        found = bytes(transport.fs_readfile("/slot")).decode(errors="replace")
    except OSError:
        return ""
    return found if found in SLOTS else ""


def _fill(transport, idle, active, files, on_steps):
    have = _hashes(transport, idle)
    known = {digest: active + "/" + path for path, digest in _hashes(transport, active).items()}
    for path in have:
        if path not in files:  # an image too: it belongs to the files that it was made of
            transport.fs_rmfile(f"{idle}/{path}")
    folders = {
        "/".join(path.split("/")[:depth]) for path in files for depth in range(path.count("/") + 1)
    }
    for folder in sorted(folders):
        place = f"{idle}/{folder}".rstrip("/")
        if not transport.fs_exists(place):
            transport.fs_mkdir(place)
    sent = 0
    for path, data in files.items():
        digest = build.digest(data)
        if have.get(path) != digest:
            if digest in known:
                _copy(transport, known[digest], f"{idle}/{path}")
            else:
                _write(transport, f"{idle}/{path}", data)
                sent += 1
        on_steps(1)
    return sent


def _make_image(transport, slot, modules, on_steps):
    def write(path, data):
        _write(transport, path, data)

    names = [path.removesuffix(".mpy").replace("/", ".") for path in modules]
    size = sum(map(len, modules.values()))
    try:
        Board(transport, slot, MODULES, write).make_image(names, size, on_steps)
    except ImageError as error:
        raise FlashError(f"{error}; nothing was switched over") from None
    transport.enter_raw_repl(soft_reset=True)  # the modules that it imported go


def _verify(transport, slot, files):
    found = _hashes(transport, slot)
    for path, data in files.items():
        if found.get(path) != build.digest(data):
            raise FlashError(f"{path} reads back differently; nothing was switched over")


def _hashes(transport, slot):
    """Return {path below the slot: SHA-256 in hex} of all files in it."""
    if not slot or not transport.fs_exists(slot):
        return {}
    lines = transport.exec(_HASHES.format(slot)).decode().splitlines()
    return dict(line.rsplit(" ", 1) for line in lines)


def _hash(transport, path):
    if not transport.fs_exists(path):
        return ""
    return bytes(transport.fs_hashfile(path, "sha256", 512)).hex()


def _copy(transport, source, target):
    _execute(transport, _COPY.format(source, target), target)


def _write(transport, path, data):
    packer = zlib.compressobj(9, zlib.DEFLATED, _WINDOW_BITS)
    packed = base64.b64encode(packer.compress(data) + packer.flush())
    _execute(transport, _WRITE.format(packed, path), path)


def _execute(transport, script, path):
    try:
        transport.exec(script)
    except TransportExecError as error:
        if error.error_output.strip().splitlines()[-1] in FULL:
            raise OSError(errno.ENOSPC, path) from None
        raise
