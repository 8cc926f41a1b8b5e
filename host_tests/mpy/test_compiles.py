"""MicroPython's own compiler accepts every file that a board runs, for both processors."""

import pytest

from meterctl import build, size

SOURCES = size.sources()


def name(path):
    return path.relative_to(build.ROOT).as_posix()


@pytest.mark.parametrize("architecture", size.ARCHITECTURES)
@pytest.mark.parametrize("source", SOURCES, ids=name)
def test_a_file_compiles_and_keeps_to_the_size_limit(source, architecture):
    assert len(build.compile_module(source, architecture)) <= size.LIMIT_BYTES


def test_nothing_that_needs_cpython_is_compiled_and_everything_else_is():
    names = {name(path) for path in SOURCES}
    assert {"firmware/main.py", "firmware/meter/units.py", "boards/pico_1ph/board.py"} <= names
    assert not {"boards/virtual/board.py", "boards/pico_1ph/emulation.py"} & names
    assert not any(each.startswith("firmware/ports/cpython/") for each in names)


@pytest.mark.parametrize("board", build.TARGETS)
def test_no_board_runs_a_file_that_is_not_compiled_here(board):
    modules = {name(path).removeprefix("firmware/") for path in SOURCES}
    built = {path.replace(".mpy", ".py") for path in build.build(board) if path.endswith(".mpy")}
    assert built - {"wiring.py"} <= modules


def test_what_the_board_does_not_know_does_not_compile(tmp_path, monkeypatch):
    monkeypatch.setattr(build, "ROOT", tmp_path)
    source = tmp_path / "new.py"
    source.write_text("def f(a, /, b):\n    return a\n")
    with pytest.raises(build.BuildError, match=r"^new\.py: .*SyntaxError"):
        build.compile_module(source, "armv6m")
