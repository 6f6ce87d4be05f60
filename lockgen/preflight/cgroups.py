"""The memory limit of the control groups this process is in: version 1, version 2, and both at once.

A process obeys the limits of its group and of every group above it, so the effective limit is the smallest of them.
Files that are missing say nothing; those that cannot be read, or hold no number, are passed over with the reason.
"""

from __future__ import annotations

import os
import re
from typing import Any, Iterator, NamedTuple

# Version 1 says "no limit" by the largest number of whole pages, which depends on the size of a page; no machine has
# memory anywhere near it.
_UNLIMITED = 2**60
_MOUNT_FIELDS = 5
"""Of a line of mountinfo, up to the place where it is mounted."""
_OCTAL = re.compile(r"\\([0-7]{3})")


class _Mount(NamedTuple):
    """A mounted hierarchy: which group its top is, and where it stands."""

    kind: str
    top: str
    place: str
    is_memory: bool


def cgroup_facts(root: str = "/") -> dict[str, Any]:
    """The groups' limits: version ("v1", "v2", "hybrid" or "" for none), limit and soft limit in bytes or None for
    none, the file each stands in, groups (where this process is), and skipped: [[path, reason]].

    `root` is where the file system begins; below it stand proc/self/cgroup, proc/self/mountinfo and the mounts.
    """
    reader = _CgroupReader(root)
    mounts = _mounts(reader)
    places = _groups(reader)
    found: list[tuple[int, str]] = []
    soft: list[tuple[int, str]] = []
    for mount in mounts:
        group = places.get("" if mount.kind == "v2" else "memory")
        if mount.is_memory and group is not None:
            folders = list(_folders(reader, mount, group))
            found += _limits(reader, mount.kind, folders)
            soft += _numbers(reader, folders, "memory.high") if mount.kind == "v2" else []
    limit, where = min(found) if found else (None, "")
    high, high_where = min(soft) if soft else (None, "")
    return {
        "version": _version({mount.kind for mount in mounts}),
        "limit": limit,
        "source": where,
        "soft_limit": high,
        "soft_source": high_where,
        "groups": sorted(set(places.values())),
        "read": reader.read,
        "skipped": reader.skipped,
    }


class _CgroupReader:
    """Reads files below a root, and remembers which could not be used and how many could."""

    def __init__(self, root: str) -> None:
        self._root = root
        self.skipped: list[list[str]] = []
        self.read = 0

    def path(self, place: str) -> str:
        """Where an absolute path of that system is."""
        return os.path.join(self._root, place.lstrip("/"))

    def text(self, place: str) -> str | None:
        """The file's text; None when there is none, or when it cannot be read, which is then remembered."""
        try:
            with open(self.path(place), encoding="utf-8", errors="replace") as file:
                return file.read()
        except FileNotFoundError:
            return None
        except OSError as error:
            self.skip(place, error.strerror or str(error))
            return None

    def skip(self, place: str, reason: str) -> None:
        """Remember why a file was passed over."""
        self.skipped.append([place, reason])

    def bytes(self, place: str) -> int | None:
        """The number of bytes a file of limits holds; None for no limit and for what cannot be used."""
        text = self.text(place)
        if text is None:
            return None
        word = text.strip()
        if word != "max" and not re.match(r"[0-9]{1,40}\Z", word, re.ASCII):
            self.skip(place, f"{word[:40]!r} is no number of bytes")
            return None
        self.read += 1
        if word == "max" or int(word) >= _UNLIMITED:
            return None
        if int(word) == 0:
            self.skip(place, "a limit of 0 bytes cannot be in force")
            return None
        return int(word)


def _version(kinds: Any) -> str:
    return "hybrid" if len(kinds) > 1 else "".join(kinds)


def _mounts(reader: _CgroupReader) -> list[_Mount]:
    """The mounted hierarchies, as the kernel lists them (proc(5), mountinfo); without that list the usual places."""
    text = reader.text("/proc/self/mountinfo")
    if text is None:
        return list(_usual(reader))
    found = []
    for line in text.splitlines():
        before, _, after = line.partition(" - ")
        fields, kind = before.split(), after.split()
        if len(fields) < _MOUNT_FIELDS or not kind or kind[0] not in ("cgroup", "cgroup2"):
            continue
        is_v2 = kind[0] == "cgroup2"
        options = kind[-1].split(",")
        found.append(
            _Mount("v2" if is_v2 else "v1", _plain(fields[3]), _plain(fields[4]), is_v2 or "memory" in options)
        )
    return found


def _usual(reader: _CgroupReader) -> Iterator[_Mount]:
    base = "/sys/fs/cgroup"
    if os.path.exists(reader.path(base + "/cgroup.controllers")):
        yield _Mount("v2", "/", base, is_memory=True)
    elif os.path.exists(reader.path(base + "/unified/cgroup.controllers")):
        yield _Mount("v2", "/", base + "/unified", is_memory=True)
    if os.path.isdir(reader.path(base + "/memory")):
        yield _Mount("v1", "/", base + "/memory", is_memory=True)


def _plain(text: str) -> str:
    """Without the octal escapes that stand for blanks in it."""
    return _OCTAL.sub(lambda match: chr(int(match[1], 8)), text)


def _groups(reader: _CgroupReader) -> dict[str, str]:
    """Controller -> this process's group, "" for version 2 (cgroups(7), /proc/pid/cgroup)."""
    text = reader.text("/proc/self/cgroup")
    if text is None:
        return {"": "/", "memory": "/"}
    found = {}
    for line in text.splitlines():
        number, colon, rest = line.partition(":")
        controllers, second, group = rest.partition(":")
        if not (colon and second and number.isdigit()):
            reader.skip("/proc/self/cgroup", f"{line[:80]!r} names no group")
            continue
        for controller in controllers.split(","):
            found[controller] = group
    return found


def _folders(reader: _CgroupReader, mount: _Mount, group: str) -> Iterator[str]:
    """The group's folder and those of the groups above it, as far as they are mounted; the innermost first."""
    path = _below(reader, mount, group)
    while True:
        yield mount.place.rstrip("/") + path
        if not path:
            return
        path = path.rpartition("/")[0]


def _below(reader: _CgroupReader, mount: _Mount, group: str) -> str:
    """The group's path below the mount: "" for the mount itself.

    In a container the mount may begin at the container's own group, while /proc names it as the host does.
    """
    top = "" if mount.top == "/" else mount.top.rstrip("/")
    parts = [part for part in group.split("/") if part]
    if ".." in parts or ".." in top.split("/"):
        # Another namespace's group. What is mounted is all that can be seen of it.
        return ""
    path = "".join("/" + part for part in parts)
    inside = path[len(top) :] if (path + "/").startswith(top + "/") else path
    if inside and not os.path.isdir(reader.path(mount.place + inside)):
        reader.skip(mount.place + inside, "this process's group is not mounted; its mount's top was read instead")
        return ""
    return inside


def _limits(reader: _CgroupReader, kind: str, folders: list[str]) -> list[tuple[int, str]]:
    if kind == "v2":
        return _numbers(reader, folders, "memory.max")
    # Without use_hierarchy, a version 1 group above this one has no say.
    above = [folder for folder in folders[1:] if (reader.text(folder + "/memory.use_hierarchy") or "1").strip() != "0"]
    found = _numbers(reader, folders[:1] + above, "memory.limit_in_bytes")
    return found + list(_hierarchical(reader, folders[0] + "/memory.stat"))


def _hierarchical(reader: _CgroupReader, place: str) -> Iterator[tuple[int, str]]:
    """What the kernel itself says the smallest limit is, with those of groups that are not mounted here."""
    for line in (reader.text(place) or "").splitlines():
        name, _, number = line.partition(" ")
        if name == "hierarchical_memory_limit" and number.isdigit() and 0 < int(number) < _UNLIMITED:
            yield int(number), place


def _numbers(reader: _CgroupReader, folders: list[str], name: str) -> list[tuple[int, str]]:
    """(bytes, file) of every limit there is; of equal ones `min` then takes a stable first."""
    pairs = [(reader.bytes(folder + "/" + name), folder + "/" + name) for folder in folders]
    return [(number, place) for number, place in pairs if number is not None]
