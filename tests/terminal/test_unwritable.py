"""Where a file cannot be written, the message names the one that was meant, and no file that lockgen makes on the way."""

from __future__ import annotations

import re
import shutil
import sys
from pathlib import Path

import pytest

from lockgen.errors import WriteError
from lockgen.render import swap
from lockgen.render.write import write_alone
from tests.conftest import ROOT, Lockgen, run_here
from tests.remembered import remember
from tests.terminal.printing import Streams

pytestmark = pytest.mark.slow  # many commands on indexes of their own

ONE = ("--phase", "web", "--target", "py3.11-linux-x86_64")
EARLY, LATE = ("--frozen", "early.xz"), ("--frozen", "late.xz")
COMMANDS = {
    "render": ("render", *ONE, *EARLY, "--output", "PLACE"),
    "report": ("report", *ONE, *EARLY, "PLACE"),
    "freeze": ("freeze", *ONE, *EARLY, "PLACE"),
    "verify": ("verify", *ONE, *EARLY, "--level", "closed", "--junit", "PLACE"),
    "init": ("init", "--example", "--matrices", "PLACE"),
    "cache info": ("cache", "info", "--cache-dir", "PLACE"),
    "cache clear": ("cache", "clear", "--cache-dir", "PLACE"),
}
OF_OTHERS = {
    "render": ((*COMMANDS["render"][:-2],), "output/phase-web"),
    "bump": (("bump", "--phase", "web", *LATE), "matrices/phase-web.yaml"),
    "ci init": (
        ("ci", "init", "github", "--install", "https://files.invalid/lockgen-0.1.0-py3-none-any.whl"),
        ".github/workflows",
    ),
}
"""Commands that write where they are not told to, with the file or folder that stands there."""
OWN_NAMES = re.compile(r"lockgen-(new|undo)")


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("project")
    with pytest.MonkeyPatch.context() as patch:
        remember(patch)
        run = run_here(patch, Streams(patch), folder)  # type: ignore[arg-type]
        shutil.copytree(ROOT / "tests" / "drift" / "matrices", folder / "matrices")
        for name, date in (("early", "2023-10-01"), ("late", "2024-03-01")):
            shutil.copy(ROOT / "tests" / "frozen" / f"web-{date}.xz", folder / f"{name}.xz")
        (folder / "file").write_text("theirs")
        assert run("render", *ONE, *EARLY).code == 0
    return folder


@pytest.fixture
def project(prepared: Path, tmp_path: Path, lockgen: Lockgen) -> Lockgen:
    shutil.copytree(prepared, tmp_path, dirs_exist_ok=True)
    return lockgen


@pytest.mark.parametrize(
    "place",
    ["file/x", pytest.param("/proc/x", marks=pytest.mark.skipif(sys.platform != "linux", reason="there is no /proc"))],
)
@pytest.mark.parametrize("name", COMMANDS)
def test_what_cannot_be_written_is_named(project: Lockgen, name: str, place: str) -> None:
    done = project(*(place if word == "PLACE" else word for word in COMMANDS[name]))
    assert done.code == 2
    assert re.search(rf"error: (.*/)?{place.strip('/').split('/')[0]}(/x)?\b", done.err), done.err
    assert not OWN_NAMES.search(done.err), done.err
    assert Path("file").read_text() == "theirs"


@pytest.mark.parametrize("name", OF_OTHERS)
def test_so_it_is_where_a_command_knows_the_place(project: Lockgen, name: str) -> None:
    words, place = OF_OTHERS[name]
    new = swap.staging(Path(place))
    new.parent.mkdir(exist_ok=True)
    # What stands in the way of the file that is made first; in that of a folder, a file.
    if place.endswith(".yaml"):
        new.mkdir()
    else:
        new.write_text("")
    if name == "render":
        shutil.rmtree("output/phase-web/py3.11-linux-x86_64")
    done = project(*words)
    assert done.code == 2, done.err
    assert f"{place}: cannot write here" in done.err
    assert not OWN_NAMES.search(done.err), done.err


@pytest.mark.parametrize(
    ("place", "named"),
    [
        ("out/.phase-1.lockgen-new/a/x", "out/phase-1/a/x"),
        ("/o/.x.html.lockgen-new", "/o/x.html"),
        ("out/.p.lockgen-undo-growing/old/a/x", "out/p/a/x"),
        ("out/.p.lockgen-undo/written.json", "out/p/written.json"),
        ("out/old/.hidden/x", "out/old/.hidden/x"),
    ],
)
def test_a_path_on_the_way_is_that_of_the_user(place: str, named: str) -> None:
    assert swap.named(Path(place)) == Path(named)


def test_a_file_by_itself_is_named(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    with pytest.raises(WriteError) as caught:
        write_alone(tmp_path / "a", b"")
    assert caught.value.where == str(tmp_path / "a")
