"""Which lines of requirements can stay as they are, which must change, and which cannot be met in any version."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from packaging.specifiers import SpecifierSet
from packaging.version import Version

from lockgen.model.request import Request
from lockgen.model.requirements import UserRequirement
from lockgen.model.resolver import ResolverPort
from lockgen.requirements.most import most
from lockgen.requirements.try_ import TryQuestion

_EVERY = frozenset({"*"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Lines:
    """The lines of a question that a target does not serve as they are, sorted by what becomes of them."""

    question: TryQuestion
    changing: tuple[UserRequirement, ...]
    """They must have another version: the file's constraints, then its requirements, in the order of the file."""
    unmet: tuple[UserRequirement, ...]
    """Requirements that no version meets."""
    buildable: frozenset[str] = _EVERY

    @property
    def shape(self) -> tuple[tuple[UserRequirement, ...], ...]:
        """Equal on targets on which the same lines must change."""
        return self.changing, self.unmet

    @property
    def in_order(self) -> tuple[UserRequirement, ...]:
        """All lines, constraints first."""
        return (*self.question.bounds, *self.question.applying)

    def request(self, versions: Sequence[Version], window: SpecifierSet | None = None) -> Request:
        """The question with the first changing lines in these versions, the next one in the window, others in any."""
        ranges = [SpecifierSet(f"=={version}") for version in versions]
        ranges += [window] if window is not None else []
        ranges += [SpecifierSet()] * (len(self.changing) - len(ranges))
        changed = dict(zip(self.changing, ranges, strict=True))
        gone = set(self.unmet)

        def kept(lines: Sequence[UserRequirement]) -> tuple[UserRequirement, ...]:
            left = (line for line in lines if line not in gone)
            return tuple(replace(line, specifier=changed[line]) if line in changed else line for line in left)

        asked = self.question.with_lines(kept(self.question.applying), kept(self.question.bounds))
        return replace(asked.beside, buildable=self.buildable)


def lines_to_change(question: TryQuestion, resolver: ResolverPort) -> Lines | None:
    """The lines that must change, and those that cannot be met, so that the rest stays; None: the phase has no set.

    Every sdist may serve, and what one requires that cannot be read is taken as nothing: so that a line must change is
    certain. About 2 log2(lines) questions for each line that does not stay.
    """
    lines, bounds = question.applying, question.bounds

    def holds(lines: Sequence[UserRequirement], bounds: Sequence[UserRequirement]) -> bool:
        return resolver.holds(replace(question.with_lines(tuple(lines), tuple(bounds)).beside, buildable=_EVERY))

    if not holds((), ()):
        return None
    free = {line: replace(line, specifier=SpecifierSet(prereleases=line.specifier.prereleases)) for line in lines}
    met = most(lines, lambda kept: holds([free[line] for line in kept], ()))
    met += [line for line in lines if line not in met and holds([*(free[each] for each in met), line], ())]

    def stays(kept: Sequence[UserRequirement]) -> bool:
        asked = [line if line in kept else free[line] for line in lines if line in met]
        return holds(asked, [bound for bound in bounds if bound in kept])

    staying = most([*bounds, *(line for line in lines if line in met)], stays)
    return Lines(
        question=question,
        changing=tuple(line for line in (*bounds, *lines) if line not in staying and (line in met or line in bounds)),
        unmet=tuple(line for line in lines if line not in met),
    )
