"""Two phases side by side: which targets differ, and in what."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Generic, Literal, TypeVar

from lockgen.model.change import Change, ChangeKind
from lockgen.model.result import IssueNote, TargetResult, Unsupported
from lockgen.text import grouped, grouped_pairs
from lockgen.text.target_names import in_words

T = TypeVar("T")
TargetAnswer = TargetResult | Unsupported
SideStatus = Literal["solved", "unsolved", "unsupported", "absent"]
"""Whether a target has a set; absent: its phase does not have the target at all."""
IssueKind = Literal["appears", "goes"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """What one side says of a target: whether it has a set, and if not, why not."""

    status: SideStatus
    reason: str = ""


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
        differing = (target for target in self.targets if not target.is_same)
        groups = grouped(differing, lambda each: (each.before, each.after, each.changes, each.issues))
        names = [target.name for target in self.targets]
        return tuple(_group(group[0], [each.name for each in group], names) for group in groups.values())

    @property
    def _both(self) -> tuple[TargetComparison, ...]:
        return tuple(each for each in self.targets if each.before.status == each.after.status == "solved")


def _grouped(
    targets: Sequence[TargetComparison], of: Callable[[TargetComparison], Iterable[T]]
) -> tuple[Grouped[T], ...]:
    groups = grouped_pairs((each, target.name) for target in targets for each in of(target))
    everything = [target.name for target in targets]
    return tuple(_group(what, names, everything) for what, names in groups.items())


def _sides(targets: Iterable[TargetComparison], everything: Sequence[str]) -> tuple[Grouped[tuple[Side, Side]], ...]:
    groups = grouped_pairs(((target.before, target.after), target.name) for target in targets)
    return tuple(_group(sides, names, everything) for sides, names in groups.items())


def _group(what: T, names: Sequence[str], everything: Sequence[str]) -> Grouped[T]:
    return Grouped(what=what, where=in_words(names, everything), targets=tuple(names))
