"""What every file must keep to, read from its syntax tree.  `python -m host_tests.layers.rules`.

Data flows samples -> kernel -> quantities -> ledger -> registers -> journal and views; imports may
only point against it.  ROOMS says so room by room: the modules of the project a room may import
(each with all below it), and the modules of Python and MicroPython.  What is imported for type
checkers only keeps to the same flow; there `typing` and `collections.abc` are free.
"""

import ast
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
MAX_LINES = 450

OURS = ("meter", "drivers", "ports", "boards", "meterctl", "wiring", "main", "host_tests")
TYPING = {"typing", "collections.abc"}
ANY = None

_PURE = {"array", "binascii", "collections", "errno", "micropython", "struct"}
_BOARD = _PURE | {"gc", "machine", "os", "sys", "time", "uctypes"}
_COMMON = {"meter.units", "meter.errors"}
_METROLOGY = _COMMON | {"meter.metrology"}

# room: (modules of ours, others); the longest prefix of a module's name is its room.  A room may
# import itself where it names itself.
ROOMS = {
    "meter": (set(), _PURE),  # units, errors
    "meter.config": (_COMMON | {"meter.calendar", "meter.ledger"}, _PURE),
    "meter.calendar": (_COMMON | {"meter.calendar"}, _PURE),
    "meter.codes": (_COMMON | {"meter.codes"}, _PURE),
    "meter.codes.settings": (_COMMON | {"meter.codes", "meter.config"}, _PURE),
    "meter.metrology": (_METROLOGY, _PURE),
    "meter.ledger": (_METROLOGY | {"meter.ledger"}, _PURE),
    "meter.registers": (
        _METROLOGY | {"meter.config", "meter.calendar", "meter.ledger", "meter.registers"},
        _PURE,
    ),
    "meter.journal": (
        _COMMON | {"meter.calendar", "meter.ledger", "meter.registers", "meter.journal"},
        _PURE,
    ),
    "meter.requests": (_COMMON, _PURE),
    "meter.functions": (
        _METROLOGY
        | {
            "meter.calendar",
            "meter.codes",
            "meter.config",
            "meter.functions",
            "meter.journal",
            "meter.ledger",
            "meter.parts",
            "meter.registers",
            "meter.requests",
        },
        _PURE,
    ),
    "meter.control": (
        _METROLOGY
        | {
            "meter.control",
            "meter.parts",
            "meter.functions",
            "meter.journal",
            "meter.ledger",
            "meter.registers",
            "meter.requests",
        },
        _PURE,
    ),
    "meter.quality": (
        _METROLOGY
        | {
            "meter.functions",
            "meter.journal",
            "meter.parts",
            "meter.quality",
            "meter.registers",
            "meter.requests",
        },
        _PURE,
    ),
    "meter.views": (_COMMON | {"meter.registers", "meter.requests"}, _PURE),
    "meter.views.dlms": (
        _COMMON
        | {
            "meter.calendar",
            "meter.config",
            "meter.control",
            "meter.journal",
            "meter.ledger",
            "meter.registers",
            "meter.requests",
            "meter.views.dlms",
        },
        _PURE,
    ),
    "meter.views.port": ({"meter.views.dlms", "meter.views.mode_a"}, _PURE),
    "meter.views.display": (
        _COMMON
        | {"meter.registers", "meter.requests", "meter.views.browse", "meter.views.button"},
        _PURE,
    ),
    "meter.views.browse": (
        _COMMON
        | {"meter.calendar", "meter.registers", "meter.views.button", "meter.views.display"},
        _PURE,
    ),
    "meter.views.glass": (_COMMON | {"meter.registers", "meter.views.display"}, _PURE),
    "meter.dlms": ({"meter"}, _PURE),
    "meter.tasks": ({"meter"}, _PURE),
    "meter.parts": ({"meter"}, _PURE),
    "meter.assembly": ({"meter"}, _PURE),
    "meter.supervisor": ({"meter"}, _PURE),
    "drivers": ({"meter.errors"}, _PURE),
    "ports.program": (set(), {"binascii"}),
    "ports.rp2": ({"meter.metrology", "ports.rp2", "ports.thumb"}, _BOARD | {"rp2"}),
    "ports.stm32": ({"meter.metrology", "ports.stm32", "ports.thumb"}, _BOARD | {"pyb", "stm"}),
    "ports.thumb": (
        {"meter.metrology", "meter.views.dlms", "ports.thumb"},
        _BOARD | {"cryptolib"},
    ),
    "ports.cpython": ({"meter.metrology", "ports.cpython"}, _PURE | {"cryptography", "numpy"}),
    "ports.cpython.shim": (set(), {"typing"}),
    "ports.blinka": ({"meter.metrology", "ports.blinka"}, ANY),
    "boards.blinka": (
        {"meter", "drivers", "ports.blinka", "ports.cpython", "boards.blinka"},
        ANY,
    ),
    "boards.virtual": ({"meter", "drivers", "ports.cpython", "boards.virtual"}, ANY),
    "boards.emulated": (
        {"meter", "drivers", "boards.pico", "boards.virtual", "boards.emulated"},
        ANY,
    ),
    "boards.pico": (
        {"meter", "drivers", "ports.program", "ports.rp2", "ports.thumb"},
        _BOARD,
    ),
    "boards.pico_1ph": (
        {"meter", "drivers", "ports.rp2", "ports.thumb", "boards.pico", "boards.pico_1ph"},
        _BOARD | {"rp2"},
    ),
    "boards.pico_1ph.emulation": (
        {"meter", "drivers", "boards.pico_1ph", "boards.emulated", "boards.virtual"},
        ANY,
    ),
    "boards.pico_3ph": (
        {"meter", "drivers", "ports.rp2", "ports.thumb", "boards.pico", "boards.pico_3ph"},
        _BOARD | {"rp2"},
    ),
    "boards.nucleo_3ph": (
        {"meter", "drivers", "ports.stm32", "ports.thumb", "boards.nucleo_3ph"},
        _BOARD | {"pyb", "stm"},
    ),
    "boards.pico_3ph.emulation": (
        {"meter", "drivers", "boards.pico_3ph", "boards.emulated", "boards.virtual"},
        ANY,
    ),
    "main": ({"meter", "wiring"}, _PURE | {"gc"}),
    "start": ({"main", "ports.rp2"}, {"gc", "sys"}),
}


def violations(root=ROOT):
    """Return every breach below `root`, sorted, each as "file:line: what"."""
    found = []
    for place in ("firmware", "boards", "tools", "host_tests"):
        for path in (root / place).rglob("*.py"):
            source = path.read_text()
            name = path.relative_to(root).as_posix()
            found += [f"{name}:{line}: {what}" for line, what in _of(name, source)]
    return sorted(found)


def _of(name, source):
    lines = source.count("\n")
    if lines > MAX_LINES:
        yield lines, f"{lines} lines; at most {MAX_LINES}"
    if not name.startswith(("firmware/", "boards/")):
        return
    tree = ast.parse(source)
    yield from _imports(_module(name), tree)
    yield from _undocumented(tree)
    if name.startswith("firmware/meter/"):
        yield from _inexact(tree)
    if name.startswith("firmware/"):
        yield from _prints(tree)


def _module(name):
    """Return the dotted name that the file `name` is imported by."""
    parts = name.removeprefix("firmware/").removesuffix(".py").split("/")
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def _within(module, rooms):
    """Return the longest of `rooms` that `module` is or lies in, or None."""
    above = [room for room in rooms if f"{module}.".startswith(f"{room}.")]
    return max(above, key=len, default=None)


def _imports(module, tree):
    room = _within(module, ROOMS)
    if room is None:
        yield 1, f"{module} is in no room: name it in ROOMS with what it may import"
        return
    ours, others = ROOMS[room]
    for node, name, is_typing in _imported(tree, is_typing=False):
        if name.split(".")[0] in OURS:
            is_allowed = _within(name, ours) is not None
        elif name in TYPING:
            is_allowed = is_typing or others is ANY or name in others
        else:
            is_allowed = others is ANY or _within(name, others) is not None
        if not is_allowed:
            yield node.lineno, f"{room} may not import {name}"


def _imported(node, is_typing):
    """Yield (node, module, whether for type checkers only) of every import in and below `node`."""
    if isinstance(node, ast.Import):
        yield from ((node, alias.name, is_typing) for alias in node.names)
    elif isinstance(node, ast.ImportFrom):
        if node.level:
            yield node, "." * node.level, is_typing
        else:
            yield from _imported_from(node, is_typing)
    elif isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
        for child in node.body:
            yield from _imported(child, is_typing=True)
        for child in node.orelse:
            yield from _imported(child, is_typing)
    else:
        for child in ast.iter_child_nodes(node):
            yield from _imported(child, is_typing)


def _imported_from(node, is_typing):
    """`from meter import units` names a module; `from meter.units import isqrt` does not."""
    module = node.module
    for alias in node.names:
        below = f"{module}.{alias.name}"
        is_room = module.split(".")[0] in OURS and _is_module(below)
        yield node, below if is_room else module, is_typing


def _is_module(name):
    path = name.replace(".", "/")
    places = (ROOT / "firmware", ROOT)
    return any((place / path).is_dir() or (place / f"{path}.py").exists() for place in places)


def _inexact(tree):
    """Energy is counted in integers: no float and no division that makes one."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, float | complex):
            yield node.lineno, f"{node.value} is not an integer"
        elif isinstance(node, ast.BinOp | ast.AugAssign) and isinstance(node.op, ast.Div):
            yield node.lineno, "/ makes a float: // or units.div_round"
        elif isinstance(node, ast.Name) and node.id == "float":
            yield node.lineno, "float on the energy path"


def _prints(tree):
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and node.id == "print":
            yield node.lineno, "print: return it, a tool prints"


def _undocumented(tree):
    """Modules, and the classes and functions of theirs that others may use, say what they are."""
    if ast.get_docstring(tree) is None:
        yield 1, "the module has no docstring"
    waiting = [tree]
    while waiting:
        for node in waiting.pop().body:
            if not isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
                continue
            if node.name.startswith("_"):
                continue
            if ast.get_docstring(node) is None:
                yield node.lineno, f"{node.name} has no docstring"
            if isinstance(node, ast.ClassDef):
                waiting.append(node)


if __name__ == "__main__":
    sys.exit("\n".join(violations()) or 0)
