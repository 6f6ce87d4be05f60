"""COMPATIBILITY.md: a phase's published tables beside what was rendered and proved, for people."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from lockgen.records import Level, PhaseFacts
from lockgen.render.environment import Templates
from lockgen.render.verified import Verified
from lockgen.render.view import phase_view
from lockgen.tables import Published, PublishedRow
from lockgen.wording import in_words

FILE_NAME = "COMPATIBILITY.md"
TEMPLATE = f"{FILE_NAME}.j2"

Entry = Mapping[str, Any]
"""A target of summary.json."""


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
class RowView:
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


def compatibility(
    facts: PhaseFacts,
    tables: Published,
    targets: Mapping[str, Entry],
    proofs: Sequence[Verified],
    templates: Templates,
) -> str:
    """The text of COMPATIBILITY.md. `targets` are the entries of summary.json; `proofs` speak of their sets only."""
    return templates.render(TEMPLATE, {
        "phase": phase_view(facts),
        "grid": _grid(targets, proofs),
        "failures": tuple(_failure(each) for each in proofs if each.verdict == "failed"),
        "builds": tuple(_builds(targets)),
        "rows": tuple(_row(row, targets) for row in tables.rows),
        "deviations": tuple(_deviations(targets)),
        "pythons": tables.pythons,
        "platforms": tables.platforms,
        "conflicts": tables.conflicts,
        "issues": tables.issues,
    })  # fmt: skip


def _grid(targets: Mapping[str, Entry], proofs: Sequence[Verified]) -> Grid:
    pythons = sorted({entry["python"] for entry in targets.values()}, key=lambda text: tuple(map(int, text.split("."))))
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


def _proved(name: str | None, targets: Mapping[str, Entry], proofs: Sequence[Verified]) -> str:
    if name is None:
        return ""
    if targets[name]["status"] != "solved":
        return {"unsupported": "not supported", "unsolved": "no set"}[targets[name]["status"]]
    order: tuple[Level, ...] = ("smoked", "installed", "fetched")
    for level in order:
        on = [each for each in proofs if (each.target, each.level, each.verdict) == (name, level, "proved")]
        if on:
            where = "; ".join(f"{each.python}, {each.libc}" for each in on if each.python)
            return f"{level} ({where})" if where else level
    return "closed"


def _failure(proof: Verified) -> str:
    python = f" with Python {proof.python}, {proof.libc}" if proof.python else ""
    return f"{proof.target}: {proof.level}{python}: {proof.reason}"


def _builds(targets: Mapping[str, Entry]) -> Iterator[str]:
    for name, entry in targets.items():
        for sdist in entry.get("sdists", ()):
            needs = ", ".join(sdist["build_packages"]) or "no operating system packages"
            yield f"{name}: {sdist['name']} {sdist['version']} from its sdist ({sdist['reason']}); needs {needs}"


def _row(row: PublishedRow, targets: Mapping[str, Entry]) -> RowView:
    extras = f"[{','.join(row.extras)}]" if row.extras else ""
    return RowView(
        name=f"{row.name}{extras}",
        minimum=row.minimum,
        recommended=row.recommended,
        maximum=row.maximum,
        rendered=_rendered(row.name, targets),
        note=row.note,
        purpose=row.purpose,
        when_required=row.when_required,
        group=row.group,
    )


def _rendered(name: str, targets: Mapping[str, Entry]) -> str:
    found: dict[str, list[str]] = {}
    for target, entry in targets.items():
        if name in entry.get("pins", {}):
            found.setdefault(entry["pins"][name], []).append(target)
    everything = [target for names in found.values() for target in names]
    if len(found) == 1:
        return next(iter(found))
    return "; ".join(f"{version} ({in_words(names, everything)})" for version, names in found.items())


def _deviations(targets: Mapping[str, Entry]) -> Iterator[str]:
    groups: dict[tuple[str, str], list[str]] = {}
    for target, entry in targets.items():
        for each in entry.get("deviations", ()):
            text = f"{each['name']} {each['got']} instead of {each['wanted']}: {each['because']}"
            groups.setdefault((each["name"], text), []).append(target)
    for (name, text), names in groups.items():
        having = [target for target, entry in targets.items() if name in entry.get("pins", {})]
        yield f"{text} ({in_words(names, having)})"
