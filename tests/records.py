"""Hand-made matrices and answers for the tests of stages that read them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from types import MappingProxyType

from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name
from packaging.version import Version

from lockgen.model.matrix import Dependency, Matrices, Phase
from lockgen.model.origin import IssueOrigin, Origin, ReleaseOrigin, RowOrigin
from lockgen.model.phase import PhaseFacts, PhaseResult, Selection
from lockgen.model.result import TargetResult, Unsupported

_RELEASE = re.compile(r"(?P<name>[A-Za-z0-9._-]+)(?:\[(?P<extra>.+)\])? (?P<version>[0-9][0-9a-z.]*)\Z")
AS_OF = datetime(2026, 11, 20, tzinfo=UTC)


def origin(text: str) -> Origin:
    """Who demands, from the text by which people know it: `phase-1.yaml:31`, `known issue x`, `fastapi 0.99.1`."""
    if text.startswith("known issue "):
        return IssueOrigin(id=text.removeprefix("known issue "))
    if match := _RELEASE.match(text):
        name = canonicalize_name(match["name"])
        return ReleaseOrigin(name=name, extra=match["extra"] or "", version=Version(match["version"]))
    return RowOrigin(where=text)


def dependency(name: str, minimum: str, *, recommended: str = "", maximum: str = "", **fields) -> Dependency:
    """A row: `dependency("fastapi", "0.95.0", maximum="<0.100.0")`."""
    return Dependency(
        name=canonicalize_name(name),
        minimum=Version(minimum),
        recommended=Version(recommended) if recommended else None,
        maximum=SpecifierSet(maximum) if maximum else None,
        where="phase-1.yaml:31",
        places={},
        **fields,
    )


def matrices(*rows: Dependency, **fields) -> Matrices:
    """One phase, "1", with these rows; `fields` are those of `Matrices`."""
    phase = Phase(
        phase="1",
        title="First",
        revision=1,
        server="fastapi",
        as_of=AS_OF,
        as_of_for={},
        dependencies=rows,
        accept=(),
        indexes={},
        file="phase-1.yaml",
    )
    return Matrices(**{"pythons": (), "platforms": (), "phases": MappingProxyType({"1": phase})} | fields)


def result(
    known: Matrices,
    facts: PhaseFacts,
    cells: Sequence[TargetResult],
    *,
    unsupported: Sequence[Unsupported] = (),
    everything: Sequence[str] = (),
    is_whole: bool = True,
) -> PhaseResult:
    """The one phase of these matrices, answered."""
    (phase,) = known.phases.values()
    selection = Selection(
        phase=phase,
        targets=tuple(cell.request.target for cell in cells),
        unsupported=tuple(unsupported),
        refused=(),
        everything=tuple(everything),
        is_whole=is_whole,
    )
    return PhaseResult(matrices=known, selection=selection, facts=facts, cells=tuple(cells))
