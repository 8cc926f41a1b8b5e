"""The players of pulses on boards that are not RP2040: the length that is stored is the length."""

import sys
import threading
import types
from array import array
from unittest import mock

import pytest

from ports.blinka import pulse_output as on_linux

TICKS_PER_MS = 2  # of the STM32's timer


class Output:
    """A pin; notes what it is driven to."""

    def __init__(self):
        self.levels = []

    def __call__(self, level):
        self.levels.append(level)


class Timer:
    def callback(self, function):
        self.function = function


@pytest.fixture
def on_stm32():
    with mock.patch.dict(sys.modules, {"machine": types.ModuleType("machine")}):
        from ports.stm32 import pulse_output
    return pulse_output


@pytest.mark.parametrize("pulse_ms", [30, 80])
def test_the_stm32_gives_pulses_of_the_length_that_was_set_last(on_stm32, pulse_ms):
    led, s0, timer = Output(), Output(), Timer()
    player = on_stm32.PulseOutput(led, s0, timer, 110 - pulse_ms)
    player.set_pulse_ms(pulse_ms)
    assert player.write(array("I", [1]), 0, 1) == 1
    ticks = 0
    while s0.levels != [1, 0]:
        timer.function(timer)
        ticks += 1
        assert ticks < 500
    assert ticks == pulse_ms * TICKS_PER_MS + 1


class Time:
    """A clock that goes on only while somebody sleeps."""

    def __init__(self):
        self.now_s = 0.0

    def monotonic(self):
        return self.now_s

    def sleep(self, seconds):
        self.now_s += seconds


@pytest.mark.parametrize("pulse_ms", [30, 80])
def test_linux_gives_pulses_of_the_length_that_was_set_last(monkeypatch, pulse_ms):
    clock, edges, is_over = Time(), [], threading.Event()

    def s0(level):
        edges.append((level, clock.now_s))
        if not level:
            is_over.set()

    monkeypatch.setattr(on_linux, "time", clock)
    player = on_linux.PulseOutput(Output(), s0, 110 - pulse_ms)
    player.set_pulse_ms(pulse_ms)
    assert player.write(array("I", [1_001]), 0, 1) == 1
    assert is_over.wait(60)
    assert edges == [(1, pytest.approx(0.005)), (0, pytest.approx(0.005 + pulse_ms / 1000))]
