"""The rules of lint: their stable ids, how grave each is, and what it finds. docs/lint.md explains them one by one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from packaging.utils import NormalizedName

from lockgen.lint.table import LintTable
from lockgen.model.lint import Finding, Repair, Severity


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """How grave what it finds is, and what it finds."""

    severity: Severity
    finds: str


RULES: Mapping[str, Rule] = MappingProxyType(
    {
        "recommended-conflict": Rule(severity="error", finds="recommended versions that exclude each other"),
        "minimum-conflict": Rule(severity="error", finds="minimum versions that exclude each other"),
        "maximum-conflict": Rule(severity="info", finds="newest versions below the caps that exclude each other"),
        "recommended-without-wheel": Rule(
            severity="warning", finds="a recommended version without a usable file on some target"
        ),
        "minimum-without-wheel": Rule(
            severity="warning", finds="a minimum version without a usable file on some target"
        ),
        "no-such-package": Rule(severity="error", finds="a package the index does not know"),
        "no-such-version": Rule(severity="error", finds="a published version that does not exist"),
        "late-version": Rule(severity="error", finds="a published version uploaded after as_of"),
        "yanked-version": Rule(severity="warning", finds="a published version that was yanked since (PEP 592)"),
        "unreachable-minimum": Rule(severity="error", finds="a minimum that can be had on no target"),
        "dead-cap": Rule(severity="warning", finds="a cap that lets in releases no target can have"),
        "unsolvable": Rule(severity="error", finds="targets without any set"),
        "impossible-python": Rule(severity="error", finds="a Python said to be supported, without any set"),
        "no-wheel": Rule(severity="error", finds="a target for which a package has no wheel"),
        "no-such-extra": Rule(severity="error", finds="an extra that the package does not have"),
        "held-by-patch": Rule(
            severity="warning", finds="a newer release that only the oldest patch releases of a Python keep out"
        ),
        "unserved-patch": Rule(severity="note", finds="a patch release that a release in the set cuts out"),
        "split-marker": Rule(severity="note", finds="a marker that differs between patch releases of a Python"),
        "unknowable-marker": Rule(severity="warning", finds="a marker on what no target can know"),
        "project-status": Rule(
            severity="warning", finds="a project that is archived, deprecated or quarantined (PEP 792)"
        ),
        "unused-dependency": Rule(severity="warning", finds="a row that no target uses"),
        "no-minimum": Rule(severity="note", finds="a row without a lower bound"),
        "idle-override": Rule(severity="warning", finds="an override or an exclusion that changes no set"),
        "idle-constraint": Rule(severity="note", finds="a constraint on a package that is in no set"),
        "same-revision": Rule(severity="error", finds="numbers that changed since the render of the same revision"),
        "unused-route": Rule(severity="warning", finds="a route to an index that matches no package of any set"),
        "idle-issue": Rule(severity="warning", finds="a known issue whose versions can no longer occur"),
        "idle-not-imported": Rule(
            severity="note", finds="a package that verify is not to import and that is in no set"
        ),
        "contradicted-conflict": Rule(
            severity="info", finds="a known conflict about which the index's metadata says something else"
        ),
        "unused-accept": Rule(severity="warning", finds="an accept entry that silences nothing"),
    }
)


def finding(  # noqa: PLR0913 - a finding has so many parts
    table: LintTable,
    rule: str,
    packages: Iterable[NormalizedName],
    message: str,
    *,
    where: str,
    targets: Sequence[str] = (),
    steps: Sequence[str] = (),
    repairs: Sequence[Repair] = (),
) -> Finding:
    """A finding of the rule about the table's phase."""
    return Finding(
        rule=rule,
        severity=RULES[rule].severity,
        phase=table.phase.phase,
        packages=tuple(sorted(set(packages))),
        where=where,
        message=message,
        targets=tuple(targets),
        steps=tuple(steps),
        repairs=tuple(repairs),
    )
