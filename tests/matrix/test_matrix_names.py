"""A name of a phase, set, group, platform or index is a folder, a variable or a word of a command: one that could be
more is refused, wherever it stands.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import PurePosixPath, PureWindowsPath

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lockgen.errors import MatrixError
from lockgen.matrix.load import load_matrices
from lockgen.model.matrix import Matrices
from lockgen.model.routes import lock_of, variable_of
from tests.examples import examples

PLACES = {
    "phase": ("phase-1.yaml", 'phase: "1"', "phase: {}"),
    "group": ("phase-1.yaml", "  fast:", "  {}:"),
    "set": ("phase-1.yaml", "optional:", "sets: {{{}: {{dependencies: [{{name: six}}]}}}}\noptional:"),
    "index": ("phase-1.yaml", "optional:", "indexes: {{{}: {{packages: [six]}}}}\noptional:"),
    "platform": ("targets.yaml", "name: linux-x86_64", "name: {}"),
    "server": ("servers.yaml", "name: flask", "name: {}"),
    "python": ("targets.yaml", 'python: "3.8"', "python: {}"),
}
TRAVERSALS = (
    *(
        "..",
        "../up",
        "/etc",
        "a/../../b",
        "a/b",
        "a\\b",
        "C:x",
        "~",
        "a b",
        "$(id)",
        "`id`",
        "a;b",
        "-rf",
        ".git",
        "a\0b",
    ),
    *("a\nb", "CON/x", "a'b", '"', "*", "a\u202eb", "%2e%2e", "{{ 7 }}", "${{ secrets.X }}", ""),
)
SCRAPS = st.lists(
    st.sampled_from([*"./\\:~$`'\"-_ *%{}\n", "a", "1", "..", "A", "é"]) | st.characters(), max_size=6
).map("".join)


def with_name(good: Mapping[str, bytes], place: str, name: str) -> Matrices:
    file, old, new = PLACES[place]
    text = good[file].decode()
    assert old in text
    named = text.replace(old, new.format(json.dumps(name, ensure_ascii=False)), 1)
    return load_matrices({**good, file: named.encode("utf-8", "surrogatepass")})


@pytest.mark.parametrize("place", PLACES)
def test_what_could_be_more_than_a_name_is_refused(good: Mapping[str, bytes], place: str) -> None:
    for name in TRAVERSALS:
        with pytest.raises(MatrixError) as caught:
            with_name(good, place, name)
        assert str(caught.value).isprintable() or "\n" in str(caught.value)
        assert not re.search("[\0\x1b\u202e]", str(caught.value)), name


@settings(max_examples=examples(200))
@given(place=st.sampled_from(sorted(PLACES)), name=SCRAPS)
def test_what_is_taken_is_one_word_and_one_folder(good: Mapping[str, bytes], place: str, name: str) -> None:
    try:
        matrices = with_name(good, place, name)
    except MatrixError:
        return
    words = [*(row.name for row in matrices.platforms), *(row.python for row in matrices.pythons)]
    for phase in matrices.phases.values():
        words += [phase.phase.partition("/")[0], phase.set, *(row.group for row in phase.dependencies if row.group)]
        assert all(re.fullmatch(r"[A-Z][A-Z0-9_]*", variable_of(alias)) for alias in phase.indexes)
        assert all(re.fullmatch(r"requirements\.[a-z0-9-]+\.lock", lock_of(alias)) for alias in phase.indexes)
    for word in words:
        assert re.fullmatch(r"[a-z0-9][a-z0-9._-]*", word)
        assert PurePosixPath(word).name == PureWindowsPath(word).name == word
