"""Rows without bounds, exact and excluded versions, several rows per package; constraints, overrides, skips."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest
from packaging.version import Version

from lockgen.matrix.constraint_files import read_constraints
from lockgen.matrix.files import read_directory
from lockgen.matrix.load import load_matrices
from lockgen.matrix.request import cells, request
from lockgen.model.matrix import Dependency, Phase
from lockgen.model.request import Request
from lockgen.model.result import Unsupported
from lockgen.model.target import Target

HEAD = b'schema: 1\nphase: "2"\ntitle: Two\nrevision: 1\nserver: fastapi\nas_of: 2026-11-20T00:00:00Z\n'
CHILD = b'schema: 1\nphase: "3"\ntitle: Three\nrevision: 1\nextends: phase-2.yaml\n'


def phase_of(good: Mapping[str, bytes], text: str, name: str = "2", **files: bytes) -> Phase:
    texts = {**good, "phase-2.yaml": HEAD + text.encode(), **{f"{key}.txt": value for key, value in files.items()}}
    return load_matrices(texts).phases[name]


def rows_of(good: Mapping[str, bytes], text: str) -> tuple[Dependency, ...]:
    return phase_of(good, f"dependencies:\n{text}").dependencies


@pytest.mark.parametrize(
    ("row", "specifier"),
    [
        ("{name: a}", ""),
        ('{name: a, minimum: "2022"}', ">=2022"),
        ('{name: a, maximum: "<=2"}', "<=2"),
        ('{name: a, minimum: "1", exclusions: ["!=1.5.*", "!=1.6+cpu"]}', "!=1.5.*,!=1.6+cpu,>=1"),
        ('{name: a, exact: "2.1.0+cpu"}', "==2.1.0+cpu"),
    ],
)
def test_a_row_is_as_wide_as_it_says(good, row, specifier):
    (read,) = rows_of(good, f"  - {row}\n")
    assert str(read.specifier) == specifier


def test_a_recommended_version_may_be_a_local_one_and_pre_releases_are_a_rows_own_matter(good):
    first, second = rows_of(
        good, '  - {name: a, recommended: "1+x", prereleases: allow}\n  - {name: b, prereleases: disallow}\n'
    )
    assert (first.recommended, first.prereleases, second.prereleases) == (Version("1+x"), True, False)


TWO = """  - {name: numpy, maximum: "<1.27", when: {python: "<3.12"}}
  - {name: numpy, minimum: "2.1", when: {python: ">=3.12"}}
"""


def requests(good: Mapping[str, bytes], text: str, **files: bytes) -> dict[str, Request]:
    texts = {**good, "phase-2.yaml": HEAD + text.encode(), **{f"{key}.txt": value for key, value in files.items()}}
    matrices = load_matrices(texts)
    phase = matrices.phases["2"]
    found = [cell for cell in cells(matrices, phase) if isinstance(cell, Target)]
    return {target.name: request(matrices, phase, target, "recommended") for target in found}


def test_each_target_has_the_row_that_is_for_it(good):
    found = requests(good, f"dependencies:\n{TWO}")
    assert {name: str(each.rows[0].specifier) for name, each in found.items() if name.endswith("linux-x86_64")} == {
        "py3.8-linux-x86_64": "<1.27",
        "py3.12-linux-x86_64": ">=2.1",
    }


def test_rows_may_share_a_python_where_their_platforms_differ(good):
    rows = rows_of(
        good,
        '  - {name: a, maximum: "<1", when: {platforms: ["windows-*"]}}\n'
        '  - {name: a, when: {platforms: ["linux-*", "alpine-*", "macos-*"]}}\n',
    )
    assert len(rows) == 2


def test_a_child_narrows_the_one_of_several_rows_that_has_its_when(good):
    parent = {**good, "phase-2.yaml": HEAD + f"dependencies:\n{TWO}".encode()}
    child = CHILD + b'dependencies:\n  - {name: numpy, minimum: "2.2", when: {python: ">=3.12"}}\n'
    first, second = load_matrices({**parent, "phase-3.yaml": child}).phases["3"].dependencies
    assert (str(first.specifier), str(second.specifier)) == ("<1.27", ">=2.2")


def test_a_child_may_split_a_row(good):
    parent = {**good, "phase-2.yaml": HEAD + b'dependencies:\n  - {name: numpy, minimum: "1"}\n  - {name: six}\n'}
    child = CHILD + f"dependencies:\n{TWO}".encode()
    found = load_matrices({**parent, "phase-3.yaml": child}).phases["3"].dependencies
    assert [(row.name, str(row.specifier)) for row in found] == [
        ("numpy", "<1.27,>=1"),
        ("numpy", ">=2.1"),
        ("six", ""),
    ]


def test_a_child_that_means_none_of_several_rows_is_told_so(good, complaints):
    parent = {**good, "phase-2.yaml": HEAD + f"dependencies:\n{TWO}".encode()}
    child = CHILD + b'dependencies:\n  - {name: numpy, minimum: "2.2", when: {python: "==3.7.*"}}\n'
    said = complaints({**parent, "phase-3.yaml": child})
    assert "numpy has several rows, phase-2.yaml:8 and phase-2.yaml:9, and none with the `when` of this one" in said


def test_a_child_may_name_one_version_inside_the_bounds_and_only_refuse_pre_releases(good, complaints):
    parent = {**good, "phase-2.yaml": HEAD + b'dependencies:\n  - {name: a, minimum: "1", maximum: "<2"}\n'}
    right = CHILD + b'dependencies:\n  - {name: a, exact: "1.5", exclusions: ["!=1.6"], prereleases: disallow}\n'
    (row,) = load_matrices({**parent, "phase-3.yaml": right}).phases["3"].dependencies
    assert (str(row.specifier), row.minimum, row.maximum, row.prereleases) == ("!=1.6,==1.5", None, None, False)
    wrong = CHILD + b'dependencies:\n  - {name: a, exact: "2.5", prereleases: allow}\n'
    said = complaints({**parent, "phase-3.yaml": wrong})
    assert "exact 2.5 is not <2,>=1, the bounds of phase-2.yaml" in said
    assert "phase-2.yaml does not allow pre-releases" in said


RULES = """dependencies: [{name: app}]
constraints: ["protobuf<5; python_version < '3.12'"]
constraint_files: [corp.txt]
overrides: [{requirement: "urllib3[socks]>=2", reason: r, when: {platforms: ["windows-*"]}}]
exclude: [{name: six, reason: r}]
"""


def test_constraints_overrides_and_exclusions_reach_the_requests_of_their_targets(good):
    found = requests(good, RULES, corp=b"idna<3\n")
    old, new = found["py3.8-linux-x86_64"], found["py3.12-windows-x86_64"]
    assert [(str(each.origin), each.name, str(each.specifier)) for each in old.constraints] == [
        ("constraint phase-2.yaml:8", "protobuf", "<5"),
        ("constraint corp.txt:1", "idna", "<3"),
    ]
    assert [each.name for each in new.constraints] == ["idna"]
    assert (old.overrides, [each.name for each in old.excludes]) == ((), ["six"])
    assert [(each.name, each.extras, str(each.specifier), each.where) for each in new.overrides] == [
        ("urllib3", frozenset({"socks"}), ">=2", "phase-2.yaml:10")
    ]


def test_a_child_adds_constraints_and_replaces_overrides_by_package(good):
    child = CHILD + b'constraints: ["a<1"]\noverrides: [{requirement: "urllib3>=3", reason: other}]\n'
    texts = {**good, "phase-2.yaml": HEAD + RULES.encode(), "phase-3.yaml": child, "corp.txt": b""}
    found = load_matrices(texts).phases["3"]
    assert [each.name for each in found.constraints] == ["a", "protobuf"]
    assert [(str(each.specifier), each.reason) for each in found.overrides] == [(">=3", "other")]
    assert [each.name for each in found.excludes] == ["six"]


def test_a_constraints_file_is_read_as_pip_reads_it():
    text = b"\xef\xbb\xbf# head\r\nUrllib3 >=1.26, \\\n  <2  # why\n\nidna<3 ; sys_platform == 'win32'\n"
    lines, wrong = read_constraints("c.txt", text)
    assert wrong == ()
    assert [(each.name, str(each.specifier), str(each.marker), each.where) for each in lines] == [
        ("urllib3", "<2,>=1.26", "None", "c.txt:2"),
        ("idna", "<3", 'sys_platform == "win32"', "c.txt:5"),
    ]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (b"-c other.txt", "the option -c has no place"),
        (b"--index-url https://user:secret@host/simple", "the option --index-url has no place"),
        (b"a==1 --hash=sha256:00", "a constraint has no hash here"),
        (b"a @ https://host/a.whl", "names an address"),
        (b"./a.whl", "names an address"),
        (b"-e git+https://host/a", "the option -e has no place"),
        (b"a[x]<2", "names extras"),
        (b"a==${VERSION}", "holds a variable of the environment"),
        (b"a", "constrains nothing"),
        (b"a===1", "compares text, not versions"),
        (b"\xff", "is not UTF-8"),
    ],
)
def test_what_a_constraint_cannot_be_is_refused_with_its_line(good, complaints, line, said):
    texts = {**good, "phase-2.yaml": HEAD + b"dependencies: []\nconstraint_files: [c.txt]\n"}
    found = complaints({**texts, "c.txt": b"b<1\n" + line + b"\n"})
    assert said in found
    assert found.startswith("c.txt:2:1: " if b"\xff" not in line else "c.txt: ")
    assert "secret" not in found


def test_the_folder_is_read_with_the_constraints_files_that_it_names(tmp_path: Path):
    folder = tmp_path / "matrices"
    folder.mkdir()
    (folder / "phase-2.yaml").write_bytes(HEAD + b"constraint_files: [../corp.txt, gone.txt]\n")
    (tmp_path / "corp.txt").write_bytes(b"a<1\n")
    (folder / "other.txt").write_bytes(b"not read\n")
    assert sorted(read_directory(folder)) == ["../corp.txt", "phase-2.yaml"]


def test_a_skipped_cell_is_no_target_and_bars_no_row(good):
    targets = good["targets.yaml"] + (
        b'skip:\n  - {targets: ["py3.12-windows-*"], reason: no images yet}\n'
        b'  - {when: {python: "==3.8.*", platforms: ["alpine-*"]}, reason: no musl}\n'
    )
    rows = (
        b'dependencies:\n  - {name: a, when: {python: ">=3.12", platforms: ["windows-*"]}}\n'
        b'  - {name: a, when: {platforms: ["windows-*"], python: "==3.12.*"}}\n'
    )
    matrices = load_matrices({**good, "targets.yaml": targets, "phase-2.yaml": HEAD + rows})
    noes = {each.target.name: each.reason for each in cells(matrices, matrices.phases["2"])
            if isinstance(each, Unsupported)}  # fmt: skip
    assert (noes["py3.12-windows-x86_64"], noes["py3.8-alpine-aarch64"]) == ("no images yet", "no musl")
    assert len(noes) == 6
