"""A matrix that extends another may only narrow it."""

from __future__ import annotations

import pytest
from packaging.version import Version

from lockgen.matrix.load import load_matrices

CHILD = b'schema: 1\nphase: "1-stable"\ntitle: Child\nrevision: 3\nextends: phase-1.yaml\n'


def with_child(good, rows: bytes) -> dict[str, bytes]:
    return {**good, "child.yaml": CHILD + rows}


def test_what_is_not_given_is_inherited(good):
    parent, child = load_matrices(with_child(good, b"")).phases.values()
    assert (child.phase, child.title, child.revision) == ("1-stable", "Child", 3)
    assert (child.server, child.as_of, child.dependencies, child.groups) == (
        parent.server,
        parent.as_of,
        parent.dependencies,
        ("fast",),
    )
    assert (child.file, child.extends) == ("child.yaml", "phase-1.yaml")


def test_a_row_is_replaced_key_by_key_and_knows_where_each_key_stands(good):
    matrices = load_matrices(
        with_child(good, b'dependencies:\n  - name: FastAPI\n    minimum: "0.99"\n    extras: [all]\n')
    )
    row, httpx, uvloop = matrices.phases["1-stable"].dependencies
    assert (row.minimum, row.recommended, str(row.maximum)) == (Version("0.99"), Version("0.99.1"), "<0.100.0")
    assert row.extras == {"all"}
    assert row.where == "child.yaml:7"
    assert (row.places["minimum"], row.places["maximum"]) == ("child.yaml:8:14", "phase-1.yaml:11:14")
    assert (httpx.where, uvloop.where) == ("phase-1.yaml:12", "phase-1.yaml:17")
    assert matrices.phases["1"].dependencies[0].minimum == Version("0.95.0")


def test_a_new_row_stands_behind_the_inherited_ones_of_its_group(good):
    phase = load_matrices(with_child(good, b'dependencies:\n  - {name: anyio, minimum: "3", maximum: "<4"}\n')).phases[
        "1-stable"
    ]
    assert [row.name for row in phase.dependencies] == ["fastapi", "httpx", "anyio", "uvloop"]


def test_bounds_may_not_widen(good, complaints):
    rows = b'dependencies:\n  - name: fastapi\n    minimum: "0.94"\n    maximum: "<0.101"\n'
    assert complaints(with_child(good, rows)) == (
        "child.yaml:8:14 dependencies[0].minimum: minimum 0.94 is below the minimum 0.95.0 of phase-1.yaml\n"
        "  A matrix that extends another may only narrow it.\n"
        "child.yaml:9:14 dependencies[0].maximum: maximum <0.101 reaches beyond the maximum <0.100.0 of phase-1.yaml\n"
        "  A matrix that extends another may only narrow it.\n"
    )


def test_an_inherited_recommendation_outside_the_new_bounds_is_told_at_the_row(good, complaints):
    rows = b'dependencies:\n  - name: fastapi\n    maximum: "<0.99"\n'
    assert complaints(with_child(good, rows)).startswith(
        "child.yaml:7:5 dependencies[0].recommended: recommended 0.99.1 is not <0.99, the maximum\n"
    )


def test_a_new_row_needs_no_bounds(good):
    row = load_matrices(with_child(good, b"dependencies:\n  - name: anyio\n")).phases["1-stable"].dependencies[2]
    assert (row.name, row.minimum, row.maximum, str(row.specifier)) == ("anyio", None, None, "")


def test_a_row_stays_in_its_group(good, complaints):
    said = complaints(with_child(good, b'dependencies:\n  - name: uvloop\n    maximum: "<1"\n'))
    assert said == (
        "child.yaml:7:11 dependencies[0].name: uvloop stands in optional.fast in phase-1.yaml\n"
        "  Put it under optional.fast here too.\n"
    )


def test_a_circle_is_told_by_each_file_in_it(good, complaints):
    first = CHILD.replace(b"1-stable", b"a").replace(b"phase-1.yaml", b"b.yaml")
    second = CHILD.replace(b"1-stable", b"b").replace(b"phase-1.yaml", b"a.yaml")
    itself = CHILD.replace(b"1-stable", b"c").replace(b"phase-1.yaml", b"c.yaml")
    said = complaints({**good, "a.yaml": first, "b.yaml": second, "c.yaml": itself})
    assert [line for line in said.splitlines() if not line.startswith(" ")] == [
        "a.yaml:5:10 extends: goes round in a circle: a.yaml -> b.yaml -> a.yaml",
        "b.yaml:5:10 extends: goes round in a circle: b.yaml -> a.yaml -> b.yaml",
        "c.yaml:5:10 extends: goes round in a circle: c.yaml -> c.yaml",
    ]


def test_a_parent_in_another_folder_is_refused(good, complaints):
    assert "is not the name of a .yaml file beside this one" in complaints(
        {**good, "child.yaml": CHILD.replace(b"phase-1.yaml", b"../phase-1.yaml")}
    )


def test_a_parent_with_faults_is_blamed_alone(good, complaints):
    said = complaints({**with_child(good, b"dependencies:\n  - name: fastapi\n"), "phase-1.yaml": b"\t- x"})
    assert [line.split(":")[0] for line in said.splitlines() if not line.startswith(" ")] == ["phase-1.yaml"]


FAULTS = {
    "a row twice": (
        b"  - name: httpx\n",
        b'  - {name: fastapi, minimum: "9"}\n  - name: httpx\n',
        "phase-1.yaml:12:12 dependencies[1].name: fastapi has a row already",
    ),
    "no dependencies": (b"dependencies:\n", b"dependencies: null\nx:\n", "phase-1.yaml:7:15 dependencies: is empty"),
    "an alias": (b"dependencies:\n", b"dependencies: *a\nx:\n", "phase-1.yaml:7:15 dependencies: the reference *a"),
    "dependencies missing": (b"dependencies:\n", b"rows:\n", "phase-1.yaml:1:1 dependencies: is missing"),
    "an unreadable name": (b"name: fastapi", b"name: '-'", "phase-1.yaml:8:11 dependencies[0].name: '-' is not"),
    "a local maximum": (
        b'    maximum: "<0.100.0"\n',
        b'    maximum: "<0.100.0+x"\n',
        "phase-1.yaml:11:14 dependencies[0].maximum: '<0.100.0+x' names a local version",
    ),
    "another group": (b"optional:\n  fast:\n", b"server: flask\noptional:\n  fast:\n", "phase-1.yaml:15:1 server: "),
    "no YAML": (b"dependencies:\n", b"\t- x\n", "phase-1.yaml:7:1: a tab stands"),
}


@pytest.mark.parametrize(("old", "new", "said"), FAULTS.values(), ids=FAULTS)
def test_a_fault_of_the_parent_is_told_of_the_parent_alone(good, complaints, old, new, said):
    assert old in good["phase-1.yaml"]
    child = b'dependencies:\n  - {name: fastapi, minimum: "0.99"}\n  - {name: uvloop, maximum: "<1"}\n'
    grandchild = CHILD.replace(b"1-stable", b"g").replace(b"phase-1.yaml", b"child.yaml")
    texts = {**with_child(good, child), "g.yaml": grandchild + b'dependencies:\n  - {name: fastapi, minimum: "0.1"}\n'}
    lines = complaints({**texts, "phase-1.yaml": good["phase-1.yaml"].replace(old, new)}).splitlines()
    assert any(line.startswith(said) for line in lines)
    assert {line.split(":")[0] for line in lines if not line.startswith(" ")} == {"phase-1.yaml"}


def test_what_is_wrong_in_the_childs_own_text_is_told_beside_the_faults_of_the_parent(good, complaints):
    rows = (
        b'dependencies:\n  - {name: fastapi, minimum: "0.99", maximum: "<0.98"}\n  - {name: FastAPI}\n'
        b'  - {name: httpx, minimum: "x"}\n'
    )
    broken = good["phase-1.yaml"].replace(b"dependencies:\n", b"dependencies: null\nx:\n")
    said = complaints({**with_child(good, rows), "phase-1.yaml": broken})
    assert [line for line in said.splitlines() if line.startswith("child.yaml")] == [
        "child.yaml:7:30 dependencies[0].minimum: minimum 0.99 is not <0.98, the maximum: no version is left",
        "child.yaml:8:12 dependencies[1].name: fastapi has a row already, child.yaml:7",
        "child.yaml:9:28 dependencies[2].minimum: 'x' is not a version",
    ]


def test_a_child_that_does_not_say_of_whom_is_not_asked_for_what_it_would_inherit(good, complaints):
    child = CHILD.replace(b"phase-1.yaml", b"7") + b"dependencies:\n  - {name: fastapi}\n"
    assert [line.split(" ")[1] for line in complaints({**good, "child.yaml": child}).splitlines()[::2]] == ["extends:"]


def test_grandchildren_inherit_through_the_line(good):
    grandchild = CHILD.replace(b"1-stable", b"g").replace(b"phase-1.yaml", b"child.yaml")
    texts = with_child(good, b'dependencies:\n  - name: httpx\n    maximum: "<0.28"\n')
    row = load_matrices({**texts, "g.yaml": grandchild}).phases["g"].dependencies[1]
    assert (str(row.specifier), row.where) == ("<0.28,>=0.24.0", "child.yaml:7")
