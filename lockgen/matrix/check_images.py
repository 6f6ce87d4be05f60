"""Faults between `images` and the platforms of targets.yaml."""

from __future__ import annotations

from collections.abc import Iterator

from lockgen.matrix.complaint import Complaint, nearest, shown
from lockgen.matrix.document import Document


def image_complaints(document: Document) -> Iterator[Complaint]:
    """Images of platforms that targets.yaml does not have, and of those that run in no container."""
    systems = {
        document.text(*path, "name").strip(): document.text(*path, "os") for path, _ in document.items("platforms")
    }
    systems.pop("", None)
    known = [name for name, system in systems.items() if system == "linux"]
    for path in ((), *(path for path, _ in document.items("pythons"))):
        node = document.get(*path, "images")
        for name in node.fields if node else ():
            if name in known:
                continue
            where = (*path, "images", name)
            if name in systems:
                message = f"{shown(name)} is no platform of Linux, so no container runs it"
                yield document.complain(where, message, "Delete this key.", key=True)
            else:
                word = nearest(name, known)
                listed = ", ".join(map(shown, known)) or "none"
                hint = f"Did you mean {shown(word)}?" if word else f"The platforms of Linux are: {listed}."
                yield document.complain(where, f"{shown(name)} is no platform of targets.yaml", hint, key=True)
