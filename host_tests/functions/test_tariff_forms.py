"""A- and R- by tariff on a whole meter: registers, store, closings, lists, after a change."""

import pytest

from host_tests.functions.rig import WINTER, Rig, codes
from meter import requests
from meter.calendar.civil import DAY_S
from meter.calendar.tariff_plan import TariffPlan
from meter.errors import SealError
from meter.functions.history import History
from meter.journal.billing import DayRecord
from meter.ledger.tariffs import A_NEGATIVE, ACTIVE, ALL, IMPORT, R_NEGATIVE, A, R
from meter.registers import table
from meter.registers.lists import MANUAL, READ_OUT
from meterctl import image

FOUR = "684-31BJ4B4010"  # A+/A-/R+/R-, 4 tariffs
TWO_WAY = "684-31BJ2B3010"  # A+/A-, 8 tariffs
USUAL = "684-31BJ4B3010"  # A+/A-/R+/R-, 8 tariffs
# Tariff: active and reactive power, W and var, for an hour.
HOURS = {1: (1_000, 200), 2: (-2_000, 300), 3: (-3_000, -400), 4: (4_000, -500)}


def used(order):
    """Return a meter that counted an hour in each of four tariffs."""
    rig = Rig(codes(order=order), WINTER)
    for tariff, (watts, vars_) in HOURS.items():
        rig.request(requests.COMMAND_TARIFF, tariff)
        rig.run(3_600, watts, vars_, step_s=60)
        rig.check_tariffs()
    return rig


def by_tariff_wh(rig, energy):
    tariffs = rig.meter.ledger.tariffs
    return [tariffs.count_cwh(energy, t) // 100 for t in range(1, 9)]


def change(rig, order):
    rig.seal.closed = False
    rig.request(requests.WRITE_SETTINGS, f"order={order}".encode())
    rig.run(3)
    rig.seal.closed = True
    assert rig.meter.settings.order == codes(order=order).order
    rig.check_tariffs()


def test_four_tariffs_are_kept_of_all_four_energies():
    rig = used(FOUR)
    assert rig.meter.ledger.tariffs.form == ALL
    assert by_tariff_wh(rig, A)[:4] == [1_000, 0, 0, 4_000]
    assert by_tariff_wh(rig, R)[:4] == [200, 300, 0, 0]
    assert by_tariff_wh(rig, A_NEGATIVE)[:4] == [0, 2_000, 3_000, 0]
    assert by_tariff_wh(rig, R_NEGATIVE)[:4] == [0, 0, 400, 500]


def test_eight_tariffs_are_kept_of_a_plus_and_a_minus():
    rig = used(TWO_WAY)
    rig.request(requests.COMMAND_TARIFF, 8)
    rig.run(3_600, -8_000, step_s=60)
    assert rig.meter.ledger.tariffs.form == ACTIVE
    assert by_tariff_wh(rig, A_NEGATIVE) == [0, 2_000, 3_000, 0, 0, 0, 0, 8_000]
    assert rig.meter.values.value(table.ACTIVE_EXPORT_T5 + 3) == 80_000


@pytest.mark.parametrize("order", [FOUR, TWO_WAY, USUAL])
def test_registers_by_tariff_are_back_after_a_cut(order):
    rig = used(order)
    rig.settle()
    before = list(rig.meter.ledger.tariffs.counts_cwh)
    rig.cut(60, has_warning=True)
    assert rig.meter.ledger.tariffs.counts_cwh == before
    rig.check_tariffs()


@pytest.mark.parametrize(
    ("order", "negative", "reactive_negative", "reactive"),
    [(FOUR, 4, 4, 4), (TWO_WAY, 8, 0, 0), (USUAL, 0, 0, 8), ("684-31BJ4B2010", 2, 2, 2),
     ("684-31BJ1B3010", 0, 0, 0), ("684-31BJ2B1010", 0, 0, 0)],
)
def test_a_meter_has_the_keys_of_what_it_keeps(order, negative, reactive_negative, reactive):
    rig = Rig(codes(order=order), WINTER)
    for view in (table.LCD, table.MODEA, table.DLMS):
        keys = rig.meter.values.keys(view)
        counted = [
            sum(table.tariff_energy(key) == energy for key in keys)
            for energy in (A_NEGATIVE, R_NEGATIVE, R)
        ]
        assert counted == [negative, reactive_negative, reactive]


def test_a_minus_by_tariff_is_on_the_manual_list_and_in_the_read_out():
    rig = Rig(codes(order=FOUR), WINTER)
    wanted = {table.ACTIVE_EXPORT_T1 + k for k in range(4)}
    for which in (MANUAL, READ_OUT):
        assert wanted <= set(rig.meter.lists.items[which])
    rig.meter.lists.check(rig.meter.lists.items)  # all legal readings have remained


def test_a_closing_holds_all_four_energies_by_tariff_and_the_button_shows_them():
    rig = used(FOUR)
    rig.request(requests.CLOSE_BILLING)
    rig.settle()
    closing = rig.closings()[-1]
    assert closing.tariff_form == ALL
    assert closing.by_tariff_cwh(A_NEGATIVE, 3) == 300_000
    assert closing.by_tariff_cwh(A, 5) == -1
    history = History(rig.meter.keeper, rig.meter.billed.zone, rig.meter.values.keys(table.LCD))
    shown = dict(history.period(0))
    assert shown[table.ACTIVE_EXPORT_T1 + 1] == 20_000
    assert shown[table.REACTIVE_EXPORT_T1 + 3] == 5_000
    assert [key for key, _ in history.period(0)].count(table.ACTIVE_EXPORT_T1) == 1


def test_a_change_of_what_is_kept_loses_nothing_of_any_energy():
    rig = used(USUAL)
    rig.request(requests.COMMAND_TARIFF, 7)
    rig.run(3_600, 7_000, step_s=60)
    rig.request(requests.COMMAND_TARIFF, 0)
    change(rig, FOUR)
    # What was counted in tariffs that are no more, and what had no tariffs, is in T1.
    assert by_tariff_wh(rig, A)[:4] == [8_000, 0, 0, 4_000]
    assert by_tariff_wh(rig, A_NEGATIVE)[:4] == [5_000, 0, 0, 0]
    assert by_tariff_wh(rig, R)[:4] == [200, 300, 0, 0]
    change(rig, TWO_WAY)
    assert by_tariff_wh(rig, A)[:4] == [8_000, 0, 0, 4_000]
    change(rig, USUAL)
    assert rig.meter.ledger.tariffs.form == IMPORT
    assert by_tariff_wh(rig, R)[0] == 500


@pytest.mark.parametrize("order", [FOUR, TWO_WAY[:8] + "2B2010", "684-31BJ1B1010"])
def test_a_stored_plan_with_tariffs_that_the_meter_has_no_more_is_not_in_force(order):
    rig = used(USUAL)
    rig.request(requests.COMMAND_TARIFF, 0)
    plan = TariffPlan([(4, 1), (10, 1)], [[(0, 7)]] * 6)
    for days in (0, 2):
        plan.activation_day = rig.now_s // DAY_S + days
        rig.request(requests.WRITE_TARIFF_PLAN, plan.pack())
    rig.run(3_600, 7_000, step_s=60)
    change(rig, order)
    rig.run(3 * DAY_S, 1_000, step_s=600)
    assert rig.meter.ledger.tariffs.active == 1
    rig.check_tariffs()


@pytest.mark.parametrize("order", ["684-31BJ4B2010", "684-31BJ2B2010", "684-31BJ1B2010"])
def test_the_tariffs_that_are_left_are_the_total_where_there_were_more(order):
    rig = used(TWO_WAY if order[8] == "2" else FOUR)
    rig.request(requests.COMMAND_TARIFF, 0)
    change(rig, order)
    values = rig.meter.values
    found = [values.value(table.ACTIVE_IMPORT_T1 + k) for k in range(2)]
    assert sum(found) == values.value(table.ACTIVE_IMPORT) == 50_000
    assert rig.meter.ledger.tariffs.count_cwh(A, 4) == 0


def test_an_entry_from_before_the_change_says_what_was_kept_then():
    rig = used(USUAL)
    record = DayRecord()
    record.take(rig.meter.ledger)
    record.at_s = rig.now_s
    assert rig.meter.keeper.close_day(record)
    rig.settle()
    rig.request(requests.COMMAND_TARIFF, 0)
    change(rig, FOUR)
    day = rig.days()[-1]
    assert day.tariff_form == IMPORT
    assert day.by_tariff_cwh(A_NEGATIVE, 1) == -1
    assert day.by_tariff_cwh(A, 4) == 400_000


def test_energies_and_tariffs_change_with_the_seal_open_only():
    rig = Rig(codes(order=USUAL), WINTER)
    with pytest.raises(SealError, match="with the seal open"):
        rig.request(requests.WRITE_SETTINGS, f"order={FOUR}".encode())
    assert rig.meter.ledger.tariffs.form == IMPORT


def test_the_same_settings_again_start_nothing():
    rig = Rig(start_s=WINTER)
    meter = rig.meter
    text = f"threshold_w={meter.settings.threshold_w}".encode()
    rig.request(requests.WRITE_SETTINGS, text)
    rig.run(5)
    assert rig.meter is meter


@pytest.mark.parametrize(
    ("order", "name"), [(FOUR, "A- T2"), (TWO_WAY, "A- T3"), (USUAL, "R+ T2")]
)
def test_an_image_of_the_store_is_explained_with_what_its_tariffs_are_of(order, name):
    rig = used(order)
    rig.meter.power_fail()
    cells = bytes(rig.store.cells)
    told = image.restored(cells, list(image.records(cells)))["registers"]
    assert told[f"{name}, kWh"] == {"A- T2": 2, "A- T3": 3, "R+ T2": 0.3}[name]
    assert told["A+ T4, kWh"] == 4
