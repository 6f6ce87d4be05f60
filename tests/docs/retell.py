"""Writes anew what the pages show of the program: `python -m tests.docs.retell [PAGE...]`.

Only an output that is no longer what the command prints changes; of a long one the first lines stay. Then read the diff.
"""

from __future__ import annotations

import sys
from pathlib import Path

from tests.docs.blocks import PAGES, Block, Shown, is_shown, read_page
from tests.docs.run import Ran, run_apart

_MOST = 14
"""Lines of an output, where it has changed."""


def retell(path: Path) -> bool:
    """Whether the page has changed."""
    page, text = read_page(path), path.read_text("utf-8")
    if not any(block.is_run for block in page.blocks):
        return False
    ran = {(each.line, each.command): each for each in run_apart(path)}
    told = text
    for block in reversed(page.blocks):
        if block.is_run and not block.attributes.keys() & {"network", "machine"}:
            shown = "".join(_told(each, ran.get((block.line, each.command))) for each in block.commands)
            told = told[: block.start] + _before(block) + shown + told[block.start + len(block.text) :]
    if told != text:
        path.write_text(told, encoding="utf-8")
    return told != text


def _before(block: Block) -> str:
    """What stands in front of the first command."""
    return block.text.partition("$ ")[0]


def _told(shown: Shown, ran: Ran | None) -> str:
    output = shown.output
    if ran is not None and output and not is_shown(output.rstrip("\n") + "\n", ran.output.rstrip("\n") + "\n"):
        lines = ran.output.rstrip("\n").split("\n")
        output = "\n".join(lines if len(lines) <= _MOST else [*lines[:_MOST], "..."]) + "\n"
        output += "\n" if shown.output.endswith("\n\n") else ""
    return f"$ {shown.command}\n{output}"


def main() -> None:
    for path in [Path(each).resolve() for each in sys.argv[1:]] or PAGES:
        sys.stdout.write(f"{path.name}: {'changed' if retell(path) else 'as it was'}\n")


if __name__ == "__main__":
    main()
