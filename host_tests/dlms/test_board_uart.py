"""The Pico's UART: parity by table, changes of format, and a higher speed seen by its pulses."""

import importlib
import math
import random
import sys
import types
from unittest import mock

import pytest


class Chip:
    """A machine.UART that remembers what it was told; a character takes ten bits."""

    FIFO = 32

    def __init__(self, clock):
        self.told = []
        self.sent = b""
        self.waiting = b""
        self._clock = clock
        self._character_us = 10_000_000 / 300
        self._idle_us = 0.0  # when the last bit of what was written leaves

    def init(self, **options):
        self.told.append(options)
        self._character_us = 10_000_000 / options["baudrate"]
        self._idle_us = 0.0

    def queued(self):
        """Return how many characters have not left."""
        return max(0, math.ceil((self._idle_us - self._clock.now_us) / self._character_us))

    def any(self):
        return len(self.waiting)

    def readinto(self, buf, n):
        buf[:n], self.waiting = self.waiting[:n], self.waiting[n:]
        return n

    def write(self, buf, *span):
        first, n = span if len(span) == 2 else (0, span[0])
        assert 0 < n <= 256 + self.FIFO - self.queued(), "waits for the line"
        self.sent += bytes(buf[first : first + n])
        self._idle_us = max(self._idle_us, self._clock.now_us) + n * self._character_us
        return n

    def txdone(self):
        return self.queued() == 0


class Pulses:
    """A ports.rp2.short_pulse.ShortPulse on a pin that the test moves."""

    def __init__(self, clock):
        self._clock = clock
        self._shortest_us = 0
        self._has_come = False

    def watch(self, shortest_us):
        self._shortest_us = shortest_us
        self._has_come = False

    def has_come(self):
        return self._has_come

    def low_for(self, us):
        """Pull the pin low for `us`."""
        self._clock.now_us += us
        self._has_come |= us < self._shortest_us


class Clock(types.ModuleType):
    now_us = 1000

    def ticks_us(self):
        return self.now_us

    def ticks_diff(self, end, start):
        return end - start

    def ticks_add(self, start, elapsed):
        return start + elapsed


@pytest.fixture
def line():
    """(Uart at 300 baud 7E1, Chip, Pulses)."""
    clock = Clock("time")
    with mock.patch.dict(sys.modules, {"time": clock}):
        sys.modules.pop("ports.rp2.uart", None)
        module = importlib.import_module("ports.rp2.uart")
    chip, pulses = Chip(clock), Pulses(clock)
    return module.Uart(chip, 300, even_parity=True, pulses=pulses), chip, pulses


def read(uart):
    buf = bytearray(8)
    return bytes(buf[: uart.read_into(buf)])


def test_at_7e1_parity_is_made_and_checked(line):
    uart, chip, _ = line
    assert uart.write(b"x/?!", 1, 3) == 3
    assert chip.sent == b"\xaf\x3f\x21"
    chip.waiting = b"\xaf\x3f\x2f"
    assert read(uart) == b"/?\xaf"  # the last one has a wrong parity


def test_at_8n1_bytes_pass_as_they_are(line):
    uart, chip, _ = line
    uart.set_format(9600, even_parity=False)
    assert chip.told == [{"baudrate": 9600, "rxbuf": 256, "txbuf": 256}]
    assert uart.write(b"x\x7e\xa0\x93", 1, 3) == 3
    assert chip.sent == b"\x7e\xa0\x93"
    chip.waiting = bytes(range(250, 256))
    assert read(uart) == bytes(range(250, 256))


def test_what_was_received_is_told_until_it_is_read(line):
    uart, chip, pulses = line
    assert not uart.has_news()
    chip.waiting = b"\xaf"
    assert uart.has_news()
    read(uart)
    assert not uart.has_news()
    pulses.low_for(208)
    assert uart.has_news()
    read(uart)
    assert not uart.has_news()


def test_the_pulse_of_a_flag_at_9600_baud_is_told_as_a_flag(line):
    uart, _, pulses = line
    pulses.low_for(208)
    assert read(uart) == b"\x7e"
    assert read(uart) == b""


@pytest.mark.parametrize("bits", [1, 2, 5])
def test_bits_of_300_baud_are_no_flag(line, bits):
    uart, chip, pulses = line
    pulses.low_for(3333 * bits)
    assert read(uart) == b""
    chip.waiting = b"\xaf"
    assert read(uart) == b"/"


def test_after_a_change_of_format_old_pulses_are_forgotten(line):
    uart, _, pulses = line
    pulses.low_for(208)
    uart.set_format(300, even_parity=True)
    assert read(uart) == b""


def test_at_8n1_no_pulse_is_a_flag(line):
    uart, _, pulses = line
    uart.set_format(9600, even_parity=False)
    pulses.low_for(10)
    assert read(uart) == b""


def test_writing_goes_on_until_the_buffer_is_full_and_then_at_the_pace_of_the_line(line):
    uart, _, pulses = line
    text = bytes(range(48, 58)) * 100
    sent = 0
    while taken := uart.write(text, sent, len(text) - sent):
        sent += taken
    assert sent == 256
    pulses._clock.now_us += 10 * 33_334
    assert uart.write(text, sent, 64) == 10
    assert uart.write(text, sent, 64) == 0


@pytest.mark.parametrize("baud", [300, 1200, 9600, 115_200])
def test_no_write_ever_waits_for_the_line_and_the_line_never_runs_dry(line, baud):
    uart, chip, pulses = line
    uart.set_format(baud, even_parity=False)
    seed = baud
    print("seed", seed)
    rng = random.Random(seed)
    longest_us = 200 * 10_000_000 // baud  # 56 characters are left at the least
    written = 0
    for step in range(1000):
        pulses._clock.now_us += rng.randint(0, longest_us)
        assert step == 0 or chip.queued() > 0
        while taken := uart.write(bytes(64), 0, rng.randint(1, 64)):
            written += taken
    assert len(chip.sent) == written


def test_after_a_rest_of_any_length_the_whole_buffer_is_free(line):
    uart, _, pulses = line
    assert uart.write(bytes(64), 0, 64) == 64
    pulses._clock.now_us += 10**10
    assert sum(uart.write(bytes(64), 0, 64) for _ in range(8)) == 256
