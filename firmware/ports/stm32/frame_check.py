"""Checks the converters' frames in Thumb machine code: status and CRC-16; moves a frame.

A frame is twelve bytes as they came, three a word: status, U, I, CRC (drivers/adc_ads131m.py).
Frames lie at addresses that divide by 4.
"""

# The registers and instructions are names of the inline assembler, not of Python.
# ruff: noqa: F821, PLR0915
# pyright: reportUndefinedVariable=false, reportArgumentType=false

import micropython


@micropython.asm_thumb
def count_good(r0):
    """Return how many frames from the first on are good: 0..n.  Hot: some 160 cycles a frame.

    One parameter, the address of this block: 0 address of the first frame, 1 frames n,
    2 status wanted << 8, 3 bits of it that are looked at << 8 (0: none)
    """
    # r0 next byte, r1 frames left, r2 CRC in its upper half, r3-r5 scratch, r6 bytes left,
    # r7 block
    mov(r7, r0)
    ldr(r0, [r7, 0])
    ldr(r1, [r7, 4])
    label(FRAME)
    cmp(r1, 0)
    beq(END)
    ldrb(r3, [r0, 0])
    lsl(r3, r3, 16)
    ldrb(r4, [r0, 1])
    lsl(r4, r4, 8)
    orr(r3, r4)
    ldr(r4, [r7, 12])
    and_(r3, r4)
    ldr(r4, [r7, 8])
    cmp(r3, r4)
    bne(END)
    mov(r2, 0)
    mvn(r2, r2)
    lsl(r2, r2, 16)
    mov(r6, 9)
    label(BYTE)
    ldrb(r3, [r0, 0])
    add(r0, 1)
    lsl(r3, r3, 24)
    eor(r2, r3)
    lsr(r4, r2, 24)
    lsl(r2, r2, 8)
    lsr(r5, r4, 4)
    eor(r4, r5)
    lsl(r5, r4, 16)
    eor(r2, r5)
    lsl(r5, r4, 21)
    eor(r2, r5)
    lsl(r5, r4, 28)
    eor(r2, r5)
    sub(r6, r6, 1)
    bne(BYTE)
    ldrb(r3, [r0, 0])
    lsl(r3, r3, 24)
    ldrb(r4, [r0, 1])
    lsl(r4, r4, 16)
    orr(r3, r4)
    add(r0, 3)
    cmp(r2, r3)
    bne(END)
    sub(r1, r1, 1)
    b(FRAME)
    label(END)
    ldr(r0, [r7, 4])
    sub(r0, r0, r1)


@micropython.asm_thumb
def blank(r0, r1):
    """Set U and I of r1 frames (> 0) from address r0 on to zero.  Hot."""
    mov(r2, 0)
    label(FRAME)
    strb(r2, [r0, 3])
    str(r2, [r0, 4])
    strb(r2, [r0, 8])
    add(r0, 12)
    sub(r1, r1, 1)
    bne(FRAME)


@micropython.asm_thumb
def move(r0, r1):
    """Copy the frame at address r0 to address r1.  Hot."""
    ldr(r2, [r0, 0])
    str(r2, [r1, 0])
    ldr(r2, [r0, 4])
    str(r2, [r1, 4])
    ldr(r2, [r0, 8])
    str(r2, [r1, 8])
