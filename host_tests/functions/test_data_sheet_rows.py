"""Every row of the data sheet's tables that changes what the meter does, on a whole meter.

Profile intervals and depths, E, I, A, B, K, LL, PPP, NN; GG and HH are in test_three_years.py,
X1..X7 in test_settings.py, and that each listed code is accepted in host_tests/codes.
"""

from itertools import pairwise

import pytest

from host_tests.functions.rig import WINTER, Rig, codes, utc_s
from meter import requests
from meter.calendar import civil
from meter.journal import store_map
from meter.registers import table

HOUR_S = 3_600

E = [("1", 5), ("2", 15), ("3", 30), ("4", 60)]
ENERGY_TYPES = [("1", "A+", 1), ("2", "A+/A-", 2), ("4", "A+/A-/R+/R-", 4)]
DEPTHS = {  # data sheet, "Logging depth in days for 382J"
    "1": {5: 37, 15: 110, 30: 225, 60: 450},
    "2": {5: 26, 15: 80, 30: 160, 60: 320},
    "4": {5: 17, 15: 50, 30: 100, 60: 200},
}


@pytest.mark.parametrize(("code", "minutes"), E, ids=[f"E {c}: {m} min" for c, m in E])
def test_the_integration_period_e_is_that_of_profile_and_demand(code, minutes):
    rig = Rig(codes(config1=f"1-1-000-00-{code}"), WINTER)
    rig.run_until(WINTER + 2 * HOUR_S, 1_000, step_s=10)
    rig.run_until(WINTER + 4 * HOUR_S + 60, 3_000, step_s=10)
    rig.settle()
    ends = [end_s for end_s, _, gains in rig.profile() if gains[0]]
    assert {b - a for a, b in pairwise(ends)} == {minutes * 60}
    assert all(end_s % (minutes * 60) == 0 for end_s in ends)
    assert rig.meter.values.value(table.MAX_DEMAND) == 3_000


@pytest.mark.parametrize("minutes", [5, 15, 30, 60])
@pytest.mark.parametrize(("x5", "text", "channels"), ENERGY_TYPES)
def test_the_profile_is_as_deep_as_the_data_sheet_says(x5, text, channels, minutes):
    made = codes(order=f"684-31BJ{x5}B3010")
    assert made.channels == channels, text
    _, pages, _, payload = store_map.profile(0x20000, channels)
    kept = (pages - 2) * (payload // (3 + 3 * channels))
    lost = payload // (3 + 3 * channels) - 1  # at one left-out end of a page
    assert (kept - lost) * minutes // 1_440 >= DEPTHS[x5][minutes]


@pytest.mark.parametrize(("code", "ms"), [("1", 30), ("3", 80)], ids=["I 1: 30 ms", "I 3: 80 ms"])
def test_the_pulse_length_i_reaches_the_output(code, ms):
    rig = Rig(codes(config2=f"000-01-01-{code}"), WINTER)
    rig.born = codes(config2="000-01-01-3" if code == "1" else "000-01-01-1")
    rig.cut()
    assert rig.parts.pulse_output.pulse_ms == ms
    assert rig.meter.settings.pulse_ms == ms


@pytest.mark.parametrize(
    ("code", "value"), [("1", "0000012"), ("2", "000012.3")], ids=["A 1: 7.0", "A 2: 6.1"]
)
def test_the_decimals_a_are_those_of_the_display(code, value):
    rig = Rig(codes(config1=f"{code}-1-000-00-2"), WINTER, has_views=True)
    rig.run(HOUR_S, 12_345)
    rig.meter.display._show(0, 0)
    rig.meter.display._refresh()
    assert rig.meter.display.frame.value == value


@pytest.mark.parametrize(
    ("code", "is_lit"), [("1", False), ("2", True)], ids=["B 1: off", "B 2: on"]
)
def test_the_led_without_consumption_is_as_b_says(code, is_lit):
    rig = Rig(codes(config1=f"1-{code}-000-00-2"), WINTER, has_views=True)
    rig.run(10, 1)  # below the creep power
    assert rig.meter.pulses.led_between is is_lit
    rig.run(10, 1_000)
    assert not rig.meter.pulses.led_between


@pytest.mark.parametrize(
    ("code", "peak"),
    [("0", 3_000), ("1", 2_000), ("2", 3_000)],
    ids=["K 0: standard", "K 1: tariff 1", "K 2: tariff 2"],
)
def test_the_overall_peak_is_that_of_the_tariff_k(code, peak):
    rig = Rig(codes(config3=f"00-{code}-01-0-00"), WINTER)
    rig.run_until(WINTER + HOUR_S, 2_000)
    rig.request(requests.COMMAND_TARIFF, 2)
    rig.run_until(WINTER + 2 * HOUR_S, 3_000)
    values = rig.meter.values
    assert values.value(table.MAX_DEMAND) == peak
    assert values.value(table.MAX_DEMAND + 1) == 2_000
    assert values.value(table.MAX_DEMAND + 2) == 3_000


HOURS = [*range(13), *range(-11, 0)]
LL = [
    pytest.param(code, hours, id=f"LL {code:02}: {hours:+d}") for code, hours in enumerate(HOURS)
]


@pytest.mark.parametrize(("code", "hours"), LL)
def test_the_day_begins_by_the_zone_ll(code, hours):
    config = {"config3": f"00-0-{code:02}-0-00", "config4": "000-000-00"}
    midnight_s = utc_s(2026, 6, 2) - hours * HOUR_S
    rig = Rig(codes(**config), midnight_s - 120)
    rig.run(240, step_s=10)
    rig.settle()
    assert [record.at_s for record in rig.days()] == [midnight_s]
    assert rig.meter.values.value(table.TIME) % civil.DAY_S == 120 + 40


@pytest.mark.parametrize(
    ("code", "hour"), [("000", 12), ("001", 13)], ids=["PPP 000: none", "PPP 001: EU"]
)
def test_summer_time_is_as_ppp_says(code, hour):
    config = {"config3": "00-0-00-0-00", "config4": f"000-{code}-00"}
    rig = Rig(codes(**config), utc_s(2026, 7, 1, 12))
    rig.run(10)
    assert rig.meter.values.value(table.TIME) % civil.DAY_S // HOUR_S == hour


@pytest.mark.parametrize(
    ("code", "unit"),
    [("00", ""), ("01", "kWh"), ("02", "m3"), ("03", "L")],
    ids=["NN 00: none", "NN 01: kWh", "NN 02: m3", "NN 03: L"],
)
def test_the_pulse_input_is_shown_in_the_unit_nn(code, unit):
    rig = Rig(codes(config3=f"00-0-01-0-{code}"), WINTER)
    rig.request(requests.PRESET_PULSES, 4_000)
    (key,) = [k for k in rig.meter.values.keys(table.LCD) if k & ~3 == table.PULSE_INPUT]
    text = table.value_text(key, rig.meter.values.value(key), 0)
    assert (text, table.unit_text(key)) == ("0000004", unit)
