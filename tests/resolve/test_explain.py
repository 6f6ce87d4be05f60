"""Why a package has its version, and what keeps every newer one out, on small universes."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name
from packaging.version import Version

from lockgen.errors import FrozenIndexError
from lockgen.model.explain import Explanation, VersionRange
from lockgen.model.index import DistFile, Metadata
from lockgen.model.origin import IssueOrigin, ReleaseOrigin
from lockgen.model.refusal import Refusal
from lockgen.model.request import Constraint, Request
from lockgen.model.result import Solved
from lockgen.resolve.resolver import Resolver
from tests.universe import AS_OF, Packages, Universe, request, row

LATE = datetime(2026, 5, 1, tzinfo=UTC)


def explain(packages: Packages, asked: Request, name: str, version: str | None = None) -> Explanation:
    at = None if version is None else Version(version)
    return Resolver(Universe(packages)).explain(asked, canonicalize_name(name), at)


def told(runs: tuple[VersionRange, ...]) -> list[tuple[str, str, str]]:
    """Kind, first to last version, reason."""
    return [(run.kind, f"{run.versions[0]} to {run.versions[-1]}", run.reason) for run in runs]


def chains(explanation: Explanation) -> list[str]:
    return [" -> ".join(map(str, chain)) for chain in explanation.chains]


def narrowing(name: str, specifier: str, releases: tuple[str, str] | None = None) -> Constraint:
    beside = None if releases is None else (canonicalize_name(releases[0]), SpecifierSet(releases[1]))
    return Constraint(
        origin=IssueOrigin(id="bad"), name=canonicalize_name(name), specifier=SpecifierSet(specifier), releases=beside
    )


def test_every_demand_that_excludes_a_version_is_named() -> None:
    packages = {"a": {"1.0": {"requires": ["b<2"]}}, "b": {v: {} for v in ("1.0", "2.0", "2.1", "3.0", "3.1")}}
    found = explain(packages, request(row("a>=1"), row("b>=1,<3", recommended="2.0")), "b")
    assert (str(found.version), found.wanted and found.wanted.because) == ("1.0", "a 1.0 needs b<2")
    assert told(found.newer) == [
        ("demand", "2.0 to 2.1", "a 1.0 needs b<2"),
        ("demand", "3.0 to 3.1", "a 1.0 needs b<2; matrix:b needs b>=1,<3"),
    ]


def test_the_chain_is_the_shortest_way_from_a_row() -> None:
    packages = {
        "a": {"1.0": {"requires": ["c"]}},
        "b": {"1.0": {"requires": ["d; extra == 'fast'"], "extras": ["fast"]}},
        "c": {"1.0": {"requires": ["b[fast]"]}},
        "d": {"1.0": {}},
    }
    assert chains(explain(packages, request(row("a"), row("b")), "d")) == [
        # The row of b does not ask for the extra, so its way does not lead there.
        "matrix:a needs a -> a 1.0 needs c -> c 1.0 needs b[fast] -> b[fast] 1.0 needs d"
    ]
    assert chains(explain(packages, request(row("a"), row("b[fast]")), "d")) == [
        "matrix:b needs b[fast] -> b[fast] 1.0 needs d"
    ]
    assert chains(explain(packages, request(row("a"), row("b")), "b")) == [
        "matrix:b needs b",
        "matrix:a needs a -> a 1.0 needs c -> c 1.0 needs b[fast]",
    ]


def test_a_circle_has_a_way_in() -> None:
    packages = {"a": {"1.0": {"requires": ["b"]}}, "b": {"1.0": {"requires": ["c"]}}, "c": {"1.0": {"requires": ["b"]}}}
    assert chains(explain(packages, request(row("a")), "b")) == [
        "matrix:a needs a -> a 1.0 needs b",
        "matrix:a needs a -> a 1.0 needs b -> b 1.0 needs c -> c 1.0 needs b",
    ]


def test_what_the_listing_says_against_newer_versions() -> None:
    packages = {
        "a": {
            "1.0": {},
            "1.1": {"yanked": "breaks"},
            "1.2": {"yanked": ""},
            "1.3rc1": {},
            "1.3": {"files": ["cp311-cp311-win_amd64.whl", "sdist"]},
            "1.4": {"files": ["cp311-cp311-win_amd64.whl"]},
            "1.5b1": {},
            "1.5": {"python": ">=3.12"},
            "1.6": {"python": ">=3.12", "files": ["cp312-cp312-win_amd64.whl"]},
            "1.7": {"undated": True},
            "2.0": {"uploaded": LATE},
            "2.1": {"uploaded": LATE},
        }
    }
    universe = Universe(packages)
    found = Resolver(universe).explain(request(row("a>=1")), canonicalize_name("a"))
    assert told(found.newer) == [
        ("yanked", "1.1 to 1.1", "yanked: breaks"),
        ("yanked", "1.2 to 1.2", "yanked, without a reason"),
        ("platform", "1.3 to 1.4", "has no usable file among 1: 1 for another platform or Python"),
        ("python", "1.5 to 1.5", "requires Python >=3.12"),
        (
            "platform",
            "1.6 to 1.6",
            "has no usable file among 1: 1 for another platform or Python; requires Python >=3.12",
        ),
        (
            "undated",
            "1.7 to 1.7",
            "has no usable file among 1: 1 without an upload time (the matrix may allow its index `undated: true`)",
        ),
        ("late", "2.0 to 2.1", "uploaded after 2026-01-01 (as_of)"),
        ("pre-release", "1.3rc1 to 1.5b1", "a pre-release, which nothing in the set asks for"),
    ]
    assert found.newer[-2].uploaded == LATE
    assert universe.read >= {"a 1.0"}
    assert not universe.read & {"a 1.3", "a 1.4", "a 1.5", "a 1.6", "a 1.7", "a 2.0", "a 2.1"}


def test_a_cut_off_of_its_own_is_the_one_named() -> None:
    own = {canonicalize_name("a"): datetime(2025, 6, 1, tzinfo=UTC)}
    packages: Packages = {"a": {"1.0": {}, "2.0": {"uploaded": datetime(2025, 7, 1, tzinfo=UTC)}}}
    found = explain(packages, request(row("a"), as_of_for=own), "a")
    assert told(found.newer) == [("late", "2.0 to 2.0", "uploaded after 2025-06-01 (as_of)")]


def test_known_issues_are_told_apart_from_demands() -> None:
    packages: Packages = {"a": {"1.0": {}}, "b": {v: {} for v in ("1.0", "2.0", "3.0")}}
    asked = request(row("a"), row("b<3"), constraints=[narrowing("b", "<2", ("a", "<2"))])
    found = explain(packages, asked, "b")
    assert told(found.newer) == [
        ("issue", "2.0 to 2.0", "known issue bad needs b<2"),
        ("demand", "3.0 to 3.0", "known issue bad needs b<2; matrix:b needs b<3"),
    ]
    assert [(str(issue), issue.release) for issue in found.issues] == [
        ("known issue bad needs b<2", ReleaseOrigin(name=canonicalize_name("a"), version=Version("1.0")))
    ]
    assert chains(found) == ["matrix:b needs b<3"]
    everywhere = explain(packages, request(row("b"), constraints=[narrowing("b", "<2")]), "b")
    assert told(everywhere.newer) == [("issue", "2.0 to 3.0", "known issue bad needs b<2")]
    assert [issue.release for issue in everywhere.issues] == [None]


def test_what_only_a_known_issue_brings_in_has_its_chain() -> None:
    packages = {"a": {"1.0": {}}, "b": {"1.0": {"requires": ["c"]}}, "c": {"1.0": {}}}
    asked = request(row("a"), constraints=[narrowing("b", "<2", ("a", "<2"))])
    assert chains(explain(packages, asked, "b")) == ["matrix:a needs a -> known issue bad needs b<2"]
    assert chains(explain(packages, asked, "c")) == ["matrix:a needs a -> known issue bad needs b<2 -> b 1.0 needs c"]


def test_the_strategy_prefers_and_one_newer_version_is_proved() -> None:
    universe = Universe({"a": {f"1.{minor}": {} for minor in range(300)}})
    found = Resolver(universe).explain(request(row("a>=1", recommended="1.0")), canonicalize_name("a"))
    reason = "the recommended strategy prefers 1.0; nothing excludes 1.299: a set with it was found"
    assert told(found.newer) == [("preference", "1.1 to 1.299", reason)]
    assert found.wanted is not None
    assert (found.wanted.word, found.wanted.because) == ("recommended", "")
    assert universe.read == {"a 1.0", "a 1.299"}


def test_what_a_preferred_version_itself_requires_is_named() -> None:
    packages = {
        "a": {"1.0": {}, "2.0": {"requires": ["b>=2"]}, "2.1": {"requires": ["b>=2"]}},
        "b": {"1.0": {}, "2.0": {}},
    }
    row_after = explain(packages, request(row("b", recommended="1.0"), row("a")), "a")
    assert told(row_after.newer) == [("collision", "2.0 to 2.1", "a 2.1 needs b>=2, but this set has b 1.0")]
    row_before = explain(packages, request(row("a"), row("b<2")), "a")
    assert told(row_before.newer) == [("collision", "2.0 to 2.1", "a 2.1 needs b>=2; matrix:b needs b<2")]


def test_a_row_that_could_give_way_does_not_speak_against_a_version() -> None:
    packages: Packages = {"a": {"1.0": {}, "2.0": {"requires": ["b>=2"]}}, "b": {"1.0": {}, "2.0": {}}}
    found = explain(packages, request(row("a", recommended="1.0"), row("b", recommended="1.0")), "a")
    reason = "the recommended strategy prefers 1.0; nothing excludes 2.0: a set with it was found"
    assert told(found.newer) == [("preference", "2.0 to 2.0", reason)]


INDIRECT: Packages = {
    "a": {"1.0": {}, **{f"2.{n}": {"requires": ["c"]} for n in range(6)}},
    "b": {"1.0": {"requires": ["d<2"]}},
    "c": {"1.0": {"requires": ["d>=2"]}},
    "d": {"1.0": {}, "2.0": {}},
}
"""No release of a collides with anything by its own words, only by those of c."""


def test_what_does_not_show_is_proved_by_a_search_a_few_times() -> None:
    found = explain(INDIRECT, request(row("b"), row("a")), "a")
    assert told(found.newer) == [
        ("untried", "2.0 to 2.1", found.newer[0].reason),
        (
            "conflict",
            "2.2 to 2.5",
            "no set holds 2.5: matrix:b needs b; b 1.0 needs d<2; a 2.5 needs c; c 1.0 needs d>=2",
        ),
    ]
    assert "was not tried" in found.newer[0].reason


def test_the_same_conflict_with_another_step_is_another_reason() -> None:
    packages = {**INDIRECT, "a": {**INDIRECT["a"], "2.4": {"requires": ["c>=1"]}}}
    found = explain(packages, request(row("b"), row("a")), "a")
    assert [(kind, versions) for kind, versions, _ in told(found.newer)] == [
        ("untried", "2.0 to 2.1"),
        ("conflict", "2.2 to 2.3"),
        ("conflict", "2.4 to 2.4"),
        ("conflict", "2.5 to 2.5"),
    ]


def test_a_transitive_package_is_judged_beside_the_rows() -> None:
    packages = {
        "a": {"1.0": {"requires": ["t"]}},
        "b": {"1.0": {}, "2.0": {}},
        "t": {"1.0": {}, "2.0": {"requires": ["b>=2"]}},
    }
    found = explain(packages, request(row("a"), row("b", recommended="1.0")), "t")
    assert found.wanted is None
    assert told(found.newer) == [("collision", "2.0 to 2.0", "t 2.0 needs b>=2, but this set has b 1.0")]


class Thawing(Universe):
    """A source that, like a frozen index, does not hold the metadata of one release."""

    def metadata(self, file: DistFile) -> Metadata | Refusal:
        if str(file.version) == "1.2":
            raise FrozenIndexError("the metadata of 1.2 is not in it")
        return super().metadata(file)


def test_what_only_the_strategy_keeps_out_needs_no_metadata() -> None:
    versions: Packages = {"a": {"1.0": {}, "1.1": {}, "1.2": {}}}
    found = Resolver(Thawing(versions)).explain(request(row("a", recommended="1.0")), canonicalize_name("a"))
    reason = (
        "the recommended strategy prefers 1.0; "
        "whether a set could hold 1.2 is unknown (the metadata of 1.2 is not in it)"
    )
    assert told(found.newer) == [("untried", "1.1 to 1.2", reason)]


@pytest.mark.parametrize(
    ("version", "kind", "reason"),
    [
        ("1.0", "demand", "matrix:a needs a>=2"),
        ("4.0", "absent", "the index lists no such version, only 1.0 to 3.0"),
        ("2.0", "preference", "the maximum strategy prefers 3.0; nothing excludes 2.0: a set with it was found"),
    ],
)
def test_one_version_can_be_asked_about(version: str, kind: str, reason: str) -> None:
    packages: Packages = {"a": {"1.0": {}, "2.0": {}, "3.0": {}}}
    found = explain(packages, request(row("a>=2"), strategy="maximum"), "a", version)
    assert found.asked is not None
    assert (found.asked.kind, found.asked.reason, found.newer) == (kind, reason, ())


def test_the_version_that_is_there_needs_no_excuse() -> None:
    found = explain({"a": {"1.0": {}, "2.0": {}}}, request(row("a", recommended="1.0")), "a", "1.0")
    assert (found.asked, found.newer) == (None, ())


@pytest.mark.parametrize(
    ("strategy", "recommended", "word"),
    [
        ("minimum", "1.5", "minimum"),
        ("recommended", "1.5", "recommended"),
        ("recommended", None, "newest"),
        ("maximum", "1.5", "newest"),
    ],
)
def test_what_was_wanted_has_a_word(strategy: str, recommended: str | None, word: str) -> None:
    packages: Packages = {"a": {"1.0": {}, "1.5": {}, "2.0": {}}}
    found = explain(packages, request(row("a>=1.0", recommended=recommended), strategy=strategy), "a")
    assert found.wanted is not None
    assert (found.wanted.word, found.wanted.version) == (word, found.version)


def test_a_package_that_is_not_there() -> None:
    packages = {"a": {"1.0": {"requires": ["colorama>=1; sys_platform == 'win32'", "requests; extra == 'web'"]}}}
    asked = request(row("a"))
    found = explain(packages, asked, "colorama")
    assert (found.version, found.unused) == (None, ('a 1.0 needs colorama>=1 only where sys_platform == "win32"',))
    assert explain(packages, asked, "requests").unused == ('a 1.0 needs requests only where extra == "web"',)
    assert explain(packages, asked, "nowhere").unused == ()


def test_a_slip_in_a_name_is_noticed() -> None:
    packages: Packages = {"httptools": {"1.0": {}}, "other": {"1.0": {}}}
    assert explain(packages, request(row("httptools"), row("other")), "httptool").near == ("httptools",)


def test_a_name_that_only_building_needs() -> None:
    packages = {"a": {"1.0": {"files": ["sdist"], "build": ["hatch"]}}, "hatch": {"2.0": {}}}
    found = explain(packages, request(row("a"), sdists=["a"]), "hatch")
    assert found.unused == ("hatch 2.0 is only used to build an sdist of the set (build-constraints.txt)",)


def test_where_there_is_no_set_the_rows_and_the_conflict_are_told() -> None:
    packages = {"a": {"1.0": {"requires": ["b<1"]}}, "b": {"1.0": {}}}
    found = explain(packages, request(row("a"), row("b")), "b")
    assert found.version is None
    assert found.unsolved is not None
    assert (chains(found), found.unsolved.collisions) == (["matrix:b needs b"], ("a 1.0 needs b<1",))


def test_a_row_the_index_does_not_know() -> None:
    found = explain({"a": {"1.0": {}}}, request(row("a"), row("ghost")), "a")
    assert found.unsolved is not None
    assert [str(refusal) for refusal in found.unsolved.refusals] == ["ghost is no project the index knows"]


def test_a_row_keeps_its_place_when_it_is_demanded_again() -> None:
    """The rows are served in matrix order, whatever else the request demands of them."""
    packages = {
        "a": {"1.0": {}, "2.0": {"requires": ["c<2"]}},
        "b": {"1.0": {}, "2.0": {"requires": ["d"]}},
        "c": {"1.0": {}, "2.0": {}},
        "d": {"1.0": {"requires": ["c>=2"]}},
    }
    plain = request(row("a"), row("b"))
    again = request(
        row("a"), row("b"), demands=Resolver(Universe(packages)).explain(plain, canonicalize_name("a")).chains[0]
    )
    for asked in (plain, again):
        outcome = Resolver(Universe(packages)).solve(asked)
        assert isinstance(outcome, Solved)
        assert {pin.name: str(pin.version) for pin in outcome.pins} == {"a": "2.0", "b": "1.0", "c": "1.0"}


def test_the_date_is_that_of_the_first_file() -> None:
    found = explain({"a": {"1.0": {}}}, request(row("a")), "a")
    assert found.uploaded is not None
    assert found.uploaded < AS_OF
