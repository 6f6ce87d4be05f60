"""The bisection that runs sets, on a small frozen real index; whether a set runs is what the test says."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from packaging.utils import canonicalize_name

from lockgen.cli.environment import open_inputs
from lockgen.errors import IndexUnavailableError, UsageError
from lockgen.index.frozen import FrozenIndex
from lockgen.matrix.files import read_directory
from lockgen.matrix.load import load_matrices
from lockgen.model.history import SmokeBisectResult
from lockgen.model.phase import Scope
from lockgen.model.verify import Proof, Verdict
from lockgen.resolve.resolver import Resolver
from lockgen.verify.proof_target import ProofTarget
from lockgen.verify.verdicts import OUT_OF_REACH
from lockgen.workflow.history import recall
from lockgen.workflow.history_smoke import SetRunner, find_first_broken
from tests.conftest import ROOT

NAME = "py3.11-linux-x86_64"
MATRICES = load_matrices(read_directory(ROOT / "tests" / "drift" / "matrices"))
NEW_YEAR, END = datetime(2024, 1, 1, tzinfo=UTC), datetime(2024, 3, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def resolver() -> Resolver:
    return Resolver(FrozenIndex(ROOT / "tests" / "frozen" / "web-2024-03-01.xz"))


def bisected(
    resolver: Resolver, work: Path, judge: Callable[[dict[str, str]], Proof], since: datetime = NEW_YEAR
) -> SmokeBisectResult:
    """`judge` gives the proof of a set by its pins, which are read from the files written below `work`."""

    def prove(_moment: datetime, subject: ProofTarget) -> tuple[Proof, ...]:
        lines = (subject.folder / "constraints.txt").read_text("utf-8").split()
        return (judge(dict(line.split("==") for line in lines if "==" in line)),)

    scope = Scope(targets=(NAME,), as_of=END)
    (recalled,) = recall(MATRICES, scope, since, resolver, lambda _done, _total: None)
    inputs = open_inputs(ROOT / "matrices", None)
    return find_first_broken(
        SetRunner(matrices=MATRICES, recalled=recalled, resolver=resolver, inputs=inputs, work=work, prove=prove)
    )


def proof(verdict: Verdict, reason: str = "") -> Proof:
    return Proof(target=NAME, level="smoked", verdict=verdict, reason=reason)


def test_the_single_upload_is_found_among_those_of_a_day(resolver: Resolver, tmp_path: Path) -> None:
    # fastapi 0.107.0 and 0.108.0 came on one day: the day's set moved by both.
    found = bisected(
        resolver,
        tmp_path,
        lambda pins: proof("proved" if pins["fastapi"] in {"0.105.0", "0.106.0"} else "failed"),
        since=datetime(2023, 12, 20, tzinfo=UTC),
    )
    assert found.span is not None
    assert found.before is not None
    pins = {str(name): str(version) for name, version in (found.span.pins or {}).items()}
    assert pins["fastapi"] == "0.107.0"
    assert {str(upload) for upload in found.span.news} == {"fastapi 0.107.0"}
    assert str((found.before.pins or {})[canonicalize_name("fastapi")]) == "0.106.0"
    assert [each.verdict for each in found.proofs] == ["failed"]
    assert len(found.tried) == len({moment for moment, _ in found.tried}), "no set is run twice"


def test_a_set_that_runs_to_the_end_is_run_once(resolver: Resolver, tmp_path: Path) -> None:
    found = bisected(resolver, tmp_path, lambda _: proof("proved"))
    assert (found.span, found.before, found.proofs) == (None, None, ())
    assert [runs for _, runs in found.tried] == [True]


def test_where_none_ever_ran_the_first_is_the_broken_one(resolver: Resolver, tmp_path: Path) -> None:
    found = bisected(resolver, tmp_path, lambda _: proof("failed", "planted"))
    assert found.span is not None
    assert found.span.since == NEW_YEAR
    assert found.before is None
    assert [runs for _, runs in found.tried] == [False, False]


@pytest.mark.parametrize(
    ("verdict", "reason", "kind", "said"),
    [
        ("not run", "no CPython 3.11 on this machine", UsageError, "cannot be run here: no CPython 3.11"),
        ("failed", f"{OUT_OF_REACH}: no route", IndexUnavailableError, "no route"),
    ],
)
def test_a_set_that_could_not_be_run_decides_nothing(
    resolver: Resolver, tmp_path: Path, verdict: Verdict, reason: str, kind: type[Exception], said: str
) -> None:
    with pytest.raises(kind, match=said):
        bisected(resolver, tmp_path, lambda _: proof(verdict, reason))
