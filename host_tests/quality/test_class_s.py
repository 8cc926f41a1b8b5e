"""The table of docs/quality.md: every waveform within class S, its energy right."""

from pathlib import Path

import pytest

from host_tests.quality.class_s import CASES, HEAD, Result

QUALITY = Path(__file__).parents[2] / "docs" / "quality.md"


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_magnitude_duration_frequency_and_energy_are_within_their_limits(case):
    assert Result(case).complaints() == []


def test_the_documented_table_has_every_waveform_once():
    lines = QUALITY.read_text().splitlines()
    first = lines.index(HEAD[0]) + len(HEAD)
    names = [line.split(" | ")[0].removeprefix("| ") for line in lines[first : first + len(CASES)]]
    assert names == [case.name for case in CASES]
