"""resolvelib, the other engine: it comes to exactly the solver's pins, and finds no set where the solver says there is none."""

from __future__ import annotations

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version
from resolvelib import AbstractProvider, BaseReporter
from resolvelib.resolvers import Resolution, ResolutionImpossible, ResolutionTooDeep

from lockgen.model.result import Solved
from lockgen.resolve.resolver import Resolver
from lockgen.verify.reading import Reader
from lockgen.verify.second_engine import complaints
from tests.resolve.brute import Brute, Packages, universes
from tests.universe import Universe, request, row

SLOW = [HealthCheck.too_slow]


@settings(max_examples=150, deadline=None, suppress_health_check=SLOW)
@given(universes(), st.sampled_from(("minimum", "maximum")))
def test_it_comes_to_exactly_the_solvers_pins(
    universe: tuple[Packages, tuple[str, ...], dict[str, str | None]], strategy: str
) -> None:
    packages, roots, _ = universe
    outcome = Resolver(Universe(packages)).solve(request(*map(row, roots), strategy=strategy))
    if isinstance(outcome, Solved):
        pins = {pin.name: pin for pin in outcome.pins}
        versions = {pin.name: pin.version for pin in outcome.pins}
        asked = [Requirement(text) for text in roots]
        assert list(complaints(outcome.target, asked, versions, pins, Reader())) == []
        name = outcome.pins[-1].name
        fewer = {other: version for other, version in versions.items() if other != name}
        assert list(complaints(outcome.target, asked, fewer, pins, Reader()))


class Everything(AbstractProvider):
    """resolvelib over the whole universe; who may have pre-releases and yanked releases is the brute force's to say."""

    def __init__(self, brute: Brute) -> None:
        self.brute = brute

    def identify(self, requirement_or_candidate):
        return requirement_or_candidate[0]

    def get_preference(self, identifier, **_):
        return identifier

    def find_matches(self, identifier, requirements, incompatibilities):
        name = identifier[0]
        spoilt = {version for _, version in incompatibilities[identifier]}
        wanted = [text for _, text in requirements[identifier]]
        versions = sorted(self.brute.packages[name], key=Version, reverse=True)
        fit = (version for version in versions if version not in spoilt and self._fits(wanted, version))
        return [(identifier, version) for version in fit]

    def _fits(self, wanted, version):
        return all(
            each.specifier.contains(version, prereleases=True) and self.brute._is_allowed(each, version)
            for each in wanted
        )

    def is_satisfied_by(self, requirement, candidate):
        return self._fits([requirement[1]], candidate[1])

    def get_dependencies(self, candidate):
        (name, extra), version = candidate
        own = [((name, ""), Requirement(f"{name}=={version}"))] if extra else []
        return own + [need for each in self.brute.demands((name, extra), version) for need in needs(each)]


def needs(requirement: Requirement):
    return [((canonicalize_name(requirement.name), extra), requirement) for extra in ("", *sorted(requirement.extras))]


@settings(max_examples=150, deadline=None, suppress_health_check=SLOW)
@given(universes())
def test_a_set_it_finds_is_a_yes_of_the_solver(
    universe: tuple[Packages, tuple[str, ...], dict[str, str | None]],
) -> None:
    """Its "impossible" is no proof; a set is one."""
    packages, roots, _ = universe
    roots_ = [need for text in roots for need in needs(Requirement(text))]
    try:
        Resolution(Everything(Brute(packages, roots)), BaseReporter()).resolve(roots_, max_rounds=200)
    except (ResolutionImpossible, ResolutionTooDeep):
        return
    assert Resolver(Universe(packages)).holds(request(*map(row, roots)))
