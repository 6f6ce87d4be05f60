"""The options that commands share, each also readable from the environment."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from lockgen.errors import UsageError
from lockgen.model.phase import Scope
from lockgen.model.request import Strategy
from lockgen.model.verify import LEVELS, Level

STRATEGIES: tuple[Strategy, ...] = ("recommended", "minimum", "maximum")
SOURCE = "Where answers come from"
FILES = "Files"


class StrategyName(StrEnum):
    """Which end of the ranges is wanted."""

    minimum = "minimum"
    recommended = "recommended"
    maximum = "maximum"
    all = "all"


class Format(StrEnum):
    """How the result is printed."""

    text = "text"
    json = "json"


class AnnotatedFormat(StrEnum):
    """How the result of a command is printed that finds something at places of files."""

    text = "text"
    json = "json"
    github = "github"


def moment(text: str | datetime) -> datetime:
    """A time with its zone; a date is its first moment in UTC."""
    if isinstance(text, datetime):
        return text
    try:
        value = datetime.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter(f"{text!r} is no date or time. Write 2026-11-20 or 2026-11-20T12:00:00Z.") from None
    if value.tzinfo is None and "T" not in text and " " not in text:
        return value.replace(tzinfo=UTC)
    if value.tzinfo is None:
        raise typer.BadParameter(f"{text!r} has no time zone. Write {text}Z for UTC.")
    return value


Phases = Annotated[
    list[str] | None,
    typer.Option("--phase", metavar="PHASE", envvar="LOCKGEN_PHASE", help="A phase; repeatable. All when absent."),
]
Targets = Annotated[
    list[str] | None,
    typer.Option(
        "--target",
        metavar="GLOB",
        envvar="LOCKGEN_TARGET",
        help="Targets such as 'py3.11-*' or py3.8.20-linux-x86_64; repeatable. All when absent.",
    ),
]
Strategies = Annotated[
    StrategyName,
    typer.Option(
        "--strategy",
        # The four words in one cell would be torn apart in a terminal of 80 columns.
        metavar="NAME",
        envvar="LOCKGEN_STRATEGY",
        help="Which end of the ranges is wanted: minimum, recommended, maximum or all.",
    ),
]
AsOf = Annotated[
    datetime | None,
    typer.Option(
        "--as-of",
        metavar="TIME",
        parser=moment,
        envvar="LOCKGEN_AS_OF",
        help="Consider nothing uploaded later; the matrix's own as_of when absent.",
    ),
]
Sets = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        metavar="GLOB",
        envvar="LOCKGEN_SET",
        help="Sets such as base, test or 'doc*'; repeatable. All when absent.",
    ),
]
LevelName = Annotated[
    str,
    typer.Option(
        "--level", metavar="NAME", envvar="LOCKGEN_LEVEL", help="How far: closed, fetched, installed or smoked."
    ),
]
MatricesDir = Annotated[
    Path | None,
    typer.Option(
        "--matrices",
        metavar="DIR",
        envvar="LOCKGEN_MATRICES",
        help="Folder of matrices; matrices/ of the project, here or in a folder above, when absent.",
        rich_help_panel=FILES,
    ),
]
TemplatesDir = Annotated[
    Path | None,
    typer.Option(
        "--templates",
        metavar="DIR",
        envvar="LOCKGEN_TEMPLATES",
        help="Folder of templates; each file in it stands in for the shipped one of its name.",
        rich_help_panel=FILES,
    ),
]
Output = Annotated[
    Path | None,
    typer.Option(
        "--output",
        metavar="DIR",
        envvar="LOCKGEN_OUTPUT",
        help="Folder of outputs; output/ of the project when absent.",
        rich_help_panel=FILES,
    ),
]
Offline = Annotated[
    bool,
    typer.Option("--offline", envvar="LOCKGEN_OFFLINE", help="Answer from the cache only.", rich_help_panel=SOURCE),
]
Refresh = Annotated[
    bool,
    typer.Option(
        "--refresh", envvar="LOCKGEN_REFRESH", help="Ask the index again for every page.", rich_help_panel=SOURCE
    ),
]
Frozen = Annotated[
    Path | None,
    typer.Option(
        "--frozen",
        metavar="FILE",
        envvar="LOCKGEN_FROZEN",
        help="Answer from a frozen index (lockgen freeze) instead of the network.",
        rich_help_panel=SOURCE,
    ),
]
CacheDir = Annotated[
    Path | None,
    typer.Option(
        "--cache-dir",
        metavar="DIR",
        envvar="LOCKGEN_CACHE_DIR",
        help="Folder of the cache; the user's cache folder when absent.",
        rich_help_panel=SOURCE,
    ),
]
OutputFormat = Annotated[
    Format, typer.Option("--format", envvar="LOCKGEN_FORMAT", help="Words on stderr, or JSON on stdout.")
]
AnnotatedOutput = Annotated[
    AnnotatedFormat,
    typer.Option(
        "--format", envvar="LOCKGEN_FORMAT", help="Words on stderr, or JSON or annotations for GitHub on stdout."
    ),
]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", envvar="LOCKGEN_QUIET", help="Say only what went wrong.")]
Verbose = Annotated[bool, typer.Option("--verbose", "-v", envvar="LOCKGEN_VERBOSE", help="Say more.")]


_CONTRADICTIONS = (
    ("offline", "refresh", "the one forbids to ask the index, the other asks it for every page"),
    ("frozen", "refresh", "a frozen index never changes, so there is no page to ask for again"),
    ("frozen", "offline", "a frozen index answers by itself, without the cache that --offline answers from"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceOptions:
    """The options about the index. UsageError for two that exclude each other."""

    offline: Offline = False
    refresh: Refresh = False
    frozen: Frozen = None
    cache_dir: CacheDir = None

    def __post_init__(self) -> None:
        for one, other, why in _CONTRADICTIONS:
            if getattr(self, one) and getattr(self, other):
                raise UsageError(
                    f"--{one} and --{other} contradict each other: {why}",
                    hint=f"Leave one away; either may also come from LOCKGEN_{one.upper()} or LOCKGEN_{other.upper()}.",
                )


DEFAULT_SOURCE = SourceOptions()


def level(name: str) -> Level:
    """The level of proof of that name; UsageError lists them."""
    found = next((each for each in LEVELS if each == name), None)
    if found is None:
        raise UsageError(f"there is no level {name!r}", hint=f"Levels: {', '.join(LEVELS)}.")
    return found


def scope_of(
    phases: list[str] | None,
    targets: list[str] | None,
    strategy: StrategyName,
    *,
    as_of: datetime | None = None,
    sets: list[str] | None = None,
) -> Scope:
    """The options for phases, targets, strategy and dates as a Scope."""
    return Scope(
        phases=tuple(phases or ()),
        targets=tuple(targets or ()),
        strategies=tuple(name for name in STRATEGIES if strategy.value in (name, "all")),
        as_of=as_of,
        sets=tuple(sets or ()),
    )
