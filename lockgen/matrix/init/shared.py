"""The texts of issues.yaml and of what targets.yaml skips."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from packaging.utils import NormalizedName

from lockgen.matrix.init.cells import rectangles, when_parts
from lockgen.matrix.init.draft import quoted
from lockgen.model.target import Target

_HEAD = """\
# A starter written by `lockgen init`: what is known to break beside the tables, and what may be built from source.
# `lockgen schema issues` says what may stand here.
schema: 1
issues: []
"""


def issues_text(sdists: Mapping[NormalizedName, Sequence[Target]], targets: Sequence[Target]) -> str:
    """issues.yaml. `sdists` are packages without a wheel on some targets, which may come as an sdist there."""
    return _HEAD + "".join(f"{line}\n" for line in _permissions(sdists, targets))


def _permissions(sdists: Mapping[NormalizedName, Sequence[Target]], targets: Sequence[Target]) -> Iterator[str]:
    if sdists:
        yield "sdists: # guessed: nothing else serves these there, and they are built when they are installed"
    for name, cells in sorted(sdists.items()):
        for group in rectangles(cells, targets):
            when = ", ".join(when_parts(group, targets, is_whole=True))
            yield f"  - {{package: {name}, when: {{{when}}}, reason: no wheel serves these targets}}"


def skip_text(skipped: Mapping[str, str]) -> str:
    """The part of targets.yaml that takes out targets (name -> why) that have no set."""
    lines = [f"  - {{targets: [{name}], reason: {quoted(reason)}}}\n" for name, reason in skipped.items()]
    return (
        "\n# These have no set today. Take a line out when they are wanted.\nskip:\n" + "".join(lines) if lines else ""
    )
