"""Class 5, demand register: block demand of A+ in the running period and in the last one."""

from micropython import const

from meter.registers.table import UNIT_W
from meter.views.dlms.times import stamp_or_none

TYPE_CHECKING = const(False)
if TYPE_CHECKING:
    from meter.registers.billed import Billed
    from meter.views.dlms.items import Found

_CWH_PER_DWH = const(10)


def demand_object(billed: "Billed", import_dwh: int, attribute: int) -> "Found":
    """Return an attribute; import_dwh: A+, 0.1 Wh."""
    demand = billed.demand
    if attribute in (2, 3):
        current_w = demand.current_w(import_dwh * _CWH_PER_DWH)
        return "I", current_w if attribute == 2 else demand.last_w
    if attribute == 4:
        return "s2be", 0, UNIT_W
    if attribute == 5:
        return ("n",)
    if attribute in (6, 7):
        at_s = demand.last_s if attribute == 6 else demand.start_s()
        return "o", stamp_or_none(at_s, billed.zone)
    return ("I", demand.period_s) if attribute == 8 else ("H", 1)
