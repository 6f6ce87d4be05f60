"""`lockgen history` on a small frozen real index, and on the real one beside uv."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from lockgen.index.cache import Cache
from lockgen.index.live import LiveIndex
from lockgen.index.settings import read_settings
from lockgen.index.sites import Policy
from lockgen.matrix.files import read_directory
from lockgen.matrix.load import load_matrices
from lockgen.model.phase import Scope
from lockgen.resolve.resolver import Resolver
from lockgen.workflow.history import PhaseHistory, recall
from tests.conftest import ROOT, Lockgen
from tests.interpreters import host
from tests.test_uv_oracle import UV_PLATFORMS, _lines, _pins

WEB = ROOT / "tests" / "frozen" / "web-2024-03-01.xz"
HISTORY = ("history", "--frozen", WEB, "--matrices", ROOT / "tests" / "drift" / "matrices", "--until", "2024-03-01")
SINCE = ("--since", "2023-10-01")
ONE = ("--target", "py3.11-linux-x86_64")


def test_five_months_of_a_real_index(lockgen: Lockgen) -> None:
    done = lockgen(*HISTORY, *SINCE)
    assert done.code == 0
    assert done.err == ""
    assert done.out.endswith(
        "note: Removals (yanks, deletions) carry no date: each day is told with what the index still offers today.\n"
    )
    lines = [" ".join(line.split()) for line in done.out.splitlines()]
    assert lines[0].startswith("phase web (recommended, 2023-10-01 to 2024-03-01): 4 of 4 targets")
    assert "2023-10-18 fastapi 0.103.2 -> 0.104.0 all" in lines
    # Two came on one day; the newer one alone asked for this starlette, each of them for a newer anyio.
    assert "2023-12-26 starlette 0.27.0 -> 0.32.0.post1 all by fastapi 0.108.0" in lines
    assert "fastapi 0.110.0 since 2024-02-24 all" in lines


def test_every_day_is_what_a_render_of_that_day_pins(lockgen: Lockgen) -> None:
    (told,) = lockgen(*HISTORY, *SINCE, *ONE, "--format", "json").result["phases"]
    spans = told["targets"][ONE[1]]
    for since in ("2023-10-01", "2023-12-26", "2023-12-27", "2024-01-12", "2024-03-01"):
        moment = f"{since}T00:00:00Z"
        expected = next(span["pins"] for span in reversed(spans) if span["since"] <= moment)
        words = ("--frozen", WEB, "--matrices", HISTORY[4], "--as-of", since, *ONE)
        assert lockgen("render", *words).code == 0
        file = next(Path("output").glob(f"*/{ONE[1]}/constraints.txt"))
        pins = dict(line.split("==") for line in file.read_text("utf-8").split() if "==" in line)
        assert pins == expected, since


def test_bisect_names_the_upload(lockgen: Lockgen) -> None:
    done = lockgen(*HISTORY, *SINCE, *ONE, "--bisect", "starlette==0.35.1")
    assert done.code == 0
    assert done.out == (
        "phase web (recommended): starlette 0.35.1 on 1 of 1 targets\n"
        "  py3.11-linux-x86_64\n"
        "      starlette 0.35.1: moved from 0.32.0.post1 by fastapi 0.109.0, uploaded 2024-01-11T15:36:31Z\n"
        "        fastapi-0.109.0-py3-none-any.whl  2024-01-11T15:36:31.271016Z\n"
        "note: Removals (yanks, deletions) carry no date: each day is told with what the index still offers today.\n"
    )


def test_bisect_without_a_name_names_what_brought_the_set(lockgen: Lockgen) -> None:
    done = lockgen(*HISTORY, "--since", "2023-06-01", "--bisect", "--format", "json")
    assert done.code == 0
    (told,) = done.result["phases"]
    assert [(cause["package"], cause["version"]) for cause in told["targets"][ONE[1]]["causes"]] == [
        ("pydantic", "1.10.13")
    ]


def test_a_version_no_set_ever_had_is_a_no(lockgen: Lockgen) -> None:
    done = lockgen(*HISTORY, *SINCE, "--bisect", "starlette==0.1")
    assert done.code == 1
    assert "all\n      starlette 0.1 is in no set from 2023-10-01 on" in done.out


def test_markdown_of_one_package(lockgen: Lockgen) -> None:
    done = lockgen(*HISTORY, *SINCE, "idna", "--format", "markdown")
    assert (done.code, done.err) == (0, "")
    rows = [line for line in done.out.splitlines() if line.startswith("| 20")]
    assert rows == [
        "| 2023-11-24 | `idna` | `3.4 -> 3.5` | `all` |  |",
        "| 2023-11-25 | `idna` | `3.5 -> 3.6` | `all` |  |",
    ]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--since", "2024-03-01"), "--since 2024-03-01T00:00:00Z is not before 2024-03-01T00:00:00Z"),
        (("--since", "soon"), "'soon' is no date or time"),
        (("--smoke",), "--smoke is for --bisect"),
        ((*SINCE, "--bisect", "--smoke"), "--smoke runs the sets of one target of one phase"),
        (("idna", "--bisect", "--smoke"), "'idna' is in the way"),
        ((*SINCE, "idn"), "no set of these days holds idn"),
        (("idna==3.5",), "'idna==3.5' is no package's name"),
        (("--bisect", "idna==x"), "'x' is no version"),
        (("--bisect", "idna>=3"), "'idna>=3' is no package's name"),
        (("--phase", "9"), "there is no phase '9'"),
        (("--until", "2024-03-02"), "later than this frozen index"),
    ],
)
def test_what_cannot_be_asked(lockgen: Lockgen, words: tuple[str, ...], said: str) -> None:
    done = lockgen(*HISTORY, *words)
    assert done.code == 2
    assert done.out == ""
    assert said in done.err


@pytest.fixture(scope="module")
def three_years(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[PhaseHistory, ...]]:
    """Both phases on Linux, Windows and Alpine, each the newest of everything."""
    matrices = load_matrices(read_directory(ROOT / "matrices"))
    policy = Policy(now=datetime.now(UTC), as_of=max(phase.as_of for phase in matrices.phases.values()))
    targets = ("py3.11-linux-x86_64", "py3.9-windows-x86_64", "py3.12-alpine-x86_64")
    ask = Scope(phases=("1", "2"), targets=targets, strategies=("maximum",), known_issues=False)
    place = Path(os.environ.get("LOCKGEN_TEST_CACHE") or tmp_path_factory.mktemp("cache")) / "index.sqlite3"
    with Cache(place) as cache, LiveIndex(read_settings(os.environ), cache, policy) as index:
        yield recall(matrices, ask, datetime(2023, 1, 1, tzinfo=UTC), Resolver(index), lambda _done, _total: None)


def _uv(recalled: PhaseHistory, place: int, moment: datetime, folder: Path) -> dict[str, str] | None:
    """What uv pins as of the moment; None when it finds nothing."""
    request = recalled.question.requests[place]
    file = folder / "rows.in"
    file.write_text(_lines(request))
    settings = read_settings(os.environ)
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("PIP_", "UV_"))}
    builds = [option for sdist in request.sdists for option in ("--no-binary", sdist.name)]
    command = [
        "uv", "pip", "compile", str(file), "--python", sys.executable, "--python-version", request.target.python,
        "--python-platform", UV_PLATFORMS[request.target.platform.name],
        "--exclude-newer", moment.isoformat(), "--only-binary", ":all:", *builds, "--no-header", "--no-annotate",
        "--quiet", "--color", "never",
    ]  # fmt: skip
    environment = {**kept, "UV_DEFAULT_INDEX": settings.address, "UV_NO_CONFIG": "1"}
    done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    assert done.returncode == 0 or "No solution found" in done.stderr, done.stderr
    return _pins(done.stdout) if done.returncode == 0 else None


@pytest.mark.network
@pytest.mark.long
def test_ten_days_are_uvs(three_years: tuple[PhaseHistory, ...], tmp_path: Path) -> None:
    different = {}
    found = 0
    for number in range(10):
        moment = datetime(2023, 2, 1, tzinfo=UTC) + timedelta(days=151 * number)
        for recalled in three_years:
            for place, course in enumerate(recalled.history.courses):
                pins = course.at(moment)
                ours = None if pins is None else {name: str(version) for name, version in pins.items()}
                theirs = _uv(recalled, place, moment, tmp_path)
                found += theirs is not None
                if ours != theirs:
                    different[f"{recalled.facts.phase} {course.target.name} {moment:%Y-%m-%d}"] = (ours, theirs)
    assert not different
    assert found >= 20


@pytest.mark.network
@pytest.mark.long
def test_the_days_on_which_the_sets_became_installable(three_years: tuple[PhaseHistory, ...]) -> None:
    first = {
        (each.facts.phase, target): [str(cause) for cause in turn.causes]
        for each in three_years
        for turn in each.history.turns
        for target in turn.targets
    }
    assert first["1", "py3.11-linux-x86_64"] == ["uvicorn 0.23.0"]
    assert first["2", "py3.11-linux-x86_64"] == ["httpx 0.27.0"]


@pytest.mark.network
@pytest.mark.long
def test_the_upload_that_broke_phase_1(lockgen: Lockgen, tmp_path: Path) -> None:
    """What no metadata says: httpx 0.28.0 installs beside starlette 0.27.0, and the test client of that is dead."""
    if f"py3.{sys.version_info.minor}-{host().name}" != ONE[1]:
        pytest.skip("the target is CPython 3.11 on Linux")
    cache = os.environ.get("LOCKGEN_TEST_CACHE") or tmp_path / "cache"
    window = ("--since", "2024-11-20", "--until", "2024-12-03", "--cache-dir", cache)
    words = ("--phase", "1", "--strategy", "maximum", *ONE, "--no-known-issues", "--python", f"3.11={sys.executable}")
    done = lockgen("history", "--matrices", ROOT / "matrices", "--bisect", "--smoke", *window, *words)
    assert done.code == 1, done.err
    assert "the first set that does not run came with httpx 0.28.0, uploaded 2024-11-28T14:54:55Z" in done.out
    assert "      httpx 0.27.2 -> 0.28.0\n" in done.out
    assert "unexpected keyword argument 'app'" in done.out
