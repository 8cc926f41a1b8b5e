"""Inner loops over octets in Thumb machine code that every Cortex-M runs.

The twin of meter/views/dlms/octets.py: the same results; only a table is allocated.
Conventions as in ports/rp2/machine_code.py: one parameter, the address of a block of words.
"""

# The registers and instructions are names of the inline assembler, not of Python.
# ruff: noqa: F821, PLR0915
# pyright: reportUndefinedVariable=false

from array import array

import micropython
from micropython import const
from uctypes import addressof

from meter.views.dlms import fcs as fcs_definition
from meter.views.dlms import ghash as definition

_LDRH = const(0x5A00)  # | m << 6 | n << 3 | t: t = half at n + m
_UXTB = const(0xB2C0)  # | m << 3 | d: d = lowest octet of m
_LDM = const(0xC800)  # | n << 8 | list: load the listed registers from n on, and move n on
_LDR = const(0x5800)  # | m << 6 | n << 3 | t: t = word at n + m
_REV = const(0xBA00)  # | m << 3 | d: d = the bytes of m in the other order
_STM = const(0xC000)  # | n << 8 | list: store the listed registers from n on, and move n on
_CMP = const(0x4500)  # | m << 3 | n: flags of n - m for a high m

# Words of the parameter block of ghash(); crc() has the check sequence for the state.
_TABLE = const(0)
_STATE = const(1)
_NEXT = const(2)
_LEFT = const(3)

_block = array("I", [0] * 4)
_fcs_table = fcs_definition.TABLE
if addressof(_fcs_table) & 1:  # half words are read from it
    _fcs_table = bytearray(_fcs_table)


def make_table(h):
    """Return the definition's table, behind its 16 reductions: 4 words a value, highest first."""
    table = array("I", [reduction << 16 for reduction in definition.REDUCTION])
    for value in definition.make_table(h):
        table.extend(array("I", [value >> shift & 0xFFFF_FFFF for shift in (96, 64, 32, 0)]))
    return table


def absorb(table, state, buf, at, n):
    """As the definition.  Hot."""
    if n:
        block = _block
        block[_TABLE] = addressof(table)
        block[_STATE] = addressof(state)  # a whole heap block, so words can be stored there
        block[_NEXT] = addressof(buf) + at
        block[_LEFT] = n
        ghash(block)


def update(fcs, buf, at, n):
    """As the definition.  Hot."""
    if n == 0:
        return fcs
    block = _block
    block[_TABLE] = addressof(_fcs_table)
    block[_STATE] = fcs
    block[_NEXT] = addressof(buf) + at
    block[_LEFT] = n
    return crc(block)


def copy(source, at, n, target, to):
    """As the definition.  Hot."""
    if n:
        move(addressof(source) + at, addressof(target) + to, n)


def mix(stream, n, buf, at):
    """As the definition.  Hot."""
    if n:
        xor(addressof(stream), addressof(buf) + at, n)


@micropython.asm_thumb
def move(r0, r1, r2):
    """Copy r2 (> 0) octets from r0 on to r1 on."""
    label(OCTET)
    ldrb(r3, [r0, 0])
    strb(r3, [r1, 0])
    add(r0, 1)
    add(r1, 1)
    sub(r2, 1)
    bne(OCTET)


@micropython.asm_thumb
def xor(r0, r1, r2):
    """Exclusive-or r2 (> 0) octets from r0 on into those from r1 on."""
    label(OCTET)
    ldrb(r3, [r0, 0])
    ldrb(r4, [r1, 0])
    eor(r3, r4)
    strb(r3, [r1, 0])
    add(r0, 1)
    add(r1, 1)
    sub(r2, 1)
    bne(OCTET)


@micropython.asm_thumb
def crc(r0):
    """Return the check sequence behind some octets; one parameter, the address of this block.

    0 table, 1 check sequence, 2 next octet, 3 octets (> 0)
    """
    # r0 check sequence, r1 table, r3 next octet, r4 octets left, r2 r5 scratch.
    data(2, _LDM | 0 << 8 | 0b00011110)  # ldm r0!, {r1, r2, r3, r4}
    mov(r0, r2)
    label(OCTET)
    ldrb(r5, [r3, 0])
    eor(r5, r0)
    data(2, _UXTB | 5 << 3 | 5)
    add(r5, r5, r5)
    data(2, _LDRH | 5 << 6 | 1 << 3 | 5)  # ldrh r5, [r1, r5]
    lsr(r0, r0, 8)
    eor(r0, r5)
    add(r3, 1)
    sub(r4, 1)
    bne(OCTET)


@micropython.asm_thumb
def ghash(r0):
    """Take octets into the state; one parameter, the address of this block.

    0 table, 1 state (on a word), 2 next octet (moved on), 3 octets (> 0, counted down)
    """
    # r0 table, r1 r2 scratch, r3 nibbles left of an octet below a mark, r4-r7 product, highest
    # first; r8 octet of the state to come, r9 the state; r10 block of parameters.
    mov(r4, r8)
    mov(r5, r9)
    mov(r6, r10)
    push({r4, r5, r6})
    mov(r10, r0)
    label(BLOCK)
    mov(r0, r10)
    ldr(r1, [r0, 4])
    mov(r9, r1)
    ldr(r2, [r0, 8])
    ldr(r3, [r0, 12])
    mov(r4, 16)
    cmp(r3, r4)
    bhi(FULL)
    mov(r4, r3)
    label(FULL)
    sub(r3, r3, r4)
    str(r3, [r0, 12])
    label(OCTET_IN)
    ldrb(r5, [r1, 0])
    ldrb(r6, [r2, 0])
    eor(r5, r6)
    strb(r5, [r1, 0])
    add(r1, 1)
    add(r2, 1)
    sub(r4, 1)
    bne(OCTET_IN)
    str(r2, [r0, 8])
    ldr(r0, [r0, 0])
    mov(r1, r9)
    add(r1, 16)
    mov(r8, r1)
    mov(r5, 0)
    mov(r6, 0)
    mov(r7, 0)
    label(OCTET)
    mov(r2, r8)
    sub(r2, 1)
    mov(r8, r2)
    ldrb(r3, [r2, 0])
    mov(r1, 1)
    lsl(r1, r1, 8)
    orr(r3, r1)
    label(NIBBLE)
    lsl(r2, r7, 28)  # the four bits that leave, as an index of words
    lsr(r2, r2, 26)
    lsr(r7, r7, 4)
    lsl(r1, r6, 28)
    orr(r7, r1)
    lsr(r6, r6, 4)
    lsl(r1, r5, 28)
    orr(r6, r1)
    lsr(r5, r5, 4)
    lsl(r1, r4, 28)
    orr(r5, r1)
    lsr(r4, r4, 4)
    data(2, _LDR | 2 << 6 | 0 << 3 | 1)  # ldr r1, [r0, r2]
    eor(r4, r1)
    lsl(r2, r3, 28)  # the nibble that comes, as an index of values
    lsr(r2, r2, 24)
    add(r2, r2, r0)
    ldr(r1, [r2, 64])
    eor(r4, r1)
    ldr(r1, [r2, 68])
    eor(r5, r1)
    ldr(r1, [r2, 72])
    eor(r6, r1)
    ldr(r1, [r2, 76])
    eor(r7, r1)
    lsr(r3, r3, 4)
    cmp(r3, 1)
    bne(NIBBLE)
    mov(r2, r8)
    data(2, _CMP | 9 << 3 | 2)  # cmp r2, r9
    bne(OCTET)
    data(2, _REV | 4 << 3 | 4)
    data(2, _REV | 5 << 3 | 5)
    data(2, _REV | 6 << 3 | 6)
    data(2, _REV | 7 << 3 | 7)
    data(2, _STM | 2 << 8 | 0b11110000)  # stm r2!, {r4, r5, r6, r7}
    mov(r0, r10)
    ldr(r1, [r0, 12])
    cmp(r1, 0)
    bne(BLOCK)
    pop({r4, r5, r6})
    mov(r8, r4)
    mov(r9, r5)
    mov(r10, r6)
