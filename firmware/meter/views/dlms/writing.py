"""SET and ACTION on the meter's objects: each is checked here and submitted as a request."""

from micropython import const

from meter import requests
from meter.errors import ConfigError, JournalError, SealError
from meter.registers import events, table
from meter.views.dlms import billing_schedule, catalogue, clock, lines, loads, plans, shown
from meter.views.dlms.axdr import (
    DENIED,
    HARDWARE_FAULT,
    OTHER,
    TEMPORARY,
    UNAVAILABLE,
    UNDEFINED,
    Refused,
)
from meter.views.dlms.catalogue import shape
from meter.views.dlms.key_wrap import unwrap
from meter.views.dlms.keys import ENCRYPTION, MASTER

TYPE_CHECKING = const(False)
if TYPE_CHECKING:
    from collections.abc import Callable

    from meter.requests import Requests
    from meter.views.dlms.association import Association
    from meter.views.dlms.axdr import Reader
    from meter.views.dlms.gcm import Cipher
    from meter.views.dlms.objects import Objects

    Target = tuple[int, bytes, int, int, bytes]

# From catalogue.SETTINGS on.
_KINDS = (
    requests.WRITE_SETTINGS,
    requests.WRITE_CALIBRATION,
    requests.WRITE_DISPLAY_LISTS,
    requests.SET_TRIM,
)
_RESET = const(1)  # of a profile
_OF_SETTINGS = (catalogue.CLOCK, catalogue.SCHEDULE, catalogue.HDLC, catalogue.LOCAL_PORT)


class Writing:
    """What clients may change.

    objects:   objects.Objects
    requests:  requests.Requests
    new_aes:   as of gcm.Gcm
    """

    def __init__(
        self,
        objects: "Objects",
        submitted: "Requests",
        new_aes: "Callable[[bytes], Cipher]",
    ) -> None:
        self._objects = objects
        self._requests = submitted
        self._new_aes = new_aes
        self._plans = plans.Plans(objects.tariffs, objects.zone)
        self._preset: tuple[int, int, int] | None = None  # of the clock

    def login_failed(self, sap: int) -> None:
        """Have a failed log-in of client `sap` logged."""
        self._note(events.LOGIN_FAILED, sap)

    def _note(self, code: int, detail: int) -> None:
        self._submit(requests.LOG_EVENT, detail << 8 | code, requests.HOST)

    def write(
        self, association: "Association", target: "Target", value: "Reader", port: int
    ) -> None:
        """Write an attribute; Refused with the reason, Malformed, OSError."""
        class_id, name, attribute, selector, _ = target
        index = self._objects.find(association, class_id, name)
        if not 1 <= attribute <= shape(class_id)[1]:
            raise Refused(UNDEFINED)
        if not self._objects.catalogue.can_write(index, attribute, association.client):
            raise Refused(DENIED)
        if selector:
            raise Refused(OTHER)
        of = self._objects.catalogue.of(index)
        if class_id in (catalogue.CALENDAR, catalogue.SPECIAL_DAYS):
            plan = self._plans.written(class_id, attribute, value)
            self._submit_plan(class_id, plan, port)
        elif class_id == catalogue.ASSOCIATION:  # the reading client's password
            password = value.octets()
            value.finish()
            self._change_keys(-1, password, port)
        elif class_id == catalogue.PROFILE:
            packed = shown.written(self._objects, of - catalogue.LISTS, value)
            self._submit(requests.WRITE_DISPLAY_LISTS, packed, port)
        elif class_id == table.DATA and of != catalogue.ALARM_FILTER:
            self._write_data(of, value, port)
        elif class_id in _OF_SETTINGS:
            self._write_setting(association, class_id, attribute, value, port)
        else:
            self._write_control(class_id, attribute, value, port)

    def _write_setting(
        self,
        association: "Association",
        class_id: int,
        attribute: int,
        value: "Reader",
        port: int,
    ) -> None:
        objects = self._objects
        change: int | bytes
        if class_id == catalogue.CLOCK:
            kind, change = clock.written(objects.settings, objects.zone, attribute, value)
        elif class_id == catalogue.SCHEDULE:
            kind, change = billing_schedule.written(objects.settings, value)
        else:
            kind, change = lines.written(association, class_id, attribute, value)
        self._submit(kind, change, port)

    def _write_control(self, class_id: int, attribute: int, value: "Reader", port: int) -> None:
        objects = self._objects
        if class_id == catalogue.CREDIT:
            change = objects.prepaid.change(value)
        elif class_id == catalogue.LIMITER:
            change = loads.limit(attribute, value, objects.catalogue, objects.zone)
        else:
            change = loads.change(class_id, value)
        value.finish()
        self._submit(requests.WRITE_CONTROL, change, port)

    def _write_data(self, of: int, value: "Reader", port: int) -> None:
        record: int | bytes
        if of in (catalogue.ALARMS, catalogue.TRIM):
            record = value.integer("I" if of == catalogue.ALARMS else "b")
        else:
            record = value.octets()
        value.finish()
        kind = requests.CLEAR_ALARMS
        if of == catalogue.LOADS:
            kind = requests.WRITE_CONTROL
        elif of != catalogue.ALARMS:
            kind = _KINDS[of - catalogue.SETTINGS]
        self._submit(kind, record, port)

    def _submit_plan(self, class_id: int, plan: bytes, port: int) -> None:
        if plan:
            self._submit(requests.WRITE_TARIFF_PLAN, plan, port)
            self._plans.taken(class_id)

    def invoke(
        self, association: "Association", target: "Target", value: "Reader", port: int
    ) -> bytes:
        """Invoke a method; return its encoded result, b"" if it has none.  Raises as write()."""
        class_id, name, method, _, _ = target
        index = self._objects.find(association, class_id, name)
        if not 1 <= method <= shape(class_id)[2]:
            raise Refused(UNDEFINED)
        if not self._objects.catalogue.can_invoke(index, method, association.client):
            raise Refused(DENIED)
        if class_id == catalogue.CLOCK:
            self._move_clock(method, value, port)
        elif class_id == catalogue.SCRIPTS:
            self._run_script(self._objects.catalogue.of(index), value, port)
        elif class_id in (catalogue.CALENDAR, catalogue.SPECIAL_DAYS):
            plan = self._plans.invoked(class_id, method, value)
            self._submit_plan(class_id, plan, port)
        elif class_id == catalogue.SECURITY:
            self._transfer_keys(association, value, port)
        elif class_id == catalogue.PROFILE:
            value.integer("b")
            value.finish()
            is_load = method == _RESET
            self._submit(requests.ERASE_PROFILE if is_load else requests.CLOSE_BILLING, 0, port)
        elif class_id >= catalogue.ACCOUNT:
            self._prepay(class_id, method, value, port)
        elif class_id == catalogue.DISCONNECT:
            value.integer("b")
            value.finish()
            self._submit(requests.DISCONNECT if method == 1 else requests.CONNECT, 0, port)
        else:  # pass 3 of HLS: the association stands already
            raise Refused(DENIED)
        return b""

    def _prepay(self, class_id: int, method: int, value: "Reader", port: int) -> None:
        """Activate or close the account, or take a credit."""
        prepaid = self._objects.prepaid
        if class_id == catalogue.ACCOUNT:
            self._submit(requests.WRITE_CONTROL, prepaid.basis(method, value), port)
        elif class_id == catalogue.CREDIT:
            self._submit(requests.ADD_CREDIT, prepaid.top_up(value), port)
        else:
            self._submit(requests.ADD_CREDIT, prepaid.token(value), port)
            prepaid.taken()

    def _move_clock(self, method: int, value: "Reader", port: int) -> None:
        objects = self._objects
        if method == clock.PRESET:
            self._preset = clock.preset(value, objects.zone)
            return
        period_s = 60 * objects.settings.period_min
        then_s = clock.moved(method, value, objects.clock.now_s(), period_s, self._preset)
        self._submit(requests.SET_CLOCK, then_s, port)
        if method == clock.TO_PRESET:
            self._preset = None

    def _run_script(self, of: int, value: "Reader", port: int) -> None:
        script = value.integer("H")
        value.finish()
        if of == 1 and script == 1:
            self._submit(requests.CLOSE_BILLING, 0, port)
        elif of == 2 and 1 <= script <= self._objects.settings.tariffs + 1:
            tariff = script if script <= self._objects.settings.tariffs else 0
            self._submit(requests.COMMAND_TARIFF, tariff, port)
        elif of == 3 and script in (1, 2):
            self._submit(requests.DISCONNECT if script == 1 else requests.CONNECT, 0, port)
        else:
            raise Refused(OTHER)

    def _transfer_keys(self, association: "Association", value: "Reader", port: int) -> None:
        """Take keys wrapped with the master key, all of them or none."""
        wrapped = []
        for _ in range(value.count(1)):
            key_id, data = value.get("s2eo")
            assert isinstance(data, bytes)
            wrapped.append((int(key_id), data))
        value.finish()
        keys = self._objects.security.keys
        found = []
        for key_id, data in wrapped:
            key = unwrap(self._new_aes, keys.master, data)
            if key is None or not ENCRYPTION <= key_id <= MASTER:
                raise Refused(OTHER)
            found.append((key_id, key))
        for key_id, key in found:
            self._change_keys(key_id, key, port)

    def _change_keys(self, key_id: int, secret: bytes, port: int) -> None:
        """Store a key, or with key_id -1 the password, and put it in force."""
        security = self._objects.security
        try:
            if key_id < 0:
                packed = security.keys.with_password(secret)
            else:
                packed = security.keys.with_key(key_id, secret)
        except ConfigError:
            raise Refused(OTHER) from None
        self._submit(requests.WRITE_KEYS, packed, port)
        security.change(packed)
        self._note(events.KEY_EXCHANGED, key_id)

    def _submit(self, kind: int, value: "int | bytes", port: int) -> None:
        if not self._requests.serves(kind):
            raise Refused(UNAVAILABLE)
        try:
            self._requests.submit(kind, value, port)
        except SealError:
            raise Refused(DENIED) from None
        except ConfigError:
            raise Refused(OTHER) from None
        except JournalError:
            raise Refused(HARDWARE_FAULT) from None
        except RuntimeError:
            raise Refused(TEMPORARY) from None
