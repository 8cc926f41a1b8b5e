"""Changes of the settings and top-ups; imported when the first is asked for.

They come through the module area only, never through the optical head (Kamstrup 5512-1040, pages
40 and 42).
"""

import struct

from micropython import const

from meter.control import limiter, prepayment
from meter.control.breaker import BY_CREDIT, BY_CURVE, BY_LIMITER
from meter.control.disconnector import CONNECTED
from meter.control.settings import PREPAYMENT
from meter.errors import ConfigError, JournalError
from meter.journal import configuration
from meter.registers import events
from meter.requests import HOST, MODULE

TYPE_CHECKING = const(False)
if TYPE_CHECKING:
    from meter.control.load_control import LoadControl

_TOKEN = "<II"  # number of the top-up, Wh


def change_settings(control: "LoadControl", text: "int | bytes", source: int) -> int:
    """Have the settings changed that `text` names, as ControlSettings.changed() takes it."""
    _check(control, "control", source)
    if isinstance(text, int):
        raise ConfigError("control", text, "a text")
    old, breaker = control.settings, control.breaker
    try:
        asked = text.decode()
    except ValueError:  # bytes that are no text
        raise ConfigError("control", text, "name=number,...") from None
    new = old.changed(asked)
    if new.mode == 0 and breaker is not None and breaker.state != CONNECTED:
        raise ConfigError("mode", 0, "while the breaker is closed")
    details = old.mode << 8 | old.basis, new.mode << 8 | new.basis
    control.keeper.save_logged(configuration.CONTROL, new.pack(), *details)
    control.take(new)
    if new.basis != old.basis:
        control.call_off(BY_CURVE)
        control.call_off(BY_CREDIT)
    if not control.limiter.key or control.limiter.over_action != limiter.DISCONNECT:
        control.call_off(BY_LIMITER)
    if new.basis != PREPAYMENT:
        control.forget_credit()
    return 0


def add_credit(control: "LoadControl", token: "int | bytes", source: int) -> int:
    """Add a credit, once it is stored; return what there is now, Wh."""
    _check(control, "top-up", source)
    if isinstance(token, int) or len(token) != prepayment.TOKEN_BYTES:
        raise ConfigError("top-up", token, "number and Wh, 8 bytes")
    if control.settings.basis != PREPAYMENT:
        raise ConfigError("top-up", "credit", "by a meter that is prepaid")
    number, wh = struct.unpack(_TOKEN, token)
    credit = control.prepayment
    before = bytearray(prepayment.PACKED)
    credit.pack_into(before, 0)
    credit.top_up(number, wh, control.count_cwh())
    control.pack_credit()
    if not control.keeper.keep(control.keeper.control):
        credit.restore(before, 0)
        control.pack_credit()
        raise JournalError("top-up was not stored")
    if control.credit_dwh():
        control.call_off(BY_CREDIT)
    control.log(events.CREDIT_ADDED, min(wh, 0x7FFFFFFF))
    return control.credit_dwh() // 10


def _check(control: "LoadControl", field: str, source: int) -> None:
    if source not in (MODULE, HOST):
        raise ConfigError(field, "change", "through the module area")
    if not control.is_restored:
        raise ConfigError(field, "change", "once the store has answered")
