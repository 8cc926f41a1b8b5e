"""Every board's folder has what a builder needs, and its drawing is what the code says."""

import importlib
import re

import pytest

from meterctl import build, schematics

BOARDS = ("pico_1ph", "pico_3ph", "nucleo_3ph", "blinka")
SECTIONS = ("Bill of materials", "Wiring", "What was run where")


@pytest.mark.parametrize("board", BOARDS)
def test_the_readme_says_what_to_buy_to_wire_and_to_believe(board):
    text = (build.ROOT / "boards" / board / "README.md").read_text()
    assert "**Safety.**" in text
    assert "](schematic.svg)" in text
    for section in SECTIONS:
        assert f"\n## {section}\n" in text


@pytest.mark.parametrize("board", BOARDS)
def test_the_schematic_is_the_one_that_is_drawn_from_the_board(board):
    kept = (build.ROOT / "boards" / board / "schematic.svg").read_text()
    assert kept == schematics.draw(board)


@pytest.mark.parametrize("board", ["pico_3ph", "nucleo_3ph", "blinka"])
def test_every_pin_of_the_converters_is_in_the_wiring_table(board):
    module = importlib.import_module(f"boards.{board}.board")
    text = (build.ROOT / "boards" / board / "README.md").read_text()
    table = text[text.index("## Wiring") :]
    for name, value in vars(module).items():
        if name.startswith("ADC_") and name != "ADC_SPI":
            for pin in value if isinstance(value, tuple) else (value,):
                assert re.search(rf"\b{pin}\b", table), (name, pin)


@pytest.mark.parametrize("board", ["pico_3ph", "nucleo_3ph"])
def test_the_default_calibration_is_that_of_the_front_ends_model(board):
    from boards.virtual.calibration import ideal_calibration
    from boards.virtual.front_end import Frames24
    from boards.virtual.load import Load
    from boards.virtual.mains import Mains

    model = Frames24(Mains(Load.parse("L1=1A", "", "230", "50", 3)))
    default = importlib.import_module(f"boards.{board}.calibration").default()
    assert default.pack() == ideal_calibration(model.scale(), 3).pack()
