"""Setups of the ports as a client writes them: checked, stored, in force when the link ends."""

import pytest
from gurux_dlms.enums import ObjectType

from host_tests.dlms.clients import MANAGER, READER, ClientError, DirectLine, Gurux
from host_tests.dlms.device import Rig
from meter import dlms, requests
from meter.errors import ConfigError
from meter.views.dlms.hdlc import Link
from meter.views.dlms.lines import Lines
from meter.views.dlms.server import Server

HDLC, LOCAL = "0.0.22.0.0.255", "0.0.20.0.0.255"
OPTICAL, MODULE = 0, 1


@pytest.fixture
def rig():
    rig = Rig()
    rig.settle()
    rig.run(3_000)
    rig.link = rig.server.association.link
    return rig


def client(rig, sap=MANAGER):
    return Gurux(DirectLine(rig, sap), sap, is_direct=True, counter=rig.security.accepted() + 1)


def write(gurux, attribute, value):
    target = gurux.find(ObjectType.IEC_HDLC_SETUP, HDLC)
    names = {
        2: "communicationSpeed",
        5: "maximumInfoLengthTransmit",
        6: "maximumInfoLengthReceive",
        7: "interCharachterTimeout",
        8: "inactivityTimeout",
        9: "deviceAddress",
    }
    setattr(target, names[attribute], value)
    gurux.write(target, attribute)
    return gurux.raw(target, attribute)


def in_force(link):
    sizes = link.sizes
    return [
        sizes.send_max, sizes.take_max, link.inter_octet_ms, link.inactivity_s, link.address
    ]  # fmt: skip


def test_what_is_written_is_read_at_once_and_in_force_when_the_link_ends(rig):
    manager = client(rig)
    wanted = [200, 100, 40, 60, 18]
    before = in_force(rig.link)
    for attribute, value in zip(range(5, 10), wanted, strict=True):
        assert write(manager, attribute, value) == value
    assert in_force(rig.link) == before == [1024, 512, 25, 120, 17]
    rig.server.close()
    assert in_force(rig.link) == wanted


def test_it_outlives_a_power_cut_and_so_do_the_keys(rig):
    manager = client(rig)
    write(manager, 9, 99)
    association = manager.find(ObjectType.ASSOCIATION_LOGICAL_NAME, "0.0.40.0.2.255")
    association.secret = b"another one"
    manager.write(association, 7)
    write(manager, 8, 77)
    again = dlms.device(rig.meter, rig.simulation.meter._parts, rig.settings)
    link = Link(None)
    Server(again, requests.OPTICAL).lie_on(link, 5)
    assert (link.address, link.inactivity_s) == (99, 77)
    assert again.security.keys.password == b"another one"
    assert again.security.keys.master == rig.security.keys.master


def test_each_port_has_its_own(rig):
    lines = rig.device.lines
    write(client(rig), 9, 99)
    assert (lines.number(OPTICAL, 9), lines.number(MODULE, 9)) == (99, 17)


@pytest.mark.parametrize(
    ("attribute", "value"),
    [
        *((5, 31), (5, 1025), (6, 31), (6, 513), (7, 19), (7, 6001), (8, 0), (8, 9), (8, 3601)),
        *((9, 0), (9, 15), (9, 16_382), (9, 0xFFFF), (2, 4), (2, 9)),
    ],
)
def test_what_is_out_of_range_changes_nothing(rig, attribute, value):
    manager = client(rig)
    before = rig.device.lines.packed
    with pytest.raises(ClientError) as refusal:
        write(manager, attribute, value)
    assert refusal.value.code == 250
    assert rig.device.lines.packed == before


def test_only_the_manager_writes_them(rig):
    reader = client(rig, READER)
    with pytest.raises(ClientError) as refusal:
        write(reader, 8, 60)
    assert refusal.value.code == 3


def test_the_speed_of_the_module_port_and_the_sign_on_are_settings(rig):
    asked = []
    rig.meter.requests.serve(requests.WRITE_SETTINGS, lambda text, _: asked.append(text) or 0)
    manager = client(rig)
    local = manager.find(ObjectType.IEC_LOCAL_PORT_SETUP, LOCAL)
    for speed in (5, 0):
        local.proposedBaudrate = speed
        manager.write(local, 4)
    local.proposedBaudrate = 4
    with pytest.raises(ClientError):
        manager.write(local, 4)
    rig.server = Server(rig.device, requests.MODULE)
    rig.server.lie_on(Link(rig.server), 5)
    manager = client(rig)
    write(manager, 2, 9)
    assert asked == [b"sign_on=1", b"sign_on=0", b"module_baud=9"]


def test_a_store_that_was_deaf_at_the_start_is_not_written_over(rig, monkeypatch):
    def deaf(_):
        raise OSError(5)

    configuration = rig.meter.keeper.configuration
    with monkeypatch.context() as patch:
        patch.setattr(configuration, "load", deaf)
        dlms.device(rig.meter, rig.simulation.meter._parts, rig.settings)
    with pytest.raises(ConfigError):
        rig.meter.requests.submit(requests.WRITE_LINES, Lines().packed)


@pytest.mark.parametrize("packed", [bytes(20), b"\0", Lines().packed + b"\0"])
def test_bytes_that_are_no_setups_are_refused(packed):
    with pytest.raises(ConfigError):
        Lines(packed)
