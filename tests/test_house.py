"""The rules of the house (DESIGN section 3), read from the imports."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent / "lockgen"
STAGES = {
    "matrix",
    "lint",
    "compare",
    "index",
    "resolve",
    "render",
    "verify",
    "report",
    "preflight",
    "requirements",
    "ci",
    "drift",
    "history",
    "locked",
}
_ALIAS = re.compile(r"_?[A-Z][a-z]")
LOOSE = {"lockgen", "lockgen.__main__", "lockgen.errors"}
"""The only modules that stand in no folder."""
FILES = {
    ".".join(path.relative_to(ROOT.parent).with_suffix("").parts).removesuffix(".__init__"): path
    for path in sorted(ROOT.rglob("*.py"))
    if "defaults" not in path.parts
}

FLOOR = {*LOOSE - {"lockgen.__main__"}, *(name for name in FILES if name.startswith(("lockgen.model", "lockgen.text")))}

ONLY = {
    "httpx2": {"lockgen.index.client", "lockgen.index.transport"},
    "sqlite3": {"lockgen.index.cache"},
    "piptools": {"lockgen.index.settings"},
    "pip": {"lockgen.index.settings"},
    # One runner for all of verify: the promise that no process stays behind is kept in one place.
    # Preflight runs alone: on Alpine it asks the musl loader for its version, in the image itself.
    # The cleaning up has to outlive the runner.
    "subprocess": {"lockgen.verify.process", "lockgen.verify.aftermath", "lockgen.preflight.machine"},
    "typer": {"lockgen.cli"},
    "resolvelib": {"lockgen.verify.second_engine"},
    "jinja2": {"lockgen.render.environment"},
    "ruamel": {"lockgen.matrix.text"},
    "tomli_w": {"lockgen.render.toml"},
    "pyproject_hooks": {"lockgen.verify.build_metadata"},
}
"""Who alone may import what. A package stands for its modules too."""

ONLY_THE_COMMAND_LINE = {
    "print",
    "input",
    "exit",
    "sys.exit",
    "os._exit",
    "os.getenv",
    "os.environ",
    "datetime.now",
    "datetime.utcnow",
    "datetime.today",
    "date.today",
    "time.time",
}


@cache
def _tree(name: str) -> ast.Module:
    return ast.parse(FILES[name].read_text(encoding="utf-8"))


@cache
def _nodes(name: str) -> tuple[ast.AST, ...]:
    return tuple(ast.walk(_tree(name)))


@cache
def _imports(name: str) -> tuple[str, ...]:
    return tuple(_imported(name))


def _imported(name: str) -> Iterator[str]:
    for node in _nodes(name):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{name}: relative import"
            assert node.module is not None
            modules = [f"{node.module}.{alias.name}" for alias in node.names]
            yield from (module if module in FILES else node.module for module in modules)


@cache
def _own_imports(name: str) -> frozenset[str]:
    return frozenset(module for module in _imports(name) if module.split(".")[0] == "lockgen") - {name}


def _stage(name: str) -> str:
    return name.split(".")[1] if name.count(".") and name.split(".")[1] in STAGES else ""


def _is_cli(name: str) -> bool:
    return name == "lockgen.__main__" or name.startswith("lockgen.cli")


def test_a_stage_imports_the_floor_and_itself() -> None:
    crossings = {
        name: {module for module in _own_imports(name) - FLOOR if _stage(module) != _stage(name)}
        for name in FILES
        if _stage(name)
    }
    assert {name: modules for name, modules in crossings.items() if modules} == {}


def test_preflight_imports_nothing_but_itself() -> None:
    """It runs alone, in any image."""
    assert [name for name in FILES if _stage(name) == "preflight" and _own_imports(name) & FLOOR] == []


def test_nothing_lies_loose() -> None:
    assert {f"lockgen.{path.stem}" for path in ROOT.glob("*.py") if path.stem != "__init__"} | {"lockgen"} == LOOSE


def test_the_floor_imports_only_the_floor() -> None:
    assert {name: _own_imports(name) - FLOOR for name in FLOOR if not _own_imports(name) <= FLOOR} == {}


def test_nothing_imports_the_command_line() -> None:
    assert not [name for name in FILES if not _is_cli(name) and any(map(_is_cli, _own_imports(name)))]
    flow = {name for name in FILES if name.startswith("lockgen.workflow")}
    assert not [name for name in FILES if not _is_cli(name) and name not in flow and flow & _own_imports(name)]


def test_there_is_no_circle() -> None:
    waiting = {name: _own_imports(name) - {"lockgen"} for name in FILES}
    while free := {name for name, needs in waiting.items() if not needs & waiting.keys()}:
        waiting = {name: needs for name, needs in waiting.items() if name not in free}
    assert not waiting


SHARED_BY_COMMANDS = {
    "app",
    "environment",
    "exits",
    "help",
    "main",
    "options",
    "printing",
    "requirements",
    "progress",
    "proofs",
    "sources",
}
"""Files of lockgen/cli that are no command."""
COMMANDS = sorted(
    name.rsplit(".", 1)[-1]
    for name in FILES
    if name.startswith("lockgen.cli.") and name.rsplit(".", 1)[-1] not in SHARED_BY_COMMANDS
)


def _reached(name: str, imports: Mapping[str, AbstractSet[str]]) -> set[str]:
    """The modules it imports, and those they import."""
    found, waiting = {name}, [name]
    while waiting:
        new = imports[waiting.pop()] - found
        found |= new
        waiting += new
    return found


def test_a_command_has_one_word_on_every_floor() -> None:
    """What a command alone leads to has the command's word in its path."""
    imports = {name: _own_imports(name) for name in FILES}
    reached = {command: _reached(f"lockgen.cli.{command}", imports) for command in COMMANDS}
    shared = {f"lockgen.cli.{name}" for name in SHARED_BY_COMMANDS}
    for command, modules in reached.items():
        others = {module for other in COMMANDS if other != command for module in reached[other]}
        own = modules - others - shared
        assert not [module for module in own if command.rstrip("_") not in module], command


def test_each_name_of_a_class_or_an_alias_stands_for_one_thing() -> None:
    places: dict[str, list[str]] = {}
    for module in FILES:
        classes = [node.name for node in _nodes(module) if isinstance(node, ast.ClassDef)]
        bound = [
            target.id
            for node in _tree(module).body
            for target in (node.targets if isinstance(node, ast.Assign) else [])
            if isinstance(target, ast.Name) and _ALIAS.match(target.id)
        ]
        for name in (*classes, *bound):
            places.setdefault(name, []).append(module)
    assert not {name: modules for name, modules in places.items() if len(modules) > 1}


def test_there_are_no_drawers() -> None:
    drawers = {"utils", "util", "helpers", "common", "misc", "tools"}
    assert not [name for name in FILES if name.rsplit(".", 1)[-1] in drawers]


@pytest.mark.parametrize("library", sorted(ONLY))
def test_doors_are_few(library: str) -> None:
    users = {name for name in FILES if any(module.split(".")[0] == library for module in _imports(name))}
    assert {name for name in users if not (library == "typer" and _is_cli(name))} <= ONLY[library]


def _names_used(name: str) -> Iterator[str]:
    for node in _nodes(name):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            yield f"{node.value.id}.{node.attr}"
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            yield node.func.id


def test_only_the_command_line_prints_asks_the_clock_or_exits() -> None:
    used = {
        name: ONLY_THE_COMMAND_LINE & set(_names_used(name))
        for name in FILES
        if not _is_cli(name) and _stage(name) != "preflight"
    }
    assert {name: calls for name, calls in used.items() if calls} == {}


def test_there_is_no_hidden_state() -> None:
    """No `global`, and what a module binds at its top is a constant: never a bare list, dict or set."""
    assert [name for name in FILES if any(isinstance(node, ast.Global) for node in _nodes(name))] == []
    assert {name: found for name in FILES if (found := list(_variables(name)))} == {}


def _variables(name: str) -> Iterator[str]:
    for node in _tree(name).body:
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.List | ast.Dict | ast.Set):
            names = (target.id for target in node.targets if isinstance(target, ast.Name))
            yield from (bound for bound in names if bound != bound.upper() and bound != "__all__")


def test_records_are_frozen() -> None:
    for module in (name for name in FILES if name.startswith("lockgen.model")):
        for node in _tree(module).body:
            if isinstance(node, ast.ClassDef) and not any(ast.unparse(base) == "Protocol" for base in node.bases):
                keywords = {k.arg for d in node.decorator_list if isinstance(d, ast.Call) for k in d.keywords}
                assert {"frozen", "slots", "kw_only"} <= keywords, node.name


def test_a_file_is_a_room_that_can_be_read_in_one_sitting() -> None:
    """A guard, not a measure: a file past this has become two."""
    lengths = {name: len(path.read_text(encoding="utf-8").splitlines()) for name, path in FILES.items()}
    assert {name: count for name, count in lengths.items() if count > 250} == {}


def test_the_paths_that_contributors_are_sent_to_are_there() -> None:
    told = (ROOT.parent / "CONTRIBUTING.md").read_text(encoding="utf-8")
    paths = [path for path in re.findall(r"`((?:lockgen|templates|docs|tests)/[\w./-]+)`", told) if "NAME" not in path]
    assert len(paths) > 20
    assert not [path for path in paths if not (ROOT.parent / path).exists()]
    tree = re.findall(r"^  (\w+)/ ", told, re.MULTILINE)
    assert sorted(tree) == sorted(path.name for path in ROOT.iterdir() if (path / "__init__.py").exists())
