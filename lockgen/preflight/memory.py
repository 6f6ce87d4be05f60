"""How much memory this process may use, and in which kind of container it runs."""

from __future__ import annotations

import os
import re
import sys
from typing import Any, Mapping

from lockgen.preflight.cgroups import cgroup_facts

# Words in the paths of groups and mounts that give a container runtime away, the more special ones first.
_TRACES = (
    ("CRI-O", "crio-"),
    ("CRI-O", "/crio"),
    ("Podman", "libpod"),
    ("containerd", "cri-containerd"),
    ("containerd", "io.containerd"),
    ("containerd", "/containerd/"),
    ("Docker", "docker"),
    ("Podman", "containers/storage"),
)
_NAMES = {"docker": "Docker", "podman": "Podman", "crio": "CRI-O", "containerd": "containerd"}


def detect_memory_limit(root: str = "/") -> int | None:
    """The bytes of memory this process may use; None when nothing here says it.

    The smallest limit of its control groups and those above them (v1, v2, nested, hybrid), and never more than the
    machine has. Never raises.
    """
    limit: int | None = memory_facts(root)["effective"]
    return limit


def memory_facts(root: str = "/") -> dict[str, Any]:
    """What `cgroup_facts` says, with the machine's memory in bytes (None: not known), the effective limit, and its
    source: a file, or "machine".
    """
    groups = cgroup_facts(root) if sys.platform == "linux" or root != "/" else {"limit": None, "version": ""}
    machine = _machine(root)
    known = [number for number in (groups["limit"], machine) if number is not None]
    facts = dict(groups, machine=machine, effective=min(known) if known else None)
    if facts["effective"] != groups["limit"]:
        facts["source"] = "machine"
    return facts


def container_facts(environ: Mapping[str, str], root: str = "/") -> dict[str, str]:
    """{"runtime", "evidence"}: Docker, containerd, Podman, CRI-O, another's own word, or empty outside a container."""
    said = environ.get("container", "")
    if said:
        return {"runtime": _NAMES.get(said, said), "evidence": "the environment variable container"}
    for runtime, place in (("Podman", "run/.containerenv"), ("Docker", ".dockerenv")):
        if os.path.exists(os.path.join(root, place)):
            return {"runtime": runtime, "evidence": "/" + place}
    for place in ("proc/self/cgroup", "proc/self/mountinfo"):
        text = _content(os.path.join(root, place))
        if place.endswith("mountinfo"):
            text = "".join(line for line in text.splitlines() if " / / " in line)  # only what the root is made of
        for runtime, trace in _TRACES:
            if trace in text:
                return {"runtime": runtime, "evidence": "/" + place}
    if "KUBERNETES_SERVICE_HOST" in environ:
        return {"runtime": "Kubernetes", "evidence": "the environment variable KUBERNETES_SERVICE_HOST"}
    return {"runtime": "", "evidence": ""}


def _machine(root: str) -> int | None:
    match = re.search(r"^MemTotal:\s+([0-9]{1,18}) kB", _content(os.path.join(root, "proc/meminfo")), re.MULTILINE)
    if match:
        return int(match[1]) * 1024
    if root != "/":
        return None
    if sys.platform == "win32":
        return _windows()
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (ValueError, OSError, AttributeError):
        return None


def _windows() -> int | None:
    import ctypes

    class Status(ctypes.Structure):  # MEMORYSTATUSEX of sysinfoapi.h
        _fields_ = [("length", ctypes.c_ulong), ("load", ctypes.c_ulong)] + [
            (name, ctypes.c_ulonglong)
            for name in ("total", "free", "file_total", "file_free", "virtual_total", "virtual_free", "extended_free")
        ]

    status = Status()
    status.length = ctypes.sizeof(Status)
    kernel = ctypes.windll.kernel32  # type: ignore[attr-defined]
    return int(status.total) if kernel.GlobalMemoryStatusEx(ctypes.byref(status)) else None


def _content(path: str) -> str:
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return file.read()
    except OSError:
        return ""
