"""The digest of a request: whatever may change an answer changes it, and nothing else does."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import fields, replace
from datetime import timedelta
from pathlib import Path

import pytest
from packaging.specifiers import SpecifierSet
from packaging.utils import NormalizedName
from packaging.version import Version

from lockgen.matrix.files import read_directory
from lockgen.matrix.load import load_matrices
from lockgen.model.conflict import Demand
from lockgen.model.issues import ANYWHERE, When
from lockgen.model.origin import IssueOrigin, QuestionOrigin, RowOrigin
from lockgen.model.overrides import ExcludeRule, OverrideRule
from lockgen.model.phase import Scope
from lockgen.model.question import question
from lockgen.model.request import Constraint, Request, Row, SdistPermission
from lockgen.workflow.render import phase_requests
from tests.conftest import ROOT
from tests.universe import request, row, target

X, Y = NormalizedName("x"), NormalizedName("y")
PLAIN = request(row("x>=1", recommended="1.5"), row("y"))


def constraint(specifier: str, issue: str = "one") -> Constraint:
    return Constraint(origin=IssueOrigin(id=issue), name=X, specifier=SpecifierSet(specifier))


def rows(*changes: Callable[[Row], Row]) -> Request:
    first, *others = PLAIN.rows
    for change in changes:
        first = change(first)
    return replace(PLAIN, rows=(first, *others))


def override(specifier: str, when: When, where: str = "a.yaml:1") -> OverrideRule:
    return OverrideRule(name=X, specifier=SpecifierSet(specifier), reason=f"as in {where}", when=when, where=where)


OTHERS: dict[str, Request] = {
    "strategy": replace(PLAIN, strategy="minimum" if PLAIN.strategy != "minimum" else "maximum"),
    "order of rows": replace(PLAIN, rows=PLAIN.rows[::-1]),
    "a row less": replace(PLAIN, rows=PLAIN.rows[:1]),
    "range": rows(lambda each: replace(each, specifier=SpecifierSet(">=2"))),
    "extras": rows(lambda each: replace(each, extras=frozenset({"fast"}))),
    "recommended": rows(lambda each: replace(each, recommended=Version("1.6"))),
    "minimum": rows(lambda each: replace(each, minimum=Version("1.1"))),
    "pre-releases": rows(lambda each: replace(each, prereleases=True)),
    "constraint": replace(PLAIN, constraints=(constraint("<3"),)),
    "overrides": replace(PLAIN, overrides=(override("<3", ANYWHERE),)),
    "excludes": replace(PLAIN, excludes=(ExcludeRule(name=X, reason="never", when=ANYWHERE, where="a.yaml:1"),)),
    "demand": replace(
        PLAIN, demands=(Demand(name=X, specifier=SpecifierSet("<3"), origin=QuestionOrigin(text="that")),)
    ),
    "sdist": replace(PLAIN, sdists=(SdistPermission(name=X, reason="no wheel"),)),
    "buildable": replace(PLAIN, buildable=frozenset({"*"})),
    "as_of": replace(PLAIN, as_of=PLAIN.as_of + timedelta(days=1)),
    "as_of_for": replace(PLAIN, as_of_for={Y: PLAIN.as_of}),
    "undated": replace(PLAIN, undated=frozenset({"y"})),
    "unhashed": replace(PLAIN, unhashed=frozenset({"y"})),
    "routes": replace(PLAIN, routes=(("acme-*", "acme"),)),
    "target": replace(PLAIN, target=target("py3.12-linux-x86_64")),
    "floor": replace(PLAIN, target=replace(PLAIN.target, floor=f"{PLAIN.target.python}.7")),
    "every patch": replace(PLAIN, target=replace(PLAIN.target, every_patch=True)),
    "tags": replace(PLAIN, target=replace(PLAIN.target, tags=PLAIN.target.tags[1:])),
}
SAME: dict[str, Request] = {
    "place": rows(lambda each: replace(each, where="phase-1.yaml:99")),
    "preferred": replace(PLAIN, preferred={X: Version("1")}),
}


@pytest.mark.parametrize("what", OTHERS)
def test_what_may_change_an_answer_changes_the_question(what: str) -> None:
    assert question(OTHERS[what]) != question(PLAIN)


def test_no_two_of_these_are_one_question() -> None:
    assert len({question(each) for each in (PLAIN, *OTHERS.values())}) == len(OTHERS) + 1


@pytest.mark.parametrize("what", SAME)
def test_words_and_places_leave_it_alone(what: str) -> None:
    assert question(SAME[what]) == question(PLAIN)


def test_who_constrains_and_why_leaves_it_alone() -> None:
    both = constraint("<3"), constraint("!=2", "two")
    there = question(replace(PLAIN, constraints=both))
    assert question(replace(PLAIN, constraints=both[::-1])) == there
    assert question(replace(PLAIN, constraints=(constraint("<3", "other"), both[1]))) == there
    moved = override("<3", When(platforms=("linux-*",)), "b.yaml:2")
    assert question(replace(PLAIN, overrides=(moved,))) == question(OTHERS["overrides"])
    allowed = [
        replace(PLAIN, sdists=(SdistPermission(name=X, reason=reason, build_packages=packages),))
        for reason, packages in (("one", ()), ("other", ("gcc",)))
    ]
    assert question(allowed[0]) == question(allowed[1])
    demanded = [
        replace(PLAIN, demands=(Demand(name=X, specifier=SpecifierSet("<3"), origin=RowOrigin(where=where)),))
        for where in ("a.yaml:1", "b.yaml:2")
    ]
    assert question(demanded[0]) == question(demanded[1])


def test_every_field_of_a_request_takes_part_or_is_named_here() -> None:
    """A new field that may change an answer is in the question without being thought of; see `lockgen.model.question`."""
    apart = {"preferred"}
    shown = {name.split()[0] for name in OTHERS} | {"rows", "constraints", "demands", "sdists"}
    untested = {each.name for each in fields(Request)} - shown - apart - {"stated"}
    assert not untested, "plant a change of it in OTHERS"


# -- the same through the files that people edit

EDITS = {
    "a range": ("phase-1.yaml", 'minimum: "0.95.0"', 'minimum: "0.96.0"'),
    "a recommendation": ("phase-1.yaml", 'recommended: "0.24.0"', 'recommended: "0.23.2"'),
    "a date": ("phase-1.yaml", "as_of: 2026-11-20", "as_of: 2026-11-19"),
    "a known issue": ("issues.yaml", '["anyio>=3.0.0,<5.0.0"]', '["anyio>=3.0.0,<4.9.0"]'),
}
WORDS = {
    "a comment": ("phase-1.yaml", "\ndependencies:", "\n# more\n\n\ndependencies:"),
    "a title": ("phase-1.yaml", "title: ", "title: Another "),
    "an issue's title": ("issues.yaml", "title: anyio version conflicts", "title: another title"),
    "an issue's solution": ("issues.yaml", 'solution: pip install "anyio', 'solution: install "anyio'),
}


def questions(texts: dict[str, bytes]) -> dict[str, str]:
    matrices = load_matrices(texts)
    return {
        each.target.name: question(each)
        for asked in phase_requests(matrices, Scope(phases=("1",)))
        for each in asked.requests
    }


def edited(changes: Iterable[tuple[str, str, str]]) -> dict[str, bytes]:
    texts = dict(read_directory(Path(ROOT / "matrices")))
    for file, old, new in changes:
        assert old.encode() in texts[file], f"{old} stands nowhere in {file}"
        texts[file] = texts[file].replace(old.encode(), new.encode(), 1)
    return texts


@pytest.mark.slow
def test_an_edit_of_words_changes_no_question_and_any_other_edit_does() -> None:
    plain = questions(edited(()))
    assert questions(edited(WORDS.values())) == plain
    for what, edit in EDITS.items():
        assert all(digest != plain[name] for name, digest in questions(edited([edit])).items()), what
