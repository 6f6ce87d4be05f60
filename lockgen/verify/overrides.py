"""Overrides and exclusions of the matrix as a release's own words: its Requires-Dist lines rewritten.

The proof reads lines, so what stands in place of a demand becomes a line. Shared with the resolver: which extra an
overridden line keeps (`model.overrides.extra_of`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from packaging.requirements import Requirement
from packaging.utils import NormalizedName, canonicalize_name

from lockgen.model.overrides import OverrideRule, extra_of
from lockgen.model.request import Request
from lockgen.model.result import Pin
from lockgen.text import requirement


def under_rules(request: Request, pins: Mapping[NormalizedName, Pin]) -> Mapping[NormalizedName, Pin]:
    """The pins with what the request's overrides and exclusions make of their Requires-Dist lines."""
    if not request.overrides and not request.excludes:
        return pins
    overrides = {rule.name: rule for rule in request.overrides}
    excluded = frozenset(rule.name for rule in request.excludes)
    return {
        name: replace(
            pin,
            metadata=replace(
                pin.metadata, requires_dist=tuple(_lines(name, pin.metadata.requires_dist, overrides, excluded))
            ),
        )
        for name, pin in pins.items()
    }


def _lines(
    own: NormalizedName,
    lines: Iterable[str],
    overrides: Mapping[NormalizedName, OverrideRule],
    excluded: frozenset[NormalizedName],
) -> Iterator[str]:
    for line in lines:
        name = canonicalize_name(Requirement(line).name)
        rule = overrides.get(name)
        if name in excluded:
            continue
        if rule is None or name == own:
            # A release that demands itself names its own extras.
            yield line
        else:
            extra = extra_of(line.partition(";")[2])
            marker = f'; extra == "{extra}"' if extra else ""
            yield f"{requirement(rule.name, rule.extras, rule.specifier)}{marker}"
