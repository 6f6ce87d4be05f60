"""Two answers side by side: hand-made cells, every kind of difference, and words that try to become markup."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name
from packaging.version import Version

from lockgen.compare.compare import compare
from lockgen.model.change import is_major
from lockgen.model.compare import Comparison
from lockgen.model.conflict import Demand
from lockgen.model.index import Metadata
from lockgen.model.phase import PhaseFacts
from lockgen.model.platform import Platform
from lockgen.model.request import Request
from lockgen.model.result import IssueNote, Pin, Solved, TargetResult, Unsolved, Unsupported
from lockgen.model.target import Target, make_target
from lockgen.report.compare import comparison_answer, comparison_json, comparison_markdown
from lockgen.report.layout import answer_text
from lockgen.text.safe import code_span, html, markdown
from tests.records import origin

GOLDEN = Path(__file__).parent / "golden" / "comparison.md"
AS_OF = datetime(2026, 11, 20, tzinfo=UTC)
LINUX = Platform(name="linux-x86_64", os="linux", arch="x86_64", libc="glibc", version=(2, 28))
MAC = Platform(name="macos-arm64", os="macos", arch="arm64", version=(13, 0))
OLD, ONE, TWO, THREE = (
    make_target("3.7", LINUX),
    make_target("3.11", LINUX),
    make_target("3.12", LINUX),
    make_target("3.12", MAC),
)
FROM = PhaseFacts(phase="1", title="Before", revision=1, as_of=AS_OF, strategy="recommended", command="")
TO = PhaseFacts(phase="2", title="After", revision=3, as_of=AS_OF, strategy="recommended", command="")
SEGFAULT = IssueNote(id="uvloop-segfault", title="uvloop segfault", solution="uvloop >= 0.19.0")
SHUTDOWN = IssueNote(id="shutdown", title="no shutdown", solution="uvicorn >= 0.24.0")
HOSTILE = [
    "a | b",
    "`code` **bold** _it_",
    "<script>alert(1)</script>",
    "a\n\n# head\n| x | y |\n|---|---|",
    "[x](y) ~~z~~",
]


def comparison_text(facts, compared) -> str:
    return answer_text(comparison_answer(facts, compared))


def yes(target: Target, pins: dict[str, str], *issues: IssueNote) -> TargetResult:
    outcome = Solved(target=target, pins=tuple(_pin(*each) for each in pins.items()), snapshot="")
    return TargetResult(request=_ask(target), outcome=outcome, issues=issues)


def no(target: Target, by: str = "phase-2.yaml:31") -> TargetResult:
    core = (Demand(name=canonicalize_name("uvloop"), specifier=SpecifierSet(">=9"), origin=origin(by)),)
    return TargetResult(request=_ask(target), outcome=Unsolved(target=target, core=core, snapshot=""))


def never(target: Target, reason: str = "FastAPI requires 3.8+", remedy: str = "Use flask.") -> Unsupported:
    return Unsupported(target=target, reason=reason, remedy=remedy)


def _ask(target: Target) -> Request:
    return Request(target=target, strategy="recommended", rows=(), as_of=AS_OF)


def _pin(name: str, version: str) -> Pin:
    metadata = Metadata(name=canonicalize_name(name), version=Version(version))
    return Pin(name=metadata.name, version=metadata.version, files=(), metadata=metadata)


def rich() -> Comparison:
    """Every kind of difference at once."""
    before: list[TargetResult | Unsupported] = [
        never(OLD),
        yes(ONE, {"fastapi": "0.99.1", "orjson": "3.9.0", "click": "8.1.7"}, SEGFAULT),
        yes(TWO, {"fastapi": "0.99.1", "orjson": "3.9.0", "click": "8.1.7"}, SEGFAULT, SHUTDOWN),
        yes(THREE, {"fastapi": "0.99.1"}),
    ]
    after: list[TargetResult | Unsupported] = [
        yes(OLD, {"fastapi": "0.115.0"}),
        yes(ONE, {"fastapi": "0.115.0", "pydantic-core": "2.16.1", "click": "8.1.8"}, SHUTDOWN),
        yes(TWO, {"fastapi": "0.115.0", "pydantic-core": "2.18.4", "click": "8.1.8"}, SHUTDOWN),
        no(THREE),
    ]
    return compare(before, after)


@pytest.mark.parametrize(
    ("before", "after", "major"),
    [
        ("1.10.13", "2.6.0", True),
        ("1.10.13", "1.10.27", False),
        ("1.0", "1.99", False),
        ("0.27.0", "0.28.0", True),
        ("0.27.0", "0.27.2", False),
        ("0.0.6", "0.0.7", True),
        ("0.0.6", "0.1.0", True),
        ("0.24.0", "1.0.0", True),
        ("1", "1.0.0", False),
        ("0", "0.0.0.1", True),
        ("1.0", "1.0.post1", False),
        ("1.0rc1", "1.0", False),
        ("2.0", "1!2.0", True),
    ],
)
def test_a_major_step_is_one_of_the_first_release_number_that_is_not_zero(
    before: str, after: str, *, major: bool
) -> None:
    assert is_major(Version(before), Version(after)) is major
    assert is_major(Version(after), Version(before)) is major


releases = st.lists(st.integers(0, 2), min_size=1, max_size=4).map(lambda numbers: Version(".".join(map(str, numbers))))


@given(releases, releases, releases)
def test_steps_that_are_not_major_add_up_to_one_that_is_not(one: Version, two: Version, three: Version) -> None:
    if not is_major(one, two) and not is_major(two, three):
        assert not is_major(one, three)


def test_packages_come_go_and_move() -> None:
    told = [(each.what.kind, each.what.name, each.where, each.what.is_major) for each in rich().changes]
    assert told == [
        ("added", "pydantic-core", "py3.11-linux-x86_64", False),
        ("added", "pydantic-core", "py3.12-linux-x86_64", False),
        ("removed", "orjson", "all", False),
        ("moved", "click", "all", False),
        ("moved", "fastapi", "all", True),
    ]


def test_support_is_gained_and_lost() -> None:
    found = {target.name: target for target in rich().targets}
    assert [name for name, target in found.items() if target.is_gained] == [OLD.name]
    assert [name for name, target in found.items() if target.is_lost] == [THREE.name]
    assert not found[OLD.name].changes, "a whole set gained is not thirty packages added"
    assert found[OLD.name].before.reason == "FastAPI requires 3.8+. Use flask."
    assert found[THREE.name].after.reason == "phase-2.yaml:31 needs uvloop>=9"


def test_known_issues_appear_and_go() -> None:
    assert [(each.what.kind, each.what.issue.id, each.where) for each in rich().issues] == [
        ("appears", "shutdown", "py3.11-linux-x86_64"),
        ("goes", "uvloop-segfault", "all"),
    ]


@pytest.mark.parametrize(
    "answer", [yes(ONE, {"click": "8.1.7"}, SEGFAULT), no(ONE), never(ONE)], ids=["yes", "no", "never"]
)
def test_a_side_beside_itself_has_no_difference(answer: TargetResult | Unsupported) -> None:
    assert compare([answer], [answer]).is_same


def test_a_target_that_one_side_does_not_know_is_absent_there() -> None:
    compared = compare([yes(ONE, {}), yes(TWO, {})], [yes(TWO, {}), yes(THREE, {})])
    assert [(each.name, each.before.status, each.after.status) for each in compared.targets] == [
        (ONE.name, "solved", "absent"),
        (TWO.name, "solved", "solved"),
        (THREE.name, "absent", "solved"),
    ]
    assert [target.is_same for target in compared.targets] == [False, True, False]
    assert "absent: no target of the phase" in comparison_text((FROM, TO), compared)


def test_one_way_of_having_no_set_is_not_the_other() -> None:
    compared = compare([never(ONE)], [no(ONE)])
    (target,) = compared.targets
    assert not target.is_same
    assert not target.is_gained
    assert not target.is_lost
    assert "changed  py3.11-linux-x86_64  unsupported: FastAPI requires 3.8+" in comparison_text((FROM, TO), compared)


def test_two_reasons_for_no_set_are_both_said() -> None:
    text = comparison_text((FROM, TO), compare([no(ONE, "one.yaml:1")], [no(ONE, "two.yaml:2")]))
    assert "nothing to compare" in text
    assert "no set: one.yaml:1 needs uvloop>=9 -> no set: two.yaml:2 needs uvloop>=9" in text


def test_the_text_names_the_targets_of_everything() -> None:
    assert comparison_text((FROM, TO), rich()).splitlines() == [
        "phase 1 to phase 2: 4 of 4 targets differ (recommended, as of 2026-11-20)",
        "  support",
        "    gained  py3.7-linux-x86_64  unsupported: FastAPI requires 3.8+. Use flask. -> has a set",
        "    lost    py3.12-macos-arm64  has a set -> no set: phase-2.yaml:31 needs uvloop>=9",
        "  packages",
        "    added    pydantic-core  2.16.1                    py3.11-linux-x86_64",
        "    added    pydantic-core  2.18.4                    py3.12-linux-x86_64",
        "    removed  orjson         3.9.0                     all",
        "    moved    click          8.1.7 -> 8.1.8            all",
        "    moved    fastapi        0.99.1 -> 0.115.0  major  all",
        "  known issues",
        "    appears  shutdown         py3.11-linux-x86_64  no shutdown",
        "    goes     uvloop-segfault  all                  uvloop segfault",
    ]


def test_the_markdown_is_byte_for_byte_the_golden_one() -> None:
    assert comparison_markdown((FROM, TO), rich()).encode() == GOLDEN.read_bytes()


def test_targets_that_differ_alike_share_a_fold() -> None:
    pins = ({"click": "8.1.7"}, {"click": "8.1.8"})
    compared = compare(*([yes(target, side) for target in (ONE, TWO, THREE)] for side in pins))
    text = comparison_markdown((FROM, TO), compared)
    assert text.count("<details>") == text.count("</details>") == 1
    assert "<details><summary>all: 1 moved</summary>\n\n- moved `click` `8.1.7` to `8.1.8`\n" in text


def test_no_difference_is_said_plainly_everywhere() -> None:
    compared = compare([yes(ONE, {"click": "8.1.7"})], [yes(ONE, {"click": "8.1.7"})])
    facts = (FROM, replace(FROM, as_of=datetime(2026, 12, 1, tzinfo=UTC)))
    head = "no difference (recommended, as of 2026-11-20 and 2026-12-01)"
    assert comparison_text(facts, compared) == f"phase 1 to phase 1: {head}"
    assert comparison_markdown(facts, compared) == f"## Phase 1 to phase 1: Before\n\n{head}.\n"
    assert comparison_json(facts, compared)["is_same"] is True


def test_the_json_has_every_target_and_the_summary() -> None:
    told = json.loads(json.dumps(comparison_json((FROM, TO), rich())))
    assert told["from"] == {"phase": "1", "title": "Before", "revision": 1, "as_of": "2026-11-20T00:00:00Z"}
    assert told["is_same"] is False
    assert list(told["targets"]) == [OLD.name, ONE.name, TWO.name, THREE.name]
    assert told["targets"][THREE.name] == {
        "before": {"status": "solved"},
        "after": {"status": "unsolved", "reason": "phase-2.yaml:31 needs uvloop>=9"},
        "packages": [],
        "issues": [],
    }
    assert told["summary"]["packages"][-1] == {
        "change": "moved",
        "name": "fastapi",
        "before": "0.99.1",
        "after": "0.115.0",
        "is_major": True,
        "where": "all",
        "targets": [ONE.name, TWO.name],
    }


def _hostile(words: str) -> str:
    issue = IssueNote(id="i", title=words, solution=words)
    strange = make_target("3.9", replace(LINUX, name=words))
    before: list[TargetResult | Unsupported] = [
        never(OLD, words, words),
        yes(ONE, {}, issue),
        yes(strange, {"click": "1"}),
        never(TWO, words, words),
    ]
    after: list[TargetResult | Unsupported] = [
        yes(OLD, {}),
        yes(ONE, {}),
        yes(strange, {"click": "2"}),
        never(TWO, words, words),
    ]
    return comparison_markdown((FROM, replace(TO, title=words)), compare(before, after))


@pytest.mark.parametrize("words", HOSTILE)
def test_hostile_words_stay_words(words: str) -> None:
    text, tame = _hostile(words), _hostile("tame")
    assert "<script" not in re.sub("`[^`]*`", "", text), "a code span shows it as it stands"
    assert [_shape(line) for line in text.splitlines()] == [_shape(line) for line in tame.splitlines()]


def _shape(line: str) -> tuple[str, int, int]:
    """What Markdown makes of a line: how it starts, the cells of a table's row, and open code spans."""
    spans = re.sub(r"\\`", "", line).count("`") % 2
    start = re.match(r"[|#<-]*", line)
    cells = len(re.findall(r"(?<!\\)\|", line)) if line.startswith("|") else 0
    return start[0] if start else "", cells, spans


def test_escapes() -> None:
    assert markdown("a|b\n`c` <d> & *e* [f] #1") == r"a\|b \`c\` &lt;d&gt; &amp; \*e\* \[f\] \#1"
    assert code_span("<0.1|`x`") == r"`<0.1\|'x'`"
    assert code_span("") == ""
    assert html("<b>\n'&'") == "&lt;b&gt; &#x27;&amp;&#x27;"
