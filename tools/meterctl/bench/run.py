"""One run of the bench, from options to the report.

Everything that can be refused is tried before the meter starts, and whatever was opened is closed.
"""

import json
import os
import signal
import sys
import time
from contextlib import ExitStack, closing

import click

from boards.virtual.world import World
from meterctl.bench import options as accept
from meterctl.bench import report
from meterctl.bench.pacing import Loop
from meterctl.bench.simulation import Simulation
from meterctl.bench.state import State
from meterctl.ports import Line, Lines
from meterctl.ports.pty import PtyEnd
from meterctl.ports.tcp import TcpEnd

_STOPPING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def run(options):
    """Run the bench with `options`, the command's parameters by name.

    Raises click.ClickException.
    """
    load = accept.parse_load(options)
    settings, is_new = accept.parse_settings(options)
    with ExitStack() as stack:
        state = None
        if options["state"] is not None:
            state = stack.enter_context(closing(State(options["state"], options["eeprom"])))
        start_s = options["start"]
        if start_s is None:
            start_s = accept.now_s() + (state.clock_lead_s if state else 0)
        kept = options["state"] if options["start"] is None else None
        accept.check_calendar(start_s, options["seconds"], kept)
        optical, module = (
            [stack.enter_context(closing(end)) for end in _open_ends(options, port)]
            for port in ("optical", "module")
        )
        world = World(
            load,
            waveform=options["front_end"] == "waveform",
            noise=options["noise"],
            seed=options["seed"],
            memory=state.memory if state else None,
            eeprom=options["eeprom"],
            start_s=start_s,
        )
        world.pulses.pulse_ms = settings.pulse_ms
        world.seal.closed = not options["seal_open"]
        if state:
            state.keep_clock(start_s - accept.now_s())
            world.put_relay(state.is_breaker_closed)
            world.moved = state.keep_breaker
        simulation = Simulation(world, settings, options["seconds"], is_new)
        lines = Lines(Line(world.optical, optical), Line(world.module, module))
        result = _run(simulation, lines, options)
        if state:
            state.keep_clock(world.rtc.seconds() - accept.now_s())
    print(json.dumps(result) if options["json"] else report.text(result), flush=True)


def _open_ends(options, port):
    """Yield the far ends of `port` that were asked for, saying where they are."""
    if options[port] is not None:
        host, number = options[port]
        try:
            end = TcpEnd(host, number)
        except OSError as error:
            reason = error.strerror.split(" (")[0]
            raise click.ClickException(
                f"--{port} {host}:{number}: {reason}; give another port, or off"
            ) from None
        print(f"{port} port: {end.place}", file=sys.stderr)
        yield end
    if options["pty"]:
        try:
            end = PtyEnd()
        except OSError as error:
            raise click.ClickException(f"--pty: {error.strerror}") from None
        print(f"{port} port: {end.place}", file=sys.stderr)
        yield end


def _run(simulation, line, options):
    """Run until the end, a key or a signal; return the result."""
    at_start = simulation.exact()
    began_s = time.monotonic()
    with ExitStack() as stack:
        screen = None
        if _has_screen(options):
            from meterctl.bench.screen import Screen

            screen = stack.enter_context(Screen(simulation, line))
        loop = Loop(simulation, line, screen, options["speed"], options["front_end"] == "waveform")
        for number in _STOPPING:
            stack.callback(signal.signal, number, signal.signal(number, lambda *_: loop.stop()))
        if screen is None and options["seconds"] is None:
            print("the meter runs until Ctrl-C", file=sys.stderr, flush=True)
        loop.run()
    wall_s = time.monotonic() - began_s
    simulation.finish()
    return report.collect(simulation, wall_s, at_start)


def _has_screen(options):
    if options["headless"]:
        return False
    if not sys.stdout.isatty() or os.environ.get("TERM") in (None, "dumb"):
        print("stdout is no terminal that can draw: running headless", file=sys.stderr)
        return False
    return True
