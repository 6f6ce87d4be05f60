"""init: numbers that nobody said, guessed so that lint has nothing against them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from packaging.version import Version

from lockgen.errors import FrozenIndexError
from lockgen.matrix.init.draft import DraftSets, Guesses, PhaseDraft, phase_text, versions_had
from lockgen.matrix.init.guesses import guessed_minimum
from lockgen.matrix.init.rows import Start
from lockgen.matrix.load import load_matrices
from lockgen.model.lint import Finding
from lockgen.model.phase import Scope
from lockgen.model.resolver import ResolverPort
from lockgen.resolve.resolver import Resolver
from lockgen.workflow.lint import lint


def minimums(
    page: PhaseDraft, sets: Mapping[str, DraftSets], resolver: ResolverPort
) -> Iterator[tuple[Start, Version]]:
    """For each row that has no lower bound one that is older than the newest release."""
    for name, rows in page.layers():
        for row in rows:
            project = resolver.project(row.name) if row.minimum is None else None
            if project is None:
                continue
            inside = [
                each
                for each in project.oldest_first
                if not each.is_prerelease
                and row.bounds.contains(each)
                and any(file.yanked is None for file in project.files(each))
            ]
            if (found := guessed_minimum(versions_had(row, sets.get(name, {})), inside)) is not None:
                yield row, found


def linted(page: PhaseDraft, guesses: Guesses, texts: Mapping[str, bytes], resolver: Resolver) -> dict[str, bytes]:
    """The files with the guesses that lint objects to taken away, and the rest of what it finds accepted.

    Without the guessed minimums where a frozen index does not hold what is to be looked at for them.
    """
    found = _findings(texts, resolver)
    low = {name for each in found or () if "minimum" in each.rule for name in each.packages}
    high = {name for each in found or () if each.rule in ("dead-cap", "maximum-conflict") for name in each.packages}
    soft = {name for each in found or () if each.rule.startswith("recommended") for name in each.packages}
    kept = {} if found is None else guesses.minimums
    guesses = replace(
        guesses,
        minimums={row: each for row, each in kept.items() if row.name not in low},
        open_above=frozenset(row for _, rows in page.layers() for row in rows if row.name in high),
        unwanted=frozenset(row for _, rows in page.layers() for row in rows if row.name in soft),
    )
    file = f"phase-{page.phase}.yaml"
    texts = {**texts, file: phase_text(page, guesses).encode()}
    if found is None or low or high or soft:
        found = _findings(texts, resolver)
    accept = dict.fromkeys(
        (each.rule, each.packages) for each in found or () if each.severity != "note" and each.packages and each.phase
    )
    return {**texts, file: phase_text(page, replace(guesses, accept=tuple(accept))).encode()}


def _findings(texts: Mapping[str, bytes], resolver: Resolver) -> tuple[Finding, ...] | None:
    """What lint finds; None where a frozen index does not hold what it has to look at."""
    try:
        return lint(load_matrices(texts), Scope(), resolver, lambda _done, _all: None).findings
    except FrozenIndexError:
        return None
