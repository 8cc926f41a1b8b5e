"""Real MicroPython on an emulated board, with the board's parts attached.

The emulated processor runs in this thread's asyncio loop, 30 to 60 times slower than the chip;
its USB console is a TCP port, which mpremote reaches as it would a board's.
"""

import asyncio
import logging
import os
import sys
import threading
from contextlib import suppress
from functools import partial
from pathlib import Path

from mpremote.transport import TransportError
from rp2040py.boards import BOARDS, resolve_firmware
from rp2040py.cli.socket_repl import SocketInteractiveRepl
from rp2040py.device import MicroPythonDevice
from rp2040py.peripherals import watchdog

from meterctl import build, flash, module_image
from meterctl.flash import FlashError

MICROPYTHON = "1.28.0"  # what is downloaded if no image is given
_BOOT_S = 120  # wall time, on a slow computer
_INSTALL_S = 1800  # emulated; while this computer makes the image, the board only waits
_LOOK_S = 0.01  # wall time from one look at the emulated time to the next
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
    logging.getLogger("rp2040py").setLevel(logging.CRITICAL + 1)  # errors come as exceptions
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
    report:         callable(text) that is told how far the installation is

    surroundings:  what `surround` returned
    port:          where mpremote finds its console
    """

    def __init__(self, specification, board, surround, report=lambda _: None):
        self._board = board
        self._report = report
        self._files = build.build(board)
        image = build.digest(Path(specification.image).read_bytes())[:16]
        self._family = f"{board}-{image}-"
        self._kept = _cache() / f"{self._family}{_identify(self._files)}.flash"
        self._device = MicroPythonDevice(board=specification)
        _let_bite(self._device.mcu.watchdog)
        self._clock = self._device.simulator.clock
        self._console = None
        self.surroundings = surround(self._device.mcu)
        self.port = None

    async def __aenter__(self):
        try:
            await self._start()
        except BaseException:
            await self.__aexit__()
            raise
        return self

    async def __aexit__(self, *_):
        self._device.stop()
        if self._console is not None:
            with suppress(Exception):
                await self._console.stop()

    async def _start(self):
        flash_chip = self._device.mcu.flash
        is_installed = self._kept.exists()
        for kept in [self._kept] if is_installed else self._relatives():
            flash_chip[:_FLASH_BYTES] = kept.read_bytes()
        await self._boot(self._device.astart)
        simulator = self._device.simulator
        self._console = SocketInteractiveRepl(self._device.cdc, simulator, sys.exit)
        await self._console.start()
        self.port = f"socket://127.0.0.1:{self._console.port}"
        if not is_installed:
            await self.call(
                _INSTALL_S, _install, self.port, self._board, self._files, self._report
            )
            self._keep(bytes(flash_chip[:_FLASH_BYTES]))
            await self.reset()  # as every later run begins

    async def _boot(self, start):
        simulator = self._device.simulator
        starting = asyncio.ensure_future(start(_BOOT_S))
        while simulator.engine_room_error is None and not starting.done():
            await asyncio.wait({starting}, timeout=_LOOK_S)
        starting.cancel()  # astart does not see an error that came before it waits
        error = simulator.engine_room_error
        if error is None:
            error = starting.exception()
        if error is not None:
            raise EmulatorError(f"the emulated board does not start: {_line(error)}")

    @property
    def now_ns(self):
        """Emulated time since power-on."""
        return self._clock.nanos

    async def call(self, limit_s, function, *arguments):
        """Run the blocking `function` in a thread while the processor runs; return its result.

        Raises EmulatorError if the processor or a part around it stopped meanwhile, if `function`
        lost or refused the board, or if it is not over in `limit_s` of emulated time.
        """
        working = _start_thread(function, *arguments)
        await self._guard(working, limit_s)
        try:
            return working.result()
        except (TransportError, FlashError, OSError) as error:
            raise EmulatorError(f"the meter on the board: {_line(error)}") from None

    async def run_until(self, is_over, limit_s):
        """Let the processor run until `is_over()`, for `limit_s` of emulated time at most."""

        async def wait():
            while not is_over():  # noqa: ASYNC110  the processor does not tell
                await asyncio.sleep(_LOOK_S)

        await self._guard(asyncio.ensure_future(wait()), limit_s)

    async def reset(self):
        """Reset the processor, as its RUN pin does; what is in flash starts."""
        await self._boot(self._device.ahard_reset)

    def _relatives(self):
        """Return where the same MicroPython with another firmware is kept, one at the most."""
        return list(self._kept.parent.glob(f"{self._family}*.flash"))[:1]

    def _keep(self, contents):
        for old in self._relatives():
            old.unlink(missing_ok=True)
        self._kept.write_bytes(contents)

    async def _guard(self, working, limit_s):
        engine = self._device.simulator._execute_task
        until_ns = self.now_ns + limit_s * 1e9
        while not working.done() and not engine.done() and self.now_ns < until_ns:
            await asyncio.wait(
                {working, engine}, timeout=_LOOK_S, return_when=asyncio.FIRST_COMPLETED
            )
        if working.done():
            return
        await self._console.stop()  # which ends what waits for the board
        working.cancel()
        if engine.done():
            error = self._device.simulator.engine_room_error
            raise EmulatorError(f"the emulated board stopped: {_line(error)}")
        raise EmulatorError(f"the emulated board is not done after {limit_s} s of its time")


def _let_bite(dog):
    """Let watchdog `dog` stop the emulator when it was not fed; a reset by firmware is a reset."""
    reset = dog.on_watchdog_trigger

    def bite():
        if dog.read_uint32(watchdog.REASON) == watchdog.TIMER:
            raise EmulatorError("its watchdog was not fed")
        reset()

    dog.on_watchdog_trigger = bite


def _line(error):
    """Return what `error` says in one line."""
    text = str(error).strip()
    return text.splitlines()[-1] if text else type(error).__name__


def _start_thread(function, *arguments):
    """Return a future of what `function` returns or raises in a thread that nobody waits for.

    asyncio.to_thread's would have to end before the program can, also one that waits for a board
    that has gone.
    """
    loop = asyncio.get_running_loop()
    future = loop.create_future()

    def tell(finish, outcome):
        if not future.done():
            finish(outcome)

    def work():
        try:
            outcome = future.set_result, function(*arguments)
        except Exception as error:  # noqa: BLE001  raised again where the future is awaited
            outcome = future.set_exception, error
        with suppress(RuntimeError):  # the loop is closed: nobody wants to know
            loop.call_soon_threadsafe(tell, *outcome)

    threading.Thread(target=work, daemon=True).start()
    return future


def _install(port, board, files, report):
    transport = flash.connect(port)
    transport.exec_raw = partial(transport.exec_raw, timeout=None)  # as long as it takes
    done, shown, total = 0, 0, flash.steps(board, files)

    def count(steps):
        nonlocal done, shown
        done += steps
        if 10 * done // total != shown:
            shown = 10 * done // total
            report(f"installed {10 * shown} %")

    try:
        flash.install(transport, board, files, count)
    finally:
        with suppress(TransportError, OSError):
            transport.close()


def _cache():
    folder = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "meterctl"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _identify(files):
    """Return a name for the firmware `files` with what starts it and what installs it."""
    tools = [Path(flash.__file__), *sorted(Path(module_image.__file__).parent.glob("*.py"))]
    parts = [path.read_bytes() for path in (build.START, *tools)]
    parts += [part for path, data in sorted(files.items()) for part in (path.encode(), data)]
    return build.digest("".join(build.digest(part) for part in parts).encode())[:16]
