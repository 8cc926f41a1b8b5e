"""The glass for every item of a full configuration, against a golden text to be read by eye.

UPDATE_GOLDEN=1 writes the text anew.
"""

import os
from pathlib import Path

import pytest

from host_tests.functions.rig import WINTER, Rig, codes
from meter import requests
from meter.registers import lists as display_lists
from meter.registers import table
from meter.views import display, glass
from meterctl import glass_text

GOLDEN = Path(__file__).with_name("glass_items.txt")
EVERY = Path(__file__).with_name("glass_every_item.txt")
NAMES = ("automatic", "manual", "battery")


@pytest.fixture(scope="module")
def rig():
    """A meter that has closed a period, at a tariff, with pulses in m3."""
    config = {"config1": "2-2-008-00-2", "config2": "000-24-01-1", "config3": "00-0-01-0-02"}
    made = Rig(codes(**config), WINTER - 2 * 3_600, has_views=True)
    made.request(requests.PRESET_PULSES, 123_456)
    made.request(requests.COMMAND_TARIFF, 2)
    made.run(3 * 3_600, 4_321, 1_234, step_s=2)
    made.request(requests.COMMAND_TARIFF, 0)
    made.run(1_800, -2_000, 0, step_s=2)
    return made


def drawings(rig):
    """Yield a title and the glass of every item of every list."""
    shown = rig.meter.display
    ram = bytearray(glass.RAM)
    for which, name in enumerate(NAMES):
        for index in range(len(rig.meter.lists.items[which])):
            shown._show(which, index)
            shown.has_mains = which != display_lists.BATTERY
            shown._had_mains = shown.has_mains
            shown._manual_ms = display.RETURN_MS
            shown._is_lit = False
            shown._refresh()
            glass.segments(shown.frame, ram)
            yield f"{name} {index + 1}: {shown.frame.text}", "\n".join(glass_text.plain(ram))


def test_the_glass_of_every_item_is_as_drawn(rig):
    found = "\n\n".join(f"{title}\n{drawing}" for title, drawing in drawings(rig)) + "\n"
    if os.environ.get("UPDATE_GOLDEN"):
        GOLDEN.write_text(found, encoding="utf-8")
    assert found == GOLDEN.read_text(encoding="utf-8")


def test_the_glass_of_all_that_a_list_may_hold_is_as_drawn():
    """Every key of the display, of a meter with all energies in four tariffs."""
    made = Rig(codes(order="684-31BJ4B4010"), WINTER - 2 * 3_600, has_views=True)
    for tariff, watts, vars_ in ((1, 4_321, 1_234), (3, -5_432, -2_345)):
        made.request(requests.COMMAND_TARIFF, tariff)
        made.run(3 * 3_600, watts, vars_, step_s=2)
    keys = [key for key in made.meter.values.keys(table.LCD) if not is_measured(key)]
    shown = made.meter.display
    ram = bytearray(glass.RAM)
    found = ""
    for key in keys:
        made.meter.lists.items = [[key], *made.meter.lists.items[1:]]
        shown._show(display_lists.AUTOMATIC, 0)
        shown._refresh()
        glass.segments(shown.frame, ram)
        found += f"{shown.frame.text}\n" + "\n".join(glass_text.plain(ram)) + "\n\n"
    if os.environ.get("UPDATE_GOLDEN"):
        EVERY.write_text(found, encoding="utf-8")
    assert found == EVERY.read_text(encoding="utf-8")
    assert len({key & ~3 for key in keys}) >= 35


def is_measured(key):
    """Return whether the rig has no value for `key`, having no samples."""
    is_power = table.ACTIVE_POWER_IMPORT <= key <= table.FREQUENCY
    return is_power or (key >= table.FAILURES and table.tariff_energy(key) < 0)


def test_the_golden_text_has_every_list_at_its_full_length(rig):
    titles = [title for title, _ in drawings(rig)]
    for which, name in enumerate(NAMES):
        count = len([title for title in titles if title.startswith(name)])
        assert count == len(rig.meter.lists.items[which]) <= display_lists.MOST[which]
    assert len(titles) >= 40
