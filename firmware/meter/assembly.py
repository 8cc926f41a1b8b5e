"""Which functions and views a meter has, and in which order they run."""

from micropython import const

from meter.calendar.clock import VALID
from meter.control.breaker import Breaker
from meter.control.load_control import LoadControl
from meter.control.tamper import Tamper
from meter.functions.billing import Billing
from meter.functions.calibrate import Calibrate
from meter.functions.connection_watch import ConnectionWatch
from meter.functions.display_lists import DisplayLists
from meter.functions.pulses import PulseCounter
from meter.functions.self_test import SelfTest
from meter.functions.tariffs import Tariffs
from meter.functions.verification import Verification
from meter.ledger.energy import A_MINUS
from meter.parts import WATCHDOG
from meter.registers import events
from meter.registers.table import CREDIT, HEAP_LOW, LCD
from meter.requests import MODULE, OPTICAL
from meter.tasks import Attendant, DisplayTask, PortTask
from meter.views.display import Display
from meter.views.mode_a import ModeA
from meter.views.port import Port

TYPE_CHECKING = const(False)
if TYPE_CHECKING:
    from meter.config import Settings
    from meter.functions.function import Function
    from meter.functions.history import History
    from meter.parts import Parts
    from meter.supervisor import Meter
    from meter.tasks import Attendant, LineProtocol, Task

_OPTICAL_SPEED = const(5)  # of HDLC


def functions(meter: "Meter", parts: "Parts", settings: "Settings") -> "tuple[Function, ...]":
    """Return what runs once energy is booked, in this order."""
    keeper, requests = meter.keeper, meter.requests
    pulses = PulseCounter(meter.billed.pulse_input, parts.pulse_input, keeper.profile, requests)
    lists = DisplayLists(meter.lists, keeper.configuration, requests)
    test = Verification(meter.pulse_task, meter.status, requests)
    told = settings, meter.ledger, meter.billed, meter.clock, keeper
    tariffs = Tariffs(*told, meter.status, parts.tariff_inputs, requests)
    meter.tariffs = tariffs.source
    reverse_mw = 0 if settings.energies >> A_MINUS & 1 else settings.creep_mw
    has_faults = parts.faults is not None
    watch = ConnectionWatch(meter.quantities, meter.events, reverse_mw, has_faults)
    billing = Billing(*told, pulses, tariffs, requests)
    Calibrate(parts, keeper, requests, meter.restart)
    check = SelfTest(keeper, meter.clock.now_s, parts.is_program_good, requests)
    meter.attendant = Attendant()
    found: list[Function] = [meter.attendant, tariffs, billing, pulses, watch, lists, test, check]
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
        meter.lists,
    )
    found.append(control)
    if parts.memory is not None:
        meter.values.serve((HEAP_LOW,), meter.vitals.read)
    contacts = parts.cover, parts.main_cover, parts.module_cover, parts.magnet
    meter.tamper = Tamper(contacts, keeper, now_s, shown)
    found.append(meter.tamper)
    if parts.has_quality:
        from meter.quality.watch import VoltageWatch

        meter.quality = VoltageWatch(
            parts.source, parts.calibration, meter.quantities, keeper, now_s, control
        )
        meter.quality.serve(meter.values)
        found.append(meter.quality)
    if parts.relay is not None and settings.has_breaker:
        meter.breaker = control.breaker = Breaker(
            parts.relay, control, meter.quantities, keeper, now_s, shown, requests
        )
        found.append(meter.breaker)
        meter.values.serve((CREDIT,), control.read)
    return tuple(found)


def views(meter: "Meter", parts: "Parts", settings: "Settings") -> "tuple[Task, ...]":
    """Return displays and ports, in this order."""
    systems = meter.quantities.systems

    def open_history() -> "History":
        from meter.functions.history import History

        return History(meter.keeper, meter.billed.zone, meter.values.keys(LCD))

    meter.display = Display(
        meter.values, systems, meter.lists, meter.requests, open_history, settings.decimals
    )
    found: list[Task] = [DisplayTask(meter.display, parts.pictures, parts.texts, parts.button)]
    device = None
    if parts.new_aes is not None:
        from meter import dlms

        device = dlms.device(meter, parts, settings)
    if parts.optical is not None:
        mode_a = ModeA(
            meter.values,
            meter.lists,
            settings.serial,
            settings.manufacturer,
            settings.type_code,
            settings.decimals,
        )
        optical: LineProtocol = mode_a
        if device is not None:
            mode_a.offers = settings.sign_on == 1
            link = dlms.link(device, parts, OPTICAL, _OPTICAL_SPEED)
            optical = Port(mode_a, link, parts.optical)
        port = PortTask(optical, parts.optical)
        meter.attendant.ports.append(port)
        found.append(port)
    if parts.module is not None and device is not None:
        parts.module.set_format(dlms.SPEEDS[settings.module_baud], False)
        link = dlms.link(device, parts, MODULE, settings.module_baud)
        port = PortTask(link, parts.module)
        meter.attendant.ports.append(port)
        found.append(port)
    return tuple(found)


def log_start(meter: "Meter", parts: "Parts") -> None:
    """Log why the meter has started, and a clock that is not to be believed."""
    now_s = meter.clock.now_s()
    meter.events.log(now_s, events.POWER_UP, parts.reset_cause)
    if parts.reset_cause == WATCHDOG:
        meter.events.log(now_s, events.VIEW_RESTARTED, 0)
    if meter.clock.status != VALID:
        meter.events.log(now_s, events.CLOCK_INVALID, meter.clock.status)
