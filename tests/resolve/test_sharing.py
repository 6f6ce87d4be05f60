"""What one target learnt serves the next, and never changes its answer."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

from lockgen.model.origin import IssueOrigin
from lockgen.model.request import Constraint
from lockgen.model.result import Solved
from lockgen.resolve.resolver import Resolver
from tests.examples import examples
from tests.universe import AS_OF, UPLOADED, Universe, request, row

LATER = AS_OF + timedelta(days=1)

TARGETS = ("py3.8-linux-x86_64", "py3.11-linux-x86_64", "py3.11-windows-x86_64", "py3.12-alpine-x86_64")
MARKERS = ("", "; sys_platform == 'win32'", "; python_version < '3.10'", "; python_full_version < '3.11.3'")
FILES = (["py3-none-any.whl"], ["cp311-cp311-win_amd64.whl"], ["cp311-cp311-win_amd64.whl", "py3-none-any.whl"])


@st.composite
def universes(draw: st.DrawFn) -> dict[str, dict[str, dict[str, object]]]:
    return {
        name: {
            version: {
                "requires": [
                    f"{draw(st.sampled_from('abcd'))}{draw(st.sampled_from(('', '<2', '>=2')))}"
                    f"{draw(st.sampled_from(MARKERS))}"
                    for _ in range(draw(st.integers(0, 2)))
                ],
                "python": draw(st.sampled_from((None, ">=3.9", ">=3.8.1"))),
                "files": draw(st.sampled_from(FILES)),
                "yanked": draw(st.sampled_from((None, None, "bad"))),
                "uploaded": draw(st.sampled_from((UPLOADED, UPLOADED, LATER))),
                "undated": draw(st.sampled_from((False, False, True))),
            }
            for version in ("1.0", "2.0", "2.1")
        }
        for name in "abcd"
    }


@settings(max_examples=examples(60), deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(universes(), st.permutations(TARGETS))
def test_shared_answers_are_the_answers(packages: dict[str, dict[str, dict[str, object]]], order: list[str]) -> None:
    together = Resolver(Universe(packages))
    for name in order:
        for as_of in (AS_OF, LATER):
            asked = request(row("a>=1", recommended="1.0"), row("b>=1"), on=name, as_of=as_of)
            assert together.solve(asked) == Resolver(Universe(packages)).solve(asked)


def test_names_are_announced_as_they_become_known() -> None:
    universe = Universe({"a": {"1.0": {"requires": ["b"]}}, "b": {"1.0": {"requires": ["c"]}}, "c": {"1.0": {}}})
    Resolver(universe).solve(request(row("a>=1")))
    assert universe.read == {"a 1.0", "b 1.0", "c 1.0"}
    assert universe.expected >= {"a", "b", "c", "b 1.0", "c 1.0"}


def test_each_target_tells_its_own_reason() -> None:
    packages = {
        "a": {"1.0": {"requires": ["b"]}},
        "b": {"1.0": {"files": ["py3-none-win_amd64.whl"], "python": ">=3.9"}},
    }
    engine = Resolver(Universe(packages))
    told = {}
    for name in ("py3.8-windows-x86_64", "py3.12-linux-x86_64", "py3.8-linux-x86_64"):
        shared = engine.solve(request(row("a"), on=name))
        assert shared == Resolver(Universe(packages)).solve(request(row("a"), on=name))
        told[name] = [refusal.reason for refusal in shared.refusals]
    assert all(told.values())


def test_what_a_known_issue_rules_out_on_one_target_is_not_ruled_out_on_another() -> None:
    """The search never asks about releases outside the limit, so no answer could tell the targets apart."""
    engine = Resolver(Universe({"a": {"1.0": {}}}))
    limit = Constraint(origin=IssueOrigin(id="i"), name=canonicalize_name("a"), specifier=SpecifierSet(">=2"))
    limited = engine.solve(request(row("a"), on="py3.12-linux-x86_64", constraints=[limit]))
    assert not isinstance(limited, Solved)
    assert isinstance(engine.solve(request(row("a"))), Solved)
