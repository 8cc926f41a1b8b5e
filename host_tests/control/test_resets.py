"""What was decided holds: over power cuts, over changes of settings, over a reconnection."""

import struct

import pytest

from meter.control.breaker import BY_CREDIT, BY_CURVE, BY_LIMITER
from meter.control.disconnector import CONNECTED, READY
from meter.registers import events, status, table
from meter.requests import ADD_CREDIT, CONNECT, DISCONNECT

CURVE = "basis=2,limit=16000,t1=2,t2=2,t3=2,reconnect_s=0,mode=4,"
LIMITER = f"key={table.ACTIVE_POWER_IMPORT},normal=8000,min_over_s=5,min_under_s=20,"
PREPAID = "basis=3,mode=4,"
ABOVE_IK = "short_ma=15000"  # the load has 20 A
LIMITED = LIMITER + "mode=4,over_action=1,under_action=0,"


def add(running, number, wh):
    return running.meter.request(ADD_CREDIT, struct.pack("<II", number, wh))


def wait_for(running, trip):
    """Have the meter decide to open at a current at which it must not."""
    running.configure(trip + ABOVE_IK)
    if "basis=3" in trip:
        add(running, 1, 1)
    running.run(15)
    assert running.meter.breaker.state == CONNECTED


@pytest.mark.parametrize(
    ("trip", "cause"), [(CURVE, BY_CURVE), (LIMITED, BY_LIMITER), (PREPAID, BY_CREDIT)]
)
def test_an_opening_that_waits_for_a_smaller_current_still_waits_after_a_power_cut(
    running, trip, cause
):
    wait_for(running, trip)
    running.run(60, step_ms=1000)  # the ring pays for it
    running.cut()
    running.run(5)
    assert running.meter.breaker.state == CONNECTED
    running.world.disturb(i=(0.1, 0.1, 0.1))
    running.run(3)
    assert running.meter.breaker.state == READY
    assert [d & 0x7F for _, d in running.logged(events.DISCONNECTED_LOCALLY)] == [cause]
    running.meter.request(DISCONNECT)
    running.run(1)
    running.meter.request(CONNECT)
    running.run(1)
    running.cut()
    running.run(5)
    assert running.meter.breaker.state == CONNECTED  # it was carried out once


@pytest.mark.parametrize(
    ("trip", "change"),
    [
        (CURVE, "basis=0"),
        (PREPAID, "basis=0"),
        (LIMITED, "key=0"),
        (LIMITED, "over_action=0"),
    ],
)
def test_an_opening_that_waits_is_called_off_with_its_reason(running, trip, change):
    wait_for(running, trip)
    running.configure(change)
    running.world.disturb(i=(0.1, 0.1, 0.1))
    running.run(5)
    assert running.meter.breaker.state == CONNECTED


@pytest.mark.parametrize(("trip", "change"), [(CURVE, "key=0"), (LIMITED, "basis=0")])
def test_an_opening_that_waits_is_not_called_off_with_another_reason(running, trip, change):
    wait_for(running, trip)
    running.configure(change + ",alarm_filter=1")
    running.world.disturb(i=(0.1, 0.1, 0.1))
    running.run(5)
    assert running.meter.breaker.state == READY


def test_a_top_up_calls_off_what_waits_for_want_of_credit(running):
    wait_for(running, PREPAID)
    add(running, 2, 10_000)
    running.world.disturb(i=(0.1, 0.1, 0.1))
    running.run(5)
    assert running.meter.breaker.state == CONNECTED


def test_a_load_that_is_under_for_long_enough_calls_off_what_the_limiter_waits_for(running):
    wait_for(running, LIMITED + "min_under_s=3,")
    running.world.disturb(i=(-1.0, 1.0, 1.0))  # L1 exports: A+ is below, 20 A still flow
    running.run(6)
    running.world.disturb(i=(0.1, 0.1, 0.1))
    running.run(5)
    assert running.meter.breaker.state == CONNECTED
    assert [code for code, _ in running.logged(65, 66)] == [65, 66]


# the limiter


def open_by_limiter(running, mode):
    running.configure(LIMITER + f"mode={mode},over_action=1,under_action=2")
    running.run(8)
    assert running.meter.breaker.state == READY


def test_after_a_power_cut_the_limiter_closes_only_once_it_was_under_for_its_time(running):
    open_by_limiter(running, 5)
    running.cut()
    running.run(17)
    assert running.meter.breaker.state == READY
    assert running.meter.status.bits & status.LIMITER_ACTIVE
    running.world.disturb(i=(0.1, 0.1, 0.1))
    running.run(8)
    assert running.meter.breaker.state == CONNECTED
    assert [code for code, _ in running.logged(65, 66)] == [66]


@pytest.mark.parametrize("is_cut", [False, True])
def test_reconnected_by_hand_and_still_over_the_limiter_opens_again(running, is_cut):
    open_by_limiter(running, 4)
    for _ in range(2):
        running.meter.request(DISCONNECT)  # from ready, so that a command may connect
        running.run(1)
        if is_cut:
            running.cut()
            running.run(2)
        running.meter.request(CONNECT)
        running.run(4)
        assert running.meter.breaker.state == CONNECTED
        running.run(5)
        assert running.meter.breaker.state == READY


def test_a_limiter_that_is_turned_off_lets_its_breaker_close_again(running):
    open_by_limiter(running, 5)
    running.configure("key=0")
    running.run(3)
    assert running.meter.breaker.state == CONNECTED
    assert not running.meter.status.bits & status.LIMITER_ACTIVE


# settings and credit


def test_a_change_of_something_else_does_not_begin_the_times_of_the_curve_anew(running):
    running.configure("basis=2,limit=16000,t1=10,t2=10,t3=10,mode=4")
    for wh in range(3):
        running.run(9)
        running.configure(f"warning_wh={wh}")
    assert running.meter.breaker.state == CONNECTED
    running.run(7)
    assert running.meter.breaker.state == READY


@pytest.mark.parametrize("change", ["limit=16001", "t3=11", "k3=111", "basis=1,limit=7000"])
def test_a_change_of_the_curve_begins_its_times_anew(running, change):
    running.configure("basis=2,limit=16000,t1=10,t2=10,t3=10,mode=4")
    running.run(28)
    running.configure(change)
    running.run(26)
    assert running.meter.breaker.state == CONNECTED
    running.run(8)
    assert running.meter.breaker.state == READY


def test_a_cut_between_the_end_of_prepayment_and_that_of_its_credit_brings_no_credit_back(running):
    running.configure("basis=3,mode=4")
    add(running, 1, 10_000)
    running.configure("basis=0")
    running.cut()  # before what is due was stored
    running.run(5)
    running.configure("basis=3")
    assert running.meter.load_control.credit_dwh() == 0
