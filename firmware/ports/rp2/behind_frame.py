"""Hands a command to the converters' state machines between two frames, in Thumb machine code.

A frame takes 16 us of 250 us, and words that are queued while one is under way are torn in two.
Python looks too seldom to see it pass.  Conventions: ports/rp2/machine_code.py.
"""

# The registers and instructions are names of the inline assembler, not of Python.
# ruff: noqa: F821
# pyright: reportUndefinedVariable=false, reportArgumentType=false

import micropython
from micropython import const

_LDM = const(0xC800)  # | n << 8 | list: load the listed registers from n on, and move n on


@micropython.asm_thumb
def put(r0):
    """Wait for a frame to begin and to end, then put words into a FIFO: 8 cycles a look.

    One parameter, the address of this block: 0 address of the register with the address to which
    the frame's next word goes, frames being aligned to 16 bytes, 1 looks (> 0), 2 address of the
    FIFO, 3 words n (> 0), 4 the words
    Returns the looks that were left: 0 if there was no frame, and nothing was put.
    """
    # r1 register, r2 looks left, r3 FIFO, r4 words left, r5 offset within a frame, r6 scratch
    data(2, _LDM | 0 << 8 | 0b00011110)  # ldm r0!, {r1, r2, r3, r4}
    mov(r5, 15)
    label(BETWEEN)
    sub(r2, r2, 1)
    beq(END)
    ldr(r6, [r1, 0])
    and_(r6, r5)
    beq(BETWEEN)
    label(WITHIN)
    sub(r2, r2, 1)
    beq(END)
    ldr(r6, [r1, 0])
    and_(r6, r5)
    bne(WITHIN)
    label(WORD)
    data(2, _LDM | 0 << 8 | 0b01000000)  # ldm r0!, {r6}
    str(r6, [r3, 0])
    sub(r4, r4, 1)
    bne(WORD)
    label(END)
    mov(r0, r2)
