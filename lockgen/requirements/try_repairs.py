"""Which lines of requirements must change so that they fit, and to what: one set of changes, proved by a solve.

Lines give way last-listed first: as many as possible stay as they are, an earlier one before a later one. So no line
of the changes can be taken back, whatever the others become.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from packaging.version import Version

from lockgen.errors import FrozenIndexError
from lockgen.model.requirements import UserRequirement
from lockgen.model.resolver import ResolverPort
from lockgen.model.result import Solved
from lockgen.model.try_ import TryRemedy, TryRepair
from lockgen.requirements.try_ import TryQuestion, with_few_sdists
from lockgen.requirements.try_lines import Lines, lines_to_change
from lockgen.requirements.try_nearest import nearest_versions
from lockgen.text import grouped_pairs
from lockgen.text import requirement as written


def find_remedies(questions: Sequence[TryQuestion], resolver: ResolverPort) -> list[TryRemedy]:
    """For each question, which is a "no", the changes after which it is a yes.

    Targets on which the same lines must change get the same versions where one serves all of them. What a frozen index
    does not hold is not offered: the remedy tells what is missing.
    """
    lines = [_lines(question, resolver) for question in questions]
    known: dict[int, TryRemedy] = {}
    groups = grouped_pairs((each.shape, place) for place, each in enumerate(lines) if isinstance(each, Lines))
    for places in groups.values():
        group = [each for place in places if isinstance(each := lines[place], Lines)]
        known.update(zip(places, _remedies(group, resolver), strict=True))
    return [known[place] if isinstance(each, Lines) else each for place, each in enumerate(lines)]


def _lines(question: TryQuestion, resolver: ResolverPort) -> Lines | TryRemedy:
    try:
        found = lines_to_change(question, resolver)
    except FrozenIndexError as error:
        return TryRemedy(unknown=error.message)
    return found or TryRemedy(unknown="the phase has no set there, with or without these requirements")


def _remedies(group: Sequence[Lines], resolver: ResolverPort) -> Iterator[TryRemedy]:
    """The remedies of targets with the same lines to change: with the same versions, or else each with its own."""
    try:
        together = _changed(group, resolver)
    except FrozenIndexError as error:
        yield from (TryRemedy(unknown=error.message) for _ in group)
        return
    if together is None and len(group) > 1:
        for each in group:
            yield from _remedies([each], resolver)
        return
    for lines in group:
        yield TryRemedy() if together is None else _proved(lines, together, resolver)


@dataclass(frozen=True, slots=True)
class _Changed:
    """The lines that change and their versions."""

    lines: tuple[UserRequirement, ...]
    versions: tuple[Version, ...]


def _changed(group: Sequence[Lines], resolver: ResolverPort) -> _Changed | None:
    """Nearest versions that serve all targets of the group, if possible without metadata that cannot be read."""
    wanted = [wanted_version(line, resolver) for line in group[0].changing]
    for each in (_certain(group, resolver), group):
        if each is not None and (versions := nearest_versions(each, wanted, resolver)) is not None:
            return _Changed(group[0].changing, versions)
    return None


def _certain(group: Sequence[Lines], resolver: ResolverPort) -> list[Lines] | None:
    """The same lines with no more sdists than they need; None where that still rests on unread metadata."""
    found: list[Lines] = []
    for each in group:
        outcome = with_few_sdists(each.request(()), resolver)
        if not isinstance(outcome, Solved) or any(pin.metadata.unread for pin in outcome.pins):
            return None
        built = frozenset(pin.name for pin in outcome.pins if pin.permission is not None)
        found.append(replace(each, buildable=built))
    return found


def _proved(lines: Lines, changed: _Changed, resolver: ResolverPort) -> TryRemedy:
    """The remedy, solved once more as it would be rendered, with what it rests on."""
    outcome = with_few_sdists(lines.request(changed.versions), resolver)
    if not isinstance(outcome, Solved):
        return TryRemedy()
    versions = dict(zip(changed.lines, changed.versions, strict=True))
    touched = {*changed.lines, *lines.unmet}
    repairs = tuple(_repair(line, versions.get(line), resolver) for line in lines.in_order if line in touched)
    unread = tuple((pin.name, pin.version) for pin in outcome.pins if pin.metadata.unread)
    return TryRemedy(repairs=repairs, unread=unread)


def _repair(line: UserRequirement, version: Version | None, resolver: ResolverPort) -> TryRepair:
    wanted = wanted_version(line, resolver)
    return TryRepair(
        where=line.where,
        name=line.name,
        version=version,
        instead=written(line.name, line.extras, line.specifier),
        is_older=None not in (wanted, version) and version < wanted,  # type: ignore[operator]
    )


def wanted_version(requirement: UserRequirement, resolver: ResolverPort) -> Version | None:
    """The newest release the requirement admits, which its owner probably has; else the newest version it names."""
    listing = resolver.project(requirement.name)
    inside = (each for each in (listing.versions if listing else ()) if requirement.specifier.contains(each))
    # What stands behind === need not be a version, nor what stands before .*
    named = (
        Version(clause.version)
        for clause in requirement.specifier
        if clause.operator != "===" and not clause.version.endswith(".*")
    )
    return next(inside, None) or max(named, default=None)
