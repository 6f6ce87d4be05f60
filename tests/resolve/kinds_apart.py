"""Changes the resolver in many small ways, and names what no change tells apart: `python -m tests.resolve.kinds_apart`.

Each change is one of the usual mutations of one place (a comparison, a constant, `and`, `not`, a returned value) in a
copy of lockgen. A scenario is worth having when there is a change that it notices and each other one does not, or the
other way round. Exit 1: a scenario notices nothing, or two notice the same changes.
"""

from __future__ import annotations

import ast
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import combinations
from pathlib import Path

from tests.resolve.kinds import CASES, pins_of, solved

ROOT = Path(__file__).parent.parent.parent
MUTATED = (
    *("resolve/candidates.py", "resolve/prereleases.py", "resolve/target_candidates.py", "resolve/provider.py"),
    *("resolve/masks.py", "resolve/memory.py", "resolve/encoding.py", "resolve/propagation.py", "model/target.py"),
)
PATIENCE = 60.0  # seconds; a change that makes the search endless is noticed by all
OPPOSITE: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq, ast.NotEq: ast.Eq,
    ast.In: ast.NotIn, ast.NotIn: ast.In, ast.Is: ast.IsNot, ast.IsNot: ast.Is,
}  # fmt: skip


def mutants(text: str) -> Iterator[str]:
    """The text with each place changed."""
    count = sum(1 for _ in ast.walk(ast.parse(text)))
    for place in range(count):
        tree = ast.parse(text)
        for position, node in enumerate(ast.walk(tree)):
            if position == place and _changed(node):
                yield ast.unparse(tree)


def _changed(node: ast.AST) -> bool:
    """Whether the node could be changed, which it then is."""
    match node:
        case ast.Compare(ops=[operator]) if type(operator) in OPPOSITE:
            node.ops = [OPPOSITE[type(operator)]()]
        case ast.BoolOp():
            node.op = ast.Or() if isinstance(node.op, ast.And) else ast.And()
        case ast.UnaryOp(op=ast.Not()):
            node.op = ast.UAdd()
            node.operand = ast.Call(func=ast.Name(id="bool", ctx=ast.Load()), args=[node.operand], keywords=[])
        case ast.Constant(value=bool() as value):
            node.value = not value
        case ast.IfExp():
            node.body, node.orelse = node.orelse, node.body
        case ast.Call(func=ast.Name(id="sorted" | "reversed"), args=[first, *_]):
            node.func, node.args, node.keywords = ast.Name(id="list", ctx=ast.Load()), [first], []
        case ast.Subscript(slice=ast.Slice(lower=None, upper=None, step=ast.UnaryOp())):
            node.slice = ast.Slice()
        case _:
            return False
    ast.fix_missing_locations(node)
    return True


def noticed(copy: Path) -> frozenset[str]:
    """The scenarios that come out otherwise in a copy; all of them where it answers none."""
    environ = {**os.environ, "PYTHONPATH": f"{copy}{os.pathsep}{ROOT}", "PYTHONDONTWRITEBYTECODE": "1"}
    words = [sys.executable, "-m", "tests.resolve.kinds_apart", "--answer"]
    try:
        done = subprocess.run(words, env=environ, cwd=copy, capture_output=True, check=False, timeout=PATIENCE)
        return frozenset(json.loads(done.stdout))
    except (subprocess.TimeoutExpired, ValueError):
        return frozenset(case["kind"] for case in CASES)


def answer() -> list[str]:
    """The scenarios that come out otherwise here."""
    wrong = []
    for case in CASES:
        try:
            outcome = solved(case)
            core = [f"{demand.name}{demand.specifier}" for demand in getattr(outcome, "core", ())]
            is_right = pins_of(outcome) == case.get("pins") and core == case.get("core", [])
        except Exception:  # noqa: BLE001 - whatever a change brings about
            is_right = False
        if not is_right:
            wrong.append(case["kind"])
    return wrong


def main(words: Sequence[str]) -> int:
    """Try the changes of the files whose names hold one of the words, of all without any."""
    if "--answer" in words:
        sys.stdout.write(json.dumps(answer()))
        return 0
    seen: list[frozenset[str]] = []
    for file in (each for each in MUTATED if not words or any(word in each for word in words)):
        text = (ROOT / "lockgen" / file).read_text(encoding="utf-8")
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            found = list(pool.map(lambda mutant, file=file: _tried(file, mutant), mutants(text)))
        seen += found
        say(f"{file}: {len(found)} changes, {sum(map(bool, found))} noticed")
    notices = {
        case["kind"]: frozenset(place for place, found in enumerate(seen) if case["kind"] in found) for case in CASES
    }
    idle = [kind for kind, places in notices.items() if not places]
    same = [pair for pair in combinations(notices, 2) if notices[pair[0]] == notices[pair[1]]]
    for kind in idle:
        say(f"notices nothing: {kind}")
    for one, other in same:
        say(f"notice the same: {one} | {other}")
    say(f"{len(seen)} changes; {len(idle)} of {len(CASES)} scenarios notice nothing, {len(same)} pairs the same")
    return int(bool(idle or same))


def _tried(file: str, mutant: str) -> frozenset[str]:
    with tempfile.TemporaryDirectory(prefix="lockgen-apart-") as folder:
        copy = Path(folder)
        shutil.copytree(ROOT / "lockgen", copy / "lockgen", ignore=shutil.ignore_patterns("__pycache__"))
        (copy / "lockgen" / file).write_text(mutant, encoding="utf-8")
        return noticed(copy)


def say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
