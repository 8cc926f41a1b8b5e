"""Which functions and views a meter has, and in which order they run."""

from micropython import const

from meter.control.breaker import Breaker
from meter.control.load_control import LoadControl
from meter.functions.billing import Billing
from meter.functions.connection_watch import ConnectionWatch
from meter.functions.pulses import PulseCounter
from meter.functions.tariffs import Tariffs
from meter.ledger.energy import A_MINUS
from meter.tasks import DisplayTask, PortTask
from meter.views.display import Display
from meter.views.mode_a import ModeA

TYPE_CHECKING = const(False)
if TYPE_CHECKING:
    from meter.config import Settings
    from meter.functions.function import Function
    from meter.parts import Parts
    from meter.supervisor import Meter, Task


def functions(meter: "Meter", parts: "Parts", settings: "Settings") -> "tuple[Function, ...]":
    """Return what runs once energy is booked, in this order."""
    keeper, requests = meter.keeper, meter.requests
    pulses = PulseCounter(meter.billed.pulse_input, parts.pulse_input, keeper.profile, requests)
    told = settings, meter.ledger, meter.billed, meter.clock, keeper
    tariffs = Tariffs(*told, meter.status, parts.tariff_inputs, requests)
    reverse_mw = 0 if settings.energies >> A_MINUS & 1 else settings.creep_mw
    has_faults = parts.faults is not None
    watch = ConnectionWatch(meter.quantities, meter.events, reverse_mw, has_faults)
    billing = Billing(*told, pulses, tariffs, requests)
    found: list[Function] = [tariffs, billing, pulses, watch]
    now_s, shown = meter.clock.now_s, meter.status
    control = meter.load_control = LoadControl(
        meter.ledger,
        meter.quantities,
        meter.values,
        keeper,
        now_s,
        tariffs.is_working_day,
        shown,
        parts.button,
        requests,
    )
    found.append(control)
    if parts.relay is not None:
        meter.breaker = control.breaker = Breaker(
            parts.relay, control, meter.quantities, keeper, now_s, shown, requests
        )
        found.append(meter.breaker)
    return tuple(found)


def views(meter: "Meter", parts: "Parts", settings: "Settings") -> "tuple[Task, ...]":
    """Return displays and ports, in this order."""
    systems = meter.quantities.systems
    meter.display = Display(meter.values, systems, settings.decimals)
    found: list[Task] = [DisplayTask(meter.display, parts.pictures, parts.texts, parts.button)]
    if parts.optical is not None:
        mode_a = ModeA(
            meter.values,
            settings.serial,
            settings.manufacturer,
            settings.type_code,
            settings.decimals,
        )
        found.append(PortTask(mode_a, parts.optical))
    return tuple(found)
