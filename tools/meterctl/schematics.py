"""Draws the boards' schematics: `python -m meterctl.schematics` writes boards/*/schematic.svg.

The processor's pins come from each board.py, so that a drawing shows what the firmware uses.
"""

import importlib
import tempfile
from pathlib import Path

import schemdraw
from schemdraw import elements as elm

from meterctl.build import ROOT

_FONT = "sans-serif"
_SIZE = 10
_TO_LAST = 1.5

# Processor of each board, and (net, constant of board.py) of its two sides.
_LEFT = {
    "pico_1ph": (("I x 800", "I_HIGH"), ("U", "U"), ("I x 50", "I_LOW")),
    "pico_3ph": (
        ("SCLK", "ADC_SCLK"), ("DIN", "ADC_DIN"), ("CS", "ADC_CS"), ("SYNC", "ADC_SYNC"),
        ("DOUT L1", "ADC_DOUTS", 0), ("DOUT L2", "ADC_DOUTS", 1), ("DOUT L3", "ADC_DOUTS", 2),
        ("DRDY L1", "ADC_DRDYS", 0), ("DRDY L2", "ADC_DRDYS", 1), ("DRDY L3", "ADC_DRDYS", 2),
    ),
    "nucleo_3ph": (
        ("CS L1", "ADC_CS", 0), ("CS L2", "ADC_CS", 1), ("CS L3", "ADC_CS", 2),
        ("DRDY L1", "ADC_DRDYS", 0), ("DRDY L2", "ADC_DRDYS", 1), ("DRDY L3", "ADC_DRDYS", 2),
        ("SYNC", "ADC_SYNC"), ("SCLK", "B3"), ("DOUT", "B4"), ("DIN", "B5"),
    ),
    "blinka": (
        ("CS L1", "ADC_CS", 0), ("CS L2", "ADC_CS", 1), ("CS L3", "ADC_CS", 2),
        ("DRDY L1", "ADC_DRDY"), ("SYNC", "ADC_SYNC"), ("SCLK", "SCK"), ("DOUT", "MISO"),
        ("DIN", "MOSI"),
    ),
}  # fmt: skip
_PICO = (
    ("optical TX", "OPTICAL_TX"), ("optical RX", "OPTICAL_RX"), ("module TX", "MODULE_TX"),
    ("module RX", "MODULE_RX"), ("SDA", "I2C_SDA"), ("SCL", "I2C_SCL"), ("LED", "LED"),
    ("S0", "S0"), ("button", "BUTTON"), ("seal", "SEAL"),
)  # fmt: skip
_RIGHT = {
    "pico_1ph": _PICO,
    "pico_3ph": _PICO,
    "nucleo_3ph": (
        ("optical TX", "C6"), ("optical RX", "C7"), ("module TX", "D5"), ("module RX", "D6"),
        ("SDA", "B9"), ("SCL", "B8"), ("LED", "LED"), ("S0", "S0"), ("button", "BUTTON"),
    ),
    "blinka": (
        ("SDA", "SDA"), ("SCL", "SCL"), ("LED", "LED"), ("S0", "S0"), ("button", "BUTTON"),
    ),
}  # fmt: skip
_NAMES = {
    "pico_1ph": "Raspberry Pi Pico",
    "pico_3ph": "Raspberry Pi Pico",
    "nucleo_3ph": "NUCLEO-F767ZI",
    "blinka": "Linux board or USB bridge",
}


def draw(board):
    """Return the schematic of `board` as SVG."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "out.svg"
        with schemdraw.Drawing(file=str(path), show=False, canvas="svg") as drawing:
            drawing.config(fontsize=_SIZE, font=_FONT)
            if board == "pico_1ph":
                _amplifiers(drawing)
            else:
                _isolated(drawing)
            _processor(drawing, board)
        return path.read_text()


def _processor(drawing, board):
    module = importlib.import_module(f"boards.{board}.board")
    shared = getattr(module, "pico", None)  # where the Pico boards have their common pins
    pins = []
    for side, nets in (("left", _LEFT[board]), ("right", _RIGHT[board])):
        for net, name, *index in reversed(nets):
            value = getattr(module, name, getattr(shared, name, name))
            value = value[index[0]] if index else value
            label = f"GP{value}" if isinstance(value, int) else str(value)
            pins.append(elm.IcPin(name=label, side=side, pin="", anchorname=net))
    chip = elm.Ic(pins=pins, edgepadW=1.2, pinspacing=0.7, leadlen=0.6)
    chip = chip.right().label(_NAMES[board], "top").at((23, -3)).anchor("center")
    chip = drawing.add(chip)
    for side, nets in (("left", _LEFT[board]), ("right", _RIGHT[board])):
        for net, *_ in nets:
            drawing.add(elm.Label().right().at(getattr(chip, net)).label(net, side, ofst=0.1))


def _isolated(drawing):
    """Draw one measuring system of three."""
    drawing.add(elm.Label().right().at((0, 1.2)).label("one of the systems L1, L2, L3", "right"))
    drawing.add(elm.Dot(open=True).at((0, 0)).label("L", "left"))
    drawing.add(elm.Line().right(2))
    shunt = drawing.add(elm.Resistor().right(3).label("shunt 125 µΩ", "top"))
    drawing.add(elm.Line().right(1.5))
    drawing.add(elm.Dot(open=True).label("load", "right"))
    drawing.add(elm.Dot(open=True).at((0, -5)).label("N", "left"))
    drawing.add(elm.Resistor().right(3).label("3 x 150 kΩ", "top"))
    tap = drawing.add(elm.Dot())
    drawing.add(elm.Resistor().up(2.2).label("1 kΩ", "left"))
    drawing.add(elm.Line().up(1.2))
    ground = drawing.add(elm.Dot().label("HGND", "left"))
    drawing.add(elm.Line().at(ground.center).to((3, 0)))
    pins = [
        elm.IcPin(name=name, side="left", anchorname=name)
        for name in ("AIN1P", "AIN1N", "HGND", "AIN0P", "AIN0N")[::-1]
    ]
    digital = ("SCLK", "DIN", "DOUT", "CS", "DRDY", "SYNC/RESET", "CLKIN", "DVDD 3.3 V")
    pins += [elm.IcPin(name=name, side="right", anchorname=name) for name in digital[::-1]]
    chip = drawing.add(
        elm.Ic(pins=pins, edgepadW=1.6, pinspacing=0.8, leadlen=0.7)
        .right()
        .label("AMC131M02", "top")
        .at((13, -2.5))
        .anchor("center")
    )
    for name, node in (
        ("AIN1P", "shunt, load side, 1 kΩ + 10 nF"),
        ("AIN1N", "shunt, L side, 1 kΩ + 10 nF"),
        ("HGND", "L"),
        ("AIN0P", "L, 1 kΩ + 10 nF"),
        ("AIN0N", "tap of the divider, 1 kΩ + 10 nF"),
    ):
        drawing.add(elm.Label().right().at(getattr(chip, name)).label(node, "left", ofst=0.1))
    drawing.add(
        elm.Label().right().at(chip.CLKIN).label("8.192 MHz, of all", "right", ofst=0.1)
    )
    drawing.add(elm.Label().right().at((shunt.center.x, tap.center.y - 0.9)).label("451 : 1"))


def _amplifiers(drawing):
    """Draw the front end of the RP2040's own converter."""
    drawing.add(elm.Dot(open=True).at((0, 0)).label("L", "left"))
    drawing.add(elm.Line().right(1.5))
    drawing.add(elm.Resistor().right(3).label("shunt 125 µΩ", "top"))
    node = drawing.add(elm.Dot())
    drawing.add(elm.Line().right(1))
    drawing.add(elm.Dot(open=True).label("load", "right"))
    for number, (gain, net) in enumerate((("x 800", "I x 800"), ("x 50", "I x 50"))):
        y = -1.5 - 2.8 * number
        drawing.add(elm.Line().at(node.center).to((node.center.x, y)))
        amplifier = elm.Opamp(leads=True).right().at((6.4, y)).anchor("in2")
        amplifier = drawing.add(amplifier.label(gain, "center"))
        drawing.add(elm.Line().at((node.center.x, y)).to(amplifier.in2))
        drawing.add(elm.Label().right().at(amplifier.in1).label("bias", "left"))
        drawing.add(elm.Label().right().at(amplifier.out).label(net + " (1 kΩ + 33 nF)", "right"))
    drawing.add(elm.Dot(open=True).at((0, -7)).label("N", "left"))
    drawing.add(elm.Resistor().right(3).label("3 x 120 kΩ", "top"))
    drawing.add(elm.Dot().label("U (33 nF)", "top"))
    drawing.add(elm.Resistor().right(_TO_LAST * 2).label("1 kΩ", "top"))
    drawing.add(elm.Dot(open=True).label("bias 1.3125 V, buffered", "right"))


def main():
    """Write every board's schematic into its folder."""
    for board in _NAMES:
        (ROOT / "boards" / board / "schematic.svg").write_text(draw(board))


if __name__ == "__main__":
    main()
