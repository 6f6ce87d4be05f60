"""What a person should know of requirements that fit: what uv warns of."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from lockgen.model.requirements import UserRequirement
from lockgen.model.result import Pin, Versions
from lockgen.requirements.showing import shown
from lockgen.text import alike


def try_warnings(pins: Iterable[Pin], asked: Sequence[UserRequirement], committed: Versions) -> Iterator[str]:
    """One line for each yanked release that is no committed pin, and for each extra asked for that there is none of."""
    for pin in pins:
        yanked = pin.files[0].yanked
        if yanked is not None and committed.get(pin.name) != pin.version:
            reason = f": {shown(yanked)}" if yanked else ", without a reason"
            yield f"{pin.name} {pin.version} is yanked{reason}"
        wanted = {extra for each in asked if each.name == pin.name for extra in each.extras}
        known = pin.metadata.provides_extra
        for extra in sorted(wanted - set(known)) if not pin.metadata.unread else ():
            near = alike(extra, known)
            hint = f"did you mean {' or '.join(near)}?" if near else f"it has {', '.join(sorted(known)) or 'none'}"
            yield f"{pin.name} {pin.version} has no extra {extra!r}; {hint}"
