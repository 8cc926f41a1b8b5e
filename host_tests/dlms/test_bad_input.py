"""Bad input below the application: what is answered, and that the next good session works."""

from pathlib import Path
from random import Random

import pytest

from host_tests.dlms.peer import DISC, LLC, Client, Echo, ask, fcs, frame
from meter.views.dlms.hdlc import Link

PROTOCOLS = Path(__file__).parents[2] / "docs" / "protocols.md"
ANSWERS = {None: "silence", 0x1F: "DM", 0x73: "UA", 0x97: "FRMR", 0x11: "RR"}
GET = LLC + bytes.fromhex("C001C100080000010000FF0200")


def spoilt(octets, at):
    """Return `octets` with a bit changed at `at`."""
    return octets[:at] + bytes([octets[at] ^ 1]) + octets[at + 1 :]


def raw(text):
    """Return a frame of a body in hex, whatever is in it, with a right FCS."""
    body = bytes.fromhex(text)
    return b"\x7e" + body + fcs(body) + b"\x7e"


def endless_segments():
    """25 KB that never end."""
    return [
        frame(0x10 | number % 8 << 1, (LLC if number == 0 else b"") + bytes(120), segmented=True)
        for number in range(210)
    ]


# case: (whether a client is connected, frames, answer to the last one)
CASES = {
    "600 random octets": (False, [Random(5).randbytes(600)], None),
    "600 random octets in a session": (True, [Random(6).randbytes(600)], None),
    "wrong FCS": (True, [spoilt(frame(0x10, GET), -2)], None),
    "wrong HCS, right FCS": (True, [raw("A01C032110" + "1234" + GET.hex())], None),
    "length 2000, 50 octets, then nothing": (True, [bytes.fromhex("7EA7D0") + bytes(50)], None),
    "length smaller than the frame": (True, [raw("A0090321100000" + GET.hex())], None),
    "length 0 to 6": (True, [raw(f"A00{n}0321") for n in range(7)], None),
    "format 0, 9, B, F": (True, [raw(f"{n}007032193") for n in "09BF"], None),
    "unknown address": (False, [frame(0x93, server=b"\x23")], None),
    "no station, all stations, calling": (
        False,
        [frame(0x93, server=address) for address in (b"\x01", b"\xff", b"\x02\xfd")],
        None,
    ),
    "destination of 6 octets, of 30": (
        False,
        [frame(0x93, server=b"\x02" * n + b"\x03") for n in (5, 29)],
        None,
    ),
    "I before SNRM": (False, [frame(0x10, GET)], 0x1F),
    "RR before SNRM": (False, [frame(0x11)], 0x1F),
    "DISC before SNRM": (False, [DISC], 0x1F),
    "UI before SNRM": (False, [frame(0x13, GET)], None),
    "unknown client": (False, [frame(0x93, client=99)], 0x1F),
    "SNRM with sizes of zero": (False, [frame(0x93, bytes.fromhex("818006050100060100"))], 0x73),
    "SNRM with giant sizes": (
        False,
        [frame(0x93, bytes.fromhex("81800C0504FFFFFFFF0604FFFFFFFF"))],
        0x73,
    ),
    "SNRM with a list that is cut": (False, [frame(0x93, bytes.fromhex("818014050202"))], 0x73),
    "wrong N(S)": (True, [frame(0x14, GET)], 0x11),
    "wrong N(R)": (True, [frame(0x70, GET)], 0x11),
    "information field longer than agreed": (True, [frame(0x10, LLC + bytes(126))], 0x97),
    "25 KB of segments without end": (True, endless_segments(), 0x97),
    "unknown command": (True, [frame(0x33)], 0x97),
    "another client's I in a session": (True, [frame(0x10, GET, client=17)], None),
    "a server's LLC header": (True, [frame(0x10, b"\xe6\xe7\x00" + GET[3:])], 0x31),
    "no LLC header": (True, [frame(0x10, GET[3:])], 0x31),
    "a second FRMR condition": (True, [frame(0x33), frame(0x10, GET)], 0x97),
}


@pytest.mark.parametrize("case", CASES.items(), ids=lambda case: case[0])
def test_bad_input_is_answered_as_the_table_says_and_the_next_session_works(case):
    _, (is_connected, frames, expected) = case
    echo = Echo()
    link = Link(echo)
    if is_connected:
        Client(link).connect()
    for octets in frames:
        answer = ask(link, octets)
    assert (answer.control if answer is not None else None) == expected
    assert echo.handled == []
    link.step(100)
    client = Client(link)
    assert client.connect() is not None
    assert client.request(GET) == GET
    assert client.disconnect() == 0x73


def test_the_documents_table_is_this_one():
    text = PROTOCOLS.read_text()
    for case, (is_connected, _, expected) in CASES.items():
        name = ANSWERS[expected & ~0xE0 if expected and expected & 0x0F == 1 else expected]
        where = "yes" if is_connected else "no"
        assert f"| {case} | {where} | {name} |" in text
