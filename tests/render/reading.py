"""What a browser would make of the page: its elements, and what they would load or run."""

from __future__ import annotations

from html.parser import HTMLParser

from lockgen.render.report_script import SCRIPT


class Reading(HTMLParser):
    """Elements with their attributes, and the text outside styles and scripts."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.text = ""
        self.style = ""
        self.script = ""
        self._tag = ""
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {name: value or "" for name, value in attrs}))
        self._tag = tag
        self.text += " " if tag in {"td", "th"} else ""

    def handle_endtag(self, tag: str) -> None:  # noqa: ARG002 - HTMLParser's own signature
        self._tag = ""

    def handle_data(self, data: str) -> None:
        if self._tag == "style":
            self.style += data
        elif self._tag == "script":
            self.script += data
        else:
            self.text += data

    def all(self, tag: str) -> list[dict[str, str]]:
        return [attributes for name, attributes in self.elements if name == tag]

    def dangers(self) -> list[str]:
        """What would run or load something, or lead outside; the page's one script is known."""
        tags = {"img", "iframe", "object", "embed", "link", "base", "form", "video", "audio", "source"}
        found = [tag for tag, _ in self.elements if tag in tags]
        found += [] if (self.script, len(self.all("script"))) == (SCRIPT, 1) else ["script"]
        for tag, attributes in self.elements:
            found += [f"{tag} {name}" for name in attributes if name.startswith("on") or name in {"src", "style"}]
            found += [value for name, value in attributes.items() if name.endswith("href") and value[:1] != "#"]
        return [*found, *(word for word in ("url(", "@import", "expression(", "</") if word in self.style.lower())]

    def broken_links(self) -> set[str]:
        ids = [attributes["id"] for _, attributes in self.elements if "id" in attributes]
        assert len(ids) == len(set(ids)), "an id names one element"
        return {link["href"][1:] for link in self.all("a")} - set(ids)
