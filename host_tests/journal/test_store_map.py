"""The map of the store: no page for two things, and what docs/storage.md says."""

import re
from itertools import pairwise
from pathlib import Path

import pytest

from meter.journal import store_map

DOCS = Path(__file__).parents[2] / "docs" / "storage.md"
ROWS = [row for name, row in vars(store_map).items() if name.isupper() and len(str(row)) > 12]
EEPROM = [row for row in ROWS if isinstance(row[0], int)
          and row not in (store_map.FRAM_TOTALS, store_map.FRAM_PHASES)]


def documented():
    """Return {first page: (pages, kind)} of the table "The map"."""
    rows = re.findall(r"^\| (\d+) \| (\d+) \| ([0-9A-F]{2})", DOCS.read_text(), re.MULTILINE)
    return {int(first): (int(pages), int(kind, 16)) for first, pages, kind in rows}


@pytest.mark.parametrize("channels", [1, 2, 4])
def test_the_regions_abut_and_fill_the_chip(channels):
    rows = sorted({*EEPROM, store_map.profile(0x20000, channels)})
    assert rows[0][0] == 0
    assert all(a[0] + a[1] == b[0] for a, b in pairwise(rows))
    assert rows[-1][0] + rows[-1][1] == 0x20000 // store_map.PAGE


def test_no_kind_is_used_twice_and_series_have_room_for_theirs():
    kinds = sorted({*(row[2] for row in EEPROM), 0x31, 0x32, 0x34})
    assert len(kinds) == len(EEPROM) + 3
    assert all(b - a >= 8 for a, b in pairwise(kinds) if a >= 0x40)


def test_the_documented_map_is_the_map():
    expected = {row[0]: (row[1], row[2]) for row in EEPROM}
    expected[409] = (615, store_map.profile(0x20000, 1)[2])
    assert documented() == expected


def test_the_small_chip_has_the_same_map_with_a_shorter_profile():
    first, pages, _, _ = store_map.profile(0x10000, 4)
    assert (first, pages) == (409, 103)


@pytest.mark.parametrize(
    ("channels", "days"),
    [(1, (37, 110, 225, 450)), (2, (26, 80, 160, 320)), (4, (17, 50, 100, 200))],
)
def test_every_depth_of_the_data_sheet_is_reached(channels, days):
    _, pages, _, payload = store_map.profile(0x20000, channels)
    per_page = payload // (3 + 3 * channels)
    kept = (pages - 2) * per_page - (per_page - 1)
    for minutes, depth in zip((5, 15, 30, 60), days, strict=True):
        assert kept >= depth * 24 * 60 // minutes
