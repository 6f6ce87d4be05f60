"""Two answers to the same targets laid side by side: what came, what went, what moved."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import Generic, Literal, TypeVar

from packaging.utils import NormalizedName
from packaging.version import Version

from lockgen.records import Cell, IssueNote, Solved, Unsolved, Unsupported
from lockgen.wording import in_words

T = TypeVar("T")
Answer = Cell | Unsupported
Status = Literal["solved", "unsolved", "unsupported", "absent"]
"""Whether a target has a set; absent: its phase does not have the target at all."""
ChangeKind = Literal["added", "removed", "moved"]
IssueKind = Literal["appears", "goes"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """What one side says of a target: whether it has a set, and if not, why not."""

    status: Status
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A package whose version is not the same on both sides; on one side there may be none."""

    name: NormalizedName
    before: Version | None
    after: Version | None

    @property
    def kind(self) -> ChangeKind:
        """What became of it."""
        if self.before is None:
            return "added"
        return "removed" if self.after is None else "moved"

    @property
    def is_major(self) -> bool:
        """Whether it moved by a major step; see `is_major`."""
        return self.before is not None and self.after is not None and is_major(self.before, self.after)


@dataclass(frozen=True, slots=True, kw_only=True)
class IssueChange:
    """A known issue that concerns a target's set on one side only."""

    kind: IssueKind
    issue: IssueNote


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetComparison:
    """One target on both sides. Packages and known issues are compared only where both have a set."""

    name: str
    before: Side
    after: Side
    changes: tuple[Change, ...] = ()
    """Sorted by name."""
    issues: tuple[IssueChange, ...] = ()

    @property
    def is_same(self) -> bool:
        """Whether nothing differs. Two ways of having no set are the same when they are of the same kind."""
        return self.before.status == self.after.status and not self.changes and not self.issues

    @property
    def is_gained(self) -> bool:
        """Whether it has a set now and had none."""
        return self.before.status != "solved" and self.after.status == "solved"

    @property
    def is_lost(self) -> bool:
        """Whether it had a set and has none now."""
        return self.before.status == "solved" and self.after.status != "solved"


@dataclass(frozen=True, slots=True, kw_only=True)
class Grouped(Generic[T]):
    """Something that is the same on several targets, with these in words and by name."""

    what: T
    where: str
    targets: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """Every target of either side, in the order of the first, then those that only the second has."""

    targets: tuple[TargetComparison, ...]

    @property
    def is_same(self) -> bool:
        """Whether nothing differs on any target."""
        return all(target.is_same for target in self.targets)

    @property
    def changes(self) -> tuple[Grouped[Change], ...]:
        """Added, removed, then moved packages, each by name, with the targets out of those that have both sets."""
        order: tuple[ChangeKind, ...] = ("added", "removed", "moved")
        found = _grouped(self._both, lambda target: target.changes)
        return tuple(sorted(found, key=lambda each: (order.index(each.what.kind), each.what.name)))

    @property
    def issues(self) -> tuple[Grouped[IssueChange], ...]:
        """Known issues that appear, then those that go, with the targets out of those that have both sets."""
        return tuple(
            sorted(_grouped(self._both, lambda target: target.issues), key=lambda each: each.what.kind == "goes")
        )

    @property
    def support(self) -> tuple[Grouped[tuple[Side, Side]], ...]:
        """Targets whose status is not the same on both sides: how it was and how it is."""
        moved = (target for target in self.targets if target.before.status != target.after.status)
        return _sides(moved, [target.name for target in self.targets])

    @property
    def without_sets(self) -> tuple[Grouped[tuple[Side, Side]], ...]:
        """Targets that have no set on either side, for the same kind of reason."""
        none = (each for each in self.targets if each.before.status == each.after.status != "solved")
        return _sides(none, [target.name for target in self.targets])

    @property
    def alike(self) -> tuple[Grouped[TargetComparison], ...]:
        """The targets that differ, those that differ in exactly the same way together; `what` is the first of them."""
        groups: dict[object, list[TargetComparison]] = {}
        for target in self.targets:
            if not target.is_same:
                groups.setdefault((target.before, target.after, target.changes, target.issues), []).append(target)
        names = [target.name for target in self.targets]
        return tuple(_group(group[0], [each.name for each in group], names) for group in groups.values())

    @property
    def _both(self) -> tuple[TargetComparison, ...]:
        return tuple(each for each in self.targets if each.before.status == each.after.status == "solved")


def compare(before: Sequence[Answer], after: Sequence[Answer]) -> Comparison:
    """What is different in `after`. Each side answers a target once; one that a side does not know is absent there."""
    one, two = _by_name(before), _by_name(after)
    return Comparison(targets=tuple(_target(name, one.get(name), two.get(name)) for name in {**one, **two}))


def is_major(before: Version, after: Version) -> bool:
    """Whether the step may break what worked: the epoch differs, or the first release component that is not zero.

    So 1.10 to 2.0 is a major step, and because of Semantic Versioning 2.0.0, item 4, so are 0.27 to 0.28, 0.0.6 to
    0.0.7 and 0.9 to 1.0. It does not matter which way the step goes.
    """
    if before.epoch != after.epoch:
        return True
    pairs = zip_longest(before.release, after.release, fillvalue=0)
    return next((one != two for one, two in pairs if one or two), False)


def _by_name(answers: Iterable[Answer]) -> dict[str, Answer]:
    return {(each.request if isinstance(each, Cell) else each).target.name: each for each in answers}


def _target(name: str, before: Answer | None, after: Answer | None) -> TargetComparison:
    sides = (_side(before), _side(after))
    if isinstance(before, Cell) and isinstance(after, Cell) and all(side.status == "solved" for side in sides):
        return TargetComparison(
            name=name,
            before=sides[0],
            after=sides[1],
            changes=tuple(_changes(_pins(before), _pins(after))),
            issues=(*_issues("appears", after, before), *_issues("goes", before, after)),
        )
    return TargetComparison(name=name, before=sides[0], after=sides[1])


def _side(answer: Answer | None) -> Side:
    if answer is None:
        return Side(status="absent", reason="no target of the phase")
    if isinstance(answer, Unsupported):
        return Side(status="unsupported", reason=" ".join(filter(None, (_sentence(answer.reason), answer.remedy))))
    if isinstance(answer.outcome, Unsolved):
        return Side(status="unsolved", reason="; ".join(map(str, answer.outcome.core or answer.outcome.refusals)))
    return Side(status="solved")


def _sentence(text: str) -> str:
    return text if text.endswith(".") or not text else f"{text}."


def _pins(cell: Cell) -> dict[NormalizedName, Version]:
    return {pin.name: pin.version for pin in cell.outcome.pins} if isinstance(cell.outcome, Solved) else {}


def _changes(before: Mapping[NormalizedName, Version], after: Mapping[NormalizedName, Version]) -> Iterator[Change]:
    for name in sorted({**before, **after}):
        if before.get(name) != after.get(name):
            yield Change(name=name, before=before.get(name), after=after.get(name))


def _issues(kind: IssueKind, here: Cell, there: Cell) -> Iterator[IssueChange]:
    known = {issue.id for issue in there.issues}
    return (IssueChange(kind=kind, issue=issue) for issue in here.issues if issue.id not in known)


def _sides(targets: Iterable[TargetComparison], everything: Sequence[str]) -> tuple[Grouped[tuple[Side, Side]], ...]:
    groups: dict[tuple[Side, Side], list[str]] = {}
    for target in targets:
        groups.setdefault((target.before, target.after), []).append(target.name)
    return tuple(_group(sides, names, everything) for sides, names in groups.items())


def _grouped(
    targets: Sequence[TargetComparison], of: Callable[[TargetComparison], Iterable[T]]
) -> tuple[Grouped[T], ...]:
    groups: dict[T, list[str]] = {}
    for target in targets:
        for each in of(target):
            groups.setdefault(each, []).append(target.name)
    everything = [target.name for target in targets]
    return tuple(_group(what, names, everything) for what, names in groups.items())


def _group(what: T, names: Sequence[str], everything: Sequence[str]) -> Grouped[T]:
    return Grouped(what=what, where=in_words(names, everything), targets=tuple(names))
