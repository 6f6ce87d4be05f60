"""What is installed on a path, read from the metadata files themselves.

Not through importlib.metadata: Python 3.7 has none, and it reads the whole of every file where the head is enough.
"""

from __future__ import annotations

import json
import os
import sys
from typing import Any, Iterable, Iterator

_HEAD = 65536
_FIELDS = ("Name", "Version", "Requires-Dist", "Requires-Python")


def distributions(paths: Iterable[str]) -> dict[str, list[dict[str, Any]]]:
    """{"found": [...], "unreadable": [...]}: every distribution on the path, in the order in which Python would look.

    Of each: name and version as they stand there, requires_dist (list), requires_python, installer, editable,
    direct_url (whether it came from a file or an address rather than from an index), and location, the path's entry.
    Of what cannot be read: path and reason. A name may occur twice; imports then see the first.
    """
    found = []
    unreadable = []
    for folder in dict.fromkeys(os.path.abspath(path) for path in paths):
        for entry in _entries(folder):
            try:
                each = _read(folder, entry)
            except (OSError, ValueError) as error:
                unreadable.append({"path": os.path.join(folder, entry), "reason": _reason(error)})
            else:
                found.extend([each] if each else [])
    return {"found": found, "unreadable": unreadable}


def _reason(error: Exception) -> str:
    return getattr(error, "strerror", None) or str(error)


def _entries(folder: str) -> list[str]:
    try:
        names = os.listdir(folder)
    except OSError:
        return []  # a zip file, or an entry that leads nowhere: Python passes over it too
    if folder.endswith(".egg"):
        names = ["EGG-INFO"] if "EGG-INFO" in names else []
    # pip renames what it is about to remove to ~ip.
    return sorted(name for name in names if _is_metadata(name) and not name.startswith("~"))


def _is_metadata(name: str) -> bool:
    return name.endswith((".dist-info", ".egg-info")) or name == "EGG-INFO"


def _read(folder: str, entry: str) -> dict[str, Any] | None:
    place = os.path.join(folder, entry)
    is_egg = not entry.endswith(".dist-info")
    if is_egg and os.path.isfile(place):
        fields = _fields(_head(place))  # distutils wrote one file
    else:
        fields = _fields(_head(os.path.join(place, "PKG-INFO" if is_egg else "METADATA")))
    if not fields["Name"] or not fields["Version"]:
        raise ValueError("it says no name or no version")
    requires = fields["Requires-Dist"]
    if is_egg and not requires:
        requires = list(_requires_txt(_text(os.path.join(place, "requires.txt"))))
    direct = _text(os.path.join(place, "direct_url.json"))
    return {
        "name": fields["Name"][0],
        "version": fields["Version"][0],
        "requires_dist": requires,
        "requires_python": (fields["Requires-Python"] or [""])[0],
        "installer": _text(os.path.join(place, "INSTALLER")).strip(),
        "editable": _is_editable(direct) or (entry.endswith(".egg-info") and not folder.endswith("-packages")),
        "direct_url": bool(direct),
        "location": folder,
    }


def _head(path: str) -> str:
    """The header fields: all before the first blank line."""
    with open(path, "rb") as file:
        content = file.read(_HEAD)
        while b"\n\n" not in content and b"\r\n\r\n" not in content:
            more = file.read(_HEAD)
            if not more:
                break
            content += more
    return content.decode("utf-8", "replace").replace("\r\n", "\n").split("\n\n", 1)[0]


def _fields(head: str) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {name: [] for name in _FIELDS}
    for line in head.split("\n"):
        name, colon, value = line.partition(":")
        if colon and name in found:
            found[name].append(value.strip())
    return found


def _text(path: str) -> str:
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return file.read()
    except OSError:
        return ""


def _is_editable(direct_url: str) -> bool:
    try:
        return bool(json.loads(direct_url)["dir_info"]["editable"]) if direct_url else False
    except (ValueError, KeyError, TypeError):
        return False


def _requires_txt(text: str) -> Iterator[str]:
    """An egg's requires.txt as requirements: a section `[extra:marker]` says when its lines hold."""
    when = ""
    for line in filter(None, map(str.strip, text.split("\n"))):
        if line.startswith("["):
            when = _section(line.strip("[]"))
        elif not line.startswith("#"):
            yield line + ("; " + when if when else "")


def _section(name: str) -> str:
    extra, _, marker = name.partition(":")
    parts = ([f"({marker})"] if marker else []) + ([f'extra == "{extra}"'] if extra else [])
    return " and ".join(parts)


def search_path(own: tuple[str, ...] = ()) -> list[str]:
    """Where this Python looks for packages, without the folder it was started in and without `own`."""
    return [path for path in sys.path if path and os.path.abspath(path) not in own]
