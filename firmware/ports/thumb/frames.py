"""Checks and unpacks the converters' frames in Thumb machine code that every Cortex-M runs.

A frame is four words with 24 bits each, right-aligned: status, U, I, CRC (drivers/adc_ads131m.py).
Conventions and the data instructions: ports/rp2/machine_code.py.
"""

# The registers and instructions are names of the inline assembler, not of Python.
# ruff: noqa: F821, PLR0915
# pyright: reportUndefinedVariable=false, reportArgumentType=false

from array import array

import micropython
from micropython import const
from uctypes import addressof

_STRH = const(0x5200)  # | m << 6 | n << 3 | t: half at n + m = t
_LDM = const(0xC800)  # | n << 8 | list: load the listed registers from n on, and move n on
_STM = const(0xC000)  # | n << 8 | list: store them likewise

# Words of _unpack()'s parameter block
_WORDS = const(0)
_COUNT = const(1)
_BETWEEN = const(2)
_END_U = const(3)
_I = const(4)

_block = array("I", [0] * 5)


def unpack_words(words, first, n, stride, u, i, at, mask):  # noqa: PLR0913, PLR0917
    """As the definition, meter/metrology/kernel.py."""
    block = _block
    block[_BETWEEN] = 4 * (stride - 2)
    while n:
        at &= mask
        count = min(n, mask + 1 - at)
        block[_WORDS] = addressof(words) + 4 * (stride * first + 1)
        block[_COUNT] = count
        block[_END_U] = addressof(u) + 2 * (at + count)
        block[_I] = addressof(i) + 4 * at
        _unpack(block)
        first += count
        at += count
        n -= count


@micropython.asm_thumb
def _unpack(r0):  # noqa: ARG001  the data instruction reads it
    """Unpack one converter into rings that do not wrap; one parameter, the address of this block.

    0 word of U in the first frame, that of I behind it, 1 sets (> 0), 2 bytes from behind I to the
    next frame's U, 3 behind the ring piece of u, 4 the ring piece of i
    """
    # r1 words, r2 index into u, r3 bytes between, r4 behind u, r5 i, r6 r7 codes.
    data(2, _LDM | 0 << 8 | 0b00111110)  # ldm r0!, {r1, r2, r3, r4, r5}
    lsl(r2, r2, 1)
    neg(r2, r2)
    label(SET)
    data(2, _LDM | 1 << 8 | 0b11000000)  # ldm r1!, {r6, r7}
    add(r1, r1, r3)
    lsl(r6, r6, 8)
    asr(r6, r6, 16)
    data(2, _STRH | 2 << 6 | 4 << 3 | 6)  # strh r6, [r4, r2]
    lsl(r7, r7, 8)
    asr(r7, r7, 12)
    data(2, _STM | 5 << 8 | 0b10000000)  # stm r5!, {r7}
    add(r2, 2)
    bne(SET)


@micropython.asm_thumb
def crc(r0):
    """Return the CRC of the word r0 of 24 bits, alone, * 2**8."""
    # The CRC takes a word w at once.  With x = crc * 2**8 + w it becomes the remainder of x * x^16
    # by P = x^16 + x^12 + x^5 + 1.  The quotient s is x with itself shifted right by 4, 8, 11, 12,
    # 19, 20 and 22 added to it, and of s * P only s, s<<5 and s<<12 reach the lower 16 bits.
    # r3 x, then s; r2 r4 scratch
    mov(r3, 0)
    mvn(r3, r3)
    lsr(r3, r3, 16)
    lsl(r3, r3, 8)
    eor(r3, r0)
    lsr(r2, r3, 8)
    eor(r2, r3)
    lsr(r4, r3, 2)
    eor(r3, r4)
    lsr(r3, r3, 9)
    eor(r3, r2)
    lsr(r3, r3, 11)
    lsr(r4, r2, 4)
    eor(r4, r2)
    eor(r3, r4)
    lsl(r4, r3, 7)
    eor(r4, r3)
    lsl(r4, r4, 5)
    eor(r4, r3)
    lsl(r4, r4, 16)
    lsr(r0, r4, 8)


@micropython.asm_thumb
def count_good(r0):
    """Return how many frames from the first on are good: 0..n.  Hot: 47 cycles a frame.

    One parameter, the address of this block: 0 address of the first frame, 1 frames n (> 0),
    2 status word that makes a frame good, 3 its crc()
    """
    # r0 next word, r1 frames left, r2 r3 r4 as in crc(), r5 status, r6 its CRC, r7 block
    mov(r7, r0)
    data(2, _LDM | 7 << 8 | 0b01100011)  # ldm r7!, {r0, r1, r5, r6}
    label(FRAME)
    data(2, _LDM | 0 << 8 | 0b00001100)  # ldm r0!, {r2, r3}
    cmp(r2, r5)
    bne(END)
    eor(r3, r6)
    lsr(r2, r3, 8)
    eor(r2, r3)
    lsr(r4, r3, 2)
    eor(r3, r4)
    lsr(r3, r3, 9)
    eor(r3, r2)
    lsr(r3, r3, 11)
    lsr(r4, r2, 4)
    eor(r4, r2)
    eor(r3, r4)
    lsl(r4, r3, 7)
    eor(r4, r3)
    lsl(r4, r4, 5)
    eor(r4, r3)
    lsl(r4, r4, 16)
    lsr(r4, r4, 8)
    data(2, _LDM | 0 << 8 | 0b00001000)  # ldm r0!, {r3}
    eor(r3, r4)
    lsr(r2, r3, 8)
    eor(r2, r3)
    lsr(r4, r3, 2)
    eor(r3, r4)
    lsr(r3, r3, 9)
    eor(r3, r2)
    lsr(r3, r3, 11)
    lsr(r4, r2, 4)
    eor(r4, r2)
    eor(r3, r4)
    lsl(r4, r3, 7)
    eor(r4, r3)
    lsl(r4, r4, 5)
    eor(r4, r3)
    lsl(r4, r4, 16)
    data(2, _LDM | 0 << 8 | 0b00001000)  # ldm r0!, {r3}
    lsl(r3, r3, 8)
    cmp(r3, r4)
    bne(END)
    sub(r1, r1, 1)
    bne(FRAME)
    label(END)
    sub(r7, 16)
    ldr(r0, [r7, 4])
    sub(r0, r0, r1)


@micropython.asm_thumb
def blank(r0, r1):
    """Set U and I of r1 frames (> 0) from address r0 on to zero.  Hot."""
    mov(r2, 0)
    label(FRAME)
    str(r2, [r0, 4])
    str(r2, [r0, 8])
    add(r0, 16)
    sub(r1, r1, 1)
    bne(FRAME)
