"""Whatever a file holds, reading it ends in matrices or in complaints."""

from __future__ import annotations

import contextlib
import json

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lockgen.errors import MatrixError
from lockgen.matrix.load import load_matrices
from tests.examples import examples

quickly = settings(
    max_examples=examples(30),
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)

scraps = st.sampled_from(
    [
        "&a ",
        "*a",
        "- ",
        "? ",
        ": ",
        "\t",
        "\n",
        "\n  ",
        "'",
        '"',
        "{",
        "}",
        "[",
        "]",
        "|\n",
        ">-\n",
        "!!str ",
        "!<x>",
        "%YAML 1.2\n",
        "---\n",
        "...\n",
        "#",
        "~",
        "null",
        "3.10",
        "0x1f",
        "-.inf",
        ".nan",
        "1e999",
        "@",
        "`",
        "\\",
        "<<: *a",
        "\ufeff",
        "\u2028",
        "é",
        "😀",
    ]
)
leaves = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=8)
    | st.sampled_from(["<1", ">=1", "1.0", "linux-*", "9" * 5000])
)
keys = st.text(max_size=4) | st.sampled_from(
    [
        "schema",
        "phase",
        "dependencies",
        "name",
        "minimum",
        "maximum",
        "recommended",
        "when",
        "platforms",
        "python",
        "optional",
        "extends",
        "as_of",
        "as_of_for",
        "indexes",
        "packages",
        "accept",
        "issues",
        "constrain",
        "sdists",
        "dependency_metadata",
        "requires_dist",
        "build_requires",
        "read_from",
        "conflicts",
        "pythons",
        "build_packages",
    ]
)
values = st.recursive(
    leaves, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(keys, inner, max_size=5), max_leaves=25
)


def read(texts) -> None:
    with contextlib.suppress(MatrixError):
        load_matrices(texts)


@quickly
@given(st.binary(max_size=200))
def test_any_bytes(good, content):
    for file in ("phase-1.yaml", "targets.yaml", "issues.yaml"):
        read({**good, file: content})


@quickly
@given(st.lists(scraps | st.text(max_size=3), max_size=30).map("".join))
def test_any_text(good, text):
    read({**good, "phase-9.yaml": text.encode("utf-8", "surrogatepass")})


@quickly
@given(values.map(json.dumps), st.sampled_from(["phase-1.yaml", "targets.yaml", "issues.yaml"]))
def test_any_values(good, text, file):
    read({**good, file: text.encode()})


@quickly
@given(st.data())
def test_a_matrix_with_scraps_in_it(good, data):
    file = data.draw(st.sampled_from(sorted(good)))
    text = good[file].decode()
    for _ in range(data.draw(st.integers(1, 3))):
        start = data.draw(st.integers(0, len(text)))
        text = text[:start] + data.draw(scraps) + text[start + data.draw(st.integers(0, 12)) :]
    read({**good, file: text.encode()})


@quickly
@given(st.dictionaries(keys, values, max_size=6))
def test_a_matrix_with_any_keys_laid_over_it(good, extra):
    lines = "".join(f"{json.dumps(key)}: {json.dumps(value)}\n" for key, value in extra.items())
    file = sorted(good)[len(extra) % len(good)]
    read({**good, file: good[file] + lines.encode(), "issues.yaml": b"schema: 1\n" + lines.encode()})
