"""The meter on the virtual board in simulated time: what the bench steps, shows and reports."""

from boards.virtual import board
from meter.ledger import energy
from meter.ledger.booking import INDIVIDUAL, TOTAL
from meter.registers import obis, table
from meter.supervisor import Meter
from meterctl.build import source_checksum

_NS_PER_MS = 1_000_000
_DRAIN_MS = 10

_PJ_PER_WH = 3.6e15

# key of an energy without its phase: the accumulators it is the sum of
_KINDS = {
    table.ACTIVE_IMPORT: (energy.A_PLUS,),
    table.ACTIVE_EXPORT: (energy.A_MINUS,),
    table.REACTIVE_IMPORT: (energy.Q1, energy.Q2),
    table.REACTIVE_EXPORT: (energy.Q3, energy.Q4),
    table.REACTIVE_QI: (energy.Q1,),
    table.REACTIVE_QII: (energy.Q2,),
    table.REACTIVE_QIII: (energy.Q3,),
    table.REACTIVE_QIV: (energy.Q4,),
}
ENERGIES = tuple(_KINDS)


class Simulation:
    """A meter in its world.

    world:        boards.virtual.world.World
    settings:     meter.config.Settings
    duration_ms:  how long the mains is there; None = for ever
    is_new:       True: the settings take the place of those on the store
    """

    def __init__(self, world, settings, duration_ms=None, is_new=False):
        self.world = world
        self._settings = settings
        self._parts = board.build(world)
        self._parts.checksum = source_checksum()
        self.meter = Meter(self._parts, settings, is_new)
        self.systems = world.mains.systems
        self._end_ns = None if duration_ms is None else duration_ms * _NS_PER_MS
        self._stepped_ms = 0

    @property
    def now_ns(self):
        """Simulated time since the start."""
        return self.world.clock.now_ns()

    @property
    def is_over(self):
        """True once the duration has passed."""
        return self._end_ns is not None and self.now_ns >= self._end_ns

    def step(self, step_ms):
        """Let `step_ms` of simulated time pass, less at the end, and run the meter once."""
        target_ns = self.now_ns + step_ms * _NS_PER_MS
        if self._end_ns is not None:
            target_ns = min(target_ns, self._end_ns)
        self.world.advance_to(target_ns, self._end_ns)
        elapsed_ms = self.now_ns // _NS_PER_MS - self._stepped_ms
        self._stepped_ms += elapsed_ms
        self.meter.step(elapsed_ms)
        if self.meter.is_restart_due:
            self.meter.power_fail()
            self.meter = Meter(self._parts, self._settings)

    def finish(self):
        """Cut the mains off, let the meter book and store everything, and play the last pulses.

        Those that queue because they were due faster than they can be told apart are played, too.
        """
        self.world.advance_to(self.now_ns, self._end_ns)
        mains_until_ns = self.world.measured_ns
        self.meter.finish()
        drain_ns = _DRAIN_MS * _NS_PER_MS
        while self.meter.pulses.waiting or not self.world.pulses.is_idle:
            if self.meter.pulses.waiting:  # the supply is still there, and brings windows
                self.meter.pulse_task.window(drain_ns, is_creeping=True)
            self.world.advance_to(self.now_ns + drain_ns, mains_until_ns)
            self.meter.step(0)
        self.meter.finish()  # which now stores that no pulse is due

    def registers(self):
        """Return the energies as {"1.8.0": Wh or varh}, sums first, then L1 (21.8.0 ...) to L3."""
        return {
            obis.short(table.code(key + phase)): self.meter.values.value(key + phase) / 10
            for phase in range(self.systems + 1)
            for key in ENERGIES
        }

    def exact(self):
        """Return the same without the registers' resolution: Wh or varh, to the last mW * ns."""
        scopes = self.meter.ledger.scopes
        return {
            obis.short(table.code(key + phase)): sum(
                scopes[phase - 1 if phase else TOTAL].exact_pj(kind) for kind in _KINDS[key]
            )
            / _PJ_PER_WH
            for phase in range(self.systems + 1)
            for key in ENERGIES
        }

    def true_registers(self):
        """Return what the load has really delivered, in the same form."""
        is_vector = self.meter.settings.booking != INDIVIDUAL
        delivered = self.world.mains.registers(0, self.world.measured_ns, is_vector)
        return {code: round(delivered[code], 4) for code in self.registers()}

    def readings(self):
        """Return everything the register table reads out besides: {"1.6.0": "01.234", ...}."""
        meter = self.meter
        return {
            obis.short(table.code(key)): table.value_text(
                key, meter.values.value(key), meter.settings.decimals
            )
            for key in meter.values.keys(table.MODEA)
            if key >= table.OPERATING_TIME or key == table.SERIAL_NUMBER
        }

    def phases(self):
        """Return what the meter measures, one dict per phase."""
        found = self.meter.quantities
        return [
            {
                "u_v": found.u_mv[k] / 1e3,
                "i_a": found.i_ma[k] / 1e3,
                "p_w": found.p_mw[k] / 1e3,
                "q_var": found.q_mvar[k] / 1e3,
                "s_va": found.s_mva[k] / 1e3,
                "pf": found.pf_permille[k] / 1e3,
                "u_angle_deg": found.u_angle_mdeg[k] / 1e3,
                "f_hz": found.f_mhz / 1e3,
            }
            for k in range(self.systems)
        ]
