"""The Pico's sleep: it ends with the tick, or as soon as a line has something for the meter."""

import importlib
import sys
import types
from unittest import mock

import pytest


class Line:
    """A port that receives after so many interrupts."""

    def __init__(self, after=None):
        self.after = after

    def has_news(self):
        return self.after is not None and world.interrupts >= self.after


class World:
    """Interrupts, one every 10 ms."""

    def __init__(self):
        self.interrupts = 0
        self.now_ms = 0

    def wait_for_interrupt(self):
        assert self.interrupts < 100, "sleeps for ever"
        self.interrupts += 1
        self.now_ms += 10


world = World()


@pytest.fixture
def sleep():
    """Return how many interrupts a sleep takes with these lines, after steps of so many ms."""
    machine = types.ModuleType("machine")
    machine.WDT, machine.WDT_RESET, machine.reset_cause = mock.Mock(), 3, lambda: 1
    machine.Timer = mock.Mock(PERIODIC=1)
    micropython = types.ModuleType("micropython")
    micropython.const = lambda value: value
    micropython.asm_thumb = lambda function: world.wait_for_interrupt
    time = types.ModuleType("time")
    time.ticks_ms = lambda: world.now_ms
    time.ticks_diff, time.ticks_add = lambda a, b: a - b, lambda a, b: a + b
    modules = {"machine": machine, "micropython": micropython, "time": time}
    with mock.patch.dict(sys.modules, modules):
        sys.modules.pop("ports.rp2.system", None)
        module = importlib.import_module("ports.rp2.system")
    sys.modules.pop("ports.rp2.system", None)

    def taken(*lines, steps_ms=(0,)):
        world.__init__()
        system = module.System(lines)
        for step_ms in steps_ms:
            world.interrupts = 0
            world.now_ms += step_ms
            system.sleep()
        return world.interrupts

    return taken


def test_without_a_word_on_a_line_it_lasts_to_the_tick(sleep):
    assert sleep(Line(), None, Line()) == 3


def test_an_octet_on_any_line_ends_it(sleep):
    assert sleep(Line(), Line(1)) == 1
    assert sleep(Line(2), Line()) == 2


def test_what_has_come_before_leaves_no_time_to_sleep(sleep):
    assert sleep(Line(0)) == 0


def test_sleeps_end_with_the_ticks_however_long_the_steps_between_them_take(sleep):
    assert sleep(Line(), steps_ms=(10,)) == 2
    assert sleep(Line(), steps_ms=(35,)) == 0
    assert sleep(Line(), steps_ms=(35, 5)) == 2
    assert sleep(Line(), steps_ms=(1_000, 0)) == 2
