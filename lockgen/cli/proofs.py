"""What proofs are made with: interpreters, pip's own environment, a place to work in, the smoke script."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from types import MappingProxyType

from lockgen.cli.environment import SMOKE, matrices_folder
from lockgen.cli.options import SourceOptions
from lockgen.cli.sources import cache_path, pip_index, routed_indexes
from lockgen.errors import UsageError
from lockgen.model.implementation import parse_python
from lockgen.model.platform import Platform
from lockgen.model.target import Target
from lockgen.model.verify import Interpreter
from lockgen.verify import interpreters
from lockgen.verify.pip_environment import PipAccess, PipEnvironment, pip_environment, pip_netrc
from lockgen.verify.wheels import WheelFolder

NO_WAYS: Mapping[str, Interpreter] = MappingProxyType({})
_PYTHON_HINT = "Write --python 3.11=/usr/bin/python3.11."


def given(python: Sequence[str] | None) -> tuple[tuple[str, str], ...]:
    """Each Python version with a path, as `--python` gives them. UsageError for what is neither."""
    found = tuple(text.partition("=")[::2] for text in python or ())
    for number, path in found:
        if not path:
            raise UsageError(f"--python {number!r} names no path", hint=_PYTHON_HINT)
        if parse_python(number) is None:
            raise UsageError(f"--python {number}={path}: {number!r} is no Python version", hint=_PYTHON_HINT)
        if shutil.which(path) is None:
            what = "this file cannot be run" if Path(path).exists() else "there is no such file"
            raise UsageError(
                f"--python {number}={path}: {what}", hint="Name the interpreter itself, such as a venv's bin/python."
            )
    return found


def bench(source: SourceOptions, work: Path) -> PipEnvironment:
    """Pip, its environment and its wheels, for proofs made below `work`."""
    cache = cache_path(source.cache_dir).parent
    index = pip_index(source)
    return PipEnvironment(
        python=sys.executable,
        pip_version=version("pip"),
        environ=pip_environment(os.environ, index, cache=cache / "pip"),
        wheels=WheelFolder(cache / "wheels"),
        work=work,
        stop=threading.Event(),
        netrc=pip_netrc(os.environ, index),
        indexes={
            alias: PipAccess(
                environ=pip_environment(os.environ, routed, cache=cache / "pip"), netrc=pip_netrc(os.environ, routed)
            )
            for alias, routed in routed_indexes(index).items()
        },
    )


def script(matrices_dir: Path | None) -> Path | None:
    """The smoke script beside the matrices, None when there is none."""
    file = (matrices_folder(matrices_dir) / SMOKE).absolute()
    return file if file.is_file() else None


def chooser(
    platforms: Iterable[Platform], named: Sequence[tuple[str, str]], ways: Mapping[str, Interpreter] = NO_WAYS
) -> Callable[[Target], tuple[Interpreter, ...] | str]:
    """The interpreters for a target, of this machine or where its way leads, or in words why there are none.

    `platforms` are those that this machine may be.
    """
    found = interpreters.find(os.environ, dict.fromkeys(platforms), named)
    here = sorted({each.platform for each in found if each.platform})

    def choose(target: Target) -> tuple[Interpreter, ...] | str:
        if target.name in ways:
            return (ways[target.name],)
        if target.platform.name not in here:
            return f"foreign platform: this machine is {', '.join(here) or 'none of them'}"
        several = interpreters.choose_all(target, found[: len(named)], found[len(named) :])
        return several or _none(target, found)

    return choose


def _none(target: Target, found: Sequence[Interpreter]) -> str:
    """Why no interpreter of this machine is one of the target's."""
    if target.is_exact:
        return f"no {target.build.words} {target.version} on this machine"
    minor = f"{target.version}."
    older = [each.version for each in found if each.version.startswith(minor) and each.kind == target.build.kind]
    but = f", only {', '.join(dict.fromkeys(older))}" if older else ""
    return f"no {target.build.words} {target.floor} or newer of {target.version} on this machine{but}"


@contextmanager
def workplace(source: SourceOptions, *, keep: bool) -> Iterator[Path]:
    """A folder to work in: beside the cache where it shall be kept, else one that is gone afterwards."""
    if keep:
        work = cache_path(source.cache_dir).parent / "verify"
        work.mkdir(parents=True, exist_ok=True)
        yield work
        return
    work = Path(tempfile.mkdtemp(prefix="lockgen-verify-"))
    try:
        yield work
    finally:
        shutil.rmtree(work, ignore_errors=True)
