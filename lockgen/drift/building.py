"""What became of the tools that build a set's sdists: pinned beside it, never part of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from lockgen.drift.committed_target import CommittedTarget
from lockgen.drift.removals import removals
from lockgen.model.drift import DriftFinding, PinDrift
from lockgen.model.result import Solved
from lockgen.text import moment


def tools_removed(case: CommittedTarget) -> Iterator[DriftFinding]:
    """What the index took away of the committed build requirements, or changed in them."""
    committed = case.committed
    tools = replace(committed, pins=committed.build, hashes=committed.build_hashes, sdists=frozenset())
    for each in removals(replace(case, committed=tools)):
        yield replace(each, message=f"{each.message}; it builds {', '.join(sorted(committed.sdists))}")


def tools_moved(case: CommittedTarget) -> Iterator[DriftFinding]:
    """Build requirements with another version now, by name; none where nothing has to be built any more."""
    before = case.committed.build
    after = {pin.name: pin.version for pin in case.outcome.build} if isinstance(case.outcome, Solved) else {}
    for name in sorted(before.keys() | after.keys()) if before and after else ():
        old, new = before.get(name), after.get(name)
        if old != new:
            fresh = new is not None and case.is_fresh(name, new)
            uploaded = case.uploaded(name, new) if fresh and new is not None else None
            what = f"{name} {new}, uploaded {moment(uploaded)[:10]}; " if uploaded else ""
            cause = f"{what}it builds {', '.join(sorted(case.committed.sdists))}"
            move = PinDrift(name=name, before=old, after=new, is_direct=False, cause=cause, uploaded=uploaded)
            words = " -> ".join(str(each) for each in (old, new) if each is not None)
            message = f"{words}{'' if old and new else ' falls out' if old else ' comes in'}, to build with"
            yield DriftFinding(kind="moved", name=name, version=old, message=message, move=move)
