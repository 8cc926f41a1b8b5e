"""The display of a whole meter: lists, history by the button, test mode, without a screen."""

import pytest

from host_tests.functions.rig import WINTER, Rig, codes
from meter import requests
from meter.errors import ConfigError
from meter.registers import lists as display_lists
from meter.registers import table
from meter.registers.lists import (
    AUTOMATIC,
    BATTERY,
    MANUAL,
    MOST,
    READ_OUT,
    TEST_RESOLUTION,
)
from meter.views.button import EXTRA_LONG, LONG, SHORT


@pytest.fixture
def rig():
    return Rig(codes(config2="000-25-01-1"), WINTER - 2 * 3_600, has_views=True)


def shown(rig, *pushes):
    """Push the button, then return (identification, value, unit) of the glass."""
    display = rig.meter.display
    rig.meter.requests.is_open = True
    for kind in pushes:
        display.press(kind)
        display.step(0)
    rig.meter.requests.is_open = False
    return display.frame.identification, display.frame.value, display.frame.unit


def with_history(rig):
    """Let two hours pass at 1 kW and two at 2 kW, close the period, and let it be stored."""
    rig.run(60)
    rig.run(2 * 3_600, 1_000, step_s=60)
    rig.run(2 * 3_600, 2_000, step_s=60)
    rig.request(requests.CLOSE_BILLING)
    rig.settle()


def test_the_usual_lists_keep_to_the_data_sheet(rig):
    for which, most in enumerate(MOST):
        items = rig.meter.lists.items[which]
        assert 1 <= len(items) <= most
        assert len(set(items)) == len(items)
    legal = {table.ACTIVE_IMPORT, table.ACTIVE_EXPORT, table.REACTIVE_IMPORT, table.CHECKSUM}
    assert legal <= set(rig.meter.lists.items[MANUAL])


def test_every_item_of_the_manual_list_is_shown_by_pushing(rig):
    items = rig.meter.lists.items[MANUAL]
    codes_ = [shown(rig, SHORT)[0] for _ in items]
    expected = ["0.0.0" if k == table.SERIAL_NUMBER else None for k in items]
    assert len(codes_) == len(items) >= 25
    assert codes_[expected.index("0.0.0")] == "0.0.0"
    assert shown(rig, SHORT)[0] == codes_[0]


def test_a_long_push_opens_the_history_and_an_extra_long_one_leads_back(rig):
    with_history(rig)
    assert shown(rig, LONG) == ("98.1.0", "0000001", "")
    assert shown(rig, SHORT)[0] == "99.1.0"
    assert shown(rig, SHORT)[0] == "98.1.0"
    assert shown(rig, LONG) == ("0.1.2", "26.11.24", "")
    seen = {}
    for _ in range(40):
        code, value, unit = shown(rig, SHORT)
        seen[code, unit] = value
    assert seen["1.8.0", "kWh"] == "0000006"
    assert seen["1.8.1", "kWh"] == "0000006"
    assert seen["1.6.0", "kW"] == "2.000"
    assert seen["0.1.0", ""] == "0000001"
    assert shown(rig, LONG)[1] == "END"
    assert shown(rig, EXTRA_LONG)[0] == "98.1.0"
    assert shown(rig, EXTRA_LONG)[0] != "98.1.0"


def test_the_load_profile_is_browsed_from_a_day_on_entry_by_entry(rig):
    with_history(rig)
    assert shown(rig, LONG, SHORT)[0] == "99.1.0"
    assert shown(rig, LONG)[1] == "26.11"
    assert shown(rig, LONG)[1] == "26.11.24"
    assert shown(rig, SHORT)[1] == "26.11.23"
    assert shown(rig, LONG) == ("0.9.2", "26.11.23", "")
    assert shown(rig, SHORT) == ("0.9.1", "22.00.00", "")
    assert shown(rig, SHORT) == ("1.8.0", "000.0000", "kWh")
    assert shown(rig, SHORT, SHORT, SHORT) == ("4.8.0", "000.0000", "kvarh")
    assert shown(rig, SHORT, SHORT) == ("0.9.1", "22.15.00", "")
    assert shown(rig, SHORT) == ("1.8.0", "000.2333", "kWh")
    assert shown(rig, LONG) == ("0.9.2", "26.11.24", "")
    assert shown(rig, SHORT) == ("0.9.1", "00.15.00", "")
    assert shown(rig, SHORT) == ("1.8.0", "000.4833", "kWh")
    assert shown(rig, LONG)[1] == "END"


def test_without_history_the_display_says_so(rig):
    assert shown(rig, LONG, LONG)[1] == "NO REG"
    assert shown(rig, EXTRA_LONG, SHORT, LONG)[1] in ("NO REG", "26.11")


def test_a_store_that_does_not_answer_while_it_is_browsed_shows_an_error(rig):
    with_history(rig)
    shown(rig, LONG)
    rig.store.deaf = True
    assert shown(rig, LONG)[1] == "ERROR"
    rig.store.deaf = False
    assert shown(rig, LONG)[1] == "26.11.24"


def test_two_minutes_after_the_last_push_the_automatic_list_is_back(rig):
    with_history(rig)
    shown(rig, LONG, LONG)
    rig.run(121)
    assert rig.meter.display._browser is None
    assert rig.meter.display._list == AUTOMATIC


def test_the_test_mode_lets_the_led_follow_and_ends_after_16_hours(rig):
    rig.run(60, 1_000, 500)
    assert shown(rig, EXTRA_LONG) == ("1.8.0", "000.0166", "kWh")
    assert rig.meter.values.value(table.STATUS) & 128
    assert shown(rig, SHORT, SHORT) == ("3.8.0", "000.0083", "kvarh")
    before = rig.meter.pulses.count
    rig.run(3_600, 0, 10_000)
    assert rig.meter.pulses.count - before == pytest.approx(10_000, abs=2)
    rig.run(15 * 3_600 - 60, step_s=60)
    assert rig.meter.values.value(table.STATUS) & 128
    rig.run(120, step_s=60)
    assert not rig.meter.values.value(table.STATUS) & 128
    before = rig.meter.pulses.count
    rig.run(3_600, 3_000, 0)
    assert rig.meter.pulses.count - before == pytest.approx(3_000, abs=2)


def test_without_mains_the_battery_list_is_there_at_a_push_and_nothing_is_measured(rig):
    rig.run(60, 60_000)
    energy = rig.import_cwh()
    rig.supply.is_low = True
    rig.run(2, 60_000)
    assert rig.meter.display.frame.value == ""
    items = rig.meter.lists.items[BATTERY]
    seen = [shown(rig, SHORT) for _ in items]
    assert seen[0] == ("1.8.0", "0000001", "kWh")
    assert len({code for code, _, _ in seen}) == len(items)
    writes = sum(rig.store.page_writes)
    rig.run(300, 60_000)
    assert rig.meter.display.frame.value == ""
    assert sum(rig.store.page_writes) == writes
    rig.supply.is_low = False
    rig.run(2)
    assert rig.import_cwh() - energy <= 2 * 1_667
    assert rig.meter.display.frame.value != ""


def test_a_start_ends_the_test_mode(rig):
    shown(rig, EXTRA_LONG)
    rig.cut()
    assert not rig.meter.values.value(table.STATUS) & 128


def test_a_wrong_energy_for_the_test_mode_is_refused(rig):
    with pytest.raises(ConfigError, match="test mode: 5 refused"):
        rig.request(requests.SHOW_TEST, 5)


def packed(rig, automatic=None, manual=None, battery=None, read_out=None):
    chosen = display_lists.Lists(rig.meter.values)
    usual = chosen.items
    given = automatic, manual, battery, read_out
    chosen.items = [new or old for new, old in zip(given, usual, strict=True)]
    return chosen.pack()


def test_new_lists_are_in_force_at_once_and_after_a_cut(rig):
    test_item = table.ACTIVE_IMPORT + TEST_RESOLUTION
    lines = [table.ACTIVE_IMPORT, table.VOLTAGE + 1]
    new = packed(rig, [table.FREQUENCY, test_item], battery=[table.DATE], read_out=lines)
    assert rig.request(requests.WRITE_DISPLAY_LISTS, new) == 0
    rig.run(12)
    assert rig.meter.display.frame.identification in ("14.7.0", "1.8.0")
    rig.cut()
    rig.run(2)
    assert list(rig.meter.lists.items[AUTOMATIC]) == [table.FREQUENCY, test_item]
    assert list(rig.meter.lists.items[BATTERY]) == [table.DATE]
    assert list(rig.meter.lists.items[READ_OUT]) == lines


@pytest.mark.parametrize(
    ("lists", "reason"),
    [
        ({"automatic": [table.FREQUENCY] * 17}, r"automatic list: 17 refused, accepted: 1\.\.16"),
        ({"battery": [table.DATE] * 9}, r"battery list: 9 refused, accepted: 0\.\.8"),
        ({"manual": [table.ACTIVE_IMPORT]}, "'without A-' refused, accepted: all legal readings"),
        ({"automatic": [table.VOLTAGE]}, "automatic list: 72 refused"),
        ({"automatic": [table.FREQUENCY + TEST_RESOLUTION]}, "automatic list: 336 refused"),
        ({"read_out": [table.VOLTAGE]}, "read-out list: 72 refused, accepted: lines"),
    ],
)
def test_lists_that_cannot_be_are_refused_and_the_old_ones_stay(rig, lists, reason):
    before = rig.meter.lists.items
    with pytest.raises(ConfigError, match=reason):
        rig.request(requests.WRITE_DISPLAY_LISTS, packed(rig, **lists))
    assert rig.meter.lists.items == before


def test_a_list_that_could_not_be_stored_is_not_in_force(rig):
    before = rig.meter.lists.items
    new = packed(rig, [table.FREQUENCY])
    rig.store.deaf = True
    with pytest.raises(OSError, match="deaf"):
        rig.request(requests.WRITE_DISPLAY_LISTS, new)
    assert rig.meter.lists.items == before


def test_an_active_meter_has_only_its_energies_on_its_lists():
    rig = Rig(codes(order="684-31BJ1B1010"), WINTER, has_views=True)
    others = {table.ACTIVE_EXPORT, table.REACTIVE_IMPORT, table.ACTIVE_IMPORT_T1}
    for items in rig.meter.lists.items:
        assert not others & set(items)
    assert rig.meter.lists.items[MANUAL][0] == table.ACTIVE_IMPORT


def test_days_before_the_profile_begins_lead_to_its_first_entry(rig):
    with_history(rig)
    shown(rig, LONG, SHORT, LONG, SHORT, LONG)  # a month back
    assert shown(rig, LONG)[0] == "0.9.2"
    assert rig.meter.display.frame.value == "26.11.23"
