"""A program for the Python of a venv, not a module of lockgen: what is installed there and can be imported.

Started as `python -I importing.py NAME...`: only these distributions (normalized names), all when none is given. It
needs nothing but a standard library of 3.8 or later. One JSON object per line of stdout:

    {"found": [{"name": "h11", "version": "0.16.0", "modules": ["h11"], "needs": []}, ...]}     first
    {"importing": ["h11", "h11"]}                                                               before each import
    {"failed": ["h11", "h11", "ImportError: no"]}                                               after one that failed
    {"finished": true}                                                                          last

What the imported modules print goes to stderr. A missing last line means that a module ended the interpreter.
"""

# Annotations are not evaluated: Python 3.8 could not.
from __future__ import annotations

import importlib
import json
import os
import re
import sys
import traceback
from collections.abc import Iterator
from importlib import metadata
from importlib.machinery import BYTECODE_SUFFIXES, EXTENSION_SUFFIXES, SOURCE_SUFFIXES
from typing import Any

CODE = {*SOURCE_SUFFIXES, *BYTECODE_SUFFIXES, *EXTENSION_SUFFIXES}


def main(wanted: list[str]) -> None:
    """Print what is found, and import it."""
    # The imported modules get a stdout that is stderr: what they print must not pass for a line of this program.
    sys.stdout.flush()
    stream = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)

    def write(key: str, value: Any) -> None:
        stream.write(json.dumps({key: value}) + "\n")
        stream.flush()

    found = [each for each in distributions() if not wanted or each["name"] in wanted]
    write("found", found)
    for each in found:
        for module in each["modules"]:
            write("importing", [each["name"], module])
            try:
                importlib.import_module(module)
            except BaseException as error:  # noqa: BLE001 - SystemExit at import is a failure like any other
                traceback.print_exc()
                write("failed", [each["name"], module, in_one_line(error)])
    write("finished", True)  # noqa: FBT003 - the value of a JSON object


def in_one_line(error: BaseException) -> str:
    """The exception's kind and message."""
    message = " ".join(str(error).split())[:400]
    return f"{type(error).__name__}: {message}" if message else type(error).__name__


def distributions() -> list[dict[str, Any]]:
    """Everything installed, sorted by normalized name; of two with one name, the first on the path."""
    found: dict[str, dict[str, Any]] = {}
    for each in metadata.distributions():
        if each.metadata["Name"]:
            name = normalized(each.metadata["Name"])
            found.setdefault(
                name, {"name": name, "version": each.version, "modules": modules(each), "needs": needs(each)}
            )
    return [found[name] for name in sorted(found)]


def normalized(name: str) -> str:
    """The name as names are compared (name normalization specification)."""
    return re.sub(r"[-_.]+", "-", name).lower()


def needs(each: metadata.Distribution) -> list[str]:
    """Normalized names of all it may need, whatever the extra or the marker."""
    names = [re.match(r"[\w.-]+", line) for line in each.requires or []]
    return sorted({normalized(name.group()) for name in names if name})


def modules(each: metadata.Distribution) -> list[str]:
    """Its top-level modules: as it declares them (PEP 794), else by its RECORD, else by top_level.txt."""
    declared = [*(each.metadata.get_all("Import-Name") or []), *(each.metadata.get_all("Import-Namespace") or [])]
    if declared:
        return sorted({line.split(";")[0].strip() for line in declared} - {""})
    return by_files(each) or sorted((each.read_text("top_level.txt") or "").split())


def by_files(each: metadata.Distribution) -> list[str]:
    """The packages and modules nearest to the top: a directory without `__init__` is a namespace, so look inside."""
    places = {place for file in each.files or [] for place in module_places(file.parts)}
    packages = {place[:-1] for place in places if place[-1] == "__init__"} - {()}
    tops = packages | {place for place in places if place[-1] not in {"__init__", "__main__"}}
    return sorted(".".join(top) for top in tops if not any(top[:end] in packages for end in range(1, len(top))))


def module_places(parts: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    """The dotted place of a file of code; nothing for other files. `a/b.cpython-38-x86_64-linux-gnu.so` is a.b."""
    stem, dot, suffix = parts[-1].partition(".")
    place = (*parts[:-1], stem)
    is_library = suffix == "so" and stem.startswith("lib")
    if dot + suffix in CODE and not is_library and "__pycache__" not in place and all(map(str.isidentifier, place)):
        yield place


if __name__ == "__main__":
    main(sys.argv[1:])
