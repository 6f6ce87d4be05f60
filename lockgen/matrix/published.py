"""The tables of a phase as they were published."""

from __future__ import annotations

from packaging.specifiers import SpecifierSet

from lockgen.matrix.issues import Conflict, Issue
from lockgen.matrix.matrices import Dependency, Matrices, Phase
from lockgen.matrix.model import PlatformRow, PythonRow, Support
from lockgen.tables import Published, PublishedConflict, PublishedIssue, PublishedRow, PublishedSupport
from lockgen.wording import spelled

_ANY = SpecifierSet(">=0")


def published(matrices: Matrices, phase: Phase) -> Published:
    """Everything the matrices say about a phase that a person should be able to read in one place."""
    return Published(
        server=phase.server,
        pythons=tuple(map(_python, matrices.targets.pythons)),
        platforms=tuple(map(_platform, matrices.targets.platforms)),
        rows=tuple(map(_row, phase.dependencies)),
        issues=tuple(map(_issue, matrices.issues.issues)),
        conflicts=tuple(map(_conflict, matrices.issues.conflicts)),
    )


def _python(row: PythonRow) -> PublishedSupport:
    return PublishedSupport(
        name=row.python,
        flask=_no(row.flask),
        fastapi=_no(row.fastapi),
        note=row.note or "",
        remedy=(row.flask.remedy or "", row.fastapi.remedy or ""),
    )


def _no(support: Support) -> str:
    return "" if support.supported else support.reason or "not supported"


def _platform(row: PlatformRow) -> PublishedSupport:
    return PublishedSupport(
        name=row.name,
        flask="" if row.flask else "not supported",
        fastapi="" if row.fastapi else "not supported",
        event_loop=row.event_loop,
        note=row.note or "",
        family="alpine" if row.musl else row.os,
        arch=row.arch,
        floor=row.glibc or row.musl or row.macos or "",
    )


def _row(row: Dependency) -> PublishedRow:
    return PublishedRow(
        name=row.name,
        extras=tuple(sorted(row.extras)),
        minimum=str(row.minimum),
        recommended=str(row.recommended or ""),
        maximum=spelled(row.maximum or ()),
        note=row.note,
        purpose=row.purpose,
        when_required=row.when_required,
        group=row.group or "",
        specifier=spelled(row.specifier),
        python=spelled(row.python or ()),
        platforms=row.platforms or (),
    )


def _issue(issue: Issue) -> PublishedIssue:
    return PublishedIssue(
        id=issue.id,
        title=issue.title,
        symptom=issue.symptom,
        cause=issue.cause or "",
        solution=issue.solution,
        note=issue.note or "",
        where=_where(issue),
        constrains=tuple(f"{wanted.name}{spelled(wanted.specifier)}" for wanted in issue.constrain),
        is_measured=issue.measured,
        python=spelled(issue.when.python or ()),
        platforms=tuple(issue.when.platforms or ()),
        packages=tuple((name, spelled(releases)) for name, releases in (issue.when.packages or {}).items()),
        is_sdist=issue.when.sdist,
    )


def _where(issue: Issue) -> str:
    when = issue.when
    parts = [f"Python {spelled(when.python)}"] if when.python is not None else []
    parts += [", ".join(when.platforms)] if when.platforms else []
    form = " as an sdist" if when.sdist else ""
    parts += [
        (name if releases == _ANY else f"{name} {spelled(releases)}") + form
        for name, releases in (when.packages or {}).items()
    ]
    return "; ".join(parts)


def _conflict(conflict: Conflict) -> PublishedConflict:
    extras = f"[{','.join(sorted(conflict.extras))}]" if conflict.extras else ""
    versions = f" {spelled(conflict.versions)}" if conflict.versions is not None else ""
    return PublishedConflict(
        library=f"{conflict.library}{extras}{versions}",
        published=conflict.published,
        workaround=conflict.workaround or "",
        name=conflict.library,
        extras=tuple(sorted(conflict.extras)),
        versions=spelled(conflict.versions or ()),
        requires=f"{conflict.requires.name}{spelled(conflict.requires.specifier)}" if conflict.requires else "",
    )
