"""Every script beside this file prints the same on CPython and on MicroPython's virtual machine.

heap_*.py lock MicroPython's heap around hot paths, so an allocation there is a MemoryError.
"""

import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
FIRMWARE = HERE.parents[1] / "firmware"
NODE = Path(sys.prefix) / "bin" / "node"
TIMEOUT_S = 20
SCRIPTS = sorted(path for path in HERE.glob("*.py") if not path.name.startswith("test_"))


def on_cpython(script):
    return run([sys.executable, script])


def on_micropython(script):
    assert NODE.exists(), f"{NODE} is missing: make setup"
    return run([NODE, HERE / "run.mjs", FIRMWARE, script])


def run(command):
    return subprocess.run(command, capture_output=True, timeout=TIMEOUT_S, check=False)


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.stem)
def test_output_is_the_same_on_cpython_and_micropython(script):
    cpython = on_cpython(script)
    micropython = on_micropython(script)
    assert cpython.returncode == 0, cpython.stderr.decode()
    assert micropython.returncode == 0, micropython.stderr.decode()
    assert cpython.stdout, "a script that prints nothing proves nothing"
    assert micropython.stdout == cpython.stdout


def test_micropython_runs_what_cpython_does_not(tmp_path):
    script = tmp_path / "who.py"
    script.write_text("import sys; print(sys.implementation.name)")
    assert on_micropython(script).stdout == b"micropython\n"


def test_an_exception_is_seen(tmp_path):
    script = tmp_path / "fails.py"
    script.write_text("print(1)\nraise ValueError('seen')")
    done = on_micropython(script)
    assert (done.returncode, done.stdout) == (1, b"1\n")
    assert b"ValueError: seen" in done.stderr


def test_an_allocation_under_the_heap_lock_is_seen(tmp_path):
    script = tmp_path / "heap.py"
    script.write_text("import micropython\nmicropython.heap_lock()\nbytearray(9)")
    done = on_micropython(script)
    assert done.returncode == 1
    assert b"MemoryError" in done.stderr
