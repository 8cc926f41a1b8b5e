"""The optical port through a socket and a pseudo-terminal, with the timing of a 300 baud line."""

import os
import random
import socket
from itertools import pairwise

import pytest
from iec62056_21.messages import IdentificationMessage, ReadoutDataMessage, RequestMessage

from meterctl.ports import Line
from meterctl.ports.pty import PtyEnd

STEP_MS = 20  # of simulated time, as in conftest.py
ANSWER_MS = 15_000
CHARACTER_MS = 1000 * 10 / 300


def ask(bench, client, request=b"/?!\r\n"):
    """Return the answer to `request`, as heard in ANSWER_MS of simulated time."""
    client.sendall(request)
    return b"".join(data for _, data in bench.listen(client, ANSWER_MS))


def is_whole(answer):
    return answer.startswith(b"/KAM ") and b"\x02" in answer and answer[-2:-1] == b"\x03"


def test_a_read_out_is_what_an_independent_library_understands(new_bench):
    bench = new_bench()
    bench.step(2000)  # a window of the sums model lasts a second
    request = RequestMessage(device_address="").to_bytes()
    answer = ask(bench, bench.connect(), request)
    head, end, block = answer.partition(b"\r\n")
    assert IdentificationMessage.from_bytes(head + end).manufacturer == "KAM"
    lines = ReadoutDataMessage.from_bytes(block).data_block.data_lines
    sets = {found.address: found for line in lines for found in line.data_sets}
    assert (sets["0.0.0"].value, sets["0.2.0"].value) == ("00000000", "0.1.0")
    assert (sets["1.8.0"].value, sets["1.8.0"].unit) == ("0000000", "kWh")


def test_reaction_and_gaps_are_those_of_the_standard(new_bench):
    bench = new_bench()
    client = bench.connect()
    bench.step(1000)  # the displays have started, which takes its own time
    client.sendall(b"/?!\r\n")
    heard = bench.listen(client, ANSWER_MS)
    asked_ms = 5 * CHARACTER_MS
    # Both ends are seen with the step's resolution; the first character has to be sent, too.
    reaction_ms = heard[0][0] - asked_ms - CHARACTER_MS
    assert 200 <= reaction_ms <= 1500
    gaps = [b - a for (a, _), (b, _) in pairwise(heard)]
    assert max(gaps) < 100  # two pages of the EEPROM may be written between two characters
    assert all(len(data) <= 2 for _, data in heard)
    length = sum(len(data) for _, data in heard)
    assert heard[-1][0] - heard[0][0] == pytest.approx(
        (length - 1) * CHARACTER_MS, abs=2 * STEP_MS
    )


def test_the_usual_answer_takes_less_than_15_s_at_300_baud(new_bench):
    bench = new_bench()  # with all that there is to read out: four quadrants, eight tariffs
    bench.step(1000)
    client = bench.connect()
    client.sendall(b"/?!\r\n")
    heard = bench.listen(client, 40_000)
    assert is_whole(b"".join(data for _, data in heard))
    assert heard[-1][0] < 12_000


def test_a_second_client_is_turned_away_and_the_first_one_served(new_bench):
    bench = new_bench()
    first, second = bench.connect(), bench.connect()
    assert second.recv(100) == b""
    assert is_whole(ask(bench, first))


def test_a_client_may_leave_in_the_middle_and_the_next_one_is_served(new_bench):
    bench = new_bench()
    first = bench.connect()
    first.sendall(b"/?!\r\n")
    assert bench.listen(first, 3000)
    first.close()
    bench.step(ANSWER_MS)
    assert is_whole(ask(bench, bench.connect()))


def test_a_client_that_leaves_makes_room_at_once(new_bench):
    bench = new_bench()
    bench.connect().close()
    assert is_whole(ask(bench, bench.connect()))


def test_a_client_that_said_its_last_word_hears_the_answer(new_bench):
    bench = new_bench()
    client = bench.connect()
    client.sendall(b"/?!\r\n")
    client.shutdown(socket.SHUT_WR)
    assert is_whole(b"".join(data for _, data in bench.listen(client, ANSWER_MS)))
    assert is_whole(ask(bench, bench.connect()))


def test_what_a_client_that_left_had_still_to_send_is_lost(new_bench):
    bench = new_bench()
    first = bench.connect()
    first.sendall(b"x" * 100_000)
    first.close()
    bench.step(100)
    assert is_whole(ask(bench, bench.connect()))


@pytest.mark.parametrize("seed", range(5))
def test_after_garbage_the_next_right_request_is_answered(new_bench, seed):
    bench = new_bench()
    client = bench.connect()
    garbage = random.Random(seed).randbytes(200)  # the seed is the test's name
    client.sendall(garbage)
    bench.listen(client, int(200 * CHARACTER_MS) + ANSWER_MS)
    before = bench.simulation.exact()["1.8.0"]
    assert is_whole(ask(bench, client))
    assert bench.simulation.exact()["1.8.0"] > before


def test_a_request_with_wrong_parity_is_not_answered(new_bench):
    bench = new_bench()
    assert ask(bench, bench.connect(), b"/?\xa1\r\n") == b""


def test_a_pseudo_terminal_is_read_out_reopened_and_read_out_again(new_bench):
    bench = new_bench()
    end = PtyEnd()
    bench.line = Line(bench.world.optical, [bench.end, end])
    for _ in range(2):
        assert end.place.startswith("/dev/")
        program = os.open(end.place, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
        bench.step()
        assert end.is_used
        os.write(program, b"/?!\r\n")
        bench.step(ANSWER_MS)
        assert is_whole(os.read(program, 4096))
        os.close(program)
        bench.step()
        assert not end.is_used


def test_a_pseudo_terminal_hands_on_every_byte_as_it_is(new_bench):
    bench = new_bench()
    end = PtyEnd()
    bench.line = Line(bench.world.optical, [bench.end, end])
    program = os.open(end.place, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
    every = bytes(range(256))
    end.has_changed()
    end.send(every)
    assert os.read(program, 4096) == every
    os.write(program, every)
    assert end.receive() == every
    os.close(program)


def test_nobody_at_the_pseudo_terminal_means_that_the_answer_is_lost(new_bench):
    bench = new_bench()
    end = PtyEnd()
    bench.line = Line(bench.world.optical, [bench.end, end])
    assert is_whole(ask(bench, bench.connect()))
    program = os.open(end.place, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
    with pytest.raises(BlockingIOError):
        os.read(program, 4096)
    os.close(program)
