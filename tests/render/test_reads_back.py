"""What is rendered parses back to exactly what was meant, by each file's own reader: pip, CommonMark, JSON, a shell,
Python, HTML. Every text that a matrix may hold is drawn, every character that the readers give a meaning to often.
"""

from __future__ import annotations

import ast
import json
import shlex
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name
from packaging.version import Version
from pip._internal.network.session import PipSession
from pip._internal.req.req_file import parse_requirements

from lockgen.model.issues import When
from lockgen.model.overrides import OverrideRule
from lockgen.model.request import SdistPermission
from lockgen.model.result import Deviation, IssueNote
from lockgen.render.documents import documents
from lockgen.render.environment import templates
from lockgen.text.safe import clean
from tests.conftest import Lockgen
from tests.examples import examples
from tests.lint.stand import LINUX, frozen, put
from tests.render.cells import FACTS, cell, default_texts, mac_cell, pin, row, set_of
from tests.render.dockerfile import read
from tests.render.reading import Reading

TEMPLATES = templates(default_texts())
_NASTY = "\\\"'`|:#[](){}<>&*_~!-+=%$@;,./ \u00e9\U0001f600"
_WORDS = (
    *(
        "::error::x",
        "##[error]x",
        "-r /etc/passwd",
        "--hash=sha256:00",
        "{{ 7 * 7 }}",
        "{% raw %}",
        "{# x",
        "$(id)",
        "`id`",
    ),
    *(
        "<script>alert(1)</script>",
        "]]>",
        "-->",
        "*/",
        "'''",
        '"""',
        "${IFS}",
        "coding: utf-7",
        "a==1",
        "- x",
        "1. x",
        "> x",
    ),
    *(
        "---",
        "__init__",
        "![x](y)",
        "[x]: y",
        "%0A",
        "null",
        "~",
        "&amp;",
        "\\",
        "\\\\",
        "|---|",
        "# x",
        "x #",
        "@x",
        "!!str x",
    ),
)
LINES = st.lists(
    st.sampled_from(_NASTY) | st.sampled_from(_WORDS) | st.characters(categories=["L", "N", "P", "S"]),
    min_size=1,
    max_size=8,
)
"""What `read_line` takes: printable, on one line, with something in it."""
TEXT = LINES.map("".join).map(str.strip).filter(lambda text: bool(text) and text.isprintable())
ANYTHING = st.lists(
    st.sampled_from([*_NASTY, "\n", "\r", "\x0b", "\x85", "\u2028", "\x1b", "\u202e", "\0"]) | st.characters()
).map("".join)
NAMES = st.from_regex(r"[a-z0-9]([a-z0-9-]{0,8}[a-z0-9])?", fullmatch=True).map(canonicalize_name)
VERSIONS = st.builds(
    lambda epoch, release, pre, post, dev: Version(f"{epoch}{'.'.join(map(str, release))}{pre}{post}{dev}"),
    st.sampled_from(["", "1!"]),
    st.lists(st.integers(0, 2030), min_size=1, max_size=4),
    st.sampled_from(["", "a1", "rc2"]),
    st.sampled_from(["", ".post3"]),
    st.sampled_from(["", ".dev4"]),
)
LOCALS = st.sampled_from(["", "+cpu", "+cu118.1"])


@dataclass(frozen=True)
class Line:
    """A requirement as pip read it."""

    requirement: Requirement
    hashes: tuple[str, ...]
    is_constraint: bool


@cache
def _session() -> PipSession:
    return PipSession()


def pip_reads(path: Path) -> list[Line]:
    """Each requirement of the file, and of those that it includes."""
    return [
        Line(
            Requirement(each.requirement.partition(" --")[0]),
            tuple((each.options or {}).get("hashes", {}).get("sha256", ())),
            each.constraint,
        )
        for each in parse_requirements(str(path), _session())
    ]


@settings(max_examples=examples(80), suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    pins=st.dictionaries(NAMES, st.tuples(VERSIONS, LOCALS, st.integers(1, 3)), min_size=1, max_size=4),
    rows=st.lists(st.tuples(NAMES, st.sets(NAMES, max_size=2), VERSIONS), max_size=3, unique_by=lambda each: each[0]),
    words=ANYTHING,
)
def test_pip_reads_the_set_and_nothing_else(pins, rows, words, tmp_path):
    permission = SdistPermission(name=canonicalize_name("pyyaml"), reason=words, build_packages=(words,))
    locked = [
        pin(
            *(f"{name.replace('-', '_')}-{version}{local}-{build}-py3-none-any.whl" for build in range(builds, 0, -1)),
            by=(words, "fastapi 0.99.1"),
        )
        for name, (version, local, builds) in pins.items()
        if name != "pyyaml"
    ]
    base = mac_cell()
    given_ = replace(
        cell(
            base.request.target,
            [row(name, f">={version.public}", extras=extras) for name, extras, version in rows],
            [*locked, pin("pyyaml-6.0.3.tar.gz", by=(words,), permission=permission)],
            build=set_of(base).build,
            deviations=(Deviation(name=canonicalize_name("x"), wanted=Version("1"), got=Version("2"), because=words),),
        ),
        issues=(IssueNote(id=words, title=words, solution=words),),
    )
    given_ = replace(
        given_,
        request=replace(
            given_.request,
            overrides=(
                OverrideRule(
                    name=canonicalize_name("y"),
                    extras=frozenset(),
                    specifier=SpecifierSet("<2"),
                    reason=words,
                    where=words,
                    when=When(),
                ),
            ),
        ),
    )
    facts = replace(FACTS, phase=words, title=words, command=words)
    for name, text in documents(facts, given_, TEMPLATES).items():
        (tmp_path / name).write_bytes(text.encode())
    pinned = {each.name: (each.version, tuple(file.sha256 for file in each.files)) for each in set_of(given_).pins}

    lock = pip_reads(tmp_path / "requirements.lock")
    assert {each.requirement.name: (_exact(each), each.hashes) for each in lock} == pinned
    assert len(lock) == len(pinned)
    constraints = pip_reads(tmp_path / "constraints.txt")
    assert {each.requirement.name: _exact(each) for each in constraints} == {
        name: each[0] for name, each in pinned.items()
    }
    asked = [each for each in pip_reads(tmp_path / "requirements.txt") if not each.is_constraint]
    assert [(each.requirement.name, each.requirement.extras, each.requirement.specifier) for each in asked] == [
        (name, extras, SpecifierSet(f">={version.public}")) for name, extras, version in rows
    ]
    built = {each.requirement.name for each in pip_reads(tmp_path / "build-constraints.txt")}
    assert built == {"cython", "setuptools", "pyyaml"} - ({"pyyaml"} - built)


def _exact(line: Line) -> Version:
    (clause,) = line.requirement.specifier
    assert clause.operator == "=="
    return Version(clause.version)


# Every free text of a matrix, in its file. {0} to {N} are the drawn texts, as JSON, which is YAML.
_PHASE = """schema: 1
phase: example
title: {title}
revision: 1
server: web
as_of: 2026-01-01T00:00:00Z
dependencies:
  - {{name: a, minimum: "1.0", recommended: "2.0", maximum: "<3", note: {note}}}
optional:
  fast:
    - {{name: b, minimum: "1.0", purpose: {purpose}, when_required: {when_required}}}
exclude: [{{name: c, reason: {exclude}}}]
"""
_TARGETS = """schema: 1
pythons:
  - {{python: "3.7", unsupported: {{web: {{reason: {reason}, remedy: {remedy}}}}}}}
  - {{python: "3.11", note: {python_note}}}
  - {{python: "3.12"}}
platforms:
  - {linux}
skip: [{{targets: ["py3.12-*"], reason: {skip}}}]
"""
_SERVERS = """schema: 1
servers:
  - {{name: web, title: {server}, image: {{command: [{command}, {argument}], smoke: [{argument}]}}}}
"""
_ISSUES = """schema: 1
issues:
  - {{id: an-issue, title: {issue}, symptom: {symptom}, cause: {cause}, solution: {solution}, note: {issue_note}}}
conflicts:
  - {{library: b, published: {published}, workaround: {workaround}}}
"""
_KEYS = (
    *("title", "note", "purpose", "when_required", "exclude", "reason", "remedy", "python_note", "skip", "server"),
    *("command", "argument", "issue", "symptom", "cause", "solution", "issue_note", "published", "workaround"),
)
_PACKAGES: Mapping[str, Any] = {
    "a": {"1.0": {"requires": ["c"]}, "2.0": {}},
    "b": {"1.0": {"requires": ["a<2"]}},
    "c": {"1.0": {}},
}
_TARGET = "py3.11-linux-x86_64"


def project(folder: Path, words: Mapping[str, str]) -> Path:
    """Matrices that say these words, and the frozen index that answers them."""
    texts = {key: json.dumps(text, ensure_ascii=False) for key, text in words.items()}
    files = {"example.yaml": _PHASE, "targets.yaml": _TARGETS, "servers.yaml": _SERVERS, "issues.yaml": _ISSUES}
    put(folder / "matrices", {name: text.format(**texts, linux=LINUX).encode() for name, text in files.items()})
    file = folder / "index.xz"
    if not file.exists():
        file.write_bytes(frozen(_PACKAGES))
    return file


def _rendered(lockgen: Lockgen, folder: Path, words: Mapping[str, str]) -> tuple[Path, str]:
    done = lockgen("render", "--frozen", project(folder, words))
    assert done.code == 0, done.err
    assert all(line.isprintable() and not line.startswith("::") for line in (done.out + done.err).split("\n"))
    return folder / "output" / "example", done.err


@pytest.mark.parametrize(
    "words",
    [
        pytest.param(lambda place: _WORDS[place % len(_WORDS)], id="one-each"),
        pytest.param(lambda place: "".join(_WORDS)[: 400 + place], id="all-at-once"),
    ],
)
def test_the_files_of_a_phase_say_what_its_matrix_says(words: Callable[[int], str], lockgen: Lockgen, tmp_path: Path):
    check_phase(lockgen, tmp_path, {key: words(place) for place, key in enumerate(_KEYS)})


@pytest.mark.slow
@settings(
    phases=[Phase.generate],
    max_examples=examples(80),
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(words=st.tuples(*([TEXT] * len(_KEYS))))
def test_the_files_of_a_phase_say_what_any_matrix_says(words: tuple[str, ...], lockgen: Lockgen, tmp_path: Path):
    check_phase(lockgen, tmp_path, dict(zip(_KEYS, words, strict=True)))


def check_phase(lockgen: Lockgen, folder: Path, words: Mapping[str, str]) -> None:
    output, _ = _rendered(lockgen, folder, words)
    said = {key: clean(text) for key, text in words.items()}
    _check_markdown(
        (output / "COMPATIBILITY.md").read_text(encoding="utf-8"), {k: " ".join(v.split()) for k, v in words.items()}
    )
    _check_image((output / "Dockerfile").read_text(encoding="utf-8"), words)
    _check_guard((output / "preflight.py").read_text(encoding="utf-8"), said)
    targets = json.loads((output / "summary.json").read_text(encoding="utf-8"))["targets"]
    no = targets["py3.7-linux-x86_64"]
    assert (no["reason"], no["remedy"]) == (said["reason"], said["remedy"])
    pins = {each.requirement.name: str(_exact(each)) for each in pip_reads(output / _TARGET / "requirements.lock")}
    assert pins == {"a": "1.0", "b": "1.0"}
    page = folder / "report.html"
    done = lockgen("report", "--frozen", folder / "index.xz", page)
    assert done.code == 0, done.err
    reading = Reading(page.read_text(encoding="utf-8"))
    assert reading.dangers() == []
    assert " ".join(said["title"].split()) in " ".join(reading.text.split())


def _check_markdown(text: str, words: Mapping[str, str]) -> None:
    tokens = MarkdownIt("commonmark").enable("table").enable("strikethrough").parse(text)
    cells = [each.children or [] for each in tokens if each.type == "inline"]
    plain = ["".join(part.content if part.type != "softbreak" else " " for part in each) for each in cells]
    foreign = {part.type for each in cells for part in each} - {
        "text",
        "text_special",
        "code_inline",
        "strong_open",
        "strong_close",
        "softbreak",
    }
    assert not foreign
    assert {each.type for each in tokens if each.type.endswith("_open")} == {
        *("heading_open", "paragraph_open", "table_open", "thead_open", "tr_open", "th_open", "tbody_open", "td_open"),
        *("bullet_list_open", "list_item_open"),
    }
    assert {each.type for each in tokens if not each.type.endswith(("_open", "_close"))} == {"inline"}
    for key in (
        "note",
        "purpose",
        "when_required",
        "python_note",
        "server",
        "symptom",
        "cause",
        "solution",
        "issue_note",
    ):
        assert words[key] in plain, key
    for key in ("published", "workaround", "issue"):
        assert words[key] in plain, key
    assert f"Compatibility of phase example: {clean(words['title'])}".rstrip() in plain
    assert f"no: {words['reason']}" in plain
    assert f"py3.12-*: {words['skip']}" in plain
    assert f"no c, whatever releases demand: {words['exclude']}" in plain


def _check_image(text: str, words: Mapping[str, str]) -> None:
    stages = read(text)
    assert [stage.name for stage in stages] == ["chosen", "installed", ""]
    last = dict(stages[-1].instructions)
    assert json.loads(last["CMD"]) == [clean(words["command"]), clean(words["argument"])]
    assert [clean(words["argument"])] in [
        json.loads(rest) for name, rest in stages[-1].instructions if name == "RUN" and rest[0] == "["
    ]
    (choose,) = (rest for name, rest in stages[0].instructions if name == "RUN")
    said = shlex.split(choose.partition(" in ")[2])
    assert clean(f"{clean(words['reason']).removesuffix('.')}. {clean(words['remedy'])}") in said


def _check_guard(text: str, words: Mapping[str, str]) -> None:
    module = ast.parse(text)
    (matrix,) = (
        ast.literal_eval(node.value)
        for node in module.body
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name) and node.targets[0].id == "MATRIX"
    )
    assert matrix["title"] == words["title"]
    assert matrix["issues"][0]["title"] == words["issue"]
    assert matrix["conflicts"][0]["published"] == words["published"]
    assert matrix["pythons"][0]["unsupported"]["web"] == {"reason": words["reason"], "remedy": words["remedy"]}
