"""Three years of closings on the whole meter, against dateutil and the zones of the database.

2027-10 to 2030-10 holds six changes of summer time, a leap day and three ends of a year.
"""

from datetime import datetime, timedelta
from random import Random
from zoneinfo import ZoneInfo

import pytest
from dateutil.rrule import MONTHLY, rrule

from host_tests.functions.rig import Rig, codes, utc_s
from host_tests.registers.test_billing_calendar import HH, NAMES

YEARS = 3
BEGIN = 2027, 10, 5
ZONES = {0: "Europe/London", 1: "Europe/Copenhagen", 2: "Europe/Helsinki"}  # LL
PJ_PER_CWH = 36_000_000_000_000

INTERVALS = [
    pytest.param(hh, hh * 11 % 28 + 1, hh % 3, id=f"HH {hh:02} {name}")
    for hh, name in enumerate(NAMES)
]
DATES = [pytest.param(1, gg, gg % 3, id=f"GG {gg:02}") for gg in range(29)]


def expected(hh, gg, zone):
    """Return the instants at which a period has to end."""
    if not (HH[hh] and gg):
        return []
    begin = datetime(*BEGIN, 12, tzinfo=zone)
    dates = rrule(
        MONTHLY,
        dtstart=datetime(BEGIN[0], 1, 1),  # noqa: DTZ001  on the wall
        until=datetime(BEGIN[0] + YEARS, *BEGIN[1:]),  # noqa: DTZ001
        bymonth=HH[hh],
        bymonthday=gg,
    )
    closings = [date.replace(tzinfo=zone) for date in dates]
    return [utc_s(*date.timetuple()[:5], zone=zone) for date in closings if date > begin]


@pytest.mark.parametrize(("hh", "gg", "ll"), INTERVALS + DATES)
def test_every_period_ends_at_its_date_with_the_energy_so_far(hh, gg, ll):
    zone = ZoneInfo(ZONES[ll])
    config = {"config2": f"000-{gg:02}-{hh:02}-1", "config3": f"00-0-{ll:02}-0-00"}
    rig = Rig(codes(**config), utc_s(*BEGIN, 12, zone=zone))
    random = Random(f"{hh} {gg}")
    delivered = {}
    day = datetime(*BEGIN)  # noqa: DTZ001  on the wall
    for _ in range(YEARS * 365 + 1):
        day += timedelta(days=1)
        midnight_s = utc_s(*day.timetuple()[:3], zone=zone)
        rig.run_until(midnight_s, random.randrange(3, 10_000), step_s=100_000)
        delivered[midnight_s] = rig.delivered_pj // PJ_PER_CWH
    rig.settle()
    closings = expected(hh, gg, zone)
    found = [(record.at_s, record.counts_cwh[0]) for record in rig.closings()]
    assert found == [(at_s, delivered[at_s]) for at_s in closings][-36:]
    assert rig.meter.billed.billing.periods == len(closings)
    rig.check_tariffs()
