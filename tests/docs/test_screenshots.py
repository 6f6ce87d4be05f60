"""Every picture of the documentation is one that tests/docs/screenshots.py makes, small, and shown somewhere."""

from __future__ import annotations

import re

from tests.conftest import ROOT
from tests.docs.screenshots import FOLDER, MOST, SHOTS

SUFFIXES = {".png", ".jpg", ".jpeg", ".gif", ".svg", ".webp"}


def test_each_is_made_by_the_script() -> None:
    places = [ROOT / "README.md", *(ROOT / "docs").rglob("*")]
    assert {path.name for path in places if path.suffix in SUFFIXES} == set(SHOTS)


def test_each_is_small_and_shown() -> None:
    texts = "\n".join(path.read_text("utf-8") for path in (ROOT / "docs").rglob("*.md"))
    shown = set(re.findall(r"!\[[^\]]+\]\([^)]*pictures/([\w.-]+)\)", texts))
    assert shown == set(SHOTS)
    assert {name: size for name in SHOTS if (size := (FOLDER / name).stat().st_size) > MOST} == {}
