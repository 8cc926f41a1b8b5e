"""The optical port on a line with its timing: mode A, HDLC and mode E, one after the other."""

import pytest

from boards.virtual.uart import Uart
from host_tests.dlms.peer import DISC, LLC, SNRM, Answer, Client, Echo, frame
from meter.registers import table
from meter.tasks import PortTask
from meter.views.dlms.hdlc import Link
from meter.views.mode_a import ModeA
from meter.views.port import UNUSED_MS, Port

STEP_MS = 10
REQUEST = b"/?!\r\n"
CHOICE = b"\x06252\r\n"


class Readings:
    """One value."""

    def keys(self, view):
        return (table.ACTIVE_IMPORT,)

    def value(self, key):
        return 368_868_759


class Lines:
    """And it is read out."""

    items = ((), (), (), (table.ACTIVE_IMPORT,))


class Line:
    """The far end of the port; `uart` keeps the time of each character."""

    def __init__(self, offers=False):
        self.echo = Echo()
        self.uart = Uart(300)
        self.link = Link(self.echo)
        self.mode_a = ModeA(Readings(), Lines(), "14410000", "KAM", "685-382-OK-10")
        self.mode_a.offers = offers
        self.port = Port(self.mode_a, self.link, self.uart)
        self.task = PortTask(self.port, self.uart)
        self.speeds = []  # of what the meter sends, ns per character
        self.last_ms = 0  # when the last character was heard, from the last send() on

    def run(self, ms):
        """Let time pass; return what the meter sends."""
        heard = b""
        for now_ms in range(0, ms, STEP_MS):
            self.uart.advance(STEP_MS * 1_000_000)
            sent = self.uart.transmitted()
            if sent:
                self.last_ms = now_ms
                self.speeds.append(self.uart.character_ns)
            heard += sent
            self.task.step(STEP_MS)
        return heard

    def send(self, data, ms=20_000):
        """Send `data`; return what comes within `ms`."""
        self.speeds.clear()
        self.uart.receive(data)
        return self.run(ms)

    @property
    def baud(self):
        return round(10e9 / self.uart.character_ns)


@pytest.fixture
def line():
    return Line()


READ_OUT = b"/KAM 685-382-OK-10\r\n\x021.8.0(0036886*kWh)\r\n!\r\n\x03"
OFFER = b"/KAM5\\2685-382-OK-10\r\n"
BLOCK = READ_OUT[READ_OUT.index(b"\x02") :]


def is_read_out(heard, expected=READ_OUT):
    check = 0
    for byte in expected[expected.index(b"\x02") + 1 :]:
        check ^= byte
    return heard == expected + bytes([check])


def test_a_slash_is_answered_in_mode_a_and_a_flag_in_hdlc(line):
    assert is_read_out(line.send(REQUEST))
    assert line.baud == 300
    assert Answer(line.send(SNRM, 500)).control == 0x73
    assert line.baud == 9600
    assert Answer(line.send(frame(0x10, LLC + b"get"), 500)).info == b"\xe6\xe7\x00get"


def test_after_a_session_the_port_is_back_at_300_baud(line):
    line.send(SNRM, 500)
    assert Answer(line.send(DISC, 500)).control == 0x73
    line.run(UNUSED_MS)
    assert line.baud == 300
    assert is_read_out(line.send(REQUEST))


def test_right_after_a_session_the_next_one_may_begin_at_9600_baud(line):
    for _ in range(3):
        assert Answer(line.send(SNRM, 200)).control == 0x73
        assert Answer(line.send(DISC, 200)).control == 0x73
        assert line.baud == 9600


def test_a_port_that_is_made_anew_in_a_session_is_back_at_300_baud(line):
    line.send(SNRM, 500)
    line.port = Port(line.mode_a, Link(line.echo), line.uart)
    line.task = PortTask(line.port, line.uart)
    assert line.baud == 300
    assert is_read_out(line.send(REQUEST))


def test_a_client_that_falls_silent_gives_the_port_back(line):
    line.link.inactivity_s = 5
    line.send(SNRM, 500)
    line.run(5_500)
    assert line.echo.calls[-1] == ("close",)
    assert line.baud == 9600
    line.run(UNUSED_MS)
    assert line.baud == 300


def test_a_flag_and_nothing_else_gives_the_port_back(line):
    assert line.send(b"\x7e", 500) == b""
    assert line.baud == 9600
    line.run(UNUSED_MS)
    assert line.baud == 300


def test_noise_between_sessions_does_not_keep_the_port(line):
    line.send(b"\x7e", 500)
    for _ in range(UNUSED_MS // 100):
        line.send(b"\x55\xaa\x7e", 100)
    line.run(500)
    line.run(UNUSED_MS)
    assert line.baud == 300


@pytest.mark.parametrize("first", [b"", b"\x00"], ids=["at 9600 baud", "a break"])
def test_a_slash_after_a_silence_ends_a_session_that_was_left_open(line, first):
    line.send(SNRM, 1_000)
    assert line.link.is_connected
    assert is_read_out(line.send(first + REQUEST))
    assert not line.link.is_connected
    assert line.baud == 300


def test_a_slash_inside_a_frame_does_not_end_a_session(line):
    line.send(SNRM, 1_000)
    octets = frame(0x10, LLC + b"/?!\r\n")
    half = octets.index(b"/")
    line.uart.receive(octets[:half])
    line.run(20)
    assert Answer(line.send(octets[half:], 500)).info == b"\xe6\xe7\x00/?!\r\n"


def test_a_flag_inside_a_request_is_no_frame(line):
    assert line.send(b"/?~!\r\n", 3_000) == b""
    assert line.baud == 300
    assert is_read_out(line.send(REQUEST))


def test_a_flag_while_a_read_out_is_sent_does_not_stop_it(line):
    line.uart.receive(REQUEST)
    heard = line.run(1_000)
    assert is_read_out(heard + line.send(b"\x7e" * 3))


def test_a_whole_exchange_at_9600_baud_takes_no_longer_than_the_line_and_two_steps(line):
    line.send(snrm_512(), 500)
    line.echo.answer = bytes(500)
    heard = line.send(frame(0x10, LLC + b"?"), 2_000)
    assert len(Answer(heard).info) == 503
    characters = len(frame(0x10, LLC + b"?")) + len(heard)
    assert line.last_ms <= characters * 10_000 / 9600 + 2 * STEP_MS


def snrm_512():
    return frame(0x93, bytes.fromhex("8180080502020006020200"))


# ---- mode E


def test_a_choice_of_hdlc_is_confirmed_at_300_baud_and_hdlc_begins():
    line = Line(offers=True)
    assert line.send(REQUEST, 1_500) == OFFER
    assert line.send(CHOICE, 1_000) == CHOICE
    assert set(line.speeds) == {33_333_333}
    assert line.baud == 9600
    assert Answer(line.send(SNRM, 500)).control == 0x73


def test_the_confirmation_comes_after_the_reaction_time():
    line = Line(offers=True)
    line.send(REQUEST, 1_500)
    line.uart.receive(CHOICE)
    sent_ms = 6 * 34
    assert line.run(sent_ms + 220) == b""
    assert line.run(500) == CHOICE


@pytest.mark.parametrize("noise", [b"", b"\x00\xff", b"\x06", b"\x0625", b"\x06252"])
def test_without_a_choice_the_read_out_follows(noise):
    line = Line(offers=True)
    assert line.send(REQUEST, 1_500) == OFFER
    assert is_read_out(OFFER + line.send(noise), OFFER + BLOCK)
    assert line.baud == 300


@pytest.mark.parametrize("choice", [b"\x06000\r\n", b"\x06051\r\n", b"\x06242\r\n"])
def test_another_choice_is_answered_by_the_read_out(choice):
    line = Line(offers=True)
    line.send(REQUEST, 1_500)
    assert is_read_out(OFFER + line.send(choice), OFFER + BLOCK)
    assert set(line.speeds) == {33_333_333}


def test_a_read_out_at_9600_baud_leaves_the_port_at_300():
    line = Line(offers=True)
    line.send(REQUEST, 1_500)
    assert is_read_out(OFFER + line.send(b"\x06050\r\n"), OFFER + BLOCK)
    assert 33_333_333 not in line.speeds
    assert line.baud == 300
    assert line.send(REQUEST, 1_500) == OFFER


def test_a_repeated_block_needs_no_new_choice():
    line = Line(offers=True)
    line.send(REQUEST, 5_000)
    assert is_read_out(b"/" + line.send(b"\x15"), b"/" + BLOCK)


def test_with_mode_e_a_direct_flag_is_still_heard():
    line = Line(offers=True)
    assert Answer(line.send(SNRM, 500)).control == 0x73


def test_sessions_over_the_port_carry_whole_apdus(line):
    """The client of the link's own tests, but over the line."""

    class Wire:
        def feed(self, octets, n):
            self.heard = line.send(octets, 700)

        def step(self, elapsed_ms):
            pass

        def take_output(self, buf):
            piece, self.heard = self.heard[: len(buf)], self.heard[len(buf) :]
            buf[: len(piece)] = piece
            return len(piece)

    client = Client(Wire())
    client.connect(64, 64)
    for length in (1, 60, 61, 62, 500):
        apdu = bytes(k & 0xFF for k in range(length))
        assert client.request(apdu, 64) == apdu
    assert client.disconnect() == 0x73
