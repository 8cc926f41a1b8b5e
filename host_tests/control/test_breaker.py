"""The breaker on its relay: states, interlocks, power cuts in the middle, faults."""

import pytest

from host_tests.control.rig import Rig
from host_tests.control.test_disconnector import ARROWS, EVENTS, EVERY, expected
from meter.control import breaker as breakers
from meter.control.disconnector import CONNECTED, DISCONNECTED, LOCAL, MANUAL, READY, REMOTE
from meter.errors import ConfigError
from meter.metrology.acquisition import FLAG_OVERRANGE
from meter.registers import events, status
from meter.requests import BUTTON, CONNECT, DISCONNECT, MODULE, OPTICAL

_CLOSED_BIT = 2 << 16  # of an event's detail: what the contact said, plus 1


@pytest.fixture
def rig():
    found = Rig()
    found.run(1000)
    return found


@pytest.mark.parametrize(("mode", "state", "medium", "connect"), EVERY)
def test_every_wish_in_every_state_of_every_mode_ends_where_the_table_says(
    mode, state, medium, connect
):
    rig = Rig(mode=mode)
    rig.put(state)
    letter = expected(mode, state, medium, connect)
    assert rig.breaker.ask(connect, medium, 1) == bool(letter)
    rig.run(1000)
    reached = ARROWS[letter][1] if letter else state
    assert rig.breaker.state == reached
    assert rig.relay.is_closed_now == rig.breaker.is_connected() == (reached == CONNECTED)
    assert bool(rig.status.bits & status.DISCONNECTED) == (reached != CONNECTED)
    position = 2 if reached == CONNECTED else 1
    detail = 1 | reached << 8 | position << 16
    assert rig.logged == (
        [("stored", letter), (EVENTS[letter], detail), ("stored", "")] if letter else []
    )
    assert rig.kept.stored[:3] == bytes([1, reached, 0])


@pytest.mark.parametrize(
    ("source", "medium_letter"), [(OPTICAL, "b"), (MODULE, "b"), (BUTTON, "f")]
)
def test_a_request_counts_as_remote_and_that_of_the_button_as_manual(source, medium_letter):
    rig = Rig(mode=2)
    rig.run(1000)
    target = ARROWS[medium_letter][1]
    assert rig.requests.submit(DISCONNECT, 0, source) == target
    rig.run(1000)
    assert rig.codes() == [EVENTS[medium_letter]]


def test_a_wish_that_the_mode_does_not_have_is_refused_with_its_reason(rig):
    with pytest.raises(ConfigError, match="connect: 1 refused, accepted: what mode 4 allows"):
        rig.requests.submit(CONNECT, 0, MODULE)


def test_while_it_moves_nothing_else_is_taken(rig):
    rig.requests.submit(DISCONNECT)
    with pytest.raises(ConfigError, match="once the breaker has come to rest"):
        rig.requests.submit(CONNECT)


# Ik: never opens above the short-circuit limit


@pytest.mark.parametrize("phase", range(3))
@pytest.mark.parametrize("offset", [-1, 0, 1])
def test_it_never_opens_above_the_short_circuit_limit_of_any_phase(phase, offset):
    rig = Rig(short_ma=50_000)
    rig.run(1000)
    rig.quantities.i_ma[phase] = 50_000 + offset
    assert rig.breaker.ask(False, LOCAL, 1) == (offset <= 0)
    rig.run(1000)
    assert rig.relay.is_closed_now == (offset > 0)


def test_it_does_not_open_while_a_current_is_beyond_what_is_measured(rig):
    rig.quantities.flags = FLAG_OVERRANGE
    with pytest.raises(ConfigError, match="disconnect: 1 refused, accepted: at currents known"):
        rig.requests.submit(DISCONNECT)


@pytest.mark.parametrize(
    ("silent_ms", "opens"), [(1980, True), (2000, False), (2020, False)]
)
def test_it_does_not_open_by_currents_that_are_two_seconds_old(rig, silent_ms, opens):
    rig.breaker.window(0)
    for _ in range(silent_ms // 20):
        rig.breaker.step(20)
    assert rig.breaker.ask(False, LOCAL, 1) == opens


def test_it_closes_whatever_the_current_is():
    rig = Rig()
    rig.put(READY)
    rig.quantities.i_ma[0] = 0
    rig.quantities.flags = FLAG_OVERRANGE
    assert rig.breaker.ask(True, MANUAL, 1)


# the reconnect delay


@pytest.mark.parametrize("offset", [-1, 0, 1])
def test_after_a_smart_disconnection_it_closes_only_once_the_delay_is_over(offset):
    rig = Rig(mode=5, reconnect_s=60)
    rig.run(1000)
    rig.breaker.ask(False, LOCAL, breakers.BY_CURVE)
    rig.run(1000)
    for _ in range(60 + offset):
        rig.breaker.second(0)
    assert rig.breaker.ask(True, MANUAL, 1) == (offset >= 0)


def test_the_delay_begins_anew_after_a_power_cut():
    rig = Rig(mode=5, reconnect_s=60)
    rig.run(1000)
    rig.breaker.ask(False, LOCAL, breakers.BY_CURVE)
    rig.run(1000)
    for _ in range(59):
        rig.breaker.second(0)
    rig.start()
    rig.run(1000)
    assert rig.breaker.lock_s == 60
    assert not rig.breaker.ask(True, MANUAL, 1)


def test_another_disconnection_has_no_delay(rig):
    rig.breaker.ask(False, REMOTE, breakers.BY_COMMAND)
    rig.run(1000)
    assert rig.breaker.ask(True, REMOTE, breakers.BY_COMMAND)


# power cuts


@pytest.mark.parametrize("start_state", [CONNECTED, DISCONNECTED])
@pytest.mark.parametrize("cut_ms", range(0, 320, 20))
def test_a_cut_anywhere_in_a_switching_ends_in_the_intended_state_and_is_logged(
    start_state, cut_ms
):
    rig = Rig()
    rig.put(start_state)
    connect = start_state != CONNECTED
    assert rig.breaker.ask(connect, REMOTE, breakers.BY_COMMAND)
    rig.run(cut_ms)
    was_over = not rig.breaker.is_moving
    rig.start()  # coils without current at once, and only what was stored is known
    rig.run(1000)
    reached = CONNECTED if connect else DISCONNECTED
    assert rig.breaker.state == reached
    assert rig.relay.is_closed_now == connect
    code = events.CONNECTED_REMOTELY if connect else events.DISCONNECTED_REMOTELY
    assert rig.codes() == [code]
    details = [detail for what, detail in rig.logged if what == code]
    assert bool(details[0] & breakers.RESUMED) == (not was_over)


def test_a_cut_before_the_intention_was_stored_changes_nothing(rig):
    rig.kept.is_refusing = True
    with pytest.raises(ConfigError, match="once the store answers"):
        rig.requests.submit(DISCONNECT)
    rig.run(1000)
    assert rig.relay.moves == 0
    assert rig.kept.data[2] == 0
    rig.start()
    rig.run(1000)
    assert (rig.breaker.state, rig.relay.moves, rig.logged) == (CONNECTED, 0, [])


def test_a_result_that_could_not_be_stored_is_stored_later(rig):
    rig.requests.submit(DISCONNECT)
    rig.kept.is_refusing = True
    rig.run(1000)
    assert rig.breaker.state == DISCONNECTED
    assert rig.kept.is_due
    assert rig.kept.data[2] == 0
    assert rig.kept.stored[2] == ord("b")  # carried out once more after a cut, which moves nothing


def test_an_opening_resumed_after_a_cut_waits_for_a_current_below_the_limit():
    rig = Rig(short_ma=50_000)
    rig.run(1000)
    rig.requests.submit(DISCONNECT)
    rig.start()
    rig.quantities.i_ma[0] = 50_001
    rig.run(5000)
    assert rig.relay.is_closed_now
    rig.quantities.i_ma[0] = 50_000
    rig.run(1000)
    assert not rig.relay.is_closed_now


@pytest.mark.parametrize("cut_ms", range(0, 200, 20))
def test_when_the_supply_dips_in_a_pulse_the_coil_is_freed_and_the_pulse_given_anew(rig, cut_ms):
    rig.requests.submit(DISCONNECT)
    rig.run(cut_ms)
    rig.breaker.power_fail()
    assert rig.relay._since_ns == [None, None]
    rig.now_ms += 10_000  # two seconds of current would burn the coil
    rig.run(1000)
    assert rig.breaker.state == DISCONNECTED
    assert not rig.relay.is_closed_now


def test_before_the_store_has_answered_nothing_moves():
    rig = Rig()
    rig.kept.is_ready = False
    rig.run(1000)
    with pytest.raises(ConfigError, match="come to rest"):
        rig.requests.submit(DISCONNECT)
    rig.kept.is_ready = True
    rig.run(1000)
    assert rig.requests.submit(DISCONNECT) == DISCONNECTED


@pytest.mark.parametrize(("closed", "state"), [(True, CONNECTED), (False, READY)])
def test_a_new_meter_takes_the_breaker_as_its_contact_says(closed, state):
    rig = Rig()
    rig.relay.is_closed_now = closed
    rig.run(5000)
    assert (rig.breaker.state, rig.relay.moves) == (state, 0)


# faults


def test_a_welded_breaker_is_logged_once_tried_again_and_reported_back():
    rig = Rig()
    rig.run(1000)
    rig.relay.is_stuck = True
    rig.requests.submit(DISCONNECT)
    rig.run(60_000)
    assert rig.breaker.is_failed
    assert rig.breaker.is_connected()
    failures = [entry for entry in rig.logged if entry[0] == events.BREAKER_FAILED]
    assert failures == [(events.BREAKER_FAILED, breakers.STAYS)]
    assert (events.DISCONNECTED_REMOTELY, 1 | _CLOSED_BIT) in rig.logged  # state 0, contact closed
    rig.relay.is_stuck = False
    rig.run(200_000)
    assert not rig.relay.is_closed_now
    assert not rig.breaker.is_failed
    assert rig.codes()[-1] == events.BREAKER_RESTORED


def test_a_missing_breaker_is_logged():
    rig = Rig()
    rig.relay.has_contact = False
    rig.relay.is_stuck = True
    rig.put(CONNECTED)
    rig.run(5000)
    assert rig.breaker.is_failed


def test_current_through_an_open_breaker_is_a_fault_without_a_contact_too():
    rig = Rig(contact=False)
    rig.run(1000)
    rig.relay.is_stuck = True
    rig.requests.submit(DISCONNECT)
    rig.run(10_000)
    assert (events.BREAKER_FAILED, breakers.CONDUCTS) in rig.logged


@pytest.mark.parametrize(("leak_ma", "is_fault"), [(249, False), (250, False), (251, True)])
def test_what_is_induced_into_an_open_circuit_is_none(leak_ma, is_fault):
    rig = Rig()
    rig.put(READY)
    rig.quantities.i_ma[1] = leak_ma
    rig.run(5000)
    assert rig.breaker.is_failed == is_fault


def test_a_breaker_that_was_knocked_open_is_closed_again():
    rig = Rig()
    rig.run(1000)
    rig.relay.is_closed_now = False
    rig.run(20_000)
    assert rig.relay.is_closed_now
    assert rig.codes() == [events.BREAKER_FAILED, events.BREAKER_RESTORED]


def test_a_fault_shorter_than_two_seconds_is_not_logged():
    rig = Rig()
    rig.run(1000)
    rig.relay.has_contact = False
    rig.run(1900)
    rig.relay.has_contact = True
    rig.run(5000)
    assert rig.logged == []


def test_a_welded_breaker_is_not_pulsed_open_above_the_short_circuit_limit():
    rig = Rig(short_ma=50_000)
    rig.run(1000)
    rig.relay.is_stuck = True
    rig.requests.submit(DISCONNECT)
    rig.run(3000)
    rig.quantities.i_ma[0] = 50_001
    rig.relay.is_stuck = False
    rig.run(3_000_000, step_ms=200)
    assert rig.relay.is_closed_now
