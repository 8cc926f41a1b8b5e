"""The virtual UART keeps the time of its line, and the pulse player that of its words."""

from array import array

from boards.virtual.pulse_output import PulseOutput
from boards.virtual.uart import Uart

MS = 1_000_000
CHARACTER_NS = 33_333_333


def read(uart):
    buf = bytearray(64)
    return bytes(buf[: uart.read_into(buf)])


def test_received_characters_arrive_one_by_one():
    uart = Uart(300)
    uart.receive(b"/?!")
    uart.advance(CHARACTER_NS - 1)
    assert read(uart) == b""
    uart.advance(1)
    assert read(uart) == b"/"
    uart.advance(2 * CHARACTER_NS)
    assert read(uart) == b"?!"


def test_what_follows_later_is_appended_to_what_is_on_its_way():
    uart = Uart(300)
    uart.receive(b"a")
    uart.advance(20 * MS)
    uart.receive(b"b")
    uart.advance(2 * CHARACTER_NS - 20 * MS)
    assert read(uart) == b"ab"


def test_sent_characters_leave_one_by_one_and_the_transmitter_fills_up():
    uart = Uart(300)
    assert uart.write(bytes(range(100)), 10, 90) == 32
    assert uart.write(b"x", 0, 1) == 0
    uart.advance(CHARACTER_NS - 1)
    assert uart.transmitted() == b""
    uart.advance(1 + CHARACTER_NS)
    assert uart.transmitted() == bytes([10, 11])
    assert uart.write(b"xyz", 0, 3) == 2


def test_a_sender_too_far_ahead_of_the_line_loses_the_rest():
    uart = Uart(300)
    uart.receive(bytes(10_000))
    uart.advance(10_000 * CHARACTER_NS)
    arrived = 0
    while got := read(uart):
        arrived += len(got)
    assert arrived == 4096


def test_a_small_buffer_gets_the_rest_at_the_next_call():
    uart = Uart(300)
    uart.receive(b"abc")
    uart.advance(3 * CHARACTER_NS)
    buf = bytearray(2)
    assert (uart.read_into(buf), bytes(buf)) == (2, b"ab")
    assert (uart.read_into(buf), buf[:1]) == (1, b"c")


def word(wait_ms, pulse):
    return wait_ms * 100 << 1 | pulse


def test_pulses_rise_when_their_words_say_and_last_as_long_as_they_should():
    output = PulseOutput()
    words = array("I", [word(50, 0), word(10, 1), word(5, 1), word(100, 0)])
    assert output.write(words, 0, 4) == 4
    assert output.write(words, 4, 0) == 0
    lit_ms = []
    for at_ms in range(1, 300):
        output.advance(MS)
        if output.s0:
            lit_ms.append(at_ms)
    assert list(output.rises_ns) == [60 * MS, 95 * MS]
    assert output.edges == 2
    assert lit_ms == [*range(60, 90), *range(95, 125)]
    assert output.is_idle


def test_a_coarse_step_gives_the_same_instants():
    output = PulseOutput()
    output.write(array("I", [word(10, 1), word(5, 1), word(100, 0)]), 0, 3)
    output.advance(1000 * MS)
    assert list(output.rises_ns) == [10 * MS, 45 * MS]


def test_running_out_of_words_is_told_once():
    output = PulseOutput()
    assert output.has_starved()  # at the start
    assert not output.has_starved()
    output.write(array("I", [word(10, 0)]), 0, 1)
    output.advance(9 * MS)
    assert not output.has_starved()
    output.advance(1 * MS)
    assert output.has_starved()
    assert not output.has_starved()


def test_the_led_may_shine_between_pulses_but_s0_does_not():
    output = PulseOutput()
    output.set_led_between(is_on=True)
    assert output.led
    assert not output.s0


def test_a_full_player_takes_no_more_words():
    output = PulseOutput()
    words = array("I", [word(10, 0)] * 200)
    taken = output.write(words, 0, 200)
    assert 0 < taken < 200
    assert output.write(words, taken, 200 - taken) <= 1
