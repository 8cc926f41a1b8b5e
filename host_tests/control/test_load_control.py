"""What opens and closes the breaker of the whole meter, and who may change the rules."""

import struct
from itertools import pairwise

import pytest

from host_tests.control.conftest import MONDAY_S, Meter
from meter.control.disconnector import CONNECTED, DISCONNECTED, READY
from meter.control.settings import ControlSettings, unpack
from meter.errors import ConfigError, JournalError
from meter.registers import events, status, table
from meter.requests import (
    ADD_CREDIT,
    CLEAR_ALARMS,
    CONNECT,
    DISCONNECT,
    MODULE,
    OPTICAL,
    WRITE_CONTROL,
)

_HOUR_S = 3600
_DAY_S = 86_400
CURVE = "basis=2,limit=16000,k1=200,k2=150,k3=110,t1=5,t2=10,t3=15,reconnect_s=30,"


def state(running):
    return running.meter.breaker.state


# smart disconnect


def test_twenty_amperes_at_a_limit_of_sixteen_open_after_the_three_times(running):
    running.configure(CURVE + "mode=4")
    running.run(28)
    assert state(running) == CONNECTED
    running.run(5)
    assert state(running) == READY
    assert not running.world.relay.is_closed_now
    assert max(running.meter.quantities.i_ma) < 100
    assert [code for code, _ in running.logged(events.DISCONNECTED_LOCALLY)] == [64]


def test_by_power_the_sum_of_the_phases_counts(running):
    running.configure("basis=1,limit=8000,k1=110,k2=100,k3=90,t1=5,t2=5,t3=5,mode=4")
    running.run(30)  # 35 A * 230 V = 8050 W: above k2 and k3
    assert state(running) == READY


def test_by_power_a_load_at_the_limit_stays(running):
    running.configure("basis=1,limit=8100,k1=110,k2=100,k3=100,t1=5,t2=5,t3=5,mode=4")
    running.run(60)
    assert state(running) == CONNECTED


@pytest.mark.parametrize(("mode", "closes"), [(3, False), (4, False), (5, True), (6, True)])
def test_it_closes_by_itself_after_the_delay_where_the_mode_says_so(running, mode, closes):
    running.configure(CURVE + f"mode={mode}")
    running.run(33)
    assert state(running) == READY
    running.world.disturb(i=(0.1, 0.1, 0.1))
    running.run(26)  # it opened after 30 s or a little more, so it may close after 60
    assert state(running) == READY
    running.run(7)
    assert (state(running) == CONNECTED) == closes


def test_an_overload_that_stays_opens_again_and_again_never_sooner_than_the_delay(running):
    running.configure(CURVE + "mode=5")
    running.run(200)
    log = running.meter.events
    moves = [log.newest(age) for age in range(log.total)][::-1]
    moves = [(at_s, code) for at_s, code, _ in moves if code in (64, 69)]
    assert [code for _, code in moves] == [64, 69, 64, 69, 64, 69][: len(moves)]
    assert len(moves) >= 5
    lengths = [second - first for (first, _), (second, _) in pairwise(moves)]
    assert all(length >= 29 for length in lengths)


def test_above_the_short_circuit_limit_it_waits_and_opens_when_the_current_is_below(running):
    running.configure(CURVE + "mode=4,short_ma=19000")
    running.run(60)
    assert state(running) == CONNECTED
    running.world.disturb(i=(0.5, 0.5, 0.5))
    running.run(3)
    assert state(running) == READY


def test_without_a_basis_nothing_opens(running):
    running.run(120)
    assert state(running) == CONNECTED


# the button


def test_only_a_long_push_of_the_button_moves_the_breaker(running):
    running.configure("mode=2")
    running.world.button.push()
    running.run(6)
    assert state(running) == CONNECTED
    hold(running, 6)
    assert state(running) == READY
    hold(running, 6)
    assert state(running) == CONNECTED
    assert [code for code, _ in running.logged(60, 61)] == [60, 61]


def hold(running, seconds):
    for _ in range(seconds * 5):
        running.world.button.push()
        running.simulation.step(200)
    running.run(2)


def test_a_command_releases_and_the_button_connects(running):
    running.configure("mode=3")
    running.meter.request(DISCONNECT)
    running.run(2)
    hold(running, 6)
    assert state(running) == DISCONNECTED
    running.meter.request(CONNECT)
    running.run(2)
    assert state(running) == READY
    hold(running, 6)
    assert state(running) == CONNECTED


# the limiter


def test_the_limiter_opens_above_its_threshold_and_closes_below_it(running):
    key = table.ACTIVE_POWER_IMPORT
    limits = f"key={key},normal=8000,min_over_s=10,min_under_s=20,over_action=1,under_action=2"
    running.configure(f"mode=5,{limits}")
    running.run(8)
    assert state(running) == CONNECTED
    running.run(5)
    assert state(running) == READY
    assert running.meter.status.bits & status.LIMITER_ACTIVE
    running.world.disturb(i=(0.1, 0.1, 0.1))
    running.run(25)
    assert state(running) == CONNECTED
    assert [code for code, _ in running.logged(65, 66)] == [65, 66]


def test_in_an_emergency_its_lower_threshold_holds(running):
    now_s = running.meter.clock.now_s()
    profile = f"profile_id=7,group_2=7,activation_s={now_s + 20},duration_s=60"
    key = table.ACTIVE_POWER_IMPORT
    running.configure(f"key={key},normal=9000,emergency=1000,min_over_s=5,mode=5,{profile}")
    running.run(18)
    assert state(running) == CONNECTED
    running.run(15)
    assert state(running) == READY
    assert running.logged(events.LIMITER_CHANGED) == [(events.LIMITER_CHANGED, 1000)]


# prepayment


def add(running, number, wh, source=MODULE):
    requests = running.meter.requests
    requests.is_open = True
    try:
        return requests.submit(ADD_CREDIT, struct.pack("<II", number, wh), source)
    finally:
        requests.is_open = False


def test_the_credit_is_counted_down_as_the_register_counts_up_and_opens_at_zero(running):
    running.configure("basis=3,mode=4,warning_wh=30")
    add(running, 1, 100)
    start = running.meter.values.value(table.ACTIVE_IMPORT)
    while state(running) == CONNECTED:
        used = running.meter.values.value(table.ACTIVE_IMPORT) - start
        left = running.meter.load_control.credit_dwh()
        assert abs(left - max(0, 1000 - used)) <= 1
        running.run(1)
    running.run(5)
    used = running.meter.values.value(table.ACTIVE_IMPORT) - start
    assert 1000 <= used <= 1000 + 10 * 8050 * 3 / 3600  # three seconds at most
    assert [code for code, _ in running.logged(54, 55, 64)] == [54, 55, 64]


def test_on_a_day_off_it_stays_closed_and_opens_on_the_next_working_day():
    sunday = MONDAY_S + 6 * _DAY_S
    running = Meter(start_s=sunday + 21 * _HOUR_S + 2400)  # 23:40 local time
    running.configure("basis=3,mode=4")
    add(running, 1, 100)
    running.run(600, step_ms=1000)
    assert running.meter.load_control.credit_dwh() == 0
    assert state(running) == CONNECTED
    running.run(590, step_ms=1000)
    assert state(running) == CONNECTED
    running.run(20, step_ms=1000)
    assert state(running) == READY


def test_the_working_day_begins_with_its_first_second():
    midnight = MONDAY_S + 7 * _DAY_S - 2 * _HOUR_S  # of Monday, local time
    running = Meter(start_s=midnight - 60)
    running.configure("basis=3,mode=4")
    add(running, 1, 1)
    running.run(10)
    opened_s = None
    while opened_s is None and running.meter.clock.now_s() <= midnight + 3:
        assert running.meter.load_control.credit_dwh() == 0
        running.run(0.1)
        if state(running) == READY:
            opened_s = running.meter.clock.now_s()
    assert opened_s in (midnight, midnight + 1)  # the pulse takes time, too
    used = [at_s for at_s, code, _ in _times(running) if code == events.CREDIT_USED]
    assert used == [midnight]


def _times(running):
    log = running.meter.events
    return [log.newest(age) for age in range(min(log.total, log.depth))]


def test_a_top_up_closes_again_where_the_mode_says_so(running):
    running.configure("basis=3,mode=5")
    add(running, 1, 10)
    running.run(60)
    assert state(running) == READY
    add(running, 2, 1000)
    running.run(5)
    assert state(running) == CONNECTED


def test_reconnected_without_credit_it_does_not_trip_again(running):
    running.configure("basis=3,mode=4")
    add(running, 1, 10)
    running.run(60)
    running.meter.request(DISCONNECT)
    running.run(2)
    running.meter.request(CONNECT)
    running.run(60)
    assert state(running) == CONNECTED


def test_a_top_up_is_taken_once_also_over_a_power_cut(running):
    running.configure("basis=3,mode=4")
    add(running, 1, 1000)
    running.run(5)
    before = running.meter.load_control.credit_dwh()
    again = Meter(memory=bytearray(running.memory))
    assert abs(again.meter.load_control.credit_dwh() - before) <= 10 * 10 + 100
    with pytest.raises(ConfigError, match="top-up number: 1 refused, accepted: above 1"):
        add(again, 1, 1000)


def test_a_top_up_that_was_not_stored_is_not_given_and_may_come_again(running):
    running.configure("basis=3,mode=4")
    running.world.eeprom.dead = True
    with pytest.raises(JournalError, match="not stored"):
        add(running, 1, 1000)
    assert running.meter.load_control.credit_dwh() == 0
    running.world.eeprom.dead = False
    running.run(3)
    add(running, 1, 1000)
    assert running.meter.load_control.credit_dwh() == 10_000


def test_turned_off_the_credit_is_gone(running):
    running.configure("basis=3")
    add(running, 1, 1000)
    running.configure("basis=0")
    running.configure("basis=3")
    assert running.meter.load_control.credit_dwh() == 0


# who may change what


@pytest.mark.parametrize(
    ("kind", "value"), [(WRITE_CONTROL, b"mode=5"), (ADD_CREDIT, struct.pack("<II", 1, 1))]
)
def test_settings_and_credit_are_refused_from_the_optical_head(running, kind, value):
    requests = running.meter.requests
    requests.is_open = True
    with pytest.raises(ConfigError, match="accepted: through the module area"):
        requests.submit(kind, value, OPTICAL)
    assert running.meter.load_control.settings.pack() == ControlSettings().pack()


def test_settings_are_there_after_a_power_cut_and_their_change_is_logged(running):
    running.configure("mode=6,limit=12345,alarm_filter=255")
    codes = [code for code, _ in running.logged(events.PARAMETER_OLD, events.PARAMETER_NEW)]
    assert codes == [events.PARAMETER_OLD, events.PARAMETER_NEW]
    again = Meter(memory=bytearray(running.memory)).meter.load_control.settings
    assert (again.mode, again.limit, again.alarm_filter) == (6, 12_345, 255)


@pytest.mark.parametrize(
    "text", ["", "mode", "mode=", "mode=7", "moed=1", "k1=100,k2=200", "limit=0", "t1=-1", "t1=x"]
)
def test_settings_that_are_none_are_refused_and_nothing_changes(running, text):
    with pytest.raises(ConfigError, match="accepted: "):
        running.configure(text)
    assert running.meter.load_control.settings.pack() == ControlSettings().pack()


def test_mode_0_is_refused_while_the_breaker_is_open(running):
    running.meter.request(DISCONNECT)
    running.run(2)
    with pytest.raises(ConfigError, match=r"mode: 0 .* while the breaker is closed"):
        running.configure("mode=0")


def test_packed_settings_are_the_same_again():
    settings = ControlSettings().changed("mode=1,group_3=65535,activation_s=4294967295,normal=7")
    assert unpack(settings.pack()).pack() == settings.pack()
    with pytest.raises(ConfigError, match="73 bytes"):
        unpack(settings.pack() + b"\x00")


# alarms


def test_alarms_pass_the_filter_survive_a_cut_and_are_cleared_bit_by_bit(running):
    field, cover = events.alarm_of(events.FIELD_ON), events.alarm_of(events.COVER_REMOVED)
    running.configure(f"alarm_filter={field | cover}")
    for code in (events.FIELD_ON, events.COVER_REMOVED, events.TERMINAL_COVER_REMOVED):
        running.meter.events.log(0, code, 0)
    running.run(5)
    alarms = running.meter.events.alarms & ~events.alarm_of(events.POWER_UP)
    assert alarms & (field | cover) == field | cover
    assert not alarms & events.alarm_of(events.TERMINAL_COVER_REMOVED)
    again = Meter(memory=bytearray(running.memory))
    assert again.meter.events.alarms & (field | cover) == field | cover
    left = again.meter.request(CLEAR_ALARMS, field)
    assert left & (field | cover) == cover


def test_every_alarm_has_a_bit_of_its_own():
    codes = {code: events.alarm_of(code) for code in range(256) if events.alarm_of(code)}
    shared = {events.CLOCK_UPDATED, events.CLOCK_NEW}  # the clock was changed, by little or much
    bits = [bit for code, bit in codes.items() if code not in shared]
    assert len(set(bits)) == len(bits)
    assert codes[events.CLOCK_UPDATED] == codes[events.CLOCK_NEW] not in bits
    assert max(bits) < 1 << 32
