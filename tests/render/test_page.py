"""report.html from hand-made records: nothing anybody wrote becomes markup, and the same page gives the same bytes."""

from __future__ import annotations

from dataclasses import fields, is_dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any, get_args

import pytest

from lockgen.errors import TemplateError
from lockgen.model.lint import Severity
from lockgen.model.report import (
    DriftSection,
    FindingSection,
    GridCell,
    Lane,
    LaneSpan,
    Mark,
    PackageSection,
    PhaseDriftSection,
    PhaseSection,
    ReportPage,
    TargetLine,
    Timeline,
    TimelineChange,
    VersionSection,
)
from lockgen.model.report_overview import (
    LETTERS,
    STATES,
    PageOrigin,
    PinAge,
    ProvedTargets,
    ReasonGroup,
    ReportHead,
    SetSpan,
    StateCount,
    TargetLane,
)
from lockgen.render.environment import html_templates
from lockgen.render.report_html import TEMPLATE, page_html
from lockgen.render.report_script import HASH, SCRIPT
from tests.render.reading import Reading

TEXT = (Path(__file__).parents[2] / "templates" / TEMPLATE).read_text(encoding="utf-8")
TEMPLATES = html_templates({TEMPLATE: TEXT})
NAMES: dict[Mark, str] = {
    "wanted": "fastapi",
    "below": "starlette",
    "above": "uvloop",
    "brought": "idna",
    "absent": "colorama",
}
CELLS = tuple(
    GridCell(
        mark=mark,
        version="" if mark == "absent" else "1.0",
        wanted="2.0" if mark in {"below", "above"} else "",
        is_sdist=mark == "brought",
    )
    for mark in NAMES
)
LINES = (
    TargetLine(
        name="py3.7-linux", python="3.7", platform="linux", status="unsupported", reason=("too old", "use flask")
    ),
    TargetLine(
        name="py3.8-linux",
        python="3.8",
        platform="linux",
        status="solved",
        cells=CELLS,
        level="fetched",
        failed="installed",
        proofs=("fetched: proved by pip 26.3", "installed: FAILED, no compiler"),
        issues=(("segfault", "update"),),
        notes=("an extra that does not exist",),
    ),
    TargetLine(
        name="py3.8-mac", python="3.8", platform="mac", status="unsolved", reason=("they collide", "here"), cells=()
    ),
    TargetLine(
        name="py3.9-linux",
        python="3.9",
        platform="linux",
        status="solved",
        cells=(replace(CELLS[0], drift="to 1.1"), *CELLS[1:]),
        drifted=("moved: fastapi 1.0 -> 1.1",),
        level="smoked",
    ),
    TargetLine(
        name="py3.9-mac",
        python="3.9",
        platform="mac",
        status="solved",
        cells=CELLS,
        broken=("gone: fastapi 1.0: the release is no longer listed",),
        level="installed",
    ),
    TargetLine(name="py3.10-mac", python="3.10", platform="mac", status="unrendered", reason=("not rendered",)),
    TargetLine(name="py3.10-linux", python="3.10", platform="linux", status="solved", cells=CELLS, level="closed"),
)
PACKAGES = tuple(
    PackageSection(
        name=name,
        is_direct=mark not in {"brought", "absent"},
        published="minimum 1.0",
        versions=(
            VersionSection(
                version="1.0", where="all 2 targets", mark=mark, wanted="2.0", because="why", asked=("who",)
            ),
        ),
        refused=("3.0 is yanked",),
        issues=("an issue",),
    )
    for mark, name in NAMES.items()
)
TIMELINE = Timeline(
    since=date(2023, 1, 1),
    until=date(2025, 1, 1),
    lanes=(Lane(package="fastapi", spans=(LaneSpan(start=date(2023, 1, 1), end=date(2025, 1, 1), version="0.99.1"),)),),
    solved=((date(2023, 1, 1), 0), (date(2024, 1, 1), 2)),
    targets=(
        TargetLane(
            where="all 2 targets",
            spans=(
                SetSpan(start=date(2023, 1, 1), end=date(2024, 1, 1), has_set=False),
                SetSpan(start=date(2024, 1, 1), end=date(2025, 1, 1), has_set=True),
            ),
        ),
    ),
    moves=(TimelineChange(day=date(2024, 1, 1), package="idna", what="1 to 2", where="all", cause="idna 2"),),
)
PHASE = PhaseSection(
    phase="1",
    title="Conservative",
    revision=3,
    as_of="2026-11-20",
    command="lockgen render --phase 1",
    counts=("1 of 2 targets solved", "1 FAILED"),
    targets=LINES,
    packages=PACKAGES,
    drift=PhaseDriftSection(
        summary="1 of 2 targets drifted",
        found=(DriftSection(kind="yanked", headline="idna 1: broken", where="all", details=("more",)),),
        notes=("held back",),
    ),
    timeline=TIMELINE,
)
FINDING = FindingSection(
    severity="error",
    rule="recommended-conflict",
    where="phase-1.yaml:1:2",
    text="cannot be.",
    steps=("a",),
    phases=("1",),
)
HEAD = ReportHead(
    verdict="3 of 5 sets are broken, 1 has drifted",
    state="broken",
    counts=tuple(StateCount(state=state, count=place) for place, state in enumerate(STATES)),
    origin=PageOrigin(day=date(2026, 11, 29), lockgen="1.2.3", index="the frozen index"),
)
PAGE = ReportPage(
    head=HEAD,
    phases=(PHASE,),
    findings=(FINDING, replace(FINDING, accepted="published table")),
    broken=(ReasonGroup(where="py3.8-mac", what="they collide", details=("here",), anchor=("1", "py3.8-mac")),),
    proved=(
        ProvedTargets(level="smoked", means="it ran", where="py3.9-linux"),
        ProvedTargets(level="installed", means="so", where=""),
        ProvedTargets(level="fetched", means="so", where=""),
        ProvedTargets(level="closed", means="so", where=""),
    ),
    unsupported=(ReasonGroup(where="py3.7-*", what="too old. use flask", anchor=("1", "py3.7-linux")),),
    unrendered="py3.10-mac",
    ages=tuple(
        PinAge(
            name="fastapi",
            version=f"1.{number}",
            uploaded=date(2025, 11, 29),
            days=365 - number,
            text="1 year",
            where="all 2 targets",
        )
        for number in range(14)
    ),
    issues=("x: over",),
)

HOSTILE = "\"'><script>alert(1)</script><img src=x onerror=alert(1)></style><!-- {{ 7 * 7 }} &amp; ]]>"
CHOSEN = {"mark", "status", "severity", "level", "python", "platform", "phase", "phases", "state", "anchor"}
"""Fields whose words are lockgen's own, or that only stand beside others of the page (below they are hostile too)."""


def hostile(value: Any, key: str = "") -> Any:
    """The same records with hostile words in every text."""
    if isinstance(value, str):
        return value if key in CHOSEN or not value else f"{value}{HOSTILE}"
    if isinstance(value, tuple):
        return tuple(hostile(each, key) for each in value)
    if is_dataclass(value) and not isinstance(value, type):
        return replace(
            value, **{each.name: hostile(getattr(value, each.name), each.name) for each in fields(value) if each.init}
        )
    return value


def test_the_page_says_what_the_records_say() -> None:
    html = page_html(PAGE, TEMPLATES)
    words = " ".join(Reading(html).text.split())
    assert "Phase 1: Conservative" in words
    assert "1.0 older than the wanted 2.0" in words
    assert "1.0 newer than the wanted 2.0" in words
    assert "fetched, installed FAILED" in words
    assert "no set: they collide" in words
    assert "not supported: too old. use flask" in words
    assert "1.0 sdist" in words
    assert "yanked idna 1: broken (all)" in words
    assert "error cannot be. phase-1.yaml:1:2 recommended-conflict a" in words
    assert "Accepted in the matrices (1)" in words
    assert "accepted: published table" in words
    assert "2024-01-01 idna 1 to 2 all idna 2" in words
    assert "fastapi 0.99.1 from 2023-01-01 to 2025-01-01" in words


def test_the_head_gives_the_verdict_and_a_link_to_every_state() -> None:
    reading = Reading(page_html(PAGE, TEMPLATES))
    words = " ".join(reading.text.split())
    assert "3 of 5 sets are broken, 1 has drifted 2026-11-29 · lockgen 1.2.3 · answered by the frozen index" in words
    assert "matrix revision 3, as of 2026-11-20" in words
    counted = "B 0 broken D 1 drifted S 2 smoked I 3 installed F 4 fetched C 5 closed N 6 not rendered \N{EN DASH} 7 not supported"
    assert counted in words
    ids = {attributes.get("id") for _, attributes in reading.elements}
    links = [each["href"][1:] for each in reading.all("a") if each.get("class", "").startswith("count")]
    assert links == ["broken", "drift", "smoked", "installed", "fetched", "closed", "unrendered", "unsupported"]
    assert set(links) <= ids


def test_each_cell_of_the_overview_has_a_letter_and_leads_to_its_reason() -> None:
    reading = Reading(page_html(PAGE, TEMPLATES))
    cells = {each["data-t"]: each["class"].split() for each in reading.all("td") if "data-t" in each}
    assert cells.keys() == {line.name for line in LINES}
    labels = {each["href"]: each["aria-label"] for each in reading.all("a") if "aria-label" in each}
    for line in LINES:
        assert f"st-{line.state}" in cells[line.name]
        assert ("ok" in cells[line.name]) == (not line.is_problem)
        assert labels[f"#t0-{line.name}"].startswith(f"{LETTERS[line.state]}: {line.name} ")
    assert {line.state for line in LINES} == {*STATES} - {"smoked", "installed", "fetched"}
    titles = {each["href"]: each["title"] for each in reading.all("a") if "title" in each}
    assert titles["#t0-py3.9-linux"] == "py3.9-linux: moved: fastapi 1.0 -> 1.1"
    assert titles["#t0-py3.8-mac"] == "py3.8-mac: they collide"


def test_problems_stand_in_their_rows() -> None:
    words = " ".join(Reading(page_html(PAGE, TEMPLATES)).text.split())
    assert "py3.8-mac no set: they collide" in words
    assert "py3.9-mac installed broken: gone: fastapi 1.0: the release is no longer listed" in words
    assert "py3.8-linux fetched, installed FAILED broken: installed: FAILED, no compiler" in words
    assert "py3.9-linux smoked drifted 1.0 to 1.1" in words
    assert "py3.10-mac not rendered" in words
    assert "broken py3.8-mac: they collide here" in words


def test_age_and_the_life_of_sets_are_drawn_and_written() -> None:
    reading = Reading(page_html(PAGE, TEMPLATES))
    words = " ".join(reading.text.split())
    assert "all 2 targets: no set from 2023-01-01 to 2024-01-01" in words
    assert "all 2 targets: set from 2024-01-01 to 2025-01-01" in words
    assert "fastapi 1.0 1 year 2025-11-29 all 2 targets" in words
    assert "2 younger ones" in words
    assert [each["width"] for each in reading.all("rect") if each["height"] == "10"][:4] == [
        "100",
        "100.0",
        "100",
        "99.7",
    ]


def test_only_the_pages_own_script_may_run() -> None:
    """The policy names its hash; what else would get in does not run, whatever it says."""
    reading = Reading(page_html(hostile(PAGE), TEMPLATES))
    assert reading.script == SCRIPT
    policy = next(each["content"] for each in reading.all("meta") if "http-equiv" in each)
    assert f"script-src '{HASH}';" in policy
    assert policy.startswith("default-src 'none'; ")


@pytest.mark.parametrize("severity", get_args(Severity))
def test_a_finding_of_every_severity_is_shown(severity: Severity) -> None:
    found = replace(PAGE, findings=(replace(FINDING, severity=severity),))
    words = " ".join(Reading(page_html(found, TEMPLATES)).text.split())
    assert f"{severity} cannot be. phase-1.yaml:1:2" in words


def test_what_was_not_asked_for_is_said() -> None:
    bare = replace(PAGE, phases=(replace(PHASE, drift=None, timeline=None),), findings=(), ages=())
    words = Reading(page_html(bare, TEMPLATES)).text
    assert "Not looked for: no sets of this phase are committed" in words
    assert "History was not asked for" in words
    assert "Nothing that the matrices do not accept" in words
    assert "<svg" not in page_html(bare, TEMPLATES)


def test_it_needs_nothing_and_leads_nowhere() -> None:
    html = page_html(PAGE, TEMPLATES)
    assert Reading(html).dangers() == []
    assert "://" not in html
    assert Reading(html).broken_links() == set()


NAMED = replace(
    PAGE,
    phases=(replace(PHASE, phase=HOSTILE),),
    findings=tuple(replace(each, phases=(HOSTILE,)) for each in PAGE.findings),
    broken=tuple(replace(each, anchor=(HOSTILE, each.anchor[1])) for each in PAGE.broken),
    unsupported=tuple(replace(each, anchor=(HOSTILE, each.anchor[1])) for each in PAGE.unsupported),
)


@pytest.mark.parametrize("page", [hostile(PAGE), hostile(NAMED)])
def test_nothing_anybody_wrote_becomes_markup(page: ReportPage) -> None:
    calm, reading = Reading(page_html(PAGE, TEMPLATES)), Reading(page_html(page, TEMPLATES))
    assert [tag for tag, _ in reading.elements] == [tag for tag, _ in calm.elements]
    assert reading.dangers() == []
    assert reading.text.count("<script>alert(1)</script>") > 50
    assert reading.style == calm.style
    assert "49" not in reading.text


def test_python_and_platform_are_words_too() -> None:
    lines = tuple(replace(line, python=HOSTILE, platform=HOSTILE) for line in LINES)
    reading = Reading(page_html(replace(PAGE, phases=(replace(PHASE, targets=lines),)), TEMPLATES))
    assert reading.dangers() == []
    assert HOSTILE in reading.text


def test_control_characters_and_marks_that_turn_text_around_are_gone() -> None:
    html = page_html(replace(PAGE, issues=("a\x00b\x1bc\u202ed\ue000\ud800e",)), TEMPLATES)
    html.encode()
    assert not {"\x00", "\x1b", "\u202e", "\ud800"} & set(html)


def test_same_records_same_bytes() -> None:
    assert page_html(hostile(PAGE), TEMPLATES) == page_html(hostile(PAGE), html_templates({TEMPLATE: TEXT}))


def test_a_template_of_ones_own_stands_in() -> None:
    mine = html_templates({TEMPLATE: TEXT}, {TEMPLATE: "{{ page.phases[0].title }}|{{ 1 / 0 if false }}"})
    assert page_html(hostile(PAGE), mine).startswith("Conservative&#34;&#39;&gt;&lt;script&gt;")
    with pytest.raises(TemplateError) as caught:
        page_html(PAGE, html_templates({TEMPLATE: "\n{{ page.nothing }}"}))
    assert caught.value.where == f"{TEMPLATE}:2"
