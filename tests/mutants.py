"""Takes the guards of tests/guards.py away, one by one, and expects each one's tests to fail: `python -m tests.mutants`.

It works on a copy of the checkout. With words behind it, only guards whose file or text holds one of them are tried.
Exit 1: a guard can go unnoticed, or its tests fail with it in place.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from tests.guards import GUARDS, Guard

ROOT = Path(__file__).parent.parent
COPIED = ("lockgen", "tests", "templates", "matrices", "output", "pyproject.toml", "README.md", "SECURITY.md", "docs")
PATIENCE = 600.0  # seconds; a mutant that hangs is noticed too


def main(words: Sequence[str]) -> int:
    """Try the guards; the exit code."""
    chosen = [guard for guard in GUARDS if not words or any(word in guard.file + guard.text for word in words)]
    with tempfile.TemporaryDirectory(prefix="lockgen-mutants-", ignore_cleanup_errors=True) as folder:
        copy = Path(folder)
        for name in COPIED:
            source = ROOT / name
            if source.is_dir():
                shutil.copytree(source, copy / name, ignore=shutil.ignore_patterns("__pycache__"))
            else:
                shutil.copy2(source, copy / name)
        every = sorted({test for guard in chosen for test in guard.tests})
        if (how := fails(copy, every)) != "passed":
            say(f"with every guard in place: {how}; run pytest on {' '.join(every)}")
            return 1
        survivors = [guard for guard in chosen if not tried(copy, guard)]
    say(f"{len(chosen) - len(survivors)} of {len(chosen)} guards are missed by their tests when they are gone")
    return int(bool(survivors))


def tried(copy: Path, guard: Guard) -> bool:
    """Whether each of the guard's tests fails without it."""
    file = copy / "lockgen" / guard.file
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace(guard.text, guard.mutant), encoding="utf-8")
    try:
        found = {test: fails(copy, [test]) for test in guard.tests}
    finally:
        file.write_text(text, encoding="utf-8")
    for test, how in found.items():
        say(f"{'red' if how == 'failed' else f'NOT RED ({how})':8}  {guard.file}: {guard.text.strip()[:60]}  {test}")
    return set(found.values()) == {"failed"}


def fails(copy: Path, tests: Sequence[str]) -> str:
    """`passed`, `failed`, or `not run` where every one of the tests was skipped."""
    environ = {**os.environ, "PYTHONPATH": str(copy), "PYTHONDONTWRITEBYTECODE": "1"}
    options = ["-q", "-n", "0", "-W", "ignore", "-p", "no:cacheprovider", "-x", "-m", "not network and not long"]
    words = [sys.executable, "-m", "pytest", *options, *tests]
    try:
        done = subprocess.run(
            words, cwd=copy, env=environ, capture_output=True, text=True, check=False, timeout=PATIENCE
        )
    except subprocess.TimeoutExpired:
        return "failed"
    if done.returncode == 0:
        return "passed" if " passed" in done.stdout else "not run"
    return "failed" if done.returncode == 1 else f"exit {done.returncode}"


def say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
