"""What a billing entry holds beside energies, and the local time it goes by."""

from micropython import const

from meter.calendar.local import Zone
from meter.registers.billing_calendar import NEVER, Billing, BillingCalendar
from meter.registers.demand import Demand
from meter.registers.pulse_input import PulseInput

TYPE_CHECKING = const(False)
if TYPE_CHECKING:
    from meter.config import Settings


class Billed:
    """Demand, billing periods and pulse input of a meter with `settings`.

    zone:         calendar.local.Zone
    demand:       demand.Demand
    billing:      billing_calendar.Billing
    pulse_input:  pulse_input.PulseInput
    closed_s:     end of the last billing period, UTC s; 0 before the first
    """

    def __init__(self, settings: "Settings") -> None:
        self.zone = Zone(settings.gmt_code, settings.summer_time)
        self.demand = Demand(settings.period_min, settings.peak_tariff, settings.threshold_w)
        calendar = BillingCalendar(settings.target_day, settings.interval, self.zone)
        self.billing = Billing(calendar, NEVER)
        self.pulse_input = PulseInput(
            settings.pulse_unit, settings.pulse_milli, settings.pulse_count
        )
        self.closed_s = 0
