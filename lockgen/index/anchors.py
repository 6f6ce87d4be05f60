"""The HTML form of a Simple repository API page -> its anchors and the metadata in its head (PEP 503, 629, 792)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from html.parser import HTMLParser
from urllib.parse import unquote, urljoin, urlsplit


@dataclass(frozen=True, slots=True, kw_only=True)
class AnchorDocument:
    """One page: file name and attributes of every anchor that leads to a file, in order."""

    files: tuple[tuple[str, Mapping[str, str]], ...]
    base: str
    version: str
    """`pypi:repository-version`; empty when the page has none (PEP 629)."""
    status: str
    """`pypi:project-status`; empty when the page has none (PEP 792)."""
    has_form: bool
    """Whether there is something to fill in, which a list of files never has and a login page does."""


def read_anchors(text: str, address: str) -> AnchorDocument:
    """The page's anchors. `address` is where the page was found; a base element moves it (HTML, the base element)."""
    parser = _Anchors()
    try:
        parser.feed(text)
        parser.close()
    except AssertionError:
        # The standard library's answer to a broken marked section such as `<![<!x`.
        raise ValueError("not HTML") from None
    return AnchorDocument(
        files=tuple((name, anchor) for anchor in parser.anchors if (name := _filename(anchor["href"]))),
        base=urljoin(address, parser.base or ""),
        version=parser.meta.get("pypi:repository-version", ""),
        status=parser.meta.get("pypi:project-status", ""),
        has_form=parser.has_form,
    )


class _Anchors(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.anchors: list[dict[str, str]] = []
        self.meta: dict[str, str] = {}
        self.base: str | None = None
        self.has_form = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = {name: value or "" for name, value in attrs}
        if tag == "a" and attributes.get("href"):
            self.anchors.append(attributes)
        elif tag == "base" and self.base is None:
            self.base = attributes.get("href")
        elif tag == "meta":
            self.meta.setdefault(attributes.get("name", ""), attributes.get("content", "").strip())
        self.has_form = self.has_form or tag == "form"


def _filename(href: str) -> str:
    # The path names the file; the anchor's text only should (PEP 503).
    return unquote(urlsplit(href).path).rpartition("/")[2]
