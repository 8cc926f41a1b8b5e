"""Which values a meter has by its settings, and where they come from."""

import pytest

from meter import config
from meter.config import Settings
from meter.ledger.booking import Ledger
from meter.registers import obis, table
from meter.registers.billed import Billed
from meter.registers.status import MAGNETIC_FIELD, SEAL_OPEN, Status
from meter.registers.values import Values

SUMMER_S = 836_000_000  # 2026-06-28 22:13:20 UTC


class Quantities:
    systems = 3
    is_three_wire = False


class Clock:
    is_right = True

    def now_s(self):
        return SUMMER_S

    def is_valid(self):
        return self.is_right


class Made:
    def __init__(self, **numbers):
        settings = Settings(serial="14410000", **numbers)
        self.ledger = Ledger(0, 1)
        self.billed = Billed(settings)
        self.clock = Clock()
        self.status = Status()
        self.values = Values(
            self.ledger, Quantities(), None, settings, self.billed, self.clock, self.status, 0xC0DE
        )

    def codes(self, view=table.DLMS):
        return {obis.short(table.code(key)) for key in self.values.keys(view)}


def of_energies(codes):
    return {code for code in codes if code.endswith(".8.0") and int(code.split(".")[0]) < 9}


@pytest.mark.parametrize(
    ("energies", "expected"),
    [
        (config.A_PLUS_ONLY, {"1.8.0"}),
        (config.A_PLUS_A_MINUS, {"1.8.0", "2.8.0"}),
        (config.A_PLUS_R1, {"1.8.0", "5.8.0"}),
        (config.ALL_ENERGIES, {f"{c}.8.0" for c in range(1, 9)}),
    ],
)
def test_a_meter_has_the_energies_of_its_type_x5(energies, expected):
    assert of_energies(Made(energies=energies).codes()) == expected


@pytest.mark.parametrize("tariffs", [1, 2, 4, 8])
def test_a_meter_has_as_many_tariff_registers_as_tariffs_x7(tariffs):
    codes = Made(tariffs=tariffs).codes()
    expected = {f"1.8.{t}" for t in range(1, tariffs + 1)} if tariffs > 1 else set()
    assert {code for code in codes if code.startswith("1.8.")} - {"1.8.0"} == expected
    assert ("1.6.2" in codes) == (tariffs > 1)


def test_an_active_meter_has_no_reactive_tariffs():
    codes = Made(energies=config.A_PLUS_A_MINUS).codes()
    assert "1.8.1" in codes
    assert not any(code.startswith("3.8.") for code in codes)


@pytest.mark.parametrize(("unit", "text"), [(0, ""), (1, "kWh"), (2, "m3"), (3, "L")])
def test_the_pulse_input_has_the_unit_nn(unit, text):
    keys = Made(pulse_unit=unit).values.keys(table.DLMS)
    found = [key for key in keys if key & ~3 == table.PULSE_INPUT]
    assert [table.unit_text(key) for key in found] == [text]


def test_without_a_clock_there_is_no_date():
    assert "0.9.2" in Made().codes(table.LCD)
    assert "0.9.2" not in Made(has_clock=0).codes(table.LCD)


def test_date_and_time_are_local_and_dashes_while_the_clock_is_invalid():
    made = Made(gmt_code=1, summer_time=1)
    value = made.values.value(table.TIME)
    assert table.value_text(table.TIME, value, 0) == "00.13.20"
    made.clock.is_right = False
    assert made.values.value(table.DATE) == 0


def test_peaks_are_stamped_in_standard_time_and_closings_in_local_time():
    made = Made(gmt_code=1, summer_time=1)
    made.billed.demand.max_w[2] = 12_346
    made.billed.demand.max_s[2] = SUMMER_S
    made.billed.closed_s = SUMMER_S
    values = made.values
    assert values.value(table.MAX_DEMAND + 2) == 12_346
    assert values.value(table.MAX_DEMAND_HOUR + 2) == SUMMER_S + 3_600
    assert values.value(table.BILLING_HOUR) == SUMMER_S + 7_200
    assert values.value(table.MAX_DEMAND_DATE) == 0


def test_tariff_energies_are_those_of_the_ledger():
    made = Made()
    made.ledger.tariffs.counts_cwh[2] = 12_345
    made.ledger.tariffs.counts_cwh[8 + 7] = 777
    assert made.values.value(table.ACTIVE_IMPORT_T1 + 2) == 1_234
    assert made.values.value(table.REACTIVE_IMPORT_T5 + 3) == 77


def test_every_key_of_a_full_meter_has_a_value():
    made = Made(threshold_w=5_000)
    made.billed.demand.accumulated_w = 7
    made.billed.demand.exceedings = 8
    made.billed.billing.periods = 9
    made.billed.pulse_input.add(3)
    made.status.put(SEAL_OPEN, True)
    made.status.put(MAGNETIC_FIELD, True)
    made.status.put(SEAL_OPEN, False)
    expected = {
        table.ACCUMULATED_DEMAND: 7,
        table.EXCEEDINGS: 8,
        table.BILLING_PERIODS: 9,
        table.PULSE_INPUT: 3_000,
        table.THRESHOLD: 5_000,
        table.STATUS: MAGNETIC_FIELD,
        table.CHECKSUM: 0xC0DE,
        table.CONFIGURATION + 1: 1011,
        table.CONFIGURATION_5: 0,
        table.ORDER_NUMBER: int("31BJ4B3", 36),
        table.ORDER_NUMBER + 1: int("010", 36),
        table.SERIAL_NUMBER: 14_410_000,
    }
    assert {key: made.values.value(key) for key in expected} == expected


def test_a_key_without_value_is_an_error():
    with pytest.raises(KeyError):
        Made().values.value(table.KEYS)
