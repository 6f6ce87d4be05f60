"""The door to the disk: all or nothing, whatever goes wrong, and nobody else's file touched."""

from __future__ import annotations

import ctypes
import errno
import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from lockgen.errors import WriteError
from lockgen.render import swap
from lockgen.render.plan import Plan
from lockgen.render.write import read, replaced, write, write_alone
from tests.render.cells import ROOT

OLD = Plan(files={"a/x": b"old x", "b/x": b"old", "s": b"old"}, owned=frozenset({"a/x", "b/x"}))
NEW = Plan(files={"a/x": b"new x", "c/x": b"new", "s": b"old"}, owned=frozenset({"a/x", "b/x", "c/x"}))
ALL = OLD.owned | NEW.owned


def tree(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.fixture(params=["exchange", "one by one"])
def folder(request, tmp_path, monkeypatch):
    """An old output; each test runs with the atomic exchange and with the way around it."""
    if request.param == "one by one":
        monkeypatch.setattr(swap, "_exchange", lambda *_: False)
    write([(tmp_path / "out" / "phase", OLD)])
    return tmp_path / "out" / "phase"


def left_beside(folder):
    return sorted(path.name for path in folder.parent.iterdir() if path != folder)


def test_a_first_write_makes_its_directories(tmp_path):
    (written,) = write([(tmp_path / "deep" / "out" / "phase", OLD)])
    assert written.created == ("a/x", "b/x", "s")
    assert tree(tmp_path / "deep" / "out" / "phase") == OLD.files
    assert left_beside(tmp_path / "deep" / "out" / "phase") == []


def test_what_changed_is_said_and_a_target_without_files_loses_its_folder(folder):
    (written,) = write([(folder, NEW)])
    assert (written.created, written.changed, written.removed, written.unchanged) == (
        ("c/x",),
        ("a/x",),
        ("b/x",),
        ("s",),
    )
    assert tree(folder) == NEW.files
    assert not (folder / "b").exists()
    assert left_beside(folder) == []


def test_what_is_not_ours_keeps_bytes_times_modes_and_kinds(folder):
    theirs = {"verified.json": b"proof", "b/README": b"mine", "min/t/x": b"other strategy"}
    for path, content in theirs.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(content)
        os.utime(folder / path, (1, 1))
    (folder / "b/README").chmod(0o640)
    (folder / "link").symlink_to("nowhere")
    folder.chmod(0o750)
    write([(folder, NEW)])
    assert tree(folder) == {**NEW.files, **theirs}
    assert all((folder / path).stat().st_mtime == 1 for path in theirs)
    assert (folder / "b/README").stat().st_mode & 0o777 == 0o640
    assert folder.stat().st_mode & 0o777 == 0o750
    assert (folder / "link").readlink() == Path("nowhere")


def test_nothing_to_do_touches_nothing(folder):
    def everything():
        return {path: (path.stat().st_mtime_ns, path.stat().st_ino) for path in [folder, *folder.rglob("*")]}

    before = everything()
    (written,) = write([(folder, OLD)])
    assert written.touched == ()
    assert everything() == before


def test_an_unchanged_file_beside_a_changed_one_is_not_written_again(folder):
    before = (folder / "s").stat()
    write([(folder, NEW)])
    assert ((folder / "s").stat().st_mtime_ns, (folder / "s").stat().st_ino) == (before.st_mtime_ns, before.st_ino)


def test_a_changed_basis_is_refused(folder):
    basis = read(folder, ["s"])
    (folder / "s").write_bytes(b"another run was here")
    with pytest.raises(WriteError, match=r"changed by somebody else.*(?s:.)*Run again"):
        write([(folder, Plan(files=NEW.files, based_on=basis))])
    assert tree(folder) == {**OLD.files, "s": b"another run was here"}
    with pytest.raises(WriteError, match="changed by somebody else"):
        write([(folder, Plan(files=NEW.files, based_on={"s": None}))])


def test_two_folders_change_together_or_not_at_all(folder, monkeypatch):
    second = folder.with_name("second")
    write([(second, OLD)])
    really = swap.put_in_place

    def fails_on_the_second(place, touched, undo):
        really(place, touched, undo)
        if place.name == "second":
            raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(swap, "put_in_place", fails_on_the_second)
    third = folder.with_name("third")
    with pytest.raises(WriteError, match="Input/output error"):
        write([(third, NEW), (folder, NEW), (second, NEW)])
    assert tree(folder) == tree(second) == OLD.files
    assert left_beside(folder) == ["second"]


def test_a_folder_inside_another_changes_with_it(folder):
    """The sets of the other strategies stand inside the phase's folder, and have plans of their own."""
    inner = folder / "minimum"
    first = write([(folder, NEW), (inner, OLD)])
    assert [written.created for written in first] == [("c/x",), ("a/x", "b/x", "s")]
    assert first[0].unchanged == ("s",)
    assert tree(folder) == {**NEW.files, **{f"minimum/{path}": content for path, content in OLD.files.items()}}
    assert write([(inner, NEW), (folder, NEW)])[0].removed == ("b/x",)
    assert tree(inner) == NEW.files
    assert write([(inner, OLD)])[0].created == ("b/x",)
    assert left_beside(folder) == []
    assert sorted(path.name for path in folder.iterdir()) == ["a", "c", "minimum", "s"]


def test_one_file_alone_is_whole_or_not_there(tmp_path, monkeypatch):
    path = tmp_path / "new" / "index.xz"
    write_alone(path, b"old")
    (path.parent / ".index.xz.lockgen-new").write_bytes(b"left by a run that died")

    def full(place, _):
        place.write_bytes(b"ha")
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(swap, "write_file", full)
        with pytest.raises(WriteError, match="No space left"):
            write_alone(path, b"new")
    assert tree(tmp_path) == {"new/index.xz": b"old"}
    write_alone(path, b"new")
    assert tree(tmp_path) == {"new/index.xz": b"new"}


def test_control_c_while_staging_leaves_the_old(folder, monkeypatch):
    def interrupted(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(swap, "write_file", interrupted)
    with pytest.raises(KeyboardInterrupt):
        write([(folder, NEW)])
    assert tree(folder) == OLD.files
    assert left_beside(folder) == []


@pytest.mark.parametrize("fails_at", range(1, 4))
def test_an_error_while_replacing_one_by_one_brings_the_old_back(tmp_path, monkeypatch, fails_at):
    folder = tmp_path / "phase"
    write([(folder, OLD)])
    monkeypatch.setattr(swap, "_exchange", lambda *_: False)
    count = iter(range(1, 100))
    really = swap.sync_directory

    def fails(directory):
        if folder in (directory, *directory.parents) and next(count) == fails_at:
            raise OSError(errno.EIO, "Input/output error")
        really(directory)

    monkeypatch.setattr(swap, "sync_directory", fails)
    with pytest.raises(WriteError):
        write([(folder, NEW)])
    assert tree(folder) == OLD.files
    assert left_beside(folder) == []


KILLED_AT_EVERY_STEP = """
import os, signal, sys
from itertools import count
from pathlib import Path
from lockgen.render import swap
from lockgen.render.plan import Plan
from lockgen.render.write import write
from tests.render.test_write import ALL, NEW, OLD, tree

folder, atomic = Path(sys.argv[1]), sys.argv[2] == "exchange"
if not atomic:
    swap._exchange = lambda *_: False

def killed_at(step):
    left = count(step, -1)
    def auditor(event, _):
        if event.partition(".")[0] in ("open", "os", "shutil") and next(left) == 0:
            os.kill(os.getpid(), signal.SIGKILL)
    sys.addaudithook(auditor)

for step in count():
    write([(folder, Plan(files=OLD.files, owned=ALL))])
    assert tree(folder) == OLD.files, (step, tree(folder))
    assert [path.name for path in folder.parent.iterdir()] == ["phase"], (step, list(folder.parent.iterdir()))
    if not (child := os.fork()):
        killed_at(step)
        write([(folder, NEW)])
        os._exit(0)
    died = os.waitpid(child, 0)[1]
    if not died:
        break
    assert os.WTERMSIG(died) == signal.SIGKILL
    if atomic:
        assert tree(folder) in (OLD.files, NEW.files), (step, tree(folder))
    else:
        swap.recover(folder)
        assert tree(folder) in (OLD.files, NEW.files), (step, tree(folder))
print(step)
"""


@pytest.mark.slow  # some forty processes
@pytest.mark.skipif(sys.platform != "linux", reason="fork, SIGKILL and the atomic exchange")
@pytest.mark.parametrize("how", ["exchange", "one by one"])
def test_kill_minus_nine_at_every_step_leaves_old_or_new_and_the_next_run_cleans_up(tmp_path, how):
    (tmp_path / "out").mkdir()
    script = [sys.executable, "-c", KILLED_AT_EVERY_STEP, str(tmp_path / "out" / "phase"), how]
    run = subprocess.run(script, cwd=ROOT, check=False, capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
    assert int(run.stdout) > 40


def test_a_run_that_died_half_way_is_undone_by_the_next(tmp_path, monkeypatch):
    """Files were being replaced one by one and the machine stopped: nothing could clean up."""
    folder = tmp_path / "phase"
    write([(folder, OLD)])
    monkeypatch.setattr(swap, "_exchange", lambda *_: False)
    monkeypatch.setattr(swap, "_replace", lambda new, folder, _: (new / "c").rename(folder / "c"))
    monkeypatch.setattr(swap, "forget", lambda _: None)
    monkeypatch.setattr(swap, "unstage", lambda _: None)
    write([(folder, NEW)])
    assert tree(folder) not in (OLD.files, NEW.files)
    monkeypatch.undo()
    write([(folder, OLD)])
    assert tree(folder) == OLD.files
    assert left_beside(folder) == []


def test_threads_take_turns(tmp_path):
    """Ten runs at once, each with its own bytes: one of them wins whole."""
    folder = tmp_path / "phase"
    plans = [Plan(files={f"t/{name}": bytes([n]) * 1000 for name in "abc"}) for n in range(10)]
    failed = []

    def run(plan):
        try:
            write([(folder, plan)])
        except BaseException as error:  # noqa: BLE001
            failed.append(error)

    threads = [threading.Thread(target=run, args=(plan,)) for plan in plans]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    assert tree(folder) in [plan.files for plan in plans]
    assert left_beside(folder) == []


RUN = """
import sys, time
from pathlib import Path
from lockgen.render.plan import Plan
from lockgen.render.write import read, write
folder, number = Path(sys.argv[1]), sys.argv[2]
plan = Plan(files={"t/a": b"new" * 1000, "s": b"new"}, based_on=read(folder, ["s"]))
(folder.parent.parent / f"ready-{number}").touch()
while not (folder.parent.parent / "go").exists():
    time.sleep(0.001)
print(len(write([(folder, plan)], lambda directory: print("waits", directory.name))[0].touched))
"""


@pytest.mark.slow
def test_eight_processes_with_equal_results_all_succeed(tmp_path):
    """All have read the same basis before one of them writes; the others find that what they would write is there."""
    folder = tmp_path / "out" / "phase"
    write([(folder, OLD)])
    runs = [
        subprocess.Popen([sys.executable, "-c", RUN, str(folder), str(number)], stdout=subprocess.PIPE, text=True)
        for number in range(8)
    ]
    while len(list(tmp_path.glob("ready-*"))) < 8:
        assert all(run.poll() is None for run in runs)
        time.sleep(0.005)
    (tmp_path / "go").touch()
    said = [run.communicate(timeout=60)[0].split()[-1] for run in runs]
    assert [run.returncode for run in runs] == [0] * 8
    assert sorted(said) == ["0"] * 7 + ["2"], "one wrote"
    assert tree(folder) == {**OLD.files, "t/a": b"new" * 1000, "s": b"new"}
    assert left_beside(folder) == []


def test_several_files_change_together_or_not_at_all(tmp_path):
    files = {tmp_path / name: name.encode() for name in ("a.yaml", "b.yaml")}
    for path in files:
        path.write_bytes(b"old")

    def fails_inside() -> None:
        with replaced(files):
            assert [path.read_bytes() for path in files] == [b"a.yaml", b"b.yaml"]
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fails_inside()
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {"a.yaml": b"old", "b.yaml": b"old"}
    (tmp_path / ".b.yaml.lockgen-new").mkdir()
    with pytest.raises(WriteError), replaced(files):
        pass
    assert [path.read_bytes() for path in files] == [b"old", b"old"]
    (tmp_path / ".b.yaml.lockgen-new").rmdir()
    with replaced(files):
        pass
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {"a.yaml": b"a.yaml", "b.yaml": b"b.yaml"}


def test_who_waits_for_another_run_is_told_so(tmp_path):
    heard: list[Path] = []
    entered = threading.Event()

    def run():
        with swap.locked(tmp_path, heard.append):
            entered.set()

    with swap.locked(tmp_path, heard.append):
        assert heard == []
        other = threading.Thread(target=run)
        other.start()
        while not heard:
            time.sleep(0.001)
        assert not entered.is_set()
    other.join()
    assert heard == [tmp_path]


@pytest.mark.parametrize(
    "what",
    [
        "folder is a file",
        "folder is a link",
        "parent is a file",
        "target is a file",
        "target is a link",
        "file is a directory",
        "file is a link",
        "file is a link to a file",
    ],
)
def test_what_stands_in_the_way_is_named_and_left_alone(tmp_path, what):
    folder = tmp_path / "out" / "phase"
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    place = {"folder": folder, "parent": folder.parent, "target": folder / "a", "file": folder / "a/x"}[what.split()[0]]
    place.parent.mkdir(parents=True, exist_ok=True)
    if what.endswith("link"):
        place.symlink_to(elsewhere)
    elif what.endswith("link to a file"):
        (tmp_path / "kept").write_bytes(b"of another")
        place.symlink_to(tmp_path / "kept")
    elif what.endswith("directory"):
        place.mkdir()
    else:
        place.write_bytes(b"theirs")
    with pytest.raises(WriteError) as caught:
        write([(folder, NEW)])
    assert "old output is untouched" in caught.value.hint
    assert str(place) in caught.value.where
    assert list(elsewhere.iterdir()) == []
    assert what != "file is a link to a file" or (tmp_path / "kept").read_bytes() == b"of another"
    assert place.is_symlink() or place.is_dir() or place.read_bytes() == b"theirs"


def test_a_linked_output_directory_is_followed(tmp_path):
    (tmp_path / "disk").mkdir()
    (tmp_path / "output").symlink_to("disk")
    write([(tmp_path / "output" / "phase", OLD)])
    assert tree(tmp_path / "disk" / "phase") == OLD.files


def test_a_failed_first_write_leaves_no_directories(tmp_path, monkeypatch):
    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(swap, "write_file", full)
    with pytest.raises(WriteError, match="Free some space"):
        write([(tmp_path / "deep" / "out" / "phase", OLD)])
    assert list(tmp_path.iterdir()) == []


@pytest.fixture
def tiny_disk(tmp_path):
    """A real file system of 64 KiB, where the tests may mount one."""
    place = tmp_path / "disk"
    place.mkdir()
    libc = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None
    if libc is None or libc.mount(b"tmpfs", os.fsencode(place), b"tmpfs", 0, b"size=64k") != 0:
        pytest.skip("needs the right to mount a tmpfs")
    yield place
    libc.umount2(os.fsencode(place), 2)


def test_a_full_disk_leaves_the_old_output(tiny_disk):
    folder = tiny_disk / "out" / "phase"
    write([(folder, OLD)])
    with pytest.raises(WriteError, match="No space left on device") as caught:
        write([(folder, Plan(files={"a/x": b"x" * 30_000, "b/x": b"x" * 60_000}))])
    assert caught.value.hint == "The old output is untouched. Free some space on that disk and run again."
    assert tree(folder) == OLD.files
    assert left_beside(folder) == []


def test_a_read_only_disk_is_read_and_not_written(tiny_disk):
    folder = tiny_disk / "out" / "phase"
    write([(folder, OLD)])
    libc = ctypes.CDLL(None, use_errno=True)
    assert libc.mount(b"", os.fsencode(tiny_disk), b"", 32 | 1, b"") == 0  # MS_REMOUNT, MS_RDONLY
    (written,) = write([(folder, OLD)])
    assert written.touched == ()
    with pytest.raises(WriteError, match="read-only"):
        write([(folder, NEW)])
    assert tree(folder) == OLD.files


LIMITED = """
import resource, sys
from pathlib import Path
from lockgen.errors import WriteError
from lockgen.render.plan import Plan
from lockgen.render.write import write
resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))
try:
    write([(Path(sys.argv[1]), Plan(files={"a/x": b"small", "b/x": b"x" * 10_000}))])
except WriteError as error:
    sys.exit(str(error))
"""


@pytest.mark.skipif(os.name != "posix", reason="RLIMIT_FSIZE")
def test_a_file_that_may_not_grow_leaves_the_old_output(folder):
    run = subprocess.run(
        [sys.executable, "-c", LIMITED, str(folder)], cwd=ROOT, check=False, capture_output=True, text=True
    )
    assert run.returncode == 1
    assert "ulimit" in run.stderr
    assert tree(folder) == OLD.files
    assert left_beside(folder) == []


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write everywhere")
def test_a_directory_without_permission_is_an_error(folder):
    folder.parent.chmod(0o555)
    try:
        with pytest.raises(WriteError, match="Permission denied"):
            write([(folder, NEW)])
    finally:
        folder.parent.chmod(0o755)
    assert tree(folder) == OLD.files
