"""`meterctl glass`: the segment glass, drawn in the terminal or as SVG for documents."""

from html import escape
from pathlib import Path

import click
from rich.console import Console

from meter.views import glass as lcd
from meter.views.display import Frame
from meterctl.glass_text import draw, is_on, plain

_WIDTH, _HEIGHT = 960, 352

# A digit: width and height of its bars' centre lines, thickness, gap where bars meet.
_LARGE = (46.0, 92.0, 13.0, 2.0)
_SMALL = (20.0, 40.0, 6.5, 1.2)
_VALUE_AT, _VALUE_PITCH = (78.0, 142.0), 78.0
_IDENTIFICATION_AT, _IDENTIFICATION_PITCH = (72.0, 62.0), 37.0

# Symbol written as a word: (x, y of its baseline, size)
_WORDS = (
    {f"L{n}": (316.0 + 50 * n, 90.0, 26) for n in (1, 2, 3)}
    | {f"T{n}": (72.0 + 66 * (n - 1), 300.0, 22) for n in range(1, 9)}
    | {
        "kWh": (720.0, 172.0, 32),
        "kvarh": (806.0, 172.0, 32),
        "kW": (720.0, 208.0, 25),
        "kvar": (776.0, 208.0, 25),
        "kVA": (846.0, 208.0, 25),
        "V": (720.0, 242.0, 25),
        "A": (750.0, 242.0, 25),
        "Hz": (780.0, 242.0, 25),
        "h": (826.0, 242.0, 25),
        "kVAh": (854.0, 242.0, 25),
        "m3": (720.0, 272.0, 22),
        "L": (760.0, 272.0, 22),
    }
)
_SIGNS = {"breaker": (778.0, 306.0), "tamper": (840.0, 306.0)}  # left and base of each drawing
_CROSS = (640.0, 76.0, 32.0)  # centre and radius of the quadrant field
_QUADRANTS = {"QI": (1, -1), "QII": (-1, -1), "QIII": (-1, 1), "QIV": (1, 1)}
_TRIANGLE = (720.0, 306.0, 34.0)  # left, base and width of the status sign

_HEAD = f"""<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img"
 font-family="Helvetica Neue, Arial, DejaVu Sans, sans-serif" font-weight="700">
<title>{{title}}</title>
<defs>
<linearGradient id="bezel" x1="0" y1="0" x2="0" y2="1">
<stop offset="0" stop-color="#4a4f55"/><stop offset="1" stop-color="#2b2f33"/>
</linearGradient>
<linearGradient id="paper" x1="0" y1="0" x2="0.3" y2="1">
<stop offset="0" stop-color="#d3dcc4"/><stop offset="1" stop-color="#b9c5a8"/>
</linearGradient>
</defs>
<rect width="{_WIDTH}" height="{_HEIGHT}" rx="22" fill="url(#bezel)"/>
<rect x="22" y="22" width="{_WIDTH - 44}" height="{_HEIGHT - 44}" rx="10" fill="url(#paper)"/>
"""


def svg(ram: bytes, title: str = "The meter's display") -> str:
    """Return the glass with picture `ram` (32 bytes, see meter.views.glass) as an SVG document."""
    layers: tuple[list[str], list[str]] = ([], [])
    for digit in range(lcd.VALUE_DIGITS):
        x, y = _VALUE_AT
        _digit(layers, _LARGE, x + _VALUE_PITCH * digit, y, ram[lcd.VALUE + digit])
    for digit in range(lcd.IDENTIFICATION_DIGITS):
        x, y = _IDENTIFICATION_AT
        line = ram[lcd.IDENTIFICATION + digit]
        _digit(layers, _SMALL, x + _IDENTIFICATION_PITCH * digit, y, line)
    for symbol, (x, y, size) in _WORDS.items():
        text = f'<text x="{x:g}" y="{y:g}" font-size="{size}">{symbol}</text>'
        layers[is_on(ram, symbol)].append(text)
    for symbol, side in _QUADRANTS.items():
        layers[is_on(ram, symbol)].append(_quarter(*side))
    layers[any(is_on(ram, symbol) for symbol in _QUADRANTS)].append(_axes())
    layers[is_on(ram, "error")].append(_warning())
    layers[is_on(ram, "breaker")].append(_open_switch(*_SIGNS["breaker"]))
    layers[is_on(ram, "tamper")].append(_open_box(*_SIGNS["tamper"]))
    off, on = ("\n".join(layer) for layer in layers)
    return (
        _HEAD.format(title=escape(title))
        + f'<g fill="#26301f" stroke="none" opacity="0.055">\n{off}\n</g>\n'
        + f'<g id="on" fill="#1b231b">\n{on}\n</g>\n'
        # The shadow that a segment throws on the reflector behind the liquid.
        + '<g opacity="0.13" transform="translate(3 4)"><use href="#on"/></g>\n</svg>\n'
    )


def _digit(
    layers: tuple[list[str], list[str]],
    shape: tuple[float, float, float, float],
    x: float,
    y: float,
    bars: int,
) -> None:
    """Add one digit, its upper left corner at (x, y), leaning as digits on a glass do."""
    width, height, thick, gap = shape
    half = height / 2
    corners = (  # (x, y, is horizontal) where each bar begins
        (0.0, 0.0, True),
        (width, 0.0, False),
        (width, half, False),
        (0.0, height, True),
        (0.0, half, False),
        (0.0, 0.0, False),
        (0.0, half, True),
    )
    for bar, (left, top, is_horizontal) in enumerate(corners):
        length = width if is_horizontal else half
        outline = [
            (left + along, top + across) if is_horizontal else (left + across, top + along)
            for along, across in _bar(length, thick, gap)
        ]
        points = " ".join(f"{x + px + 0.1 * (height - py):.1f},{y + py:.1f}" for px, py in outline)
        layers[bars >> bar & 1].append(f'<polygon points="{points}"/>')
    dot = f'<circle cx="{x + width + thick:.1f}" cy="{y + height:.1f}" r="{thick * 0.55:.1f}"/>'
    layers[bool(bars & lcd.POINT)].append(dot)


def _bar(length: float, thick: float, gap: float) -> list[tuple[float, float]]:
    """Return the outline of a bar with pointed ends, (along, across) from its beginning."""
    half = thick / 2
    return [
        (gap, 0.0),
        (gap + half, -half),
        (length - gap - half, -half),
        (length - gap, 0.0),
        (length - gap - half, half),
        (gap + half, half),
    ]


def _quarter(right: int, down: int) -> str:
    x, y, radius = _CROSS
    x += 3 * right
    y += 3 * down
    sweep = int(right == down)
    return (
        f'<path d="M{x:g} {y:g}H{x + right * radius:g}'
        f'A{radius:g} {radius:g} 0 0 {sweep} {x:g} {y + down * radius:g}Z"/>'
    )


def _axes() -> str:
    x, y, radius = _CROSS
    reach = radius + 9
    return (
        f'<path d="M{x - reach:g} {y - 0.9:g}h{2 * reach:g}v1.8h-{2 * reach:g}z'
        f'M{x - 0.9:g} {y - reach:g}v{2 * reach:g}h1.8v-{2 * reach:g}z"/>'
    )


def _warning() -> str:
    """Return a triangle with an exclamation mark cut out of it."""
    x, y, width = _TRIANGLE
    middle = x + width / 2
    return (
        f'<path fill-rule="evenodd" d="M{x:g} {y:g}h{width:g}L{middle:g} {y - 30:g}z'
        f'M{middle - 2:g} {y - 20:g}h4v10h-4zM{middle - 2:g} {y - 7:g}h4v4h-4z"/>'
    )


def _open_switch(x: float, y: float) -> str:
    """Return two terminals and a lever that does not reach the second one."""
    return (
        f'<path d="M{x:g} {y - 10:g}h12v4h-12zM{x + 34:g} {y - 10:g}h12v4h-12z'
        f'M{x + 10:g} {y - 8:g}l20 -18l3 3l-20 18z"/>'
    )


def _open_box(x: float, y: float) -> str:
    """Return a box whose lid is off."""
    return (
        f'<path fill-rule="evenodd" d="M{x:g} {y - 16:g}h34v16h-34z'
        f'M{x + 4:g} {y - 12:g}v8h26v-8zM{x:g} {y - 20:g}l32 -12l1.4 3.8l-32 12z"/>'
    )


_SHOWN = "0123456789-FCLPEAY ."


@click.command()
@click.option(
    "--svg", "path", type=click.Path(dir_okay=False, path_type=Path), help="SVG to write."
)
@click.option("--value", default="0036886", show_default=True, help="Value field, 8 digits.")
@click.option("--code", default="1.8.0", show_default=True, help="Identification, 7 digits.")
@click.option("--unit", type=click.Choice(lcd.UNITS), default="kWh", show_default=True)
@click.option("--tariff", type=click.IntRange(0, 8), default=1, show_default=True)
@click.option("--quadrant", type=click.IntRange(0, 4), default=1, show_default=True)
@click.option("--phases", type=click.IntRange(0, 3), default=3, show_default=True)
@click.option("--error", is_flag=True, help="Show the status sign.")
@click.option("--breaker", is_flag=True, help="Show the open breaker.")
@click.option("--tamper", is_flag=True, help="Show the sign of tampering.")
@click.option("--test", is_flag=True, help="Show every segment.")
def glass(path: Path | None, phases: int, **fields) -> None:
    """Draw the segment glass in the terminal, or to an SVG file."""
    frame = Frame()
    frame.value = _digits("--value", fields["value"], lcd.VALUE_DIGITS)
    frame.identification = _digits("--code", fields["code"], lcd.IDENTIFICATION_DIGITS)
    frame.unit = fields["unit"]
    frame.tariff = fields["tariff"]
    frame.quadrant = fields["quadrant"]
    frame.phases[:phases] = bytes((1,)) * phases
    frame.has_error = fields["error"]
    frame.is_disconnected = fields["breaker"]
    frame.has_tamper = fields["tamper"]
    frame.is_test = fields["test"]
    ram = bytearray(lcd.RAM)
    lcd.segments(frame, ram)
    if path is None:
        console = Console()
        console.print(draw(ram) if console.color_system else "\n".join(plain(ram)))
        return
    try:
        path.write_text(svg(ram), encoding="utf-8")
    except OSError as error:
        raise click.ClickException(f"--svg {path}: {error.strerror}") from None


def _digits(option: str, text: str, room: int) -> str:
    if len(text) - text.count(".") > room or not set(text) <= set(_SHOWN):
        raise click.BadParameter(
            f"{text!r} does not fit; accepted: up to {room} of {_SHOWN!r}, points not counted",
            param_hint=option,
        )
    return text
