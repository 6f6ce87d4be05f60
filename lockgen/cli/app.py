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
from lockgen.cli.help import Command, Group
from lockgen.cli.history import history
from lockgen.cli.init import init
from lockgen.cli.lint import LintCommand, lint
from lockgen.cli.options import with_options
from lockgen.cli.preflight import preflight
from lockgen.cli.render import render
from lockgen.cli.report import report
from lockgen.cli.schema import schema
from lockgen.cli.targets import targets
from lockgen.cli.try_ import trying
from lockgen.cli.verify import verify

app = typer.Typer(
    name="lockgen",
    cls=Group,
    help="Versioned YAML matrices in, proved constraints and lock files for every Python x OS target out.",
    no_args_is_help=True,
    rich_markup_mode="rich",
    context_settings={"help_option_names": ["-h", "--help"]},
    pretty_exceptions_enable=False,
)
cache_app = typer.Typer(cls=Group, help="Look at or clear the cache of index pages and metadata.", no_args_is_help=True)
app.add_typer(cache_app, name="cache")
ci_app = typer.Typer(cls=Group, help="Let GitHub Actions keep the sets fresh and proved.", no_args_is_help=True)
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
    """Say what lockgen is; every command is a function of its own."""


app.command(cls=Command)(with_options(render))
app.command(cls=Command)(with_options(check))
app.command(cls=Command)(with_options(verify))
app.command(cls=LintCommand)(with_options(lint))
app.command("try", cls=Command)(with_options(trying))
app.command(cls=Command)(with_options(compare))
app.command(cls=Command)(with_options(explain))
app.command(cls=Command)(with_options(drift))
app.command(cls=Command)(with_options(bump))
app.command(cls=Command)(with_options(history))
app.command(cls=Command)(with_options(report))
app.command(cls=Command)(with_options(preflight))
app.command(cls=Command)(with_options(targets))
app.command(cls=Command)(with_options(init))
app.command(cls=Command)(with_options(schema))
app.command(cls=Command)(with_options(freeze))
cache_app.command("info", cls=Command)(with_options(cache_info))
cache_app.command("clear", cls=Command)(with_options(cache_clear))
ci_app.command("matrix", cls=Command)(with_options(ci_matrix))
ci_app.command("init", cls=Command)(with_options(ci_init))
