"""The named sets of a phase, each complete: its own rows behind those of the sets it extends."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from lockgen.model.matrix import BASE, Dependency, Phase, set_name


def named_sets(
    base: Phase, layers: Mapping[str, Sequence[str]], own: Mapping[str, tuple[Dependency, ...]]
) -> tuple[Phase, ...]:
    """The phase itself, then its sets, each behind those it extends.

    `layers` are the names that each set extends, `own` its own rows. The names are known and make no circle.
    """
    found = {BASE: base}
    waiting = list(own)
    while waiting:
        name = next(each for each in waiting if all(layer in found for layer in layers[each]))
        waiting.remove(name)
        below = tuple(dict.fromkeys(layers[name]))
        rows = {(row.set, row.where): row for layer in below for row in found[layer].dependencies}
        found[name] = replace(
            base,
            phase=set_name(base.phase, name),
            set=name,
            layers=below,
            dependencies=(*rows.values(), *own[name]),
        )
    return tuple(found.values())
