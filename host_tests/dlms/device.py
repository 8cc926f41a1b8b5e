"""A meter with a DLMS server and nothing between: APDUs go in and come out."""

from boards.virtual.load import Load
from boards.virtual.world import World
from meter import dlms, requests
from meter.config import Settings
from meter.views.dlms.hdlc import ANSWER_MAX, LATER, Link
from meter.views.dlms.server import Server
from meterctl.bench.simulation import Simulation

START_S = 846_244_800  # 2026-10-25T12:00:00Z


class Rig:
    """A simulated meter and one server on it."""

    def __init__(self, load="L1=10A,L2=5A@0.8cap,L3=-2A", **settings):
        world = World(Load.parse(load), waveform=False, start_s=START_S)
        self.settings = settings = Settings(serial="12345678", **settings)
        self.simulation = Simulation(world, settings)
        self.meter = meter = self.simulation.meter
        self.device = dlms.device(meter, self.simulation.meter._parts, settings)
        self.security = self.device.security
        self.server = Server(self.device, requests.OPTICAL)
        self.server.lie_on(Link(self.server), 5)
        self.answer = bytearray(ANSWER_MAX)
        meter.requests.is_open = True

    def run(self, ms, step_ms=100):
        for _ in range(ms // step_ms):
            self.simulation.step(step_ms)
            self.server.step(step_ms)
        self.meter.requests.is_open = True

    def settle(self):
        """Let the keeper find and store everything it has to."""
        keeper = self.meter.keeper
        while keeper._step():
            pass

    def fill_profile(self, entries, step_cwh=(1_000, 30, 20, 10)):
        """Let `entries` intervals go by; each adds another energy to A+, A-, QI, QIII."""
        profile, total = self.meter.keeper.profile, self.meter.ledger.total
        self.settle()
        period_s = 60 * self.settings.period_min
        start_s = self.meter.clock.now_s() // period_s * period_s
        for k in range(entries + 1):
            profile.tick(start_s + k * period_s, total, 0)
            while profile.step(2):
                pass
            for kind, step in zip((0, 1, 2, 4), step_cwh, strict=True):
                total.counts_cwh[kind] += step + k
        return start_s + period_s

    def send(self, apdu):
        """Return the answer to an APDU, bytes or hex."""
        if isinstance(apdu, str):
            apdu = bytes.fromhex(apdu)
        request = bytearray(apdu)
        n = self.server.handle(request, len(apdu), self.answer)
        self.steps = 1  # that it took
        while n == LATER:
            self.steps += 1
            n = self.server.handle(request, LATER, self.answer)
        return bytes(self.answer[:n])
