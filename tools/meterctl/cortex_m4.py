"""Runs the STM32 port's kernel on this computer, on an emulated Cortex-M4 core.

As in cortex_m0plus.py, with the instructions that a Cortex-M4 has on top.  The cycles are the most
that the Cortex-M4 Technical Reference Manual r0p1 (ARM DDI 0439D, table 3-1) allows with zero wait
states: no load is pipelined with its neighbour, and a taken branch refills the pipeline in three.
For the Cortex-M7, which issues two instructions at a time, no such table is published; its
instructions are the same.
"""

from unicorn import arm_const as arm

from meterctl import cortex_m0plus

_LARGE = 0xE800  # first halves from here on have a second one

# First half & mask == value; cycles; whether one more for each register listed in the second half.
_CYCLES = (
    (0xFFD0, 0xE890, 1, True),  # LDM, POP
    (0xFFD0, 0xE880, 1, True),  # STM
    (0xFFFF, 0xE92D, 1, True),  # PUSH
    (0xFFF0, 0xF8D0, 2, False),  # LDR, offset of 12 bits
    (0xFFF0, 0xF850, 2, False),  # LDR, register offset and post-indexed
    (0xFFF0, 0xF930, 2, False),  # LDRSH likewise
    (0xFFF0, 0xFBC0, 1, False),  # SMLAL and its kin
)
# What a jump costs more than cortex_m0plus counts, where the pipeline takes one cycle to refill.
_JUMPS = (
    (0xF000, 0xD000, 2),  # conditional branch, if it is taken
    (0xF800, 0xE000, 2),  # B
    (0xFF00, 0x4700, 2),  # BX
    (0xFF00, 0xBD00, 1),  # POP with pc
)

_MODULES = (
    "ports.thumb.tracker",
    "ports.thumb.halves",
    "ports.thumb.peak_24",
    "ports.thumb.passes",
    "ports.thumb.frames",
    "ports.stm32.machine_code",
)


def cycles(first, second):
    """Return the cycles of a 32-bit instruction, given as its halves.

    Raises ValueError for what the kernels have no use for.
    """
    for mask, value, base, is_list in _CYCLES:
        if first & mask == value:
            return base + (second.bit_count() if is_list else 0)
    raise ValueError(f"no cycles known for instruction {first:#06x} {second:#06x}")


class Core(cortex_m0plus.Core):
    """A Cortex-M4, as cortex_m0plus.Core otherwise."""

    MODEL = arm.UC_CPU_ARM_CORTEX_M4

    def _cost(self, at, following):
        first = self.half(at)
        if first >= _LARGE:
            return cycles(first, self.half(at + 2))
        more = 0
        if following != at + 2:
            more = next((extra for mask, value, extra in _JUMPS if first & mask == value), 0)
        return super()._cost(at, following) + more


class CoreM7(Core):
    """A Cortex-M7; its cycles are those of a Cortex-M4."""

    MODEL = arm.UC_CPU_ARM_CORTEX_M7


def load_kernel(make_core=Core):
    """Import the port's kernel: its Python runs here, its machine code on an emulated core.

    make_core:  Core or CoreM7
    Returns (kernel, core); `kernel` has the functions of the definition.
    """
    core = make_core(cortex_m0plus.compile_modules(_MODULES, "armv7emsp"))
    return cortex_m0plus.load("ports.stm32.kernel", _MODULES, core), core
