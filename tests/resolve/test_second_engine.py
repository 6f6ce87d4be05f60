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
from lockgen.verify.second_engine import complaints, reached_at
from tests.examples import examples
from tests.resolve.brute import Brute, Packages, universes
from tests.universe import Universe, request, row

SLOW = [HealthCheck.too_slow]


@settings(max_examples=examples(150), deadline=None, suppress_health_check=SLOW)
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


def releases(**versions: list[str]) -> dict[str, dict[str, object]]:
    """`_1_0=[...]`: what a release requires; with "yanked" among it the release is."""
    return {
        number.lstrip("_").replace("_", "."): {
            "requires": [text for text in requires if text != "yanked"],
            "extras": ["x", "y"],
            "yanked": "bad" if "yanked" in requires else None,
        }
        for number, requires in versions.items()
    }


STALE = {
    "a": releases(_1_0=["a[y]; extra == 'x'", "b; extra == 'y'"]),
    "b": releases(
        _1_1=["yanked"],
        _1_0=["c==1.0", "d!=1.0; extra == 'x'", "b[y]; extra == 'x'", "a; extra == 'y'"],
        _2_0=["b[y]; extra == 'x'", "a; extra == 'y'", "yanked"],
    ),
    "c": releases(_2_0=["b[x]<1.1", "a"], _1_1=["a", "yanked"], _1_0=["b[x]", "a"]),
    "d": releases(_2_0=["a<1.0", "a>=1.0; extra == 'x'"], _1_0=[], _1_1=["yanked"]),
    "e": releases(_1_0=[]),
}


class Everything(AbstractProvider):
    """resolvelib over the whole universe; who may have pre-releases and yanked releases is the brute force's to say."""

    def __init__(self, brute: Brute) -> None:
        self.brute = brute

    def identify(self, requirement_or_candidate):
        return requirement_or_candidate[0]

    def get_preference(self, identifier, resolutions, candidates, information, backtrack_causes):  # noqa: ARG002
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


@settings(max_examples=examples(150), deadline=None, suppress_health_check=SLOW)
@given(universes())
def test_a_set_it_finds_is_a_yes_of_the_solver(
    universe: tuple[Packages, tuple[str, ...], dict[str, str | None]],
) -> None:
    """Its "impossible" is no proof; a set that holds together is one.

    resolvelib 1.2.1 ends now and then with a set that does not: after a backjump the demands of a decided release are
    missing among its criteria (`test_its_result_may_lack_demands`).
    """
    packages, roots, _ = universe
    brute = Brute(packages, roots)
    found = resolved(brute)
    if found is not None and brute.reached({**dict.fromkeys(packages, ""), **found}) is not None:
        assert Resolver(Universe(packages)).holds(request(*map(row, roots)))


def resolved(brute: Brute) -> dict[str, str] | None:
    """resolvelib's set; None where it finds none."""
    roots = [need for text in brute.roots for need in needs(Requirement(text))]
    try:
        result = Resolution(Everything(brute), BaseReporter()).resolve(roots, max_rounds=200)
    except (ResolutionImpossible, ResolutionTooDeep):
        return None
    return {name: version for (name, _), (_, version) in result.mapping.items()}


def test_its_result_may_lack_demands() -> None:
    """Once this fails, resolvelib was mended, and the closed proof need not look at conflicts met on the way."""
    found = resolved(Brute(STALE, ("c",)))
    assert found is not None
    assert Brute(STALE, ("c",)).reached({**found, "d": "1.0", "e": "1.0"}) is None
    assert not Brute(STALE, ("c",)).sets


def test_a_patch_release_leads_to_what_it_needs_itself() -> None:
    """redis needs async-timeout before 3.11.3 only: the set of 3.11 has it, and closes on every patch release."""
    packages = {
        "redis": {"5.0": {"requires": ["async-timeout; python_full_version < '3.11.3'"]}},
        "async-timeout": {"4.0": {}},
    }
    outcome = Resolver(Universe(packages)).solve(request(row("redis")))
    assert isinstance(outcome, Solved)
    pins = {pin.name: pin for pin in outcome.pins}
    known = outcome.target, [Requirement("redis")], {pin.name: pin.version for pin in outcome.pins}, pins, Reader()
    assert list(complaints(*known)) == []
    assert reached_at("3.11.2", *known) == {"redis", "async-timeout"}
    assert reached_at("3.11.3", *known) == {"redis"}
