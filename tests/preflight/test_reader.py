"""The small reader is equal to `packaging` on whatever it accepts, accepts what is common, and refuses the rest."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from packaging.markers import Marker
from packaging.requirements import InvalidRequirement
from packaging.requirements import Requirement as Theirs
from packaging.specifiers import Specifier, SpecifierSet
from packaging.utils import canonicalize_name
from packaging.version import Version

from lockgen.index.frozen import FrozenIndex
from lockgen.preflight.requirements import holds, normalized, requirement
from lockgen.preflight.versions import UnreadableError, contains, key, version
from tests.conftest import FROZEN

NUMBERS = st.sampled_from(["0", "1", "2", "3", "10", "00", "2024"])
RELEASES = st.lists(NUMBERS, min_size=1, max_size=4).map(".".join)
SEPARATORS = st.sampled_from(["", ".", "-", "_"])
OPTIONAL = st.one_of(st.just(""), NUMBERS)
PRE = st.tuples(
    SEPARATORS, st.sampled_from(["a", "alpha", "b", "beta", "c", "rc", "RC", "pre", "preview"]), SEPARATORS, OPTIONAL
)
POST = st.one_of(
    NUMBERS.map(lambda number: (f"-{number}",)),
    st.tuples(SEPARATORS, st.sampled_from(["post", "rev", "r", "Post"]), SEPARATORS, OPTIONAL),
)
DEV = st.tuples(SEPARATORS, st.just("dev"), SEPARATORS, OPTIONAL)
LOCAL = st.lists(st.sampled_from(["1", "01", "abc", "cu118", "ABC"]), min_size=1, max_size=3).flatmap(
    lambda parts: st.sampled_from([".", "-", "_"]).map(lambda separator: "+" + separator.join(parts))
)


def maybe(strategy: st.SearchStrategy[Any]) -> st.SearchStrategy[str]:
    return st.one_of(st.just(""), strategy.map("".join))


PUBLIC = st.tuples(
    st.sampled_from(["", "", "v"]), maybe(NUMBERS.map(lambda n: f"{n}!")), RELEASES, maybe(PRE), maybe(POST), maybe(DEV)
).map("".join)
VERSIONS = st.tuples(PUBLIC, maybe(LOCAL)).map("".join)
CLAUSES = st.tuples(
    st.sampled_from(["~=", "==", "!=", "<=", ">=", "<", ">", "==="]),
    st.sampled_from(["", " "]),
    VERSIONS | RELEASES,
    st.sampled_from(["", "", "", ".*"]),
).map("".join)
SPECIFIERS = st.lists(CLAUSES, max_size=3).map(",".join)
NOISE = st.text(alphabet=" .*+-_!<>=~v0123456789abcdeprst,()", max_size=12)

ENVIRONMENT = {
    "implementation_name": "cpython",
    "implementation_version": "3.9.18",
    "os_name": "posix",
    "platform_machine": "x86_64",
    "platform_python_implementation": "CPython",
    "platform_release": "6.1.0-13-amd64",
    "platform_system": "Linux",
    "platform_version": "#1 SMP",
    "python_full_version": "3.9.18",
    "python_version": "3.9",
    "sys_platform": "linux",
}
VARIABLES = st.sampled_from([*ENVIRONMENT, "extra", "extras", "python_implementation", "os.name", "colour"])
LITERALS = st.one_of(
    st.sampled_from(["3.9", "3.10", "3.9.*", "3", "linux", "win32", "posix", "CPython", "x", "X_y", "2.7, 3.9", ""]),
    PUBLIC,
)
OPERATORS = st.sampled_from(["==", "!=", "<", "<=", ">", ">=", "~=", "===", "in", "not in", "not  in"])
QUOTED = st.tuples(LITERALS, st.sampled_from("'\"")).map(lambda pair: f"{pair[1]}{pair[0]}{pair[1]}")
COMPARISONS = st.one_of(
    st.tuples(VARIABLES, OPERATORS, QUOTED),
    st.tuples(QUOTED, OPERATORS, VARIABLES),
    st.tuples(QUOTED, OPERATORS, QUOTED),
).map(" ".join)
MARKERS = st.recursive(
    COMPARISONS,
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from([" and ", " or "]), inner).map("".join), inner.map("({})".format)
    ),
    max_leaves=5,
)


def ours(text: str):
    try:
        return version(text)
    except UnreadableError:
        return None


@given(VERSIONS)
def test_every_version_of_the_standard_is_accepted(text: str) -> None:
    Version(text)
    assert version(text)


@given(VERSIONS, VERSIONS)
@example("1.0.dev1", "1.0a1")
@example("1.0+1", "1.0+a")
@example("1!0", "9")
def test_versions_are_ordered_as_packaging_orders_them(one: str, other: str) -> None:
    left, right = key(version(one)), key(version(other))
    assert (left < right, left == right) == (Version(one) < Version(other), Version(one) == Version(other))


@given(VERSIONS | NOISE, SPECIFIERS | NOISE)
@example("1.0a1", "==1.0.0.*")
@example("1.0+local", ">1.0")
@example("1.0.post1+x", ">1.0.post1")
@example("2.0rc1", "<2.0")
@example("0", "~=0.1,~=0")
@example("2024-0", ">2024dev")
def test_specifiers_mean_what_they_mean_to_packaging(candidate: str, specifiers: str) -> None:
    try:
        found = contains(specifiers, candidate)
    except UnreadableError:
        return
    assert found == SpecifierSet(specifiers).contains(Version(candidate), prereleases=True)


@given(PUBLIC, st.sampled_from(["~=", "==", "!=", "<=", ">=", "<", ">"]), RELEASES)
def test_the_common_specifiers_are_accepted(candidate: str, operator: str, release: str) -> None:
    release = f"{release}.1" if operator == "~=" else release
    assert contains(operator + release, candidate) == Specifier(operator + release).contains(
        candidate, prereleases=True
    )


@given(MARKERS, st.sampled_from(["", "x", "X.Y"]))
@example("'linux' in sys_platform", "")
@example("python_version in '2.7, 3.9' or (extra == 'x' and os_name != \"nt\")", "x")
@example("python_version < '3.10' and extra == 'x_y'", "x-y")
def test_markers_mean_what_they_mean_to_packaging(marker: str, extra: str) -> None:
    try:
        found = holds(marker, ENVIRONMENT, [extra] if extra else [])
    except UnreadableError:
        return
    extras = {"", extra}
    assert found == any(Marker(marker).evaluate({**ENVIRONMENT, "extra": each}) for each in extras)


@given(st.text(max_size=40) | NOISE | MARKERS.map("a>=1; {}".format) | MARKERS.map("a [x,y] ; {}".format))
@example("a @ file:///x ; os_name == 'posix'")
@example("a (>=1.0,<2)")
def test_a_requirement_is_one_to_packaging_too(text: str) -> None:
    try:
        found = requirement(text)
    except UnreadableError:
        return
    theirs = Theirs(text)
    assert found.name == canonicalize_name(theirs.name) == normalized(theirs.name)
    assert set(found.extras) == {canonicalize_name(extra) for extra in theirs.extras}
    assert SpecifierSet(found.specifiers) == theirs.specifier
    assert (Marker(found.marker) if found.marker else None) == theirs.marker


@pytest.mark.parametrize(
    "text",
    ["", "1.0.", "1..0", "a", "1.0+", "1.0-x", "\u0661.0", "1.0\u017f1", "1 0", "9" * 5000, "1.0.*", "latest", "1.0;"],
)
def test_what_is_no_version_is_refused(text: str) -> None:
    assert ours(text) is None


@pytest.mark.parametrize(
    "text", [">=3.6.*", "!=3.0*", "===1.0", "~=1", "1.0", "=1.0", ">=1.0+local", "<2,", "==1.0a1.*", ">"]
)
def test_what_is_no_specifier_or_means_too_much_is_refused(text: str) -> None:
    with pytest.raises(UnreadableError):
        contains(text, "1.0")


@pytest.mark.parametrize(
    "text",
    [
        "sys_platform > 'linux'",
        "python_version == 'x'",
        "platform_release >= '6'",
        "colour == 'red'",
        "'3' < python_version",
        "os_name == 'a\\n'",
        "os_name",
        "os_name ==",
        "(os_name == 'posix'",
        "os_name == 'posix')",
        "os_name == 'posix' os_name == 'nt'",
        "'a' == 'a'",
        "(" * 2000 + "os_name == 'posix'" + ")" * 2000,
    ],
)
def test_a_marker_that_is_none_or_leaves_its_meaning_open_is_refused(text: str) -> None:
    with pytest.raises(UnreadableError):
        holds(text, ENVIRONMENT)


def test_a_variable_nobody_told_is_not_guessed() -> None:
    with pytest.raises(UnreadableError, match="os_name"):
        holds("os_name == 'posix'", {})


def _requirements() -> list[str]:
    """Every Requires-Dist of the frozen index, once."""
    stored = [json.loads(line) for line in FrozenIndex(FROZEN).metadata_lines.values()]
    return sorted({text for answer in stored if isinstance(answer, list) for text in answer[1]})


@pytest.mark.slow
def test_every_requirement_of_the_frozen_index_is_read_as_packaging_reads_it() -> None:
    texts = _requirements()
    assert len(texts) > 300
    refused = []
    for text in texts:
        try:
            found = requirement(text)
        except UnreadableError:
            refused.append(text)
            continue
        theirs = Theirs(text)
        assert SpecifierSet(found.specifiers) == theirs.specifier
        for extra in ["", *re.findall(r"extra == ['\"]([^'\"]+)", text)]:
            environments = ({**ENVIRONMENT, "extra": each} for each in {"", extra})
            expected = theirs.marker is None or any(map(theirs.marker.evaluate, environments))
            assert holds(found.marker, ENVIRONMENT, [extra] if extra else []) == expected
    for text in refused:
        with pytest.raises(InvalidRequirement):
            Theirs(text)
