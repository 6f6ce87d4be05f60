"""uv as the oracle of `try`: real projects' requirements beside phases 1 and 2, satisfiable or not, and because of whom.

uv knows neither the known issues nor the known conflicts of the matrices, so both are left out here. It is asked for
wheels alone: what lockgen calls "needs a build" or "unknown" must be impossible without sdists, and what needs a build
must be possible once uv may take the sdists lockgen took. Whether a set that is "unknown" holds only a build could
tell; uv would run it, so there lockgen's word is not compared any further.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

from lockgen.index.cache import Cache
from lockgen.index.live import LiveIndex
from lockgen.index.settings import read_settings
from lockgen.index.sites import Policy
from lockgen.matrix.files import read_directory
from lockgen.matrix.load import load_matrices
from lockgen.model.conflict import Demand
from lockgen.model.origin import QuestionOrigin, RowOrigin
from lockgen.model.phase import Scope
from lockgen.model.request import Request
from lockgen.model.try_ import TryResult
from lockgen.requirements.reading import read_requirements
from lockgen.requirements.try_ import TryQuestion, try_requirements
from lockgen.resolve.resolver import Resolver
from lockgen.text import requirement
from lockgen.workflow.render import phase_requests
from tests.test_uv_oracle import UV_PLATFORMS

pytestmark = pytest.mark.network

ROOT = Path(__file__).parent.parent
PROJECTS = Path(__file__).parent / "requirements" / "projects"
LINUX = ("py3.8-linux-x86_64", "py3.11-linux-x86_64", "py3.12-linux-x86_64")
ELSEWHERE = ("py3.11-windows-x86_64", "py3.11-macos-arm64", "py3.11-alpine-x86_64")
TARGETS = {
    "agents-2023": LINUX,
    "command-line-tool": LINUX,
    "custom-model-runner": LINUX,
    "django-site": (*LINUX, *ELSEWHERE),
    "fastapi-2021": (*LINUX, *ELSEWHERE),
    "fastapi-template": (*LINUX, *ELSEWHERE),
    "flask-agents": (*LINUX, *ELSEWHERE),
    "gradio-chat": LINUX,
    "inference-server": LINUX,
    "llm-app-on-ray": LINUX,
    "mlflow-tracking": (*LINUX, *ELSEWHERE),
    "notebook": LINUX,
    "orchestration": LINUX,
    "pytorch-flask": (*LINUX, *ELSEWHERE),
    "ray-inference": LINUX,
    "streamlit-demo": LINUX,
    "vector-database": (*LINUX, *ELSEWHERE),
}
"""Not langchain-2023 nor airflow-plugin: what they need is built from source, which is the minutes uv would take."""


@dataclass(frozen=True)
class Uv:
    """uv, asked for wheels alone."""

    folder: Path
    environment: dict[str, str]

    def complaint(
        self, request: Request, lines: Iterable[str], built: Iterable[str] = (), *, anything: bool = False
    ) -> str:
        """Why uv finds no set for these requirements; empty when it finds one. `anything`: of sdists too."""
        file = self.folder / f"{request.target.name}.in"
        file.write_text("".join(f"{line}\n" for line in lines))
        command = [
            "uv", "pip", "compile", str(file), "--python", sys.executable, "--python-version", request.target.floor,
            "--python-platform", UV_PLATFORMS[request.target.platform.name], "--exclude-newer", request.as_of.isoformat(),
            *(() if anything else ("--only-binary", ":all:")), *(option for name in built for option in ("--no-binary", name)),
            "--quiet", "--color", "never",
        ]  # fmt: skip
        done = subprocess.run(command, capture_output=True, text=True, env=self.environment, check=False)
        assert done.returncode == 0 or "No solution found" in done.stderr, done.stderr
        return " ".join(done.stderr.split()) if done.returncode else ""


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Resolver]:
    matrices = load_matrices(read_directory(ROOT / "matrices"))
    policy = Policy(now=datetime.now(UTC), as_of=max(phase.as_of for phase in matrices.phases.values()))
    place = Path(os.environ.get("LOCKGEN_TEST_CACHE") or tmp_path_factory.mktemp("cache")) / "index.sqlite3"
    with Cache(place) as cache, LiveIndex(read_settings(os.environ), cache, policy) as index:
        yield Resolver(index)


@pytest.fixture
def uv(tmp_path: Path) -> Uv:
    """No setting of the user's uv takes part; the index is the one lockgen asks."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("PIP_", "UV_"))}
    return Uv(tmp_path, {**kept, "UV_DEFAULT_INDEX": read_settings(os.environ).address, "UV_NO_CONFIG": "1"})


def _questions(name: str, phase: str) -> list[TryQuestion]:
    matrices = load_matrices(read_directory(ROOT / "matrices"))
    wishes = read_requirements(str(PROJECTS / f"{name}.txt"), lambda path: Path(path).read_bytes(), {})
    (asked,) = phase_requests(matrices, Scope(phases=(phase,), targets=TARGETS[name], known_issues=False))
    assert len(asked.requests) == len(TARGETS[name])
    return [TryQuestion(request=each, committed={}, requirements=wishes) for each in asked.requests]


def _demands(request: Request) -> list[Demand]:
    rows = (
        Demand(name=r.name, specifier=r.specifier, extras=r.extras, origin=RowOrigin(where=r.where))
        for r in request.rows
    )
    return [*rows, *request.demands]


def _lines(demands: Iterable[Demand]) -> list[str]:
    return [requirement(each.name, each.extras, each.specifier) for each in demands]


def _alone(request: Request, demands: Sequence[Demand]) -> Request:
    return replace(request, rows=(), demands=tuple(demands), buildable=frozenset())


def _faults(question: TryQuestion, mine: TryResult, engine: Resolver, uv: Uv) -> Iterator[str]:
    """What uv says otherwise."""
    request = question.beside
    built = [name for name, _ in mine.builds]
    sdists = [permission.name for permission in request.sdists]
    complaint = uv.complaint(request, _lines(_demands(request)), sdists)
    if mine.fit == "pins" and not built:
        if complaint:
            yield f"fits, says lockgen: {complaint}"
        return
    if not complaint:
        yield f"{mine.fit} with {built}, says lockgen, but uv needs nothing but wheels"
        return
    if mine.fit == "pins":
        if found := uv.complaint(request, _lines(_demands(request)), built):
            yield f"fits with {built} built, says lockgen: {found}"
    elif mine.fit == "no":
        yield from _quarrels(request, mine, complaint, engine=engine, uv=uv)


def _quarrels(request: Request, mine: TryResult, complaint: str, *, engine: Resolver, uv: Uv) -> Iterator[str]:
    """Whether each holds for a conflict what the other one says is one."""
    assert mine.conflict is not None
    if not uv.complaint(request, _lines(mine.conflict.core), anything=True):
        yield f"uv has a set for lockgen's core {_lines(mine.conflict.core)}"
    words = {canonicalize_name(word) for word in re.findall(r"[A-Za-z0-9][\w.-]*[A-Za-z0-9]", complaint)}
    named = [each for each in _demands(request) if each.name in words]
    if engine.conflict(_alone(request, named)) is None:
        yield f"lockgen has a set for what uv names, {_lines(named)}: {complaint}"


QUICK = ("django-site", "fastapi-template", "pytorch-flask", "vector-database")
"""Lists of every kind of answer that take seconds; the others are for -m long."""


@pytest.mark.parametrize("phase", ["1", "2"])
@pytest.mark.parametrize(
    "name", [name if name in QUICK else pytest.param(name, marks=pytest.mark.long) for name in TARGETS]
)
def test_uv_agrees(name: str, phase: str, engine: Resolver, uv: Uv) -> None:
    faults = {
        f"{question.request.target.name}: {fault}"
        for question in _questions(name, phase)
        for fault in _faults(question, try_requirements(question, engine), engine, uv)
    }
    assert not faults


def test_a_list_that_fits_nowhere_is_a_no_and_one_without_a_word_fits(engine: Resolver, uv: Uv) -> None:
    """The oracle itself: it can say both."""
    (question,) = (each for each in _questions("notebook", "1") if each.request.target.name == LINUX[1])
    request = replace(question.request, demands=())
    assert uv.complaint(request, _lines(_demands(request))) == ""
    beyond = Demand(
        name=canonicalize_name("pydantic"), specifier=SpecifierSet(">=2"), origin=QuestionOrigin(text="test")
    )
    assert "pydantic" in uv.complaint(request, _lines([*_demands(request), beyond]))
