"""One reader serves all targets of a run, and never changes what is said of one of them."""

from __future__ import annotations

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from packaging.requirements import Requirement

from lockgen.model.result import Solved
from lockgen.resolve.resolver import Resolver
from lockgen.verify.reading import Reader
from lockgen.verify.second_engine import complaints
from tests.examples import examples
from tests.resolve.test_sharing import TARGETS, universes
from tests.universe import Universe, request, row, target

ASKED = "a>=1", "b"


@settings(max_examples=examples(30), deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(universes(), st.permutations(TARGETS))
def test_a_shared_resolution_is_the_resolution(
    packages: dict[str, dict[str, dict[str, object]]], order: list[str]
) -> None:
    shared = Reader()
    for name in order:
        outcome = Resolver(Universe(packages)).solve(request(*map(row, ASKED), on=name))
        if not isinstance(outcome, Solved):
            continue
        pins = {pin.name: pin for pin in outcome.pins}
        for left_out in (None, *pins):
            some = {each: pin for each, pin in pins.items() if each != left_out}
            versions = {each: pin.version for each, pin in some.items()}
            question = target(name), [*map(Requirement, ASKED)], versions, some
            alone = list(complaints(*question, Reader()))
            assert list(complaints(*question, shared)) == alone
            assert bool(alone) == (left_out is not None)
