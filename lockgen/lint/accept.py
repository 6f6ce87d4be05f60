"""What the matrices accept: a finding with its reason, and an entry that silences nothing as a finding of its own."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from lockgen.lint.rules import RULES
from lockgen.model.lint import Finding, Repair
from lockgen.model.matrix import Acceptance, Matrices


def accepted(matrices: Matrices, findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """The findings, those with an entry of the same rule and the same packages marked with its reason."""
    return tuple(_marked(matrices, finding) for finding in findings)


def unused(matrices: Matrices, findings: Iterable[Finding]) -> Iterator[Finding]:
    """unused-accept: entries that silence none of these findings, which must be those of all phases and targets."""
    used = {entry.where for finding in findings for entry in _entries(matrices, finding) if _fits(entry, finding)}
    for entry, phase in _all(matrices):
        if entry.where not in used:
            unknown = "" if entry.rule in RULES else f"; there is no rule {entry.rule!r}"
            yield Finding(
                rule="unused-accept",
                severity=RULES["unused-accept"].severity,
                phase=phase,
                packages=entry.packages,
                where=entry.where,
                message=f"accept of {entry.rule} for {', '.join(entry.packages)} silences nothing{unknown}",
                repairs=(Repair(text="remove the entry"),),
            )


def _marked(matrices: Matrices, finding: Finding) -> Finding:
    fitting = (entry for entry in _entries(matrices, finding) if _fits(entry, finding))
    entry = next(fitting, None)
    return finding if entry is None else replace(finding, accepted=entry.reason)


def _entries(matrices: Matrices, finding: Finding) -> Sequence[Acceptance]:
    """Those of the phase the finding is about, or of issues.yaml."""
    return matrices.phase(finding.phase).accept if finding.phase else matrices.accept


def _fits(entry: Acceptance, finding: Finding) -> bool:
    return (entry.rule, entry.packages) == (finding.rule, finding.packages)


def _all(matrices: Matrices) -> Iterator[tuple[Acceptance, str]]:
    """Every entry once, with the phase whose file it stands in; those of issues.yaml with none."""
    yield from ((entry, "") for entry in matrices.accept)
    for phase in matrices.tables:
        yield from ((entry, phase.phase) for entry in phase.accept if entry.where.startswith(f"{phase.file}:"))
