"""The build requirements of the sdists in a set: a question of its own, put for the same target."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from packaging.requirements import InvalidRequirement, Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

from lockgen.model.index import PackageSource
from lockgen.model.refusal import Refusal
from lockgen.model.request import Request, Row
from lockgen.model.result import Pin
from lockgen.model.target import switches_on


def build_request(request: Request, pins: Iterable[Pin], source: PackageSource) -> Request | Refusal | None:
    """What the builds of a set need (PEP 518, `build-system.requires`), newest first and from wheels only.

    None when the set needs no build the matrix permits; a Refusal when an sdist does not say in advance what its build
    needs. What is only `buildable` is built by nobody.
    """
    rows: dict[str, Row] = {}
    permitted = {permission.name for permission in request.sdists}
    for pin in pins:
        if pin.permission is None or pin.name not in permitted:
            continue
        required = source.build_requires(pin.files[0])
        if isinstance(required, Refusal):
            return required
        where = f"{pin.name} {pin.version} (build)"
        for row in _rows(request, required, where):
            known = rows.get(row.name)
            rows[row.name] = row if known is None else _both(known, row)
    if not rows:
        return None
    return replace(
        request,
        strategy="maximum",
        rows=tuple(rows.values()),
        constraints=(),
        demands=(),
        sdists=(),
        buildable=frozenset(),
    )


def _rows(request: Request, required: Iterable[str], where: str) -> Iterator[Row]:
    for text in required:
        try:
            requirement = Requirement(text)
        except InvalidRequirement:
            continue  # a build backend's typo is the build's to report; it cannot be pinned
        if requirement.marker is None or switches_on(request.target, requirement.marker):
            yield Row(
                name=canonicalize_name(requirement.name),
                extras=frozenset(map(canonicalize_name, requirement.extras)),
                specifier=requirement.specifier,
                where=where,
            )


def _both(one: Row, other: Row) -> Row:
    specifier = SpecifierSet(",".join(filter(None, (str(one.specifier), str(other.specifier)))))
    return replace(one, specifier=specifier, extras=one.extras | other.extras)
