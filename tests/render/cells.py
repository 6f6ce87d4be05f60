"""Hand-made cells for the tests of the render stage: small, whole, and without an index."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name
from packaging.version import Version

from lockgen.model.conflict import Demand
from lockgen.model.index import DistFile, Metadata
from lockgen.model.origin import IssueOrigin
from lockgen.model.phase import PhaseFacts
from lockgen.model.platform import Platform
from lockgen.model.refusal import Refusal
from lockgen.model.request import Constraint, Request, Row, SdistPermission
from lockgen.model.result import Deviation, IssueNote, Pin, Solved, TargetResult
from lockgen.model.target import Target, make_target
from lockgen.render.documents import TEMPLATES
from tests.records import origin

AS_OF = datetime(2026, 11, 20, tzinfo=UTC)
LINUX = Platform(name="linux-x86_64", os="linux", arch="x86_64", libc="glibc", version=(2, 28))
MAC = Platform(name="macos-arm64", os="macos", arch="arm64", version=(13, 0))
FACTS = PhaseFacts(
    phase="1",
    title="Conservative (Pydantic v1)",
    revision=1,
    as_of=AS_OF,
    strategy="recommended",
    command="lockgen render --phase 1",
)
ROOT = Path(__file__).parents[2]


def default_texts() -> dict[str, str]:
    return {name: (ROOT / "templates" / name).read_text(encoding="utf-8") for name in TEMPLATES}


def sha(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def dist(filename: str, **fields: Any) -> DistFile:
    name, version = filename.removesuffix(".tar.gz").split("-")[:2]
    usual = {"sha256": sha(filename), "size": 1234, "uploaded": datetime(2023, 7, 1, 9, 30, tzinfo=UTC)}
    facts: dict[str, Any] = usual | fields
    return DistFile(name=canonicalize_name(name), version=Version(version), filename=filename, **facts)


def pin(*filenames: str, requires=(), by=("phase-1.yaml:31",), extras=(), permission=None, python=">=3.8") -> Pin:
    files = tuple(dist(filename) for filename in filenames)
    name, version = files[0].name, files[0].version
    metadata = Metadata(
        name=name,
        version=version,
        requires_python=python,
        requires_dist=tuple(requires),
        provides_extra=tuple(extras),
        sha256=sha("metadata"),
    )
    via = tuple(Demand(name=name, specifier=SpecifierSet(), origin=origin(who)) for who in by)
    return Pin(
        name=name,
        version=version,
        files=files,
        extras=frozenset(extras),
        via=via,
        metadata=metadata,
        permission=permission,
    )


def row(name: str, specifier: str, *, extras=(), line=31) -> Row:
    return Row(
        name=canonicalize_name(name),
        extras=frozenset(extras),
        specifier=SpecifierSet(specifier),
        where=f"phase-1.yaml:{line}",
    )


def cell(target: Target, rows, pins, **fields) -> TargetResult:
    asked = {key: fields.pop(key) for key in ("constraints", "sdists") if key in fields}
    issues = fields.pop("issues", ())
    request = Request(target=target, strategy="recommended", rows=tuple(rows), as_of=AS_OF, **asked)
    outcome = Solved(target=target, pins=tuple(pins), snapshot=sha(target.name), **fields)
    return TargetResult(request=request, outcome=outcome, issues=issues)


def set_of(cell: TargetResult) -> Solved:
    assert isinstance(cell.outcome, Solved)
    return cell.outcome


def linux_cell() -> TargetResult:
    """A set with an extra, a marker, a native wheel beside a pure one, a deviation, and known issues of both kinds."""
    uvloop, httpx = canonicalize_name("uvloop"), canonicalize_name("httpx")
    return cell(
        make_target("3.12", LINUX),
        [
            row("fastapi", ">=0.95.0,<0.100.0"),
            row("uvicorn", ">=0.23.0,<1.0.0", extras=["standard"]),
            row("httpx", ">=0.24.0,<1.0.0"),
            row("starlette", ">=0.27.0,<0.33.0"),
            row("uvloop", ">=0.17.0"),
        ],
        [
            pin(
                "fastapi-0.99.1-py3-none-any.whl",
                requires=["starlette (<0.28.0,>=0.27.0)", 'orjson>=3.2.1; extra == "all"'],
            ),
            pin("httpx-0.27.2-py3-none-any.whl"),
            pin("starlette-0.27.0-py3-none-any.whl", by=("fastapi 0.99.1", "phase-1.yaml:44")),
            pin(
                "uvicorn-0.24.0-py3-none-any.whl",
                extras=["standard"],
                requires=['uvloop>=0.14.0; sys_platform != "win32" and extra == "standard"'],
            ),
            pin(
                "uvloop-0.19.0-cp312-cp312-manylinux_2_17_x86_64.manylinux2014_x86_64.whl",
                "uvloop-0.19.0-py3-none-any.whl",
                by=("known issue uvloop-segfault", "phase-1.yaml:60", "uvicorn 0.24.0"),
            ),
        ],
        constraints=(
            Constraint(origin=IssueOrigin(id="uvloop-segfault"), name=uvloop, specifier=SpecifierSet(">=0.19.0")),
            Constraint(
                origin=IssueOrigin(id="testclient-app"),
                name=httpx,
                specifier=SpecifierSet("<0.28"),
                releases=(canonicalize_name("starlette"), SpecifierSet("<0.28")),
            ),
            Constraint(
                origin=IssueOrigin(id="not-here"),
                name=httpx,
                specifier=SpecifierSet("<0.1"),
                releases=(canonicalize_name("starlette"), SpecifierSet(">=1")),
            ),
        ),
        deviations=(
            Deviation(
                name=canonicalize_name("starlette"),
                wanted=Version("0.32.0"),
                got=Version("0.27.0"),
                because="fastapi 0.99.1 needs starlette>=0.27.0,<0.28.0",
            ),
        ),
        refusals=tuple(
            Refusal(
                kind="platform", name=uvloop, version=Version(version), reason=f"{version} has no wheel for this target"
            )
            for version in ("0.17.0", "0.18.0", "0.9.0")
        ),
        issues=(
            IssueNote(id="uvloop-segfault", title="uvloop crashes on Python 3.12", solution="uvloop 0.19.0 or newer"),
        ),
    )


def mac_cell() -> TargetResult:
    """A set with an allowed sdist and what builds it."""
    permission = SdistPermission(
        name=canonicalize_name("pyyaml"),
        reason="6.0.3 has no wheel for Python 3.8 on Apple silicon",
        build_packages=("clang", "libyaml-dev"),
    )
    return cell(
        make_target("3.8", MAC),
        [row("pyyaml", ">=6.0")],
        [pin("pyyaml-6.0.3.tar.gz", permission=permission)],
        sdists=(permission,),
        build=(
            pin("setuptools-75.3.2-py3-none-any.whl", by=("pyyaml 6.0.3",)),
            pin("Cython-3.1.4-py2.py3-none-any.whl", by=("pyyaml 6.0.3",)),
        ),
    )
