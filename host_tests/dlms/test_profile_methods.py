"""Erasing the load profile and ending a billing period as methods of their objects; demand."""

import pytest
from gurux_dlms.enums import DataType, ObjectType

from host_tests.dlms.clients import MANAGER, READER, ClientError, DirectLine, Gurux
from host_tests.dlms.device import Rig
from meter.errors import JournalError
from meter.journal.record import Page
from meter.registers import events

LOAD, BILLING = "1.0.99.1.0.255", "0.0.98.1.0.255"
RESET, CAPTURE = 1, 2


@pytest.fixture
def rig():
    rig = Rig()
    rig.settle()
    rig.fill_profile(30)
    rig.run(3_000)
    rig.settle()
    rig.total = rig.meter.keeper.profile.log.total
    assert rig.total >= 30
    return rig


def client(rig, sap=MANAGER):
    return Gurux(DirectLine(rig, sap), sap, is_direct=True, counter=rig.security.accepted() + 1)


def profile(gurux, name=LOAD):
    return gurux.find(ObjectType.PROFILE_GENERIC, name)


def test_the_manager_erases_the_load_profile_which_is_logged(rig):
    manager = client(rig)
    assert manager.raw(profile(manager), 7) == rig.total
    manager.invoke(profile(manager), RESET, 0, DataType.INT8)
    assert manager.raw(profile(manager), 7) == 0
    assert list(manager.raw(profile(manager), 2) or []) == []
    assert rig.meter.events.newest(0)[1:] == (events.PROFILE_ERASED, 15)


def test_an_erased_profile_stays_erased_and_goes_on(rig):
    manager = client(rig)
    manager.invoke(profile(manager), RESET, 0, DataType.INT8)
    rig.settle()
    kept = rig.meter.keeper.profile
    again = type(kept)(kept.log._store, Page(), 4, 15)
    while again.step(8):
        pass
    assert (again.oldest(), again.log.total) == (rig.total, rig.total)
    rig.fill_profile(3)
    assert manager.raw(profile(manager), 7) >= 3


def test_a_store_that_refuses_leaves_the_profile_as_it_is(rig, monkeypatch):
    def refuse():
        raise JournalError("refused")

    monkeypatch.setattr(rig.meter.keeper.profile, "store_open", refuse)
    manager = client(rig)
    with pytest.raises(ClientError):
        manager.invoke(profile(manager), RESET, 0, DataType.INT8)
    assert manager.raw(profile(manager), 7) == rig.total


def test_others_erase_nothing_and_nothing_else_is_erased(rig):
    reader, manager = client(rig, READER), client(rig)
    reader = client(rig, READER)
    with pytest.raises(ClientError):
        reader.invoke(profile(reader), RESET, 0, DataType.INT8)
    manager = client(rig)
    for name in (BILLING, "1.0.99.2.0.255", "0.0.99.98.0.255"):
        with pytest.raises(ClientError):
            manager.invoke(profile(manager, name), RESET, 0, DataType.INT8)
    with pytest.raises(ClientError):
        manager.invoke(profile(manager), CAPTURE, 0, DataType.INT8)
    assert manager.raw(profile(manager), 7) == rig.total


def test_capture_of_the_billing_profile_ends_the_period(rig):
    manager = client(rig)
    manager.invoke(profile(manager, BILLING), CAPTURE, 0, DataType.INT8)
    rig.settle()
    rig.run(2_000)
    assert manager.raw(profile(manager, BILLING), 7) == 1


def test_demand_is_that_of_the_running_and_of_the_last_period(rig):
    reader = client(rig, READER)
    demand = reader.find(ObjectType.DEMAND_REGISTER, "1.0.1.4.0.255")
    kept = rig.meter.billed.demand
    now_s = rig.meter.clock.now_s()
    start_s = now_s // 900 * 900
    count = rig.meter.ledger.total.counts_cwh[0]
    kept.break_off()
    kept.step(start_s - 900, count - 200_000, 1)
    kept.step(start_s, count - 150_000, 1)
    kept.step(start_s + 900, count, 1)  # 1.5 kWh in 15 min
    rig.meter.ledger.total.counts_cwh[0] += 25_000  # 250 Wh
    assert reader.raw(demand, 3) == 6_000
    assert reader.raw(demand, 2) == 1_000
    assert reader.raw(demand, 8) == 900
    assert bytes(reader.raw(demand, 6)) == bytes(reader.raw(demand, 7))
