"""Three converters, checked frame by frame: what is bad is bridged, who fails is alone in it."""

import binascii
from array import array

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from host_tests.boards.conftest import code_of
from meter.metrology import faults

STATUS = 0x8103 << 8


def crc(*words):
    return binascii.crc_hqx(b"".join(word.to_bytes(3, "big") for word in words), 0xFFFF)


def frame(status, u, i):
    words = [status << 8, u & 0xFFFFFF, i & 0xFFFFFF]
    return [*words, crc(*words) << 8]


def count(core, words, n):
    frames = array("I", words)
    block = array("I", (core.address_of(frames), n, STATUS, crc(STATUS) << 8))
    return core.call("count_good", block)


@settings(deadline=None, max_examples=40)
@given(
    st.lists(
        st.tuples(st.integers(0, 2**24 - 1), st.integers(0, 2**24 - 1)), min_size=1, max_size=8
    ),
    st.integers(0, 23),
    st.data(),
)
def test_the_machine_code_counts_the_good_frames_up_to_the_first_bad_one(
    frame_check, codes, bit, data
):
    _, core = frame_check
    core.forget_arrays()
    words = [word for u, i in codes for word in frame(0x8103, u, i)]
    assert count(core, words, len(codes)) == len(codes)
    at = data.draw(st.integers(0, len(words) - 1))
    words[at] ^= 1 << bit
    assert count(core, words, len(codes)) == at // 4


@settings(deadline=None, max_examples=200)
@given(st.integers(0, 2**24 - 1))
def test_the_machine_code_knows_the_crc_of_a_word(frame_check, word):
    _, core = frame_check
    assert core.call("crc", word) == crc(word) << 8


@pytest.mark.parametrize(
    ("status", "is_good"),
    [
        (0x8103, True),
        (0xC103, True),  # was synchronised
        (0x9103, True),  # refused a command of ours
        (0x8503, False),  # was reset
        (0x0103, False),  # not locked
        (0x8101, False),  # channel 1 not fresh
        (0x8143, False),  # isolated side down
        (0xA103, False),  # register map changed
    ],
)
def test_a_frame_is_good_by_its_status(bench, status, is_good):
    bench = bench()
    bench.run(80)
    bench.port.advance(1)
    bench.port.buffers[1][4 * 80 : 4 * 81] = array("I", frame(status, 5 << 8, -7 << 4))
    assert bench.sampler.poll(256) == 1
    assert (bench.newest(1) == (5, -7)) == is_good
    assert bench.sampler.bad_frames == [0, int(not is_good), 0]


def test_a_frame_costs_48_cycles_to_check(frame_check):
    _, core = frame_check
    cycles = []
    for n in (1, 101):
        core.forget_arrays()
        core.cycles.clear()
        count(core, frame(0x8103, 5, -7) * n, n)
        cycles.append(core.cycles["count_good"])
    assert (cycles[1] - cycles[0]) / 100 <= 48


def test_blank_leaves_the_other_words(frame_check):
    _, core = frame_check
    core.forget_arrays()
    frames = array("I", range(1, 17))
    core.call("blank", core.address_of(frames) + 16, 2)
    assert frames.tolist() == [1, 2, 3, 4, 5, 0, 0, 8, 9, 0, 0, 12, 13, 14, 15, 16]


@pytest.mark.parametrize("rate", [4000, 8000])
def test_every_sample_of_all_chips_arrives_in_order_and_in_step(bench, rate):
    bench = bench(rate=rate)
    assert bench.run(600) == 596  # the filter settles over the first four
    newest = bench.newest(0)[0] - 256
    for age in range(200):
        for system in range(3):
            n = newest - age
            u, i = code_of(system, n)
            assert bench.newest(system, age) == (u >> 8, i >> 4)
    assert bench.sampler.bad_frames == [0, 0, 0]
    assert bench.faults == []
    assert [chip.missed for chip in bench.chips] == [bench.chips[0].missed] * 3


def test_a_bad_frame_takes_the_values_of_the_one_before(bench):
    bench = bench()
    bench.run(80)
    before = bench.newest(1)
    bench.chips[1].corrupt = 1
    bench.run(1)
    assert bench.newest(1) == before
    assert bench.newest(0) != bench.newest(0, age=1)
    bench.run(1)
    assert bench.newest(1)[0] == before[0] + 2
    assert bench.sampler.bad_frames == [0, 1, 0]


def test_the_first_bad_frame_for_a_while_is_told(bench):
    bench = bench()
    bench.sampler._interval = 120
    bench.run(200)
    for _ in range(3):
        bench.chips[2].corrupt = 1
        bench.run(40)
    assert bench.faults == [faults.BRIDGED - 3]
    assert bench.sampler.bad_frames == [0, 0, 3]


@pytest.mark.parametrize("rate", [4000, 8000])
@pytest.mark.parametrize("lost", range(3))
def test_an_unplugged_chip_counts_as_zero_while_the_others_measure_on(bench, lost, rate):
    bench = bench(rate=rate)
    bench.run(400)
    bench.chips[lost].unplug()
    missed = [chip.missed for chip in bench.chips]
    bench.run(400)
    assert bench.faults[-1] == faults.LOST - 1 - lost
    assert bench.newest(lost) == (0, 0)
    others = [k for k in range(3) if k != lost]
    first, second = (bench.newest(k)[0] - (k + 1) * 256 for k in others)
    assert first == second
    assert bench.sampler.bad_frames[lost] == 9
    assert bench.port.reference != lost
    assert all(bench.chips[k].missed - missed[k] <= 1 for k in others)
    assert all(bench.sampler.bad_frames[k] == 0 for k in others)


@pytest.mark.parametrize("lost", range(3))
def test_a_chip_that_resets_itself_is_set_up_again_and_measures(bench, lost):
    bench = bench()
    bench.sampler._interval = 120
    bench.run(80)
    bench.chips[lost].brown_out()
    bench.run(40)
    assert bench.newest(lost) == (0, 0)
    bench.run(600)
    assert bench.faults == [faults.LOST - 1 - lost, faults.BACK - 1 - lost]
    n = bench.newest(lost)[0] - (lost + 1) * 256
    assert bench.newest(lost) == tuple(
        code >> shift for code, shift in zip(code_of(lost, n), (8, 4), strict=True)
    )
    others = [k for k in range(3) if k != lost]
    assert all(bench.sampler.bad_frames[k] <= 1 for k in others)


def test_a_chip_that_is_plugged_in_again_measures(bench):
    bench = bench()
    bench.sampler._interval = 120
    bench.run(80)
    bench.chips[0].unplug()
    bench.run(300)
    bench.chips[0].plug()
    bench.run(600)
    assert bench.faults == [faults.LOST - 1, faults.BACK - 1]
    assert bench.newest(0)[0] > 256


def test_the_meter_starts_with_a_chip_missing(bench):
    bench = bench(missing=(0,))
    bench.run(400)
    assert bench.newest(0) == (0, 0)
    assert bench.newest(1)[0] - 512 == bench.newest(2)[0] - 768 > 0
    assert bench.port.reference == 1


def test_registers_are_read_back_in_turn(bench):
    bench = bench()
    bench.sampler._interval = 120
    bench.run(8 * 120 + 80)
    setup = bench.sampler._setup
    asked = [words[0] >> 8 for words in bench.port.sent]
    assert asked == [0xA000 | address << 7 for address, _ in setup.registers] + asked[:1]
    assert bench.faults == []
    assert sum(bench.sampler.bad_frames) == 0


def test_a_register_that_changed_is_written_again(bench):
    bench = bench()
    bench.run(40)
    bench.sampler._interval = 120
    bench.chips[1].registers[0x04] = 0
    bench.run(8 * 120)
    assert bench.faults == [faults.LOST - 2, faults.BACK - 2]
    assert bench.chips[1].registers[0x04] == 0x50


def test_a_poll_that_comes_too_late_is_a_loss(bench):
    bench = bench()
    bench.run(80)
    bench.port.advance(120)
    assert bench.sampler.poll(256) == 0
    assert bench.sampler.gap
    assert bench.sampler.overruns == 1
    assert bench.run(40) == 40
    assert not bench.sampler.gap


def test_words_out_of_step_are_a_loss_and_a_new_start(bench):
    bench = bench()
    bench.run(80)
    bench.port.stalled = True
    assert bench.sampler.poll(256) == 0
    assert bench.sampler.gap
    assert bench.run(80) == 76
    assert bench.newest(0)[0] - 256 == bench.newest(2)[0] - 768


@pytest.mark.parametrize("rate", [4000, 8000])
def test_a_data_ready_line_stuck_high_cuts_once_and_another_is_followed(bench, rate):
    bench = bench(rate=rate)
    bench.run(200)
    bench.chips[0].stuck_drdy = 1
    bench.run(80)
    missed = [chip.missed for chip in bench.chips]
    before = bench.newest(1)[0]
    assert bench.run(400) == 400
    assert bench.faults == [faults.UNREADY - 1]
    assert bench.sampler.overruns == 1
    assert bench.port.reference == 1
    assert [chip.missed for chip in bench.chips] == missed
    assert [bench.newest(k)[0] - (k + 1) * 256 for k in range(3)] == [before - 512 + 400] * 3


@pytest.mark.parametrize("rate", [4000, 8000])
def test_a_data_ready_line_stuck_low_cuts_once_and_another_is_followed(bench, rate):
    bench = bench(rate=rate)
    bench.run(200)
    bench.chips[0].stuck_drdy = 0
    bench.run(rate // 4 + 80)
    assert bench.sampler.overruns == 1
    bad = list(bench.sampler.bad_frames)
    before = bench.newest(1)[0]
    assert bench.run(400) == 400
    assert faults.UNREADY - 1 in bench.faults
    assert bench.port.reference == 1
    assert bench.sampler.bad_frames == bad
    assert [bench.newest(k)[0] - (k + 1) * 256 for k in range(3)] == [before - 512 + 400] * 3


def test_a_data_ready_line_that_nobody_follows_may_be_stuck(bench):
    bench = bench()
    bench.run(80)
    bench.chips[1].stuck_drdy = 1
    bench.chips[2].stuck_drdy = 0
    assert bench.run(1200) == 1201  # and the one with which a command went out
    assert bench.faults == []
    assert bench.sampler.overruns == 0


def test_without_another_chip_a_stuck_line_is_told_once_and_followed_on(bench):
    bench = bench(missing=(1, 2))
    bench.run(80)
    bench.chips[0].stuck_drdy = 1
    bench.run(800)
    assert bench.faults == [faults.UNREADY - 1]
    assert bench.sampler.overruns == 1
    assert bench.port.reference == 0
