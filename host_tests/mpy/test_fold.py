"""Constants are folded over the borders of modules, and nothing else changes."""

import ast

import pytest

from meterctl import build, fold, mpy


@pytest.fixture
def folded(tmp_path):
    """Return what becomes of the module `user`, given sources by module name."""

    def fold_user(**sources):
        paths = {}
        for name, text in sources.items():
            paths[name] = tmp_path / f"{name}.py"
            paths[name].write_text(text)
        return fold.Folder(paths).folded("user")

    return fold_user


def test_an_imported_constant_becomes_its_number_and_its_import_goes(folded):
    text = folded(
        maker="from micropython import const\nLIMIT = const(1 << 3)\n",
        user="from maker import LIMIT\nx = LIMIT + 1\n",
    )
    assert text == "x = 8 + 1"


def test_a_constant_read_from_its_module_becomes_its_number(folded):
    sources = {
        "p.maker": "LIMIT = const(8)\nLATER = [1]\n",
        "user": "from p import maker\nprint(maker.LIMIT, maker.LATER)\n",
    }
    assert folded(**sources) == "from p import maker\nprint(8, maker.LATER)"


def test_constants_follow_each_other_through_modules(folded):
    text = folded(
        first="A = const(3)\n",
        second="from first import A\nB = const(A * 10)\nC = -B\n",
        user="from second import B, C\nprint(B, 2 ** C, C)\n",
    )
    assert text == "print(30, 2 ** (-30), -30)"


def test_a_constant_may_be_passed_on(folded):
    text = folded(
        first="A = const(3)\n",
        second="from first import A\ndef f():\n    return A\n",
        user="from second import A, f\nprint(A, f())\n",
    )
    assert text == "from second import f\nprint(3, f())"


@pytest.mark.parametrize("board", sorted(build.TARGETS))
def test_what_folded_modules_import_is_still_there(board):
    texts = build.folded(board)
    for module, text in texts.items():
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.ImportFrom) and node.module in texts:
                defined = names_in(texts[node.module])
                for alias in node.names:
                    is_module = f"{node.module}.{alias.name}" in texts
                    assert is_module or alias.name in defined, (module, node.module, alias.name)


def names_in(text):
    """Return the names that a module's own statements bind."""
    found = set()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            found.add(node.name)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            found.add(node.id)
        elif isinstance(node, (ast.Import, ast.ImportFrom)):
            found.update(alias.asname or alias.name for alias in node.names)
    return found


def test_what_is_no_integer_stays(folded):
    maker = "NAME = 'x'\nPAIR = (1, 2)\nmade = const(5)\nTEXT = const('t')\n"
    text = folded(maker=maker, user="from maker import NAME, PAIR, TEXT, made\nprint(NAME)\n")
    assert text == "from maker import NAME, PAIR, TEXT\nprint(NAME)"


def test_types_docstrings_and_annotations_go(folded):
    source = '''"""Doc."""
TYPE_CHECKING = const(False)
if TYPE_CHECKING:
    from typing import Protocol
class A:
    """Doc."""
    x: "int"
    def f(self, n: "int") -> "int":
        """Doc."""
'''
    assert folded(user=source) == "class A:\n\n    def f(self, n):\n        pass"


def test_folding_leaves_machine_code_as_it_is():
    files = build.build("pico_1ph")
    source = build.ROOT / "firmware/ports/rp2/machine_code.py"
    plain = mpy.assembler_functions(build.compile_module(source, "armv6m"))
    assert plain == mpy.assembler_functions(files["ports/rp2/machine_code.mpy"])
    assert plain


def test_a_constant_that_is_no_name_of_its_own_becomes_its_number_too(folded):
    text = folded(user="from micropython import const\nA, B = const(90), const(1 << 4)\n")
    assert text == "A, B = (90, 1 << 4)"
