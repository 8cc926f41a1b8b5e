"""A board at the far end of mpremote: its code runs here, its files lie in a folder."""

import builtins
import contextlib
import errno
import io
import os
import types
import zlib

from mpremote.transport import Transport, TransportError, TransportExecError


class Board(Transport):
    """What `mpremote` sees of a board.

    root:      folder that stands for its filesystem
    capacity:  bytes it holds in all
    machine, version:  what os.uname() and sys.implementation say
    """

    def __init__(self, root, machine, version=(1, 28, 0), capacity=1 << 20):
        self.says = "OSError: [Errno {}] {}"
        self._root = root
        self._machine = machine
        self._version = version
        self.capacity = capacity
        self.writes_left = None  # writes until the cable is pulled
        self.sent = []  # paths written from outside
        self.clock_s = None
        self._globals = {}

    # What mpremote's file commands are made of

    def exec(self, command, data_consumer=None):
        if self.writes_left == 0:
            raise TransportError("no answer")
        out = io.StringIO()
        self._globals["__builtins__"] = {
            **vars(builtins),
            "__import__": self._import,
            "open": self._open,
        }
        with contextlib.redirect_stdout(out):
            try:
                exec(command, self._globals)
            except OSError as error:
                name = errno.errorcode[error.errno]
                raise TransportExecError(1, self.says.format(error.errno, name)) from None
        text = out.getvalue().encode()
        if data_consumer:
            data_consumer(text)
        return text

    def eval(self, expression, parse=True):
        del parse
        self.exec(f"_result = {expression}")
        return self._globals["_result"]

    # The board's side

    def path(self, name):
        return self._root / str(name).lstrip("/")

    def files(self):
        return {
            "/" + str(path.relative_to(self._root)): path.read_bytes()
            for path in self._root.rglob("*")
            if path.is_file()
        }

    def _open(self, name, mode="r", **_):
        if "w" in mode:
            if self.writes_left is not None:
                self.writes_left -= 1
            self.sent.append(name)
            return _File(self, self.path(name))
        return open(self.path(name), mode)

    def _import(self, name, *_):
        if name == "os":
            return types.SimpleNamespace(
                ilistdir=lambda folder="": [
                    (entry.name, 0x4000 if entry.is_dir() else 0x8000, 0, entry.stat().st_size)
                    for entry in os.scandir(self.path(folder))
                ],
                stat=lambda name: os.stat(self.path(name)),
                mkdir=lambda name: os.mkdir(self.path(name)),
                remove=lambda name: os.remove(self.path(name)),
                rename=lambda old, new: os.rename(self.path(old), self.path(new)),
                uname=lambda: types.SimpleNamespace(machine=self._machine),
            )
        if name == "sys":
            version = types.SimpleNamespace(version=self._version)
            return types.SimpleNamespace(implementation=version, path=[])
        if name in ("binascii", "hashlib", "io"):
            return builtins.__import__(name)
        if name == "deflate":
            return types.SimpleNamespace(DeflateIO=_Inflated, ZLIB=2)
        if name == "wiring":
            return types.SimpleNamespace(set_clock=lambda s: setattr(self, "clock_s", s))
        raise ImportError(name)


class _Inflated:
    """What MicroPython's deflate.DeflateIO reads."""

    def __init__(self, stream, form):
        assert form == 2
        self._stream = stream

    def read(self):
        return zlib.decompress(self._stream.read(), 10)


class _File:
    """A file that is being written, on a filesystem that can be full."""

    def __init__(self, board, path):
        self._board = board
        self._path = path
        path.write_bytes(b"")

    def write(self, data):
        if sum(len(d) for d in self._board.files().values()) + len(data) > self._board.capacity:
            raise OSError(errno.ENOSPC, "full")
        with self._path.open("ab") as file:
            return file.write(data)

    def close(self):
        pass

    def __enter__(self):
        return self

    def __exit__(self, *_):
        pass
