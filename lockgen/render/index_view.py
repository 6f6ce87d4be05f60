"""What a template sees of the indexes that packages of a set are routed to. Part of the contract of `view`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from lockgen.model.request import Request
from lockgen.model.result import Solved
from lockgen.model.routes import alias_of, lock_of, variable_of
from lockgen.text import grouped_pairs


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexView:
    """An index that packages of the set are routed to: its alias, the variable that holds its address, its lock."""

    alias: str
    variable: str
    lock: str
    names: tuple[str, ...]


def index_views(request: Request, solved: Solved) -> Iterator[IndexView]:
    """The indexes that packages of the set are routed to, by alias."""
    found = grouped_pairs((alias_of(pin.name, request.routes), pin.name) for pin in solved.pins)
    for alias, names in sorted(found.items()):
        if alias:
            yield index_view(alias, sorted(names))


def index_view(alias: str, names: Iterable[str]) -> IndexView:
    """An index by its alias."""
    return IndexView(alias=alias, variable=variable_of(alias), lock=lock_of(alias), names=tuple(names))


def lock_context(variables: Mapping[str, Any], index: IndexView | None) -> dict[str, object]:
    """The variables for the lock of one index, None for the default one: its `pins` are those alone."""
    routed = {name for each in variables["indexes"] for name in each.names}
    pins = tuple(pin for pin in variables["pins"] if (pin.name in index.names if index else pin.name not in routed))
    # A build needs the default index, and is made of the environment that build-constraints.txt gave.
    build = variables["build_pins"] if not index or any(pin.sdist for pin in pins) else ()
    return {**variables, "index": index, "pins": pins, "build_pins": build}
