"""What a release's metadata requires on one target, and where two metadata of a release differ there."""

from __future__ import annotations

import re
from collections.abc import Iterator

from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import NormalizedName, canonicalize_name

from lockgen.model.index import Metadata
from lockgen.model.target import Target, admits, switches_on, unserved

_EXTRA = re.compile(r"""extra\s*==\s*["']([^"']+)""")


def required_on(target: Target, metadata: Metadata, extra: str = "") -> frozenset[str]:
    """The requirements that the target switches on with `extra`, each as `name[extra]specifier`."""
    found = map(Requirement, metadata.requires_dist)
    return frozenset(_spelled(each) for each in found if not each.marker or switches_on(target, each.marker, extra))


def differences(target: Target, one: Metadata, other: Metadata) -> Iterator[str]:
    """What each requires on the target that the other does not, Python included; nothing when they agree there.

    `it requires six>=1.9 and not six`, about `one`.
    """
    if one.requires_dist != other.requires_dist:
        for extra in ("", *sorted(_extras(one) | _extras(other))):
            ours, theirs = (required_on(target, each, extra) for each in (one, other))
            if ours != theirs:
                only, lacks = (_listed(some) for some in (ours - theirs, theirs - ours))
                yield f"it requires {only} and not {lacks}{f' for its extra {extra}' if extra else ''}"
    if _python(target, one) != _python(target, other):
        yield f"it requires Python {one.requires_python or 'of any version'} and not {other.requires_python or 'any'}"


def _extras(metadata: Metadata) -> frozenset[NormalizedName]:
    named = (extra for line in metadata.requires_dist for extra in _EXTRA.findall(line))
    return frozenset(map(canonicalize_name, (*metadata.provides_extra, *named)))


def _python(target: Target, metadata: Metadata) -> object:
    """What its Requires-Python comes to on the target."""
    specifier = SpecifierSet(metadata.requires_python or "")
    return admits(target, specifier), unserved(target, specifier)


def _spelled(requirement: Requirement) -> str:
    extras = f"[{','.join(sorted(map(canonicalize_name, requirement.extras)))}]" if requirement.extras else ""
    return f"{canonicalize_name(requirement.name)}{extras}{requirement.specifier}"


def _listed(requirements: frozenset[str]) -> str:
    return ", ".join(sorted(requirements)) or "anything else"
