"""A real frozen index with single facts changed: a yank, a deletion, another hash, another status."""

from __future__ import annotations

import json
import lzma
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from lockgen.index.frozen_file import sealed

Row = list[Any]
"""filename, sha256, size, uploaded, requires_python, yanked, metadata_sha256."""


class Planted:
    """The facts of a frozen file, to be changed and written to another one."""

    def __init__(self, file: Path) -> None:
        head, *sections = lzma.decompress(file.read_bytes()).decode("ascii").split("\n\n")
        self.header = json.loads(head)
        self.listings = dict(zip(self.header["projects"], sections, strict=False))
        self.metadata = dict(line.split("\t", 1) for line in sections[-2].split("\n") if line)
        self.build = dict(line.split("\t", 1) for line in sections[-1].split("\n") if line)

    def yank(self, name: str, version: str, reason: str) -> None:
        self._change(name, version, lambda row: [*row[:5], reason, row[6]])

    def delete(self, name: str, version: str) -> None:
        """The whole release."""
        self._change(name, version, lambda _row: None)

    def lose(self, name: str, version: str, ending: str) -> None:
        """The release's files whose names end so."""
        self._change(name, version, lambda row: None if row[0].endswith(ending) else row)

    def forget(self, name: str) -> None:
        """The whole project."""
        del self.listings[name]
        self.header["absent"].append(name)

    def tamper(self, name: str, version: str, ending: str) -> None:
        """Another hash under the same file name."""

        def change(row: Row) -> Row:
            if not row[0].endswith(ending):
                return row
            other = row[1][::-1]
            self.metadata[other] = self.metadata[row[1]]
            return [row[0], other, *row[2:]]

        self._change(name, version, change)

    def upload(self, name: str, version: str, ending: str, when: str) -> None:
        """The files as if they had come later."""
        self._change(name, version, lambda row: [*row[:3], when, *row[4:]] if row[0].endswith(ending) else row)

    def advertise(self, name: str, version: str, filename: str, digest: str) -> None:
        """The digest of its METADATA that the index advertises (PEP 658)."""
        self._change(name, version, lambda row: [*row[:6], digest] if row[0] == filename else row)

    def mark(self, name: str, status: str) -> None:
        head, *lines = self.listings[name].split("\n")
        self.listings[name] = "\n".join([json.dumps({**json.loads(head), "status": status}), *lines])

    def require(self, name: str, requires: Sequence[str], versions: Sequence[str] = ()) -> None:
        """Other requirements in every file of the project, or of these releases, whose metadata is known."""

        def change(row: Row) -> Row:
            if row[1] in self.metadata:
                known = json.loads(self.metadata[row[1]])
                self.metadata[row[1]] = json.dumps([known[0], list(requires), *known[2:]])
                row[6] = None
            return row

        for version in versions or self.versions(name):
            self._change(name, version, change)

    def read_sdist(self, name: str, version: str) -> None:
        """The sdist's metadata is that of the wheel, and nothing is needed to build it."""
        rows = self.rows(name, version)
        wheel = next(row for row in rows if row[0].endswith(".whl"))
        sdist = next(row for row in rows if not row[0].endswith(".whl"))
        self.metadata[sdist[1]] = self.metadata[wheel[1]]
        self.build[sdist[1]] = "[]"

    def versions(self, name: str) -> list[str]:
        return [line.split("\t")[0] for line in self.listings[name].split("\n")[1:]]

    def rows(self, name: str, version: str) -> list[Row]:
        lines = dict(line.split("\t") for line in self.listings[name].split("\n")[1:])
        found: list[Row] = json.loads(lines[version])
        return found

    def write(self, place: Path) -> Path:
        self.header["projects"] = list(self.listings)
        sections = [json.dumps(self.header), *self.listings.values(), _block(self.metadata), _block(self.build)]
        place.write_bytes(sealed("\n\n".join(sections)))
        return place

    def _change(self, name: str, version: str, change: Callable[[Row], Row | None]) -> None:
        head, *lines = self.listings[name].split("\n")
        assert version in self.versions(name), f"{name} has no {version}"
        kept = []
        for line in lines:
            known, _, files = line.partition("\t")
            rows = [row for row in map(change, json.loads(files)) if row] if known == version else json.loads(files)
            if rows:
                kept.append(f"{known}\t{json.dumps(rows, separators=(',', ':'))}")
        self.listings[name] = "\n".join([head, *kept])


def _block(lines: dict[str, str]) -> str:
    return "\n".join(f"{key}\t{line}" for key, line in sorted(lines.items()))
