"""The sets that a named set extends: their pins, fixed in the requests of the set."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from packaging.specifiers import SpecifierSet
from packaging.utils import NormalizedName
from packaging.version import Version

from lockgen.matrix.request import request
from lockgen.model.matrix import Matrices, Phase
from lockgen.model.origin import LayerOrigin
from lockgen.model.phase import PhaseRequests, Scope
from lockgen.model.request import Constraint, Request, Row
from lockgen.model.result import Outcome, Solved, Unsolved, Versions
from lockgen.resolve.resolver import Resolver
from lockgen.text import grouped_pairs

_Fixed = tuple[NormalizedName, Version, LayerOrigin]


@dataclass(frozen=True, slots=True, kw_only=True)
class Layers:
    """The pins of the sets below others, solved where they are not known yet.

    Sets are known by phase, strategy and target. `scope` says the cut-off and whether known issues count.
    """

    matrices: Matrices
    scope: Scope
    resolver: Resolver
    kept: Callable[[Phase, Request], Versions | None] = lambda _phase, _request: None
    """The committed set of a phase that still answers the request, if there is one."""
    _known: dict[object, Versions | None] = field(default_factory=dict)
    """None where there is no set. A cache."""

    def learn(self, phase: Phase, asked: Request, outcome: Outcome) -> None:
        """Take a set that was solved, or kept, as the one whose pins are fixed in the sets that extend it."""
        pins = {pin.name: pin.version for pin in outcome.pins} if isinstance(outcome, Solved) else None
        self._known[_key(phase, asked)] = pins

    def requests(self, question: PhaseRequests) -> PhaseRequests:
        """The requests with the pins of the sets below fixed in them."""
        phase = question.selection.phase
        return replace(question, requests=tuple(self.request(phase, each) for each in question.requests))

    def request(self, phase: Phase, asked: Request) -> Request:
        """The request of a set with the pins of the sets below fixed in it, wherever it takes their packages."""
        fixed = self._fixed_below(phase, asked)
        if not fixed:
            return asked
        pins = tuple(
            Constraint(origin=origin, name=name, specifier=SpecifierSet(f"=={version}"))
            for name, version, origin in fixed
        )
        rows = _own_bounds(phase, asked.rows, grouped_pairs((name, version) for name, version, _ in fixed))
        return replace(asked, rows=rows, constraints=(*pins, *asked.constraints))

    def _fixed_below(self, phase: Phase, asked: Request) -> tuple[_Fixed, ...]:
        """The pins of every set below, each once, with the lowest set that has it."""
        found = (each for layer in self.matrices.layers(phase) for each in self._fixed(layer, asked))
        return tuple({(name, version): (name, version, origin) for name, version, origin in found}.values())

    def _fixed(self, layer: Phase, asked: Request) -> tuple[_Fixed, ...]:
        below = self._fixed_below(layer, asked)
        known = {name for name, _, _ in below}
        places = {row.name: row.where for row in layer.dependencies if row.when.covers(asked.target)}
        own = (
            (name, version, LayerOrigin(set=layer.set, where=places.get(name, "")))
            for name, version in (self._versions(layer, asked) or {}).items()
            if name not in known
        )
        return (*below, *own)

    def _versions(self, layer: Phase, asked: Request) -> Versions | None:
        """The set of the layer on the request's target."""
        key = _key(layer, asked)
        if key not in self._known:
            own = request(
                self.matrices,
                layer,
                asked.target,
                asked.strategy,
                as_of=self.scope.as_of,
                known_issues=self.scope.known_issues,
            )
            asked_below = self.request(layer, own)
            found = self.kept(layer, asked_below) or self.resolver.versions(asked_below)
            self._known[key] = None if isinstance(found, Unsolved) else found
        return self._known[key]


def _own_bounds(
    phase: Phase, rows: Sequence[Row], pinned: Mapping[NormalizedName, Sequence[Version]]
) -> tuple[Row, ...]:
    """The rows; one that refuses a pin below has its own bounds alone, without those of the rows below.

    So a conflict names that pin rather than two rows in one.
    """
    own = {row.where: row.specifier for row in phase.dependencies}
    return tuple(
        replace(row, specifier=own[row.where])
        if any(not row.specifier.contains(version, prereleases=True) for version in pinned.get(row.name, ()))
        else row
        for row in rows
    )


def _key(phase: Phase, asked: Request) -> object:
    return phase.phase, asked.strategy, asked.target.name
