"""What the command line makes of equal input, made once per process: the suite runs some 600 commands in its own.

Two thirds of what a command costs in a test is what the command before it did as well: to build its options, to read
the same matrices, to unpack the same index, to compile the same templates. What is kept here are answers of functions
of their arguments alone, by those arguments, so a file that a test has changed is read. `python -m lockgen`, which
other tests and `.ci/run` start, remembers nothing; `test_cli.py` holds that both write the same bytes.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from functools import cache, wraps
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
import typer.main

from lockgen.cli import environment
from lockgen.index.frozen import FrozenIndex
from lockgen.matrix import load, request
from lockgen.matrix.edit import phase_text
from lockgen.render import preflight
from lockgen.resolve import resolver
from lockgen.resolve.memory import MemoryIndex
from lockgen.workflow import bump, init, init_guesses
from lockgen.workflow import lint as workflow_lint

_read_frozen = FrozenIndex.__init__
_frozen: dict[Hashable, FrozenIndex] = {}


@cache
def _kept(function: Callable[..., Any]) -> Callable[..., Any]:
    """With a memory, which is one wherever the function was imported."""
    answers: dict[Hashable, Any] = {}

    @wraps(function)
    def remembering(*words: Any, **named: Any) -> Any:
        key = (*map(_key, words), *sorted(named.items()))
        if key not in answers:
            answers[key] = function(*words, **named)
        return answers[key]

    return remembering


def _key(word: Any) -> Hashable:
    return tuple(sorted(word.items())) if isinstance(word, Mapping) else word


def _open(index: FrozenIndex, file: Path | bytes) -> None:
    try:
        content = file.read_bytes() if isinstance(file, Path) else file
    except OSError:
        return _read_frozen(index, file)
    key = (file.name if isinstance(file, Path) else "", sha256(content).digest())
    if key in _frozen:
        # Together with the pages that were parsed: it is one index, opened again.
        index.__dict__ = _frozen[key].__dict__
    else:
        _read_frozen(index, file)
        _frozen[key] = index
    return None


def _memory(source: Any) -> MemoryIndex:
    """What was worked out from an index; not what a search in it learned."""
    if not isinstance(source, FrozenIndex):
        return MemoryIndex(source)
    state = source.__dict__
    if "remembered" not in state:
        state["remembered"] = MemoryIndex(source)
    found: MemoryIndex = state["remembered"]
    return found


_KEPT = (
    (FrozenIndex, "__init__", _open),
    (resolver, "MemoryIndex", _memory),
    *(
        (place, name, _kept(getattr(place, name)))
        for place, name in (
            (typer.main, "get_command"),
            (load, "read_document"),
            (phase_text, "read_document"),
            (request, "make_target"),
            (environment, "load_matrices"),
            (workflow_lint, "load_matrices"),
            (bump, "load_matrices"),
            (init, "load_matrices"),
            (init_guesses, "load_matrices"),
            (environment, "templates"),
            (environment, "html_templates"),
            (preflight, "standalone"),
        )
    ),
)


def remember(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let these functions remember, as long as `monkeypatch` lasts."""
    for place, name, kept in _KEPT:
        monkeypatch.setattr(place, name, kept)
