"""SET and ACTION byte by byte: in one piece, as lists and in blocks."""

import pytest

from host_tests.dlms.device import Rig
from host_tests.dlms.requests_in_hex import (
    UNKNOWN,
    Manager,
    get,
    name,
    public,
    reader,
)

CLOCK = get(8, "0.0.1.0.0.255", 2)
TIME = "090C07EA0B0107 0A0000FFFFC400"  # 2026-11-01T10:00+01:00, a Sunday
TIME_S = 846_838_800
PROFILE = "1.0.99.1.0.255"


@pytest.fixture
def rig():
    return Rig()


@pytest.fixture(scope="module")
def full():
    """A reader on a meter with 60 intervals."""
    rig = Rig()
    rig.fill_profile(60)
    return reader(rig)


def set_clock(value=TIME):
    return "C101C10008" + name("0.0.1.0.0.255") + "0200" + value


def test_the_clock_is_set(rig):
    assert Manager(rig).send(set_clock()) == bytes.fromhex("C501C100")
    assert rig.meter.clock.now_s() == TIME_S


@pytest.mark.parametrize(
    ("value", "result"),
    [
        ("090C07EA0D0107 0A0000FFFFC400", 250),
        ("090C07EA000107 0A0000FFFFC400", 250),
        ("090C07EA0B0007 0A0000FFFFC400", 250),
        ("090C07EA0B1F07 0A0000FFFFC400", 250),
        ("090C07EA0B0100 0A0000FFFFC400", 250),
        ("090C07EA0B0108 0A0000FFFFC400", 250),
        ("090C07EA0B0107 180000FFFFC400", 250),
        ("090C07EA0B0107 0A3C00FFFFC400", 250),
        ("090C07EA0B0107 0A003CFFFFC400", 250),
        ("090C07EA0B0107 0A000064FFC400", 250),
        ("090C07EA0B0107 0A000000FD2F00", 250),
        ("090CFFFFFFFFFF FFFFFFFF800000", 250),
        ("090C07CF0B0107 0A0000FFFFC400", 250),
        ("090C08340B0107 0A0000FFFFC400", 250),
        ("090B07EA0B0107 0A0000FFFFC4", 12),
        ("0900", 12),
        ("0600000000", 12),
        ("00", 12),
    ],
)
def test_times_that_are_none_change_nothing(rig, value, result):
    before_s = rig.meter.clock.now_s()
    assert Manager(rig).send(set_clock(value)) == bytes((0xC5, 1, 0xC1, result))
    assert rig.meter.clock.now_s() == before_s


def test_a_date_time_is_taken_as_well_as_an_octet_string(rig):
    assert Manager(rig).send(set_clock("19" + TIME[4:])) == bytes.fromhex("C501C100")
    assert rig.meter.clock.now_s() == TIME_S


def test_bytes_after_a_value_are_refused(rig):
    before_s = rig.meter.clock.now_s()
    assert Manager(rig).send(set_clock(TIME + "00")) == UNKNOWN
    assert rig.meter.clock.now_s() == before_s


def test_no_attribute_is_written_but_those_of_the_access_table(rig):
    manager = Manager(rig)
    catalogue = rig.device.objects.catalogue
    written = []
    for k in range(catalogue.count):
        for attribute in range(1, 20):
            request_ = "C101C1{:04X}{}{:02X}0000".format(
                catalogue.class_id(k), catalogue.name(k).hex(), attribute
            )
            answer = manager.send(request_)
            if answer != bytes.fromhex("C501C103") and answer != bytes.fromhex("C501C104"):
                written.append((catalogue.code(k), attribute))
    expected = {
        (0, 40, 0, 2): [7],
        (0, 1, 0, 0): [2, 3, 8],
        (0, 22, 0, 0): [2, 5, 6, 7, 8, 9],
        (0, 20, 0, 0): [4],
        (0, 97, 98, 0): [2],
        (0, 97, 98, 10): [2],
        (0, 96, 61, 0): [2],
        (0, 96, 61, 1): [2],
        (0, 96, 61, 2): [2],
        (0, 96, 61, 3): [2],
        (0, 96, 61, 5): [2],
        (0, 21, 0, 0): [3],
        (0, 21, 0, 1): [3],
        (0, 21, 0, 2): [3],
        (0, 21, 0, 3): [3],
        (0, 15, 0, 0): [4],
        (0, 13, 0, 0): [7, 8, 9, 10],
        (0, 11, 0, 0): [2],
        (0, 96, 3, 10): [4],
        (0, 17, 0, 0): [2, 4, 5, 6, 7, 8, 9, 11],
        (0, 19, 10, 0): [5],
    }
    assert written == [(code, k) for code, ks in expected.items() for k in ks]


@pytest.mark.parametrize("sap", [16, 17])
def test_the_other_clients_change_nothing(rig, sap):
    (public if sap == 16 else reader)(rig)
    catalogue = rig.device.objects.catalogue
    for k in range(catalogue.count):
        target = "{:04X}{}".format(catalogue.class_id(k), catalogue.name(k).hex())
        for number in range(1, 10):
            answer = rig.send("C101C1" + target + f"{number:02X}0000")
            assert answer in (bytes.fromhex("C501C103"), bytes.fromhex("C501C104"))
            answer = rig.send("C301C1" + target + f"{number:02X}010F00")
            assert answer in (bytes.fromhex("C701C10300"), bytes.fromhex("C701C10400"))


def blocks(first, following, target, value, size):
    """Return a SET or ACTION in blocks of `size`."""
    pieces = [value[k : k + size] for k in range(0, len(value), size)]
    made = []
    for k, piece in enumerate(pieces):
        head = first + target if k == 0 else following
        last = 1 if k == len(pieces) - 1 else 0
        made.append(
            bytes.fromhex(head) + bytes((last,)) + (k + 1).to_bytes(4, "big")
            + bytes((len(piece),)) + piece
        )  # fmt: skip
    return made


@pytest.mark.parametrize("size", [1, 5, 14, 30])
def test_a_value_is_set_in_blocks(rig, size):
    manager = Manager(rig)
    target = "0008" + name("0.0.1.0.0.255") + "0200"
    sent = blocks("C102C1", "C103C1", target, bytes.fromhex(TIME), size)
    answers = [manager.send(block) for block in sent]
    for k, answer in enumerate(answers[:-1]):
        assert answer == b"\xc5\x02\xc1" + (k + 1).to_bytes(4, "big")
    assert answers[-1] == b"\xc5\x03\xc1\x00" + len(sent).to_bytes(4, "big")
    assert rig.meter.clock.now_s() == TIME_S


def test_a_block_out_of_turn_is_refused_and_nothing_set(rig):
    manager = Manager(rig)
    before_s = rig.meter.clock.now_s()
    target = "0008" + name("0.0.1.0.0.255") + "0200"
    sent = blocks("C102C1", "C103C1", target, bytes.fromhex(TIME), 5)
    manager.send(sent[0])
    assert manager.send(sent[2]) == bytes.fromhex("C503C11300000003")
    assert manager.send(sent[1]) == bytes.fromhex("C503C11200000002")
    assert rig.meter.clock.now_s() == before_s


def test_blocks_without_end_are_refused_at_two_kilobytes(rig):
    manager = Manager(rig)
    target = "0008" + name("0.0.1.0.0.255") + "0200"
    head = bytes.fromhex("C102C1" + target)
    piece = b"\x82\x01\x00" + bytes(256)
    assert manager.send(head + b"\0\0\0\0\1" + piece)[:2] == b"\xc5\x02"
    for number in range(2, 9):
        block = b"\xc1\x03\xc1\x00" + number.to_bytes(4, "big") + piece
        assert manager.send(block)[:2] == b"\xc5\x02"
    block = b"\xc1\x03\xc1\x00" + (9).to_bytes(4, "big") + piece
    assert manager.send(block) == bytes.fromhex("C503C1FA00000009")
    assert len(rig.server._services._gathered) == 0


def test_a_list_is_set_with_a_result_for_each(rig):
    manager = Manager(rig)
    clock = "0008" + name("0.0.1.0.0.255") + "0200"
    energy = "0003" + name("1.0.1.8.0.255") + "0200"
    request_ = "C104C102" + energy + clock + "02" + "0600000000" + TIME
    assert manager.send(request_) == bytes.fromhex("C505C1020300")
    assert rig.meter.clock.now_s() == TIME_S


def test_a_list_is_set_in_blocks(rig):
    manager = Manager(rig)
    clock = "0008" + name("0.0.1.0.0.255") + "0200"
    energy = "0003" + name("1.0.1.8.0.255") + "0200"
    value = bytes.fromhex("02" + TIME + "0600000000")
    sent = blocks("C105C102", "C103C1", clock + energy, value, 8)
    answers = [manager.send(block) for block in sent]
    assert answers[-1] == b"\xc5\x04\xc1\x02\x00\x03" + len(sent).to_bytes(4, "big")
    assert rig.meter.clock.now_s() == TIME_S


def test_an_action_in_blocks_ends_a_billing_period(rig):
    rig.settle()
    rig.run(3_000)
    manager = Manager(rig)
    periods = rig.meter.billed.billing.periods
    target = "0009" + name("0.0.10.0.1.255") + "01"
    sent = blocks("C304C1", "C306C1", target, bytes.fromhex("120001"), 2)
    assert manager.send(sent[0]) == bytes.fromhex("C704C100000001")
    assert manager.send(sent[1]) == bytes.fromhex("C701C10000")
    assert rig.meter.billed.billing.periods == periods + 1


def test_a_list_of_actions_has_a_result_for_each(rig):
    manager = Manager(rig)
    tariff = "0009" + name("0.0.10.0.100.255") + "01"
    nothing = "0009" + name("0.0.10.0.1.255") + "07"
    request_ = "C303C102" + tariff + nothing + "02" + "120003" + "120001"
    assert manager.send(request_) == bytes.fromhex("C703C10200000400")
    assert rig.meter.ledger.tariffs.active == 3


@pytest.mark.parametrize("script", ["120000", "12000A", "1200FF", "0F01", "00"])
def test_scripts_that_are_none_change_nothing(rig, script):
    answer = Manager(rig).send("C301C10009" + name("0.0.10.0.100.255") + "0101" + script)
    assert answer in (bytes.fromhex("C701C1FA00"), bytes.fromhex("C701C10C00"))
    assert rig.meter.ledger.tariffs.active == 1
