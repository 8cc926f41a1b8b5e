"""Plans for every test of this room."""

import pytest

from meter.calendar.tariff_plan import TariffPlan

DAY = [(0, 2), (6 * 60, 1), (22 * 60, 2)]
NIGHT = [(0, 2)]
PEAK = [(0, 2), (6 * 60, 1), (17 * 60, 3), (20 * 60 + 30, 1), (22 * 60, 2)]


@pytest.fixture
def plan_arguments():
    """A plan as it is ordered: summer and winter, three tariffs, Christmas and one Good Friday."""
    return {
        "seasons": [(4, 1), (10, 1)],
        "tables": [DAY, NIGHT, [(0, 4)], PEAK, NIGHT, [(0, 5)]],
        "special_days": [(0, 12, 25), (2026, 4, 3)],
    }


@pytest.fixture
def plan(plan_arguments):
    return TariffPlan(**plan_arguments)
