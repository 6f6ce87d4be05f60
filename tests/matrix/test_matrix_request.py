"""What a phase asks of a target."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from packaging.specifiers import SpecifierSet
from packaging.utils import NormalizedName
from packaging.version import Version

from lockgen.errors import UsageError
from lockgen.matrix.load import load_matrices
from lockgen.matrix.request import cells, extra_target, notes, request
from lockgen.model.origin import IssueOrigin
from lockgen.model.request import Constraint, SdistPermission, StatedMetadata
from lockgen.model.result import IssueNote, Unsupported
from lockgen.model.target import Target
from lockgen.workflow.verify import unimported

ISSUES = b"""schema: 1
issues:
  - {id: late, title: Late, symptom: s, solution: Wait., when: {python: ">=3.12.4"}, constrain: [pydantic>=1.10.16]}
  - {id: loop, title: Loop, symptom: s, solution: Update., when: {platforms: ["alpine-*"]}, constrain: [UVLoop>=0.19]}
  - id: client
    title: Client
    symptom: s
    solution: Hold.
    when: {packages: {starlette: "<0.37.2", other: "<2"}}
    constrain: [httpx<0.28]
  - {id: own, title: Own, symptom: s, solution: t, when: {packages: {pydantic: "<2"}}, constrain: [pydantic>=1.9]}
  - {id: always, title: Always, symptom: s, solution: t}
  - id: compiled
    title: Compiled
    symptom: s
    solution: apk add gcc
    when: {platforms: ["alpine-*"], packages: {httptools: "<0.7", ujson: ">=0"}, sdist: true}
sdists:
  - package: PyYAML
    reason: no wheel
    when: {python: "==3.8.*", platforms: [macos-*, alpine-*]}
    build_packages: {macos: [Xcode], alpine: [gcc, musl-dev]}
dependency_metadata:
  - {name: PyYAML, version: "5.4.1", requires_python: ">=2.7", read_from: its setup.py}
  - {name: pyyaml, requires_dist: ["six>=1; os_name == 'nt'"], provides_extra: [C_Lib], read_from: its setup.py}
"""


@pytest.fixture(scope="module")
def matrices(good):
    return load_matrices({**good, "issues.yaml": ISSUES})


@pytest.fixture(scope="module")
def phase(matrices):
    return matrices.phase("1")


@pytest.fixture
def target(matrices, phase):
    def named(name):
        found = extra_target(matrices, phase, name)
        assert isinstance(found, Target)
        return found

    return named


def test_cells_are_ordered_by_python_then_platform_and_a_no_says_why(matrices, phase):
    found = cells(matrices, phase)
    assert [cell.name for cell in found if isinstance(cell, Target)] == [
        f"py{python}-{platform}"
        for python in ("3.8", "3.12")
        for platform in ("linux-x86_64", "macos-arm64", "windows-x86_64", "alpine-aarch64")
    ]
    noes = [cell for cell in found[:4] if isinstance(cell, Unsupported)]
    assert next((no.target.name, no.reason, no.remedy) for no in noes) == (
        "py3.7-linux-x86_64",
        "Too old",
        "Use flask.",
    )
    assert len(noes) == 4


def test_the_server_decides_which_column_counts(good):
    flask = load_matrices({**good, "phase-1.yaml": good["phase-1.yaml"].replace(b"server: fastapi", b"server: flask")})
    assert all(isinstance(cell, Target) for cell in cells(flask, flask.phase("1")))


def test_a_platform_may_say_no_too(good):
    targets = good["targets.yaml"].replace(
        b"arch: x86_64}\n  - {name: alpine",
        b"arch: x86_64, unsupported: {fastapi: {reason: Not here., remedy: Use Linux.}}}\n  - {name: alpine",
    )
    matrices = load_matrices({**good, "targets.yaml": targets})
    no = extra_target(matrices, matrices.phase("1"), "py3.8-windows-x86_64")
    assert isinstance(no, Unsupported)
    assert (no.reason, no.remedy) == ("Not here.", "Use Linux.")


def test_platforms_become_libc_and_version(target):
    linux, mac, windows, alpine = (
        target(f"py3.8-{name}").platform for name in ("linux-x86_64", "macos-arm64", "windows-x86_64", "alpine-aarch64")
    )
    assert (linux.libc, linux.version) == ("glibc", (2, 28))
    assert (alpine.libc, alpine.version, alpine.os) == ("musl", (1, 2), "linux")
    assert (mac.libc, mac.version) == (None, (13, 0))
    assert (windows.libc, windows.version) == (None, (0, 0))


@pytest.mark.parametrize(
    "name", ["py3.9-linux-x86_64", "py3.8-beos", "3.8-linux-x86_64", "py3.8", "", "py3.08-linux-x86_64", "py3.8.-x"]
)
def test_a_name_the_tables_do_not_know_is_no_target(name, matrices, phase):
    assert extra_target(matrices, phase, name) is None


def test_a_full_version_of_a_known_minor_is_a_target(matrices, phase, target):
    assert target("py3.8.20-linux-x86_64").is_exact
    assert isinstance(extra_target(matrices, phase, "py3.7.17-linux-x86_64"), Unsupported)


def test_the_request_holds_the_rows_that_apply_in_matrix_order(matrices, phase, target):
    rows = request(matrices, phase, target("py3.8-linux-x86_64"), "recommended").rows
    assert [(row.name, str(row.specifier), row.where) for row in rows] == [
        ("fastapi", "<0.100.0,>=0.95.0", "phase-1.yaml:8"),
        ("httpx", "<1.0.0,>=0.24.0", "phase-1.yaml:12"),
        ("uvloop", ">=0.17.0", "phase-1.yaml:17"),
    ]
    assert (rows[0].minimum, rows[0].recommended, rows[1].recommended) == (Version("0.95.0"), Version("0.99.1"), None)
    windows = request(matrices, phase, target("py3.8-windows-x86_64"), "minimum").rows
    assert [row.name for row in windows] == ["fastapi", "httpx"]


def constraints(matrices, phase, target):
    return [
        (str(c.origin).removeprefix("known issue "), str(c.name), str(c.specifier))
        for c in request(matrices, phase, target, "maximum").constraints
        if c.releases is None
    ]


def test_an_issue_of_late_patch_releases_concerns_the_minor_but_not_an_early_patch(matrices, phase, target):
    late = ("late", "pydantic", ">=1.10.16")
    assert late in constraints(matrices, phase, target("py3.12-linux-x86_64"))
    assert late in constraints(matrices, phase, target("py3.12.4-linux-x86_64"))
    assert late not in constraints(matrices, phase, target("py3.12.3-linux-x86_64"))
    assert late not in constraints(matrices, phase, target("py3.8-linux-x86_64"))


def test_platforms_limit_an_issue_and_names_are_normalised(matrices, phase, target):
    assert ("loop", "uvloop", ">=0.19") in constraints(matrices, phase, target("py3.8-alpine-aarch64"))
    assert ("loop", "uvloop", ">=0.19") not in constraints(matrices, phase, target("py3.8-linux-x86_64"))


def test_an_issue_of_releases_binds_each_of_them_and_its_own_package_plainly(matrices, phase, target):
    found = request(matrices, phase, target("py3.8-linux-x86_64"), "maximum").constraints
    narrow = Constraint(origin=IssueOrigin(id="client"), name=NormalizedName("httpx"), specifier=SpecifierSet("<0.28"))
    assert replace(narrow, releases=(NormalizedName("starlette"), SpecifierSet("<0.37.2"))) in found
    assert replace(narrow, releases=(NormalizedName("other"), SpecifierSet("<2"))) in found
    assert (
        Constraint(origin=IssueOrigin(id="own"), name=NormalizedName("pydantic"), specifier=SpecifierSet(">=1.9"))
        in found
    )
    assert len(found) == 3


def test_known_issues_can_be_switched_off(matrices, phase, target):
    assert request(matrices, phase, target("py3.12-linux-x86_64"), "maximum", known_issues=False).constraints == ()


def test_an_sdist_is_permitted_on_exactly_its_targets(matrices, phase, target):
    def permitted(name):
        return request(matrices, phase, target(name), "maximum").sdists

    pyyaml = SdistPermission(name=NormalizedName("pyyaml"), reason="no wheel")
    assert permitted("py3.8-macos-arm64") == (replace(pyyaml, build_packages=("Xcode",)),)
    assert permitted("py3.8.20-alpine-aarch64") == (replace(pyyaml, build_packages=("gcc", "musl-dev")),)
    assert permitted("py3.12-macos-arm64") == permitted("py3.8-linux-x86_64") == ()


def test_what_sdists_require_by_the_matrix_s_word_reaches_the_request(matrices, phase, target):
    one, other = request(matrices, phase, target("py3.8-macos-arm64"), "maximum").stated
    assert one == StatedMetadata(
        name=NormalizedName("pyyaml"),
        version=Version("5.4.1"),
        requires_python=">=2.7",
        read_from="its setup.py",
        where="issues.yaml:24:5",
    )
    assert (other.version, other.requires_dist) == (None, ("six>=1; os_name == 'nt'",))
    assert (other.provides_extra, other.release) == (("c-lib",), "pyyaml")


def test_cut_offs_and_undated_indexes_reach_the_request(good):
    more = b"as_of_for: {HTTPX: 2026-11-21T00:00:00Z}\nindexes:\n  corp: {packages: [Corp-*, inner], undated: true}\n  lab: {packages: [x]}\n"
    matrices = load_matrices({**good, "phase-1.yaml": good["phase-1.yaml"] + more.replace(b"Corp", b"corp")})
    phase = matrices.phase("1")
    target = cells(matrices, phase)[4]
    assert isinstance(target, Target)
    asked = request(matrices, phase, target, "minimum")
    assert asked.as_of == datetime(2026, 11, 20, tzinfo=UTC)
    assert asked.as_of_for == {"httpx": datetime(2026, 11, 21, tzinfo=UTC)}
    assert asked.undated == {"corp-*", "inner"}
    assert matrices.routes == (("corp-*", "corp"), ("inner", "corp"), ("x", "lab"))
    later = datetime(2027, 1, 1, tzinfo=UTC)
    assert request(matrices, phase, target, "minimum", as_of=later).as_of == later


def test_the_default_index_may_be_undated_and_is_no_route(good):
    matrices = load_matrices({**good, "phase-1.yaml": good["phase-1.yaml"] + b"indexes: {default: {undated: true}}\n"})
    phase = matrices.phase("1")
    target = cells(matrices, phase)[4]
    assert isinstance(target, Target)
    assert request(matrices, phase, target, "minimum").undated == {"*"}
    assert matrices.routes == ()


def test_notes_tell_the_issues_a_set_really_has(matrices, target):
    def told(name, **pins):
        versions = {NormalizedName(package): Version(version) for package, version in pins.items()}
        return [note.id for note in notes(matrices, target(name), versions)]

    assert told("py3.8-linux-x86_64") == ["always"]
    assert told("py3.12-linux-x86_64", pydantic="2.6") == ["late", "always"]
    assert told("py3.8-alpine-aarch64", uvloop="0.20", starlette="0.27") == ["loop", "client", "always"]
    assert told("py3.8-linux-x86_64", uvloop="0.20", starlette="0.37.2") == ["always"]
    assert told("py3.8-linux-x86_64", pydantic="1.10") == ["own", "always"]
    assert notes(matrices, target("py3.8-linux-x86_64"), {})[0] == IssueNote(id="always", title="Always", solution="t")


def test_an_issue_of_sdists_is_told_only_where_one_is_used(matrices, target):
    httptools, ujson, other = map(NormalizedName, ("httptools", "ujson", "other"))
    alpine = target("py3.8-alpine-aarch64")

    def told(target, version, *built):
        pins = {httptools: Version(version), other: Version("1")}
        return "compiled" in [note.id for note in notes(matrices, target, pins, built=built)]

    assert told(alpine, "0.6", httptools)
    assert told(alpine, "0.6", other, httptools)
    assert not told(alpine, "0.6")
    assert not told(alpine, "0.6", other)
    assert not told(alpine, "0.6", ujson)
    assert not told(alpine, "0.7", httptools)
    assert not told(target("py3.8-linux-x86_64"), "0.6", httptools)


def test_a_newer_macos_is_a_platform(good):
    targets = good["targets.yaml"].replace(b'macos: "13.0"', b'macos: "26.0"')
    matrices = load_matrices({**good, "targets.yaml": targets})
    mac = extra_target(matrices, matrices.phase("1"), "py3.12-macos-arm64")
    assert isinstance(mac, Target)
    assert mac.platform.version == (26, 0)
    assert {"macosx_26_0_arm64", "macosx_11_0_arm64"} <= {tag.platform for tag in mac.tags}


def test_an_unknown_phase_lists_the_phases_there_are(matrices):
    with pytest.raises(UsageError) as caught:
        matrices.phase("7")
    assert str(caught.value) == "there is no phase '7'\n  The phases are: 1."


def test_what_a_proof_cannot_import_is_known_by_target(good, target):
    text = b"""schema: 1
not_imported:
  - {packages: [Torch, cupy], reason: needs a GPU}
  - {packages: [pygame], reason: needs a display, when: {platforms: ["linux-*"]}}
"""
    loaded = load_matrices({**good, "issues.yaml": text})
    everywhere = {"torch": "needs a GPU", "cupy": "needs a GPU"}
    assert unimported(loaded, target("py3.12-linux-x86_64")) == {**everywhere, "pygame": "needs a display"}
    assert unimported(loaded, target("py3.12-windows-x86_64")) == everywhere


def test_a_target_s_image_is_that_of_its_python_then_of_its_platform_then_the_usual_one(good):
    pythons = b"""pythons:
  - python: "3.8"
    images: {linux-x86_64: "example.org:5000/base/py38@sha256:%(digest)s", alpine-aarch64: "own:{python}"}
  - python: "3.8.20"
  - python: "3.12"
  - {python: "3.14t", images: {linux-x86_64: "free:{python}t"}}
  - python: pypy3.11
""" % {b"digest": b"0" * 64}  # fmt: skip
    written = good["targets.yaml"].partition(b"pythons:")[2].partition(b"platforms:")[2]
    given = b"schema: 1\n" + pythons + b"platforms:" + written + b'images: {linux-x86_64: "base:{python}-1"}\n'
    known = load_matrices({**good, "targets.yaml": given})

    def image(name):
        target = extra_target(known, known.phase("1"), name)
        assert isinstance(target, Target)
        return known.images.of(target)

    assert {name: image(name) for name in (
        "py3.8-linux-x86_64", "py3.8.20-linux-x86_64", "py3.8-alpine-aarch64", "py3.12-linux-x86_64",
        "py3.12-alpine-aarch64", "py3.14t-linux-x86_64", "py3.14t-alpine-aarch64", "pypy3.11-linux-x86_64",
        "py3.8-macos-arm64", "py3.8-windows-x86_64",
    )} == {
        "py3.8-linux-x86_64": f"example.org:5000/base/py38@sha256:{'0' * 64}",
        "py3.8.20-linux-x86_64": f"example.org:5000/base/py38@sha256:{'0' * 64}",
        "py3.8-alpine-aarch64": "own:3.8",
        "py3.12-linux-x86_64": "base:3.12-1",
        "py3.12-alpine-aarch64": "python:3.12-alpine",
        "py3.14t-linux-x86_64": "free:3.14t",
        "py3.14t-alpine-aarch64": "",
        "pypy3.11-linux-x86_64": "",
        "py3.8-macos-arm64": "",
        "py3.8-windows-x86_64": "",
    }  # fmt: skip
