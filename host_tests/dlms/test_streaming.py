"""A load profile goes out in blocks: what that costs on the bus of the EEPROM, counted."""

import pytest

from host_tests.dlms.device import Rig
from host_tests.dlms.requests_in_hex import Manager, get, reader

ENTRIES = 1_000
PROFILE = "1.0.99.1.0.255"


class Counted:
    """A store that counts its readings; a page is read in one go."""

    def __init__(self, store):
        self._store = store
        self.reads = 0
        self.page = store.page

    def read_into(self, start, buf):
        assert len(buf) == self.page
        self.reads += 1
        self._store.read_into(start, buf)


@pytest.fixture(scope="module")
def full():
    rig = Rig()
    rig.fill_profile(ENTRIES)
    log = rig.meter.keeper.profile.log
    assert log.total == ENTRIES
    log._store = Counted(log._store)
    return rig


def transfer(send):
    """Read the whole profile; return (answers, rows' octets)."""
    answers = [send(get(7, PROFILE, 2))]
    while answers[-1][1] == 2 and not answers[-1][3]:
        answers.append(send(f"C002C1{len(answers):08X}"))
    assert len(answers) > 1
    return answers, sum(len(answer) for answer in answers)


def reads_of(rig, send):
    counted = rig.meter.keeper.profile.log._store
    before = counted.reads
    answers, octets = transfer(send)
    row = 2 + 14 + 2 + 4 * 5
    assert octets >= ENTRIES * row
    return counted.reads - before, answers


def test_every_page_is_read_once_and_none_for_an_entry_on_it(full):
    """132 octets on the bus, 3.3 ms at 400 kHz, for eight rows of four channels."""
    log = full.meter.keeper.profile.log
    reader(full)
    reads, answers = reads_of(full, full.send)
    assert reads == -(-ENTRIES // log.per_page)
    print(f"{reads} readings, {132 * reads} octets on the bus for {ENTRIES} rows, ", end="")
    print(f"{len(answers)} blocks")


def test_ciphering_changes_nothing_about_it(full):
    log = full.meter.keeper.profile.log
    manager = Manager(full)
    reads, _ = reads_of(full, manager.send)
    assert reads == -(-ENTRIES // log.per_page)


def test_blocks_are_as_full_as_the_client_lets_them_be(full):
    reader(full)
    answers, _ = transfer(full.send)
    assert {len(answer) for answer in answers[1:-1]} == {637}


def test_a_new_entry_while_the_profile_is_read_costs_a_page_and_changes_no_row(full):
    rig, log = full, full.meter.keeper.profile.log
    reader(rig)
    expected, _ = transfer(rig.send)
    store, log._store = log._store, log._store._store
    found = [rig.send(get(7, PROFILE, 2))]
    for number in range(1, 4):
        found.append(rig.send(f"C002C1{number:08X}"))
    profile = rig.meter.keeper.profile
    profile.tick(profile._slot * 900 + 1, rig.meter.ledger.total, 0)
    while profile.step(2):
        pass
    while not found[-1][3]:
        found.append(rig.send(f"C002C1{len(found):08X}"))
    log._store = store
    assert found == expected
