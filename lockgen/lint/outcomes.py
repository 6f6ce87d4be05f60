"""The published ranges solved on each target, and the findings about targets without a set."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from packaging.specifiers import SpecifierSet
from packaging.utils import NormalizedName
from packaging.version import Version

from lockgen.errors import FrozenIndexError
from lockgen.lint.python_repairs import python_repairs
from lockgen.lint.repairs import cap_above, drop, edit, near_below
from lockgen.lint.rules import finding
from lockgen.lint.sentences import conflict_sentence
from lockgen.lint.table import LintTable, agreed, is_row
from lockgen.model.lint import Finding, Repair
from lockgen.model.origin import RowOrigin
from lockgen.model.request import Strategy
from lockgen.model.result import Outcome, Pin, Solved, Unsolved
from lockgen.model.target import Target
from lockgen.text import grouped
from lockgen.text.target_names import in_words

_WHEELS = {"platform", "sdist", "unhashed"}
"""Refusals for want of a file for the target."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TableOutcomes:
    """What a render of the phase gives on each of its targets."""

    table: LintTable
    by_target: tuple[tuple[Target, Outcome], ...]

    @property
    def unsolved(self) -> list[tuple[Target, Unsolved]]:
        """The targets without a set."""
        return [(target, outcome) for target, outcome in self.by_target if isinstance(outcome, Unsolved)]

    @property
    def pins(self) -> Iterator[tuple[Target, Pin]]:
        """Every pin of every set."""
        for target, outcome in self.by_target:
            if isinstance(outcome, Solved):
                yield from ((target, pin) for pin in outcome.pins)


def solve_table(table: LintTable) -> TableOutcomes:
    """The phase, solved as `lockgen render` solves it."""
    return TableOutcomes(
        table=table, by_target=tuple((target, table.resolver.solve(table.request(target))) for target in table.targets)
    )


def unsolved_findings(outcomes: TableOutcomes) -> Iterator[Finding]:
    """unsolvable, impossible-python and no-wheel: one for all targets that have no set for the same reason."""
    for alike in grouped(outcomes.unsolved, lambda each: tuple(map(str, each[1].core or each[1].refusals))).values():
        yield _unsolved_finding(outcomes, [target for target, _ in alike], alike[0][1])


def _unsolved_finding(outcomes: TableOutcomes, targets: list[Target], outcome: Unsolved) -> Finding:
    table, sentence = outcomes.table, conflict_sentence(outcome, {})
    rule = _rule(outcomes, targets, outcome)
    python = targets[0].python
    lead = {
        "unsolvable": "no set can be had",
        "impossible-python": f"Python {python} is said to be supported, but no set can be had on it",
        "no-wheel": f"no file of {_missing(outcome)} serves, and the matrix allows no sdist",
    }[rule]
    return finding(
        table,
        rule,
        {demand.name for demand in outcome.core} or {sentence.about},
        lead,
        where=_python_place(table, python)
        if rule == "impossible-python"
        else _place(table, targets[0], outcome, sentence.about),
        targets=[target.name for target in targets],
        steps=(sentence.message, *sentence.steps),
        repairs=[*_repairs(outcomes, targets, outcome)],
    )


def _rule(outcomes: TableOutcomes, targets: list[Target], outcome: Unsolved) -> str:
    if _missing(outcome):
        return "no-wheel"
    pythons = {target.python for target in targets}
    others = {target.python for target in outcomes.table.targets} - pythons
    whole = [target for target in outcomes.table.targets if target.python in pythons]
    is_all_of_it = outcomes.table.is_whole and len(whole) == len(targets)
    return "impossible-python" if len(pythons) == 1 and others and is_all_of_it else "unsolvable"


def _missing(outcome: Unsolved) -> str:
    """The package of which every version that may be had has no file here; empty when it is not that."""
    # What was uploaded after the cut-off, or is yanked, may not be had anyway.
    refusals = [refusal for refusal in outcome.refusals if refusal.kind not in {"late", "yanked"}]
    names = {refusal.name for refusal in refusals}
    name = next(iter(names)) if len(names) == 1 else ""
    kinds = {refusal.kind for refusal in refusals}
    return name if name and kinds <= _WHEELS and outcome.meetings and outcome.meetings[0].name == name else ""


def _place(table: LintTable, target: Target, outcome: Unsolved, about: NormalizedName) -> str:
    """The place of the row; of the last one in the conflict where a pin of a set below is what it is about."""
    names = {row.name for row in table.phase.dependencies}
    rows = [demand.name for demand in outcome.core if is_row(demand)]
    return table.place(about if about in names or not rows else rows[-1], "name", target.name)


def _python_place(table: LintTable, python: str) -> str:
    return next(row.where for row in table.matrices.pythons if row.python == python)


def _repairs(outcomes: TableOutcomes, targets: Sequence[Target], outcome: Unsolved) -> Iterator[Repair]:
    """A bound moved so far that a set can be had, an sdist allowed, a Python narrowed, or the targets dropped."""
    table = outcomes.table
    for demand in reversed(outcome.core):
        row = table.row(targets[0], demand.name)
        # What builds an sdist is demanded by rows of its own, which no file holds.
        if row is not None and demand.origin == RowOrigin(where=row.where):
            yield from _widened(table, targets, demand.name)
    yield from map(_statement, _unstated(outcome))
    if any(refusal.has_sdist for refusal in outcome.refusals):
        yield from _sdists(table, targets)
    if any(refusal.kind == "python" for refusal in outcome.refusals):
        yield from python_repairs(table, _of_the_python(outcomes, targets), outcome)
    if len(targets) < len(table.targets):
        yield drop([target.name for target in targets], in_words([target.name for target in targets], table.names))


def _of_the_python(outcomes: TableOutcomes, targets: Sequence[Target]) -> list[Target]:
    """These targets, then those with a set that a change of their Python would change too."""
    pythons = {target.python for target in targets}
    solved = [target for target, outcome in outcomes.by_target if isinstance(outcome, Solved)]
    return [*targets, *(target for target in solved if target.python in pythons)]


def _widened(table: LintTable, targets: Sequence[Target], name: NormalizedName) -> Iterator[Repair]:
    """The row's minimum lowered, or its maximum raised, to the nearest version with which there is a set."""
    row = table.row(targets[0], name)
    if row is None:
        return  # a row of a set below, whose pins stand whatever its bounds
    dependency = table.dependency(row)
    is_single = table.is_single(name)

    def repair(text: str, key: Strategy, new: str) -> Repair:
        if not is_single:
            return Repair(text=f"{text} ({dependency.where})")
        return Repair(text=text, edits=(edit(table, dependency, key, new),))

    def nearest(outside: SpecifierSet, end: Strategy) -> Version | None:
        wanted = replace(row, specifier=outside)
        return agreed(table, targets, lambda at: [r for r in table.rows(at) if r.name != name], wanted, end)

    near = None if dependency.minimum is None else near_below(table, name, dependency.minimum)
    if near is not None and (below := nearest(near, "maximum")) is not None:
        yield repair(f"minimum {name} {below}", "minimum", below.public)
    beyond = {"<": ">=", "<=": ">"}
    for clause in dependency.maximum or ():
        above = nearest(SpecifierSet(f"{beyond[clause.operator]}{clause.version}"), "minimum")
        if above is not None:
            cap = cap_above(table, name, above)
            yield repair(f"maximum {name}{cap}", "maximum", cap)


def _sdists(table: LintTable, targets: Sequence[Target]) -> Iterator[Repair]:
    """Which packages would have to be built, if any sdist were allowed, and what has to be stated for that."""
    asked = [replace(table.request(target), buildable=frozenset({"*"})) for target in targets]
    try:
        outcomes = [table.resolver.solve(each) for each in asked]
    except FrozenIndexError:
        return  # it holds no metadata of the sdists
    if all(isinstance(outcome, Solved) for outcome in outcomes):
        pins = [pin for outcome in outcomes if isinstance(outcome, Solved) for pin in outcome.pins if pin.permission]
        names = sorted({pin.name for pin in pins})
        unread = dict.fromkeys((pin.name, pin.version) for pin in pins if pin.metadata.unread)
        if names:
            allow = f"allow {' and '.join(names)} as an sdist there (issues.yaml, sdists)"
            yield Repair(text=" and ".join((allow, *(_statement(each).text for each in unread))))


def _unstated(outcome: Unsolved) -> Iterator[tuple[NormalizedName, Version]]:
    """The newest release of each package whose sdist may serve, if only it were known what it requires."""
    newest: dict[NormalizedName, Version] = {}
    for refusal in outcome.refusals:
        if refusal.needs_build and refusal.version is not None:
            newest[refusal.name] = max(newest.get(refusal.name, refusal.version), refusal.version)
    yield from newest.items()


def _statement(release: tuple[NormalizedName, Version]) -> Repair:
    name, version = release
    return Repair(text=f"state what {name} {version} requires (lockgen metadata {name}=={version})")
