"""The mode A read-out, byte by byte."""

import random
import re
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from iec62056_21.messages import IdentificationMessage, ReadoutDataMessage, RequestMessage

from host_tests.views.conftest import Chosen, with_bcc
from meter.registers import table
from meter.registers.lists import READ_OUT, Lists
from meter.views import mode_a
from meter.views.mode_a import ModeA

ACKNOWLEDGE = b"\x06060\r\n"  # what a mode C client sends after an identification


def test_a_request_is_answered_with_identification_and_data_block(new_line, read_out):
    assert new_line().ask() == read_out


def test_the_check_character_is_the_exclusive_or_after_stx(new_line):
    answer = new_line(systems=1).ask()
    block = answer[answer.index(b"\x02") :]
    check = 0
    for byte in block[1:-1]:
        check ^= byte
    assert block[-1] == check
    assert block[-2:-1] == b"\x03"


@pytest.mark.parametrize("chunk", [1, 2, 7, 256, 1024])
def test_the_answer_does_not_depend_on_the_size_of_the_buffer(new_line, read_out, chunk):
    line = new_line(chunk=chunk)
    line.send(b"/?!\r\n")
    assert line.listen(10_000) == read_out
    assert line.ask() != b""


def test_a_single_phase_meter_reads_out_one_phase(new_line):
    answer = new_line(systems=1).ask()
    assert b"32.7.0(230.1*V)" in answer
    assert b"52.7.0" not in answer


def test_energies_follow_the_decimals_of_the_display(new_line):
    assert b"\n1.8.0(036886.8*kWh)\r\n" in new_line(energy_decimals=1).ask()


def test_manufacturer_and_type_are_settings(new_line):
    answer = new_line(manufacturer="AZZ", type_code="X").ask()
    assert answer.startswith(b"/AZZ X\r\n\x02")


@pytest.mark.parametrize("code", ["KA", "KAMS", "KAm", "K1M", ""])
def test_a_manufacturer_code_is_three_capital_letters(new_line, code):
    with pytest.raises(ValueError, match=r"accepted: AAA\.\.ZZZ"):
        new_line(manufacturer=code)


@pytest.mark.parametrize("code", ["", "x" * 17, "a/b", "a!b", "a\r", "\u00b5"])
def test_a_type_code_that_would_break_the_line_is_refused(new_line, code):
    with pytest.raises(ValueError, match=r"accepted: 1\.\.16 printable"):
        new_line(type_code=code)


def test_all_values_of_a_read_out_are_of_one_moment(new_line, readings, read_out):
    line = new_line(chunk=1)
    line.send(b"/?!\r\n")
    heard = line.listen(1_000)
    readings.of[table.FREQUENCY] = 60_000
    readings.of[table.REACTIVE_QI] += 10**9
    assert heard + line.listen(10_000) == read_out


USUAL = (
    b"/KAM 68438BC450000\r\n"
    b"\x02"
    b"0.0.0(14410000)\r\n"
    b"1.8.0(0036886*kWh)\r\n"
    b"2.8.0(0000012*kWh)\r\n"
    b"3.8.0(0004711*kvarh)\r\n"
    b"4.8.0(0000000*kvarh)\r\n"
    b"96.8.0(0119899*h)\r\n"
    b"F.F(00000101)\r\n"
    b"0.2.0(1.2.3)\r\n"
    b"1.8.1(0030000*kWh)\r\n"
    b"1.8.2(0006886*kWh)\r\n"
    b"1.6.0(12.346*kW)(2611241130)\r\n"
    b"82.8.0(0000123*m3)\r\n"
    b"0.2.8(0BADCAFE)\r\n"
    b"!\r\n"
    b"\x03"
)


class TestLines:
    """Which lines there are is the read-out list's business."""

    def test_the_usual_lines_are_few(self, new_line, readings):
        readings.systems = 3
        assert new_line(lists=Lists(readings)).ask() == with_bcc(USUAL)

    def test_a_list_is_followed_in_its_order_and_with_the_next_request(self, new_line, readings):
        lists = Chosen(read_out=[table.FREQUENCY, table.ERRORS])
        line = new_line(lists=lists)
        assert line.ask() == with_bcc(
            b"/KAM 68438BC450000\r\n\x0214.7.0(50.01*Hz)\r\nF.F(00000101)\r\n!\r\n\x03"
        )
        lists.items[READ_OUT] = [table.MAX_DEMAND]
        assert line.ask() == with_bcc(
            b"/KAM 68438BC450000\r\n\x021.6.0(12.346*kW)(2611241130)\r\n!\r\n\x03"
        )

    def test_a_repeated_block_has_the_lines_it_had(self, new_line, readings):
        lists = Chosen(read_out=[table.ERRORS])
        line = new_line(lists=lists)
        answer = line.ask()
        lists.items[READ_OUT] = [table.FREQUENCY]
        assert line.ask(b"\x15") == answer[answer.index(b"\x02") :]


class TestAddress:
    @pytest.mark.parametrize("address", [b"14410000", b"014410000", b"0" * 24 + b"14410000"])
    def test_the_own_address_is_answered_whatever_its_leading_zeros(self, new_line, address):
        assert new_line().ask(b"/?" + address + b"!\r\n") != b""

    @pytest.mark.parametrize(
        "address", [b"1441000", b"144100000", b"24410000", b"14410001", b"0", b"00000000", b" "]
    )
    def test_another_address_is_not(self, new_line, address):
        assert new_line().ask(b"/?" + address + b"!\r\n") == b""

    def test_leading_zeros_of_the_meter_do_not_count_either(self, new_line):
        line = new_line(address="00001234")
        assert line.ask(b"/?1234!\r\n") != b""
        assert line.ask(b"/?001234!\r\n") != b""

    def test_an_address_may_hold_letters_and_spaces(self, new_line):
        line = new_line(address="00A b~")
        assert line.ask(b"/?A b~!\r\n") != b""
        assert line.ask(b"/?a b~!\r\n") == b""

    def test_an_address_of_zeros_is_nobody_but_the_meter_zero(self, new_line):
        assert new_line(address="00000000").ask(b"/?000!\r\n") != b""

    def test_an_address_longer_than_32_characters_is_ignored(self, new_line):
        line = new_line()
        assert line.ask(b"/?" + b"0" * 25 + b"14410000!\r\n") == b""
        assert line.ask(b"/?" + b"x" * 5000 + b"!\r\n") == b""
        assert line.ask() != b""


class TestTime:
    def test_the_answer_begins_200_to_1500_ms_after_the_request(self, new_line):
        line = new_line()
        line.send(b"/?!\r\n")
        assert line.listen(200) == b""
        assert line.listen(200) != b""

    def test_one_line_at_the_most_is_made_in_a_step_and_nothing_is_left_out(
        self, readings, read_out
    ):
        lists = Chosen(read_out=readings.keys(table.MODEA))
        view = ModeA(readings, lists, "14410000", "KAM", "68438BC450000")
        view.feed(b"/?!\r\n", 5)
        view.step(0)
        view.step(mode_a.REACTION_MS)
        buf = bytearray(2048)
        heard = b""
        while n := view.take_output(buf):
            assert buf[:n].count(b"\n") <= 1
            heard += buf[:n]
            assert view.take_output(buf) == 0
            view.step(1)
        assert heard == read_out

    def test_1400_ms_between_characters_is_a_request(self, new_line):
        line = new_line()
        line.send(b"/?!\r", gap_ms=1_400)
        assert line.ask(b"\n") != b""

    def test_a_request_byte_by_byte_over_a_minute_is_none(self, new_line):
        line = new_line()
        line.send(b"/?14410000!\r\n", gap_ms=60_000 // 13)
        assert line.listen() == b""
        assert line.ask() != b""

    def test_a_late_step_does_not_count_as_silence_before_it(self, new_line):
        line = new_line()
        line.view.feed(b"/?!", 3)
        line.view.step(5_000)  # the loop was busy, the bytes came while it was
        assert line.ask(b"\r\n") != b""

    def test_a_late_step_does_not_shorten_the_reaction(self, new_line):
        line = new_line()
        line.view.feed(b"/?!\r\n", 5)
        line.view.step(5_000)
        assert line.listen(240) == b""

    def test_the_view_is_busy_from_request_to_answer(self, new_line):
        line = new_line()
        assert not line.view.is_busy
        line.send(b"/?!\r\n")
        assert line.view.is_busy
        line.listen()
        assert not line.view.is_busy


class TestBadInput:
    @pytest.mark.parametrize(
        "request_",
        [
            b"/?!\n",
            b"/?!\r",
            b"/?\r\n",
            b"/!\r\n",
            b"?!\r\n",
            b"//\r\n",
            b"/?!\r\r\n",
            b"/?! \r\n",
            b"/??!\r\n",
            b"/?\x00!\r\n",
            b"/?\x7f!\r\n",
            b"~\xa0\x07\x03\x21\x93\x0f\x01~",
            b"\x80\x3f\x10\x01\x00\x01\x65\xc1\x0d",
            ACKNOWLEDGE,
        ],
    )
    def test_what_is_no_request_is_not_answered_and_does_no_harm(self, new_line, request_):
        line = new_line()
        line.send(request_)
        assert line.listen() == b""
        assert line.ask() != b""

    @pytest.mark.parametrize("at", range(5))
    def test_one_character_with_a_wrong_parity_spoils_the_request(self, new_line, at):
        request = bytearray(b"/?!\r\n")
        request[at] |= 0x80
        line = new_line()
        assert line.ask(bytes(request)) == b""
        assert line.ask() != b""

    def test_nuls_of_a_wake_up_and_noise_before_the_request_are_skipped(self, new_line):
        assert new_line().ask(b"\x00" * 66 + b"\xff\xaf!?/x/?!\r\n") != b""

    def test_a_request_cut_off_by_another_one_is_forgotten(self, new_line):
        assert new_line().ask(b"/?999/?14410000!\r\n") != b""

    def test_bytes_while_answering_are_ignored(self, new_line, read_out):
        line = new_line(chunk=1)
        line.send(b"/?!\r\n")
        heard = line.listen(500)
        assert heard
        line.send(ACKNOWLEDGE + b"/?!\r\n\x15/?999!\r\n")
        assert heard + line.listen(10_000) == read_out

    def test_bytes_during_the_reaction_time_are_ignored(self, new_line, read_out):
        line = new_line()
        line.send(b"/?!\r\n")
        line.listen(100)
        line.send(b"/?999!\r\n\x00")
        assert line.listen() == read_out

    def test_its_own_echo_is_ignored(self, new_line, read_out):
        line = new_line()
        assert line.ask() == read_out
        line.send(read_out)
        assert line.listen() == b""

    @settings(
        max_examples=200,
        deadline=None,
        suppress_health_check=[HealthCheck.function_scoped_fixture],  # each example makes its line
    )
    @given(
        noise=st.binary(max_size=80)
        | st.lists(st.sampled_from(b"/?!\r\n\x15\x0601A\x80"), max_size=40).map(bytes)
    )
    def test_any_bytes_and_then_a_right_request_is_answered(self, new_line, read_out, noise):
        line = new_line(chunk=64)
        line.send(noise)
        line.listen(5_000)  # whatever the noise asked for has been answered
        assert line.ask() == read_out

    def test_a_day_of_line_noise_never_wakes_it_into_a_wrong_answer(self, new_line, read_out):
        seed = 62056
        noise = random.Random(seed)
        line = new_line(chunk=64)
        for _ in range(400):
            heard = line.ask(noise.randbytes(noise.randrange(1, 40)))
            assert heard in (b"", read_out), seed


class TestRepeat:
    def test_a_nak_has_the_data_block_sent_again(self, new_line, read_out):
        line = new_line()
        line.ask()
        again = line.ask(b"\x15")
        assert again == read_out[read_out.index(b"\x02") :]
        assert line.ask(b"\x15") == again

    def test_a_nak_repeats_what_was_sent_and_not_what_is_now(self, new_line, readings, read_out):
        line = new_line()
        line.ask()
        readings.of[table.ACTIVE_IMPORT] += 10**6
        assert line.ask(b"\x15") == read_out[read_out.index(b"\x02") :]

    def test_a_nak_out_of_the_blue_is_noise(self, new_line):
        line = new_line()
        assert line.ask(b"\x15") == b""
        line.ask()
        line.listen(mode_a.REPEAT_MS)
        assert line.ask(b"\x15") == b""

    def test_a_nak_after_anything_else_is_noise(self, new_line):
        line = new_line()
        line.ask()
        line.send(b"x")
        assert line.ask(b"\x15") == b""


class TestIndependentClient:
    """The message classes of PyPI iec62056-21 on our bytes and the other way round."""

    def test_its_requests_are_answered(self, new_line):
        line = new_line()
        assert line.ask(RequestMessage().to_bytes()) != b""
        assert line.ask(RequestMessage(device_address="14410000").to_bytes()) != b""
        assert line.ask(RequestMessage(device_address="999").to_bytes()) == b""

    def test_it_reads_the_identification(self, new_line):
        first, _, _ = new_line().ask().partition(b"\x02")
        message = IdentificationMessage.from_bytes(first)
        assert message.manufacturer == "KAM"
        assert message.switchover_baudrate_char == " "

    def test_it_reads_every_value(self, new_line, readings):
        answer = new_line().ask()
        block = ReadoutDataMessage.from_bytes(answer[answer.index(b"\x02") :]).data_block
        sets = {s.address: (s.value, s.unit) for line in block.data_lines for s in line.data_sets}
        assert sets["0.0.0"] == ("14410000", None)
        assert sets["1.8.0"] == ("0036886", "kWh")
        assert sets["4.7.0"] == ("0.250", "kvar")
        assert sets["96.8.0"] == ("0119899", "h")
        assert len([code for code in sets if code]) == len(readings.keys(table.MODEA))


def test_the_documented_session_is_the_real_one(new_line, readings):
    document = (Path(__file__).parents[2] / "docs" / "protocols.md").read_text(encoding="utf-8")
    session = document.split("### A session")[1].split("### The lines")[0]
    rows = re.findall(r"^    ((?:[0-9A-F]{2} ?)+)", session, re.MULTILINE)
    sent = b"".join(bytes.fromhex(row) for row in rows)
    requests = b"/?!\r\n/?14410000!\r\n"
    readings.systems = 1
    assert sent == requests + new_line(systems=1, lists=Lists(readings)).ask()
