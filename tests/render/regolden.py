"""Writes the golden files anew: `python -m tests.render.regolden`, then read the diff before you commit it."""

from __future__ import annotations

from lockgen.render.documents import documents
from lockgen.render.environment import templates
from lockgen.render.pylock import pylock
from lockgen.render.summary import summary
from tests.render.cells import FACTS, default_texts, linux_cell, mac_cell
from tests.render.test_documents import GOLDEN
from tests.render.test_pylock import address
from tests.render.test_summary import all_entries


def main() -> None:
    for cell in (linux_cell(), mac_cell()):
        folder = GOLDEN / cell.request.target.name
        folder.mkdir(parents=True, exist_ok=True)
        for name, text in documents(FACTS, cell, templates(default_texts())).items():
            (folder / name).write_bytes(text.encode())
    (GOLDEN / "pylock.toml").write_bytes(pylock(FACTS, linux_cell(), address).encode())
    (GOLDEN / "summary.json").write_bytes(summary(FACTS, all_entries()).encode())


if __name__ == "__main__":
    main()
