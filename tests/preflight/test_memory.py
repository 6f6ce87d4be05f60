"""Memory limits, read from directory trees as kernels and container runtimes make them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path

import pytest

from lockgen.preflight.memory import container_facts, detect_memory_limit, memory_facts
from tests.conftest import ROOT
from tests.preflight.stand import tree

GIB = 2**30
MEMINFO = {"proc/meminfo": f"MemTotal:       {16 * GIB // 1024} kB\nMemFree: 1 kB\n"}
V2 = {"proc/self/mountinfo": "30 23 0:26 / /sys/fs/cgroup rw,nosuid - cgroup2 cgroup2 rw,nsdelegate\n"}
V1 = {
    "proc/self/mountinfo": (
        "31 23 0:28 / /sys/fs/cgroup rw - tmpfs tmpfs rw,mode=755\n"
        "32 31 0:29 / /sys/fs/cgroup/cpu rw - cgroup cgroup rw,cpu\n"
        "35 31 0:32 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n"
    )
}
HYBRID = {
    "proc/self/mountinfo": V1["proc/self/mountinfo"] + "41 31 0:38 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\n"
}
V1_UNLIMITED = 9223372036854771712
V1_UNLIMITED_64K = 9223372036854710272


def limits(root: Path) -> tuple[object, object, object, object]:
    found = memory_facts(str(root))
    assert detect_memory_limit(str(root)) == found["effective"]
    return found["version"], found["effective"], found["source"], found["soft_limit"]


def v2(root: Path, group: str, files: dict[str, object]) -> Path:
    named = {f"sys/fs/cgroup/{path}": f"{value}\n" for path, value in files.items()}
    return tree(root, {**MEMINFO, **V2, "proc/self/cgroup": f"0::{group}\n", **named})


def v1(root: Path, group: str, files: Mapping[str, object], mounts: dict[str, str] = V1) -> Path:
    named = {f"sys/fs/cgroup/memory/{path}": f"{value}\n" for path, value in files.items()}
    lines = f"9:name=systemd:/\n4:memory:{group}\n1:cpu,cpuacct:/\n"
    return tree(root, {**MEMINFO, **mounts, "proc/self/cgroup": lines, **named})


def test_v2_at_the_root_of_its_namespace(tmp_path: Path) -> None:
    root = v2(tmp_path, "/", {"memory.max": GIB, "memory.high": GIB // 2})
    assert limits(root) == ("v2", GIB, "/sys/fs/cgroup/memory.max", GIB // 2)


def test_v2_where_only_a_parent_limits(tmp_path: Path) -> None:
    files = {"kubepods/pod1/memory.max": 2 * GIB, "kubepods/pod1/c1/memory.max": "max", "kubepods/memory.max": 4 * GIB}
    root = v2(tmp_path, "/kubepods/pod1/c1", files)
    assert limits(root) == ("v2", 2 * GIB, "/sys/fs/cgroup/kubepods/pod1/memory.max", None)


@pytest.mark.parametrize(("own", "parent"), [(GIB, 3 * GIB), (3 * GIB, GIB)])
def test_the_smallest_of_the_limits_is_in_force(tmp_path: Path, own: int, parent: int) -> None:
    files = {"a/memory.max": parent, "a/b/memory.max": own, "a/memory.high": GIB // 4, "a/b/memory.high": "max"}
    version, effective, _, soft = limits(v2(tmp_path, "/a/b", files))
    assert (version, effective, soft) == ("v2", GIB, GIB // 4)


def test_another_groups_limit_says_nothing(tmp_path: Path) -> None:
    root = v2(tmp_path, "/a/b", {"a/b/memory.max": "max", "a/c/memory.max": GIB, "ab/memory.max": GIB})
    assert limits(root) == ("v2", 16 * GIB, "machine", None)


def test_a_container_whose_mount_begins_at_its_own_group(tmp_path: Path) -> None:
    """Docker without a cgroup namespace: /proc says the host's path, the mount's top is that very group."""
    mount = "30 23 0:26 /docker/abc /sys/fs/cgroup ro - cgroup2 cgroup rw\n"
    root = v2(tmp_path, "/docker/abc/worker", {"memory.max": 2 * GIB, "worker/memory.max": GIB})
    tree(root, {"proc/self/mountinfo": mount})
    assert limits(root)[:2] == ("v2", GIB)
    tree(root, {"proc/self/cgroup": "0::/docker/abc\n"})
    assert limits(root)[:2] == ("v2", 2 * GIB)
    assert memory_facts(str(root))["skipped"] == []


def test_a_group_outside_the_namespace_leaves_what_is_mounted(tmp_path: Path) -> None:
    assert limits(v2(tmp_path, "/../../other", {"memory.max": GIB}))[:2] == ("v2", GIB)


def test_a_group_that_is_not_mounted_leaves_the_mounts_top_and_says_so(tmp_path: Path) -> None:
    root = v2(tmp_path, "/system.slice/docker-1.scope", {"memory.max": GIB})
    assert limits(root)[:2] == ("v2", GIB)
    ((place, reason),) = memory_facts(str(root))["skipped"]
    assert place == "/sys/fs/cgroup/system.slice/docker-1.scope"
    assert "not mounted" in reason


def test_rootless_groups_without_the_memory_controller(tmp_path: Path) -> None:
    """The user's own groups have no memory files unless they are delegated; those above them limit all the same."""
    group = "/user.slice/user-1000.slice/user@1000.service/app.scope"
    root = v2(tmp_path, group, {"user.slice/user-1000.slice/memory.max": GIB, f"{group[1:]}/cgroup.procs": "1"})
    assert limits(root) == ("v2", GIB, "/sys/fs/cgroup/user.slice/user-1000.slice/memory.max", None)


def test_a_mount_point_with_a_blank_in_it(tmp_path: Path) -> None:
    mount = "30 23 0:26 / /sys/fs/c\\040g rw - cgroup2 cgroup2 rw\n"
    root = tree(
        tmp_path,
        {**MEMINFO, "proc/self/mountinfo": mount, "proc/self/cgroup": "0::/\n", "sys/fs/c g/memory.max": "4096\n"},
    )
    assert limits(root)[:2] == ("v2", 4096)


def test_v1(tmp_path: Path) -> None:
    root = v1(tmp_path, "/docker/x", {"docker/x/memory.limit_in_bytes": GIB, "memory.limit_in_bytes": V1_UNLIMITED})
    assert limits(root) == ("v1", GIB, "/sys/fs/cgroup/memory/docker/x/memory.limit_in_bytes", None)


def test_v1_where_only_a_parent_limits(tmp_path: Path) -> None:
    files = {"a/memory.limit_in_bytes": GIB, "a/b/memory.limit_in_bytes": V1_UNLIMITED}
    assert limits(v1(tmp_path, "/a/b", files))[:2] == ("v1", GIB)
    tree(tmp_path, {"sys/fs/cgroup/memory/a/memory.use_hierarchy": "0\n"})
    assert limits(tmp_path)[:2] == ("v1", 16 * GIB)


def test_v1_where_the_parent_is_not_mounted_but_known_to_the_kernel(tmp_path: Path) -> None:
    stat = f"cache 1\nhierarchical_memory_limit {GIB}\nhierarchical_memsw_limit {V1_UNLIMITED}\n"
    root = v1(tmp_path, "/", {"memory.limit_in_bytes": V1_UNLIMITED, "memory.stat": stat})
    assert limits(root) == ("v1", GIB, "/sys/fs/cgroup/memory/memory.stat", None)


@pytest.mark.parametrize("number", [V1_UNLIMITED, V1_UNLIMITED_64K, 2**63 - 1, 2**64 - 1, 10**30])
def test_sentinels_and_huge_numbers_mean_unlimited(tmp_path: Path, number: int) -> None:
    assert limits(v1(tmp_path / "v1", "/", {"memory.limit_in_bytes": number})) == ("v1", 16 * GIB, "machine", None)
    assert limits(v2(tmp_path / "v2", "/", {"memory.max": number})) == ("v2", 16 * GIB, "machine", None)


def test_a_limit_above_the_machines_memory_is_none(tmp_path: Path) -> None:
    assert limits(v2(tmp_path, "/", {"memory.max": 64 * GIB})) == ("v2", 16 * GIB, "machine", None)
    assert memory_facts(str(tmp_path))["limit"] == 64 * GIB


def test_hybrid_with_memory_in_v1(tmp_path: Path) -> None:
    root = v1(tmp_path, "/a", {"a/memory.limit_in_bytes": GIB}, HYBRID)
    tree(root, {"sys/fs/cgroup/unified/cgroup.procs": "", "proc/self/cgroup": "4:memory:/a\n0::/init.scope\n"})
    tree(root, {"sys/fs/cgroup/unified/init.scope/cgroup.procs": ""})
    assert limits(root)[:2] == ("hybrid", GIB)
    assert memory_facts(str(root))["skipped"] == []


def test_hybrid_with_limits_in_both(tmp_path: Path) -> None:
    root = v1(tmp_path, "/", {"memory.limit_in_bytes": 2 * GIB}, HYBRID)
    tree(root, {"sys/fs/cgroup/unified/memory.max": f"{GIB}\n", "proc/self/cgroup": "4:memory:/\n0::/\n"})
    assert limits(root)[:2] == ("hybrid", GIB)


@pytest.mark.parametrize("text", ["", "many", "-1", "1e9", "12 34", "0", "\u0661", "\x00"])
def test_malformed_files_fall_through_with_the_reason(tmp_path: Path, text: str) -> None:
    root = v2(tmp_path, "/a", {"a/memory.max": text, "memory.max": GIB})
    assert limits(root)[:2] == ("v2", GIB)
    ((place, reason),) = memory_facts(str(root))["skipped"]
    assert place == "/sys/fs/cgroup/a/memory.max"
    assert reason


def test_unreadable_files_fall_through_with_the_reason(tmp_path: Path) -> None:
    """A directory in the file's place cannot be read even by root."""
    root = v2(tmp_path, "/a", {"a/memory.max/x": "", "memory.max": GIB, "a/memory.high/x": ""})
    assert limits(root) == ("v2", GIB, "/sys/fs/cgroup/memory.max", None)
    assert [place for place, _ in memory_facts(str(root))["skipped"]] == [
        "/sys/fs/cgroup/a/memory.max",
        "/sys/fs/cgroup/a/memory.high",
    ]


@pytest.mark.skipif(sys.platform == "win32" or os.geteuid() == 0, reason="root may read everything")
def test_files_without_permission_fall_through(tmp_path: Path) -> None:
    root = v2(tmp_path, "/a", {"a/memory.max": GIB, "memory.max": 2 * GIB})
    (root / "sys/fs/cgroup/a/memory.max").chmod(0)
    assert limits(root)[:2] == ("v2", 2 * GIB)


@pytest.mark.parametrize(
    "files",
    [
        {},
        {"proc/self/cgroup": "nonsense\n::::\n"},
        {"proc/self/cgroup": "0::/\n", "proc/self/mountinfo": "1 2 3\n - cgroup2\n\n1 2 3 4 5 - \n"},
        {"proc/self/mountinfo/x": ""},
    ],
)
def test_without_anything_to_go_by_the_machine_is_the_limit(tmp_path: Path, files: dict[str, str]) -> None:
    assert limits(tree(tmp_path, {**MEMINFO, **files})) == ("", 16 * GIB, "machine", None)


@pytest.mark.parametrize(("place", "version"), [("memory.max", "v2"), ("unified/memory.max", "v2")])
def test_without_a_list_of_mounts_the_usual_places_are_tried(tmp_path: Path, place: str, version: str) -> None:
    controllers = place.replace("memory.max", "cgroup.controllers")
    root = tree(
        tmp_path,
        {
            **MEMINFO,
            "proc/self/cgroup": "0::/\n",
            f"sys/fs/cgroup/{place}": f"{GIB}\n",
            f"sys/fs/cgroup/{controllers}": "memory",
        },
    )
    assert limits(root)[:2] == (version, GIB)


def test_nothing_is_known(tmp_path: Path) -> None:
    assert limits(tmp_path) == ("", None, "", None)


def test_this_machine_has_memory() -> None:
    found = memory_facts()
    assert found["machine"] > 2**26
    assert 0 < found["effective"] <= found["machine"]


# --- a real group

PROGRAM = "import json, sys; sys.path.insert(0, sys.argv[1]); from lockgen.preflight.memory import memory_facts; print(json.dumps(memory_facts()))"


@pytest.fixture
def real_group() -> Iterator[Path]:
    """A group of this test's own below the one it runs in, limited to 1 GiB, with a group below that has no limit."""
    found = memory_facts()
    v1_folder = Path("/sys/fs/cgroup/memory") / next((g for g in found.get("groups", []) if g != "/"), "/").lstrip("/")
    v2_folder = Path("/sys/fs/cgroup") / next((g for g in found.get("groups", []) if g != "/"), "/").lstrip("/")
    parent = next((f for f in (v1_folder, v2_folder) if (f / "cgroup.procs").exists()), None)
    if parent is None:
        pytest.skip("no control groups here")
    group = parent / f"lockgen-test-{os.getpid()}"
    try:
        (group / "inner").mkdir(parents=True)
        name = "memory.max" if (group / "memory.max").exists() else "memory.limit_in_bytes"
        (group / name).write_text(str(GIB))
    except OSError as error:
        for folder in (group / "inner", group):
            with suppress(OSError):
                folder.rmdir()
        pytest.skip(f"groups cannot be made here: {error}")
    try:
        yield group / "inner"
    finally:
        (group / "inner").rmdir()
        group.rmdir()


@pytest.mark.skipif(sys.platform != "linux", reason="control groups are Linux's")
def test_a_real_group_limited_by_its_parent(real_group: Path) -> None:
    into = f"echo $$ > {real_group}/cgroup.procs && exec {sys.executable} -c '{PROGRAM}' {ROOT}"
    done = subprocess.run(["sh", "-c", into], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["effective"] == found["limit"] == GIB
    assert str(real_group.parent) in found["source"] or found["source"].endswith("memory.stat")


# --- the container runtime


@pytest.mark.parametrize(
    ("environ", "files", "runtime"),
    [
        ({}, {".dockerenv": ""}, "Docker"),
        ({}, {"run/.containerenv": 'engine="podman-4"'}, "Podman"),
        ({"container": "podman"}, {}, "Podman"),
        ({"container": "lxc"}, {}, "lxc"),
        ({}, {"proc/self/cgroup": "0::/system.slice/docker-1f.scope\n"}, "Docker"),
        ({}, {"proc/self/cgroup": "0::/kubepods.slice/kubepods-pod1.slice/cri-containerd-1f.scope\n"}, "containerd"),
        ({}, {"proc/self/cgroup": "0::/kubepods.slice/crio-1f.scope\n"}, "CRI-O"),
        ({}, {"proc/self/cgroup": "0::/machine.slice/libpod-1f.scope\n"}, "Podman"),
        ({}, {"proc/self/mountinfo": "1 0 0:1 / / rw - overlay overlay rw,upperdir=/var/lib/docker/overlay2/x\n"}, "Docker"),
        ({}, {"proc/self/mountinfo": "1 0 0:1 / / rw - overlay overlay rw,upperdir=/v/io.containerd.snapshotter.v1/x\n"}, "containerd"),
        ({}, {"proc/self/mountinfo": "9 1 0:1 / /var/lib/docker/x rw - overlay overlay rw\n"}, ""),
        ({"KUBERNETES_SERVICE_HOST": "10.0.0.1"}, {}, "Kubernetes"),
        ({}, {}, ""),
    ],
)  # fmt: skip
def test_container_runtimes(tmp_path: Path, environ: dict[str, str], files: dict[str, str], runtime: str) -> None:
    found = container_facts(environ, str(tree(tmp_path, files)))
    assert found["runtime"] == runtime
    assert bool(found["evidence"]) == bool(runtime)
