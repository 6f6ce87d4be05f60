"""A small project with named sets beside a made-up index, for tests of what commands make of them."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from tests.lint.stand import frozen, put, table, targets
from tests.universe import Packages

LATER = datetime(2026, 3, 1, tzinfo=UTC)
PACKAGES: Packages = {
    "web": {"1.0": {"requires": ["core>=1"]}, "1.1": {"requires": ["core>=1"]}, "2.0": {"requires": ["core>=2"]}},
    "core": {"1.0": {}, "1.5": {}, "2.0": {}, "1.6": {"uploaded": LATER}},
    "runner": {
        "1.0": {"requires": ["core", "plug"]},
        "2.0": {"requires": ["core>=2", "plug"]},
        "3.0": {"requires": ["core", "plug"], "uploaded": LATER},
    },
    "plug": {"1.0": {}, "1.1": {}},
    "guide": {"1.0": {"requires": ["plug<1.1"]}},
    "checker": {"0.9": {}},
    "early": {"0.9": {}, "1.0rc1": {}},
}
ROW = '{name: web, minimum: "1.0", recommended: "1.1", maximum: "<2"}'
SETS = """sets:
  test:
    extends: [base]
    dependencies:
      - {name: runner, minimum: "1.0"}
  lint:
    dependencies:
      - {name: checker, minimum: "0.9"}
  dev: {extends: [test, lint]}
"""
ONE = "py3.11-linux-x86_64"


def project(folder: Path, *rows: str, sets: str = SETS) -> Path:
    """Matrices with these sets in the folder, and the frozen index beside them, whose path it is."""
    put(folder / "matrices", {"example.yaml": table(*(rows or (ROW,)), more=sets), "targets.yaml": targets("3.11")})
    file = folder / "index.xz"
    file.write_bytes(frozen(PACKAGES))
    return file
