"""Real MicroPython on an emulated board, with the board's parts attached.

The emulated processor runs in this thread's asyncio loop, 30 to 60 times slower than the chip;
its USB console is a TCP port, which mpremote reaches as it would a board's.
"""

import asyncio
import logging
import os
from contextlib import suppress
from functools import partial
from pathlib import Path

from mpremote.transport import TransportError
from rp2040py.boards import BOARDS, resolve_firmware
from rp2040py.cli.socket_repl import SocketInteractiveRepl
from rp2040py.device import MicroPythonDevice

from meterctl import build, flash

MICROPYTHON = "1.28.0"  # what is downloaded if no image is given
_BOOT_S = 120  # wall time, on a slow computer
_FLASH_BYTES = 2 << 20


class EmulatorError(Exception):
    """The emulated board came to grief; one line."""


class NoImageError(Exception):
    """There is no MicroPython to run; one line that says how to get it."""

    def __init__(self):
        super().__init__(
            f"no MicroPython image: give --image FILE or set METER_UF2 to a RPI_PICO .uf2 of "
            f"v{MICROPYTHON} or newer, from https://micropython.org/download/RPI_PICO/"
        )


def find_image(image=None):
    """Return the board specification with an image: the file `image`, $METER_UF2, or a download.

    Raises NoImageError.
    """
    image = image or os.environ.get("METER_UF2")
    if image and not Path(image).is_file():
        raise NoImageError
    logging.getLogger("rp2040py").setLevel(logging.CRITICAL)
    try:
        found = resolve_firmware(BOARDS["pico"], "micropython", image or MICROPYTHON)
    except OSError:
        raise NoImageError from None
    if found.image is None:
        raise NoImageError
    return found


class Emulator:
    """An emulated board with the firmware on it; `async with` powers it and installs.

    The flash chip's contents are kept in the user's cache, under hashes of MicroPython and of the
    firmware: a later run finds the same firmware installed, or has only what changed to copy.

    specification:  from find_image()
    board:          key of build.TARGETS
    surround:       callable(rp2040) -> the parts around it

    surroundings:  what `surround` returned
    port:          where mpremote finds its console
    """

    def __init__(self, specification, board, surround):
        self._board = board
        self._files = build.build(board)
        image = build.digest(Path(specification.image).read_bytes())[:16]
        self._family = f"{board}-{image}-"
        self._kept = _cache() / f"{self._family}{_identify(self._files)}.flash"
        self._device = MicroPythonDevice(board=specification)
        self._clock = self._device.simulator.clock
        self._console = None
        self.surroundings = surround(self._device.mcu)
        self.port = None

    async def __aenter__(self):
        flash_chip = self._device.mcu.flash
        is_installed = self._kept.exists()
        for kept in [self._kept] if is_installed else self._relatives():
            flash_chip[:_FLASH_BYTES] = kept.read_bytes()
        await self._device.astart(_BOOT_S)
        simulator = self._device.simulator
        self._console = SocketInteractiveRepl(self._device.cdc, simulator, lambda _: None)
        await self._console.start()
        self.port = f"socket://127.0.0.1:{self._console.port}"
        if not is_installed:
            await self.call(_install, self.port, self._board, self._files)
            self._keep(bytes(flash_chip[:_FLASH_BYTES]))
        return self

    async def __aexit__(self, *_):
        self._device.stop()
        with suppress(Exception):
            await self._console.stop()

    @property
    def now_ns(self):
        """Emulated time since power-on."""
        return self._clock.nanos

    async def call(self, function, *arguments):
        """Run the blocking `function` in a thread while the processor runs; return its result.

        Raises EmulatorError if the processor or a part around it stopped meanwhile.
        """
        working = asyncio.ensure_future(asyncio.to_thread(function, *arguments))
        await self._guard(working)
        return working.result()

    async def run_until(self, is_over):
        """Let the processor run until `is_over()`."""

        async def wait():
            while not is_over():  # noqa: ASYNC110  the processor does not tell
                await asyncio.sleep(0.01)

        await self._guard(asyncio.ensure_future(wait()))

    async def reset(self):
        """Reset the processor, as its RUN pin does; what is in flash starts."""
        await self._guard(asyncio.ensure_future(self._device.ahard_reset(_BOOT_S)))

    def _relatives(self):
        """Return where the same MicroPython with another firmware is kept, one at the most."""
        return list(self._kept.parent.glob(f"{self._family}*.flash"))[:1]

    def _keep(self, contents):
        for old in self._relatives():
            old.unlink(missing_ok=True)
        self._kept.write_bytes(contents)

    async def _guard(self, working):
        engine = self._device.simulator._execute_task
        await asyncio.wait({working, engine}, return_when=asyncio.FIRST_COMPLETED)
        if not working.done():
            await self._console.stop()  # which ends what waits for the board
            with suppress(Exception):
                await working
            error = self._device.simulator.engine_room_error
            raise EmulatorError(f"the emulated board stopped: {error or 'no reason given'}")


def _install(port, board, files):
    transport = flash.connect(port)
    transport.exec_raw = partial(transport.exec_raw, timeout=None)  # as long as it takes
    try:
        flash.install(transport, board, files)
    finally:
        with suppress(TransportError, OSError):
            transport.close()


def _cache():
    folder = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "meterctl"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _identify(files):
    """Return a name for the firmware `files` with what starts it."""
    parts = [build.START.read_bytes()]
    parts += [part for path, data in sorted(files.items()) for part in (path.encode(), data)]
    return build.digest("".join(build.digest(part) for part in parts).encode())[:16]
