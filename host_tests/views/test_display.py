"""What the display shows, and when."""

from itertools import pairwise

import pytest

from host_tests.views.conftest import display_of
from meter.registers import table
from meter.registers.lists import TEST_RESOLUTION
from meter.views import display
from meter.views.button import EXTRA_LONG

STEP_MS = 100


def run(shown, for_ms):
    """Let time pass; return the identifications of the frames, each once in a row."""
    seen = []
    for _ in range(for_ms // STEP_MS):
        if shown.step(STEP_MS) and seen[-1:] != [shown.frame.identification]:
            seen.append(shown.frame.identification)
    return seen


def after_test(readings, systems=3, **settings):
    """Return a display whose segment test is over and whose first value is on."""
    shown = display_of(readings, systems, **settings)
    run(shown, display.SEGMENT_TEST_MS + display.REFRESH_MS)
    assert not shown.frame.is_test
    return shown


def test_it_starts_with_all_segments_on(readings):
    shown = display_of(readings, 3)
    assert shown.step(0)
    assert shown.frame.is_test
    run(shown, display.SEGMENT_TEST_MS - STEP_MS)
    assert shown.frame.is_test
    run(shown, display.REFRESH_MS)
    assert not shown.frame.is_test


def test_the_automatic_list_shows_each_value_for_ten_seconds(readings):
    shown = display_of(readings, 3)
    codes = run(shown, display.SEGMENT_TEST_MS + 12 * display.SCROLL_MS)
    assert " ".join(codes) == (
        "1.8.0 2.8.0 3.8.0 4.8.0 1.7.0 2.7.0 32.7.0 31.7.0 52.7.0 51.7.0 72.7.0 71.7.0 1.8.0"
    )


def test_a_single_phase_meter_scrolls_through_one_phase(readings):
    codes = run(display_of(readings, 1), 100_000)
    assert set(codes) == {"1.8.0", "2.8.0", "3.8.0", "4.8.0", "1.7.0", "2.7.0", "32.7.0", "31.7.0"}


def test_a_frame_says_value_unit_tariff_and_quadrant(readings):
    frame = after_test(readings).frame
    assert (frame.value, frame.unit, frame.text) == ("0036886", "kWh", "A+")
    assert (frame.tariff, frame.quadrant, frame.has_error) == (1, 4, True)


def test_decimals_follow_configuration_code_a(readings):
    assert after_test(readings, energy_decimals=1).frame.value == "036886.8"


def test_an_item_may_ask_for_the_verification_resolution(readings):
    items = (table.ACTIVE_IMPORT + TEST_RESOLUTION,)
    frame = after_test(readings, items=items).frame
    assert (frame.identification, frame.value, frame.unit) == ("1.8.0", "886.8759", "kWh")


def test_a_value_that_changes_is_seen_within_half_a_second(readings):
    shown = after_test(readings)
    readings.of[table.ACTIVE_IMPORT] += 10_000
    run(shown, display.REFRESH_MS)
    assert shown.frame.value == "0036887"


@pytest.mark.parametrize(
    ("active", "reactive", "quadrant"),
    [(5, 3, 1), (5, 0, 1), (0, 0, 1), (-5, 3, 2), (-5, 0, 2), (-5, -3, 3), (5, -3, 4)],
)
def test_the_quadrant_is_that_of_active_and_reactive_power(readings, active, reactive, quadrant):
    readings.of[table.ACTIVE_POWER] = active
    readings.of[table.REACTIVE_POWER_IMPORT] = max(reactive, 0)
    readings.of[table.REACTIVE_POWER_EXPORT] = max(-reactive, 0)
    assert after_test(readings).frame.quadrant == quadrant


def test_without_current_there_is_no_quadrant(readings):
    for phase in (1, 2, 3):
        readings.of[table.CURRENT + phase] = 9
    assert after_test(readings).frame.quadrant == 0


def test_current_in_the_last_phase_alone_has_a_quadrant(readings):
    for phase in (1, 2):
        readings.of[table.CURRENT + phase] = 0
    readings.of[table.CURRENT + 3] = 10
    assert after_test(readings).frame.quadrant == 4


def test_a_phase_is_on_with_current_flashes_without_and_is_off_without_voltage(readings):
    readings.of[table.VOLTAGE + 1] = 160_000
    readings.of[table.CURRENT + 1] = 10
    readings.of[table.CURRENT + 2] = 9
    readings.of[table.VOLTAGE + 3] = 159_999
    readings.of[table.CURRENT + 3] = 9_000
    shown = after_test(readings)
    seen = []
    for _ in range(8):
        run(shown, display.REFRESH_MS)
        seen.append(tuple(shown.frame.phases))
    assert set(seen) == {(1, 1, 0), (1, 0, 0)}
    assert all(a != b for a, b in pairwise(seen))  # 1 Hz


def test_a_push_begins_the_manual_list_at_once_and_holds_its_value_for_two_minutes(readings):
    shown = after_test(readings)
    run(shown, display.SCROLL_MS)
    assert shown.frame.identification == "2.8.0"
    shown.press()
    assert shown.step(0)
    assert shown.frame.identification == "1.8.0"
    shown.press()
    assert run(shown, display.RETURN_MS - STEP_MS) == ["2.8.0"]
    assert run(shown, 2 * STEP_MS) == ["1.8.0"]
    assert run(shown, display.SCROLL_MS + STEP_MS) == ["1.8.0", "2.8.0"]


def test_each_push_starts_the_two_minutes_anew(readings):
    shown = after_test(readings)
    for _ in range(4):
        shown.press()
        run(shown, display.RETURN_MS - STEP_MS)
    assert shown.frame.identification == "4.8.0"


def test_pushing_through_the_manual_list_comes_round(readings):
    shown = after_test(readings, items=(table.FREQUENCY,), manual=(table.ERRORS, table.TARIFF))
    seen = []
    for _ in range(3):
        shown.press()
        shown.step(0)
        seen.append(shown.frame.identification)
    assert seen == ["F.F", "96.14.0", "F.F"]


def test_without_mains_a_push_shows_the_battery_list_and_nothing_else_does(readings):
    battery = (table.ACTIVE_IMPORT, table.DATE)
    shown = after_test(readings, items=(table.FREQUENCY,), battery=battery)
    shown.has_mains = False
    shown.step(STEP_MS)
    frame = shown.frame
    assert (frame.value, frame.identification, frame.unit, bytes(frame.phases)) == (
        "",
        "",
        "",
        bytes(3),
    )
    for expected in ("1.8.0", "0.9.2", "1.8.0"):
        shown.press()
        shown.step(0)
        assert shown.frame.identification == expected
    assert run(shown, display.RETURN_MS + STEP_MS)[-1] == ""
    shown.has_mains = True
    assert run(shown, STEP_MS) == ["14.7.0"]


def test_an_extra_long_push_shows_3_4_kwh_and_the_led_follows_the_energy_of_choice(readings):
    shown = after_test(readings)
    seen = []
    shown.press(EXTRA_LONG)
    for _ in range(5):
        shown.step(0)
        seen.append((shown.frame.identification, shown.frame.value))
        shown.press()
    assert [code for code, _ in seen] == ["1.8.0", "2.8.0", "3.8.0", "4.8.0", "1.8.0"]
    assert seen[0][1] == "886.8759"
    assert readings.test_modes == [1, 2, 3, 4, 1, 2]
    shown.press(EXTRA_LONG)
    assert readings.test_modes[-1] == 0
    assert run(shown, STEP_MS) == ["1.8.0"]
    assert shown.frame.value == "0036886"


def test_when_the_test_mode_ends_by_itself_the_lists_come_back(readings):
    shown = after_test(readings, items=(table.FREQUENCY,))
    shown.press(EXTRA_LONG)
    run(shown, display.RETURN_MS + STEP_MS)
    assert shown.frame.identification == "1.8.0"  # still, long after the last push
    readings.of[table.STATUS] = 0
    assert run(shown, display.REFRESH_MS)[-1] == "14.7.0"


def test_between_refreshes_nothing_is_redrawn(readings):
    shown = after_test(readings)
    run(shown, display.REFRESH_MS)
    assert [shown.step(STEP_MS) for _ in range(5)].count(True) == 1
