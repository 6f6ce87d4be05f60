"""The support tables of COMPATIBILITY.md: a column for each service, and one for each choice that a platform makes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from lockgen.model.implementation import parse_python
from lockgen.model.matrix import Matrices, PlatformRow, PythonRow
from lockgen.model.servers import Servers


@dataclass(frozen=True, slots=True, kw_only=True)
class SupportView:
    """A Python or a platform of the support tables: for each service empty for a yes, else the reason, and what it
    gets of each choice.
    """

    name: str
    noes: tuple[str, ...]
    choices: tuple[str, ...] = ()
    note: str


def support_tables(matrices: Matrices) -> dict[str, Any]:
    """The headings of the columns, and the rows of both tables, as the template reads them."""
    servers = matrices.servers
    return {
        "servers": tuple(row.title for row in servers.rows),
        "choices": tuple(_heading(rule.what) for rule in servers.choices.values()),
        "pythons": tuple(_python(row, servers) for row in matrices.pythons),
        "platforms": tuple(_platform(row, servers) for row in matrices.platforms),
    }


def _python(row: PythonRow, servers: Servers) -> SupportView:
    build = parse_python(row.python)
    is_exact = build is not None and build.is_exact
    name = row.python if is_exact else f"{row.python} ({row.floor} or newer)"
    return SupportView(name=name, noes=_noes(row, servers), note=row.note)


def _platform(row: PlatformRow, servers: Servers) -> SupportView:
    choices = tuple(row.choices.get(check, "") for check in servers.choices)
    return SupportView(name=row.name, noes=_noes(row, servers), choices=choices, note=row.note)


def _heading(what: str) -> str:
    return what[:1].upper() + what[1:]


def _noes(row: PythonRow | PlatformRow, servers: Servers) -> tuple[str, ...]:
    return tuple(no.reason if (no := row.unsupported.get(name)) else "" for name in servers.names)
