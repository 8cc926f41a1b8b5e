"""What the kernel's definition and its twins share: formats, index constants, the reference.

Sets, sums and tracker states are plain arrays, so that machine code can work on them; this module
gives their elements names.  Nothing here depends on a board.
"""

from array import array

# The 12-bit format: one set is this many codes of the converter's round robin I_high, U, I_low.
CODES_PER_CHANNEL = 6
CODES_PER_SET = 18
MEAN_SHIFT = 6  # scales the weighted sum of a set's codes to |set value| <= 7989 < 2**13

# The 24-bit format: codes shifted right by this many bits.
U_SHIFT = 8  # leaves 16 bits
I_SHIFT = 4  # leaves 20 bits

# accumulate(): array('q', SUMS)
N = 0  # sets
U = 1  # sum of u
I = 2  # noqa: E741  sum of i
UU = 3  # sum of u * u
II = 4  # sum of i * i
UI = 5  # sum of u * i
UC = 6  # sum of u * cos, of the reference below
US = 7  # sum of u * sin
IC = 8  # sum of i * cos
IS = 9  # sum of i * sin
SUMS = 10

# track(): array('i', TRACKER)
Y = 0  # filter output at the last set taken
PREVIOUS = 1  # filter output one set before
ARMED = 2  # 1 once Y fell below -HYSTERESIS, until the crossing
HYSTERESIS = 3  # >= 0, in units of Y; set by the caller
TRACKER = 4

# accumulate() multiplies with a cosine and a sine that its caller tunes to the mains.
REFERENCE_AMPLITUDE = 8191  # 2**13 - 1: 32 products with |value| < 2**13 stay within 31 bits
REFERENCE_PAIRS = 256  # selected by the top 8 bits of the 32-bit phase
REFERENCE_START = 0x0080_0000  # half a pair, so that truncating the phase rounds it
PHASE_MASK = 0xFFFF_FFFF


def make_reference() -> "array[int]":
    """Return array('h', 512): rounded 8191 * (cos, sin) of 0, 1, ... 255 times 1/256 of a turn.

    A 1/256 turn in 40-bit fixed point is applied again and again.  Integers only: the boards'
    floats have 24 bits, and every interpreter must make the same table.  Before rounding an entry
    is wrong by less than 2**-18, and none lies nearer than 2**-9 to where rounding changes.
    """
    turn_cos = 0xFF_EC43_0426  # round(2**40 * cos(2 * pi / 256))
    turn_sin = 0x06_4855_7DE9  # round(2**40 * sin(2 * pi / 256))
    pairs = array("h")
    cosine, sine = REFERENCE_AMPLITUDE << 40, 0
    for _ in range(REFERENCE_PAIRS):
        pairs.append((cosine + (1 << 39)) >> 40)
        pairs.append((sine + (1 << 39)) >> 40)
        cosine, sine = (
            (cosine * turn_cos - sine * turn_sin) >> 40,
            (sine * turn_cos + cosine * turn_sin) >> 40,
        )
    return pairs


REFERENCE = make_reference()
