"""Two converters on the mains model: the codes that they read, and what these are worth.

`Interleaved12` is the RP2040's converter behind amplifiers, `Frames24` one to three ADS131M0x.
Each makes its output in fixed blocks from (seed, block number) alone, so that any cut of the calls
reads the same codes.

Both have a shunt of 125 uohm, so that 105 A with a fifth harmonic of 40 % on top (crest 207 A) fit
into the least sensitive range: 1.3125 V / 50 are 210 A, 37.5 mV are 300 A.

Not modelled, because U and I share them: the anti-alias filters and the ADS131M0x's sinc3 droop.
"""

from array import array
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

import numpy as np

from boards.virtual.mains import Samples
from meter.metrology import layout

SHUNT_OHM = Fraction(125, 1_000_000)


@dataclass(frozen=True)
class Scale:
    """What a set's counts are worth: the ideal calibration.  U and I belong to one instant.

    u_v, i_a:         volts, and amperes per range, in one count; exact
    u_noise, i_noise: mean square of the noise, rounding included, in counts squared
    """

    u_v: Fraction
    i_a: tuple[Fraction, ...]
    u_noise: float
    i_noise: tuple[float, ...]


class _Blocks:
    """Output in numbered blocks of BLOCK_SETS sets; the last one is kept.  seed: 0 .. 2**64-1."""

    BLOCK_SETS = 512

    def __init__(self, mains, seed):
        self._mains = mains
        self._seed = seed
        self._made = None  # number of the block, and how often the mains had changed
        self._block = None

    def block(self, number):
        """Return block `number` >= 0 as an array, valid until the next call."""
        made = number, len(self._mains.changes)
        if made != self._made:
            self._block = self._make(number)
            self._made = made
        return self._block

    def _change(self, signal, start_ns, times_ns, of_current, number):
        """Have the mains' changes act on `signal` of system `number`, at start_ns + times_ns."""
        if len(self._mains.changes) == 1:
            return
        end_ns = start_ns + times_ns[-1] + 1
        for first_ns, last_ns, u, i in self._mains.spans(start_ns, end_ns):
            first, last = np.searchsorted(times_ns, (first_ns - start_ns, last_ns - start_ns))
            signal[first:last] *= (i if of_current else u)[number]

    def _noise(self, number, shape):
        key = np.array((self._seed, number), np.uint64)
        return np.random.Generator(np.random.Philox(key=key)).standard_normal(shape, np.float32)


class Interleaved12(_Blocks):
    """One system at the RP2040's converter: I_high (x 800), U, I_low (x 50) in turn, 12 bit.

    Reference 3.0 V (an external shunt reference at ADC_VREF: Raspberry Pi Pico data sheet, section
    4.3), all inputs biased at code 1792 = 1.3125 V.  Room below the bias, the shorter side:
      I_high  13.1 A peak, 9.3 A rms of a sine
      I_low   210 A peak, 148 A rms; 105 A rms reach 71 % of it
      U       474 V peak, 335 V rms (divider 3 x 120 kohm : 1 kohm)

    linearity: 'ideal' or 'e11', the RP2040's erratum as published (see `corrections`)
    noise:     factor on 0.97 LSB rms, the figure published at pico-adc.markomo.me
    """

    SLOT_CLOCKS = 333  # of 48 MHz, from one conversion to the next
    SET_NS = 124_875  # 18 * 333 / 48 MHz
    VREF_V = 3
    BIAS = 1792
    LUT_SCALE = 12  # of the linearity table, see Calibration.fill_lut
    DIVIDER = 361
    GAINS = (800, 50)
    NOISE_LSB = 0.97

    def __init__(self, mains, linearity="ideal", noise=1.0, seed=0):
        super().__init__(mains, seed)
        self._noise_lsb = self.NOISE_LSB * noise
        self._codes = array("H", bytes(2 * layout.CODES_PER_SET * self.BLOCK_SETS))
        self._view = np.frombuffer(self._codes, np.uint16)
        lsb_per_v = 4096 / self.VREF_V
        i_high, i_low = (mains.i[:1] * float(gain * SHUNT_OHM) * lsb_per_v for gain in self.GAINS)
        u = mains.u[:1] / self.DIVIDER * lsb_per_v
        slot_ns = self.SLOT_CLOCKS / 48e-3
        slots = np.arange(len(self._codes)).reshape(-1, 3)
        self._times_ns = (slots * slot_ns).T
        self._signals = [
            Samples(mains, spectra, times_ns)
            for times_ns, spectra in zip(self._times_ns, (i_high, u, i_low), strict=True)
        ]
        self._transfer = transfer(linearity)

    def codes(self, first, n):
        """Return codes first .. first + n - 1 since the start, in order of conversion, uint16."""
        per_block = len(self._codes)
        parts = []
        while n > 0:
            offset = first % per_block
            part = np.frombuffer(self.block(first // per_block), np.uint16)[offset : offset + n]
            parts.append(part.copy())
            first, n = first + len(part), n - len(part)
        return np.concatenate(parts)

    def scale(self):
        """Return the Scale of a set as decimate() makes it."""
        weight = Fraction(self.LUT_SCALE, 1 << layout.MEAN_SHIFT)
        v = Fraction(self.VREF_V, 4096) / (weight * 3 * layout.CODES_PER_CHANNEL)
        step = 1 / 12  # mean square of rounding
        code = float(weight) ** 2 * (self._noise_lsb**2 + step)
        high = 6 * 3**2 * code + step
        moved = (5 * 3**2 + 2**2 + 1**2) * code + step  # by one third or two: 2 + 1 or 1 + 2
        i_a = tuple(v / (gain * SHUNT_OHM) for gain in self.GAINS)
        return Scale(v * self.DIVIDER, i_a, moved, (high, moved))

    def _make(self, number):
        start_ns = number * self.BLOCK_SETS * self.SET_NS
        channels = [signal.at(start_ns)[0] for signal in self._signals]
        for channel, times_ns, of_current in zip(
            channels, self._times_ns, (True, False, True), strict=True
        ):
            self._change(channel, start_ns, times_ns, of_current, 0)
        inputs = np.array(channels).T.ravel()
        inputs += self.BIAS
        if self._noise_lsb:
            inputs += self._noise_lsb * self._noise(number, len(inputs))
        halves = np.clip(np.floor(2 * inputs), -1, 8191).astype(np.int32)
        self._view[:] = self._transfer[halves + 1]
        return self._codes


# Mean of five RP2040s: (first code, correction); ideal code = code + correction.  The numbers are
# those published by github.com/kitanokitsune/rp2040adc_correction.  The steps at 512, 1536, 2560
# and 3584 are erratum RP2040-E11 (RP2040 data sheet, appendix B).  Published for one device: DNL
# 8.9, INL 7.9 LSB (pico-adc.markomo.me); this mean has 5 and 5.5.
_E11 = (
    (0, -15), (511, -10), (512, -5), (895, -6), (1407, -7), (1535, -3), (1536, 2), (1664, 1),
    (2047, 0), (2048, -1), (2431, -2), (2559, 3), (2560, 7), (2943, 6), (3455, 5), (3583, 10),
    (3584, 15), (3711, 14),
)  # fmt: skip


def corrections(linearity):
    """Return what to add to each of the 4096 codes of an 'ideal' or 'e11' converter, int array."""
    _check_linearity(linearity)
    codes = np.arange(4096)
    if linearity == "ideal":
        return np.zeros_like(codes)
    firsts, values = np.array(_E11).T
    corrected = codes + values[np.searchsorted(firsts, codes, "right") - 1]
    return np.clip(corrected, 0, 4095) - codes


def linearity_knots(linearity, share=1.0):
    """Return the curve as a Calibration's linearity: knots (code, correction in 1/64 code).

    share: of the corrections; 1 is right, 0.7 a table that is 30 % wrong
    """
    _check_linearity(linearity)
    if linearity == "ideal":
        return ()
    knots = [(0, 0), (15, -15)]  # these codes are all read at an input of 0 ...
    for (_, before), (code, correction) in pairwise(_E11):
        knots += [(code, before), (code, correction)]
    knots += [(4081, 14), (4095, 0)]  # ... and these at 4095
    return tuple((code, round(64 * share * correction)) for code, correction in knots)


def linearity_table(linearity, share=1.0):
    """Return decimate()'s table for the curve, array('h', 4096); `share` as in linearity_knots."""
    codes = np.arange(4096) + share * corrections(linearity) - Interleaved12.BIAS
    return array("h", np.rint(Interleaved12.LUT_SCALE * codes).astype(int).tolist())


def transfer(linearity):
    """Return the codes read from inputs of -0.5, 0, 0.5 .. 4095.5 codes to the next; uint16.

    A transition lies midway between two codes' ideal inputs, so on a whole or half code.
    """
    inputs = np.arange(4096) + corrections(linearity)
    transitions = (inputs[1:] + inputs[:-1]) / 2
    return np.searchsorted(transitions, np.arange(-1, 8192) / 2, "right").astype(np.uint16)


def _check_linearity(linearity):
    if linearity not in ("ideal", "e11"):
        raise ValueError(f"linearity takes ideal or e11, not {linearity!r}")


class Frames24(_Blocks):
    """One to three systems at an ADS131M0x each: 24-bit codes u1 i1 u2 i2 u3 i3, 4 kS/s.

    Room:
      U  541 V peak (+-1.2 V at gain 1, divider 450 kohm : 1 kohm)
      I  300 A peak, 212 A rms of a sine (+-37.5 mV at gain 32)
    The ground of each converter is its phase, so the divider's tap has N against L: it is wired to
    the negative input, and L above N reads positive, as does current into the load.

    noise: factor on 5.35 uV rms (gain 1) and 1.25 uV rms (gain 32) at 4 kS/s, ADS131M04 data sheet
    """

    SET_NS = 250_000
    DIVIDER = 451
    U_SPAN_V = Fraction(12, 10)
    I_SPAN_V = Fraction(375, 10_000)
    NOISE_V = (5.35e-6, 1.25e-6)
    _U_STEP, _I_STEP = 1 << layout.U_SHIFT, 1 << layout.I_SHIFT  # codes in a count

    def __init__(self, mains, noise=1.0, seed=0):
        super().__init__(mains, seed)
        self.systems = mains.systems
        self.code_u_v = self.U_SPAN_V * self.DIVIDER / 2**23
        self.code_i_a = self.I_SPAN_V / SHUNT_OHM / 2**23
        u_noise, i_noise = self.NOISE_V
        self._noise_codes = noise * np.array(
            [u_noise * 2**23 / float(self.U_SPAN_V), i_noise * 2**23 / float(self.I_SPAN_V)]
        )
        self._channel_noise = np.tile(self._noise_codes, self.systems)[:, None]
        for number in mains.dead:
            self._channel_noise[2 * number : 2 * number + 2] = 0
        spectra = np.empty((2 * mains.systems, mains.u.shape[1]), complex)
        spectra[0::2] = mains.u / float(self.code_u_v)
        spectra[1::2] = mains.i / float(self.code_i_a)
        self._times_ns = np.arange(self.BLOCK_SETS) * self.SET_NS
        self._signals = Samples(mains, spectra, self._times_ns)
        self._frames = array("i", bytes(4 * len(spectra) * self.BLOCK_SETS))
        self._view = np.frombuffer(self._frames, np.int32).reshape(self.BLOCK_SETS, len(spectra))

    def scale(self):
        """Return the Scale of a set as unpack() makes it."""
        u_noise, i_noise = (self._noise_codes / (self._U_STEP, self._I_STEP)) ** 2 + 1 / 12
        return Scale(
            self.code_u_v * self._U_STEP, (self.code_i_a * self._I_STEP,), u_noise, (i_noise,)
        )

    def _make(self, number):
        start_ns = number * self.BLOCK_SETS * self.SET_NS
        codes = self._signals.at(start_ns)
        for row, signal in enumerate(codes):
            self._change(signal, start_ns, self._times_ns, row % 2 == 1, row // 2)
        if self._noise_codes.any():
            noise = self._noise(number, codes.shape)
            codes += noise * self._channel_noise
        np.clip(np.rint(codes), -(2**23), 2**23 - 1, out=codes)
        self._view[:] = codes.T
        return self._frames
