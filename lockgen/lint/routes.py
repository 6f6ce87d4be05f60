"""Routes that match nothing: the packages meant by one come from the default index, and nothing else would show it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from packaging.utils import NormalizedName

from lockgen.lint.outcomes import solve_table
from lockgen.lint.rules import finding
from lockgen.lint.table import LintTable
from lockgen.model.lint import Finding
from lockgen.model.result import Solved
from lockgen.model.routes import alias_of


def route_findings(tables: Sequence[LintTable]) -> Iterator[Finding]:
    """unused-route, once for each pattern, at the place where it stands first. `tables` are all phases, whole."""
    matrices = tables[0].matrices
    if not matrices.routes:
        return
    names = {row.name for phase in matrices.phases.values() for row in phase.dependencies}
    for table in tables:
        for _, outcome in solve_table(table).by_target:
            if isinstance(outcome, Solved):
                names |= {pin.name for pin in (*outcome.pins, *outcome.build)}
    used = {pattern for name in names for pattern in _matching(name, matrices.routes)}
    places = {
        pattern: (table, place)
        for table in reversed(tables)
        for alias, route in table.phase.indexes.items()
        if alias != "default"
        for pattern, place in zip(route.packages, route.places, strict=True)
    }
    for pattern, alias in matrices.routes:
        if pattern not in used and pattern in places:
            table, where = places[pattern]
            message = f"no package of any set is {pattern}, which is routed to the index {alias}"
            # No package is concerned, so that an accept entry names the index.
            yield finding(table, "unused-route", [NormalizedName(alias)], message, where=where)


def _matching(name: str, routes: Sequence[tuple[str, str]]) -> Iterator[str]:
    """The pattern that routes the name: the first that matches. Later ones for the same name are never reached."""
    yield from [pattern for pattern, alias in routes if alias_of(name, [(pattern, alias)])][:1]
