"""Whatever was uploaded when: history's answer for a day is what a solve of that day gives."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from packaging.specifiers import SpecifierSet
from packaging.utils import NormalizedName, canonicalize_name

from lockgen.history.walk import walk
from lockgen.model.history import at_moment
from lockgen.model.origin import IssueOrigin
from lockgen.model.request import Constraint, Request
from lockgen.model.result import Solved, Versions
from lockgen.resolve.history import Replays
from lockgen.resolve.resolver import Resolver
from tests.examples import examples
from tests.universe import Universe, request, row

SINCE = datetime(2024, 1, 1, tzinfo=UTC)
DAYS = 20
TARGETS = ("py3.8-linux-x86_64", "py3.11-linux-x86_64", "py3.11-windows-x86_64", "py3.12-alpine-x86_64")
MARKERS = ("", "", "; sys_platform == 'win32'", "; python_version < '3.10'")
FILES = (
    ["py3-none-any.whl"],
    ["cp311-cp311-win_amd64.whl", "py3-none-any.whl"],
    ["sdist"],
    ["sdist", "py3-none-any.whl"],
)
VERSIONS = ("1.0", "2.0", "2.1rc1", "2.1")

Packages = dict[str, dict[str, dict[str, Any]]]
moments = st.builds(
    lambda day, hour: SINCE + timedelta(days=day, hours=hour), st.integers(-3, DAYS + 2), st.sampled_from((0, 7, 23))
)


@st.composite
def universes(draw: st.DrawFn) -> Packages:
    def needed(name: str) -> str:
        bound = draw(st.sampled_from(("", "<2", ">=2", "==1.0", ">=2.1rc1")))
        return f"{name}{bound}{draw(st.sampled_from(MARKERS))}"

    def release(name: str) -> dict[str, Any]:
        files = draw(st.sampled_from(FILES))
        others = st.sampled_from([other for other in "abcd" if other != name])
        return {
            "requires": [needed(draw(others)) for _ in range(draw(st.integers(0, 2)))],
            "python": draw(st.sampled_from((None, None, ">=3.9"))),
            "files": files,
            "build": draw(st.sampled_from((["d"], ["c>=2"]))),
            "requires_of": {"cp311-cp311-win_amd64.whl": [needed(draw(others))]},
            "uploaded_of": {ending: draw(moments) for ending in files},
            "yanked": draw(st.sampled_from((None, None, None, "bad"))),
            "undated": draw(st.integers(0, 9)) == 0,
        }

    return {name: {version: release(name) for version in VERSIONS} for name in "abcd"}


def _request(
    name: str, limit: datetime, own: Mapping[NormalizedName, datetime], *, strategy: str, undated: bool
) -> Request:
    issue = Constraint(origin=IssueOrigin(id="i"), name=canonicalize_name("b"), specifier=SpecifierSet(">=2"))
    return request(
        row("a>=1", recommended="2.0"),
        row("b>=1"),
        on=name,
        strategy=strategy,
        constraints=[issue] if name.startswith("py3.12") else (),
        sdists=["c"],
        as_of=limit,
        as_of_for=own,
        undated=frozenset("*" if undated else ""),
    )


def _fresh(universe: Universe, asked: Request) -> Versions | None:
    outcome = Resolver(universe).solve(asked)
    return {pin.name: pin.version for pin in outcome.pins} if isinstance(outcome, Solved) else None


@pytest.mark.slow
@settings(max_examples=examples(25), deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    packages=universes(),
    order=st.permutations(TARGETS),
    strategy=st.sampled_from(("minimum", "recommended", "maximum")),
    own=st.none() | st.tuples(st.sampled_from("abc"), moments),
    undated=st.booleans(),
)
def test_every_day_is_what_a_solve_of_that_day_gives(
    packages: Packages, order: list[str], strategy: str, own: tuple[str, datetime] | None, *, undated: bool
) -> None:
    universe, until = Universe(packages), SINCE + timedelta(days=DAYS)
    caps = {canonicalize_name(own[0]): own[1]} if own else {}
    requests = [_request(name, until, caps, strategy=strategy, undated=undated) for name in order]
    courses = Replays(universe)
    walked = walk([(each.target, courses.follow(each)) for each in requests], SINCE, until, lambda _done, _total: None)
    for asked, course in zip(requests, walked.courses, strict=True):
        assert course.target == asked.target
        for day in range(DAYS + 1):
            moment = SINCE + timedelta(days=day)
            assert course.at(moment) == _fresh(universe, at_moment(asked, moment)), moment


def test_the_last_day_is_the_request_itself() -> None:
    cut, own = SINCE, {canonicalize_name("b"): SINCE + timedelta(days=5)}
    asked = _request("py3.11-linux-x86_64", cut, own, strategy="maximum", undated=False)
    assert at_moment(asked, cut + timedelta(days=9)) == asked
