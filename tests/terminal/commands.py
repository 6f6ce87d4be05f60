"""Every command on one prepared project, and what it prints."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path

from tests.conftest import ROOT, Done
from tests.preflight.stand import facts

GOLDEN = ROOT / "tests" / "terminal" / "golden"
WIDTHS = (80, 120)
ONE = ("--target", "py3.11-linux-x86_64")
EARLY, LATE = ("--frozen", "early.xz"), ("--frozen", "late.xz")

COMMANDS: Mapping[str, tuple[str, ...]] = {
    "targets": ("targets",),
    "render-dry-run": ("render", *EARLY, "--dry-run"),
    "render-verbose": ("render", *EARLY, "--dry-run", "-v"),
    "render-no": ("render", *EARLY, "--as-of", "2023-06-01"),
    "render-upgrade": ("render", "--frozen", "late.xz", "--upgrade", "--as-of", "2024-03-01", "--dry-run"),
    "check": ("check", *EARLY),
    "check-stale": ("check", *EARLY, "--output", "edited"),
    "check-not-rendered": ("check", *EARLY, "--output", "empty"),
    "lint": ("lint", *EARLY),
    "verify": ("verify", "--level", "closed", *EARLY),
    "verify-verbose": ("verify", "--level", "closed", "-v", *EARLY),
    "verify-not-rendered": ("verify", "--level", "closed", *EARLY, "--output", "empty"),
    "verify-merge": ("verify", "--merge", "output/phase-web/verified.json", *EARLY),
    "drift": ("drift", *LATE),
    "drift-none": ("drift", *EARLY),
    "bump-dry-run": ("bump", "--dry-run", *LATE),
    "compare": ("compare", "web", "narrow", *EARLY),
    "explain": ("explain", "starlette", *EARLY),
    "explain-why-not": ("explain", "starlette==0.31.0", *EARLY),
    "explain-absent": ("explain", "starlett", *EARLY),
    "explain-rule": ("explain", "--rule", "dead-cap"),
    "history": ("history", *LATE, "--since", "2023-10-01", "--until", "2024-03-01", "--phase", "web"),
    "history-name": ("history", "idna", *LATE, "--since", "2023-10-01", "--until", "2024-03-01", "--phase", "web"),
    "history-bisect": (
        "history", "--bisect", "idna==3.6", *LATE, "--since", "2023-10-01", "--until", "2024-03-01", "--phase", "web"),
    "try": ("try", "starlette<0.30", *EARLY),
    "try-no": ("try", "starlette>=0.30", *EARLY),
    "report": ("report", "page.html", "--phase", "web", *ONE, *EARLY),
    "freeze": ("freeze", "again.xz", "--phase", "web", *ONE, *EARLY),
    "preflight": ("preflight", "--phase", "web", "--facts", "facts.json"),
    "preflight-verbose": ("preflight", "--phase", "web", "--facts", "facts.json", "-v"),
    "ci-matrix": ("ci", "matrix", "--phase", "web", "--target", "py3.11-*"),
    "ci-init": ("ci", "init", "github", "--install", "https://files.invalid/lockgen-0.1.0-py3-none-any.whl"),
    "init": ("init", "-r", "requirements.txt", *EARLY, "--matrices", "begun"),
    "init-example": ("init", "--example", "--matrices", "example"),
    "metadata": ("metadata", "starlette==0.27.0", *EARLY),
    "cache-info": ("cache", "info", "--cache-dir", "kept"),
    "cache-clear": ("cache", "clear"),
}  # fmt: skip
CHILD = """schema: 1
phase: "narrow"
title: Narrower
revision: 1
extends: phase-web.yaml
dependencies:
  - name: pydantic
    minimum: "1.10.12"
    maximum: "<1.10.13"
"""

Run = Callable[..., Done]


def prepare(folder: Path, run: Run) -> None:
    """The project that every command is run on: two phases, rendered, and copies of the output to spoil."""
    shutil.copytree(ROOT / "tests" / "drift" / "matrices", folder / "matrices")
    (folder / "matrices" / "narrow.yaml").write_text(CHILD)
    for name, date in (("early", "2023-10-01"), ("late", "2024-03-01")):
        shutil.copy(ROOT / "tests" / "frozen" / f"web-{date}.xz", folder / f"{name}.xz")
    (folder / "facts.json").write_text(json.dumps(facts()))
    (folder / "requirements.txt").write_text("fastapi>=0.100\n")
    run("render", *EARLY, "--keep-going")
    run("verify", "--level", "closed", *EARLY, "--quiet")
    shutil.copytree(folder / "output", folder / "edited")
    (folder / "edited/phase-web/py3.11-linux-x86_64/constraints.txt").write_text("mine\n")
    (folder / "edited/phase-web/py3.12-linux-x86_64/constraints.txt").unlink()


def steady(text: str, folder: Path) -> str:
    """What a machine or a day puts into the text taken out."""
    text = text.replace(str(folder), "PROJECT")
    return re.sub(r"\b\d+ (kB|bytes)\b", r"N \1", re.sub(r"index-\d+\.sqlite3", "index.sqlite3", text))
