"""ci init."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from lockgen.ci.workflows import FOLDER, refuse_changed, workflows
from lockgen.render.plan import Plan
from lockgen.render.write import Written, read, write


def automate(root: Path, texts: Mapping[str, str], install: str, *, force: bool) -> Written:
    """Write the workflow files below `root`, all or nothing; other files there stay as they are.

    `texts` are the templates by name, `install` is what pip shall install. UsageError for a file that is there and is
    another one, unless by force.
    """
    folder = root / FOLDER
    wanted = workflows(texts, install)
    found = read(folder, wanted)
    if not force:
        refuse_changed(wanted, found)
    (written,) = write([(folder, Plan(files=wanted, based_on={name: found.get(name) for name in wanted}))])
    return written
