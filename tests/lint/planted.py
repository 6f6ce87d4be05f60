"""One small table for each rule of lint, with the fault that the rule is there to find."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Any

from tests.lint.stand import LINUX, WINDOWS, frozen, put, table, targets
from tests.universe import Packages

APP = '{name: app, minimum: "1.0", maximum: "<3"}'
WEB = '{name: web, minimum: "1.0", maximum: "<3"}'
LATER = datetime(2026, 3, 1, tzinfo=UTC)
ONLY_3_11 = "cp311-cp311-manylinux_2_17_x86_64.whl"
ONLY_LINUX = "py3-none-manylinux_2_17_x86_64.whl"


@dataclass(frozen=True, kw_only=True)
class Planted:
    """The matrices and the index of a fault."""

    table: bytes
    packages: Packages
    targets: bytes = targets("3.11")
    issues: str = ""
    statuses: Mapping[str, str] = field(default_factory=dict)
    absent: tuple[str, ...] = ()
    summary: Mapping[str, Any] = field(default_factory=dict)
    """Of committed sets; empty where nothing is rendered."""
    beside: frozenset[str] = frozenset()
    """Rules that find the same fault as well, since nothing that breaks this rule keeps them."""

    @property
    def files(self) -> dict[str, bytes]:
        """The folder of matrices."""
        issues = {"issues.yaml": f"schema: 1\n{self.issues}".encode()} if self.issues else {}
        return {"example.yaml": self.table, "targets.yaml": self.targets, **issues}

    def put(self, folder: Path) -> None:
        """Matrices, index and committed summary in the folder."""
        put(folder / "matrices", self.files)
        (folder / "index.xz").write_bytes(self.index)
        if self.summary:
            put(folder / "output" / "example", {"summary.json": json.dumps(self.summary).encode()})

    @cached_property
    def index(self) -> bytes:
        """The frozen index."""
        return frozen(self.packages, statuses=self.statuses, absent=self.absent)


def _releases(*versions: str, **facts: Any) -> dict[str, dict[str, Any]]:
    return dict.fromkeys(versions, facts)


PLANTED: Mapping[str, Planted] = {
    "recommended-conflict": Planted(
        table=table(
            '{name: app, minimum: "1.0", recommended: "1.0", maximum: "<3"}',
            '{name: web, minimum: "1.0", recommended: "2.0", maximum: "<3"}',
        ),
        packages={
            "app": {"1.0": {"requires": ["web<2"]}, "1.1": {"requires": ["web"]}},
            "web": _releases("1.0", "1.9", "2.0"),
        },
    ),
    "minimum-conflict": Planted(
        table=table(APP, WEB),
        packages={
            "app": {"1.0": {"requires": ["web>=1.1"]}, "1.1": {"requires": ["web"]}},
            "web": _releases("1.0", "1.1", "2.0"),
        },
    ),
    "maximum-conflict": Planted(
        table=table(APP, WEB),
        packages={
            "app": {"1.0": {"requires": ["web"]}, "2.0": {"requires": ["web<2"]}},
            "web": _releases("1.0", "2.0"),
        },
    ),
    "recommended-without-wheel": Planted(
        table=table('{name: app, minimum: "1.0", recommended: "1.1", maximum: "<3"}'),
        packages={"app": {"1.0": {}, "1.1": {"files": [ONLY_3_11, "sdist"]}, "1.2": {}}},
        targets=targets("3.11", "3.12"),
    ),
    "minimum-without-wheel": Planted(
        table=table(APP),
        packages={"app": {"1.0": {"files": [ONLY_3_11]}, "1.1": {}}},
        targets=targets("3.11", "3.12"),
    ),
    "no-such-package": Planted(
        table=table(APP, '{name: wbe, minimum: "1.0", maximum: "<3"}'),
        packages={"app": _releases("1.0")},
        absent=("wbe",),
        beside=frozenset({"unsolvable"}),
    ),
    "no-such-version": Planted(
        table=table('{name: app, minimum: "1.0", recommended: "1.5", maximum: "<3"}'),
        packages={"app": _releases("1.0", "1.4", "1.6")},
    ),
    "late-version": Planted(
        table=table('{name: app, minimum: "1.0", recommended: "1.1", maximum: "<3"}'),
        packages={"app": {"1.0": {}, "1.1": {"uploaded": LATER}}},
    ),
    "yanked-version": Planted(
        table=table('{name: app, minimum: "1.0", recommended: "1.1", maximum: "<3"}'),
        packages={"app": {"1.0": {}, "1.1": {"yanked": "loses data"}, "1.2": {}}},
    ),
    "unreachable-minimum": Planted(
        table=table(APP, WEB),
        packages={"app": {"1.0": {"requires": ["web>=1.1"]}}, "web": _releases("1.0", "1.1", "2.0")},
        beside=frozenset({"minimum-conflict"}),
    ),
    "dead-cap": Planted(
        table=table(APP, WEB),
        packages={"app": {"1.0": {"requires": ["web<2"]}}, "web": _releases("1.0", "1.9", "2.0", "2.1")},
        beside=frozenset({"maximum-conflict"}),
    ),
    "unsolvable": Planted(
        table=table(APP, '{name: web, minimum: "1.0", maximum: "<2"}'),
        packages={"app": {"1.0": {"requires": ["web>=2"]}}, "web": _releases("1.0", "2.0")},
    ),
    "impossible-python": Planted(
        table=table(APP),
        packages={"app": _releases("1.0", python=">=3.8")},
        targets=targets("3.7", "3.8", platforms=(LINUX, WINDOWS)),
    ),
    "no-wheel": Planted(
        table=table(APP),
        packages={"app": _releases("1.0", "1.1", files=[ONLY_LINUX, "sdist"])},
        targets=targets("3.11", platforms=(LINUX, WINDOWS)),
    ),
    "no-such-extra": Planted(
        table=table('{name: app, extras: [fast], minimum: "1.0", maximum: "<3"}'),
        packages={"app": _releases("1.0", extras=["full", "slow"])},
    ),
    "held-by-patch": Planted(
        table=table(APP),
        packages={
            "app": {"1.0": {"requires": ["web"]}},
            "web": {"1.0": {}, "1.1": {"python": ">=3.11.5"}},
        },
    ),
    "unserved-patch": Planted(table=table(APP), packages={"app": {"1.0": {"python": ">=3.8,!=3.11.5"}}}),
    "split-marker": Planted(
        table=table(APP),
        packages={"app": _releases("1.0", requires=['web; python_full_version < "3.11.4"']), "web": _releases("1.0")},
    ),
    "unknowable-marker": Planted(
        table=table(APP),
        packages={"app": _releases("1.0", requires=['web; platform_release >= "5"']), "web": _releases("1.0")},
    ),
    "project-status": Planted(
        table=table(APP),
        packages={"app": _releases("1.0", requires=["web"]), "web": _releases("1.0")},
        statuses={"web": "archived"},
    ),
    "unused-dependency": Planted(
        table=table(APP, '{name: web, minimum: "1.0", maximum: "<3", when: {python: "<3.11"}}'),
        packages={"app": _releases("1.0"), "web": _releases("1.0")},
    ),
    "no-minimum": Planted(table=table('{name: app, maximum: "<3"}'), packages={"app": _releases("0.1", "1.0")}),
    "idle-override": Planted(
        table=table(APP, more="exclude: [{name: web, reason: never imported}]\n"),
        packages={"app": {"1.0": {"requires": ["web; extra == 'full'"], "extras": ["full"]}}},
    ),
    "idle-constraint": Planted(
        table=table(APP, more='constraints: ["web<2"]\n'), packages={"app": _releases("1.0")}, absent=("web",)
    ),
    "same-revision": Planted(
        table=table(APP),
        packages={"app": _releases("1.0")},
        summary={
            "schema": 1,
            "revision": 1,
            "numbers": {"base": {"app": ["app>=0.9,<3, recommended 1.0"]}},
            "targets": {},
        },
    ),
    "unused-route": Planted(
        table=table(APP, more="indexes:\n  team: {packages: [appp-*]}\n"),
        packages={"app": _releases("1.0")},
    ),
    "idle-issue": Planted(
        table=table(APP),
        packages={"app": _releases("1.0")},
        issues="""issues:
  - id: old-app
    title: app before 1.0
    symptom: It breaks
    solution: Use a newer one
    constrain: ["app>=1.0"]
""",
    ),
    "idle-not-imported": Planted(
        table=table(APP),
        packages={"app": _releases("1.0")},
        issues="not_imported:\n  - {packages: [app, apps], reason: its import needs a GPU}\n",
    ),
    "contradicted-conflict": Planted(
        table=table(APP, WEB),
        packages={
            "app": _releases("1.0"),
            "web": _releases("1.0", "2.0"),
            "library": {"0.8": {"requires": ["web<2"]}, "0.9": {"requires": ["web<3"]}, "1.0": {"requires": ["web"]}},
        },
        issues="""conflicts:
  - {library: library, versions: "<1", requires: web<2, published: v1 only}
""",
    ),
    "unused-accept": Planted(
        table=table(APP, more="accept:\n  - {rule: dead-cap, packages: [app], reason: it was dead once}\n"),
        packages={"app": _releases("1.0")},
    ),
}
