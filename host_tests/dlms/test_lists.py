"""What is configured through DLMS: the lists as profiles, settings and calibration record."""

from binascii import crc32

import pytest

from host_tests.dlms.device import Rig
from host_tests.dlms.requests_in_hex import Manager, get, name, reader, seal, unseal
from meter import config
from meter.metrology import calibration
from meter.registers import events, table
from meter.registers.lists import (
    AUTOMATIC,
    BATTERY,
    MANUAL,
    READ_OUT,
    TEST_RESOLUTION,
    pack,
    unpack,
)
from meterctl.cosem import session

READ_OUT_NAME = "0.0.21.0.0.255"
SETTINGS = "0.0.96.61.0.255"
CALIBRATION = "0.0.96.61.1.255"
OK = bytes.fromhex("C501C100")


@pytest.fixture
def rig():
    rig = Rig()
    rig.run(3_000)
    rig.settle()
    rig.run(100)  # takes over the time that the store has taken
    return rig


def captured(*rows):
    """Return attribute 3 with (class, code, index) of each."""
    return f"01{len(rows):02X}" + "".join(
        f"020412{class_id:04X}0906{name(code)}0F0212{index:04X}" for class_id, code, index in rows
    )


def set_(class_id, code, attribute, value):
    return "C101C1{:04X}{}{:02X}00{}".format(class_id, name(code), attribute, value)


def octets(data):
    n = len(data)
    head = "09{:02X}" if n < 128 else "0981{:02X}" if n < 256 else "0982{:04X}"
    return head.format(n) + data.hex()


def error(code):
    return bytes.fromhex("C501C1{:02X}".format(code))


def test_the_lines_of_the_read_out_are_written_and_sent(rig):
    wanted = captured((1, "0.0.97.97.0.255", 0), (3, "1.0.32.7.0.255", 0))
    assert Manager(rig).send(set_(7, READ_OUT_NAME, 3, wanted)) == OK
    assert list(rig.meter.lists.items[READ_OUT]) == [table.ERRORS, table.VOLTAGE + 1]
    answer = reader(rig).send(get(7, READ_OUT_NAME, 3))
    assert answer == bytes.fromhex("C401C100" + wanted)
    row = reader(rig).send(get(7, READ_OUT_NAME, 2))
    assert row[:8] == bytes.fromhex("C401C10001010202")
    assert row[8] == 6  # u32, the error register
    assert row[13:14] == b"\x12"  # u16: 230.0 V
    assert abs(int.from_bytes(row[14:], "big") - 2300) <= 2


@pytest.mark.parametrize(
    ("which", "last"), [(AUTOMATIC, "1"), (MANUAL, "2"), (BATTERY, "3"), (READ_OUT, "0")]
)
def test_a_list_that_is_read_can_be_written_back(rig, which, last):
    before = list(rig.meter.lists.items[which])
    code = f"0.0.21.0.{last}.255"
    answer = Manager(rig).send(get(7, code, 3))
    assert Manager(rig).send(set_(7, code, 3, answer[4:].hex())) == OK
    assert list(rig.meter.lists.items[which]) == before


def test_date_hour_and_resolution_of_one_register_are_told_apart(rig):
    peak = "1.0.1.6.0.255"
    wanted = captured(
        (4, peak, 0), (1, peak, 1), (1, peak, 2), (3, "1.0.1.8.0.255", 3), (1, "1.0.0.9.1.255", 0)
    )
    assert Manager(rig).send(set_(7, "0.0.21.0.1.255", 3, wanted)) == OK
    assert list(rig.meter.lists.items[AUTOMATIC]) == [
        table.MAX_DEMAND,
        table.MAX_DEMAND_DATE,
        table.MAX_DEMAND_HOUR,
        table.ACTIVE_IMPORT + TEST_RESOLUTION,
        table.TIME,
    ]


@pytest.mark.parametrize(
    ("code", "rows"),
    [
        (READ_OUT_NAME, []),
        (READ_OUT_NAME, [(3, "1.0.99.7.0.255", 0)]),
        (READ_OUT_NAME, [(1, "1.0.1.8.0.255", 0)]),
        (READ_OUT_NAME, [(3, "1.0.1.8.0.255", 3)]),
        ("0.0.21.0.1.255", [(3, "1.0.14.7.0.255", 0)] * 17),
        ("0.0.21.0.1.255", [(3, "1.0.14.7.0.255", 3)]),
        ("0.0.21.0.2.255", [(3, "1.0.1.8.0.255", 0)]),  # without the other legal readings
        ("0.0.21.0.3.255", [(3, "1.0.14.7.0.255", 0)] * 9),
    ],
)
def test_a_list_that_cannot_be_is_refused_and_the_old_one_stays(rig, code, rows):
    before = rig.meter.lists.items
    assert Manager(rig).send(set_(7, code, 3, captured(*rows))) == error(250)
    assert rig.meter.lists.items is before


def test_the_packed_lists_are_read_and_written_as_one(rig):
    lists = "0.0.96.61.2.255"
    answer = reader(rig).send(get(1, lists, 2))
    assert answer[:6] == bytes.fromhex("C401C1000960")
    items = unpack(answer[6:])
    items[BATTERY] = [table.DATE]
    chosen = rig.meter.lists
    assert items[:3] != chosen.items[:3]
    assert Manager(rig).send(set_(1, lists, 2, octets(pack(items)))) == OK
    assert chosen.items == items
    assert Manager(rig).send(set_(1, lists, 2, octets(pack(items)[:-1]))) == error(250)


def test_every_line_that_there_is_makes_one_row(rig):
    items = list(rig.meter.lists.items)
    items[READ_OUT] = rig.meter.values.keys(table.MODEA)
    rig.meter.lists.items = items
    row = reader(rig).send(get(7, READ_OUT_NAME, 2))
    assert row[:6] == bytes.fromhex("C401C1000101")
    assert row[6:8] == bytes((2, len(items[READ_OUT])))
    values, rest = session.decode(row[4:])
    assert (len(values[0]), rest) == (len(items[READ_OUT]), b"")


def test_the_reading_client_changes_nothing(rig):
    wanted = captured((1, "0.0.97.97.0.255", 0))
    assert reader(rig).send(set_(7, READ_OUT_NAME, 3, wanted)) == error(3)
    assert reader(rig).send(set_(1, SETTINGS, 2, octets(b"threshold_w=5"))) == error(3)


def test_settings_are_read_and_changed(rig):
    answer = reader(rig).send(get(1, SETTINGS, 2))
    assert answer[:6] == bytes.fromhex("C401C1000963")
    assert config.unpack(answer[6:]).serial == "12345678"
    assert Manager(rig).send(set_(1, SETTINGS, 2, octets(b"threshold_w=5000"))) == OK
    for _ in range(10):
        rig.simulation.step(100)
    assert rig.simulation.meter is rig.meter  # who asked is answered first
    for _ in range(10):
        rig.simulation.step(100)
    assert rig.simulation.meter is not rig.meter
    assert rig.simulation.meter.settings.threshold_w == 5000


def test_what_the_seal_keeps_is_denied_and_what_makes_no_sense_refused(rig):
    before = rig.meter.settings.pack()
    texts = (b"order=684-31BJ2B3010", 3), (b"config2=000-29-01-1", 250), (b"\xff", 250)
    for text, code in texts:
        assert Manager(rig).send(set_(1, SETTINGS, 2, octets(text))) == error(code), text
    assert Manager(rig).send(set_(1, SETTINGS, 2, "0600000001")) == error(12)
    assert rig.meter.settings.pack() == before
    assert not rig.meter.is_restart_due


def test_a_calibration_record_needs_the_seal_open_and_is_in_force_after_a_moment(rig):
    old = reader(rig).send(get(1, CALIBRATION, 2))
    record = rig.meter._parts.calibration.pack()
    assert old.endswith(record)
    found = calibration.unpack(record)
    found.systems[0].ranges[0].i_gain_pa *= 2
    new = found.pack()
    assert Manager(rig).send(set_(1, CALIBRATION, 2, octets(new))) == error(3)
    rig.simulation.world.seal.closed = False
    assert Manager(rig).send(set_(1, CALIBRATION, 2, octets(new[:-1]))) == error(250)
    before_ma = rig.meter.quantities.i_ma[0]
    assert Manager(rig).send(set_(1, CALIBRATION, 2, octets(new))) == OK
    logged = {rig.meter.events.newest(k)[1:] for k in range(2)}
    assert (events.PARAMETER_NEW, (crc32(new) ^ 0x80000000) - 0x80000000) in logged
    for _ in range(40):
        rig.simulation.step(100)
    assert rig.simulation.meter is not rig.meter
    assert abs(rig.simulation.meter.quantities.i_ma[0] - 2 * before_ma) < before_ma // 100


def test_a_record_longer_than_an_item_is_read_whole(rig):
    knots = tuple((code, code % 64) for code in range(71))
    system = rig.meter._parts.calibration.systems[0]
    record = calibration.Calibration([system], knots).pack()
    rig.device.objects._pack_calibration = lambda: record
    answer = reader(rig).send(get(1, CALIBRATION, 2))
    assert session.decode(answer[4:]) == (record, b"")


@pytest.mark.parametrize("size", range(94, 102))
@pytest.mark.parametrize("form", ["", "81", "82"])
def test_a_ciphered_request_may_give_its_length_in_every_form(rig, size, form):
    manager = Manager(rig)
    plain = bytes.fromhex(set_(1, CALIBRATION, 2, octets(bytes(size))))
    manager.counter += 1
    sealed = seal(plain, manager.counter)
    assert len(sealed) == size + 32  # from 126 to 133
    length = len(sealed).to_bytes(2 if form == "82" else 1)
    answer = rig.send(bytes((0xC9,)) + bytes.fromhex(form) + length + sealed)
    assert unseal(answer[2:], rig.security.title)[1] == error(250)
