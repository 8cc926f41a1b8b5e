"""The clock as COSEM sees it: zone and summer time read and written, and moved by its methods."""

import calendar
import datetime as dt

import pytest
from gurux_dlms import GXDateTime
from gurux_dlms.enums import DataType, ObjectType

from host_tests.dlms.clients import MANAGER, DirectLine, Gurux
from host_tests.dlms.device import START_S, Rig
from host_tests.dlms.requests_in_hex import Manager, name
from meter import config, requests
from meter.calendar.clock import Clock
from meter.calendar.local import Zone
from meter.errors import ConfigError
from meter.journal import configuration
from meter.views.dlms import clock as cosem

CLOCK = "0.0.1.0.0.255"
UTC = dt.UTC
EPOCH = dt.datetime(2000, 1, 1, tzinfo=UTC)


def last_sunday(year, month):
    return max(week[6] for week in calendar.monthcalendar(year, month))


def instant_of(text, year):
    """Return the instant, UTC, that a COSEM date-time with wildcards means in a year."""
    year_, month, day, weekday = text[0] << 8 | text[1], text[2], text[3], text[4]
    if year_ == 0xFFFF:
        assert (day, weekday) == (0xFE, 7), "the last Sunday of the month"
        day = last_sunday(year, month)
    else:
        assert year_ == year
        assert weekday == dt.date(year, month, day).isoweekday()
    deviation = int.from_bytes(text[9:11], "big", signed=True)
    shown = dt.datetime(year, month, day, text[5], text[6], text[7], tzinfo=UTC)
    return shown + dt.timedelta(minutes=deviation)


class Stopped:
    """A clock chip that says one instant."""

    def __init__(self, utc_s):
        self._utc_s = utc_s

    def now_s(self):
        return self._utc_s

    def is_valid(self):
        return True


@pytest.mark.parametrize("gmt_code", range(24))
def test_begin_and_end_of_summer_time_are_the_instants_at_which_the_zone_changes(gmt_code):
    zone = Zone(gmt_code, 1)
    for year in (2026, 2028, 2034, 2099):
        now_s = int((dt.datetime(year, 7, 1, tzinfo=UTC) - EPOCH).total_seconds())
        clock = Clock(Stopped(now_s))
        for attribute, month in ((5, 3), (6, 10)):
            form, text = cosem.read(clock, zone, attribute)
            assert form == "o"
            at = instant_of(text, year)
            assert at == dt.datetime(year, month, last_sunday(year, month), 1, tzinfo=UTC)
            at_s = int((at - EPOCH).total_seconds())
            assert zone.is_summer(at_s) != zone.is_summer(at_s - 1)
            assert text[11] == (0x80 if attribute == 6 else 0)


@pytest.mark.parametrize("gmt_code", range(24))
def test_the_zone_is_minutes_from_local_time_to_utc(gmt_code):
    hours = gmt_code if gmt_code <= 12 else gmt_code - 24
    assert cosem.read(Clock(Stopped(START_S)), Zone(gmt_code), 3) == ("h", -60 * hours)


def gurux(rig):
    line = DirectLine(rig, MANAGER)
    return Gurux(line, MANAGER, is_direct=True, counter=rig.security.accepted() + 1)


def stored(rig):
    return config.unpack(rig.meter.keeper.configuration.load(configuration.SETTINGS))


def ready(**settings):
    rig = Rig(**settings)
    rig.settle()
    rig.run(2_000)
    return rig


@pytest.mark.parametrize("minutes", [-720, -60, 0, 60, 660])
def test_the_manager_writes_the_zone_which_is_the_code_ll(minutes):
    rig = ready()
    manager = gurux(rig)
    clock = manager.find(ObjectType.CLOCK, CLOCK)
    clock.timeZone = minutes
    manager.write(clock, 3)
    kept = stored(rig)
    assert Zone(kept.gmt_code).offset_s == -60 * minutes
    assert kept.config_3 == kept.gmt_code * 1000
    if minutes != -60:  # that is what it was
        rig.run(3_000)
        assert rig.meter.is_restart_due


@pytest.mark.parametrize("is_on", [False, True])
def test_the_manager_turns_summer_time_on_and_off_which_is_the_code_ppp(is_on):
    was = {"summer_time": 0, "config_4": 0} if is_on else {}
    rig = ready(**was)
    manager = gurux(rig)
    clock = manager.find(ObjectType.CLOCK, CLOCK)
    assert manager.raw(clock, 8) is not is_on
    clock.enabled = is_on
    manager.write(clock, 8)
    kept = stored(rig)
    assert (kept.summer_time, kept.config_4) == (is_on, 100 * is_on)


def write(manager, attribute, value):
    return manager.send("C101C10008" + name(CLOCK) + f"{attribute:02X}00" + value)[-1]


@pytest.mark.parametrize(
    ("attribute", "value", "result"),
    [
        (3, "10001E", 250),  # half an hour west
        (3, "10FD2F", 250),  # -721
        (3, "1002D0", 250),  # 720: there is no code for it
        (3, "107FFF", 250),
        (3, "108000", 250),
        (3, "120000", 12),
        (8, "1100", 12),
        (8, "00", 12),
        (5, "090CFFFF03FE07020000FFFFC400", 3),
        (6, "090CFFFF0AFE07030000FFFF8880", 3),
        (7, "0F3C", 3),
        (4, "1100", 3),
        (9, "1601", 3),
    ],
)
def test_what_no_code_says_is_refused(attribute, value, result):
    rig = ready()
    before = rig.settings.pack()
    assert write(Manager(rig), attribute, value) == result
    assert rig.settings.pack() == before
    rig.run(3_000)
    assert not rig.meter.is_restart_due


@pytest.mark.parametrize(
    ("method", "after_s", "period_min", "expected_s"),
    [
        (1, 0, 15, 0),
        (1, 449, 15, 0),
        (1, 450, 15, 900),
        (1, 899, 5, 900),
        (2, 149, 5, 0),
        (2, 150, 5, 300),
        (2, 1_799, 60, 0),
        (2, 1_800, 60, 3_600),
        (3, 29, 15, 0),
        (3, 30, 15, 60),
    ],
)
def test_methods_move_the_clock_to_the_nearest_quarter_period_or_minute(
    method, after_s, period_min, expected_s
):
    rig = ready(period_min=period_min)
    rig.meter.requests.submit(requests.SET_CLOCK, START_S + after_s)
    manager = gurux(rig)
    manager.invoke(manager.find(ObjectType.CLOCK, CLOCK), method, 0, DataType.INT8)
    assert rig.meter.clock.now_s() == START_S + expected_s


def invoke(manager, method, value):
    return manager.send("C301C10008" + name(CLOCK) + f"{method:02X}01" + value)[3]


def texts(*seconds):
    """Return the structure of method 5, times in UTC."""
    made = "0203"
    for utc_s in seconds:
        at = EPOCH + dt.timedelta(seconds=utc_s)
        made += "090C{:04X}{:02X}{:02X}FF{:02X}{:02X}{:02X}00000000".format(
            at.year, at.month, at.day, at.hour, at.minute, at.second
        )
    return made


def test_a_preset_time_is_taken_over_once_within_its_interval():
    rig = ready()
    manager = Manager(rig)
    now_s = rig.meter.clock.now_s()
    assert invoke(manager, 4, "0F00") == 11  # nothing is preset
    assert invoke(manager, 5, texts(now_s + 500, now_s + 10, now_s + 100)) == 0
    assert rig.meter.clock.now_s() == now_s
    assert invoke(manager, 4, "0F00") == 11  # not yet
    rig.meter.requests.submit(requests.SET_CLOCK, now_s + 101)
    assert invoke(manager, 4, "0F00") == 11  # not any more
    rig.meter.requests.submit(requests.SET_CLOCK, now_s + 100)
    assert invoke(manager, 4, "0F00") == 0
    assert rig.meter.clock.now_s() == now_s + 500
    rig.meter.requests.submit(requests.SET_CLOCK, now_s + 100)
    assert invoke(manager, 4, "0F00") == 11  # it was used


def test_gurux_presets_a_time():
    rig = ready()
    manager = gurux(rig)
    clock = manager.find(ObjectType.CLOCK, CLOCK)
    now = EPOCH + dt.timedelta(seconds=rig.meter.clock.now_s())
    then = now + dt.timedelta(hours=1)
    manager.exchange(
        clock.presetAdjustingTime(
            manager.client, GXDateTime(then), GXDateTime(now), GXDateTime(then)
        )
    )
    manager.exchange(clock.adjustToPresetTime(manager.client))
    assert EPOCH + dt.timedelta(seconds=rig.meter.clock.now_s()) == then


@pytest.mark.parametrize(
    ("method", "value", "result"),
    [
        (1, "1100", 12),
        (2, "", 12),
        (4, "100000", 12),
        (5, "0F00", 12),
        (5, "0202" + texts(0, 0)[4:], 12),
        (5, texts(START_S, START_S + 2, START_S + 1), 250),
        (5, texts(START_S, START_S, START_S).replace("07EA", "FFFF"), 250),
        (6, "100385", 250),
        (6, "10FC7B", 250),
    ],
)
def test_methods_with_other_data_are_refused_and_the_clock_stays(method, value, result):
    rig = ready()
    before_s = rig.meter.clock.now_s()
    manager = Manager(rig)
    request = "C301C10008" + name(CLOCK) + f"{method:02X}" + ("01" + value if value else "00")
    assert manager.send(request)[3] == result
    assert invoke(manager, 4, "0F00") == 11
    assert rig.meter.clock.now_s() == before_s


def test_a_meter_without_a_clock_is_not_given_a_time():
    rig = ready(has_clock=0)
    with pytest.raises(ConfigError):
        rig.meter.requests.submit(requests.SET_CLOCK, START_S)
    assert invoke(Manager(rig), 1, "0F00") == 250
