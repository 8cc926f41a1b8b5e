"""Frames are cut by their length, checked, and made as other makers' software makes them."""

from array import array
from random import Random

import pytest
from dlms_cosem.hdlc import frames as theirs
from hypothesis import given
from hypothesis import strategies as st

from host_tests.dlms import peer
from host_tests.kernel.inputs import SEEDS, repeatable
from meter.views.dlms import fcs
from meter.views.dlms import octets as definition
from meter.views.dlms.frame import OVERHEAD, Reader, Writer

# Seen on lines: (hex, octets of the destination, upper, lower, client, control, information)
SEEN = {
    "gurux SNRM": ("7EA0070321930F017E", 1, 1, -1, 16, 0x93, 0),
    "gurux SNRM, client 17": ("7EA007032393BF327E", 1, 1, -1, 17, 0x93, 0),
    "gurux SNRM, client 1": ("7EA0070303938C117E", 1, 1, -1, 1, 0x93, 0),
    "two octets": ("7EA00802232193BD647E", 2, 1, 17, 16, 0x93, 0),
    "four octets": ("7EA00A000200232193 18717E", 4, 1, 17, 16, 0x93, 0),
    "a meter's UA": (
        "7EA01E210373C37A8180120501800601800704000000010804000000 01533B7E",
        1,
        16,
        -1,
        1,
        0x73,
        21,
    ),
}


def found(octets, info_max=512):
    """Return the reader with the only frame in `octets`, or None."""
    reader = Reader(bytearray(info_max + OVERHEAD))
    at = reader.take(octets, 0, len(octets))
    assert at in (0, len(octets))
    return reader if at else None


@pytest.mark.parametrize("seen", SEEN.values(), ids=SEEN)
def test_frames_seen_on_lines_are_understood(seen):
    text, *expected = seen
    reader = found(bytes.fromhex(text))
    assert [
        reader.address_octets,
        reader.upper,
        reader.lower,
        reader.client,
        reader.control,
        reader.info_octets,
    ] == expected


def test_one_flag_may_close_a_frame_and_open_the_next():
    octets = peer.SNRM[:-1] + peer.DISC
    reader = Reader(bytearray(128 + OVERHEAD))
    at = reader.take(octets, 0, len(octets))
    assert (at, reader.control) == (len(peer.SNRM), 0x93)
    assert reader.take(octets, at, len(octets)) == len(octets)
    assert reader.control == 0x53


def test_a_flag_inside_a_frame_does_not_end_it():
    """One frame in 128 or so has a flag in its check sequences."""
    ends = 0
    for number in range(600):
        octets = peer.frame(0x10, b"\x7e" * 3 + number.to_bytes(2, "big"))
        reader = found(octets)
        assert bytes(reader.octets[reader.info_at :][:5]) == octets[-8:-3]
        ends += octets[-2] == 0x7E
    assert ends, "none of the frames has a flag as last octet of its FCS"


@repeatable
@given(info=st.binary(max_size=300), cuts=st.lists(st.integers(1, 40), min_size=1), seed=SEEDS)
def test_a_frame_is_found_however_it_is_cut_and_whatever_came_before(info, cuts, seed):
    random = Random(seed)
    noise = bytes(random.choice(b"\x00\x55\xa0\xff") for _ in range(random.randint(0, 9)))
    octets = noise + peer.frame(0x10, info)
    reader = Reader(bytearray(512 + OVERHEAD))
    at = turn = 0
    is_found = False
    while at < len(octets):
        piece = octets[at : at + cuts[turn % len(cuts)]]
        at += len(piece)
        turn += 1
        is_found = bool(reader.take(piece, 0, len(piece)))
    assert is_found
    assert bytes(reader.octets[reader.info_at :][: reader.info_octets]) == info


@repeatable
@given(info=st.binary(min_size=1, max_size=60), bit=st.integers(0, 10_000))
def test_one_changed_bit_anywhere_makes_it_no_frame(info, bit):
    octets = bytearray(peer.frame(0x10, info))
    bit = 8 + bit % (8 * (len(octets) - 2))
    octets[bit >> 3] ^= 1 << (bit & 7)
    reader = Reader(bytearray(512 + OVERHEAD))
    assert reader.take(octets, 0, len(octets)) == 0


@pytest.mark.parametrize(
    "body",
    {
        "format 0": "0007032193",
        "format 9": "9007032193",
        "format B": "B007032193",
        "format F": "F007032193",
        "no source": "A0070303",
        "source of two octets": "A008032221 93",
        "destination of three octets": "A0090202232193",
        "destination of six octets": "A00C02020202022321 93",
        "endless destination": "A00E" + "02" * 9 + "93",
        "header check without information": None,
    }.items(),
    ids=lambda item: item[0],
)
def test_what_is_no_frame_of_this_kind_is_dropped_although_its_check_is_right(body):
    text = body[1]
    if text is None:
        head = bytes.fromhex("A009032193")
        octets = head + peer.fcs(head)
    else:
        octets = bytes.fromhex(text)
    assert found(b"\x7e" + octets + peer.fcs(octets) + b"\x7e") is None


def test_a_right_frame_without_a_right_header_check_is_dropped():
    head = bytes.fromhex("A00C032110")
    octets = head + b"\x12\x34" + b"abc"
    assert found(b"\x7e" + octets + peer.fcs(octets) + b"\x7e") is None


def test_a_frame_longer_than_the_buffer_is_checked_and_cut():
    reader = Reader(bytearray(128 + OVERHEAD))
    octets = peer.frame(0x10, bytes(range(250)) * 6) + peer.SNRM
    at = reader.take(octets, 0, len(octets))
    assert at == len(octets) - len(peer.SNRM)
    assert (reader.control, reader.info_octets, reader.is_cut) == (0x10, 1500, True)
    assert reader.take(octets, at, len(octets)) == len(octets)
    assert (reader.control, reader.is_cut) == (0x93, False)


def test_a_frame_longer_than_the_buffer_with_a_changed_bit_is_passed_over():
    reader = Reader(bytearray(128 + OVERHEAD))
    octets = bytearray(peer.frame(0x10, bytes(1500)))
    octets[1000] ^= 4
    assert reader.take(octets, 0, len(octets)) == 0


def test_a_frame_is_put_behind_what_came_before():
    reader = Reader(bytearray(b"before" + bytes(128 + OVERHEAD)))
    reader.first = 6
    octets = peer.frame(0x10, b"info", server=b"\x00\x02\x00\x23")
    assert reader.take(octets, 0, len(octets)) == len(octets)
    assert bytes(reader.octets[reader.info_at :][: reader.info_octets]) == b"info"
    assert (reader.octets[:6], reader.upper, reader.lower) == (b"before", 1, 17)


@repeatable
@given(
    info=st.binary(max_size=600),
    before=st.sampled_from([b"", b"\xe6\xe7\x00"]),
    server=st.sampled_from([b"\x03", b"\x02\x23", b"\x00\x02\x00\x23"]),
    control=st.integers(0, 255),
    segmented=st.booleans(),
    chunk=st.integers(1, 50),
)
def test_what_is_made_is_what_another_implementation_makes(
    info, before, server, control, segmented, chunk
):
    reader = found(peer.frame(0x93, server=server, client=17))
    writer = Writer()
    writer.start(reader, control, segmented)
    writer.finish(before, bytearray(b"\xaa" + info + b"\xaa"), 1, len(info))
    whole = bytes(writer.octet(k) for k in range(writer.total))
    answer = peer.Answer(whole)
    assert answer.info == before + info
    assert (answer.server, answer.client, answer.control) == (server, 17, control)
    assert answer.segmented == segmented
    assert peer.drain(writer_as_link(writer), chunk) == whole
    assert not writer.is_busy


def writer_as_link(writer):
    writer.take_output = writer.take
    return writer


def test_dlms_cosem_reads_an_answer_of_ours():
    reader = found(bytes.fromhex("7EA0070321930F017E"))
    writer = Writer()
    writer.start(reader, 0x73, is_segmented=False)
    writer.finish(b"", bytearray.fromhex("818012050180060180070400000001080400000001"), 0, 21)
    whole = bytes(writer.octet(k) for k in range(writer.total))
    assert whole.hex().upper() == SEEN["a meter's UA"][0].replace(" ", "")
    assert theirs.UnNumberedAcknowledgmentFrame.from_bytes(whole).to_bytes() == whole


@repeatable
@given(octets=st.binary(max_size=100))
def test_the_check_sequence_is_that_of_the_standard_and_its_own_remainder(octets):
    value = fcs.update(fcs.START, octets, 0, len(octets))
    sent = (value ^ 0xFFFF).to_bytes(2, "little")
    assert sent == peer.fcs(octets)
    assert fcs.update(value, sent, 0, 2) == fcs.GOOD


@repeatable
@given(n=st.integers(0, 70), at=st.integers(0, 5), value=st.integers(0, 0xFFFF), seed=SEEDS)
def test_the_machine_code_checks_as_the_definition(octets, n, at, value, seed):
    module, core = octets
    core.forget_arrays()
    data = Random(seed).randbytes(at + n)
    expected = fcs.update(value, data, at, n)
    assert module.update(value, array("B", data), at, n) == expected


@repeatable
@given(
    n=st.integers(0, 40), at=st.integers(0, 5), to=st.integers(0, 5), seed=st.integers(0, 9)
)
def test_the_machine_code_copies_and_mixes_as_the_definition(octets, n, at, to, seed):
    module, core = octets
    core.forget_arrays()
    random = Random(seed)
    source, target = random.randbytes(at + n), random.randbytes(to + n + 3)
    found, expected = array("B", target), bytearray(target)
    module.copy(array("B", source), at, n, found, to)
    definition.copy(source, at, n, expected, to)
    assert found.tobytes() == expected
    module.mix(array("B", source), n, found, to)
    definition.mix(source, n, expected, to)
    assert found.tobytes() == expected


def test_the_machine_code_checks_an_octet_within_its_budget(octets):
    """An octet takes 10,850 cycles of 125 MHz on a line of 115,200 baud."""
    module, core = octets
    core.forget_arrays()
    core.cycles.clear()
    module.update(fcs.START, array("B", Random(382).randbytes(1024)), 0, 1024)
    per_octet = core.cycles["crc"] / 1024
    data = array("B", bytes(1024))
    module.copy(data, 0, 1024, data, 0)
    module.mix(data, 1024, data, 0)
    print(
        f"{per_octet:.1f} cycles per octet of FCS-16, {core.cycles['move'] / 1024:.1f} of a copy, "
        f"{core.cycles['xor'] / 1024:.1f} of a mix"
    )
    assert per_octet <= 15


def test_the_check_sequence_of_123456789_is_906e():
    """The published check value of CRC-16/X-25."""
    assert fcs.update(fcs.START, b"123456789", 0, 9) ^ 0xFFFF == 0x906E
