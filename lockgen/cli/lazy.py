"""Commands that are imported when they run. The help of a group shows the summaries of a table."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, is_dataclass
from functools import lru_cache, wraps
from importlib import import_module
from inspect import Parameter, Signature, signature
from typing import Any, ClassVar

import typer
from typer.core import TyperCommand

from lockgen.cli.help import LockgenCommand, LockgenGroup


@dataclass(frozen=True, slots=True)
class LazyCommand:
    """Where a command's function is."""

    module: str
    """In lockgen.cli: "render"."""
    function: str
    summary: str
    """The first sentence of the function's docstring."""
    kind: str = ""
    """The class of the command, in its module; empty for LockgenCommand."""


class LazyGroup(LockgenGroup):
    """A group whose commands stand in a table."""

    table: ClassVar[Mapping[str, LazyCommand]] = {}

    def __init__(self, *words: Any, **options: Any) -> None:
        super().__init__(*words, **options)
        named = {name: TyperCommand(name, help=entry.summary) for name, entry in self.table.items()}
        self.commands = {**named, **self.commands}

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """The command itself in place of its line in the table."""
        name, command, rest = super().resolve_command(ctx, args)
        entry = self.table.get(name or "")
        return name, command if entry is None else loaded(name or "", entry), rest


@lru_cache(maxsize=64)
def loaded(name: str, entry: LazyCommand) -> Any:
    """The command of that name, its module imported."""
    module = import_module(f"lockgen.cli.{entry.module}")
    alone = typer.Typer(add_completion=False, rich_markup_mode="rich")
    kind = getattr(module, entry.kind) if entry.kind else LockgenCommand
    alone.command(name, cls=kind)(with_options(getattr(module, entry.function)))
    return typer.main.get_command(alone)


def with_options(command: Callable[..., int]) -> Callable[..., int]:
    """The command with each parameter that is a dataclass of options taken apart into these options.

    typer reads a command's options from its signature: `source: SourceOptions` stands there as --offline, --refresh,
    --frozen and --cache-dir, and the command gets them as one record.
    """
    groups: dict[str, type[Any]] = {}
    flat: list[Parameter] = []
    for parameter in signature(command, eval_str=True).parameters.values():
        if not (isinstance(parameter.annotation, type) and is_dataclass(parameter.annotation)):
            flat.append(parameter.replace(kind=Parameter.KEYWORD_ONLY))
            continue
        groups[parameter.name] = parameter.annotation
        flat += signature(parameter.annotation, eval_str=True).parameters.values()

    @wraps(command)
    def flattened(**given: Any) -> int:
        records = {
            name: group(**{each.name: given.pop(each.name) for each in fields(group)}) for name, group in groups.items()
        }
        return command(**given, **records)

    flattened.__signature__ = Signature(flat)  # type: ignore[attr-defined]
    return flattened
