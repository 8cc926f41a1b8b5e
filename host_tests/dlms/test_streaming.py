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


def test_while_a_block_is_sent_the_next_one_is_prepared_and_costs_the_client_no_reading(full):
    """At 9600 baud a block of 637 octets takes 0.7 s, 25 steps of 30 ms; a row needs one step."""
    reader(full)
    expected, _ = transfer(full.send)
    counted = full.meter.keeper.profile.log._store
    while_waited = []

    def send(apdu):
        for _ in range(25):
            full.server.step(30)
        before = counted.reads
        answer = full.send(apdu)
        while_waited.append(counted.reads - before)
        return answer

    answers, _ = transfer(send)
    assert answers == expected
    assert while_waited[0] == -(-637 // 38 // 8)  # 8 rows of 38 octets on a page
    assert set(while_waited[1:]) == {0}


def test_with_too_few_steps_the_rest_of_a_block_is_read_when_it_is_asked_for(full):
    reader(full)
    expected, _ = transfer(full.send)
    for steps in (1, 5, 16):
        found = []

        def send(apdu, steps=steps):
            for _ in range(steps):
                full.server.step(30)
            return full.send(apdu)

        found, _ = transfer(send)
        assert found == expected


def test_no_more_is_prepared_than_a_block_and_an_item(full):
    reader(full, pdu="0080")
    full.send(get(7, PROFILE, 2))
    for _ in range(100):
        full.server.step(30)
    assert 128 <= len(full.server._services._rest) < 128 + 38


def test_a_row_that_the_store_does_not_give_ends_the_transfer_behind_the_rows_before_it(full):
    """Whether it was found out before the client asked for the block or then."""
    log = full.meter.keeper.profile.log
    for steps in (0, 100):
        reader(full)
        counted = log._store
        good = [full.send(get(7, PROFILE, 2))]

        class Deaf(Counted):
            def read_into(self, start, buf):
                raise OSError(5)

        log._store = Deaf(counted._store)
        try:
            while good[-1][:2] == b"\xc4\x02" and not good[-1][3]:
                for _ in range(steps):
                    full.server.step(30)
                good.append(full.send(f"C002C1{len(good):08X}"))
        finally:
            log._store = counted
        assert good[-1][8:] == b"\x01\x0f"  # long GET aborted
        assert full.send(get(8, "0.0.1.0.0.255", 2))[:4] == bytes.fromhex("C401C100")
        assert full.send("C002C100000001")[8:] == b"\x01\x10"  # no transfer any more
