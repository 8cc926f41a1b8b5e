"""What the attributes of every COSEM object are, read from the meter by one generic encoder.

Nothing is changed here: writing.py submits requests.
"""

from micropython import const

from meter.journal.billing import BILLING_BYTES
from meter.registers import digits, table
from meter.views.dlms import associations, catalogue, loads, profiles, shown, times
from meter.views.dlms.axdr import (
    CLASS_INCONSISTENT,
    DENIED,
    OTHER,
    UNDEFINED,
    Reader,
    Refused,
)
from meter.views.dlms.catalogue import Catalogue, shape
from meter.views.dlms.closings import Closings
from meter.views.dlms.demand import demand_object
from meter.views.dlms.histories import EventHistory, LoadProfile, about
from meter.views.dlms.items import Items, long_octets
from meter.views.dlms.prepaid import Prepaid
from meter.views.dlms.schedules import Schedules

TYPE_CHECKING = const(False)
if TYPE_CHECKING:
    from collections.abc import Callable

    from meter.calendar.clock import Clock
    from meter.calendar.tariff_source import TariffSource
    from meter.config import Settings
    from meter.control.load_control import LoadControl
    from meter.journal.keeper import Keeper
    from meter.registers.billed import Billed
    from meter.registers.lists import Lists
    from meter.registers.values import Values
    from meter.views.dlms.association import Association
    from meter.views.dlms.histories import History
    from meter.views.dlms.items import Found
    from meter.views.dlms.security import Security


_UNIT_IMP_PER_KWH = const(40)
_CWH = const(-2)
_CONSTANT = const(0)
_U16_UNITS = (table.UNIT_V, table.UNIT_A, table.UNIT_HZ)
_TEXTS = (digits.NUMBER, digits.VERSION, digits.HEX, digits.LETTERS)


class Objects:
    """The objects of a meter, for all ports.

    values, clock, keeper, billed, settings:  of the supervisor
    tariffs:   calendar.tariff_source.TariffSource
    security:  security.Security
    control:   control.load_control.LoadControl
    lists:     registers.lists.Lists
    pack_calibration:  callable, returns the calibration record in force

    catalogue: which objects there are
    prepaid:   prepaid.Prepaid
    """

    def __init__(  # noqa: PLR0913, PLR0917  it reads everything
        self,
        values: "Values",
        clock: "Clock",
        keeper: "Keeper",
        billed: "Billed",
        settings: "Settings",
        tariffs: "TariffSource",
        security: "Security",
        control: "LoadControl",
        lists: "Lists",
        pack_calibration: "Callable[[], bytes]",
    ) -> None:
        keys = values.keys(table.DLMS)
        channels = settings.channels
        self.clock = clock
        self.settings = settings
        self.security = security
        self.zone = zone = billed.zone
        self.catalogue = Catalogue(keys, channels, control.breaker is not None)
        self.tariffs = tariffs
        self.values = values
        self._keeper = keeper
        self._billed = billed
        self._control = control
        self._pack_calibration = pack_calibration
        self.lists = lists
        self._schedules = Schedules(clock, zone, settings, values, tariffs)
        self._stamps = stamps = times.Stamps(zone)
        self._load = LoadProfile(keeper, zone, stamps, channels, settings.period_min)
        payload = bytearray(BILLING_BYTES)
        self._days = Closings(keeper.days, payload, zone, stamps, False, keys)
        self._billing = Closings(keeper.billing, payload, zone, stamps, True, keys)
        self.prepaid = Prepaid(control)
        self._name = (settings.manufacturer + settings.serial)[:16].encode()

    def step(self) -> None:
        """Look up a little of what a request would otherwise wait for."""
        try:
            if not self._billing.step():
                self._days.step()
        except OSError:  # the keeper counts and logs it
            pass

    def find(self, association: "Association", class_id: int, name: bytes) -> int:
        """Return the object; Refused if this client does not know it."""
        objects = self.catalogue
        code = UNDEFINED
        for index in objects.named(name):
            if objects.can_see(index, association.client):
                if objects.class_id(index) == class_id:
                    return index
                code = CLASS_INCONSISTENT
        raise Refused(code)

    def read(
        self,
        association: "Association",
        class_id: int,
        name: bytes,
        attribute: int,
        selector: int,
        parameters: bytes,
    ) -> "Found":
        """Return an attribute; Refused with the reason if there is none for this client; Later."""
        index = self.find(association, class_id, name)
        if not 1 <= attribute <= shape(class_id)[1]:
            raise Refused(UNDEFINED)
        if not self.catalogue.can_read(index, attribute):
            raise Refused(DENIED)
        if attribute == 1:
            return "o", name
        if class_id == catalogue.PROFILE:
            return self._profile(association, index, attribute, selector, parameters)
        if selector:
            raise Refused(OTHER)
        key = self.catalogue.key(index)
        of = self.catalogue.of(index)
        if key >= 0:
            found = self.row(key, attribute)
        elif class_id == catalogue.ASSOCIATION:
            found = associations.association(association, self.catalogue, of, attribute)
        elif class_id == catalogue.HDLC:
            found = associations.hdlc(association, association.lines, attribute)
        else:
            found = self._other(class_id, of, attribute)
        return found

    def _other(self, class_id: int, of: int, attribute: int) -> "Found":  # noqa: PLR0911  a table
        """Return an attribute of an object that is no row of the register table."""
        if class_id == table.DATA:
            return self._data(of)
        if class_id == table.REGISTER:
            return self._register(of, attribute)
        if class_id == catalogue.SAP:
            return Items(1, lambda out, _: out.put("s2Ho", 1, self._name))
        if class_id == catalogue.LOCAL_PORT:
            return associations.local_port(self.settings, attribute)
        if class_id == catalogue.SECURITY:
            return associations.security_setup(self.security, attribute)
        if class_id == catalogue.DISCONNECT:
            return loads.disconnect(self._control, attribute)
        if class_id == catalogue.LIMITER:
            return loads.limiter(self._control, self.zone, attribute)
        if class_id >= catalogue.ACCOUNT:
            return self.prepaid.read(class_id, attribute)
        if class_id == catalogue.DEMAND:
            dwh = self.values.value(table.ACTIVE_IMPORT)
            return demand_object(self._billed, dwh, attribute)
        return self._schedules.read(class_id, of, attribute)

    def _data(self, of: int) -> "Found":
        if of >= catalogue.EVENT:
            newest = self._log(of & 15).newest()
            return ("B", newest[0]) if of < catalogue.DETAIL else ("i", newest[1])
        if of == catalogue.NAME:
            return "o", self._name
        if of in (catalogue.COUNTER, catalogue.STATUS):
            is_counter = of == catalogue.COUNTER
            return ("I", self.security.accepted()) if is_counter else ("B", self._keeper.status)
        if of == catalogue.TYPE or of >= catalogue.SETTINGS:
            return self._configured(of)
        if of == catalogue.BILLED:
            return "o", self._stamp(self._billed.closed_s)
        log = self._keeper.events
        return "I", log.alarms if of == catalogue.ALARMS else log.alarm_filter

    def _configured(self, of: int) -> "Found":
        """Return what the meter was configured with, and what it is configured by."""
        if of == catalogue.TYPE:
            return "o", self.settings.type_code.encode()
        if of == catalogue.SETTINGS:
            return "o", self.settings.pack()
        if of in (catalogue.CALIBRATION, catalogue.LOADS):
            is_load = of == catalogue.LOADS
            text = self._control.settings.text().encode() if is_load else self._pack_calibration()
            return long_octets(text)
        if of == catalogue.SHOWN:
            return "o", self.lists.pack()
        if of == catalogue.TRIM:
            return "b", self.clock.trim()
        cycles, breaks = self.values.mains_cycles()
        return "s2II", cycles, breaks

    def _stamp(self, utc_s: int) -> bytes:
        """Return a stamp; 0 is no instant."""
        return times.stamp_or_none(utc_s, self.zone)

    def row(self, key: int, attribute: int) -> "Found":
        """Return an attribute of a row of the register table."""
        row = table.row(key)
        if attribute == 3:
            return "s2be", table.scaler(key), table.unit(key)
        if attribute == 4:
            return ("n",)
        if attribute == 5:
            return "o", self._stamp(self._billed.demand.max_s[key & 3])
        value = self.values.value(key)
        if row.form in _TEXTS and row.cosem_class == table.DATA:
            return "o", digits.text(value, row.exponent, row.form).encode()
        value = table.scaled(key, value)
        form = "I"
        if row.form == digits.FIGURE:
            form = "B"
        elif row.form == digits.FACTOR:
            form = "h"
        elif row.unit in _U16_UNITS:
            form = "H"
        elif key & ~3 == table.ACTIVE_POWER:
            form = "i"
        return form, value

    def _register(self, of: int, attribute: int) -> "Found":
        """Meter constants, and what the last interval of the load profile brought."""
        channel = of - catalogue.INTERVAL
        if attribute == 2:
            return "I", (
                self._load.last_cwh(channel) if channel >= 0 else self.settings.pulses_per_kwh
            )
        if channel < 0:
            return "s2be", 0, _UNIT_IMP_PER_KWH + of
        return "s2be", _CWH, table.UNIT_WH if channel < 2 else table.UNIT_VARH

    def _log(self, log: int) -> EventHistory:
        return EventHistory(self._keeper.book, log, self.zone, self._stamps)

    def _profile(
        self,
        association: "Association",
        index: int,
        attribute: int,
        selector: int,
        parameters: bytes,
    ) -> "Found":
        of = self.catalogue.of(index)
        if of >= catalogue.LISTS:
            if selector:
                raise Refused(OTHER)
            return shown.read(self, of - catalogue.LISTS, attribute)
        if of >= catalogue.LOG:
            history: History = self._log(of - catalogue.LOG)
        else:
            history = (self._load, self._days, self._billing)[of]
        if attribute == 2:
            request = Reader(parameters, 0, len(parameters)) if selector else None
            return profiles.select(history, index, selector, request, association.search)
        if selector:
            raise Refused(OTHER)
        return about(history, attribute)
