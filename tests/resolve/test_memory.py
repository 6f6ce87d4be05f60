"""Masks: for every specifier exactly the versions that `SpecifierSet.contains` holds, without asking it for each."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from packaging.specifiers import InvalidSpecifier, Specifier, SpecifierSet
from packaging.utils import canonicalize_name
from packaging.version import Version

from lockgen.model.index import Metadata
from lockgen.model.target import make_target
from lockgen.resolve.masks import versions_in
from lockgen.resolve.memory import MemoryIndex
from tests.examples import examples
from tests.universe import Universe, target

# Each drawn at one go: most of what such a test costs is drawing.
numbers = st.sampled_from((0, 0, 1, 2, 3, 10))
releases = st.lists(numbers, min_size=1, max_size=4).map(lambda parts: ".".join(map(str, parts)))
epochs = st.sampled_from(("", "", "", "1!"))
endings = st.sampled_from(
    [
        f"{early}{late}{dev}{local}"
        for early in ("", "", "a1", "b2", "rc1", "rc2")
        for late in ("", "", ".post0", ".post2")
        for dev in ("", "", ".dev0", ".dev3")
        for local in ("", "", "+cpu", "+1", "+abc.2")
    ]
)
operators = st.sampled_from(
    (">=", ">=", "<=", "<=", "==", "==.*", "!=", "!=.*", "<", "<", ">", ">", "~=", "~=", "===", "===")
)
versions = st.builds("{}{}{}".format, epochs, releases, endings)


def clause(operator: str, text: str) -> Specifier | None:
    if operator.endswith(".*"):
        operator, text = operator[:2], f"{text.partition('+')[0]}.*"
    try:
        return Specifier(f"{operator}{text}")
    except InvalidSpecifier:
        return None


@settings(max_examples=examples(600), deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.sets(versions.map(Version), max_size=40), st.lists(st.builds(clause, operators, versions), max_size=6))
def test_a_mask_holds_what_contains_holds(listed: set[Version], found: list[Specifier | None]) -> None:
    ordered = sorted(listed)
    for each in filter(None, found):
        held = [version for version in ordered if each.contains(version, prereleases=True)]
        mask = versions_in(ordered, each)
        assert [version for place, version in enumerate(ordered) if mask >> place & 1] == held, str(each)
        assert mask < 1 << len(ordered)


@pytest.mark.parametrize(
    ("specifier", "held"),
    [
        ("", ["1.0", "2.0rc1", "2.0", "2.0+cpu", "2.0.post1", "2.1"]),
        ("<2.0", ["1.0"]),
        ("<=2.0", ["1.0", "2.0rc1", "2.0", "2.0+cpu"]),
        (">2.0", ["2.1"]),
        (">2.0.post0", ["2.0.post1", "2.1"]),
        ("==2.0", ["2.0", "2.0+cpu"]),
        ("==2.0+cpu", ["2.0+cpu"]),
        ("==2.*", ["2.0rc1", "2.0", "2.0+cpu", "2.0.post1", "2.1"]),
        ("!=2.0.*", ["1.0", "2.1"]),
        ("~=2.0", ["2.0", "2.0+cpu", "2.0.post1", "2.1"]),
        ("===2.0.post1", ["2.0.post1"]),
        (">=1.0,<2.1,!=2.0", ["1.0", "2.0rc1", "2.0.post1"]),
    ],
)
def test_the_exceptions_of_pep_440(specifier: str, held: list[str]) -> None:
    listed = ("1.0", "2.0rc1", "2.0", "2.0+cpu", "2.0.post1", "2.1")
    memory, name = MemoryIndex(Universe({"a": {version: {} for version in listed}})), canonicalize_name("a")
    mask = memory.mask(name, SpecifierSet(specifier))
    assert [str(version) for place, version in enumerate(memory.listed(name).versions) if mask >> place & 1] == held


def test_equal_versions_that_are_written_otherwise_are_the_same() -> None:
    """`2.0` and `2.0.0` are one version; a mask made of their strings would let one of them past `!=`."""
    listed = list(map(Version, ("1.9", "2.0", "2.0.1")))
    assert versions_in(listed, Specifier("!=2.0.0")) == 0b101
    assert versions_in(listed, Specifier("==2")) == 0b010


def test_a_name_the_index_does_not_know_has_no_versions() -> None:
    memory = MemoryIndex(Universe({}))
    assert memory.listed(canonicalize_name("nobody")).versions == ()
    assert memory.mask(canonicalize_name("nobody"), SpecifierSet(">=1")) == 0


def test_a_marker_is_judged_from_the_floor_on() -> None:
    platform = target("py3.9-linux-x86_64").platform
    index = MemoryIndex(Universe({"a": {"1": {"requires": ["b; python_full_version<'3.9.2'"]}}}))
    project = index.project(canonicalize_name("a"))
    assert project is not None
    (file,) = project.files(Version("1"))
    metadata = index.metadata(file)
    assert isinstance(metadata, Metadata)
    (line,) = index.requires_dist(file, metadata)
    answers = [index.switches_on(make_target("3.9", platform, floor=floor), line, "") for floor in ("3.9.0", "3.9.5")]
    assert answers == [True, False]
