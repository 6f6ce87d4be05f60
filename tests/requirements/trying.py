"""A trial in a universe of a few packages: what a phase asks, what it pinned, what somebody else asks for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name
from packaging.version import Version

from lockgen.model.origin import RuleOrigin
from lockgen.model.request import Constraint, Row
from lockgen.model.requirements import UserRequirements
from lockgen.model.try_ import TryResult
from lockgen.requirements.try_ import TryQuestion, try_requirements
from lockgen.resolve.resolver import Resolver
from tests.requirements.reading import wishes
from tests.universe import Packages, Universe, request


def rule(library: str, requires: str, extras: frozenset[str] = frozenset()) -> Constraint:
    """`rule("langchain<0.1", "pydantic<2")`."""
    name, below = library.split("<")
    wanted, limit = requires.split("<")
    return Constraint(
        origin=RuleOrigin(where="issues.yaml:1", published="v1 only"),
        name=canonicalize_name(wanted),
        specifier=SpecifierSet(f"<{limit}"),
        releases=(canonicalize_name(name), SpecifierSet(f"<{below}")),
        extras=extras,
    )


def question(
    *rows: Row,
    asked: str | UserRequirements = "",
    committed: Mapping[str, str] | None = None,
    rules: tuple[Constraint, ...] = (),
    **more: Any,
) -> TryQuestion:
    pins = {canonicalize_name(name): Version(version) for name, version in (committed or {}).items()}
    found = wishes(asked) if isinstance(asked, str) else asked
    return TryQuestion(request=request(*rows, **more), committed=pins, requirements=found, rules=rules)


def tried(packages: Packages, asking: TryQuestion) -> TryResult:
    return try_requirements(asking, Resolver(Universe(packages)))
