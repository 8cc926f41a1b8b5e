"""Disconnect control, limiter and alarms by SET and ACTION: what is written is in force."""

import pytest

from host_tests.dlms.device import Rig
from host_tests.dlms.requests_in_hex import Manager, get, name
from meter import requests
from meter.views.dlms.server import Server

BREAKER = "0.0.96.3.10.255"
LIMITER = "0.0.17.0.0.255"
OK = bytes.fromhex("C501C100")


@pytest.fixture
def rig():
    """A meter whose module port is talked to: the load is not set through the optical head."""
    rig = Rig()
    rig.settle()
    rig.run(2_000)
    rig.server = Server(rig.device, requests.MODULE)
    return rig


def put(class_id, code, attribute, value):
    return "C101C1{:04X}{}{:02X}00{}".format(class_id, name(code), attribute, value)


def act(class_id, code, method, value):
    return "C301C1{:04X}{}{:02X}01{}".format(class_id, name(code), method, value)


def test_the_breaker_opens_and_closes_by_method_and_by_script(rig):
    manager = Manager(rig)
    breaker = rig.meter.breaker
    for opened, closed in (
        (act(70, BREAKER, 1, "0F00"), act(70, BREAKER, 2, "0F00")),
        (act(9, "0.0.10.0.106.255", 1, "120001"), act(9, "0.0.10.0.106.255", 1, "120002")),
    ):
        assert manager.send(opened) == bytes.fromhex("C701C10000")
        rig.run(3_000)
        assert not breaker.is_connected()
        assert manager.send(get(70, BREAKER, 2)) == bytes.fromhex("C401C1000300")
        assert manager.send(closed) == bytes.fromhex("C701C10000")
        rig.run(3_000)
        assert breaker.is_connected()
        assert manager.send(get(70, BREAKER, 3)) == bytes.fromhex("C401C1001601")


def test_thresholds_durations_and_mode_are_written_and_read(rig):
    manager = Manager(rig)
    for attribute, number in ((4, 5_000), (5, 9_000), (6, 30), (7, 120)):
        value = f"06{number:08X}"
        assert manager.send(put(71, LIMITER, attribute, value)) == OK
        assert manager.send(get(71, LIMITER, attribute)) == bytes.fromhex("C401C100" + value)
    limiter = rig.meter.load_control.limiter
    assert (limiter.normal, limiter.emergency) == (5_000, 9_000)
    assert (limiter.min_over_s, limiter.min_under_s) == (30, 120)
    assert manager.send(put(70, BREAKER, 4, "1605")) == OK
    assert rig.meter.breaker.mode == 5


@pytest.mark.parametrize("value", ["1607", "16FF"])
def test_a_mode_that_there_is_not_is_refused(rig, value):
    assert Manager(rig).send(put(70, BREAKER, 4, value)) == bytes.fromhex("C501C1FA")
    assert rig.meter.breaker.mode == 4


def test_alarms_are_cleared_and_filtered(rig):
    manager = Manager(rig)
    rig.meter.events.alarms = 0b1011
    assert manager.send(get(1, "0.0.97.98.0.255", 2)) == bytes.fromhex("C401C100060000000B")
    assert manager.send(put(1, "0.0.97.98.0.255", 2, "0600000003")) == OK
    assert rig.meter.events.alarms == 0b1000
    assert manager.send(put(1, "0.0.97.98.10.255", 2, "0600000010")) == OK
    assert rig.meter.events.alarm_filter == 0x10


def test_the_load_is_not_set_through_the_optical_head(rig):
    rig.server = Server(rig.device, requests.OPTICAL)
    before = rig.meter.load_control.limiter.normal
    assert Manager(rig).send(put(71, LIMITER, 4, "0600001388")) == bytes.fromhex("C501C1FA")
    assert rig.meter.load_control.limiter.normal == before
