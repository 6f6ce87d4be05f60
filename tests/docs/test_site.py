"""The site of docs/: Sphinx finds nothing wrong with it, and whoever reads it asks nothing of a network."""

from __future__ import annotations

import importlib.util
import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import pytest

from tests.conftest import ROOT

DOCS = sorted((ROOT / "docs").rglob("*.md"))
pytestmark = pytest.mark.skipif(
    importlib.util.find_spec("myst_parser") is None, reason="the site is built where the extra `docs` is installed"
)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built as CONTRIBUTING says, every warning an error."""
    folder = tmp_path_factory.mktemp("site")
    words = [sys.executable, "-m", "sphinx", "-W", "--keep-going", "-q", "-j", "2", "-c", "docs"]
    done = subprocess.run([*words, ".", folder], capture_output=True, text=True, check=False, cwd=ROOT)
    assert (done.returncode, done.stderr) == (0, "")
    return folder


class Asked(HTMLParser):
    """What a browser fetches by itself to show a page: not what a link leads to."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = {name: value or "" for name, value in attrs}
        self.found += [named[name] for name in ("src", "srcset", "data", "poster") if name in named]
        if tag in ("link", "use", "image"):
            self.found += [named[name] for name in ("href", "xlink:href") if name in named]
        self.found += _addresses(named.get("style", ""))


def _addresses(css: str) -> list[str]:
    return re.findall(r"(?:url\(|@import)\s*[\"']?([^\"')\s;]+)", css)


def _is_elsewhere(address: str) -> bool:
    return address.startswith(("http:", "https:", "//", "ws:", "wss:"))


@pytest.mark.slow
def test_every_page_is_there_and_can_be_found(site: Path) -> None:
    built = {path.relative_to(site).with_suffix(".md") for path in site.rglob("*.html")}
    assert {path.relative_to(ROOT) for path in DOCS} <= built
    assert (site / "index.html").is_file()
    assert (site / "searchindex.js").is_file()


@pytest.mark.slow
def test_it_is_read_without_a_network(site: Path) -> None:
    for path in site.rglob("*.html"):
        asked = Asked()
        asked.feed(path.read_text("utf-8"))
        assert not [each for each in asked.found if _is_elsewhere(each)], path
    for path in site.rglob("*.css"):
        assert not [each for each in _addresses(path.read_text("utf-8")) if _is_elsewhere(each)], path
    for path in site.rglob("*.js"):
        fetched = re.findall(r"""(?:fetch|import|importScripts)\(\s*["'`](https?:[^"'`]*)""", path.read_text("utf-8"))
        assert not fetched, path


@pytest.mark.slow
@pytest.mark.parametrize(("fragment", "asked"), [
    ('<img src="https://a.example/x.png">', 1), ('<a href="https://a.example/">x</a>', 0),
    ('<link rel="stylesheet" href="//a.example/x.css">', 1), ('<p style="background: url(https://a.example/x)">', 1),
])  # fmt: skip
def test_what_counts_as_asking(fragment: str, asked: int) -> None:
    reader = Asked()
    reader.feed(fragment)
    assert len([each for each in reader.found if _is_elsewhere(each)]) == asked
