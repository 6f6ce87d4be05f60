"""The folder of a phase: what was proved is carried forward only while it is true, and people can read it."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

from lockgen.errors import WriteError
from lockgen.model.issues import ConflictRule, KnownIssue
from lockgen.model.matrix import PlatformRow, PythonRow
from lockgen.model.phase import PhaseResult
from lockgen.model.servers import Support
from lockgen.model.verify import Proof
from lockgen.render.environment import templates
from lockgen.render.phase import RenderInputs, phase_files
from lockgen.render.plan import Plan
from lockgen.render.verified import Verified, read_verified, still_true, verified, with_proofs
from tests.conftest import ROOT
from tests.records import dependency, matrices, result
from tests.render.cells import FACTS, LINUX, linux_cell, set_of

SOLVED_CELL = linux_cell()
NAME = SOLVED_CELL.request.target.name
TEMPLATES = templates({"COMPATIBILITY.md.j2": (ROOT / "templates" / "COMPATIBILITY.md.j2").read_text()})
TABLES = matrices(
    dependency("fastapi", "0.95.0", recommended="0.99.1", maximum="<0.100.0", note="<script>"),
    dependency("orjson", "3.9.0", group="performance", purpose="Fast `JSON`"),
    pythons=(
        PythonRow(
            python="3.7", floor="3.7.2", unsupported={"fastapi": Support(reason="FastAPI requires 3.8+")}, note="a | b", where="targets.yaml:3:5"
        ),
    ),
    platforms=(PlatformRow(platform=replace(LINUX, os="macos", libc=None), choices={"event-loop": "uvloop"}),),
    issues=(
        KnownIssue(
            id="i", title="t", symptom="line\nline", solution="s", constrain=(Requirement("a<1"),), is_measured=True,
            where="issues.yaml:3:5",
        ),
    ),
    conflicts=(
        ConflictRule(
            library=canonicalize_name("ray"), extras=(canonicalize_name("serve"),), versions=SpecifierSet("<2.8"),
            published="v1 only", workaround="Upgrade ray", where="issues.yaml:9:5",
        ),
    ),
)  # fmt: skip
RESULT = result(TABLES, FACTS, (SOLVED_CELL,), everything=(NAME,))
INPUTS = RenderInputs(templates=TEMPLATES, smoke="s1")
PROOF = Proof(target=NAME, level="smoked", verdict="proved", python="3.12.7", libc="glibc 2.36", installer="pip 26.3")


def _plan(
    found: dict[str, bytes] | None = None,
    *,
    result: PhaseResult = RESULT,
    inputs: RenderInputs = INPUTS,
    proofs: tuple[Proof, ...] = (),
) -> Plan:
    return phase_files(result, inputs, {}, found or {}, proofs=proofs)


def _document(plan: Plan) -> str:
    return plan.files["COMPATIBILITY.md"].decode()


def test_without_proofs_there_is_no_file_of_them() -> None:
    plan = _plan()
    assert "verified.json" not in plan.files
    assert "verified.json" in plan.owned
    assert "| 3.12 | closed |" in _document(plan)


def test_a_proof_is_kept_and_shown_with_the_interpreter() -> None:
    plan = _plan(proofs=(PROOF,))
    (entry,) = json.loads(plan.files["verified.json"])["proofs"]
    assert entry["python"] == "3.12.7"
    assert entry["smoke"] == "s1"
    assert "| 3.12 | smoked (3.12.7, glibc 2.36) |" in _document(plan)


def test_a_native_proof_goes_before_an_emulated_one_and_both_are_kept() -> None:
    emulated = replace(PROOF, machine="x86_64", emulated="qemu 7.2", python="3.12.9")
    assert "| 3.12 | smoked (3.12.9, glibc 2.36, emulated) |" in _document(_plan(proofs=(emulated,)))
    plan = _plan(proofs=(PROOF, emulated))
    assert "| 3.12 | smoked (3.12.7, glibc 2.36) |" in _document(plan)
    assert len(json.loads(plan.files["verified.json"])["proofs"]) == 2


def test_rendering_carries_it_forward() -> None:
    first = _plan(proofs=(PROOF,))
    again = _plan({name: first.files[name] for name in ("summary.json", "verified.json")})
    assert again.files == first.files


def test_a_set_that_changed_is_no_longer_verified() -> None:
    first = _plan(proofs=(PROOF,))
    outcome = replace(set_of(SOLVED_CELL), pins=set_of(SOLVED_CELL).pins[1:])
    changed = replace(RESULT, cells=(replace(SOLVED_CELL, outcome=outcome),))
    again = _plan(dict(first.files), result=changed)
    assert "verified.json" not in again.files
    assert "| 3.12 | closed |" in _document(again)


def test_another_smoke_script_proves_something_else() -> None:
    installed = replace(PROOF, level="installed")
    first = _plan(proofs=(PROOF, installed))
    again = _plan(dict(first.files), inputs=replace(INPUTS, smoke="s2"))
    (entry,) = json.loads(again.files["verified.json"])["proofs"]
    assert entry["level"] == "installed"
    assert "| 3.12 | installed (3.12.7, glibc 2.36) |" in _document(again)


def test_a_failure_is_shown_as_one_and_another_interpreter_beside_it() -> None:
    failed = replace(PROOF, verdict="failed", reason="import dies | badly", python="3.12.9")
    document = _document(_plan(proofs=(PROOF, failed)))
    assert (
        "- **failed** py3.12-linux-x86_64: smoked with Python 3.12.9, glibc 2.36: import dies \\| badly\n" in document
    )
    assert "smoked (3.12.7, glibc 2.36)" in document


def test_a_new_proof_takes_the_place_of_the_old_one() -> None:
    first = _plan(proofs=(replace(PROOF, verdict="failed", reason="r"),))
    again = _plan(dict(first.files), proofs=(PROOF,))
    (entry,) = json.loads(again.files["verified.json"])["proofs"]
    assert entry["verdict"] == "proved"


def test_what_was_not_run_takes_nothing_away() -> None:
    first = _plan(proofs=(PROOF,))
    again = _plan(dict(first.files), proofs=(replace(PROOF, verdict="not run", reason="no interpreter"),))
    assert again.files["verified.json"] == first.files["verified.json"]


@pytest.mark.parametrize("text", ["", "[]", "{", '{"schema": 3, "proofs": []}', '{"schema": 1, "proofs": [{"a": 1}]}',
                                  '{"schema": 1, "proofs": [{"target": "t", "set": "s", "level": "x", "verdict": "proved"}]}'])  # fmt: skip
def test_what_is_no_record_of_proofs(text: str) -> None:
    with pytest.raises(WriteError, match=r"verified\.json"):
        read_verified(text)


def test_reading_what_was_written_is_identity() -> None:
    entry = Verified(target=NAME, set="d", level="fetched", verdict="proved", installer="pip 26.3")
    assert read_verified(verified([entry], FACTS)) == (entry,)
    assert still_true([entry], {NAME: "d"}, "any") == (entry,)
    assert still_true([entry], {NAME: "other"}, "any") == ()
    assert with_proofs([entry], [], {}, "") == (entry,)


def _renamed(name: str) -> PhaseResult:
    target = replace(SOLVED_CELL.request.target, name=name, python=name[2:].partition("-")[0])
    cell = replace(
        SOLVED_CELL,
        request=replace(SOLVED_CELL.request, target=target),
        outcome=replace(set_of(SOLVED_CELL), target=target),
    )
    facts = replace(FACTS, as_of=datetime(2027, 1, 1, tzinfo=UTC), revision=9, command="lockgen render --as-of 2027")
    return result(TABLES, facts, (cell,), everything=(NAME,), is_whole=False)


def test_a_target_rendered_by_its_full_version_outlives_a_whole_render() -> None:
    name = NAME.replace("py3.12-", "py3.12.7-")
    whole = _plan()
    named = _plan(dict(whole.files), result=_renamed(name))
    again = _plan(dict(named.files))
    assert name in json.loads(again.files["summary.json"])["targets"]
    assert not [path for path in again.owned if path.startswith(name)]


def test_single_targets_do_not_speak_for_the_phase() -> None:
    whole = json.loads(_plan().files["summary.json"])
    named = _plan(dict(_plan().files), result=_renamed(NAME.replace("py3.12-", "py3.12.7-")))
    head = json.loads(named.files["summary.json"])
    assert {key: head[key] for key in ("as_of", "revision", "command")} == {
        key: whole[key] for key in ("as_of", "revision", "command")
    }


def test_a_target_the_table_no_longer_has_leaves_its_files_to_a_prune() -> None:
    whole = _plan()
    gone = result(TABLES, FACTS, (), everything=("py3.13-linux-x86_64",))
    plan = _plan(dict(whole.files), result=gone)
    assert f"{NAME}/constraints.txt" not in plan.paths
    assert NAME not in json.loads(plan.files["summary.json"])["targets"]


def test_tables_cannot_be_broken_out_of() -> None:
    document = _document(_plan())
    assert "<script>" not in document
    assert "&lt;script>" in document
    assert "a \\| b" in document
    assert "line line" in document
    assert "ray\\[serve\\] &lt;2.8" in document
    rows = [line for line in document.splitlines() if line.startswith("|")]
    assert all(line.endswith("|") for line in rows)
