"""Any waveform at the 24-bit converters of three phases, and the voltage watch over it."""

from array import array
from math import pi, sqrt

import numpy as np

from boards.virtual.calibration import ideal_calibration
from boards.virtual.front_end import Frames24
from boards.virtual.load import Load
from boards.virtual.mains import Mains
from boards.virtual.sampler import FrameSampler
from meter.control.settings import ControlSettings
from meter.ledger.booking import Ledger
from meter.metrology.acquisition import Acquisition
from meter.metrology.quantities import Quantities
from meter.quality.watch import VoltageWatch
from meter.registers import events
from ports.cpython import kernel

SETS_A_S = 4000
_BLOCK = 512


class Waves:
    """A Frames24 whose voltages and currents are any functions of time.

    u, i: callable(t array in s, phase number) -> array in V, in A
    """

    BLOCK_SETS = _BLOCK
    systems = 3
    SET_NS = 250_000

    def __init__(self, u, i):
        self.inner = Frames24(Mains(Load.parse("L1=1A")), noise=1.0, seed=7)
        self.scale = self.inner.scale()
        self._u, self._i = u, i

    def block(self, number):
        t = (number * _BLOCK + np.arange(_BLOCK)) * self.SET_NS / 1e9
        codes = np.empty((6, _BLOCK))
        for phase in range(3):
            codes[2 * phase] = self._u(t, phase) / float(self.inner.code_u_v)
            codes[2 * phase + 1] = self._i(t, phase) / float(self.inner.code_i_a)
        random = np.random.default_rng(number)
        noise = np.tile(self.inner._noise_codes, 3)[:, None]
        codes += noise * random.standard_normal(codes.shape)
        clipped = np.clip(np.rint(codes), -(2**23), 2**23 - 1).astype(np.int32)
        return array("i", clipped.T.ravel().tolist())


class Kept:
    def __init__(self):
        self.data = bytearray(120)
        self.is_ready = True
        self.is_due = False


class Keeper:
    def __init__(self):
        self.control = Kept()
        self.events = self
        self.marks = 0
        self.logged = []

    def log(self, at_s, code, detail):
        self.logged.append((code, detail))


class Configured:
    def __init__(self, **numbers):
        self.settings = ControlSettings(**numbers)


class Bench:
    """The measuring chain up to quantities, ledger and voltage watch, on waves."""

    def __init__(self, u=None, i=None, start_s=0, **numbers):
        waves = Waves(u or sine_u, i or sine_i)
        self.sampler = FrameSampler(waves, kernel)
        self.source = Acquisition(self.sampler, kernel)
        calibration = ideal_calibration(waves.scale, 3)
        self.quantities = Quantities(calibration)
        self.ledger = Ledger(0, 2300)
        self.keeper = Keeper()
        self.now_s = start_s
        self.watch = VoltageWatch(
            self.source,
            calibration,
            self.quantities,
            self.keeper,
            lambda: self.now_s,
            Configured(**numbers),
        )

    def run(self, seconds):
        """Let time pass; steps of 100 ms."""
        for step in range(round(seconds * 10)):
            self.sampler.advance(100_000_000)
            while (window := self.source.poll()) is not None:
                self.quantities.update(window)
                self.ledger.book(
                    self.quantities.window_p_mw, self.quantities.window_q_mvar, window.duration_ns
                )
                self.watch.window(window.duration_ns)
            if step % 10 == 9:
                self.now_s += 1
                self.watch.second(self.now_s)

    def voltage_events(self):
        """Return (code, ms, V) of dips, swells and their ends; failures have no ms."""
        found = []
        for code, detail in self.keeper.logged:
            if events.UNDERVOLTAGE <= code <= events.VOLTAGE_NORMAL + 2:
                is_packed = code >= events.VOLTAGE_NORMAL and detail >= 0
                packed = code, detail & 0x7FFFF, (detail >> 19) / 10
                found.append(packed if is_packed else (code,))
        return found


def angle(t, phase, f_hz=50.0):
    return 2 * pi * f_hz * t - 2 * pi / 3 * phase


def sine_u(t, phase):
    return sqrt(2) * 230 * np.sin(angle(t, phase))


def sine_i(t, phase):
    return sqrt(2) * 10 * np.sin(angle(t, phase))
