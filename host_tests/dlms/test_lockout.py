"""Failed log-ins cost time, more each time; a power cut does not forgive them."""

import pytest

from meter.views.dlms.lockout import CLIENTS, FIRST_MS, LONGEST_MS, Lockouts

READER = 1


class Kept:
    """Bytes on a store that can be slow to answer, or refuse."""

    def __init__(self):
        self.data = bytearray(120)
        self.is_ready = True
        self.stored = bytes(120)
        self.writes = 0

    def keep(self, kept):
        assert kept is self
        assert self.is_ready
        self.writes += 1
        self.stored = bytes(self.data)
        return True

    def restarted(self):
        """Return what is found after a power cut."""
        again = Kept()
        again.data[:] = again.stored = self.stored
        return again


@pytest.fixture
def kept():
    return Kept()


@pytest.fixture
def lockouts(kept):
    return Lockouts(kept, kept.keep, 0)


def delay_ms(lockouts, client=READER):
    """Let the delay pass; return how long it was."""
    waited = 0
    while not lockouts.is_open(client):
        lockouts.step(1000)
        waited += 1000
    return waited


def test_two_mistakes_cost_nothing(lockouts, kept):
    lockouts.failed(READER)
    lockouts.failed(READER)
    assert lockouts.is_open(READER)
    assert kept.writes == 0


def test_from_the_third_on_the_delay_doubles_up_to_the_longest(lockouts):
    delays = []
    for _ in range(12):
        lockouts.failed(READER)
        delays.append(delay_ms(lockouts))
    growing = [FIRST_MS << k for k in range(7)]
    assert delays == [0, 0, *growing, LONGEST_MS, LONGEST_MS, LONGEST_MS]


def test_a_good_log_in_forgives(lockouts):
    for _ in range(5):
        lockouts.failed(READER)
    lockouts.succeeded(READER)
    assert lockouts.is_open(READER)
    lockouts.failed(READER)
    assert lockouts.is_open(READER)


def test_a_failure_while_the_delay_runs_starts_it_anew(lockouts):
    for _ in range(3):
        lockouts.failed(READER)
    lockouts.step(FIRST_MS - 1)
    lockouts.failed(READER)
    lockouts.step(FIRST_MS)
    assert not lockouts.is_open(READER)


def test_a_thousand_failures_in_a_row_are_counted_no_further_than_the_longest_delay(
    lockouts, kept
):
    for _ in range(1000):
        lockouts.failed(READER)
    assert lockouts.failures(READER) == 10
    assert delay_ms(lockouts) == LONGEST_MS
    assert kept.writes == 8  # from the third to the tenth: more of them wear nothing


def test_other_clients_and_other_ports_are_not_touched(lockouts, kept):
    other_port = Lockouts(kept, kept.keep, 1)
    for _ in range(5):
        lockouts.failed(READER)
    assert [lockouts.is_open(client) for client in range(CLIENTS)] == [True, False, True]
    assert all(other_port.is_open(client) for client in range(CLIENTS))


def test_a_power_cut_starts_the_delay_anew_and_does_not_forgive(lockouts, kept):
    for _ in range(5):
        lockouts.failed(READER)
    assert delay_ms(lockouts) == FIRST_MS << 2
    again = kept.restarted()
    lockouts = Lockouts(again, again.keep, 0)
    assert delay_ms(lockouts) == FIRST_MS << 2
    lockouts.failed(READER)
    assert delay_ms(lockouts) == FIRST_MS << 3


def test_forgiveness_outlives_a_power_cut_too(lockouts, kept):
    for _ in range(5):
        lockouts.failed(READER)
    lockouts.succeeded(READER)
    again = kept.restarted()
    assert Lockouts(again, again.keep, 0).is_open(READER)


def test_the_delay_begins_when_the_store_has_told_the_count(kept):
    kept.data[32 + READER] = 5
    kept.is_ready = False
    lockouts = Lockouts(kept, kept.keep, 0)
    lockouts.step(20)
    kept.is_ready = True
    assert not lockouts.is_open(READER)
