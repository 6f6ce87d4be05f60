"""Drift in words: grouped over targets, escaped, and byte for byte what tests/report/golden/drift.* say."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name
from packaging.version import Version

from lockgen.model.conflict import Demand
from lockgen.model.drift import KINDS, Drift, DriftFinding, DriftKind, HeldRelease, PhaseDrift, PinDrift, TargetDrift
from lockgen.model.phase import PhaseFacts
from lockgen.model.result import Unsolved
from lockgen.report.drift import cooldown_text, drift_answer, drift_json
from lockgen.report.drift_markdown import drift_markdown
from lockgen.report.layout import answer_text
from tests.records import origin
from tests.universe import target

GOLDEN = Path(__file__).parent / "golden"
EVIL = "<script>alert(1)</script> | `rm` **bold** [here](javascript:x)\n</details>\n::error::stop ##[group]x"
NOW, THEN = datetime(2026, 11, 23, tzinfo=UTC), datetime(2026, 11, 1, tzinfo=UTC)
LINUX, WINDOWS, OLD = "py3.11-linux-x86_64", "py3.11-windows-x86_64", "py3.8-linux-x86_64"


def moved(name: str, before: str | None, after: str | None, **more: Any) -> DriftFinding:
    versions = [None if each is None else Version(each) for each in (before, after)]
    facts: dict[str, Any] = {"is_direct": False, "cause": "", **more}
    move = PinDrift(name=canonicalize_name(name), before=versions[0], after=versions[1], **facts)
    message = f"{before} -> {after}" if before and after else f"{after} comes in" if after else f"{before} falls out"
    return DriftFinding(kind="moved", name=name, version=versions[0], message=message, move=move)


def one(kind: DriftKind, name: str = "anyio", version: str = "4.0.0", message: str = "as it is") -> DriftFinding:
    return DriftFinding(kind=kind, name=name, version=Version(version), message=message)


def broken() -> DriftFinding:
    core = tuple(
        Demand(name=canonicalize_name(name), specifier=SpecifierSet("<2"), origin=origin(f"x.yaml:{line}"))
        for name, line in (("a", 3), ("b", 5))
    )
    conflict = Unsolved(target=target(OLD), core=core, snapshot="")
    return DriftFinding(kind="broken", message="no set any more: it was yanked", conflict=conflict)


STARLETTE = moved(
    "starlette",
    "0.27.0",
    "0.36.3",
    is_direct=True,
    cause="fastapi 0.110.0 needs starlette>=0.36.3 (fastapi 0.110.0, uploaded 2026-11-20)",
    behind=1,
    held_back=f"0.37.0: {EVIL}",
)
TARGETS = (
    TargetDrift(
        target=LINUX,
        found=(one("yanked", message=f"the release is yanked: {EVIL}"), STARLETTE, moved("new", None, "1.0")),
        held=(HeldRelease(name=canonicalize_name("idna"), version=Version("3.6"), uploaded=NOW),),
    ),
    TargetDrift(target=WINDOWS, found=(STARLETTE,)),
    TargetDrift(target=OLD, found=(broken(),)),
    TargetDrift(target="py3.12-linux-x86_64"),
)


def drift(*targets: TargetDrift, issues: tuple[DriftFinding, ...] = (), title: str = "The | title") -> Drift:
    facts = PhaseFacts(phase="1", title=title, revision=2, as_of=NOW, strategy="recommended", command="")
    phase = PhaseDrift(facts=facts, rendered=THEN, targets=targets)
    return Drift(now=NOW, cooldown=timedelta(days=7), phases=(phase,), issues=issues)


def drift_text(found: Drift) -> str:
    return answer_text(drift_answer(found))


EVERYTHING = drift(*TARGETS, issues=(one("issue-solved", "uvloop-segfault", message=f"over: {EVIL}"),))


@pytest.mark.parametrize(("write", "file"), [(drift_text, "drift.txt"), (drift_markdown, "drift.md")])
def test_the_words_are_those_of_the_golden_file(write: object, file: str) -> None:
    assert callable(write)
    assert write(EVERYTHING).rstrip("\n") + "\n" == (GOLDEN / file).read_text("utf-8")


def test_nothing_to_tell() -> None:
    quiet = drift(TargetDrift(target=LINUX), title="Quiet")
    when = "(rendered as of 2026-11-01, resolved as of 2026-11-23)"
    assert drift_text(quiet) == f"1 set, no drift {when}"
    assert drift_markdown(quiet) == f"## Drift as of 2026-11-23\n\n### Phase 1: Quiet\n\nno drift {when}.\n"


def test_the_most_serious_kind_comes_first_wherever_it_was_found() -> None:
    found = drift(
        *(
            TargetDrift(target=f"py3.11-{n}", found=(one(kind),))
            for n, kind in enumerate(reversed(KINDS))
            if kind != "moved"
        )
    )
    said = [
        line.split(":")[0].strip()
        for line in drift_text(found).splitlines()[1:-1]
        if line.startswith("  ") and line[2] != " "
    ]
    assert said == [kind for kind in KINDS if kind != "moved"]


def test_no_word_of_others_is_markup() -> None:
    text = drift_markdown(EVERYTHING)
    assert "<script" not in text
    assert text.count("</details>") == text.count("<details>") == 3
    assert not re.search(r"^::|(?<!\\)##\[", text, re.MULTILINE)
    for table in re.findall(r"(?:^\|.*\n)+", text, re.MULTILINE):
        assert len({len(re.findall(r"(?<!\\)\|", row)) for row in table.splitlines()}) == 1, table


def test_no_word_of_others_is_an_order_to_a_runner() -> None:
    assert not re.search(r"^\s*::|##\[", drift_text(EVERYTHING), re.MULTILINE)


def test_the_json_says_each_kind_once_in_their_order() -> None:
    told = drift_json(EVERYTHING)
    assert json.loads(json.dumps(told)) == told
    assert told["kinds"] == ["yanked", "broken", "moved", "issue-solved"]
    assert told["phases"]["1"]["targets"][OLD]["found"][0]["details"] == [
        "these demands cannot hold together: x.yaml:3 needs a<2; x.yaml:5 needs b<2"
    ]


@pytest.mark.parametrize(
    ("cooldown", "said"),
    [
        (timedelta(days=7), "7 days"),
        (timedelta(days=1), "1 day"),
        (timedelta(hours=36), "36 hours"),
        (timedelta(hours=1), "1 hour"),
    ],
)
def test_spans_in_words(cooldown: timedelta, said: str) -> None:
    assert cooldown_text(cooldown) == said
