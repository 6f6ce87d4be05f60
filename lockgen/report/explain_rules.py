"""What a lint rule, a kind of drift or a kind of refusal means: the texts of the documentation."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from types import MappingProxyType

from lockgen.model.answer import Answer, Point, Section, State
from lockgen.model.drift import DriftKind
from lockgen.model.lint import Severity
from lockgen.model.refusal import RefusalKind

DRIFT: Mapping[DriftKind, str] = MappingProxyType(
    {
        "tampered": "a locked file's hash is not listed, and another one is in its place",
        "gone": "a locked file, release or project is no longer listed",
        "yanked": "a pinned release was yanked (PEP 592); installers still take it by its exact version",
        "broken": "a target that had a set has none any more, with the conflict",
        "quarantined": "the index has quarantined the project (PEP 792): it may be malicious",
        "archived": "the project says that it is archived (PEP 792): expect no release",
        "deprecated": "the project says that it is obsolete (PEP 792)",
        "late": "a release uploaded before the cut-off of the set, but listed only after it was locked",
        "moved": "another version would be chosen today, or a package more or less",
        "solvable": "a target that had no set has one",
        "new-wheel": "a wheel where only an sdist served, or a further one of the pinned release",
        "issue-solved": "a known issue that can no longer occur",
    }
)
"""Kind of drift -> what happened."""

REFUSALS: Mapping[RefusalKind, str] = MappingProxyType(
    {
        "platform": "A wheel for another platform, interpreter or ABI. Nothing to do, unless the target's `glibc`, "
        "`macos` or `musl` in targets.yaml is older than what you run.",
        "python": "Requires-Python does not admit every Python of the target. Where only the oldest patch releases are "
        "in the way, raise `from` (lint: `held-by-patch`).",
        "yanked": "Withdrawn by its project (PEP 592). An exact demand (`==`) lets it in, as in pip.",
        "late": "Uploaded after `as_of`. Move it with `lockgen bump`, for one package with `lockgen bump NAME`.",
        "undated": "The index gives no upload time, so `as_of` cannot bound it. Its route may allow `undated: true`.",
        "unhashed": "The index lists no sha256, so no lock could name the file. Its route may say `hashes: download`.",
        "sdist": "Only an sdist. Allow it in issues.yaml under `sdists`, with a reason.",
        "metadata": "Metadata that cannot be read, or that only a build could produce: "
        "`lockgen metadata NAME==VERSION`.",
        "name": "A file whose name has no version by the standard; no installer takes it either.",
        "absent": "The index has no such project: a misspelt name, or a package of another index (`indexes` in the "
        "matrix).",
        "unlisted": "The index lists no release in the range.",
    }
)
"""Kind of refusal -> what it means, and what to do."""

_SECTION = re.compile(r"^### (\S+)\n(.*?)(?=^##|\Z)", re.DOTALL | re.MULTILINE)
_STATES: Mapping[str, State] = MappingProxyType({"error": "bad", "warning": "notable"})


def lint_sections(document: str) -> dict[str, str]:
    """The sections of docs/lint.md by the rule that each is about."""
    return dict(_SECTION.findall(document))


def rule_answer(name: str, document: str, severities: Mapping[str, Severity]) -> Answer | None:
    """What the name means, in each of the lists that have it; None where none has. `document` is docs/lint.md."""
    sections = []
    if name in severities:
        lines = tuple(_paragraphs(lint_sections(document)[name]))
        sections.append(Section(points=(Point(name=f"lint rule {name} ({severities[name]})", reasons=lines),)))
    if name in DRIFT:
        sections.append(Section(points=(Point(name=f"kind of drift {name}", reasons=(f"{DRIFT[name]}.",)),)))  # type: ignore[index]
    if name in REFUSALS:
        sections.append(Section(points=(Point(name=f"kind of refusal {name}", reasons=(REFUSALS[name],)),)))  # type: ignore[index]
    if not sections:
        return None
    state = _STATES.get(severities.get(name, ""), "plain")
    return Answer(state=state, verdict=name, sections=tuple(sections))


def rule_names(severities: Iterable[str]) -> list[str]:
    """Every name there is something to say about."""
    return list(dict.fromkeys([*severities, *DRIFT, *REFUSALS]))


def _paragraphs(text: str) -> list[str]:
    """The section without its marks: each paragraph a line, an example as it is but further in."""
    lines: list[str] = []
    for block in re.split(r"\n\s*\n", text.strip()):
        if block.startswith("```"):
            lines += [f"  {line}" for line in block.splitlines()[1:-1]]
        else:
            # Repair and Fix stand on lines of their own.
            parts = re.split(r"\n(?=[A-Z]\w+: )", block)
            lines += [re.sub(r"\[([^]]+)\]\([^)]*\)", r"\1", " ".join(part.split())) for part in parts]
    return lines
