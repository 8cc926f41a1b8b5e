"""`meterctl eeprom`: every record explained, damage found, and what a meter would take up."""

import json

import pytest

from host_tests.journal.life import Cells, Deeds, Life
from meter.journal import store_map
from meterctl import cli, image

PAGE = 128


@pytest.fixture(scope="module")
def used():
    """The chip of a meter that has done some deeds, and the meter."""
    cells = Cells(0x20000)
    deeds = Deeds(Life(cells), 5)
    deeds.life.keeper.window()
    for _ in range(120):
        deeds.do()
    deeds.life.keeper.store_registers()
    return cells, deeds


@pytest.fixture
def explain(tmp_path, capsys):
    def run(data, *options):
        path = tmp_path / "image.bin"
        path.write_bytes(data)
        status = cli.run(["eeprom", str(path), *options])
        captured = capsys.readouterr()
        assert path.read_bytes() == bytes(data)
        return status, captured.out, captured.err

    return run


def test_every_page_that_was_written_is_explained_and_no_other(used, explain):
    cells, _ = used
    status, out, err = explain(cells.cells, "--json")
    assert (status, err) == (0, "")
    found = json.loads(out)
    written = [page for page, n in enumerate(cells.page_writes) if n]
    assert [record["page"] for record in found["records"]] == sorted(written)
    assert all(record["state"] == "good" and record["meaning"] for record in found["records"])
    assert len(found["records"]) + found["blank"] == 1024


def test_what_it_says_is_taken_up_is_what_a_meter_takes_up(used, explain):
    cells, deeds = used
    restored = json.loads(explain(cells.cells, "--json")[1])["restored"]
    ledger = Life(Cells(0x20000, cells.cells)).ledger
    assert restored["registers"]["A+, kWh"] * 100_000 == pytest.approx(ledger.total.counts_cwh[0])
    assert restored["phases"]["L2"]["A-, kWh"] * 100_000 == pytest.approx(
        ledger.phases[1].counts_cwh[1])
    assert restored["registers"]["operating time, s"] == ledger.operating_s
    assert restored["billing entries"]["newest"] == deeds.periods
    assert restored["daily entries"]["newest"] == deeds.days
    assert [log["ever"] for log in restored["events"].values()] == [
        len(entries) for entries in deeds.noted]
    assert {name: size for name, size in restored["configuration"].items() if size} == {
        name: len(data) for name, data in deeds.configured.items()}
    profile = deeds.life.keeper.profile
    assert restored["load profile"]["entries"] == profile.log.total - profile.oldest()


def test_a_flipped_bit_is_found_and_told_with_its_page_and_the_status_is_1(used, explain):
    for page in (store_map.TOTALS[0], store_map.BILLING[0] + 2, store_map.STATUS[0]):
        data = bytearray(used[0].cells)
        data[page * PAGE + 50] ^= 4
        status, out, _ = explain(data, "--json")
        found = json.loads(out)
        assert (status, found["damaged"]) == (1, [page])
        one = next(record for record in found["records"] if record["page"] == page)
        assert (one["crc"], one["state"]) == ("bad", "damaged")
        status, out, _ = explain(data)
        assert status == 1
        assert f"{page * PAGE:05x}  page {page}" in out


@pytest.mark.parametrize(("a", "b"), [
    (store_map.TOTALS[0], store_map.PHASES[0]),
    (store_map.BILLING[0] + 2, store_map.BILLING[0] + 4)])
def test_pages_that_changed_places_are_named(used, explain, a, b):
    data = bytearray(used[0].cells)
    for place, other in ((a, b), (b, a)):
        data[place * PAGE : (place + 1) * PAGE] = used[0].cells[other * PAGE :][:PAGE]
    status, out, _ = explain(data, "--json")
    found = json.loads(out)
    assert (status, found["damaged"]) == (1, [a, b])
    assert {record["state"] for record in found["records"] if record["page"] in (a, b)} == {
        "misplaced"}


def test_the_text_says_kind_number_crc_and_meaning_of_each_record(used, explain):
    status, out, _ = explain(used[0].cells)
    assert status == 0
    assert "24FC1025, 131072 bytes" in out
    assert "kind 01" in out
    assert "crc good  newest" in out
    assert "name: undervoltage" in out
    assert "a meter would take up" in out
    assert "0 pages damaged" in out


def test_a_new_chip_is_blank_and_holds_nothing(explain):
    status, out, _ = explain(b"\xff" * 0x10000, "--json")
    found = json.loads(out)
    assert (status, found["part"], found["blank"]) == (0, "24LC512", 512)
    assert found["restored"]["registers"]["found"] is False
    assert found["restored"]["events"]["power"]["entries"] == 0


def test_the_image_of_a_fram_is_explained(explain):
    from meter.journal.keeper import Keeper
    from meter.ledger.booking import INDIVIDUAL, Ledger

    fram, ledger = Cells(0x8000), Ledger(INDIVIDUAL, 2300)
    keeper = Keeper(Cells(0x20000), fram, ledger, lambda: 0)
    keeper.recover()
    ledger.book([10**7] * 3, [0] * 3, 10**9)
    keeper.store_registers()
    status, out, _ = explain(fram.cells, "--json")
    found = json.loads(out)
    assert (status, found["part"]) == (0, "MB85RC256V")
    assert found["restored"]["registers"]["A+, kWh"] == ledger.total.counts_cwh[0] / 100_000


@pytest.mark.parametrize("size", [0, 1000, 0x20000 - 1, 0x20001])
def test_a_file_of_another_size_is_refused_naming_the_sizes_and_the_status_is_2(explain, size):
    status, out, err = explain(bytes(size))
    assert (status, out) == (2, "")
    assert f"{size} bytes, accepted: 32768 (MB85RC256V), 65536" in err


def test_a_file_that_is_not_there_is_refused(tmp_path, capsys):
    assert cli.run(["eeprom", str(tmp_path / "none")]) == 2
    assert "No such file" in capsys.readouterr().err


def test_every_event_has_a_name():
    assert len(image._EVENTS) > 40
    assert image._EVENTS[14] == "nv memory error"
