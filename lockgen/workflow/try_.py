"""try: whether requirements fit beside each phase."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from packaging.utils import NormalizedName, canonicalize_name
from packaging.version import Version

from lockgen.matrix.request import conflict_rules
from lockgen.model.matrix import Matrices
from lockgen.model.phase import PhaseFacts, Progress, Scope
from lockgen.model.request import Request, StatedMetadata
from lockgen.model.requirements import UserRequirements
from lockgen.model.result import Solved, Unsupported, Versions
from lockgen.model.try_ import TryResult
from lockgen.render.summary import FILE_NAME as SUMMARY
from lockgen.render.summary import read_summary
from lockgen.render.write import read
from lockgen.requirements.try_ import TryQuestion, try_requirements
from lockgen.requirements.try_repairs import find_remedies
from lockgen.resolve.resolver import Resolver
from lockgen.workflow.render import layered_requests

BuildMetadata = Callable[[NormalizedName, Version], StatedMetadata | None]
"""Builds the metadata of a release's sdist; None where that fails."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PhaseTryResult:
    """How the requirements fit beside one phase."""

    facts: PhaseFacts
    results: tuple[TryResult, ...]
    unsupported: tuple[Unsupported, ...]
    refused: tuple[Unsupported, ...]
    is_committed: bool
    """Whether the pins are those of the output folder, rather than what a render gives today."""

    @property
    def is_yes(self) -> bool:
        """Whether they fit on every target whose Python the project supports."""
        return not self.refused and all(each.fit in ("pins", "ranges", "not for it") for each in self.results)


def try_(  # noqa: PLR0913 - the stages' inputs, and one that only --build has
    matrices: Matrices,
    scope: Scope,
    requirements: UserRequirements,
    output: Path,
    resolver: Resolver,
    progress: Progress,
    *,
    build: BuildMetadata | None = None,
) -> tuple[PhaseTryResult, ...]:
    """Try the requirements on every target of the scope; what could not be read is built where `build` does that.

    LockgenError when the index cannot be read.
    """
    asked = layered_requests(matrices, scope, resolver)
    total = sum(len(each.requests) for each in asked)
    found: list[PhaseTryResult] = []
    for each in asked:
        committed = _committed(output / each.selection.phase.folder)
        tried: list[tuple[TryQuestion, TryResult]] = []
        for request in each.requests:
            pins = committed.get(request.target.name) or _solved_pins(resolver, request)
            rules = tuple(conflict_rules(matrices))
            question = TryQuestion(request=request, committed=pins, requirements=requirements, rules=rules)
            tried.append(_tried(question, resolver, build))
            progress(sum(len(known.results) for known in found) + len(tried), total)
        found.append(
            PhaseTryResult(
                facts=each.facts,
                results=tuple(_with_repairs(tried, resolver)),
                unsupported=each.selection.unsupported,
                refused=each.selection.refused,
                is_committed=bool(committed),
            )
        )
    return tuple(found)


def _tried(question: TryQuestion, resolver: Resolver, build: BuildMetadata | None) -> tuple[TryQuestion, TryResult]:
    """The answer, with the metadata of sdists built as long as it rests on what could not be read."""
    result = try_requirements(question, resolver)
    while build is not None and result.unread:
        known = question.request.stated
        built = [found for release in result.unread if (found := build(*release)) is not None and found not in known]
        if not built:
            break
        question = replace(question, request=replace(question.request, stated=(*known, *built)))
        result = try_requirements(question, resolver)
    return question, result


def _committed(folder: Path) -> dict[str, Versions]:
    """Target -> its pins in the folder's summary; none where nothing was rendered."""
    found = read(folder, [SUMMARY])
    if SUMMARY not in found:
        return {}
    targets = read_summary(found[SUMMARY].decode("utf-8", "replace"))["targets"]
    return {
        name: {canonicalize_name(package): Version(version) for package, version in entry.get("pins", {}).items()}
        for name, entry in targets.items()
    }


def _solved_pins(resolver: Resolver, request: Request) -> Versions:
    outcome = resolver.solve(request)
    return {pin.name: pin.version for pin in outcome.pins} if isinstance(outcome, Solved) else {}


def _with_repairs(tried: Sequence[tuple[TryQuestion, TryResult]], resolver: Resolver) -> Iterator[TryResult]:
    """The results, each "no" with the lines that must change."""
    remedies = iter(find_remedies([question for question, each in tried if each.conflict is not None], resolver))
    for _, each in tried:
        if each.conflict is None:
            yield each
            continue
        found = next(remedies)
        yield replace(each, repairs=found.repairs, repairs_unread=found.unread, repairs_unknown=found.unknown)
