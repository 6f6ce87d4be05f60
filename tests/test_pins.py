"""Every set of the committed matrices in every strategy, pin for pin as the first solver found them on the same day.

`frozen/pins-2026-11-20.json` was written by lockgen 0.1.0 before its solver was replaced: 360 sets, those that are alike
told once. A change of a matrix changes it; a change of the solver must not. One thing moved since: a minor begins at a
floor, 3.8 at 3.8.10, so uvloop 0.23.0 (Requires-Python >=3.8.1) took the place of 0.21.0 on 3.8 wherever the newest was
wanted.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from lockgen.index.frozen import FrozenIndex
from lockgen.matrix.files import read_directory
from lockgen.matrix.load import load_matrices
from lockgen.model.phase import Scope
from lockgen.model.result import Solved
from lockgen.resolve.resolver import Resolver
from lockgen.workflow.render import phase_requests

HERE = Path(__file__).parent


@pytest.mark.slow
def test_the_360_sets_are_pin_for_pin_as_before() -> None:
    told = json.loads((HERE / "frozen" / "pins-2026-11-20.json").read_text("utf-8"))
    expected = {name: alike["pins"] for alike in told for name in alike["sets"]}
    moved = [name for name, pins in expected.items() if " py3.8-" in name and pins.get("uvloop") == "0.21.0"]
    assert len(moved) == 40
    expected |= {name: {**expected[name], "uvloop": "0.23.0"} for name in moved}
    resolver = Resolver(FrozenIndex(HERE / "frozen" / "2026-11-20.xz"))
    matrices = load_matrices(read_directory(HERE.parent / "matrices"))
    found = {}
    for asked in phase_requests(matrices, Scope(strategies=("recommended", "minimum", "maximum"))):
        for request in asked.requests:
            outcome = resolver.solve(request)
            assert isinstance(outcome, Solved)
            name = f"{asked.facts.phase} {asked.facts.strategy} {request.target.name}"
            found[name] = {pin.name: str(pin.version) for pin in outcome.pins}
    assert len(found) == 360
    assert found == expected
