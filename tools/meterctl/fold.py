"""Folds constants over the borders of modules, as mpy-cross does within one.

MicroPython keeps a public constant three times: its name among the interned strings, and an entry
in the namespace of its own module and of each that imports it.  On a board that is heap.  Here
every use of an integer constant, `NAME = const(...)` or `NAME = number`, becomes the number, and
what nobody needs then goes: the constant, its import, `if TYPE_CHECKING:`.  Annotations and
docstrings go as well; a board has no use for them.
"""

import ast
import copy

_CONST = "const"
_CASE = "TYPE_CHECKING"


class Folder:
    """Folds the modules of one firmware.

    sources:  {module name: Path of its source}
    """

    def __init__(self, sources):
        self._trees = {name: ast.parse(path.read_bytes()) for name, path in sources.items()}
        self._constants = {}

    def folded(self, module):
        """Return the source of `module` with its constants folded, for the compiler."""
        tree = self._trees[module]
        names, modules = self._imported(module)
        folding = _Folding(self.constants(module) | names, modules, set(names))
        return ast.unparse(ast.fix_missing_locations(folding.visit(tree)))

    def constants(self, module):
        """Return {name: value} of the integer constants in `module`, imported ones too."""
        if module not in self._constants:
            self._constants[module] = {}  # whoever imports in a circle finds none
            known = {}
            imported, modules = self._imported(module)
            for node in self._trees[module].body:
                name = _defined(node)
                if name is not None:
                    value = copy.deepcopy(node.value)
                    if isinstance(value, ast.Call):
                        value = value.args[0]
                    found = _integer(_Folding(known | imported, modules, set()).visit(value))
                    if found is not None:
                        known[name] = found
            self._constants[module] = imported | known
        return self._constants[module]

    def _imported(self, module):
        """Return {local name: value} of imported constants, {local name: {constant: value}}."""
        names, modules = {}, {}
        for node in ast.walk(self._trees[module]):
            if isinstance(node, ast.ImportFrom) and node.module:
                for alias in node.names:
                    local = alias.asname or alias.name
                    whole = f"{node.module}.{alias.name}"
                    if whole in self._trees:
                        modules[local] = self.constants(whole)
                    elif node.module in self._trees:
                        found = self.constants(node.module)
                        if alias.name in found:
                            names[local] = found[alias.name]
        return names, modules


class _Folding(ast.NodeTransformer):
    def __init__(self, names, modules, imported):
        self._names = names
        self._modules = modules
        self._imported = imported

    def visit_Name(self, node):
        if isinstance(node.ctx, ast.Load) and node.id in self._names:
            return _literal(self._names[node.id])
        return node

    def visit_Attribute(self, node):
        if isinstance(node.value, ast.Name) and isinstance(node.ctx, ast.Load):
            found = self._modules.get(node.value.id, {})
            if node.attr in found:
                return _literal(found[node.attr])
        return self.generic_visit(node)

    def visit_Call(self, node):
        self.generic_visit(node)
        is_const = isinstance(node.func, ast.Name) and node.func.id == _CONST
        return node.args[0] if is_const else node

    def visit_ImportFrom(self, node):
        gone = {_CONST} if node.module == "micropython" else self._imported
        node.names = [alias for alias in node.names if (alias.asname or alias.name) not in gone]
        return node if node.names else None

    def visit_Assign(self, node):
        if _defined(node) in self._names:
            return None
        return self.generic_visit(node)

    def visit_AnnAssign(self, node):
        if node.value is None:
            return None
        return ast.Assign([node.target], self.visit(node.value))

    def visit_If(self, node):
        if isinstance(node.test, ast.Name) and node.test.id == _CASE:
            return None
        return self.generic_visit(node)

    def visit_FunctionDef(self, node):
        node.returns = None
        return self._without_docstring(node)

    def visit_ClassDef(self, node):
        return self._without_docstring(node)

    def visit_Module(self, node):
        return self._without_docstring(node)

    def visit_arg(self, node):
        node.annotation = None
        return node

    def _without_docstring(self, node):
        if ast.get_docstring(node, clean=False) is not None:
            del node.body[0]
        self.generic_visit(node)
        if not node.body and not isinstance(node, ast.Module):
            node.body = [ast.Pass()]
        return node


def _defined(node):
    """Return NAME if `node` is `NAME = const(...)` or `NAME = number`, else None."""
    if not isinstance(node, ast.Assign) or not isinstance(node.targets[0], ast.Name):
        return None
    name, value = node.targets[0].id, node.value
    if isinstance(value, ast.Call):
        is_constant = isinstance(value.func, ast.Name) and value.func.id == _CONST
    else:
        is_constant = name.isupper() and not isinstance(value, (ast.Tuple, ast.List, ast.Dict))
    return name if is_constant else None


def _literal(value):
    """Return the number as an expression that may stand anywhere."""
    if value < 0:
        return ast.UnaryOp(ast.USub(), ast.Constant(-value))
    return ast.Constant(value)


def _integer(expression):
    """Return the value of an expression of numbers only, or None if it is none."""
    try:
        code = compile(ast.fix_missing_locations(ast.Expression(expression)), "constant", "eval")
        value = eval(code, {"__builtins__": {}})
    except (NameError, TypeError, AttributeError):
        return None
    return int(value) if isinstance(value, int) else None
