"""Every file keeps to the rules, and the rules find what breaks them."""

import pytest

from host_tests.layers import rules


def found(root, name, source):
    """Return what the rules say of a project whose only file is `source` as `name`."""
    path = root / name
    path.parent.mkdir(parents=True)
    path.write_text(source)
    return rules.violations(root)


def test_every_file_keeps_to_the_rules():
    assert rules.violations() == []


def test_the_rules_see_the_whole_project():
    rooms = {rules._within(rules._module(name), rules.ROOMS) for name in firmware()}
    assert {"main", "meter.ledger", "drivers", "ports.rp2", "boards.pico_1ph"} <= rooms


def firmware():
    for place in ("firmware", "boards"):
        for path in (rules.ROOT / place).rglob("*.py"):
            yield path.relative_to(rules.ROOT).as_posix()


WRONG_WAY = [
    ("firmware/meter/units.py", "from meter import supervisor", "meter.supervisor"),
    ("firmware/meter/units.py", "import meter.ledger.energy", "meter.ledger.energy"),
    ("firmware/meter/metrology/kernel.py", "from meter.registers import table", "registers.table"),
    ("firmware/meter/ledger/energy.py", "from meter.views.pulses import PulseTrain", "pulses"),
    ("firmware/meter/registers/table.py", "from meter.journal.ring import Ring", "journal.ring"),
    ("firmware/meter/journal/ring.py", "from drivers.eeprom_24xx import LC512", "eeprom_24xx"),
    ("firmware/meter/views/pulses.py", "from meter.views import display", "views.display"),
    ("firmware/meter/views/mode_a.py", "from meter.ledger import energy", "ledger.energy"),
    ("firmware/meter/supervisor.py", "from ports.rp2 import kernel", "ports.rp2.kernel"),
    ("firmware/drivers/eeprom_24xx.py", "from meter import units", "meter.units"),
    ("firmware/ports/rp2/kernel.py", "from meter.registers import table", "registers.table"),
    ("firmware/ports/rp2/kernel.py", "from ports.cpython import kernel", "ports.cpython.kernel"),
    ("boards/pico_1ph/board.py", "from boards.virtual import load", "boards.virtual.load"),
    ("boards/virtual/board.py", "from meterctl import cli", "meterctl"),
    ("firmware/meter/supervisor.py", "import machine", "machine"),
    ("firmware/meter/supervisor.py", "from time import ticks_ms", "time"),
    ("firmware/meter/views/mode_a.py", "import asyncio", "asyncio"),
    ("firmware/meter/metrology/quantities.py", "import math", "math"),
    ("firmware/meter/metrology/kernel.py", "import numpy as np", "numpy"),
    ("firmware/drivers/rtc_ds3231.py", "from machine import I2C", "machine"),
    ("firmware/ports/cpython/kernel.py", "import machine", "machine"),
    ("firmware/ports/rp2/kernel.py", "import numpy", "numpy"),
    ("boards/pico_1ph/board.py", "import numpy", "numpy"),
    ("firmware/meter/units.py", "from typing import Protocol", "typing"),
    ("firmware/meter/units.py", "from collections.abc import Sequence", "collections.abc"),
    ("firmware/meter/units.py", "from . import errors", "."),
    ("firmware/meter/units.py", "def _late():\n    import machine", "machine"),
    ("firmware/meter/units.py", "if TYPE_CHECKING:\n    import meter.supervisor", "supervisor"),
    ("firmware/meter/units.py", "if TYPE_CHECKING:\n    pass\nelse:\n    import typing", "typing"),
]


@pytest.mark.parametrize(("name", "line", "what"), WRONG_WAY)
def test_an_import_against_the_flow_is_found(tmp_path, name, line, what):
    (violation,) = found(tmp_path, name, f'"""A module."""\n{line}\n')
    assert violation.startswith(f"{name}:")
    assert "may not import" in violation
    assert violation.endswith(what)


WITH_THE_FLOW = [
    ("firmware/meter/registers/values.py", "from meter.ledger import energy"),
    ("firmware/meter/views/pulses.py", "from meter import units"),
    ("firmware/drivers/eeprom_24xx.py", "from micropython import const"),
    ("firmware/ports/rp2/sampler.py", "from machine import mem32"),
    ("firmware/ports/cpython/kernel.py", "import numpy as np"),
    ("boards/virtual/mains.py", "from dataclasses import dataclass"),
    ("firmware/meter/units.py", "if TYPE_CHECKING:\n    from typing import Protocol"),
]


@pytest.mark.parametrize(("name", "line"), WITH_THE_FLOW)
def test_an_import_with_the_flow_is_no_violation(tmp_path, name, line):
    assert found(tmp_path, name, f'"""A module."""\n{line}\n') == []


def test_a_file_outside_every_room_is_found(tmp_path):
    (violation,) = found(tmp_path, "firmware/sundries/misc.py", '"""A module."""\n')
    assert "sundries.misc is in no room" in violation


INEXACT = ["x = 0.5", "x = 1j", "x = y / 2", "x /= 2", "x = float(y)", "def _f(a=1e3):\n    pass"]


@pytest.mark.parametrize("line", INEXACT)
def test_a_float_on_the_energy_path_is_found(tmp_path, line):
    violation, *_ = found(tmp_path, "firmware/meter/units.py", f'"""A module."""\n{line}\n')
    assert violation.startswith("firmware/meter/units.py:2: ")


def test_a_float_where_codes_are_modelled_is_no_violation(tmp_path):
    assert found(tmp_path, "boards/virtual/mains.py", '"""A module."""\nx = 1 / 3\n') == []


def test_a_print_in_the_firmware_is_found(tmp_path):
    (violation,) = found(tmp_path, "firmware/drivers/rtc_ds3231.py", '"""A module."""\nprint(1)\n')
    assert violation.startswith("firmware/drivers/rtc_ds3231.py:2: print")


UNDOCUMENTED = {
    "x = 1": "the module",
    '"""A module."""\ndef f():\n    pass': "f",
    '"""A module."""\nclass A:\n    pass': "A",
    '"""A module."""\nclass A:\n    """A."""\n    def f(self):\n        pass': "f",
}


@pytest.mark.parametrize(("source", "what"), UNDOCUMENTED.items())
def test_what_others_use_and_has_no_docstring_is_found(tmp_path, source, what):
    (violation,) = found(tmp_path, "firmware/meter/units.py", source)
    assert violation.endswith(f": {what} has no docstring")


def test_a_private_function_needs_no_docstring(tmp_path):
    source = '"""A module."""\ndef _f():\n    pass\nclass _A:\n    def g(self):\n        pass\n'
    assert found(tmp_path, "firmware/meter/units.py", source) == []


@pytest.mark.parametrize("name", ["boards/virtual/mains.py", "host_tests/test_x.py", "tools/x.py"])
def test_a_file_that_is_too_long_is_found(tmp_path, name):
    source = '"""A module."""\n' + "x = 1\n" * rules.MAX_LINES
    (violation,) = found(tmp_path, name, source)
    assert violation.endswith("451 lines; at most 450")
