"""check."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from lockgen.errors import WriteError
from lockgen.matrix.select import chosen_phases, select
from lockgen.model.matrix import Matrices
from lockgen.model.numbers import changed_numbers
from lockgen.model.phase import Scope, Selection
from lockgen.render.check import reason
from lockgen.render.documents import ON_REQUEST
from lockgen.render.plan import Difference, differences
from lockgen.render.stale import StaleFolder, stale_folders
from lockgen.render.summary import FILE_NAME as SUMMARY
from lockgen.render.summary import is_stale, read_summary, without_files
from lockgen.render.write import read
from lockgen.workflow.committed import committed_numbers
from lockgen.workflow.render import RenderedPhase


def check(rendered: Iterable[RenderedPhase]) -> list[tuple[Path, Difference, str]]:
    """Every committed file that is not what matrices, templates and index give: path, difference, and why."""
    found = []
    for each in rendered:
        committed = read(each.folder, each.plan.paths)
        changes = changed_numbers(each.result.phase, committed_numbers(each.folder))
        found += [
            (each.folder / difference.path, difference, reason(difference, committed, each.plan, changes))
            for difference in differences(each.plan, committed)
            if not (
                difference.path == SUMMARY and _is_same_but_listed(committed.get(SUMMARY), each.plan.files[SUMMARY])
            )
        ]
    return found


def _is_same_but_listed(committed: bytes | None, rendered: bytes) -> bool:
    """Whether two summaries differ at most in the files on request that they list: these are compared by themselves."""
    try:
        old, new = (
            without_files((text or b"").decode("utf-8", "replace"), ON_REQUEST) for text in (committed, rendered)
        )
    except (WriteError, AttributeError):
        return False
    return old == new


def find_stale(matrices: Matrices, scope: Scope, output: Path) -> tuple[StaleFolder, ...]:
    """The folders of output that no matrix makes any more; with phases named, only those inside theirs."""
    tables = {phase.table for phase in chosen_phases(matrices, scope.phases, scope.sets)}
    within = [matrices.phase(name).folder for name in sorted(tables)] if scope.phases else None
    made = {each.phase.folder: _cells(each) for each in select(matrices, (), ())}
    return stale_folders(output, made, within)


def find_outdated(rendered: Iterable[RenderedPhase]) -> dict[Path, tuple[str, ...]]:
    """By folder of a phase, the targets whose committed set is an old one, kept because there is no new one."""
    found = {
        each.folder: tuple(
            name
            for name, entry in read_summary(each.plan.files[SUMMARY].decode())["targets"].items()
            if is_stale(entry)
        )
        for each in rendered
    }
    return {folder: names for folder, names in found.items() if names}


def _cells(selection: Selection) -> dict[str, str]:
    """The targets of a phase -> why one is unsupported, empty for a supported one."""
    return dict.fromkeys(selection.everything, "") | {each.target.name: each.reason for each in selection.unsupported}
