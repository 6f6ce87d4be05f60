"""What the solver reasons about: variables with sets of versions as bit masks, and incompatibilities between them.

A set of versions is one integer: bit i stands for the i-th oldest listed version, the bit above them all (`absent`)
for "not in the set". Intersection, subset and emptiness are single operations on it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from packaging.utils import NormalizedName
from packaging.version import Version

from lockgen.model.conflict import Demand


class Variable:
    """A package, one of its extras, or an assumption, with the versions it may still have.

    `celery` and `celery[redis]` are two variables over the versions of celery. An assumption has one version,
    which stands for "it holds". The solver changes `value` and what follows it; the rest is the encoding's.
    """

    __slots__ = (
        "absent",
        "base",
        "demanders",
        "extra",
        "extras",
        "facts",
        "full",
        "incoming",
        "is_decided",
        "last",
        "name",
        "places",
        "refused",
        "value",
        "versions",
        "watching",
    )

    def __init__(self, name: NormalizedName, extra: str, versions: Sequence[Version], *, count: int) -> None:
        self.name = name
        self.extra = extra
        self.versions = versions
        """Oldest first; empty for an assumption."""
        self.absent = 1 << count
        self.full = (self.absent << 1) - 1
        self.value = self.full
        """The versions that are left."""
        self.refused = 0
        """Versions that no set may have, whatever is assumed."""
        self.facts: list[Incompatibility] = []
        """Why the refused versions are refused: incompatibilities of this one variable."""
        self.places: list[int] = []
        """Where on the trail the value changed."""
        self.watching: list[Incompatibility] = []
        """The incompatibilities that mention the variable."""
        self.incoming: list[Incompatibility] = []
        """Of these, the ones by which something demands the package; what a known issue narrows is not among them."""
        self.demanders = 0
        """How many decisions and roots demand the variable now."""
        self.is_decided = False
        self.last = -1
        """The version in the last set found that had it; -1: in none."""
        self.base: Variable | None = None
        """Of an extra, the package itself."""
        self.extras: list[Variable] = []
        """Of a package, its extras that were demanded so far."""

    def __repr__(self) -> str:
        return f"{self.name}[{self.extra}]" if self.extra else str(self.name)


class Incompatibility:
    """Terms that cannot all hold: a set in which every variable has a version of its mask does not exist.

    `{a: 1.0 or 1.1, b: absent or below 2}`: `a` 1.0 and 1.1 require `b>=2`.
    """

    __slots__ = ("causes", "demands", "is_exact", "is_watched", "requires", "terms")

    def __init__(
        self,
        terms: dict[Variable, int],
        *,
        causes: tuple[Incompatibility, ...] = (),
        demands: dict[int, Demand] | None = None,
        requires: Variable | None = None,
        is_exact: bool = False,
    ) -> None:
        self.terms = terms
        self.causes = causes
        """Of a learned one, those it was resolved from; the conflict first."""
        self.demands = {} if demands is None else demands
        """Place of the demander's version (-1: the request itself) -> the demand."""
        self.requires = requires
        """The variable that is demanded or narrowed; None for a learned one and for a refusal."""
        self.is_exact = is_exact
        """Whether the demand names its version exactly, so that it may have a yanked one (PEP 592)."""
        self.is_watched = False

    def rules_out(self, variable: Variable, place: int) -> bool:
        """Whether all terms would hold now, were the variable decided for the version at this place."""
        if not self.terms[variable] >> place & 1:
            return False
        return not any(each.value & ~mask for each, mask in self.terms.items() if each is not variable)

    def __repr__(self) -> str:
        return " and ".join(f"{variable} in {mask:b}" for variable, mask in self.terms.items())


class Requirements(NamedTuple):
    """What a version of a variable requires."""

    incompatibilities: list[Incompatibility]
    children: list[tuple[Variable, Variable | None]]
    """The variables it demands, each with the assumption under which it does (None: always)."""


Places = Mapping[Variable, int]
"""Variable -> the place of its version in `versions`."""
