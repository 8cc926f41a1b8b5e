"""`meterctl configure`: the codes, settings and lists that are in a meter."""

import json

import click

from meter.codes import fields, settings
from meter.control.settings import ControlSettings
from meter.errors import ConfigError
from meter.registers import digits, lists, obis, table
from meter.requests import WRITE_CONTROL, WRITE_DISPLAY_LISTS, WRITE_SETTINGS
from meterctl import meters
from meterctl.codes import explain_all

LISTS = ("automatic", "manual", "battery", "read-out")  # in the order of registers.lists
_PARTS = {digits.DATE: "/date", digits.HOUR: "/hour"}
_TEST = "/test"
_ACCEPTED = ("accepted: what the meter has by its codes, in the manual list all legal readings "
             "(1.8.0, 2.8.0, 3.8.0, 4.8.0, 0.2.0, 0.2.8)")  # fmt: skip

_THROUGH = "accepted: through the module port, mode 0 while the breaker is closed"


@click.group()
def configure():
    """Read and write the codes, settings and lists of a meter."""


@configure.command(epilog=meters.PLACES)
@click.argument("place", metavar="PLACE")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@meters.options
def read(place, as_json, **who):
    """Show codes and settings of the meter at PLACE."""
    with meters.open_meter(place, False, who) as meter:
        found = meters.settings_of(meter, place)
    codes = settings.codes_of(found)
    texts = [codes.text(code) for code in range(fields.CODES)]
    others = {"serial": found.serial} | {name: getattr(found, name) for name in settings.OTHERS}
    if as_json:
        click.echo(json.dumps(dict(zip(fields.NAMES, texts, strict=True)) | others))
        return
    for code in explain_all(texts):
        click.echo(f"{code['name']:16} {code['code']}")
    for name, value in others.items():
        click.echo(f"{name:16} {value}")


@configure.command(epilog=meters.PLACES)
@click.argument("place", metavar="PLACE")
@click.argument("changes", metavar="NAME=VALUE...", nargs=-1, required=True)
@meters.options
def write(place, changes, **who):
    """Change settings of the meter at PLACE; they come into force within seconds.

    NAME is order, config1 to config5, serial, or what no code says: pulse_milli, pulse_count,
    threshold_w, clock_limit_s, fallback_tariff and so on.  What is legal needs the seal open.
    """
    text = ";".join(changes)
    with meters.open_meter(place, True, who) as meter:
        try:
            settings.changed(meters.settings_of(meter, place), text)
        except ConfigError as error:
            raise meters.Refused(str(error)) from None
        meter.write(WRITE_SETTINGS, text.encode())


@configure.command(epilog=meters.PLACES)
@click.argument("place", metavar="PLACE")
@click.argument("changes", metavar="NAME=NUMBER...", nargs=-1)
@meters.options
def load(place, changes, **who):
    """Show or change breaker, smart disconnect, limiter and prepayment of the meter at PLACE.

    NAME is mode, basis, limit, k1 to k3, t1 to t3, reconnect_s, short_ma and what else is shown;
    docs/control.md says what they are.  A meter takes them through its module port only.
    """
    text = ",".join(changes)
    with meters.open_meter(place, bool(changes), who) as meter:
        found = ControlSettings().changed(meter.read(WRITE_CONTROL).decode())
        if changes:
            try:
                found = found.changed(text)
            except ConfigError as error:
                raise meters.Refused(str(error)) from None
            try:
                meter.write(WRITE_CONTROL, text.encode())
            except meters.Refused as error:
                raise meters.Refused(f"{error.message}; {_THROUGH}") from None
    for item in found.text().split(","):
        name, value = item.split("=")
        click.echo(f"{name:16} {value}")


@configure.command("list", epilog=meters.PLACES)
@click.argument("place", metavar="PLACE")
@click.argument("which", type=click.Choice(LISTS))
@click.argument("items", metavar="CODE...", nargs=-1)
@meters.options
def list_(place, which, items, **who):
    """Show a list of the meter at PLACE, or write CODEs to it.

    The lists are those of the display, and that of the lines that mode A sends.  A CODE is short,
    such as 1.8.0; on the display 1.6.0/date and 1.6.0/hour say when a maximum was, and 1.8.0/test
    is an energy with the resolution of the test.
    """
    number = LISTS.index(which)
    with meters.open_meter(place, bool(items), who) as meter:
        found = lists.unpack(meter.read(WRITE_DISPLAY_LISTS))
        if len(items) > lists.MOST[number]:
            most = lists.MOST[number]
            raise meters.Refused(f"{len(items)} codes refused, accepted: {most} of {which}")
        if items:
            unit = meters.settings_of(meter, place).pulse_unit
            found[number] = [_item(text, number, unit) for text in items]
            try:
                meter.write(WRITE_DISPLAY_LISTS, lists.pack(found))
            except meters.Refused as error:
                raise meters.Refused(f"{error.message}; {_ACCEPTED}") from None
    for item in found[number]:
        click.echo(f"{_code(item):12} {table.text(item & ~lists.TEST_RESOLUTION)}")


def _code(item):
    """Return a list's item as it is written on a command line."""
    key = item & ~lists.TEST_RESOLUTION
    part = _PARTS.get(table.row(key).form, "") if key < table.DATE else ""
    return obis.short(table.code(key)) + (_TEST if item != key else part)


def _item(text, which, pulse_unit):
    view = table.MODEA if which == lists.READ_OUT else table.LCD
    for key in table.keys(view, 3):
        if key & ~3 == table.PULSE_INPUT and key & 3 != pulse_unit:
            continue
        is_energy = which != lists.READ_OUT and table.row(key).exponent == -1
        for item in (key, key | lists.TEST_RESOLUTION) if is_energy else (key,):
            if _code(item) == text:
                return item
    raise meters.Refused(f"{text!r} refused, accepted: a code of the {LISTS[which]} list")
