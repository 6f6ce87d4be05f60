"""What lint tries one after the other is announced, so that an index far away is asked for much at once."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from lockgen.lint.bounds import bound_findings
from lockgen.matrix.load import load_matrices
from lockgen.model.index import DistFile, Metadata
from lockgen.model.refusal import Refusal
from tests.lint.stand import table, tables, targets
from tests.universe import Universe

RELEASES = 40


@dataclass
class Distant(Universe):
    """Counts the waits: metadata that nothing announced."""

    announced: set[str] = field(default_factory=set)
    waits: int = 0

    def expect_metadata(self, files: Iterable[DistFile]) -> None:
        self.announced |= {file.filename for file in files}

    def metadata(self, file: DistFile) -> Metadata | Refusal:
        self.waits += file.filename not in self.announced
        return super().metadata(file)


def test_the_versions_of_a_minimum_that_is_out_of_reach() -> None:
    old = {f"1.{minor}": {"requires": ["common<2"]} for minor in range(RELEASES)}
    universe = Distant({"app": {**old, "2.0": {}}, "common": {"1.0": {}, "2.0": {}}})
    rows = ['{name: common, minimum: "2.0", maximum: "<3"}', '{name: app, minimum: "1.0", maximum: "<3"}']
    issues = b"schema: 1\nissues: []\n"
    matrices = load_matrices({"example.yaml": table(*rows), "targets.yaml": targets("3.11"), "issues.yaml": issues})
    (found,) = bound_findings(tables(matrices, universe)[0])
    assert "the lowest is 2.0" in found.message
    assert len(universe.read) > RELEASES
    assert universe.waits < RELEASES / 4
