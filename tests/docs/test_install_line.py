"""lockgen is on no index: nothing in this repository installs it by a name that anybody could register there."""

from __future__ import annotations

import re

import pytest

from tests.conftest import ROOT

PLACES = [
    path
    for pattern in (
        "*.md",
        "docs/**/*.md",
        "templates/**/*",
        ".github/**/*.yml",
        ".pre-commit*.yaml",
        "lockgen/**/*.py",
        ".ci/run",
    )
    for path in sorted(ROOT.glob(pattern))
    if path.is_file() and "__pycache__" not in path.parts
]
_BY_NAME = re.compile(
    r"""(?:pip3?|pipx|uvx|uv|poetry|pdm|conda)\s              # an installer
        (?:(?:-\S+|install|tool|add|run|pip|download|wheel|--\S+)\s+)*
        ["']?lockgen(?:\[[\w,]*\])?                          # the name
        (?:\s*(?:==|>=|~=|<)[\w.]+)?["']?(?=$|[\s`.;&|)])     # with a version at the most
        (?!\s*@)""",
    re.VERBOSE | re.MULTILINE,
)


def test_it_is_installed_from_an_address_or_a_file() -> None:
    found = {place.relative_to(ROOT).as_posix(): _BY_NAME.findall(place.read_text("utf-8")) for place in PLACES}
    assert len(found) > 400
    assert {place: lines for place, lines in found.items() if lines} == {}


@pytest.mark.parametrize(("text", "is_by_name"), [
    ("pip install lockgen", True), ("pip install --quiet 'lockgen==0.1.0'", True), ("uvx lockgen render", True),
    ("uv tool install lockgen", True), ("pipx run lockgen", True), ("`pip install lockgen`.", True),
    ('pip install "lockgen @ git+https://HOST/lockgen.git@v1"', False), ("pip install .", False),
    ("pip install dist/lockgen-0.1.0-py3-none-any.whl", False), ("pip install '.[test]' && lockgen render", False),
    ("pip install lockgen-0.1.0-py3-none-any.whl", False),
])  # fmt: skip
def test_what_counts_as_by_name(text, is_by_name) -> None:
    assert bool(_BY_NAME.search(text)) is is_by_name
