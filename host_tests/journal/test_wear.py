"""How long the store lasts, counted on a chip that counts: twenty years whatever happens."""

import json

import pytest

from meterctl import cli, wear


@pytest.fixture(scope="module")
def years():
    return wear.measure("24FC1025", wear.LOADS["105 A non-stop"], hours=2)


def test_every_region_lasts_20_years_at_105_a_non_stop_in_a_storm_of_events(years):
    assert len(years) == 15
    assert all(life >= 20 for life in years.values()), years


def test_a_region_that_is_written_round_its_end_is_worn_evenly():
    meter = wear._Meter("24FC1025")
    meter.run(wear.LOADS["105 A non-stop"], 1)
    first, pages = 28, 140
    writes = meter.counted.page_writes[first : first + pages]
    assert max(writes) - min(writes) <= 1
    assert sum(writes) == pytest.approx(3600 / 4.58, rel=0.02)  # paid in every 4.58 s


def test_a_storm_does_not_count_more_for_a_short_log_than_for_a_long_one(years):
    logs = [life for name, life in years.items() if name.endswith("events")]
    assert len(logs) == 7
    assert max(logs) < 1.1 * min(logs)


def test_registers_on_a_fram_outlast_the_meter_at_any_load():
    years = wear.measure("MB85RC256V", wear.LOADS["105 A non-stop"], hours=1)
    assert set(years) == {"totals", "phases"}
    assert min(years.values()) > 1000


def test_the_table_names_every_part_and_load(capsys, monkeypatch):
    monkeypatch.setattr(wear, "measure", lambda part, p_mw, hours: {"totals": p_mw * hours / 1e6})
    assert cli.run(["wear", "--hours", "2", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["24LC512"]["105 A non-stop"] == {"totals": 48.3}
    assert cli.run(["wear"]) == 0
    out = capsys.readouterr().out
    assert all(name in out for name in (*wear.PARTS, *wear.LOADS, "totals"))
    assert cli.run(["wear", "--hours", "0"]) == 2
