"""`meterctl emulate`: the meter on an emulated board, under real MicroPython."""

import asyncio
import importlib
import json
import statistics
import sys
from array import array
from itertools import pairwise

import click

from meterctl.bench import options as accept

SYSTEMS = {"pico_1ph": 1, "pico_3ph": 3}  # boards that have an emulation.py
_OPTIONS = (
    ("board", click.Choice(tuple(SYSTEMS)), "pico_1ph", "Which board.  [default: pico_1ph]"),
    ("seconds", accept.Seconds(3600), 2000, "Simulated seconds of measuring.  [default: 2]"),
    ("load", str, "L1=10A@0.5ind", "Current, negative = export."),
    ("voltage", str, "230", "Voltage of the fundamental, V."),
    ("frequency", str, "50", "Mains frequency, Hz."),
    ("harmonics", str, "", 'Harmonics ORDER:U%/I%, such as "5:10%/40%".'),
    ("noise", accept.Number(0, 100), 1.0, "Converter noise, 1 = as published for the part."),
    ("seed", accept.Whole(0, 2**32 - 1), 0, "Of the noise."),
    ("optical", accept.Address(), "off", "Optical port as TCP server HOST:PORT, or off."),
    ("image", str, None, "MicroPython .uf2; without it $METER_UF2, then a download."),
)
_PULSES_FOR_JITTER = 3
_CHUNK_SETS = 400  # 50 ms
_START_S = 60  # emulated: start of the meter and report
SWITCH_S = 1e-5  # mpremote's thread must not wait 5 ms for the emulator's at every byte


def _with_options(function):
    for name, kind, default, text in reversed(_OPTIONS):
        function = click.option(f"--{name}", type=kind, default=default, help=text)(function)
    return function


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--json", "_json", is_flag=True, hidden=True, help="As of the bench; always on.")
@_with_options
def emulate(_json, **options):
    """Run the meter on an emulated Raspberry Pi Pico, some 30 times slower than a real one.

    The last line of stdout is one JSON object, as of the bench.
    """
    from meterctl import build, emulator

    load = accept.parse_load({**options, "systems": SYSTEMS[options["board"]]})
    sys.setswitchinterval(SWITCH_S)
    try:
        specification = emulator.find_image(options["image"])
        result = asyncio.run(_emulate(specification, load, options))
    except emulator.NoImageError as error:
        failure = click.ClickException(str(error))
        failure.exit_code = 3
        raise failure from None
    except (build.BuildError, emulator.EmulatorError) as error:
        raise click.ClickException(str(error)) from None
    print(json.dumps(result))


async def _emulate(specification, load, options):
    from meterctl.emulator import Emulator

    emulation = importlib.import_module(f"boards.{options['board']}.emulation")

    def surround(rp2040):
        return emulation.Surroundings(
            rp2040, load, options["noise"], options["seed"], start_s=accept.now_s()
        )

    say("boot and install")
    async with Emulator(specification, options["board"], surround, say) as emulator:
        if options["optical"] is not None:
            await _serve(emulator, options["optical"])
        return await measure(emulator, options["seconds"], options["board"])


async def _serve(emulator, address):
    from boards.emulated.rp2040 import Server

    server = Server(emulator.surroundings.optical, *address)
    try:
        await server.start()
    except OSError as error:
        raise accept.Refused(f"--optical {address[0]}:{address[1]}: {error.strerror}") from None
    say(f"optical port: {address[0]}:{server.port}")


async def measure(emulator, duration_ms, board="pico_1ph"):
    """Let the meter on `emulator` measure for `duration_ms` and return the result as a dict."""
    from meterctl import on_board

    world = emulator.surroundings
    converter = world.converter
    sets = -(-duration_ms * 1_000_000 // converter.SET_NS)
    progress = asyncio.create_task(_progress(world, sets))
    try:
        limit_s = _START_S + 2 * duration_ms // 1000
        found = await emulator.call(limit_s, on_board.run, emulator.port, board, sets)
    finally:
        progress.cancel()
    measured_ns = found["sets"] * converter.SET_NS
    true = world.mains.registers(0, measured_ns)
    rises_ms = [instant / 1e6 for instant in world.led.rises_ns]
    return {
        "simulated_s": measured_ns / 1e9,
        "registers": found["registers"],
        "true": {code: round(true[code], 4) for code in found["registers"]},
        "pulses": len(rises_ms),
        "pulse_jitter_ms": _jitter(rises_ms),
        "equals_definition": found["exact_pj"] == _booked(board, world.converter, found["sets"]),
        **{key: found[key] for key in on_board.REPORTED},
        "lcd": world.lcd.text(),
    }


def _sampler(board, converter):
    """Return the bench's sampler over the same codes, and the board's calibration."""
    from boards.virtual.sampler import FrameSampler, InterleavedSampler
    from ports.cpython import kernel

    calibration = importlib.import_module(f"boards.{board}.calibration")
    record = calibration.default()
    if board == "pico_3ph":
        return FrameSampler(converter, kernel), record
    lut = array("h", bytes(2 * 4096))
    record.fill_lut(lut, calibration.BIAS, calibration.LUT_SCALE)
    return InterleavedSampler(converter, kernel, lut), record


def _booked(board, converter, sets):
    """Return what the definition books from the first `sets` sets of the same codes, in pJ.

    Per scope of on_board.SCOPES and kind of energy, as the meter on the board told.
    """
    from meter.config import Settings
    from meter.ledger.booking import Ledger
    from meter.metrology.acquisition import Acquisition
    from meter.metrology.quantities import Quantities
    from meterctl import on_board
    from ports.cpython import kernel

    sampler, record = _sampler(board, converter)
    source = Acquisition(sampler, kernel)
    settings, quantities = Settings(), Quantities(record)
    ledger = Ledger(settings.booking, settings.creep_mw, settings.energies)

    def book(window):
        quantities.update(window)
        ledger.book(quantities.window_p_mw, quantities.window_q_mvar, window.duration_ns)

    while sampler.written < sets:
        sampler.advance(min(_CHUNK_SETS, sets - sampler.written) * sampler.set_ns)
        while (window := source.poll()) is not None:
            book(window)
    book(source.flush())
    kinds = range(on_board.KINDS)
    return [[ledger.scopes[scope].exact_pj(kind) for kind in kinds] for scope in on_board.SCOPES]


def _jitter(instants):
    """Return the greatest deviation of an interval from the mean one, None for too few of them."""
    if len(instants) < _PULSES_FOR_JITTER:
        return None
    intervals = [after - before for before, after in pairwise(instants)]
    mean = statistics.fmean(intervals)
    return round(max(abs(interval - mean) for interval in intervals), 4)


async def _progress(world, sets):
    shown = -1
    while True:
        done = 10 * world.adc.converted // (sets * world.CODES_PER_SET)
        if done != shown and done <= 10:
            shown = done
            say("start the meter" if world.adc.converted == 0 else f"measured {10 * done} %")
        await asyncio.sleep(0.2)


def say(text):
    """Report progress."""
    print(f"emulate: {text}", file=sys.stderr, flush=True)
