"""`meterctl glass` draws what it is told and refuses what the glass cannot show."""

import xml.etree.ElementTree as ET

import pytest
from click.testing import CliRunner

from meter.views import glass
from meterctl.glass import glass as command

SVG = "{http://www.w3.org/2000/svg}"


def svg_of(tmp_path, *arguments):
    path = tmp_path / "glass.svg"
    result = CliRunner().invoke(command, ["--svg", str(path), *arguments])
    assert result.exit_code == 0, result.output
    return ET.parse(path).getroot()


def layer(root, number):
    return list(root.findall(f"{SVG}g")[number])


def words(elements):
    return [element.text for element in elements if element.tag == f"{SVG}text"]


def test_every_segment_is_in_the_picture_once(tmp_path):
    root = svg_of(tmp_path, "--test")
    off, on = layer(root, 0), layer(root, 1)
    digits, cross = 15 * 8, 1  # of the quadrants
    assert (len(off), len(on)) == (0, digits + len(glass.SYMBOLS) + cross)


def test_what_is_on_and_what_is_off_are_in_different_layers(tmp_path):
    root = svg_of(tmp_path, "--value", "1", "--code", "1", "--phases", "1", "--quadrant", "0")
    off, on = layer(root, 0), layer(root, 1)
    assert sorted(words(on)) == ["L1", "T1", "kWh"]
    assert "L2" in words(off)
    assert len([element for element in on if element.tag == f"{SVG}polygon"]) == 4


def test_without_a_file_the_glass_is_drawn_as_text():
    result = CliRunner().invoke(command, ["--value", "8"])
    assert result.exit_code == 0
    assert "kWh" in result.output
    assert "█" in result.output


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (["--value", "123456789"], "--value"),
        (["--value", "12x"], "--value"),
        (["--code", "12345678"], "--code"),
        (["--unit", "MWh"], "--unit"),
        (["--tariff", "9"], "--tariff"),
    ],
)
def test_what_the_glass_cannot_show_is_refused_by_name(arguments, named):
    result = CliRunner().invoke(command, arguments)
    assert result.exit_code == 2
    assert named in result.output


def test_a_file_that_cannot_be_written_is_one_line(tmp_path):
    path = tmp_path / "nowhere" / "glass.svg"
    result = CliRunner().invoke(command, ["--svg", str(path)])
    assert result.exit_code == 1
    assert "No such file or directory" in result.output
