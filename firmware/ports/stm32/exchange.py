"""Exchanges a frame with each converter, in Thumb machine code: the data-ready interrupt's work.

It drives the SPI controller's registers, which machine.SPI has set up.  Conventions:
ports/rp2/machine_code.py.  Registers: STM32F76xxx reference manual RM0410, chapters SPI and GPIO.
"""

# The registers and instructions are names of the inline assembler, not of Python.
# ruff: noqa: F821, PLR0915
# pyright: reportUndefinedVariable=false, reportArgumentType=false

import micropython
from micropython import const

_WAITS = const(250)  # looks at the controller for a byte; at 216 MHz one takes some 20


@micropython.asm_thumb
def exchange(r0):
    """Exchange a frame with every chip.  In a hard interrupt: does not allocate.

    One parameter, the address of this block: 0 address of the controller's registers, 1 address of
    the 12 bytes to send, 2 address of those that come next, 3 frames that are complete (counted
    on), 4 frames in a buffer less 1 and 5 in all laps less 1, both a power of two less 1; then for
    each chip: address of the BSRR register of its CS, CS in there, address of its buffer; then 0

    A frame becomes four words with 24 bits each.  A controller that stays silent ends the
    interrupt without a frame.  Returns 0.
    """
    # r0 block, r1 controller, r2 next byte to send, r3 r4 scratch, r5 where the words go,
    # r6 block of the chip, r7 what has come of a word, r8 words left.
    mov(r4, r8)
    push({r4})
    ldr(r1, [r0, 0])
    mov(r6, r0)
    add(r6, 24)
    label(CHIP)
    ldr(r3, [r6, 0])
    cmp(r3, 0)
    bne(BEGIN)
    b(COMPLETE)
    label(BEGIN)
    ldrh(r4, [r1, 8])  # SR: bytes that nobody took
    lsr(r4, r4, 1)
    bcc(EMPTY)
    ldrb(r4, [r1, 12])  # DR
    b(BEGIN)
    label(EMPTY)
    ldr(r4, [r6, 4])
    lsl(r4, r4, 16)
    str(r4, [r3, 0])
    ldr(r3, [r0, 12])
    ldr(r4, [r0, 16])
    and_(r3, r4)
    lsl(r3, r3, 4)
    ldr(r5, [r6, 8])
    add(r5, r5, r3)
    ldr(r2, [r0, 4])
    mov(r4, 4)
    mov(r8, r4)
    label(WORD)
    ldrb(r3, [r2, 0])
    strb(r3, [r1, 12])
    ldrb(r3, [r2, 1])
    strb(r3, [r1, 12])
    ldrb(r3, [r2, 2])
    strb(r3, [r1, 12])
    add(r2, 3)
    mov(r7, 1)  # moves up to bit 24, when a whole word has come
    label(BYTE)
    mov(r4, _WAITS)
    label(WAIT)
    ldrh(r3, [r1, 8])
    lsr(r3, r3, 1)  # RXNE
    bcs(CAME)
    sub(r4, r4, 1)
    bne(WAIT)
    b(SILENT)
    label(CAME)
    ldrb(r3, [r1, 12])
    lsl(r7, r7, 8)
    orr(r7, r3)
    lsr(r3, r7, 24)
    beq(BYTE)
    lsl(r7, r7, 8)
    lsr(r7, r7, 8)
    str(r7, [r5, 0])
    add(r5, 4)
    mov(r4, r8)
    sub(r4, r4, 1)
    mov(r8, r4)
    bne(WORD)
    ldr(r3, [r6, 0])
    ldr(r4, [r6, 4])
    str(r4, [r3, 0])
    add(r6, 12)
    b(CHIP)
    label(SILENT)
    ldr(r3, [r6, 0])
    ldr(r4, [r6, 4])
    str(r4, [r3, 0])
    b(END)
    label(COMPLETE)
    ldr(r3, [r0, 8])
    str(r3, [r0, 4])
    ldr(r3, [r0, 12])
    add(r3, 1)
    ldr(r4, [r0, 20])
    and_(r3, r4)
    str(r3, [r0, 12])
    label(END)
    pop({r4})
    mov(r8, r4)
    mov(r0, 0)
