"""The extra indexes of a phase, as the nearest file of its lineage gives them."""

from __future__ import annotations

from collections.abc import Iterable

from lockgen.matrix.document import Document
from lockgen.matrix.records import route
from lockgen.matrix.schema import PhaseFile
from lockgen.model.routes import Route


def routes_of(documents: Iterable[Document]) -> dict[str, Route]:
    """The indexes of the nearest file of a lineage that gives any."""
    for document in documents:
        if isinstance(document.model, PhaseFile) and document.model.indexes is not None:
            return {
                alias: route(
                    each,
                    tuple(document.place("indexes", alias, "packages", at) for at in range(len(each.packages))),
                )
                for alias, each in document.model.indexes.items()
            }
    return {}
