"""Packages that verify is to leave out of its imports and that no set holds: a misspelled one is imported after all."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from lockgen.lint.outcomes import solve_table
from lockgen.lint.rules import RULES
from lockgen.lint.table import LintTable
from lockgen.model.issues import UnimportedRule
from lockgen.model.lint import Finding, Repair
from lockgen.model.result import Solved
from lockgen.text import alike


def unimported_findings(tables: Sequence[LintTable]) -> Iterator[Finding]:
    """idle-not-imported, once for each package of an entry. `tables` are all phases, whole.

    Nothing where a target of the entry has no set: it may be in the one that is to come.
    """
    for rule in tables[0].matrices.unimported if tables else ():
        held = _held(tables, rule)
        if held is None:
            continue
        for name in rule.packages:
            if name not in held:
                near = alike(name, held)
                meant = f"; did you mean {' or '.join(near)}?" if near else ""
                yield Finding(
                    rule="idle-not-imported",
                    severity=RULES["idle-not-imported"].severity,
                    packages=(name,),
                    where=rule.where,
                    message=f"not_imported of {name} leaves out nothing: it is in no set there{meant}",
                    repairs=(Repair(text=f"remove {name} there"),),
                )


def _held(tables: Sequence[LintTable], rule: UnimportedRule) -> frozenset[str] | None:
    """The packages of the sets that the entry is about; None where one of them cannot be had."""
    outcomes = [
        outcome for table in tables for target, outcome in solve_table(table).by_target if rule.when.covers(target)
    ]
    sets = [outcome.pins for outcome in outcomes if isinstance(outcome, Solved)]
    return frozenset(pin.name for pins in sets for pin in pins) if len(sets) == len(outcomes) else None
