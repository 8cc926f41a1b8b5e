"""Account, credit, charge and token gateway: what prepayment is told and tells by DLMS."""

import pytest
from gurux_dlms.enums import DataType, ObjectType

from host_tests.dlms.clients import MANAGER, READER, ClientError, DirectLine, Gurux
from host_tests.dlms.device import Rig
from meter import requests
from meter.registers import events
from meter.views.dlms.server import Server

ACCOUNT, CREDIT = "0.0.19.0.0.255", "0.0.19.10.0.255"
CHARGE, GATEWAY = "0.0.19.20.0.255", "0.0.19.40.0.255"
UNIT_WH = 10


@pytest.fixture
def rig():
    """A meter whose DLMS client comes through the module area."""
    rig = Rig()
    rig.settle()
    rig.run(3_000)
    rig.optical, rig.server = rig.server, Server(rig.device, requests.MODULE)
    return rig


def client(rig, sap=MANAGER):
    return Gurux(DirectLine(rig, sap), sap, is_direct=True, counter=rig.security.accepted() + 1)


def find(gurux, name):
    kind = {ACCOUNT: 111, CREDIT: 112, CHARGE: 113, GATEWAY: 115}[name]
    return gurux.find(ObjectType(kind), name)


def activate(gurux):
    gurux.invoke(find(gurux, ACCOUNT), 1, 0, DataType.INT8)


def token(number, wh):
    return number.to_bytes(4, "little") + wh.to_bytes(4, "little")


def enter(gurux, data):
    gurux.invoke(find(gurux, GATEWAY), 1, data, DataType.OCTET_STRING)


def logged(rig):
    return [rig.meter.events.newest(age)[1] for age in range(6)]


def test_an_account_that_is_not_active_says_so_and_has_no_credit(rig):
    reader = client(rig, READER)
    account = find(reader, ACCOUNT)
    assert list(reader.raw(account, 2)) == [1, 1]
    assert reader.raw(account, 5) == 0
    assert reader.raw(find(reader, CREDIT), 8) == 0


def test_a_token_becomes_credit_once(rig):
    manager = client(rig)
    activate(manager)
    enter(manager, token(1, 5_000))
    account, gateway = find(manager, ACCOUNT), find(manager, GATEWAY)
    assert list(manager.raw(account, 2)) == [2, 2]
    assert manager.raw(account, 5) == pytest.approx(5_000 // UNIT_WH, abs=1)
    assert manager.raw(account, 4).toInteger() in (0x80 | 0x40, 0x01 | 0x02)
    assert bytes(manager.raw(gateway, 2)) == token(1, 5_000)
    assert manager.raw(gateway, 6)[0] == 3
    before = rig.meter.load_control.credit_dwh()
    with pytest.raises(ClientError):
        enter(manager, token(1, 5_000))
    assert rig.meter.load_control.credit_dwh() == before
    assert manager.raw(gateway, 6)[0] == 7
    assert events.CREDIT_ADDED in logged(rig)


@pytest.mark.parametrize("data", [b"", token(2, 1)[:7], token(2, 1) + b"\0", token(0, 1)])
def test_what_is_no_token_is_refused(rig, data):
    manager = client(rig)
    activate(manager)
    with pytest.raises(ClientError):
        enter(manager, data)
    assert rig.meter.load_control.credit_dwh() == 0


def test_a_token_is_refused_while_the_account_is_not_active(rig):
    manager = client(rig)
    with pytest.raises(ClientError):
        enter(manager, token(1, 5_000))


def test_credit_is_added_by_amount_and_used_by_a_plus(rig):
    manager = client(rig)
    activate(manager)
    credit = find(manager, CREDIT)
    manager.invoke(credit, 1, 300, DataType.INT32)
    manager.invoke(credit, 1, 200, DataType.INT32)
    assert manager.raw(credit, 2) == pytest.approx(500, abs=1)
    assert manager.raw(credit, 8) == 3
    rig.meter.ledger.total.counts_cwh[0] += 499 * 1_000
    assert manager.raw(credit, 2) in (0, 1)
    rig.meter.ledger.total.counts_cwh[0] += 100 * 1_000
    assert manager.raw(credit, 2) == 0
    assert manager.raw(credit, 8) == 4
    assert manager.raw(find(manager, ACCOUNT), 6) == pytest.approx(99, abs=1)
    for amount in (0, -1, 0x7FFFFFFF):
        with pytest.raises(ClientError):
            manager.invoke(credit, 1, amount, DataType.INT32)


def test_the_warning_is_written_and_in_force(rig):
    manager = client(rig)
    credit = find(manager, CREDIT)
    credit.warningThreshold = 700
    manager.write(credit, 5)
    assert rig.meter.load_control.settings.warning_wh == 7_000
    assert manager.raw(credit, 5) == manager.raw(find(manager, ACCOUNT), 16) == 700


def test_closing_the_account_ends_prepayment(rig):
    manager = client(rig)
    activate(manager)
    enter(manager, token(1, 5_000))
    manager.invoke(find(manager, ACCOUNT), 2, 0, DataType.INT8)
    assert rig.meter.load_control.settings.basis == 0
    assert rig.meter.load_control.credit_dwh() == 0
    with pytest.raises(ClientError):
        manager.invoke(find(manager, ACCOUNT), 2, 0, DataType.INT8)


def test_nothing_of_it_comes_through_the_optical_port(rig):
    rig.server = rig.optical
    manager = client(rig)
    with pytest.raises(ClientError):
        activate(manager)
    assert rig.meter.load_control.settings.basis == 0


def test_the_reading_client_changes_nothing(rig):
    manager = client(rig)
    activate(manager)
    reader = client(rig, READER)
    with pytest.raises(ClientError) as refusal:
        enter(reader, token(1, 5_000))
    assert refusal.value.code == 3
    with pytest.raises(ClientError) as refusal:
        reader.invoke(find(reader, CREDIT), 1, 300, DataType.INT32)
    assert refusal.value.code == 3


def test_the_charge_is_a_unit_for_a_unit_of_a_plus(rig):
    reader = client(rig, READER)
    charge = find(reader, CHARGE)
    scaling, commodity, charges = reader.raw(charge, 5)
    assert list(scaling) == [1, 0]
    assert [commodity[0], bytes(commodity[1]), commodity[2]] == [3, bytes((1, 0, 1, 8, 0, 255)), 2]
    assert [list(item) for item in charges] == [[b"", 1]]
    assert reader.raw(charge, 2) == rig.meter.ledger.total.counts_cwh[0] // 1_000
