"""Which functions and classes of a submission keep nothing from one call to the next.

Checks of different exercises may not influence each other, so each exercise has a process of its own. Where code keeps
nothing (no global that it changes, no cache, no setting of torch), it makes no difference in which process it runs, and
one process can serve the checks of many exercises. Whether that is so is read from the source, without running it, and
in doubt the answer is no: then nothing changes but the time that it takes.

A name is stateless where all that it is bound to is, and all that it uses: other stateless names of the submission,
constants, some builtins, and modules whose functions give what their arguments say (`stateless_rules`). The top level
of every cell is run before the first check, in all processes alike, so it may do more; but it may not patch anything.

This is a rule for honest code. Code that hides what it does is judged no better for it: what it can do in the process
that serves many exercises is told in `sandbox_bench`.
"""

from __future__ import annotations

import ast
import symtable
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from proctorch.grading.stateless_rules import (
    BASES,
    BUILTINS,
    DECORATORS,
    DUNDERS,
    HARMLESS,
    KEEPING,
    KEEPING_PREFIXES,
    LOADED,
    METHODS,
    MODULES,
    OF_TENSORS,
    PATCHES,
)
from proctorch.grading.top_level import parse
from proctorch.model import Cell

Definition = ast.FunctionDef | ast.ClassDef


class _Keeps(Exception):
    """The code may keep something."""


@dataclass(frozen=True)
class _Binding:
    """What a name is bound to: `uses` are the global names that a definition needs; None where nobody may use it."""

    uses: frozenset[str] | None = frozenset()
    foreign: bool = False
    """Whether it belongs to a module: nothing may be set on it."""


@dataclass
class _Names:
    """What the cells bind at their top levels."""

    bindings: dict[str, list[_Binding]] = field(default_factory=dict)

    def bind(self, name: str, binding: _Binding) -> None:
        """Add what a name is bound to."""
        self.bindings.setdefault(name, []).append(binding)

    def stateless(self) -> frozenset[str]:
        """Return the names that are stateless with all that they use."""
        good = {
            name: frozenset().union(*(binding.uses or frozenset() for binding in found))
            for name, found in self.bindings.items()
            if all(binding.uses is not None for binding in found)
        }
        while True:
            bad = [
                name
                for name, uses in good.items()
                if any(use not in good and (use in self.bindings or use not in BUILTINS) for use in uses)
            ]
            if not bad:
                return frozenset(good)
            for name in bad:
                del good[name]


def stateless_names(cells: Iterable[Cell]) -> frozenset[str]:
    """Return the top-level names of a submission that keep nothing; none where a cell patches what others use."""
    names = _Names()
    try:
        for cell in cells:
            _read(cell.source, names)
    except (_Keeps, SyntaxError, ValueError, RecursionError):
        return frozenset()
    return names.stateless()


def _read(source: str, names: _Names) -> None:
    tree = parse(source)
    if tree is None:
        raise _Keeps
    tables: dict[tuple[str, int], symtable.SymbolTable] = {}
    if any(isinstance(node, (ast.FunctionDef, ast.ClassDef)) for node in tree.body):
        children = symtable.symtable(source, "<cell>", "exec").get_children()
        tables = {(table.get_name(), table.get_lineno()): table for table in children}
    for statement in tree.body:
        if isinstance(statement, (ast.FunctionDef, ast.ClassDef)):
            names.bind(statement.name, _definition(statement, tables, names))
        elif isinstance(statement, (ast.Import, ast.ImportFrom)):
            _import(statement, names)
        else:
            _run_once(statement, names)


def _import(statement: ast.Import | ast.ImportFrom, names: _Names) -> None:
    for alias in statement.names:
        module = alias.name if isinstance(statement, ast.Import) else statement.module or ""
        inner = f"{module}.{alias.name}"
        pure = module in MODULES and alias.name not in KEEPING and not alias.name.startswith(KEEPING_PREFIXES)
        if not pure and module.split(".")[0] not in LOADED:
            raise _Keeps
        pure = pure or inner in MODULES
        names.bind(alias.asname or alias.name.split(".")[0], _Binding(frozenset() if pure else None, foreign=True))


def _run_once(statement: ast.stmt, names: _Names) -> None:
    """Look at a statement that is run while the cells are: it may do anything but patch; raises _Keeps."""
    if isinstance(statement, (ast.Assign, ast.AnnAssign)) and statement.value is not None:
        targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
        constant = _is_constant(statement.value, names)
        alias = isinstance(_root(statement.value), ast.Name) and _is_foreign(statement.value, names)
        binding = _Binding(frozenset() if constant else None, foreign=alias)
        for target in targets:
            if isinstance(target, ast.Name):
                names.bind(target.id, binding)
    for node in _nodes(statement):
        if isinstance(node, ast.Name):
            if node.id in PATCHES:
                raise _Keeps
            if isinstance(node.ctx, ast.Del):
                names.bind(node.id, _Binding(None))
        elif isinstance(node, ast.Attribute):
            _look_at_patch(node, names)
        elif isinstance(node, (ast.Import, ast.ImportFrom)):
            _import(node, names)
    for name in _bound(statement):
        names.bind(name, _Binding(None))


def _bound(statement: ast.stmt) -> Iterator[str]:
    """Yield what a statement binds otherwise than by one plain assignment."""
    plain = isinstance(statement, (ast.Assign, ast.AnnAssign))
    for node in _nodes(statement):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            yield node.name
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store) and not plain:
            yield node.id
        elif plain and isinstance(node, (ast.Tuple, ast.List, ast.Starred, ast.NamedExpr)):
            yield from (
                part.id for part in _nodes(node) if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Store)
            )


def _look_at_patch(node: ast.Attribute, names: _Names) -> None:
    if node.attr.startswith("__") or _keeps(node.attr, setting=True):
        raise _Keeps
    if not isinstance(node.ctx, ast.Load) and _is_foreign(node.value, names):
        raise _Keeps


def _keeps(attribute: str, *, setting: bool = False) -> bool:
    """Say whether an attribute's name is one by which something is kept; a `setting` made once is the same for all."""
    if attribute in HARMLESS or (setting and attribute.startswith("set_")):
        return False
    return attribute in KEEPING or attribute.startswith(KEEPING_PREFIXES)


def _is_constant(value: ast.expr, names: _Names) -> bool:
    if isinstance(value, ast.Constant):
        return True
    if isinstance(value, ast.Tuple):
        return all(_is_constant(item, names) for item in value.elts)
    if isinstance(value, ast.UnaryOp):
        return _is_constant(value.operand, names)
    if isinstance(value, ast.BinOp):
        return _is_constant(value.left, names) and _is_constant(value.right, names)
    # torch.float32, math.pi; not torch.nn.init.xavier_uniform_, but that is a function and keeps nothing either.
    return isinstance(value, ast.Attribute) and _is_module_path(value, names) and not _keeps(value.attr)


def _is_module_path(value: ast.expr, names: _Names) -> bool:
    while isinstance(value, ast.Attribute):
        if value.attr.startswith("_") or _keeps(value.attr):
            return False
        value = value.value
    if not isinstance(value, ast.Name):
        return False
    found = names.bindings.get(value.id, [])
    return bool(found) and all(binding.foreign and binding.uses is not None for binding in found)


def _is_foreign(value: ast.expr, names: _Names) -> bool:
    """Say whether something set on this expression's value might be set on a module, or on a class or function."""
    root = _root(value)
    if not isinstance(root, ast.Name):
        return True
    found = names.bindings.get(root.id, [])
    return not found or any(binding.foreign or binding.uses is not None for binding in found)


def _definition(node: Definition, tables: dict[tuple[str, int], symtable.SymbolTable], names: _Names) -> _Binding:
    first = node.decorator_list[0].lineno if node.decorator_list else node.lineno
    table = tables.get((node.name, node.lineno)) or tables.get((node.name, first))
    try:
        if table is None:
            raise _Keeps
        bases = node.bases if isinstance(node, ast.ClassDef) else []
        uses = frozenset([*_globals(table), *(root.id for base in bases if isinstance(root := _root(base), ast.Name))])
        _look(node, names, uses)
        return _Binding(uses - {node.name})
    except _Keeps:
        return _Binding(None)


def _globals(table: symtable.SymbolTable) -> Iterator[str]:
    """Yield the global names that a definition uses; raises _Keeps where it binds one."""
    for symbol in table.get_symbols():
        if symbol.is_declared_global():
            raise _Keeps
        if symbol.is_global():
            yield symbol.get_name()
    for child in table.get_children():
        yield from _globals(child)


def _look(definition: Definition, names: _Names, uses: frozenset[str]) -> None:
    """Look at all of a definition, of which `uses` are global; raises _Keeps for whatever may keep something."""
    instances: frozenset[str] = frozenset()
    if isinstance(definition, ast.FunctionDef):
        _look_at_header(definition, names)
    else:
        instances = _instances(definition)
    kinds = set()
    for node in _nodes(definition):
        kind = type(node)
        kinds.add(kind)
        if kind is ast.Attribute:
            _look_at_attribute(node, instances, uses)  # type: ignore[arg-type]
        elif kind is ast.Subscript:
            if not isinstance(node.ctx, ast.Load) and _is_among(_root(node), uses):  # type: ignore[attr-defined, arg-type]
                raise _Keeps
        elif kind in _LOOKS:
            _LOOKS[kind](node, names)
    # What a context set may last for as long as a generator waits in it.
    if kinds & _NEVER or (kinds & _WAITING and ast.With in kinds):
        raise _Keeps


def _nodes(root: ast.AST) -> Iterator[ast.AST]:
    """Yield what `ast.walk` does, but for contexts, in a third of the time."""
    waiting = [root]
    while waiting:
        node = waiting.pop()
        yield node
        for value in vars(node).values():
            if type(value) is list:
                waiting += [item for item in value if isinstance(item, ast.AST)]
            elif isinstance(value, ast.AST) and not isinstance(value, ast.expr_context):
                waiting.append(value)


def _look_at_attribute(node: ast.Attribute, instances: frozenset[str], uses: frozenset[str]) -> None:
    name = node.attr
    own = isinstance(node.value, ast.Name) and node.value.id in instances
    if name.startswith("__"):
        if name not in DUNDERS or not isinstance(node.ctx, ast.Load):
            raise _Keeps
    elif (name.startswith("_") and not own) or _keeps(name):
        raise _Keeps
    if not isinstance(node.ctx, ast.Load) and not own and (name not in OF_TENSORS or _is_among(_root(node), uses)):
        raise _Keeps


def _is_among(value: ast.expr, names: frozenset[str]) -> bool:
    return isinstance(value, ast.Name) and value.id in names


def _root(value: ast.expr) -> ast.expr:
    """Return the innermost value of a chain of attributes and indices."""
    while isinstance(value, (ast.Attribute, ast.Subscript)):
        value = value.value
    return value


def _instances(definition: ast.ClassDef) -> frozenset[str]:
    """Return what the methods of a class call the object at hand (`self`, `ctx`)."""
    methods = [part for part in definition.body if isinstance(part, ast.FunctionDef)]
    return frozenset(method.args.args[0].arg for method in methods if method.args.args)


def _look_at_class(node: ast.ClassDef, names: _Names) -> None:
    if node.keywords or not all(_is_known(item, DECORATORS) for item in node.decorator_list):
        raise _Keeps
    for base in node.bases:
        own = isinstance(base, ast.Name) and base.id in names.bindings
        if not own and not _is_known(base, BASES):
            raise _Keeps
    for statement in node.body:
        if isinstance(statement, ast.FunctionDef):
            if statement.name.startswith("__") and statement.name not in METHODS:
                raise _Keeps
            _look_at_header(statement, names)
        elif isinstance(statement, ast.Expr):
            if not isinstance(statement.value, ast.Constant):
                raise _Keeps
        elif isinstance(statement, (ast.Assign, ast.AnnAssign)):
            if statement.value is not None and not _is_constant(statement.value, names):
                raise _Keeps
        elif not isinstance(statement, ast.Pass):
            raise _Keeps


def _look_at_header(node: ast.FunctionDef, names: _Names) -> None:
    defaults = [default for default in [*node.args.defaults, *node.args.kw_defaults] if default is not None]
    if not all(_is_constant(default, names) for default in defaults):
        raise _Keeps


def _look_at_decorators(node: ast.FunctionDef, names: _Names) -> None:
    if not all(_is_known(item, DECORATORS) for item in node.decorator_list):
        raise _Keeps


def _is_known(value: ast.expr, known: frozenset[str]) -> bool:
    """Say whether an expression is one of the known dotted names, called or not."""
    return ast.unparse(value.func if isinstance(value, ast.Call) else value) in known


def _import_inside(node: ast.Import | ast.ImportFrom, names: _Names) -> None:
    for alias in node.names:
        module = alias.name if isinstance(node, ast.Import) else node.module or ""
        if module not in MODULES or _keeps(alias.name):
            raise _Keeps


_LOOKS: dict[type[ast.AST], Callable[..., None]] = {
    ast.ClassDef: _look_at_class,
    ast.FunctionDef: _look_at_decorators,
    ast.Import: _import_inside,
    ast.ImportFrom: _import_inside,
}
_NEVER = {ast.Global, ast.AsyncFunctionDef, ast.Await, ast.AsyncFor, ast.AsyncWith}
_WAITING = {ast.Yield, ast.YieldFrom}
