"""One link: connecting, segments both ways, lost and repeated frames, time-outs."""

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from host_tests.dlms.peer import DISC, LLC, SNRM, Answer, Client, Echo, ask, drain, frame
from host_tests.kernel.inputs import SEEDS, repeatable
from meter.views.dlms.hdlc import ANSWER_MAX, INFORMATION_MAX, REQUEST_MAX, Link

DEFAULTS = bytes.fromhex("818012050180060180070400000001080400000001")
DM, UA, FRMR = 0x1F, 0x73, 0x97


@pytest.fixture
def echo():
    return Echo()


@pytest.fixture
def link(echo):
    return Link(echo)


@pytest.fixture
def client(link):
    client = Client(link)
    client.connect()
    return client


# ---- connecting


def test_a_client_without_wishes_gets_128_octets_and_window_1(link, echo):
    assert Client(link).connect() == DEFAULTS
    assert echo.calls == [("open", 16, 1)]


@pytest.mark.parametrize(
    ("sends", "takes", "their_sends", "their_takes"),
    [
        (512, 512, 512, 512),
        (None, 512, 512, 128),
        (2030, 2030, INFORMATION_MAX, REQUEST_MAX),
        (65535, 65535, INFORMATION_MAX, REQUEST_MAX),
        (32, 32, 32, 32),
        (0, 0, 32, 32),
        (1, 31, 32, 32),
    ],
)
def test_what_a_client_asks_for_is_given_from_32_to_the_buffers_size(
    link, sends, takes, their_sends, their_takes
):
    info = Client(link).connect(sends, takes)
    fields = {}
    at = 3
    while at < len(info):
        fields[info[at]] = int.from_bytes(info[at + 2 : at + 2 + info[at + 1]], "big")
        at += 2 + info[at + 1]
    assert at == 3 + info[2] == len(info)
    assert fields == {5: their_sends, 6: their_takes, 7: 1, 8: 1}


@pytest.mark.parametrize(
    "info",
    [
        "",
        "81",
        "8180",
        "818000",
        "8180FF",
        "81800305028000",
        "818003050200",
        "8180040506FFFF",
        "828004050101",
        "81800809010205010006",
        "81804005FF" + "FF" * 60,
        "00" * 128,
    ],
)
def test_a_list_of_sizes_that_is_cut_or_strange_leads_to_sizes_that_work(link, info):
    answer = ask(link, frame(0x93, bytes.fromhex(info)))
    assert answer.control == UA
    assert 32 <= link.sizes.send <= INFORMATION_MAX
    assert 32 <= link.sizes.take <= REQUEST_MAX


@pytest.mark.parametrize("server", ["03", "0223", "00020023"])
def test_each_form_of_the_address_is_answered_in_kind(link, server):
    client = Client(link, 17, bytes.fromhex(server))
    assert client.connect() == DEFAULTS
    assert client.request(b"hello") == b"hello"
    assert client.disconnect() == UA


@pytest.mark.parametrize(
    "server",
    ["05", "01", "FF", "FD", "0225", "02FF", "FF23", "02FD", "0201", "00020025", "FEFFFEFF"],
)
def test_other_stations_all_stations_and_no_station_are_not_answered(link, echo, server):
    assert ask(link, frame(0x93, server=bytes.fromhex(server))) is None
    assert echo.calls == []


def test_the_lower_address_is_a_setting(link):
    link.address = 16 + 5678
    lower = bytes([(5694 >> 7) << 1, (5694 & 0x7F) << 1 | 1])
    assert Client(link, server=b"\x00\x02" + lower).connect() == DEFAULTS
    assert ask(link, frame(0x93, server=b"\x02\x23")) is None


def test_a_client_whom_the_application_does_not_know_is_told_so(link):
    assert ask(link, frame(0x93, client=99)).control == DM
    assert not link.is_connected


@pytest.mark.parametrize("control", [0x10, 0x11, 0x53, 0x97 ^ 0x10 | 0x20])
def test_before_a_connection_everything_else_is_answered_by_dm(link, echo, control):
    assert ask(link, frame(control, b"abc" if control == 0x10 else b"")).control == DM
    assert echo.calls == []


@pytest.mark.parametrize("control", [0x13, 0x73, 0x1F, 0x97])
def test_what_is_no_command_is_not_answered(link, control):
    assert ask(link, frame(control)) is None
    Client(link).connect()
    assert ask(link, frame(control)) is None


def test_a_new_snrm_starts_afresh_and_drops_the_association(link, echo, client):
    client.request(b"one")
    again = Client(link)
    assert again.connect() == DEFAULTS
    assert again.request(b"two") == b"two"
    assert echo.calls == [
        ("open", 16, 1),
        ("handle", b"one"),
        ("close",),
        ("open", 16, 1),
        ("handle", b"two"),
    ]


def test_another_client_may_connect_but_not_talk_into_a_session(link, echo, client):
    assert ask(link, frame(0x10, LLC + b"x", client=17)) is None
    assert ask(link, frame(0x11, client=17)) is None
    assert ask(link, frame(0x53, client=17)) is None
    assert client.request(b"still mine") == b"still mine"
    assert Client(link, 17).connect() == DEFAULTS
    assert ask(link, frame(0x11)) is None
    assert echo.calls[-2:] == [("close",), ("open", 17, 1)]


def test_disc_ends_the_association_and_a_second_one_is_answered_by_dm(link, echo, client):
    assert ask(link, DISC).control == UA
    assert echo.calls[-1] == ("close",)
    assert ask(link, DISC).control == DM
    assert not link.is_connected


# ---- segments


@repeatable
@given(
    size=st.sampled_from([32, 64, 128, 512, 1024]),
    apdus=st.lists(st.binary(min_size=1, max_size=REQUEST_MAX), min_size=1, max_size=12),
)
def test_apdus_of_every_length_come_through_in_segments_of_every_size(size, apdus):
    echo = Echo()
    client = Client(Link(echo))
    client.connect(size, size)
    for apdu in apdus:
        assert client.request(apdu, min(size, REQUEST_MAX)) == apdu
    assert echo.handled == apdus
    assert client.largest <= size


@pytest.mark.parametrize("length", [1, 125, 126, 253, 254, 637, ANSWER_MAX])
def test_answers_are_cut_into_full_segments(link, echo, client, length):
    echo.answer = bytes(k & 0xFF for k in range(length))
    assert client.request(b"?") == echo.answer
    assert client.largest == min(128, length + 3)


def test_a_request_without_an_answer_is_acknowledged(client, echo):
    echo.answer = b""
    assert client.request(b"quiet") == b""
    assert client.request(b"quiet") == b""
    assert len(echo.handled) == 2


def test_a_request_with_another_llc_header_is_acknowledged_and_not_carried_out(client, echo):
    for llc in (b"\xe6\xe7\x00", b"\xe6\xe6\x01", b"\xe6\xe6", b"\xe6"):
        answer = client.ask(client.information(llc))
        assert answer.control & 0x1F == 0x11
        client._send = (client._send + 1) % 8
    assert echo.handled == []
    assert client.request(b"good") == b"good"


def test_a_request_longer_than_the_buffer_is_rejected_and_the_next_session_works(link, client):
    """25 KB of segments would come; memory is what was made at the start."""
    answers = []
    for number in range(200):
        octets = (LLC if number == 0 else b"") + bytes(120)
        answers.append(client.ask(client.information(octets, segmented=True)))
        client._send = (client._send + 1) % 8
    assert {answer.control & 0x1F for answer in answers[:4]} == {0x11}
    assert {answer.control for answer in answers[4:]} == {FRMR}
    assert answers[4].info[2] == 0x04
    again = Client(link)
    assert again.connect() == DEFAULTS
    assert again.request(b"good") == b"good"


def test_a_field_longer_than_agreed_is_rejected(link, echo, client):
    answer = client.ask(client.information(LLC + bytes(126)))
    assert (answer.control, answer.info.hex()) == (FRMR, "100004")
    assert echo.handled == []
    assert client.ask(client.ready()).control == FRMR
    assert ask(link, DISC).control == UA


@pytest.mark.parametrize("control", [0x1D, 0x33, 0x3F, 0xBF, 0xF3, 0x0F | 0xA0])
def test_an_unknown_command_is_rejected(link, client, control):
    answer = ask(link, frame(control))
    assert (answer.control, answer.info) == (FRMR, bytes([control, 0, 1]))
    assert Client(link).connect() == DEFAULTS


# ---- lost and repeated frames


def test_a_repeated_request_is_answered_again_and_not_carried_out_again(client, echo):
    octets = client.information(LLC + b"once")
    first = client.ask(octets)
    for _ in range(3):
        again = client.ask(octets)
        assert (again.control, again.info) == (first.control, first.info)
    assert echo.handled == [b"once"]
    client._send = 1
    assert client.collect(first) == b"once"
    assert client.request(b"next") == b"next"


def test_a_repeated_request_without_an_answer_is_acknowledged_again(client, echo):
    echo.answer = b""
    octets = client.information(LLC + b"once")
    assert client.ask(octets).control == client.ask(octets).control == 0x31
    assert echo.handled == [b"once"]


def test_a_repeated_segment_of_a_request_is_taken_once(client, echo):
    octets = client.information(LLC + b"be", segmented=True)
    assert client.ask(octets).control == client.ask(octets).control == 0x31
    client._send = 1
    octets = client.information(b"gin")
    first = client.ask(octets)
    assert client.ask(octets).info == first.info == b"\xe6\xe7\x00begin"
    assert echo.handled == [b"begin"]


def test_a_lost_segment_of_an_answer_is_sent_again(client, echo):
    echo.answer = bytes(range(250))
    first = client.ask(client.information(LLC + b"?"))
    lost = client.ask(frame(0x31))
    again = client.ask(frame(0x31))
    assert (lost.control, lost.info) == (again.control, again.info)
    assert again.control == 0x32
    assert first.info + again.info == b"\xe6\xe7\x00" + echo.answer[:-3] + echo.answer[-3:]


def test_rej_and_a_wrong_number_do_no_harm(client, echo):
    echo.answer = bytes(200)
    client.ask(client.information(LLC + b"?"))
    assert client.ask(frame(0xB1)).control == 0x31  # N(R) 5: nothing of the kind was sent
    assert client.ask(frame(0x19)).control == 0x30  # REJ 0: the first segment again
    assert client.ask(frame(0x35)).control == 0x31  # RNR: the client is busy
    assert client.ask(frame(0x31)).control == 0x32
    assert echo.handled == [b"?"]


@pytest.mark.parametrize("number", range(1, 7))
def test_a_wrong_send_number_is_answered_by_the_expected_one(client, echo, number):
    answer = client.ask(frame(0x10 | number << 1, LLC + b"x"))
    assert answer.control == 0x11
    assert echo.handled == []
    assert client.request(b"good") == b"good"


@pytest.mark.parametrize("number", range(1, 8))
def test_a_wrong_receive_number_is_not_carried_out(client, echo, number):
    assert client.ask(frame(0x10 | number << 5, LLC + b"x")).control == 0x11
    assert echo.handled == []
    assert client.request(b"good") == b"good"


@repeatable
@given(
    seed=SEEDS,
    apdus=st.lists(st.binary(min_size=1, max_size=300), min_size=1, max_size=6),
)
def test_whatever_is_lost_a_client_that_repeats_gets_each_answer_once(seed, apdus):
    random = Random(seed)
    echo = Echo()
    client = Client(Link(echo))
    client.connect(64, 64)
    really_ask = client.ask

    def lossy_ask(octets):
        while True:
            if random.random() < 0.6:
                answer = really_ask(octets)
                if random.random() < 0.6:
                    return answer

    client.ask = lossy_ask
    for apdu in apdus:
        assert client.request(apdu, 64) == apdu
    assert echo.handled == apdus


# ---- time


def test_a_frame_that_pauses_is_dropped_and_the_next_one_is_heard(link):
    beginning = bytes.fromhex("7EA7D0") + bytes(50)  # promises 2000 octets
    assert ask(link, beginning) is None
    link.step(link.inter_octet_ms + link.character_ms)
    assert ask(link, SNRM) is None  # still swallowed by the long one
    link.step(link.inter_octet_ms + link.character_ms + 1)
    assert ask(link, SNRM).control == UA


def test_on_a_slow_line_a_character_is_no_pause(link):
    link.character_ms = 33
    for octet in SNRM[:-1]:
        assert ask(link, bytes([octet])) is None
        link.step(13)  # 20 in ask()
    assert ask(link, SNRM[-1:]).control == UA


@pytest.mark.parametrize("inactivity_s", [120, 5])
def test_a_silent_client_is_disconnected(link, echo, client, inactivity_s):
    link.inactivity_s = inactivity_s
    ask(link, frame(0x11))
    link.step(1000 * inactivity_s - 20)
    assert link.is_connected
    link.step(1)
    assert not link.is_connected
    assert echo.calls[-1] == ("close",)
    assert ask(link, frame(0x11)).control == DM


@pytest.mark.parametrize("reason", ["time-out", "end of the line"])
def test_after_a_session_that_was_broken_off_there_is_nothing_to_send(link, client, reason):
    """Neither octets nor a number of them below zero, which no line knows what to do with."""
    client.connect()
    if reason == "time-out":
        link.step(1000 * link.inactivity_s + 1)
    else:
        link.disconnect()
    assert not link.is_connected
    assert link.take_output(bytearray(32)) == 0
    assert not link.is_sending
    assert Client(link).connect() == DEFAULTS


def test_zero_seconds_of_inactivity_are_for_ever(link, client):
    link.inactivity_s = 0
    for _ in range(100):
        link.step(100_000)
    assert link.is_connected


def test_noise_does_not_keep_a_session_alive(link, client):
    for _ in range(121):
        link.feed(b"\x7e\xa0noise", 7)
        link.step(500)
        link.step(500)
    assert not link.is_connected


def test_time_passes_for_the_application(link, echo):
    link.step(100)
    link.step(900)
    assert echo.elapsed_ms == 1000


# ---- the line


@pytest.mark.parametrize(("address", "server"), [(1, b"\x03"), (16, b"\x03"), (17, b"\x02\x23")])
def test_echoes_of_an_optical_head_are_not_answered(link, echo, address, server):
    """Client 1 and logical device 1 have the same address: there only the contents tell."""
    client = Client(link, address, server)
    echo.answer = bytes(range(200))

    def ask_with_echo(octets):
        link.feed(octets, len(octets))
        link.step(20)
        sent = drain(link)
        link.feed(sent, len(sent))
        link.step(20)
        assert drain(link) == b"", "an echo was answered"
        return Answer(sent)

    client.ask = ask_with_echo
    assert client.connect() == DEFAULTS
    assert client.request(b"?") == echo.answer
    assert client.request(b"?") == echo.answer
    assert client.disconnect() == UA


def test_what_comes_while_a_frame_goes_is_dropped(link, client):
    octets = client.information(LLC + b"abc")
    link.feed(octets, len(octets))
    link.feed(SNRM, len(SNRM))
    link.step(20)
    link.feed(octets, len(octets))
    link.step(20)
    assert len(drain(link)) == 1 + 2 + 1 + 1 + 1 + 2 + 6 + 2 + 1
    assert drain(link) == b""


def test_the_end_of_the_line_ends_the_link(link, echo, client):
    octets = client.information(LLC + b"abc")
    link.feed(octets, len(octets))
    link.disconnect()
    assert drain(link) == b""
    assert echo.calls[-1] == ("close",)
    assert Client(link).connect() == DEFAULTS


def test_random_octets_are_not_answered(link):
    random = Random(382)
    for _ in range(100):
        assert ask(link, random.randbytes(600)) is None
        link.step(1000)
    assert Client(link).connect() == DEFAULTS


def test_sizes_of_one_or_two_octets_are_read_and_unknown_items_passed_over(link):
    answer = ask(link, frame(0x93, bytes.fromhex("81800B0902FFFF050201000601FF")))
    assert answer.control == UA
    assert (link.sizes.send, link.sizes.take) == (255, 256)
