"""The commands, each a function in a module of its own: it parses, opens doors, calls the workflow, prints, returns."""

from __future__ import annotations

from typing import Annotated

import typer

import lockgen
from lockgen.cli.bump import bump
from lockgen.cli.cache import cache_clear, cache_info
from lockgen.cli.check import check
from lockgen.cli.ci import ci_init, ci_matrix
from lockgen.cli.compare import compare
from lockgen.cli.drift import drift
from lockgen.cli.explain import explain
from lockgen.cli.freeze import freeze
from lockgen.cli.help import LockgenCommand, LockgenGroup
from lockgen.cli.history import history
from lockgen.cli.init import init
from lockgen.cli.lint import LintCommand, lint
from lockgen.cli.metadata import metadata
from lockgen.cli.options import with_options
from lockgen.cli.preflight import preflight
from lockgen.cli.render import render
from lockgen.cli.report import report
from lockgen.cli.schema import schema
from lockgen.cli.targets import targets
from lockgen.cli.try_ import try_
from lockgen.cli.verify import verify

app = typer.Typer(
    name="lockgen",
    cls=LockgenGroup,
    help="Versioned YAML matrices in, proved constraints and lock files for every Python x OS target out.",
    no_args_is_help=True,
    rich_markup_mode="rich",
    context_settings={"help_option_names": ["-h", "--help"]},
    pretty_exceptions_enable=False,
)
cache_app = typer.Typer(
    cls=LockgenGroup, help="Look at or clear the cache of index pages and metadata.", no_args_is_help=True
)
app.add_typer(cache_app, name="cache")
ci_app = typer.Typer(cls=LockgenGroup, help="Let GitHub Actions keep the sets fresh and proved.", no_args_is_help=True)
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


app.command(cls=LockgenCommand)(with_options(render))
app.command(cls=LockgenCommand)(with_options(check))
app.command(cls=LockgenCommand)(with_options(verify))
app.command(cls=LintCommand)(with_options(lint))
app.command("try", cls=LockgenCommand)(with_options(try_))
app.command(cls=LockgenCommand)(with_options(metadata))
app.command(cls=LockgenCommand)(with_options(compare))
app.command(cls=LockgenCommand)(with_options(explain))
app.command(cls=LockgenCommand)(with_options(drift))
app.command(cls=LockgenCommand)(with_options(bump))
app.command(cls=LockgenCommand)(with_options(history))
app.command(cls=LockgenCommand)(with_options(report))
app.command(cls=LockgenCommand)(with_options(preflight))
app.command(cls=LockgenCommand)(with_options(targets))
app.command(cls=LockgenCommand)(with_options(init))
app.command(cls=LockgenCommand)(with_options(schema))
app.command(cls=LockgenCommand)(with_options(freeze))
cache_app.command("info", cls=LockgenCommand)(with_options(cache_info))
cache_app.command("clear", cls=LockgenCommand)(with_options(cache_clear))
ci_app.command("matrix", cls=LockgenCommand)(with_options(ci_matrix))
ci_app.command("init", cls=LockgenCommand)(with_options(ci_init))
