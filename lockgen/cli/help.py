"""How the help pages read: flags without a type, and the environment named once instead of under every option."""

from __future__ import annotations

from typing import Any

from typer.core import TyperCommand, TyperGroup, TyperOption

from lockgen.errors import LockgenError, UsageError, complaints_of

_ENVIRONMENT = "Options can come from the environment too: --as-of from LOCKGEN_AS_OF, for example."


class LockgenCommand(TyperCommand):
    """A command with such a page."""

    def __init__(self, *words: Any, **options: Any) -> None:
        super().__init__(*words, **options)
        if any(getattr(each, "envvar", None) for each in self.params):
            self.epilog = self.epilog or _ENVIRONMENT

    def get_params(self, ctx: Any) -> list[Any]:
        """The options, with those typer adds itself."""
        return _tidied(super().get_params(ctx))

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """UsageError for --quiet beside --verbose, wherever they come from."""
        rest = super().parse_args(ctx, args)
        if ctx.params.get("quiet") and ctx.params.get("verbose"):
            raise UsageError(
                "--quiet and --verbose contradict each other",
                hint="Leave one away; either may also come from LOCKGEN_QUIET or LOCKGEN_VERBOSE.",
            )
        return list(rest)

    def invoke(self, ctx: Any) -> Any:
        """With --format github an error is an annotation on stdout too, at its place in the file."""
        try:
            return super().invoke(ctx)
        except LockgenError as error:
            if ctx.params.get("format_") == "github":
                from lockgen.report.github import errors_github  # noqa: PLC0415 - --help does without

                print(errors_github(complaints_of(error), ctx.info_name))
            raise


class LockgenGroup(TyperGroup):
    """A group of commands with such a page."""

    def get_params(self, ctx: Any) -> list[Any]:
        """The options, with those typer adds itself."""
        return _tidied(super().get_params(ctx))


def _tidied(params: list[Any]) -> list[Any]:
    for each in params:
        if isinstance(each, TyperOption):
            each.show_envvar = False
            if each.is_flag:
                each.metavar = ""  # else typer shows `<bool>`, as if a word had to follow
    return params
