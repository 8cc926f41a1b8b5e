"""Requests that take longer than a step may: the answer is made in several, and the same."""

import pytest

from host_tests.dlms.device import START_S, Rig
from host_tests.dlms.peer import LLC, SNRM, Answer, Client, Echo, ask, drain, frame
from host_tests.dlms.requests_in_hex import Manager, by_entry, get, lists, reader
from host_tests.dlms.test_selection import by_range, time_os
from host_tests.dlms.test_streaming import Counted
from meter.views.dlms.hdlc import LATER, Link

LOG = "0.0.99.98.0.255"
PROFILE = "1.0.99.1.0.255"
CLOCK = get(8, "0.0.1.0.0.255", 2)
DAY = by_range(time_os("2026-10-25T00:00 8000"), time_os("2026-10-26T00:00 8000"))
HOUR = by_range(time_os("2026-10-25T14:00 8000"), time_os("2026-10-25T14:59 8000"))
FIVE = by_range(time_os("2026-10-25T15:00 8000"), time_os("2026-10-25T15:04 8000"))
YEARS = by_range(time_os("2026-01-01T00:00 8000"), time_os("2028-01-01T00:00 8000"))
EVENTS = 230  # of which the log keeps the last 208 to 220


class Deaf(Counted):
    """A store that fails after some readings."""

    def __init__(self, store, after):
        super().__init__(store)
        self._after = after

    def read_into(self, start, buf):
        if self.reads == self._after:
            raise OSError(5)
        super().read_into(start, buf)


@pytest.fixture(scope="module")
def full():
    """A meter with a full log of events, one a minute, and a thousand intervals."""
    rig = Rig()
    rig.settle()
    book = rig.meter.keeper.book
    first = book.next_number(0)
    for k in range(EVENTS):
        book.note(0, START_S + 60 * k, 16, k)
        book.hurry()
        book.pass_time(10_000_000)
        while book.step(8):
            pass
    assert book.stored(0)[1] == first + EVENTS
    rig.fill_profile(1_000)
    for log in (book.log(0), rig.meter.keeper.profile.log):
        log._store = Counted(log._store)
    return rig


def per_step(rig, log, request):
    """Return (answer, readings of the busiest step)."""
    reads, counted = [], log._store

    def noted(step):
        def run(*asked):
            before = counted.reads
            try:
                return step(*asked)
            finally:
                reads.append(counted.reads - before)

        return run

    server = rig.server
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(server, "handle", noted(server.handle))
        return rig.send(request), max(reads)


def details(answer):
    """Return the details of the events in an answer, which fits one."""
    assert answer[:5] == bytes.fromhex("C401C10001")
    rows = answer[6 if answer[5] < 0x80 else 7 :]
    assert len(rows) == 23 * (len(rows) // 23)
    return [int.from_bytes(rows[k + 19 : k + 23], "big") for k in range(0, len(rows), 23)]


def test_a_log_is_searched_two_pages_a_step(full):
    reader(full)
    log = full.meter.keeper.book.log(0)
    answer, reads = per_step(full, log, get(7, LOG, 2, FIVE))
    assert details(answer) == [120, 121, 122, 123, 124]  # 13:00 local is START_S
    assert reads <= 3  # the newest page, and two
    assert full.steps > 6


def test_the_ends_of_a_range_of_the_load_profile_are_found_in_steps_of_their_own(full):
    reader(full)
    log = full.meter.keeper.profile.log
    answer, reads = per_step(full, log, get(7, PROFILE, 2, HOUR))
    assert answer[:6] == bytes.fromhex("C401C1000104")
    assert full.steps == 3
    pages = 1_000 // log.per_page
    assert reads <= pages.bit_length() + 2


def test_the_answer_is_the_same_ciphered_and_in_blocks(full):
    for selection in (DAY, YEARS):
        reader(full)
        plain, number = [full.send(get(7, LOG, 2, selection))], 0
        assert plain[0][1] == 2
        while not plain[-1][3]:
            number += 1
            plain.append(full.send(f"C002C1{number:08X}"))
        manager = Manager(full)
        sealed, number = [manager.send(get(7, LOG, 2, selection))], 0
        assert full.steps > 6
        while not sealed[-1][3]:
            number += 1
            sealed.append(manager.send(f"C002C1{number:08X}"))
        assert joined(sealed) == joined(plain)


def joined(answers):
    found = b""
    for answer in answers:
        found += answer[{0x81: 11, 0x82: 12}.get(answer[9], 10) :]
    return found


@pytest.mark.parametrize("steps", [0, 3, 40])
def test_in_a_list_it_has_its_place(full, steps):
    reader(full)
    narrow = get(7, LOG, 2, FIVE)
    hour = get(7, PROFILE, 2, HOUR)
    wanted = [CLOCK, narrow, CLOCK, hour, narrow]
    expected = b"\x05" + b"".join(full.send(request)[3:] for request in wanted)
    answers, number = [full.send(lists(*wanted))], 0
    while not answers[-1][3]:
        number += 1
        for _ in range(steps):
            full.server.step(30)
        answers.append(full.send(f"C002C1{number:08X}"))
    assert joined(answers) == expected
    reader(full, conformance="000214")
    assert full.send(lists(*wanted)) == bytes.fromhex("C401C1010E")


def test_a_store_that_fails_in_between_is_told_and_the_search_begins_anew(full):
    reader(full)
    narrow = get(7, LOG, 2, FIVE)
    expected = full.send(narrow)
    log = full.meter.keeper.book.log(0)
    counted = log._store
    log._store = Deaf(counted._store, 5)
    log._cached = -1
    try:
        assert full.send(narrow) == bytes.fromhex("C401C10101")
    finally:
        log._store = counted
    assert full.send(narrow) == expected


def test_another_request_ends_a_search(full):
    reader(full)
    request = bytes.fromhex(get(7, LOG, 2, DAY))
    assert full.server.handle(bytearray(request), len(request), full.answer) == LATER
    assert full.send(CLOCK)[:4] == bytes.fromhex("C401C100")
    assert full.send(get(7, LOG, 2, by_entry(1, 1)))[:6] == bytes.fromhex("C401C1000101")


class Slow(Echo):
    """Answers after some steps, with what it was asked."""

    def __init__(self, steps):
        super().__init__()
        self._steps = steps
        self._n = 0

    def handle(self, request, n, answer):
        if n != LATER:
            self._n, self.left = n, self._steps
            return LATER
        self.left -= 1
        if self.left:
            return LATER
        answer[: self._n] = request[: self._n]
        return self._n


NOISE = [b"", SNRM, frame(0x11), frame(0x10, LLC + b"again"), b"\x7e" * 40]


@pytest.mark.parametrize("noise", NOISE)
def test_a_link_waits_for_an_answer_and_drops_what_comes_meanwhile(noise):
    link = Link(Slow(3))
    Client(link).connect()
    request = frame(0x10, LLC + b"slow")
    link.feed(request + noise, len(request + noise))
    for _ in range(3):
        link.step(10)
        assert drain(link, 100) == b""
        link.feed(noise, len(noise))
    link.step(10)
    assert Answer(drain(link, 100)).info == b"\xe6\xe7\x00slow"
    link.step(100)
    assert ask(link, frame(0x53)).control == 0x73


def test_a_line_that_goes_down_meanwhile_ends_the_waiting():
    slow = Slow(3)
    link = Link(slow)
    Client(link).connect()
    request = frame(0x10, LLC + b"slow")
    link.feed(request, len(request))
    link.step(10)
    link.disconnect()
    for _ in range(5):
        link.step(10)
    assert slow.left == 3
    assert drain(link, 100) == b""
    assert ask(link, SNRM).control == 0x73
