"""Calendar, tariff plan, clock, demand, billing and pulse input come out the same."""

from meter.calendar import civil, clock, tariff_plan
from meter.calendar.local import EU_SUMMER_TIME, Zone
from meter.calendar.tariff_plan import TariffPlan
from meter.calendar.tariff_source import PLAN, TariffSource
from meter.errors import ConfigError
from meter.registers import billing_calendar, demand, pulse_input

DENMARK = Zone(1, EU_SUMMER_TIME)
NEW_YEAR_S = civil.days(2026, 1, 1) * civil.DAY_S


def show_days():
    for day in range(0, civil.LAST_DAY + 1, 97):
        print(day, civil.date(day), civil.weekday(day), civil.days(*civil.date(day)) == day)


def show_local_time():
    for code in range(24):
        zone = Zone(code, EU_SUMMER_TIME)
        for utc_s in range(code * 1_000_003, civil.LAST_S, 155_555_555):
            print(code, utc_s, zone.is_summer(utc_s), zone.local_s(utc_s), zone.utc_s(utc_s))


def show_tariffs():
    day = [(0, 2), (360, 1), (1020, 3), (1320, 2)]
    plan = TariffPlan([(4, 1), (10, 1)], [day, [(0, 2)], [(0, 5)]] * 2, [(0, 12, 25)])
    print(plan.pack())
    source = TariffSource(PLAN, 8, DENMARK, 4)
    source.passive = tariff_plan.unpack(plan.pack())
    print(source.activate(NEW_YEAR_S), source.tariff(0, False, 0))
    for hour in range(0, 24 * 365, 7):
        print(source.tariff(NEW_YEAR_S + hour * 3600, True, 0), end="")
    print()
    try:
        TariffPlan([(4, 1), (10, 1)], [[(0, 9)]] * 6)
    except ConfigError as error:
        print(error)


def show_billing():
    record = bytearray(billing_calendar.PACKED)
    for interval in range(25):
        calendar = billing_calendar.BillingCalendar(28 - interval, interval, DENMARK)
        print(interval, calendar.closings(NEW_YEAR_S, NEW_YEAR_S + 3 * 366 * 86_400))
        billing = billing_calendar.Billing(calendar, billing_calendar.NEVER)
        billing.clock_set(NEW_YEAR_S)
        if billing.due(NEW_YEAR_S + 366 * 86_400) != billing_calendar.NEVER:
            billing.close(billing.due(NEW_YEAR_S + 366 * 86_400))
        billing.pack_into(record, 0)
        billing.restore(record, 0)
        print(record, billing.due(billing_calendar.NEVER - 1))


def show_demand():
    register = demand.Demand(5, 0, 30_000)
    record = bytearray(demand.PACKED)
    count_cwh = random = 999_999_000_000
    for second in range(0, 7_200, 2):
        random = (random * 1_103_515_245 + 12_345) & 0x7FFFFFFF
        count_cwh = (count_cwh + random % 4_000) % 1_000_000_000_000
        if register.step(NEW_YEAR_S + second, count_cwh, 1 + second // 1_800 % 3):
            print(register.last_w, register.max_w, register.max_s, register.exceedings)
    register.close_billing()
    register.pack_into(record, 0)
    register.restore(record, 0)
    print(record, register.accumulated_w)


def show_pulses():
    debounce = pulse_input.Debounce(20)
    counter = pulse_input.PulseInput(pulse_input.UNIT_M3, 1_000, 7)
    counter.preset(9_999_999_000)
    random = 1
    for _ in range(3_000):
        random = (random * 1_103_515_245 + 12_345) & 0x7FFFFFFF
        counter.add(debounce.step(random >> 20 & 7 > 2, 5 + random % 9))
    record = bytearray(pulse_input.PACKED)
    counter.pack_into(record, 0)
    counter.restore(record, 0)
    print(counter.total_milli, record)


class Chip:
    def __init__(self):
        self.ms = NEW_YEAR_S * 1000

    def now_s(self):
        return self.ms // 1000

    def is_valid(self):
        return True

    def set_s(self, seconds):
        self.ms = seconds * 1000


def show_clock():
    chip = Chip()
    meter_clock = clock.Clock(chip)
    for step in range(40):
        chip.ms += 700 if step != 20 else 70_000
        print(meter_clock.step(700), meter_clock.now_s(), meter_clock.status)
    print(meter_clock.set(chip.now_s() + 5), meter_clock.set(NEW_YEAR_S), meter_clock.previous_s)
    print(clock.drift_ppb(86_400_000, 86_400_432), clock.trimmed(0, 5_000))


show_days()
show_local_time()
show_tariffs()
show_billing()
show_demand()
show_pulses()
show_clock()
