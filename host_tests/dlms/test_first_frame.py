"""HDLC at 9600 baud to an optical port that rests at 300: bit by bit through the Pico's UART."""

import pytest
from gurux_dlms.enums import ObjectType

from host_tests.dlms.clients import MANAGER, READER, Gurux
from host_tests.dlms.device import Rig
from host_tests.dlms.wire import Wire
from meter import dlms
from meter.requests import OPTICAL
from meter.tasks import PortTask
from meter.views.dlms.hdlc import INACTIVITY_S
from meter.views.mode_a import ModeA
from meter.views.port import UNUSED_MS, Port

STEP_MS = 10
CLOCK = "0.0.1.0.0.255"


class Head:
    """The far end: an optical head that sends again what was not answered.

    again_ms:  after which silence it does
    """

    def __init__(self, again_ms=1_000):
        self.rig = Rig()
        self.rig.settle()
        self.wire = Wire()
        link = dlms.link(self.rig.device, self.rig.meter._parts, OPTICAL, 5)
        mode_a = ModeA(self.rig.meter.values, self.rig.meter.lists, "12345678", "KAM", "382")
        self.port = Port(mode_a, link, self.wire.uart)
        self._task = PortTask(self.port, self.wire.uart)
        self._again_ms = again_ms
        self.tries = []  # of each frame

    def run(self, ms):
        """Let time pass; return what the meter sends."""
        self.wire.chip.sent = b""
        for _ in range(0, ms, STEP_MS):
            self.wire.advance(1000 * STEP_MS)
            self._task.step(STEP_MS)
        return self.wire.chip.sent

    def send(self, data):
        self.tries.append(0)
        while self.tries[-1] < 3:
            self.tries[-1] += 1
            self.wire.send(bytes(data), 9600)
            self._heard = self._answer()
            if self._heard:
                return
        raise TimeoutError

    def _answer(self):
        """Return a frame of the meter, b"" if none comes."""
        heard = b""
        for _ in range(0, self._again_ms, STEP_MS):
            heard += self.run(STEP_MS)
            if len(heard) > 2 and len(heard) == ((heard[1] & 7) << 8 | heard[2]) + 2:
                return heard
        assert not heard
        return b""

    def receive(self):
        return self._heard

    def read_out(self):
        """Ask at 300 baud; return the answer without its parity bits."""
        self.wire.send(b"/?!\r\n", 300, even_parity=True)
        return bytes(octet & 0x7F for octet in self.run(20_000))


@pytest.mark.parametrize("again_ms", [300, 1_000, 5_000, UNUSED_MS - 500])
@pytest.mark.parametrize("sap", [READER, MANAGER])
def test_the_first_snrm_is_lost_and_the_clients_second_one_is_served(sap, again_ms):
    head = Head(again_ms)
    assert head.wire.chip.baud == 300
    client = Gurux(head, sap, counter=head.rig.security.accepted() + 1)
    assert head.tries[0] == 2
    assert client.raw(client.find(ObjectType.CLOCK, CLOCK), 3) == -60
    client.release()
    assert set(head.tries[1:]) == {1}
    head.run(UNUSED_MS + 100)
    assert head.wire.chip.baud == 300


def test_a_session_follows_a_session_without_another_lost_frame():
    head = Head()
    for _ in range(3):
        Gurux(head, READER).release()
    assert head.tries[0] == 2
    assert set(head.tries[1:]) == {1}


def test_a_client_that_waits_longer_than_the_port_does_is_served_when_it_hurries():
    """10 s after the first frame the port is at 300 baud again."""
    head = Head(UNUSED_MS + 500)
    with pytest.raises(TimeoutError):
        Gurux(head, READER)
    head._again_ms = 1_000
    Gurux(head, READER).release()


def test_a_read_out_at_300_baud_and_a_session_at_9600_follow_each_other():
    head = Head()
    assert head.read_out().startswith(b"/KAM 382\r\n\x02")
    Gurux(head, READER).release()
    assert head.wire.chip.baud == 9600
    head.run(UNUSED_MS + 100)
    assert head.read_out().startswith(b"/KAM 382\r\n\x02")


def test_a_reader_at_300_baud_is_heard_in_a_session_that_was_left_open_at_its_second_try():
    head = Head()
    Gurux(head, READER)
    head.run(1_000)
    assert head.read_out() == b""  # its slash was a break, and is what ended the session
    assert head.wire.chip.baud == 300
    assert head.read_out().startswith(b"/KAM 382\r\n\x02")


def test_a_client_that_fell_silent_leaves_a_port_that_hears_the_next_one():
    head = Head()
    Gurux(head, READER)
    head.run(1000 * INACTIVITY_S + 500)
    assert not head.port.link.is_connected
    Gurux(head, READER).release()
    assert set(head.tries[1:]) == {1}


@pytest.mark.parametrize("octet", [0, 1, 0x20, 0x2F, 0x3F, 0x55, 0x7D, 0x7F])
def test_no_character_at_300_baud_is_taken_for_a_higher_speed(octet):
    head = Head()
    head.wire.send(bytes((octet,)), 300, even_parity=True)
    head.run(500)
    assert head.wire.chip.baud == 300
