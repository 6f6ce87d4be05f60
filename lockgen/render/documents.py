"""The text files of one solved target: requirements, constraints, lock, and build constraints where an sdist is."""

from __future__ import annotations

import re

from lockgen.model.phase import PhaseFacts
from lockgen.model.result import Solved, TargetResult
from lockgen.render.compatibility import TEMPLATE as COMPATIBILITY
from lockgen.render.environment import Templates
from lockgen.render.image import TEMPLATE as IMAGE
from lockgen.render.index_view import index_views, lock_context
from lockgen.render.view import context

REQUIREMENTS = "requirements.txt"
CONSTRAINTS = "constraints.txt"
LOCK = "requirements.lock"
BUILD_CONSTRAINTS = "build-constraints.txt"
PYLOCK = "pylock.toml"
SBOM = "sbom.cdx.json"

_TEXTS = (REQUIREMENTS, CONSTRAINTS, LOCK, BUILD_CONSTRAINTS)
TEMPLATES = (COMPATIBILITY, IMAGE, "header.j2", *(f"{name}.j2" for name in _TEXTS))
"""File names of the templates this stage needs; the caller reads them and gives their texts to `templates`."""

ON_REQUEST = (PYLOCK, SBOM)
"""What only an option of render writes."""

FILE_NAMES = (*_TEXTS, *ON_REQUEST)
"""Every file name that lockgen may write into a target's folder, and so may remove from it."""

ROUTED_LOCK = re.compile(r"requirements\.[a-z0-9-]+\.lock\Z")
"""The same for the lock of an index, whose alias is part of the name."""

_CODING = "# -*- coding: utf-8 -*-\n"


def documents(facts: PhaseFacts, cell: TargetResult, templates: Templates) -> dict[str, str]:
    """File name -> text of a cell whose outcome is Solved (anything else is a TypeError).

    Raises TemplateError. The texts depend on the arguments alone and name no index.
    """
    if not isinstance(cell.outcome, Solved):
        raise TypeError(f"{cell.request.target.name} has no set to write down")
    variables = context(facts, cell, cell.outcome)
    names = [REQUIREMENTS, CONSTRAINTS, *([BUILD_CONSTRAINTS] if cell.outcome.build else [])]
    locks = [None, *index_views(cell.request, cell.outcome)]
    texts = {name: templates.render(f"{name}.j2", variables) for name in names} | {
        index.lock if index else LOCK: templates.render(f"{LOCK}.j2", lock_context(variables, index)) for index in locks
    }
    return {name: _readable(text) for name, text in texts.items()}


def _readable(text: str) -> str:
    """The text with the coding line pip needs for anything but ASCII: up to pip 24 it guesses from the locale."""
    return text if text.isascii() else _CODING + text
