"""try."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from packaging.utils import canonicalize_name
from packaging.version import Version

from lockgen.matrix.request import conflict_rules
from lockgen.model.conflict import Demand
from lockgen.model.matrix import Matrices
from lockgen.model.phase import PhaseFacts, Progress, Scope
from lockgen.model.request import Request
from lockgen.model.requirements import UserRequirements
from lockgen.model.result import Solved, Unsupported, Versions
from lockgen.model.try_ import TryResult
from lockgen.render.summary import FILE_NAME as SUMMARY
from lockgen.render.summary import read_summary
from lockgen.render.write import read
from lockgen.requirements.try_ import TryQuestion, trial
from lockgen.requirements.try_repairs import mends
from lockgen.resolve.resolver import Resolver
from lockgen.workflow.render import phase_requests


@dataclass(frozen=True, slots=True, kw_only=True)
class PhaseTryResult:
    """How the wishes fit beside one phase."""

    facts: PhaseFacts
    trials: tuple[TryResult, ...]
    unsupported: tuple[Unsupported, ...]
    refused: tuple[Unsupported, ...]
    is_committed: bool
    """Whether the pins are those of the output folder, rather than what a render gives today."""

    @property
    def is_yes(self) -> bool:
        """Whether they fit on every target that the project is for."""
        return not self.refused and all(each.fit in ("pins", "ranges", "not for it") for each in self.trials)


def try_(
    matrices: Matrices, scope: Scope, wishes: UserRequirements, output: Path, resolver: Resolver, progress: Progress
) -> tuple[PhaseTryResult, ...]:
    """Try the wishes on every target asked for. Raises LockgenError when it could not ask."""
    asked = phase_requests(matrices, scope)
    total = sum(len(each.requests) for each in asked)
    found: list[PhaseTryResult] = []
    for each in asked:
        committed = _committed(output / Path(each.selection.phase.file).stem)
        tried: list[tuple[TryQuestion, TryResult]] = []
        for request in each.requests:
            pins = committed.get(request.target.name) or _rendered(resolver, request)
            rules = tuple(conflict_rules(matrices))
            question = TryQuestion(request=request, committed=pins, wishes=wishes, rules=rules)
            tried.append((question, trial(question, resolver)))
            progress(sum(len(known.trials) for known in found) + len(tried), total)
        found.append(
            PhaseTryResult(
                facts=each.facts,
                trials=tuple(_mended(tried, resolver)),
                unsupported=each.selection.unsupported,
                refused=each.selection.refused,
                is_committed=bool(committed),
            )
        )
    return tuple(found)


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


def _rendered(resolver: Resolver, request: Request) -> Versions:
    outcome = resolver.solve(request)
    return {pin.name: pin.version for pin in outcome.pins} if isinstance(outcome, Solved) else {}


def _mended(tried: Sequence[tuple[TryQuestion, TryResult]], resolver: Resolver) -> Iterator[TryResult]:
    """The trials; those that fail for the same demands with what would help all of them."""
    groups: dict[tuple[Demand, ...], list[TryQuestion]] = {}
    for question, each in tried:
        if each.conflict is not None:
            groups.setdefault(each.conflict.core, []).append(question)
    known = {core: mends(group, core, resolver) for core, group in groups.items()}
    for _, each in tried:
        yield each if each.conflict is None else replace(each, mends=known[each.conflict.core])
