"""Why a package has its version, as an answer and as JSON; targets with the same answer share a point."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from packaging.utils import NormalizedName
from packaging.version import Version

from lockgen.model.answer import Answer, Point, Section, State
from lockgen.model.conflict import Demand
from lockgen.model.explain import Explanation, VersionRange, Wanted
from lockgen.model.phase import PhaseFacts
from lockgen.model.result import Unsolved
from lockgen.report.as_json import as_json
from lockgen.report.conflict import conflict_lines, demand_json
from lockgen.report.layout import listed
from lockgen.text import grouped, grouped_pairs, span
from lockgen.text.target_names import in_words, phases_in_words

Titles = Mapping[str, str]
"""`known issue ID` -> the issue in a few words."""
ExplainedPackage = tuple[NormalizedName, Version | None]
"""The package, and the version whose absence is to be explained, if any."""

_MOST_FILES = 3
_TRANSITIVE = "no row of the matrix names it; a set takes the newest version that all who ask for it admit"
_WORDS = {
    "recommended": "the recommended version",
    "minimum": "the row's minimum",
    "oldest": "the oldest in the row's range",
    "newest": "the newest in the row's range",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ExplainedPhase:
    """A phase and what there is to say of a package in it, target by target."""

    facts: PhaseFacts
    explanations: Sequence[Explanation]
    titles: Titles


def explanation_answer(
    subject: ExplainedPackage, phases: Sequence[ExplainedPhase], refused: Sequence[Point] = ()
) -> Answer:
    """A point for each version among the targets; phases in which all is the same share it."""
    groups = grouped_pairs((block, each.facts.phase) for each in phases for block in _blocks(subject, each))
    points = [
        replace(point, name=f"{point.name} of {phases_in_words(names)}" if len(phases) > 1 else point.name)
        for point, names in groups.items()
    ]
    every = [each for phase in phases for each in phase.explanations]
    having = [each for each in every if each.version is not None]
    state: State = "good" if len(having) == len(every) else "notable" if having else "bad"
    return Answer(
        state="bad" if refused else state,
        verdict=f"{_what(subject, having)} on {len(having)} of {len(every)} targets ({_asked(phases)})",
        sections=(Section(points=(*points, *refused)),),
    )


def _what(subject: ExplainedPackage, having: Sequence[Explanation]) -> str:
    name, asked = subject
    versions = listed(map(str, sorted({each.version for each in having if each.version is not None})))
    return f"{name} {versions}".rstrip() + ("" if asked is None else f", why not {asked}")


def _asked(phases: Sequence[ExplainedPhase]) -> str:
    named = phases_in_words([each.facts.phase for each in phases]) if phases else "no phase"
    days = dict.fromkeys(f"{each.facts.strategy}, as of {each.facts.as_of:%Y-%m-%d}" for each in phases)
    return ", ".join([named, *days])


def _blocks(subject: ExplainedPackage, phase: ExplainedPhase) -> Iterator[Point]:
    """A point for each version; what differs inside one names its targets."""
    name, asked = subject
    explanations = phase.explanations
    having = [each for each in explanations if each.version is not None]
    for (version, no), group in grouped(explanations, lambda each: (each.version, _no_set(each))).items():
        # Patterns get shorter among the targets that have the package at all.
        where = _where(group, having if version is not None and len(group) < len(having) else explanations)
        if version is not None:
            dated = f" (uploaded {group[0].uploaded:%Y-%m-%d})" if group[0].uploaded else ""
            lines = tuple(_answer(group, phase.titles, asked))
            yield Point(name=f"{name} {version}{dated} on {where}", reasons=lines)
        elif no:
            yield Point(name=f"no set on {where}", reasons=no, state="bad")
        else:
            lines = tuple(_lines(group, _absence))
            yield Point(name=f"{name} is not in the set on {where}", reasons=lines, state="notable")


def explanation_json(
    facts: PhaseFacts, subject: ExplainedPackage, explanations: Sequence[Explanation], titles: Titles
) -> dict[str, Any]:
    """The same as JSON values, target by target."""
    document = {
        "phase": facts.phase,
        "title": facts.title,
        "strategy": facts.strategy,
        "as_of": facts.as_of,
        "name": subject[0],
        "why_not": subject[1],
        "targets": {each.target.name: _target_json(each, titles) for each in explanations},
    }
    return as_json(document)  # type: ignore[no-any-return]


def _answer(group: Sequence[Explanation], titles: Titles, asked: Version | None) -> Iterator[str]:
    said = _said(group)
    yield from _files(group)
    yield from _lines(group, lambda each: [_wanted(each.wanted, said)])
    yield "asked for by"
    yield from _indented(_lines(group, lambda each: [" -> ".join(map(str, chain)) for chain in each.chains]))
    if any(each.issues for each in group):
        yield "narrowed by"
        yield from _indented(_lines(group, lambda each: [_issue(issue, titles) for issue in each.issues]))
    if asked is not None:
        yield from _lines(group, lambda each: [_why_not(each, asked, said)])
        return
    blocks = grouped(group, lambda each: tuple(_run(run, said) for run in each.newer))
    for runs, part in blocks.items():
        where = f" on {_where(part, group)}" if len(blocks) > 1 else ""
        yield f"why nothing newer{where}" if runs else f"nothing newer is listed{where}"
        yield from _indented(runs)


def _said(group: Iterable[Explanation]) -> dict[str, str]:
    """Each demand that stands under `asked for by` or `narrowed by` -> whose it is; it is not written out again."""
    demands = (each for one in group for each in (*(chain[-1] for chain in one.chains), *one.issues))
    return {str(demand): str(demand.origin) for demand in demands}


def _once(reason: str, said: Mapping[str, str]) -> str:
    """The reason; where it is made of demands that were written out already, only whose they are."""
    parts = reason.split("; ")
    if not all(part in said for part in parts):
        return reason
    return f"kept out by {' and '.join(dict.fromkeys(said[part] for part in parts))}"


def _lines(group: Sequence[Explanation], lines_of: Callable[[Explanation], Iterable[str]]) -> Iterator[str]:
    """Every line once, in the order of the targets; with its targets where it is not true of the whole group."""
    found = grouped_pairs((line, each) for each in group for line in dict.fromkeys(lines_of(each)))
    for line, part in found.items():
        yield line if len(part) == len(group) else f"{line} ({_where(part, group)})"


def _where(part: Iterable[Explanation], group: Iterable[Explanation]) -> str:
    return in_words([each.target.name for each in part], [each.target.name for each in group])


def _files(group: Sequence[Explanation]) -> Iterator[str]:
    names = list(dict.fromkeys(each.files[0].filename for each in group if each.files))
    if len(names) > _MOST_FILES:
        yield f"file: {len(names)} different ones; --format json names each target's"
    else:
        yield from _lines(group, lambda each: [_file(each)])


def _file(each: Explanation) -> str:
    others = len(each.files) - 1
    more = f" and {others} more that would serve" if others else ""
    return f"file: {each.files[0].filename}{more}"


def _wanted(wanted: Wanted | None, said: Mapping[str, str]) -> str:
    if wanted is None:
        return f"wanted: {_TRANSITIVE}"
    but = f", but {_once(wanted.because, said)}" if wanted.because else ""
    return f"wanted: {wanted.version}, {_WORDS[wanted.word]}{but}"


def _issue(issue: Demand, titles: Titles) -> str:
    beside = f", beside {issue.release.name} {issue.release.version}" if issue.release else ""
    title = f" ({titles[str(issue.origin)]})" if str(issue.origin) in titles else ""
    return f"{issue}{beside}{title}"


def _why_not(each: Explanation, asked: Version, said: Mapping[str, str]) -> str:
    return f"why not {_run(each.asked, said)}" if each.asked else f"{asked} is the version in the set"


def _run(run: VersionRange, said: Mapping[str, str]) -> str:
    dated = _dated("newest uploaded" if len(run.versions) > 1 else "uploaded", run.uploaded)
    return f"{', '.join(filter(None, (span(run.versions), dated)))}: {_once(run.reason, said)}"


def _dated(words: str, when: datetime | None) -> str:
    return "" if when is None else f"{words} {when:%Y-%m-%d}"


def _absence(each: Explanation) -> Iterator[str]:
    """What would bring the package into a set, or that nothing does."""
    yield from each.unused or ("nothing in the set asks for it",)
    if each.near:
        yield f"did you mean {' or '.join(each.near)}?"


def _no_set(each: Explanation) -> tuple[str, ...]:
    """The rows that name the package and why there is no set; empty when there is one."""
    return () if each.unsolved is None else (*(str(chain[-1]) for chain in each.chains), *conflict_lines(each.unsolved))


def _indented(lines: Iterable[str], spaces: int = 2) -> Iterator[str]:
    return (f"{' ' * spaces}{line}" for line in lines)


def _target_json(each: Explanation, titles: Titles) -> dict[str, Any]:
    status = "in set" if each.version is not None else "unsolved" if each.unsolved else "not in set"
    return {
        "status": status,
        "version": each.version,
        "uploaded": each.uploaded,
        "files": [{"filename": file.filename, "uploaded": file.uploaded} for file in each.files],
        "wanted": each.wanted,
        "asked_for_by": [[_demand_json(demand) for demand in chain] for chain in each.chains],
        "narrowed_by": [{**_demand_json(issue), "title": titles.get(str(issue.origin), "")} for issue in each.issues],
        "newer": [_range_json(versions) for versions in each.newer],
        "why_not": None if each.asked is None else _range_json(each.asked),
        "unsolved": None if each.unsolved is None else _unsolved_json(each.unsolved),
        "unused": each.unused,
        "did_you_mean": each.near,
    }


def _unsolved_json(outcome: Unsolved) -> dict[str, Any]:
    refusals = [str(refusal) for refusal in outcome.refusals]
    return {"core": [str(demand) for demand in outcome.core], "collisions": outcome.collisions, "refusals": refusals}


def _demand_json(demand: Demand) -> dict[str, str | None]:
    beside = None if demand.release is None else f"{demand.release.name} {demand.release.version}"
    return {**demand_json(demand), "release": beside}


def _range_json(each: VersionRange) -> dict[str, Any]:
    return {"versions": each.versions, "newest_uploaded": each.uploaded, "kind": each.kind, "reason": each.reason}
