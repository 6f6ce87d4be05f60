"""COMPATIBILITY.md: a phase's published tables beside what was rendered and proved, for people."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from packaging.specifiers import SpecifierSet

from lockgen.model.implementation import in_order, parse_python
from lockgen.model.issues import ConflictRule, KnownIssue
from lockgen.model.matrix import Dependency, Matrices, Phase
from lockgen.model.phase import PhaseFacts
from lockgen.model.verify import Level
from lockgen.render.compatibility_rules import constraint_words, covered, replacement_words, skip_words
from lockgen.render.environment import Templates
from lockgen.render.summary import SummaryEntry
from lockgen.render.support import support_tables
from lockgen.render.verified import Verified, proof_of
from lockgen.render.view import phase_view
from lockgen.text import grouped_pairs, requirement, spelled
from lockgen.text.target_names import in_words

FILE_NAME = "COMPATIBILITY.md"
TEMPLATE = f"{FILE_NAME}.j2"


@dataclass(frozen=True, slots=True, kw_only=True)
class GridRow:
    """A Python and what was proved on each platform, in the platforms' order."""

    python: str
    cells: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Grid:
    """What was proved: Pythons down, platforms across."""

    platforms: tuple[str, ...]
    rows: tuple[GridRow, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DependencyView:
    """A dependency: the published numbers, and the rendered versions in words."""

    name: str
    minimum: str
    recommended: str
    maximum: str
    rendered: str
    note: str
    purpose: str
    when_required: str
    group: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ConflictView:
    """A row of the known-conflicts table; `library` as the table prints it: `ray[serve] <2.8`."""

    library: str
    published: str
    workaround: str


@dataclass(frozen=True, slots=True, kw_only=True)
class IssueView:
    """A known issue; `where` it holds, in words, and what it `constrains`: `django>=4.2`."""

    title: str
    is_measured: bool
    where: str
    symptom: str
    cause: str
    solution: str
    note: str
    constrains: tuple[str, ...]


def compatibility(
    facts: PhaseFacts,
    matrices: Matrices,
    phase: Phase,
    targets: Mapping[str, SummaryEntry],
    proofs: Sequence[Verified],
    templates: Templates,
) -> str:
    """The text of COMPATIBILITY.md. `targets` are the entries of summary.json; `proofs` are about these sets."""
    return templates.render(TEMPLATE, {
        "phase": phase_view(facts),
        "grid": _grid(targets, proofs),
        "failures": tuple(_failure(each) for each in proofs if each.verdict == "failed"),
        "builds": tuple(_builds(targets)),
        "rows": tuple(_rows(matrices, phase, targets)),
        "constraints": tuple(map(constraint_words, phase.constraints)),
        "replaced": tuple(replacement_words(phase)),
        "skips": tuple(map(skip_words, matrices.skips)),
        "deviations": tuple(_deviations(targets)),
        "unserved": tuple(_unserved(targets)),
        **support_tables(matrices),
        "conflicts": tuple(_conflict(row) for row in matrices.conflicts),
        "issues": tuple(_issue(issue) for issue in matrices.issues),
    })  # fmt: skip


def _grid(targets: Mapping[str, SummaryEntry], proofs: Sequence[Verified]) -> Grid:
    pythons = sorted({entry["python"] for entry in targets.values()}, key=in_order)
    platforms = tuple(dict.fromkeys(entry["platform"] for entry in targets.values()))
    by_place = {(entry["python"], entry["platform"]): name for name, entry in targets.items()}
    return Grid(
        platforms=platforms,
        rows=tuple(
            GridRow(
                python=python,
                cells=tuple(_proved(by_place.get((python, platform)), targets, proofs) for platform in platforms),
            )
            for python in pythons
        ),
    )


def _proved(name: str | None, targets: Mapping[str, SummaryEntry], proofs: Sequence[Verified]) -> str:
    if name is None:
        return ""
    if targets[name]["status"] != "solved":
        return {"unsupported": "not supported", "unsolved": "no set"}[targets[name]["status"]]
    order: tuple[Level, ...] = ("smoked", "installed", "fetched")
    for level in order:
        on = [each for each in proofs if (each.target, each.level, each.verdict) == (name, level, "proved")]
        if on:
            native = [each for each in on if not each.emulated]
            where = "; ".join(dict.fromkeys(proof_of(each).where for each in native or on if each.python))
            return f"{level} ({where})" if where else level
    return "closed"


def _failure(proof: Verified) -> str:
    python = f" with Python {proof_of(proof).where}" if proof.python else ""
    return f"{proof.target}: {proof.level}{python}: {proof.reason}"


def _builds(targets: Mapping[str, SummaryEntry]) -> Iterator[str]:
    for name, entry in targets.items():
        for sdist in entry.get("sdists", ()):
            needs = ", ".join(sdist["build_packages"]) or "no operating system packages"
            yield f"{name}: {sdist['name']} {sdist['version']} from its sdist ({sdist['reason']}); needs {needs}"


def _rows(matrices: Matrices, phase: Phase, targets: Mapping[str, SummaryEntry]) -> Iterator[DependencyView]:
    """Each row; one of several of a package with the targets it is for, and what was rendered there."""
    names = Counter(row.name for row in phase.dependencies)
    for row in phase.dependencies:
        if names[row.name] == 1:
            yield _row(row, targets)
        else:
            yield _row(row, covered(row.when, matrices, targets), f" ({row.when.words})" if row.when.words else "")


def _row(row: Dependency, targets: Mapping[str, SummaryEntry], where: str = "") -> DependencyView:
    return DependencyView(
        name=f"{requirement(row.name, row.extras, SpecifierSet())}{where}",
        minimum=str(row.minimum or ""),
        recommended=f"=={row.exact}" if row.exact else str(row.recommended or ""),
        maximum=spelled(row.cap),
        rendered=_rendered(row.name, targets),
        note=". ".join(row.remarks),
        purpose=row.purpose,
        when_required=row.when_required,
        group=row.group or "",
    )


def _conflict(rule: ConflictRule) -> ConflictView:
    versions = "" if rule.versions is None else f" {spelled(rule.versions)}"
    return ConflictView(
        library=f"{requirement(rule.library, frozenset(rule.extras), SpecifierSet())}{versions}",
        published=rule.published,
        workaround=rule.workaround,
    )


def _issue(issue: KnownIssue) -> IssueView:
    return IssueView(
        title=issue.title,
        is_measured=issue.is_measured,
        where=issue.about,
        symptom=issue.symptom,
        cause=issue.cause,
        solution=issue.solution,
        note=issue.note,
        constrains=tuple(f"{wanted.name}{spelled(wanted.specifier)}" for wanted in issue.constrain),
    )


def _rendered(name: str, targets: Mapping[str, SummaryEntry]) -> str:
    found: dict[str, list[str]] = grouped_pairs(
        (entry["pins"][name], target) for target, entry in targets.items() if name in entry.get("pins", {})
    )
    everything = [target for names in found.values() for target in names]
    if len(found) == 1:
        return next(iter(found))
    return "; ".join(f"{version} ({in_words(names, everything)})" for version, names in found.items())


def _unserved(targets: Mapping[str, SummaryEntry]) -> Iterator[str]:
    groups = grouped_pairs(
        ((_words(entry["python"]), ", ".join(entry["unserved"])), target)
        for target, entry in targets.items()
        if entry.get("unserved")
    )
    for (words, patches), names in groups.items():
        yield f"{words} {patches}: {in_words(names, list(targets))}"


def _words(python: str) -> str:
    found = parse_python(python)
    return python if found is None else found.words


def _deviations(targets: Mapping[str, SummaryEntry]) -> Iterator[str]:
    groups = grouped_pairs(
        ((each["name"], each["got"], each["wanted"], each["because"]), target)
        for target, entry in targets.items()
        for each in entry.get("deviations", ())
    )
    for (name, got, wanted, because), names in groups.items():
        having = [target for target, entry in targets.items() if name in entry.get("pins", {})]
        yield f"{name} {got} instead of {wanted}: {because} ({in_words(names, having)})"
