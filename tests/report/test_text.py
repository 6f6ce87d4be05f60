"""A render in words."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name
from packaging.version import Version

from lockgen.model.answer import Answer, Section
from lockgen.model.conflict import Demand
from lockgen.model.index import Metadata
from lockgen.model.phase import PhaseFacts
from lockgen.model.platform import Platform
from lockgen.model.refusal import Refusal
from lockgen.model.request import Request, Row, Strategy
from lockgen.model.result import Deviation, Pin, Solved, TargetResult, Unsolved, Unsupported
from lockgen.model.target import Target, make_target
from lockgen.report.layout import answer_text
from lockgen.report.render import RenderedSets, files_text, nearest, no_points, render_answer
from tests.records import origin

AS_OF = datetime(2026, 11, 20, tzinfo=UTC)
LINUX = Platform(name="linux-x86_64", os="linux", arch="x86_64", libc="glibc", version=(2, 28))
MAC = Platform(name="macos-arm64", os="macos", arch="arm64", version=(13, 0))
ONE, TWO, THREE = make_target("3.11", LINUX), make_target("3.12", LINUX), make_target("3.12", MAC)
FACTS = PhaseFacts(phase="1", title="Conservative", revision=1, as_of=AS_OF, strategy="recommended", command="")


def row(name: str, minimum: str | None = None, recommended: str | None = None) -> Row:
    return Row(
        name=canonicalize_name(name),
        specifier=SpecifierSet(),
        minimum=Version(minimum) if minimum else None,
        recommended=Version(recommended) if recommended else None,
        where="phase-1.yaml:31",
    )


ROWS = (row("starlette", "0.27.0", "0.32.0"), row("orjson", "3.9.0"))


def ask(target: Target, rows: tuple[Row, ...] = ROWS, strategy: Strategy = "recommended") -> Request:
    return Request(target=target, strategy=strategy, rows=rows, as_of=AS_OF)


def yes(target: Target, pins: dict[str, str], *, because: str = "", **asked) -> TargetResult:
    outcome = Solved(
        target=target,
        pins=tuple(_pin(name, version) for name, version in pins.items()),
        deviations=tuple(
            Deviation(name=canonicalize_name(name), wanted=Version("0.32.0"), got=Version(pins[name]), because=because)
            for name in pins
            if because and name == "starlette"
        ),
        snapshot="",
    )
    return TargetResult(request=ask(target, **asked), outcome=outcome)


def _pin(name: str, version: str) -> Pin:
    metadata = Metadata(name=canonicalize_name(name), version=Version(version))
    return Pin(name=metadata.name, version=metadata.version, files=(), metadata=metadata)


def no(target: Target, *refusals: Refusal, core: tuple[Demand, ...] = ()) -> TargetResult:
    return TargetResult(request=ask(target), outcome=Unsolved(target=target, core=core, refusals=refusals, snapshot=""))


def absent(name: str) -> Refusal:
    return Refusal(kind="absent", name=canonicalize_name(name), reason="is no project the index knows")


def demand(name: str, specifier: str, by: str = "phase-1.yaml:31") -> Demand:
    return Demand(name=canonicalize_name(name), specifier=SpecifierSet(specifier), origin=origin(by))


def sets(cells, unsupported=(), facts: PhaseFacts = FACTS) -> RenderedSets:
    return RenderedSets(facts=facts, cells=tuple(cells), unsupported=tuple(unsupported))


def outcome_text(facts: PhaseFacts, cells, unsupported, known=()) -> str:
    return answer_text(render_answer([sets(cells, unsupported, facts)], known, verbose=True))


def nos_text(facts: PhaseFacts, cells, known=()) -> str:
    points = tuple(no_points([sets(cells, (), facts)], known))
    return answer_text(Answer(state="bad", verdict="", sections=(Section(points=points),))).lstrip("\n")


def test_a_table_tells_what_was_wanted_what_came_and_where() -> None:
    why = "fastapi 0.99.1 needs starlette<0.28.0"
    cells = [
        yes(ONE, {"starlette": "0.27.0", "orjson": "3.11.5"}, because=why),
        yes(TWO, {"starlette": "0.32.0", "orjson": "3.11.5"}),
        yes(THREE, {"starlette": "0.32.0", "orjson": "3.11.5"}),
    ]
    assert outcome_text(FACTS, cells, ()).splitlines() == [
        "3 of 3 targets have a set, 1 of 6 rows not as wanted; files: nothing to do",
        "  not as wanted",
        "    starlette 0.27.0 instead of 0.32.0 (py3.11-linux-x86_64)",
        f"        {why}",
        "  phase 1: Conservative (recommended, as of 2026-11-20)",
        "    package    wanted  rendered  where",
        "    starlette  0.32.0  0.27.0    py3.11-linux-x86_64",
        "                       0.32.0    py3.12-*",
        "    orjson     newest  3.11.5    all",
    ]


def test_a_single_target_goes_by_its_name() -> None:
    text = outcome_text(FACTS, [yes(ONE, {"starlette": "0.32.0"})], ())
    assert text.splitlines()[-1].endswith("0.32.0    py3.11-linux-x86_64")


def test_the_targets_of_a_row_are_those_it_is_for() -> None:
    """`all` of a row that some targets do not have is not all targets."""
    cells = [yes(ONE, {"starlette": "0.32.0"}, rows=ROWS[:1]), yes(TWO, {"starlette": "0.32.0", "orjson": "3.11.5"})]
    lines = outcome_text(FACTS, cells, ()).splitlines()
    assert lines[-2].endswith("all")
    assert lines[-1].endswith("py3.12-linux-x86_64")


def test_a_version_that_something_else_brought_names_its_targets_too() -> None:
    """idna is a row on one target and comes with anyio on the others."""
    pins = {"starlette": "0.32.0", "orjson": "3.11.5"}
    cells = [yes(ONE, pins), *(yes(each, {**pins, "orjson": "3.13.0"}, rows=ROWS[:1]) for each in (TWO, THREE))]
    lines = outcome_text(FACTS, cells, ()).splitlines()
    assert lines[-2].endswith("3.11.5    py3.11-linux-x86_64")
    assert lines[-1].endswith("3.13.0    py3.12-*")


@pytest.mark.parametrize(
    ("strategy", "wanted"),
    [
        ("recommended", ["0.32.0", "newest", "newest"]),
        ("minimum", ["0.27.0", "3.9.0", "oldest"]),
        ("maximum", ["newest", "newest", "newest"]),
    ],
)
def test_wanted_is_what_the_strategy_goes_for(strategy: Strategy, wanted: list[str]) -> None:
    rows = (*ROWS, row("anyio"))
    cell = yes(ONE, {"starlette": "1", "orjson": "2", "anyio": "3"}, rows=rows, strategy=strategy)
    text = outcome_text(replace(FACTS, strategy=strategy), [cell], ())
    assert [line.split()[1] for line in text.splitlines()[3:]] == wanted


def test_a_no_is_told_with_its_core_and_the_refusals() -> None:
    core = (demand("orjson", ">=3.9"), demand("orjson", "<3.9", "fastapi 0.99.1"))
    refusals = [
        Refusal(kind="sdist", name=canonicalize_name("orjson"), version=Version(version), reason="is only an sdist")
        for version in ("3.12.0", "3.11.0", "3.10.0")
    ]
    text = outcome_text(FACTS, [no(ONE, *refusals, core=core), no(TWO, *refusals, core=core)], ())
    assert text.splitlines() == [
        "0 of 2 targets have a set; files: nothing to do",
        "  no set",
        "    no set for all",
        f"        these demands cannot hold together: {'; '.join(map(str, core))}",
        "        orjson 3.12.0 is only an sdist (and 2 more releases)",
        "  phase 1: Conservative (recommended, as of 2026-11-20)",
    ]


def test_one_demand_that_cannot_be_had_is_no_quarrel() -> None:
    text = nos_text(FACTS, [no(ONE, core=(demand("orjson", ">=99"),))])
    assert text.endswith("these demands cannot be had: phase-1.yaml:31 needs orjson>=99")


def test_only_the_nos_each_with_its_phase() -> None:
    cells = [yes(ONE, {"starlette": "0.32.0"}), no(TWO, absent("one")), no(THREE, absent("two"))]
    assert nos_text(FACTS, cells) == (
        "  no set for py3.12-linux-x86_64\n"
        "      one is no project the index knows\n"
        "  no set for py3.12-macos-arm64\n"
        "      two is no project the index knows"
    )
    assert nos_text(FACTS, cells[:1]) == ""


@pytest.mark.parametrize("core", [(), (demand("httpxx", ">=0.23"),)])
def test_an_unknown_name_comes_with_the_nearest_known_ones(core: tuple[Demand, ...]) -> None:
    cells = [no(ONE, absent("httpxx"), core=core)]
    said = "httpxx is no project the index knows: did you mean httpx or httpx2?"
    known = {"httpxx", "httpx2", "httpx", "fastapi"}
    assert said in outcome_text(FACTS, cells, (), known)
    assert said in nos_text(FACTS, cells, known)
    assert "did you mean" not in outcome_text(FACTS, cells, ())
    assert nearest(cells, known) == {"httpxx": ["httpx", "httpx2"]}


def test_no_name_is_suggested_that_is_not_there_or_not_like_it() -> None:
    cells = [no(ONE, absent("httpxx"), absent("httpxxx"), absent("nothing-like-it"))]
    assert nearest(cells, {"httpxx", "httpxxx", "fastapi"}) == {}


def test_a_release_that_is_refused_is_no_misspelled_name() -> None:
    refusal = Refusal(kind="yanked", name=canonicalize_name("httpxx"), version=Version("1"), reason="is yanked")
    assert nearest([no(ONE, refusal)], {"httpx"}) == {}


def test_unsupported_targets_are_grouped_by_reason() -> None:
    unsupported = [
        Unsupported(target=make_target("3.7", LINUX), reason="needs 3.8+", remedy="Use flask."),
        Unsupported(target=make_target("3.7", MAC), reason="needs 3.8+", remedy="Use flask."),
        Unsupported(target=THREE, reason="no wheels", remedy=""),
    ]
    lines = outcome_text(FACTS, [yes(ONE, {"starlette": "0.32.0"})], unsupported).splitlines()
    assert lines[0].startswith("1 of 1 targets have a set, 3 unsupported")
    assert lines[-5:] == [
        "  unsupported",
        "    py3.7-*",
        "        needs 3.8+. Use flask.",
        "    py3.12-macos-arm64",
        "        no wheels.",
    ]


def test_nothing_asked_is_a_heading() -> None:
    assert outcome_text(FACTS, [], ()).splitlines() == [
        "0 of 0 targets have a set; files: nothing to do",
        "  phase 1: Conservative (recommended, as of 2026-11-20)",
    ]


def test_what_is_zero_is_not_said() -> None:
    assert files_text({"created": 31, "changed": 0, "removed": 2}) == "31 created, 2 removed"
    assert files_text({"created": 0}) == "nothing to do"
