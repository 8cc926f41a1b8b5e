"""GET byte by byte: what clients do not check, and what they never send."""

import itertools

import pytest

from host_tests.dlms.device import Rig
from host_tests.dlms.requests_in_hex import (
    UNKNOWN,
    get,
    lists,
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


def blocks_of(rig, request_):
    """Return the raw data of all blocks of an answer, and their lengths."""
    answer = rig.send(request_)
    found, sizes, number = b"", [], 0
    while True:
        sizes.append(len(answer))
        number += 1
        assert answer[:3] == b"\xc4\x02\xc1"
        assert int.from_bytes(answer[4:8], "big") == number
        assert answer[8] == 0
        head = {0x81: 11, 0x82: 12}.get(answer[9], 10)
        size = answer[9] if head == 10 else int.from_bytes(answer[10:head], "big")
        assert len(answer) == head + size
        assert size > 0
        found += answer[head:]
        if answer[3]:
            return found, sizes
        answer = rig.send(b"\xc0\x02\xc1" + number.to_bytes(4, "big"))


# Captured: GET of 1-0:1.8.0 and its answer's form; invoke id with both flags.
@pytest.mark.parametrize("invoke", [0xC1, 0x41, 0x01, 0x8F])
def test_the_invoke_id_comes_back(full, invoke):
    request_ = bytes.fromhex(get(3, "1.0.1.8.0.255", 2))
    answer = full.send(request_[:2] + bytes((invoke,)) + request_[3:])
    assert answer[:5] == bytes((0xC4, 1, invoke, 0, 6))
    assert len(answer) == 9


@pytest.mark.parametrize(
    ("request_", "result"),
    [
        (get(3, "1.0.1.99.0.255", 2), 4),  # no such object
        (get(1, "1.0.1.8.0.255", 2), 9),  # another class
        (get(3, "1.0.1.8.0.255", 0), 4),
        (get(3, "1.0.1.8.0.255", 4), 4),
        (get(15, "0.0.40.0.0.255", 7), 3),  # a secret
        (get(3, "1.0.1.8.0.254", 2), 4),
        (get(3, "1.1.1.8.0.255", 2), 4),
        (get(0xFFFF, "1.0.1.8.0.255", 2), 9),
        (get(3, "1.0.1.8.0.255", 2, "010100"), 250),  # selective access where there is none
        (get(15, "0.0.40.0.1.255", 2), 4),  # of the manager only
    ],
)
def test_what_cannot_be_read_has_its_result(full, request_, result):
    assert full.send(request_) == bytes((0xC4, 1, 0xC1, 1, result))


def test_the_public_client_reads_identity_clock_and_counter_and_nothing_else(rig):
    public(rig)
    catalogue = rig.device.objects.catalogue
    seen = [catalogue.code(k) for k in range(catalogue.count) if catalogue.can_see(k, 1)]
    assert (0, 1, 0, 0) in seen
    assert (0, 43, 1, 0) in seen
    for k in range(catalogue.count):
        dotted = ".".join(map(str, catalogue.name(k)))
        answer = rig.send(get(catalogue.class_id(k), dotted, 2))
        is_seen = catalogue.code(k) in seen
        assert (answer[3] == 0 or answer[1] == 2) == is_seen, dotted
    assert all(code[0] == 0 or code[1] == 0 for code in seen), "a measured value"


def test_nothing_measured_is_public(rig):
    public(rig)
    for code in ("1.0.1.8.0.255", "1.0.32.7.0.255", "1.0.16.7.0.255"):
        assert rig.send(get(3, code, 2)) == bytes.fromhex("C401C10104")


def test_a_value_that_does_not_fit_comes_in_blocks_of_the_clients_size(full):
    request_ = get(7, PROFILE, 2)
    whole, _ = blocks_of(full, request_)
    assert whole[:2] == b"\x01\x3c"
    for pdu in (12, 13, 40, 64, 138, 139, 140, 266, 267, 268, 300, 637, 2000):
        reader(full, pdu=f"{pdu:04X}")
        found, sizes = blocks_of(full, request_)
        assert found == whole
        assert max(sizes) <= min(pdu, 637)
    reader(full)


def test_values_just_at_the_limit_are_whole(full):
    for pdu in range(14, 32):
        reader(full, pdu=f"{pdu:04X}")
        answer = full.send(CLOCK)
        assert len(answer) <= pdu
        assert (answer[1] == 1) == (pdu >= 25)  # 4 and 14, behind room for a block's head
    reader(full)


def test_blocks_out_of_turn_are_refused_and_end_the_transfer(full):
    full.send(get(7, PROFILE, 2))
    assert full.send("C002C100000002") == bytes.fromhex("C402C101000000020113")
    assert full.send("C002C100000001") == bytes.fromhex("C402C101000000010110")


def test_another_request_ends_a_transfer(full):
    full.send(get(7, PROFILE, 2))
    assert full.send(CLOCK)[:4] == bytes.fromhex("C401C100")
    assert full.send("C002C100000001") == bytes.fromhex("C402C101000000010110")


def test_rows_that_are_captured_meanwhile_do_not_disturb_a_transfer():
    rig = reader(Rig())
    end_s = rig.fill_profile(100)
    answer = rig.send(get(7, PROFILE, 2))
    found = answer[12:]
    profile, total = rig.meter.keeper.profile, rig.meter.ledger.total
    for number in itertools.count(1):
        profile.tick(end_s + (100 + number) * 900, total, 0)
        while profile.step(2):
            pass
        answer = rig.send(b"\xc0\x02\xc1" + number.to_bytes(4, "big"))
        found += answer[11 if answer[9] == 0x81 else 12 if answer[9] == 0x82 else 10 :]
        if answer[3]:
            break
    assert found[:2] == b"\x01\x64"
    assert len(found) == 2 + 100 * (2 + 14 + 2 + 4 * 5)


def test_a_list_has_a_value_or_an_error_for_each(full):
    wrong = get(3, "1.0.1.99.0.255", 2)
    unit = get(3, "1.0.1.8.0.255", 3)
    assert full.send(lists(unit, wrong, unit)).hex().upper() == (
        "C403C103" + "0002020F00161E" + "0104" + "0002020F00161E"
    )


def test_a_list_that_does_not_fit_comes_in_blocks(full):
    long = lists(get(7, PROFILE, 3), CLOCK, get(3, "9.9.9.9.9.9", 2), get(7, PROFILE, 2))
    reader(full, pdu="0040")
    found, sizes = blocks_of(full, long)
    assert found[:3] == b"\x04\x00\x01"
    assert found.count(b"\x09\x0c\x07\xea") == 61
    assert max(sizes) <= 64
    reader(full)


@pytest.mark.parametrize("n", [16, 17, 40])
def test_no_more_than_sixteen_objects_of_a_list_are_read_at_once(full, n, monkeypatch):
    """Fifty in one step would hold up the taking of samples."""
    wanted = [get(3, "1.0.1.8.0.255", 2), get(3, "1.0.1.8.99.255", 2)] * n
    expected = [full.send(request_)[3:] for request_ in wanted[:n]]
    objects, at_once = full.device.objects, []

    def counted(*asked, read=objects.read):
        at_once[-1] += 1
        return read(*asked)

    def send(request_):
        at_once.append(0)
        return full.send(request_)

    monkeypatch.setattr(objects, "read", counted)
    answer = send(lists(*wanted[:n]))
    found, number = answer[3:] if n == 16 else b"", 1
    while n > 16:
        head = 10 if answer[9] < 0x80 else 11 if answer[9] == 0x81 else 12
        found += answer[head:]
        if answer[3]:
            break
        answer = send(f"C002C1{number:08X}")
        number += 1
    assert found == bytes((n,)) + b"".join(expected)
    assert max(at_once) == 16
    assert sum(at_once) == n


def test_without_blocks_a_list_of_more_than_sixteen_is_too_long(full):
    reader(full, conformance="000214")
    assert full.send(lists(*[CLOCK] * 16))[:4] == bytes.fromhex("C403C110")
    assert full.send(lists(*[CLOCK] * 17)) == bytes.fromhex("C401C1010E")
    reader(full)


def test_an_object_that_there_is_not_costs_no_loop_over_all_of_them(full, monkeypatch):
    catalogue = full.device.objects.catalogue
    looked = []
    monkeypatch.setattr(catalogue, "name", looked.append)
    monkeypatch.setattr(catalogue, "class_id", looked.append)
    for code in ("1.0.1.8.99.255", "9.9.9.9.9.9", "0.0.0.0.0.255", "255.0.255.255.255.255"):
        assert full.send(get(3, code, 2)) == bytes.fromhex("C401C10104")
    assert looked == []


@pytest.mark.parametrize(
    ("conformance", "request_"),
    [
        ("000018", lists(CLOCK, CLOCK)),
        ("000218", get(7, PROFILE, 2, "02020406000000010600000001120001120000")),
        ("000218", "C002C100000001"),
        ("001219", "C102C10008" + name("0.0.1.0.0.255") + "0200" + "0100000001" + "0E" + TIME),
        ("001219", "C304C10009" + name("0.0.10.0.1.255") + "01010000000103120001"),
    ],
)
def test_what_was_not_agreed_on_is_not_served(full, conformance, request_):
    reader(full, conformance=conformance)
    assert full.send(request_) == UNKNOWN
    assert full.send(CLOCK)[:4] == bytes.fromhex("C401C100")
    reader(full)
