"""Disconnect control, limiter and alarms by SET and ACTION: what is written is in force."""

import datetime as dt

import pytest
from gurux_dlms import GXDateTime
from gurux_dlms.enums import ObjectType
from gurux_dlms.objects import GXDLMSActionItem, GXDLMSEmergencyProfile

from host_tests.dlms.clients import MANAGER, READER, ClientError, DirectLine, Gurux
from host_tests.dlms.device import Rig
from host_tests.dlms.requests_in_hex import Manager, get, name
from meter import requests
from meter.control.settings import ControlSettings
from meter.registers import table
from meter.views.dlms.server import Server

BREAKER = "0.0.96.3.10.255"
LIMITER = "0.0.17.0.0.255"
SETTINGS = "0.0.96.61.5.255"
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


# the rest of the limiter, and all settings at once


def monitored(class_id, code, attribute):
    return f"020312{class_id:04X}0906{name(code)}0F{attribute:02X}"


@pytest.mark.parametrize(
    ("code", "key"),
    [("1.0.1.7.0.255", table.ACTIVE_POWER_IMPORT), ("1.0.51.7.0.255", table.CURRENT + 2)],
)
def test_what_the_limiter_watches_is_written_by_its_name(rig, code, key):
    manager = Manager(rig)
    value = monitored(3, code, 2)
    assert manager.send(put(71, LIMITER, 2, value)) == OK
    assert rig.meter.load_control.limiter.key == key
    assert manager.send(get(71, LIMITER, 2)) == bytes.fromhex("C401C100" + value)
    nothing = monitored(0, "0.0.0.0.0.0", 0)
    assert manager.send(put(71, LIMITER, 2, nothing)) == OK
    assert rig.meter.load_control.limiter.key == 0
    assert manager.send(get(71, LIMITER, 2)) == bytes.fromhex("C401C100" + nothing)


@pytest.mark.parametrize(
    "value",
    [
        monitored(3, "1.0.1.7.0.255", 3),  # not its value
        monitored(3, "1.0.99.7.0.255", 2),  # no object
        monitored(4, "1.0.1.7.0.255", 2),  # of another class
        monitored(1, "0.0.96.1.0.255", 2),  # no number
        monitored(70, BREAKER, 2),
        "020312000309050100010700" + "0F02",  # a name of five
    ],
)
def test_what_is_no_register_is_not_watched(rig, value):
    assert Manager(rig).send(put(71, LIMITER, 2, value)) == bytes.fromhex("C501C1FA")
    assert rig.meter.load_control.settings.pack() == ControlSettings().pack()


def test_gurux_writes_the_emergency_profile_its_groups_and_the_actions(rig):
    gurux = Gurux(DirectLine(rig, MANAGER), MANAGER, is_direct=True)
    limiter = gurux.find(ObjectType.LIMITER, LIMITER)
    profile = limiter.emergencyProfile = GXDLMSEmergencyProfile()
    profile.id, profile.duration = 7, 3_600
    at = dt.datetime(2026, 11, 24, 18, tzinfo=dt.timezone.utc)
    profile.activationTime = GXDateTime(at)
    limiter.emergencyProfileGroupIDs = [3, 7]
    over, under = GXDLMSActionItem(), GXDLMSActionItem()
    over.logicalName = under.logicalName = "0.0.10.0.106.255"
    over.scriptSelector, under.scriptSelector = 1, 0
    limiter.actionOverThreshold, limiter.actionUnderThreshold = over, under
    for attribute in (8, 9, 11):
        gurux.write(limiter, attribute)
    found = rig.meter.load_control.limiter
    assert (found.profile_id, found.duration_s, found.groups) == (7, 3_600, (3, 7))
    epoch = dt.datetime(2000, 1, 1, tzinfo=dt.timezone.utc)
    assert found.activation_s == (at - epoch).total_seconds()
    assert (found.over_action, found.under_action) == (1, 0)
    again = gurux.find(ObjectType.LIMITER, LIMITER)
    gurux.read(again, 8)
    assert gurux.raw(again, 9) == [3, 7]
    assert (again.emergencyProfile.id, again.emergencyProfile.duration) == (7, 3_600)
    limiter.emergencyProfileGroupIDs = []
    gurux.write(limiter, 9)
    assert found.groups == ()


@pytest.mark.parametrize(
    ("attribute", "value"),
    [
        (9, "0105" + "120001" * 5),  # five groups
        (9, "0101120000"),  # 0 is none
        (8, "0203120001090C07EAFF0000FF000000800000" + "0600000001"),  # no date
        (11, "02020202090600000A006AFF1200030202090600000A006AFF120000"),  # script 3
        (11, "02020202090600000A0064FF1200010202090600000A006AFF120000"),  # of tariffs
    ],
)
def test_what_the_limiter_cannot_do_is_refused_and_nothing_changes(rig, attribute, value):
    answer = Manager(rig).send(put(71, LIMITER, attribute, value))
    assert answer[:3] == bytes.fromhex("C501C1")
    assert answer[3] != 0
    assert rig.meter.load_control.settings.pack() == ControlSettings().pack()


def test_all_settings_of_the_load_are_read_as_text_and_some_are_written(rig):
    gurux = Gurux(DirectLine(rig, MANAGER), MANAGER, is_direct=True)
    settings = gurux.find(ObjectType.DATA, SETTINGS)
    assert bytes(gurux.raw(settings, 2)).decode() == ControlSettings().text()
    settings.value = bytearray(b"basis=2,limit=16000,k1=300,t3=900,short_ma=90000")
    gurux.write(settings, 2)
    wanted = ControlSettings(basis=2, limit=16_000, k1=300, t3=900, short_ma=90_000)
    assert rig.meter.load_control.settings.pack() == wanted.pack()
    assert bytes(gurux.raw(settings, 2)).decode() == wanted.text()
    settings.value = bytearray(wanted.text().encode())  # all of them at once
    gurux.write(settings, 2)
    assert rig.meter.load_control.settings.pack() == wanted.pack()


@pytest.mark.parametrize("text", [b"", b"basis=4", b"limit=0", b"k1=1", b"\xff=1", b"limit=1,"])
def test_settings_that_cannot_be_are_refused(rig, text):
    gurux = Gurux(DirectLine(rig, MANAGER), MANAGER, is_direct=True)
    settings = gurux.find(ObjectType.DATA, SETTINGS)
    settings.value = bytearray(text)
    with pytest.raises(ClientError):
        gurux.write(settings, 2)
    assert rig.meter.load_control.settings.pack() == ControlSettings().pack()


def test_the_reading_client_and_the_optical_port_do_not_write_them(rig):
    for port, sap in ((requests.MODULE, READER), (requests.OPTICAL, MANAGER)):
        rig.server = Server(rig.device, port)
        counter = rig.security.accepted() + 1
        gurux = Gurux(DirectLine(rig, sap), sap, is_direct=True, counter=counter)
        settings = gurux.find(ObjectType.DATA, SETTINGS)
        assert bytes(gurux.raw(settings, 2)).decode() == ControlSettings().text()
        settings.value = bytearray(b"basis=2")
        with pytest.raises(ClientError):
            gurux.write(settings, 2)
    assert rig.meter.load_control.settings.pack() == ControlSettings().pack()
