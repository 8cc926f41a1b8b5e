"""Covers and magnet of the whole meter: debounced, logged with beginning and end, remembered."""

import pytest

from host_tests.control.conftest import MONDAY_S, Meter
from meter.registers import events, status
from meter.requests import CONNECT, DISCONNECT
from meterctl import glass_text

KINDS = {  # what the contact says when tampered, beginning, end, status bit
    "cover": (
        False,
        events.TERMINAL_COVER_REMOVED,
        events.TERMINAL_COVER_CLOSED,
        status.COVER_OPEN,
    ),
    "main_cover": (False, events.COVER_REMOVED, events.COVER_CLOSED, status.COVER_OPEN),
    "module_cover": (False, events.MODULE_REMOVED, events.MODULE_CLOSED, status.COVER_OPEN),
    "magnet": (True, events.FIELD_ON, events.FIELD_OFF, status.MAGNETIC_FIELD),
}
CODES = [code for _, begins, ends, _ in KINDS.values() for code in (begins, ends)]


@pytest.mark.parametrize("name", KINDS)
def test_each_is_logged_with_beginning_and_end_and_shown_meanwhile(running, name):
    tampered, begins, ends, bit = KINDS[name]
    contact = getattr(running.world, name)
    contact.closed = tampered
    running.run(2)
    assert running.meter.status.bits & bit
    running.run(60)
    contact.closed = not tampered
    running.run(2)
    assert not running.meter.status.bits & bit
    assert [code for code, _ in running.logged(*CODES)] == [begins, ends]


@pytest.mark.parametrize(("ms", "is_logged"), [(400, False), (500, True), (600, True)])
def test_a_contact_is_believed_after_half_a_second(running, ms, is_logged):
    running.world.magnet.closed = True
    for _ in range(ms // 100 + 1):  # the first step sees the change, the time counts from there
        running.simulation.step(100)
    running.world.magnet.closed = False
    running.run(5)
    assert bool(running.logged(events.FIELD_ON)) == is_logged


def test_two_at_once_share_the_bit_of_the_covers(running):
    running.world.cover.closed = running.world.main_cover.closed = False
    running.run(2)
    running.world.cover.closed = True
    running.run(2)
    assert running.meter.status.bits & status.COVER_OPEN


def test_what_stays_open_over_a_power_cut_is_logged_once_and_its_end_too(running):
    running.world.cover.closed = False
    running.run(15)
    again = Meter(memory=bytearray(running.memory), cover=False)
    again.run(5)
    assert again.logged(*CODES) == []
    assert again.meter.status.bits & status.COVER_OPEN
    again.world.cover.closed = True
    again.run(2)
    assert [code for code, _ in again.logged(*CODES)] == [events.TERMINAL_COVER_CLOSED]


def test_without_mains_a_cover_is_logged_and_stored_at_once(running):
    running.run(60)
    running.world.supply.is_low = True
    running.run(1)
    running.world.cover.closed = False
    running.run(1)
    again = Meter(memory=bytearray(running.memory), start_s=MONDAY_S + 100)
    again.run(60)
    book = again.meter.keeper.book
    first, end = book.stored(events.STATUS)
    codes = [book.read(events.STATUS, number)[1] for number in range(first, end)]
    assert events.TERMINAL_COVER_REMOVED in codes
    assert codes.count(events.TERMINAL_COVER_CLOSED) == 1  # it is on again when mains is back


@pytest.mark.parametrize(("front", "behind", "position"), [(1, 0, 1), (0, 1, 2), (1, 1, 3)])
def test_where_the_field_is_is_the_detail_of_its_event(running, front, behind, position):
    running.world.magnet.closed = bool(front)
    running.world.magnet_behind.closed = bool(behind)
    running.run(2)
    assert running.logged(events.FIELD_ON) == [(events.FIELD_ON, position)]
    running.world.magnet.closed = running.world.magnet_behind.closed = False
    running.run(2)
    assert running.logged(events.FIELD_OFF) == [(events.FIELD_OFF, 0)]


def test_tampering_and_an_open_breaker_have_a_symbol_on_the_glass(running):
    frame = running.meter.display.frame
    assert (frame.has_tamper, frame.is_disconnected) == (False, False)
    running.world.magnet.closed = True
    running.meter.request(DISCONNECT)
    running.run(3)
    assert frame.has_tamper
    assert frame.is_disconnected
    ram = running.world.picture()
    assert glass_text.is_on(ram, "tamper")
    assert glass_text.is_on(ram, "breaker")
    running.world.magnet.closed = False
    running.meter.request(CONNECT)
    running.run(3)
    assert (frame.has_tamper, frame.is_disconnected) == (False, False)
