"""The bench's screen: the meter's glass, what it measures, its registers and who is connected.

Made for 80 x 24 characters: a larger terminal has it in the middle, a lower one no glass.
"""

import os
import sys
import termios
import time
import tty
from datetime import timedelta

from rich.align import Align
from rich.console import Console, Group
from rich.live import Live
from rich.panel import Panel
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

from meter.registers import obis, table
from meterctl import glass_text
from meterctl.bench.options import EPOCH
from meterctl.bench.simulation import ENERGIES

_WIDTH = 80
_HEIGHT = 24  # with the glass
_PERIOD_S = 0.2  # between two pictures
_QUADRANTS = ("", "QI", "QII", "QIII", "QIV")
_DIM = "grey50"
_PUSHES = {b"b": 300, b"l": 2_000, b"x": 4_000}  # ms: short, long, extra long
_BUTTON_KEYS = ("b", " button ", "l", " long ", "x", " longer ")
_KEYS = (*_BUTTON_KEYS, "s", " seal ", "m", " mains ", "q", " quit")


class Screen:
    """A context manager that owns the terminal while it is open.

    simulation:  simulation.Simulation
    line:        ports.Line of the optical port
    """

    def __init__(self, simulation, line, console=None):
        self._simulation = simulation
        self._line = line
        self._console = console or Console()
        self._live = Live(console=self._console, screen=True, auto_refresh=False)
        self._keys = sys.stdin.fileno() if sys.stdin is not None and sys.stdin.isatty() else None
        self._edges = 0
        self._glass = (None, None)
        self._due_s = 0.0
        self._began_s = time.monotonic()

    def __enter__(self):
        """Take the terminal."""
        if self._keys is not None:
            self._mode = termios.tcgetattr(self._keys)
            tty.setcbreak(self._keys)
        self._live.start()
        return self

    def __exit__(self, *_):
        """Give the terminal back as it was."""
        self._live.stop()
        if self._keys is not None:
            termios.tcsetattr(self._keys, termios.TCSADRAIN, self._mode)

    def readers(self):
        """Return what to wait for: the keyboard."""
        return [] if self._keys is None else [self._keys]

    def attend(self):
        """Act on keys that were pressed and draw anew if it is time; return True to quit."""
        now_s = time.monotonic()
        if now_s >= self._due_s:
            self._due_s = now_s + _PERIOD_S
            self._live.update(self.picture(now_s - self._began_s), refresh=True)
        return self._keys is not None and self._obey()

    def picture(self, wall_s):
        """Return the whole screen as something rich can draw; wall_s: since the start."""
        parts = [self._title(wall_s)]
        if self._console.height >= _HEIGHT:
            parts.append(Align.center(self._draw_glass(), width=_WIDTH))
        parts += [self._middle(), self._registers(), self._foot()]
        middle = "middle" if self._console.height > _HEIGHT else "top"
        return Align.center(
            Group(*parts), width=_WIDTH, vertical=middle, height=self._console.height
        )

    def _obey(self):
        """Return True if `q` was pressed.

        `b`, `l`, `x` push the button, `s` moves the seal, `m` switches the mains.
        """
        import select

        if not select.select([self._keys], [], [], 0)[0]:
            return False
        keys = os.read(self._keys, 64)
        for key, ms in _PUSHES.items():
            if key in keys:
                self._simulation.world.button.push(ms)
        if b"s" in keys:
            seal = self._simulation.world.seal
            seal.closed = not seal.closed
        if b"m" in keys:
            self._simulation.world.switch_mains()
        if not keys:  # the keyboard is gone
            self._keys = None
        return b"q" in keys

    def _title(self, wall_s):
        world = self._simulation.world
        instant = EPOCH + timedelta(seconds=world.rtc.seconds())
        factor = self._simulation.now_ns / 1e9 / max(wall_s, 1e-3)
        is_lit = world.pulses.led or world.pulses.edges != self._edges
        self._edges = world.pulses.edges
        row = _row(3)
        row.add_row(
            Text(instant.strftime("%Y-%m-%d %H:%M:%S UTC"), "bold"),
            Text(f"{timedelta(seconds=self._simulation.now_ns // 10**9)}  x {factor:.3g}", _DIM),
            Text.assemble(
                ("● " if is_lit else "○ ", "bold red" if is_lit else _DIM),
                "LED ",
                ("● " if is_lit else "○ ", "bold yellow" if is_lit else _DIM),
                f"S0 {world.pulses.edges}",
            ),
        )
        return row

    def _draw_glass(self):
        ram = self._simulation.world.picture()
        if ram != self._glass[0]:
            has_colour = self._console.color_system is not None
            drawing = glass_text.draw(ram) if has_colour else "\n".join(glass_text.plain(ram))
            self._glass = (ram, drawing)
        return self._glass[1]

    def _middle(self):
        row = Table.grid()
        row.add_column(width=_WIDTH - 23)
        row.add_column(width=23)
        lines = Text("\n".join(self._simulation.world.lcd.text()), "bold white on blue")
        row.add_row(self._phases(), Panel(lines, style="blue", padding=0, width=22))
        return row

    def _phases(self):
        meter = self._simulation.meter
        found = meter.quantities
        rows = Table.grid(padding=(0, 1))
        rows.add_column(width=3)
        for width in (7, 8, 10, 10, 9):
            rows.add_column(justify="right", width=width)
        rows.add_row("", "U V", "I A", "P W", "Q var", "PF", style=_DIM)
        for k in range(found.systems):
            rows.add_row(
                Text(f" L{k + 1}", "bold"),
                f"{found.u_mv[k] / 1e3:.2f}",
                f"{found.i_ma[k] / 1e3:z.3f}",
                f"{found.p_mw[k] / 1e3:z.1f}",
                f"{found.q_mvar[k] / 1e3:z.1f}",
                f"{found.pf_permille[k] / 1e3:z.3f}",
            )
        rows.add_row(
            Text(" Σ", "bold"),
            _QUADRANTS[meter.values.quadrant()],
            f"{found.s_total_mva / 1e3:.0f} VA",
            f"{found.p_total_mw / 1e3:z.1f}",
            f"{found.q_total_mvar / 1e3:z.1f}",
            f"{found.pf_total_permille / 1e3:z.3f}",
        )
        counts = f" {found.f_mhz / 1e3:.3f} Hz   {self._simulation.world.source.overruns} overruns"
        if meter.keeper.failures or meter.view_failures:
            counts += f"   {meter.keeper.failures} store, {meter.view_failures} view failures"
        return Group(rows, Text(counts, _DIM))

    def _registers(self):
        row = _row(4)
        cells = []
        for key in ENERGIES:
            kilo = self._simulation.meter.values.value(key) / 10_000
            cells.append(Text.assemble((f"{obis.short(table.code(key))} ", _DIM), f"{kilo:11.4f}"))
        row.add_row(*cells[:4])
        row.add_row(*cells[4:])
        return Group(Rule("energy, kWh and kvarh", style=_DIM), row)

    def _foot(self):
        places = "  ".join(_shortly(end) for end in self._line.ends)
        row = Table.grid(expand=True)
        row.add_column()  # the column that may be cut off
        row.add_column(justify="right", no_wrap=True)
        keys = Text.assemble(
            *((part, "bold") if len(part) == 1 else part for part in _KEYS),
        )
        where = Text(places or "no port open", _DIM, no_wrap=True, overflow="ellipsis")
        row.add_row(where, keys if self._keys is not None else "")
        return row


def _shortly(end):
    """Return where an end is, and who is there unless nobody is."""
    place = end.place.replace("tcp 127.0.0.1:", "port ")
    return place if end.state == "free" else f"{place} {end.state}"


def _row(columns):
    """Return a row of equal cells across the screen: left, middle ... right."""
    row = Table.grid(expand=True)
    for k in range(columns):
        justify = "left" if k == 0 else "right" if k == columns - 1 else "center"
        row.add_column(justify=justify, ratio=1, no_wrap=True)
    return row
