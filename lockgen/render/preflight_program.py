"""Python modules of one package put together into one file that runs alone."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from graphlib import TopologicalSorter

from lockgen.errors import BugError

_RULE = "# " + "-" * 117
_FUTURE = "__future__"


@dataclass(frozen=True, slots=True)
class _Module:
    """What one module of the package is made of."""

    needs: frozenset[str]
    imports: tuple[tuple[str, str], ...]
    binds: tuple[str, ...]
    body: str


def standalone(package: str, sources: Mapping[str, str], docstring: str, values: Mapping[str, str]) -> str:
    """One module's text: the docstring, what the modules import of the standard library, then the modules.

    `sources` maps module name -> text. A module stands behind those of the package it imports from, and its imports of
    them fall away. A module in `values` is replaced by that text. BugError when two modules bind the same name at
    their top, or one imports of the package in a way that falls away wrongly.
    """
    modules = {name: _module(package, name, text) for name, text in sources.items()}
    order = _ordered(modules)
    _check_names(order, modules)
    imports = [each for name in order if name not in values for each in modules[name].imports]
    parts = [f'"""{docstring}"""', "from __future__ import annotations", "\n".join(_import_lines(imports))]
    parts += [f"{_RULE}\n# {name}\n{_RULE}\n\n{values.get(name) or modules[name].body}" for name in order]
    return "\n\n".join(parts) + "\n"


@lru_cache(maxsize=128)
def _module(package: str, name: str, text: str) -> _Module:
    """Kept, for every phase's file is made of the same modules."""
    tree = ast.parse(text)
    return _Module(
        needs=frozenset(_needed(package, name, tree)),
        imports=tuple(_imports(package, tree)),
        binds=tuple(_bound(tree)),
        body=_body(text, tree),
    )


def _ordered(modules: Mapping[str, _Module]) -> list[str]:
    """The modules, each behind those it imports; among equals by name."""
    sorter = TopologicalSorter({name: module.needs for name, module in sorted(modules.items())})
    sorter.prepare()
    order: list[str] = []
    while ready := sorted(sorter.get_ready()):
        order += ready
        sorter.done(*ready)
    return order


def _needed(package: str, name: str, tree: ast.Module) -> set[str]:
    """Of which modules of the package it imports names, always at its top and never under another name."""
    found = set()
    for node in ast.walk(tree):
        modules = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        if isinstance(node, ast.ImportFrom) and _is_own(package, node):
            module = (node.module or "").removeprefix(f"{package}.")
            if node not in tree.body or node.module == package or any(alias.asname for alias in node.names):
                raise BugError(f"{name} imports {module} in a way that cannot be left out")
            found.add(module)
        if any(module.startswith(package) for module in modules):
            raise BugError(f"{name} imports a module of {package} rather than names of it")
    return found


def _is_own(package: str, node: ast.stmt) -> bool:
    return isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[:2] == package.split(".")


def _imports(package: str, tree: ast.Module) -> Iterator[tuple[str, str]]:
    """(module, name) of what it imports of the standard library; the name is empty for a module as a whole."""
    for node in tree.body:
        if isinstance(node, ast.Import):
            yield from ((alias.name, "") for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and not _is_own(package, node) and node.module != _FUTURE:
            yield from ((str(node.module), alias.name) for alias in node.names)


def _import_lines(imports: Iterable[tuple[str, str]]) -> list[str]:
    """Whole modules first, then names by module, sorted."""
    pairs = sorted(set(imports))
    modules = dict.fromkeys(module for module, name in pairs if name)
    names = {module: ", ".join(name for other, name in pairs if other == module and name) for module in modules}
    whole = [f"import {module}" for module, name in pairs if not name]
    return [*whole, *(f"from {module} import {listed}" for module, listed in names.items())]


def _body(text: str, tree: ast.Module) -> str:
    """The module's text without its imports; its docstring as comments."""
    lines = text.splitlines()
    for node in tree.body:
        if isinstance(node, ast.Import | ast.ImportFrom):
            lines[node.lineno - 1 : node.end_lineno] = [""] * ((node.end_lineno or node.lineno) - node.lineno + 1)
    said = ast.get_docstring(tree)
    first = tree.body[0]
    rest = "\n".join(lines[first.end_lineno if said is not None else 0 :]).strip("\n")
    comments = "\n".join(f"# {line}".rstrip() for line in (said or "").splitlines())
    return f"{comments}\n\n\n{rest}" if said and rest else comments or rest


def _check_names(order: Iterable[str], modules: Mapping[str, _Module]) -> None:
    owners: dict[str, str] = {}
    for module in order:
        for name in modules[module].binds:
            if owners.setdefault(name, module) != module:
                raise BugError(f"{owners[name]} and {module} both bind {name}")


def _bound(tree: ast.Module) -> Iterator[str]:
    """The names a module binds at its top, without those it imports."""
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            yield node.name
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            yield from (each.id for target in targets for each in ast.walk(target) if isinstance(each, ast.Name))
