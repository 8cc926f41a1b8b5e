"""`meterctl configure`: the order number and the configurations that are in a meter."""

import json

import click

from boards.virtual.load import Load
from boards.virtual.world import World
from meter import requests
from meter.codes import fields
from meter.codes.codes import Codes
from meter.codes.settings import OTHERS, codes_of
from meter.config import Settings
from meter.errors import ConfigError
from meterctl import read_out
from meterctl.bench import options as accept
from meterctl.bench.simulation import Simulation
from meterctl.bench.state import State
from meterctl.codes import explain_all

_STARTED_MS = 30_000  # until a meter has looked at its whole store
_STEP_MS = 100


@click.group()
def configure():
    """Read and write the codes of a meter."""


@configure.command()
@click.argument("place", metavar="HOST:PORT|DIR")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def read(place, as_json):
    """Show the codes of the meter at an optical port, or in a bench's state directory."""
    if ":" in place:
        codes, others = _by_read_out(place)
    else:
        with _meter_in(place) as (meter, _):
            codes, others = codes_of(meter.settings), _others(meter.settings)
    texts = [codes.text(code) for code in range(fields.CODES)]
    if as_json:
        click.echo(json.dumps(dict(zip(fields.NAMES, texts, strict=True)) | others))
        return
    for code in explain_all(texts):
        click.echo(f"{code['name']:16} {code['code']}")
    for name, value in others.items():
        click.echo(f"{name:16} {value}")


@configure.command()
@click.argument("directory", metavar="DIR")
@click.argument("changes", metavar="NAME=VALUE...", nargs=-1, required=True)
@click.option("--seal-open", is_flag=True, help="With the verification seal broken.")
def write(directory, changes, seal_open):
    """Change the meter in a bench's state directory.

    NAME is order, config1 to config5, serial, or what no code says: pulse_milli, pulse_count,
    threshold_w, clock_limit_s, fallback_tariff and so on.
    """
    with _meter_in(directory) as (meter, simulation):
        simulation.world.seal.closed = not seal_open
        try:
            meter.request(requests.WRITE_SETTINGS, ";".join(changes).encode())
        except ConfigError as error:
            raise accept.Refused(str(error)) from None
        simulation.step(_STEP_MS)  # it starts anew
        _run(simulation)


def _by_read_out(place):
    _, values = read_out.read_out(read_out.address(place))
    try:
        given = {"order": f"684-{values['96.60.10']}{values['96.60.11'][-3:]}"}
        for code in range(1, fields.CODES):
            digits = values[f"96.60.{code}"]
            widths = [fields.width(listed) for _, listed in fields.fields(code)]
            digits = digits[len(digits) - sum(widths) :]
            parts = []
            for width in widths:
                parts.append(digits[:width])
                digits = digits[width:]
            given[fields.NAMES[code]] = "-".join(parts)
        return Codes(**given), {"serial": values["0.0.0"]}
    except (KeyError, ConfigError) as error:
        raise click.ClickException(f"{place}: no codes in the read-out: {error}") from None


def _others(settings):
    return {"serial": settings.serial} | {name: getattr(settings, name) for name in OTHERS}


class _meter_in:  # noqa: N801  used like a function
    """A context manager: the meter of a state directory, without load, stored again at its end."""

    def __init__(self, directory):
        self._directory = accept.Directory().convert(directory, None, None)

    def __enter__(self):
        self._state = State(self._directory)
        start_s = accept.now_s() + self._state.clock_lead_s
        world = World(
            Load.parse("L1=0A"), waveform=False, memory=self._state.memory, start_s=start_s
        )
        self._simulation = Simulation(world, Settings())
        _run(self._simulation)
        return self._simulation.meter, self._simulation

    def __exit__(self, *_):
        self._simulation.meter.power_fail()
        self._state.close()


def _run(simulation):
    for _ in range(_STARTED_MS // _STEP_MS):
        simulation.step(_STEP_MS)
