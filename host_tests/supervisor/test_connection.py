"""The whole meter on every connection, right and wrong."""

import pytest

from boards.virtual.load import ARON, Load
from boards.virtual.world import World
from meter.config import A_PLUS_ONLY, Settings
from meter.ledger.booking import THREE_WIRE
from meter.metrology import layout
from meter.registers import events, table
from meterctl.bench.simulation import Simulation

SETTLED_MS = 20_000  # the store has been looked at, and what is wrong has held for 3 s
LOAD = "L1=5A,L2=5A,L3=5A"


def run(load=LOAD, settings=None, ms=SETTLED_MS, systems=3, **mains):
    world = World(Load.parse(load, systems=systems, **mains))
    simulation = Simulation(world, settings or Settings(), ms)
    while not simulation.is_over:
        simulation.step(100)
    return simulation


def logged(simulation):
    log = simulation.meter.events
    found = [log.newest(age)[1:] for age in range(log.total)]
    watched = (events.PHASE_REVERSAL, events.PHASE_ASYMMETRY, events.CURRENT_REVERSAL,
               events.MEASUREMENT_ERROR)  # fmt: skip
    return [event for event in found if event[0] in watched]


@pytest.mark.parametrize("systems", [1, 2, 3])
def test_a_right_connection_logs_nothing(systems):
    assert logged(run(",".join(LOAD.split(",")[:systems]), systems=systems)) == []


@pytest.mark.parametrize(
    ("wiring", "event"),
    [
        ("sequence=132", (events.PHASE_REVERSAL, 4)),
        ("L1=reversed", (events.PHASE_REVERSAL, 1)),
        ("L2=reversed", (events.PHASE_REVERSAL, 2)),
        ("L3=reversed", (events.PHASE_REVERSAL, 3)),
        ("L1=off", (events.PHASE_ASYMMETRY, 21)),
        ("L3=off", (events.PHASE_ASYMMETRY, 23)),
        ("L2=dead", (events.MEASUREMENT_ERROR, -12)),
    ],
)
def test_what_is_connected_wrong_is_logged_once(wiring, event):
    assert logged(run(wiring=wiring)) == [event]


def test_what_was_wrong_and_is_mended_is_logged_with_ten_less():
    simulation = run(wiring="L2=reversed")
    simulation = Simulation(simulation.world, Settings(), 50_000)
    simulation.step(100)
    meter = simulation.meter
    meter._parts.source = Mended(meter._parts.source)
    while not simulation.is_over:
        simulation.step(100)
    assert logged(simulation) == [(events.PHASE_REVERSAL, 2 - 10), (events.PHASE_REVERSAL, 2)]


class Mended:
    """The source of windows, with the voltage of L2 turned from the 25th second on."""

    def __init__(self, source):
        self._source = source
        self._sets = 0

    @property
    def overruns(self):
        return self._source.overruns

    def poll(self):
        window = self._source.poll()
        if window is not None:
            self._sets += window.n
            if self._sets > 25 * 4000:
                for index in (layout.U, layout.UI, layout.UC, layout.US):
                    window.sums[1][index] *= -1
        return window


def test_on_a_meter_for_import_only_a_phase_that_exports_is_logged():
    settings = Settings(energies=A_PLUS_ONLY)
    assert logged(run("L1=5A,L2=-5A,L3=5A", settings)) == [(events.CURRENT_REVERSAL, 2)]
    assert logged(run("L1=5A,L2=-5A,L3=5A")) == []


def test_two_systems_of_three_measure_and_the_third_is_not_missed():
    simulation = run("L1=5A,L2=5A", Settings(systems=2), wiring="L3=off")
    assert simulation.meter.quantities.systems == 2
    assert logged(simulation) == []
    true = simulation.true_registers()
    assert simulation.exact()["1.8.0"] == pytest.approx(true["1.8.0"], rel=0.02)
    shown = simulation.meter.values.keys(table.LCD)
    assert table.VOLTAGE + 2 in shown
    assert table.VOLTAGE + 3 not in shown


@pytest.mark.parametrize(
    ("systems", "is_aron", "angles"), [(1, 0, {}), (3, 0, {1: 120, 2: 240}), (3, 1, {2: 300})]
)
def test_the_angles_of_the_voltages_are_read_out(systems, is_aron, angles):
    load = LOAD.split(",")[:systems]
    simulation = aron("L12=5A,L31=5A") if is_aron else run(",".join(load), systems=systems)
    values = simulation.meter.values
    shown = [key for key in values.keys(table.DLMS) if key & ~3 == table.U_ANGLE]
    found = {key & 3: values.value(key) / 1000 for key in shown}
    assert found == pytest.approx(angles, abs=0.01)


def aron(load, **mains):
    return run(load, Settings(booking=THREE_WIRE), connection=ARON, **mains)


def test_the_aron_connection_shows_voltages_and_currents_of_two_wires_and_no_power_of_an_element():
    simulation = aron("L12=5A,L23=5A,L31=5A")
    found = simulation.meter.quantities
    # 3 * 230 V * 5 A between the wires are 3450 W; the currents of the wires sqrt(3) * 5 A.
    assert found.p_total_mw == pytest.approx(3_450_000, rel=1e-3)
    assert found.s_total_mva == pytest.approx(3_450_000, rel=1e-3)
    assert found.pf_total_permille == 1000
    assert found.i_ma[0] == pytest.approx(8660, rel=1e-3)
    shown = simulation.meter.values.keys(table.DLMS)
    phases = [key for key in shown if table.row(key).by == table.BY_PHASE and key & 3]
    kinds = (table.VOLTAGE, table.CURRENT, *range(table.DIPS, table.UNBALANCE, 4))
    assert phases == [kind + phase for kind in kinds for phase in (1, 3)]
    assert logged(simulation) == []


@pytest.mark.parametrize("pf", ["0.5ind", "0.3ind", "0.3cap"])
def test_an_element_that_reads_nothing_or_backwards_takes_its_share_of_the_sum(pf):
    simulation = aron(f"L12=5A@{pf},L23=5A@{pf},L31=5A@{pf}")
    simulation.finish()
    exact, true = simulation.exact(), simulation.true_registers()
    assert exact["1.8.0"] == pytest.approx(true["1.8.0"], rel=1e-3)
    assert exact["2.8.0"] == 0
    assert all(exact[f"{c + 20 * k}.8.0"] == 0 for k in (1, 2, 3) for c in range(1, 9))


@pytest.mark.parametrize(("wiring", "detail"), [("sequence=132", 4), ("L3=reversed", 3)])
def test_an_element_connected_wrong_is_logged(wiring, detail):
    simulation = aron("L12=5A,L23=5A,L31=5A", wiring=wiring)
    assert logged(simulation) == [(events.PHASE_REVERSAL, detail)]


def test_two_elements_start_together_where_each_alone_is_below_the_gate():
    # 1.2 W each: 2.4 W are above the gate of 2.3 W.
    i_a = 2.4 / 230 / 3
    simulation = aron(f"L12={i_a:.6f}A,L23={i_a:.6f}A,L31={i_a:.6f}A", ms=60_000)
    exact = simulation.exact()
    assert exact["1.8.0"] > 0
