"""APDUs that cannot be parsed: an exception, no effect, and the next request is served."""

import pytest

from host_tests.dlms.device import Rig
from host_tests.dlms.requests_in_hex import (
    NOT_ASSOCIATED,
    UNKNOWN,
    by_entry,
    get,
    lists,
    name,
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


GOOD = [
    CLOCK,
    get(7, PROFILE, 2, by_entry(1, 2)),
    lists(CLOCK, CLOCK),
    "C101C1000800000100 00FF0200" + TIME,
    "C301C10009" + name("0.0.10.0.1.255") + "0101120001",
]


@pytest.mark.parametrize("request_", GOOD)
def test_requests_cut_anywhere_have_an_exception_and_change_nothing(full, request_):
    whole = bytes.fromhex(request_)
    before_s = full.meter.clock.now_s()
    for cut in range(1, len(whole)):
        assert full.send(whole[:cut]) == UNKNOWN, whole[:cut].hex()
        assert full.send(CLOCK)[:4] == bytes.fromhex("C401C100")
    assert full.meter.clock.now_s() == before_s


@pytest.mark.parametrize("request_", GOOD)
def test_bytes_after_the_end_have_an_exception(full, request_):
    assert full.send(bytes.fromhex(request_) + b"\0") == UNKNOWN


@pytest.mark.parametrize("tag", [t for t in range(256) if t not in (0x60, 0x62, 0xC0, 0xC1, 0xC3)])
def test_unknown_tags_have_an_exception(full, tag):
    assert full.send(bytes((tag,)) + bytes(20)) in (UNKNOWN, NOT_ASSOCIATED)
    assert full.send(CLOCK)[:4] == bytes.fromhex("C401C100")


@pytest.mark.parametrize("service", ["C0", "C1", "C3"])
def test_unknown_kinds_of_service_have_an_exception(full, service):
    for kind in range(256):
        if kind not in (1, 2, 3, 4, 5, 6):
            assert full.send(service + f"{kind:02X}C1" + CLOCK[6:]) == UNKNOWN
    assert full.send(CLOCK)[:4] == bytes.fromhex("C401C100")


@pytest.mark.parametrize(
    "value",
    ["097FFF", "0982FFFF", "09847FFFFFFF", "0484FFFFFFFF", "01820400", "0102" * 20, "13", "FE",
     "02" * 40, "0180", "0883", "09"],
)  # fmt: skip
def test_lengths_and_nestings_that_cannot_be_have_an_exception(full, value):
    for request_ in (get(7, PROFILE, 2, "01" + value), "C101C1000800000100 00FF0200" + value):
        assert full.send(request_) == UNKNOWN
    assert full.send(CLOCK)[:4] == bytes.fromhex("C401C100")


def test_an_empty_apdu_is_not_answered(full):
    assert full.send(b"") == b""
