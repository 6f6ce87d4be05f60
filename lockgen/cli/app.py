"""The commands, each a function in a module of its own: it parses, opens doors, calls the workflow, prints, returns."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any, ClassVar

import typer

import lockgen
from lockgen.cli.lazy import LazyCommand, LazyGroup, loaded

_COMMANDS = {
    "render": LazyCommand(
        "render", "render", "Resolve every target and write requirements, constraints and lock files, all or nothing."
    ),
    "check": LazyCommand(
        "check",
        "check",
        "Compare the committed files with what matrices and templates give, and the committed sets with the index.",
    ),
    "verify": LazyCommand(
        "verify",
        "verify",
        "Prove the committed sets: closed, fetched by a real pip, installed and run where an interpreter is at hand.",
    ),
    "lint": LazyCommand(
        "lint",
        "lint",
        "Say which published numbers cannot be true, why, and what is nearest to them that is.",
        "LintCommand",
    ),
    "try": LazyCommand(
        "try_",
        "try_",
        "Say for every target whether these requirements fit beside the phase, and if not, why and what would.",
    ),
    "metadata": LazyCommand(
        "metadata",
        "metadata",
        "Build the metadata of an sdist that does not state it, once, and state it in issues.yaml.",
    ),
    "compare": LazyCommand(
        "compare",
        "compare",
        "Say what changes from one phase to another: packages, major steps, support, known issues.",
    ),
    "explain": LazyCommand(
        "explain",
        "explain",
        "Say why a package has the version it has: who asks for what, and what speaks against each newer version.",
    ),
    "drift": LazyCommand(
        "drift", "drift", "Resolve again as of now and say what became of the committed sets, why and since when."
    ),
    "bump": LazyCommand(
        "bump",
        "bump",
        "Move as_of in the matrices to now, or as_of_for of the packages named; render again, and say what moved and "
        "why.",
    ),
    "history": LazyCommand(
        "history",
        "history",
        "Say what the sets were on every day since then: when a target got one, when which pin moved, by which upload.",
    ),
    "report": LazyCommand(
        "report",
        "report",
        "Write one HTML page: which sets are broken, which drifted, what is proved on what, and why each version.",
    ),
    "preflight": LazyCommand(
        "preflight",
        "preflight",
        "Check an interpreter, what is installed in it and where it runs against a phase and its committed sets.",
    ),
    "targets": LazyCommand(
        "targets", "targets", "List the targets of each phase, the unsupported ones with the reason."
    ),
    "init": LazyCommand(
        "init",
        "init",
        "Write a first matrix: a phase, targets.yaml and issues.yaml, every guessed number marked as guessed.",
    ),
    "schema": LazyCommand("schema", "schema", "Print the JSON Schema of one kind of matrix file."),
    "freeze": LazyCommand(
        "freeze",
        "freeze",
        "Write everything render and lint ask of the index into one dated file, which --frozen answers from.",
    ),
}
_CACHE = {
    "info": LazyCommand("cache", "cache_info", "Say where the cache is and what it holds."),
    "clear": LazyCommand("cache", "cache_clear", "Remove everything the cache holds."),
}
_CI = {
    "matrix": LazyCommand(
        "ci",
        "ci_matrix",
        "Print one job per target for `strategy.matrix` of a GitHub workflow: runner, container, Python, command.",
    ),
    "init": LazyCommand(
        "ci", "ci_init", "Write the workflows of a CI service into the current folder, all or nothing."
    ),
}


class _Commands(LazyGroup):
    table: ClassVar = _COMMANDS


class _CacheCommands(LazyGroup):
    table: ClassVar = _CACHE


class _CiCommands(LazyGroup):
    table: ClassVar = _CI


app = typer.Typer(
    name="lockgen",
    cls=_Commands,
    help="Versioned YAML matrices in, proved constraints and lock files for every Python x OS target out.",
    no_args_is_help=True,
    rich_markup_mode="rich",
    context_settings={"help_option_names": ["-h", "--help"]},
    pretty_exceptions_enable=False,
)
cache_app = typer.Typer(
    cls=_CacheCommands, help="Look at or clear the cache of index pages and metadata.", no_args_is_help=True
)
app.add_typer(cache_app, name="cache")
ci_app = typer.Typer(cls=_CiCommands, help="Let GitHub Actions keep the sets fresh and proved.", no_args_is_help=True)
app.add_typer(ci_app, name="ci")


def _version(asked: bool) -> None:
    if asked:
        print(f"lockgen {lockgen.__version__}")
        raise typer.Exit


@app.callback()
def _lockgen(
    version: Annotated[
        bool, typer.Option("--version", help="Print the version and exit.", is_eager=True, callback=_version)
    ] = False,
) -> None:
    """Options of lockgen itself; every command is a function of its own."""


def commands() -> Iterator[tuple[str, Any]]:
    """Every command with the words that call it: "render", "ci init". Imports them all."""
    for words, table in (("", _COMMANDS), ("cache ", _CACHE), ("ci ", _CI)):
        yield from ((f"{words}{name}", loaded(name, entry)) for name, entry in table.items())
