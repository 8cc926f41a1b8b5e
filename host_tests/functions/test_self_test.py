"""Checks at the start: memory, program, store; what they find is on the display."""

import pytest

from host_tests.functions.rig import WINTER, Rig
from meter import requests
from meter.functions import self_test
from meter.journal import store_map
from meter.registers import events, table
from meterctl import build
from ports import program

PROGRAM_BIT, RAM_BIT, STORE_BIT = 64, 128, 2


class Stuck(bytearray):
    """Memory with a bit that stays 0."""

    def __setitem__(self, at, value):
        super().__setitem__(at, value & ~8 if at == 700 else value)


class Short(bytearray):
    """Memory in which an address line is broken: two halves are one."""

    def __setitem__(self, at, value):
        super().__setitem__(at % 1024, value)

    def __getitem__(self, at):
        return super().__getitem__(at % 1024)


def errors(rig):
    return rig.meter.values.value(table.ERRORS)


def test_good_memory_is_good_and_bad_memory_is_seen():
    assert self_test.is_memory_good(bytearray(2048))
    assert not self_test.is_memory_good(Stuck(2048))
    assert not self_test.is_memory_good(Short(2048))


def test_a_healthy_meter_starts_without_an_error():
    assert errors(Rig(start_s=WINTER)) & (PROGRAM_BIT | RAM_BIT | STORE_BIT) == 0


def test_bad_memory_sets_its_bit(monkeypatch):
    monkeypatch.setattr(self_test, "is_memory_good", lambda memory: False)
    assert errors(Rig(start_s=WINTER)) & RAM_BIT


def test_a_damaged_newest_page_of_the_registers_is_told_at_the_start():
    rig = Rig(start_s=WINTER)
    rig.run(3_600, 1_000)
    newest = rig.meter.keeper.registers._totals.ring._next - 1
    rig.store.cells[(store_map.TOTALS[0] + newest) * store_map.PAGE + 40] ^= 1
    rig.cut()
    assert errors(rig) & STORE_BIT


def test_errors_are_cleared_by_request_and_stay_in_the_log():
    rig = Rig(start_s=WINTER)
    rig.meter.events.log(0, events.RAM_ERROR, 0)
    found = errors(rig)
    assert rig.request(requests.CLEAR_ERRORS) == found
    assert errors(rig) == 0
    assert rig.meter.events.newest(0)[1:] == (events.ERRORS_CLEARED, found)


@pytest.fixture(scope="module")
def files():
    return build.build("pico_1ph")


def installed(files, folder):
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return str(folder)


def test_a_board_finds_the_checksum_that_it_was_built_with(files, tmp_path):
    checksum, is_good = program.check(installed(files, tmp_path))
    assert is_good
    assert f"{checksum:08X}" == files[program.NAME].decode().split()[0]
    legal = files[program.NAME].decode().split()[1:]
    assert {"meter/ledger/energy.mpy", "meter/metrology/quantities.mpy"} <= set(legal)
    assert not any(name.startswith("meter/views/") for name in legal)


@pytest.mark.parametrize("damage", ["flip", "remove", "unlist"])
def test_a_changed_or_missing_legal_file_is_seen(files, tmp_path, damage):
    folder = installed(files, tmp_path)
    path = tmp_path / "meter/ledger/energy.mpy"
    if damage == "flip":
        content = bytearray(path.read_bytes())
        content[20] ^= 1
        path.write_bytes(content)
    elif damage == "remove":
        path.unlink()
    else:
        (tmp_path / program.NAME).unlink()
    assert not program.check(folder)[1]


def test_another_view_leaves_the_checksum_as_it_is(files, tmp_path):
    folder = installed(files, tmp_path)
    (tmp_path / "meter/views/glass.mpy").write_bytes(b"other")
    assert program.check(folder)[1]


def test_a_program_that_is_not_as_built_sets_its_bit(monkeypatch):
    from meter.parts import Parts

    monkeypatch.setattr(Parts, "is_program_good", False)
    rig = Rig(start_s=WINTER)
    assert errors(rig) & PROGRAM_BIT
    log = rig.meter.events
    found = [log.newest(age)[1:] for age in range(log.total)]
    assert (events.PROGRAM_ERROR, self_test.PROGRAM_CHANGED) in found
