"""`meterctl codes explain`: every listed code in words, everything else refused by name."""

import json

import pytest

from host_tests.codes.data_sheet import TABLE
from meter.codes import fields
from meter.codes.codes import DEFAULTS
from meterctl import cli
from meterctl import codes as command


def explain(capsys, *arguments):
    status = cli.run(["codes", "explain", *arguments])
    captured = capsys.readouterr()
    return status, captured.out, captured.err


def explain_json(capsys, *texts):
    status, out, err = explain(capsys, *texts, "--json")
    assert (status, err) == (0, "")
    return json.loads(out)


def test_every_code_that_is_listed_has_a_meaning_and_no_other_has():
    for name, (title, meanings) in command.FIELDS.items():
        assert title
        if meanings is not None:
            assert set(meanings) == {value for field, value, _ in TABLE if field == name}
            assert all(meanings.values())
            assert len(set(meanings.values())) == len(meanings)


# What the data sheet abbreviates.
WRITTEN_OUT = {
    " incl.": "",
    " switched": "",
    "Comm +": "communication and",
    "ext.": "external",
    "2-tariff": "2 tariffs",
    "4-tariff": "4 tariffs",
    "4 tariff,": "4 tariffs,",
}


def squeezed(text):
    return "".join(c for c in text.lower() if c.isalnum())


@pytest.mark.parametrize(
    ("field", "value", "words"), TABLE, ids=[f"{f} {v} {w}" for f, v, w in TABLE]
)
def test_a_meaning_says_what_the_data_sheet_says(field, value, words):
    meaning = command.FIELDS[field][1][value]
    if field == "LL":
        assert f"GMT{int(words.split()[0]):+d} h" in meaning
        return
    for short, long in WRITTEN_OUT.items():
        words = words.replace(short, long)
    assert squeezed(words) in squeezed(meaning)


def test_all_six_codes_are_explained_field_by_field(capsys):
    explained = explain_json(capsys, *DEFAULTS)["codes"]
    assert [code["code"] for code in explained] == list(DEFAULTS)
    named = [field["field"] for code in explained for field in code["fields"]]
    assert named == [name for code in range(fields.CODES) for name, _ in fields.fields(code)]


def test_a_code_is_told_by_its_form(capsys):
    explained = explain_json(capsys, "000-15-04-3")["codes"]
    assert explained[0]["name"] == "Configuration 2"
    assert explained[0]["fields"][2] == {
        "field": "HH",
        "value": "04",
        "title": "Debiting logging interval",
        "meaning": "every third month, January",
        "effect": "when billing periods end",
    }


def test_every_field_says_what_the_meter_does_with_it(capsys):
    assert list(command.EFFECTS) == list(command.FIELDS)
    status, out, err = explain(capsys, "123-15-01-1")
    assert (status, err) == (0, "")
    assert "configure list" in " ".join(out.split())


def test_the_table_shows_field_value_and_meaning(capsys):
    status, out, err = explain(capsys, "1-2-018-77-4")
    assert (status, err) == (0, "")
    for words in ("CCC", "018", "tariff module, 4 tariffs", "any digits", "60 min"):
        assert words in out


REFUSED = {
    ("000-29-01-1",): "GG: '29' refused, accepted: 00-28",
    ("000-01-25-1",): "HH: '25' refused, accepted: 00-24",
    ("684-32BJ4B3010",): "X2: '2' refused, accepted: 1,4,6-8",
    ("hello",): "code: 'hello' refused, accepted: 684-X1X2",
    ("000", "000"): "Configuration 5: '000' refused, accepted: each code once",
    ("684-31BJ413010", "000-01-01-1"): "HH: '01' refused, accepted: 00 without a real-time clock",
}


@pytest.mark.parametrize(("texts", "message"), REFUSED.items(), ids=list(REFUSED.values()))
@pytest.mark.parametrize("as_json", [(), ("--json",)])
def test_what_no_meter_has_is_one_line_and_exit_2(capsys, texts, message, as_json):
    status, out, err = explain(capsys, *texts, *as_json)
    assert (status, out) == (2, "")
    assert err.startswith(f"meterctl: {message}")
    assert err.count("\n") == 1


def test_without_a_code_the_command_says_what_is_missing(capsys):
    status, out, err = explain(capsys)
    assert (status, out) == (2, "")
    assert "CODE" in err
