"""preflight.py for phase lockgen: lockgen itself, revision 1.

Checks the Python it runs in, what is installed there and where it runs, against the phase's matrix:

    python preflight.py
    python - < preflight.py

Exit 0: nothing failed. 1: something did. 2: wrong usage. It needs CPython 3.7 or later, nothing else.
A server imports require_python and detect_memory_limit from it.

strategy: recommended; nothing uploaded after 2026-11-20T00:00:00Z was considered
made by: lockgen render --phase lockgen
"""

from __future__ import annotations

import argparse
import glob
import json
import os
import re
import sys
from fnmatch import fnmatchcase
from importlib.machinery import PathFinder
from typing import Any, Callable, Iterable, Iterator, List, Mapping, NamedTuple, Sequence

# ---------------------------------------------------------------------------------------------------------------------
# cgroups
# ---------------------------------------------------------------------------------------------------------------------

# The memory limit of the control groups this process is in: version 1, version 2, and both at once.
#
# A process obeys the limits of its group and of every group above it, so the effective limit is the smallest of them.
# Files that are missing say nothing; those that cannot be read, or hold no number, are passed over with the reason.


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

# ---------------------------------------------------------------------------------------------------------------------
# data
# ---------------------------------------------------------------------------------------------------------------------

MATRIX = {
    'phase': 'lockgen', 'title': 'lockgen itself', 'revision': 1, 'as_of': '2026-11-20T00:00:00Z',
    'strategy': 'recommended',
    'pythons': [
        {'python': '3.11', 'floor': '3.11.2'},
        {'python': '3.12', 'floor': '3.12.3'},
        {'python': '3.13', 'floor': '3.13.5'},
        {'python': '3.14', 'floor': '3.14.4'},
    ],
    'platforms': [
        {'name': 'linux-x86_64', 'os': 'linux', 'arch': 'x86_64', 'libc': 'glibc', 'floor': '2.39'},
        {'name': 'macos-arm64', 'os': 'macos', 'arch': 'arm64', 'libc': '', 'floor': '15.0'},
        {'name': 'windows-x86_64', 'os': 'windows', 'arch': 'x86_64', 'libc': '', 'floor': ''},
    ],
    'rows': [
        {'name': 'packaging', 'specifier': '>=26.3'},
        {'name': 'resolvelib', 'specifier': '>=1.2.1'},
        {'name': 'pip-tools', 'specifier': '>=7.6.2'},
        {'name': 'pip', 'specifier': '>=26.1'},
        {'name': 'findpython', 'specifier': '>=0.9'},
        {'name': 'httpx2', 'specifier': '>=2.16', 'extras': ['http2']},
        {'name': 'jinja2', 'specifier': '>=3.1.6'},
        {'name': 'platformdirs', 'specifier': '>=4.3'},
        {'name': 'pydantic', 'specifier': '>=2.12'},
        {'name': 'pyproject-hooks', 'specifier': '>=1.2'},
        {'name': 'rich', 'specifier': '>=15'},
        {'name': 'ruamel-yaml', 'specifier': '>=0.19'},
        {'name': 'tomli-w', 'specifier': '>=1.2'},
        {'name': 'typer', 'specifier': '>=0.29'},
    ],
    'conflicts': [],
    'issues': [],
    'sets': [
        {
            'targets': [
                'py3.11-linux-x86_64', 'py3.11-macos-arm64', 'py3.12-linux-x86_64', 'py3.12-macos-arm64',
                'py3.13-linux-x86_64', 'py3.13-macos-arm64', 'py3.14-linux-x86_64', 'py3.14-macos-arm64',
            ],
            'pins': {
                'annotated-doc': '0.0.7', 'annotated-types': '0.8.0', 'anyio': '4.16.0', 'build': '1.6.1',
                'click': '8.5.1', 'findpython': '0.9.0', 'h11': '0.16.0', 'h2': '4.4.1', 'hpack': '4.2.0',
                'httpcore2': '2.16.2', 'httpx2': '2.16.2', 'hyperframe': '6.1.0', 'idna': '3.20', 'jinja2': '3.1.6',
                'markdown-it-py': '4.3.0', 'markupsafe': '3.0.4', 'mdurl': '0.1.2', 'packaging': '26.3', 'pip': '26.3',
                'pip-tools': '7.6.2', 'platformdirs': '4.14.7', 'pydantic': '2.14.4', 'pydantic-core': '2.50.5',
                'pygments': '2.21.0', 'pyproject-hooks': '1.3.3', 'resolvelib': '1.2.1', 'rich': '15.0.0',
                'ruamel-yaml': '0.19.1', 'setuptools': '84.2.1', 'shellingham': '1.5.4', 'tomli-w': '1.2.0',
                'truststore': '0.10.5', 'typer': '0.29.2', 'typing-extensions': '4.16.0', 'typing-inspection': '0.4.5',
                'wheel': '0.48.0',
            },
        },
        {
            'targets': [
                'py3.11-windows-x86_64', 'py3.12-windows-x86_64', 'py3.13-windows-x86_64', 'py3.14-windows-x86_64',
            ],
            'pins': {
                'annotated-doc': '0.0.7', 'annotated-types': '0.8.0', 'anyio': '4.16.0', 'build': '1.6.1',
                'click': '8.5.1', 'colorama': '0.4.6', 'findpython': '0.9.0', 'h11': '0.16.0', 'h2': '4.4.1',
                'hpack': '4.2.0', 'httpcore2': '2.16.2', 'httpx2': '2.16.2', 'hyperframe': '6.1.0', 'idna': '3.20',
                'jinja2': '3.1.6', 'markdown-it-py': '4.3.0', 'markupsafe': '3.0.4', 'mdurl': '0.1.2',
                'packaging': '26.3', 'pip': '26.3', 'pip-tools': '7.6.2', 'platformdirs': '4.14.7',
                'pydantic': '2.14.4', 'pydantic-core': '2.50.5', 'pygments': '2.21.0', 'pyproject-hooks': '1.3.3',
                'resolvelib': '1.2.1', 'rich': '15.0.0', 'ruamel-yaml': '0.19.1', 'setuptools': '84.2.1',
                'shellingham': '1.5.4', 'tomli-w': '1.2.0', 'truststore': '0.10.5', 'typer': '0.29.2',
                'typing-extensions': '4.16.0', 'typing-inspection': '0.4.5', 'wheel': '0.48.0',
            },
        },
    ],
    'no_set': {},
}

# ---------------------------------------------------------------------------------------------------------------------
# installed
# ---------------------------------------------------------------------------------------------------------------------

# What is installed on a path, read from the metadata files themselves.
#
# Not through importlib.metadata: Python 3.7 has none, and it reads the whole of every file where the head is enough.


_HEAD = 65536
_FIELDS = ("Name", "Version", "Requires-Dist", "Requires-Python")


def distributions(paths: Iterable[str]) -> dict[str, list[dict[str, Any]]]:
    """{"found": [...], "unreadable": [...]}: every distribution on the path, in the order in which Python would look.

    Of each: name and version as they stand there, requires_dist (list), requires_python, installer, editable,
    direct_url (whether it came from a file or an address rather than from an index), and location, the path's entry.
    Of what cannot be read: path and reason. A name may occur twice; imports then see the first.
    """
    found = []
    unreadable = []
    for folder in dict.fromkeys(os.path.abspath(path) for path in paths):
        for entry in _entries(folder):
            try:
                each = _read(folder, entry)
            except (OSError, ValueError) as error:
                unreadable.append({"path": os.path.join(folder, entry), "reason": _reason(error)})
            else:
                found.extend([each] if each else [])
    return {"found": found, "unreadable": unreadable}


def _reason(error: Exception) -> str:
    return getattr(error, "strerror", None) or str(error)


def _entries(folder: str) -> list[str]:
    try:
        names = os.listdir(folder)
    except OSError:
        return []  # a zip file, or an entry that leads nowhere: Python passes over it too
    if folder.endswith(".egg"):
        names = ["EGG-INFO"] if "EGG-INFO" in names else []
    # pip renames what it is about to remove to ~ip.
    return sorted(name for name in names if _is_metadata(name) and not name.startswith("~"))


def _is_metadata(name: str) -> bool:
    return name.endswith((".dist-info", ".egg-info")) or name == "EGG-INFO"


def _read(folder: str, entry: str) -> dict[str, Any] | None:
    place = os.path.join(folder, entry)
    is_egg = not entry.endswith(".dist-info")
    if is_egg and os.path.isfile(place):
        fields = _fields(_head(place))  # distutils wrote one file
    else:
        fields = _fields(_head(os.path.join(place, "PKG-INFO" if is_egg else "METADATA")))
    if not fields["Name"] or not fields["Version"]:
        raise ValueError("it says no name or no version")
    requires = fields["Requires-Dist"]
    if is_egg and not requires:
        requires = list(_requires_txt(_text(os.path.join(place, "requires.txt"))))
    direct = _text(os.path.join(place, "direct_url.json"))
    return {
        "name": fields["Name"][0],
        "version": fields["Version"][0],
        "requires_dist": requires,
        "requires_python": (fields["Requires-Python"] or [""])[0],
        "installer": _text(os.path.join(place, "INSTALLER")).strip(),
        "editable": _is_editable(direct) or (entry.endswith(".egg-info") and not folder.endswith("-packages")),
        "direct_url": bool(direct),
        "location": folder,
    }


def _head(path: str) -> str:
    """The header fields: all before the first blank line."""
    with open(path, "rb") as file:
        content = file.read(_HEAD)
        while b"\n\n" not in content and b"\r\n\r\n" not in content:
            more = file.read(_HEAD)
            if not more:
                break
            content += more
    return content.decode("utf-8", "replace").replace("\r\n", "\n").split("\n\n", 1)[0]


def _fields(head: str) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {name: [] for name in _FIELDS}
    for line in head.split("\n"):
        name, colon, value = line.partition(":")
        if colon and name in found:
            found[name].append(value.strip())
    return found


def _text(path: str) -> str:
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return file.read()
    except OSError:
        return ""


def _is_editable(direct_url: str) -> bool:
    try:
        return bool(json.loads(direct_url)["dir_info"]["editable"]) if direct_url else False
    except (ValueError, KeyError, TypeError):
        return False


def _requires_txt(text: str) -> Iterator[str]:
    """An egg's requires.txt as requirements: a section `[extra:marker]` says when its lines hold."""
    when = ""
    for line in filter(None, map(str.strip, text.split("\n"))):
        if line.startswith("["):
            when = _section(line.strip("[]"))
        elif not line.startswith("#"):
            yield line + ("; " + when if when else "")


def _section(name: str) -> str:
    extra, _, marker = name.partition(":")
    parts = ([f"({marker})"] if marker else []) + ([f'extra == "{extra}"'] if extra else [])
    return " and ".join(parts)


def search_path(own: tuple[str, ...] = ()) -> list[str]:
    """Where this Python looks for packages, without the folder it was started in and without `own`."""
    return [path for path in sys.path if path and os.path.abspath(path) not in own]

# ---------------------------------------------------------------------------------------------------------------------
# kinds
# ---------------------------------------------------------------------------------------------------------------------

# The kinds of check that the matrix declares.


KINDS: dict[str, Any] = {}

# ---------------------------------------------------------------------------------------------------------------------
# machine
# ---------------------------------------------------------------------------------------------------------------------

# Which Python on which machine this is, in the words of the matrix and in those of markers.


_SYSTEMS = {"linux": "linux", "darwin": "macos", "win32": "windows"}
_MACHINES = {"AMD64": "x86_64", "amd64": "x86_64", "ARM64": "arm64"}
_LOADERS = "lib/ld-musl-*.so.1"
_PATIENCE = 10.0  # seconds


def python_facts() -> dict[str, Any]:
    """The interpreter: version, implementation, where it is, its width in bits, and whether it has the GIL."""
    return {
        "version": _full(sys.version_info),
        "implementation": sys.implementation.name,
        "executable": sys.executable or "",
        "prefix": sys.prefix,
        "base_prefix": sys.base_prefix,
        "bits": 64 if sys.maxsize > 2**32 else 32,
        "free_threaded": "free-threading" in sys.version,
    }


def platform_facts(root: str = "/") -> dict[str, Any]:
    """The system, the machine and the C library in the matrix's words: linux, x86_64, ["glibc", "2.36"].

    On macOS and Windows the system's own version stands in the place of the library's. What is not known is empty.
    `root` is where the musl loader is looked for.
    """
    system = _SYSTEMS.get(sys.platform, sys.platform)
    machine = _uname()["machine"]
    return {"system": system, "machine": _MACHINES.get(machine, machine), "libc": _libc(system, root)}


def marker_environment() -> dict[str, str]:
    """Every variable of the dependency specifiers standard except `extra`."""
    uname = _uname()
    names = {"cpython": "CPython", "pypy": "PyPy", "graalpy": "GraalVM", "jython": "Jython"}
    return {
        "implementation_name": sys.implementation.name,
        "implementation_version": _full(sys.implementation.version),
        "os_name": os.name,
        "platform_machine": uname["machine"],
        "platform_python_implementation": names.get(sys.implementation.name, sys.implementation.name),
        "platform_release": uname["release"],
        "platform_system": uname["system"],
        "platform_version": uname["version"],
        "python_full_version": sys.version.split()[0].rstrip("+"),
        "python_version": "{}.{}".format(*sys.version_info[:2]),
        "sys_platform": sys.platform,
    }


def musl_version(root: str = "/") -> str:
    """The version its loader says when it is started without a program; empty where there is no musl."""
    for loader in sorted(glob.glob(os.path.join(root, _LOADERS))):
        import subprocess

        quiet = subprocess.DEVNULL
        done = subprocess.run(  # noqa: S603 - the C library
            [loader], stdin=quiet, stdout=quiet, stderr=subprocess.PIPE, timeout=_PATIENCE, check=False
        )
        return done.stderr.decode("ascii", "replace").partition("Version ")[2].split("\n")[0].strip()
    return ""


def _full(info: Any) -> str:
    """A full version from what sys says, `3.13.0rc1`."""
    suffix = "" if info.releaselevel == "final" else f"{info.releaselevel[0]}{info.serial}"
    suffix = suffix.replace("c", "rc") if suffix.startswith("c") else suffix
    return f"{info.major}.{info.minor}.{info.micro}{suffix}"


def _uname() -> dict[str, str]:
    # Not platform.uname() where it can be helped: up to Python 3.8 it starts a process to ask for the processor.
    if hasattr(os, "uname"):
        said = os.uname()
        return {"system": said.sysname, "release": said.release, "version": said.version, "machine": said.machine}
    import platform

    return {
        "system": platform.system(),
        "release": platform.release(),
        "version": platform.version(),
        "machine": platform.machine(),
    }


def _libc(system: str, root: str) -> list[str]:
    if system in ("macos", "windows"):
        import platform

        return [system, platform.mac_ver()[0] if system == "macos" else platform.release()]
    try:
        name, number = (os.confstr("CS_GNU_LIBC_VERSION") or "").split()
    except (AttributeError, OSError, ValueError):
        found = musl_version(root)
        return ["musl", found] if found else ["", ""]
    return [name, number]

# ---------------------------------------------------------------------------------------------------------------------
# modules
# ---------------------------------------------------------------------------------------------------------------------

# Whether a module is there, without importing it: importing is what may crash.


def module_file(name: str, paths: Iterable[str]) -> str:
    """The file that `import name` would run, found on `paths`; empty when there is none."""
    spec = PathFinder.find_spec(name, [os.path.abspath(path) for path in paths])
    return (spec.origin or "") if spec is not None else ""

# ---------------------------------------------------------------------------------------------------------------------
# result
# ---------------------------------------------------------------------------------------------------------------------

# What a check says.


PASS = "pass"  # noqa: S105 - a verdict
WARN = "warn"
FAIL = "fail"
NOT_RUN = "not run"
VERDICTS = (PASS, WARN, FAIL, NOT_RUN)


class CheckResult(NamedTuple):
    """One line of the answer. What passed has no remedy."""

    check: str
    verdict: str
    message: str
    """What was found. Of a check that was not run: the reason."""
    remedy: str = ""


class CannotTellError(Exception):
    """Raised inside a check that lacks what it needs to know."""


def or_pass(findings: list[CheckResult], check: str, message: str) -> list[CheckResult]:
    """The findings, or where there are none the one that says so."""
    return findings or [CheckResult(check, PASS, message)]


def several(words: list[str], *, most: int = 6) -> str:
    """The words as a list that stays readable."""
    rest = [f"and {len(words) - most} more"] if len(words) > most else []
    return ", ".join(words[:most] + rest)

# ---------------------------------------------------------------------------------------------------------------------
# settings
# ---------------------------------------------------------------------------------------------------------------------

# What surrounds a server besides packages: its settings, and files of the user's code.


def settings_facts(environ: Mapping[str, str], matrix: Mapping[str, Any]) -> dict[str, str]:
    """The environment variables the matrix names. Only those that are checked keep their value: of the others one may
    be a secret.
    """
    shown = {matrix.get("setting"), *(each["setting"] for each in matrix.get("checks", ()) if each["kind"] == "choice")}
    patterns = matrix.get("settings", ())
    names = sorted(name for name in environ if name in shown or any(fnmatchcase(name, each) for each in patterns))
    return {name: environ[name] if name in shown else "(set)" for name in names}


def file_facts(environ: Mapping[str, str], matrix: Mapping[str, Any]) -> dict[str, Any]:
    """For each check of files the matrix declares, by its name: the files of its pattern in the folder that its
    environment variable names, or else in the current one.

    {"folder", "files": sorted names, "reason": why the folder cannot be read, or empty}.
    """
    wanted = [each for each in matrix.get("checks", ()) if each["kind"] == "files"]
    return {each["check"]: _listed(environ.get(each["setting"]) or os.curdir, each["pattern"]) for each in wanted}


def _listed(path: str, pattern: str) -> dict[str, Any]:
    folder = os.path.abspath(path)
    try:
        names = os.listdir(folder)
    except OSError as error:
        return {"folder": folder, "files": [], "reason": error.strerror or str(error)}
    return {"folder": folder, "files": sorted(name for name in names if fnmatchcase(name, pattern)), "reason": ""}

# ---------------------------------------------------------------------------------------------------------------------
# versions
# ---------------------------------------------------------------------------------------------------------------------

# Versions and version specifiers (PEP 440), read strictly: what is not understood is refused, never guessed at.


class UnreadableError(ValueError):
    """A version, specifier, marker or requirement that this reader does not accept."""


class Version(NamedTuple):
    """A version in its parts. Order versions by `key`, not by the tuple."""

    epoch: int
    release: tuple[int, ...]
    pre: tuple[str, int] | None
    post: int | None
    dev: int | None
    local: tuple[tuple[int, Any], ...]
    """Parts of the local version, each (1, number) or (0, word); empty when there is none."""

    @property
    def is_prerelease(self) -> bool:
        """Whether it is a pre-release or a development release."""
        return self.pre is not None or self.dev is not None


# The standard's own pattern (version specifiers, appendix), with a name for every part.
_PUBLIC = r"""
    v?(?:(?P<epoch>[0-9]+)!)?(?P<release>[0-9]+(?:\.[0-9]+)*)
    (?P<pre>[._-]?(?P<pre_word>alpha|a|beta|b|preview|pre|c|rc)[._-]?(?P<pre_number>[0-9]+)?)?
    (?P<post>-(?P<post_bare>[0-9]+)|[._-]?(?:post|rev|r)[._-]?(?P<post_number>[0-9]+)?)?
    (?P<dev>[._-]?dev[._-]?(?P<dev_number>[0-9]+)?)?
"""
_LOCAL = r"(?:\+(?P<local>[a-z0-9]+(?:[._-][a-z0-9]+)*))?"
_FLAGS = re.VERBOSE | re.IGNORECASE | re.ASCII
_VERSION = re.compile(r"\s*" + _PUBLIC + _LOCAL + r"\s*\Z", _FLAGS)
_CLAUSE = re.compile(r"\s*(~=|==|!=|<=|>=|<|>)\s*([^\s*]+?)(\.\*)?\s*\Z", re.ASCII)
_WORDS = {"alpha": "a", "beta": "b", "c": "rc", "pre": "rc", "preview": "rc"}
_LATE = (1,)
_EARLY = (-1,)


def version(text: str) -> Version:
    """The version a text says, in any spelling the standard normalizes. Raises UnreadableError."""
    match = _VERSION.match(text)
    if match is None:
        raise UnreadableError(f"{text[:100]!r} is no version")
    part = match.groupdict()
    word = (part["pre_word"] or "").lower()
    return Version(
        epoch=_number(part["epoch"]),
        release=tuple(_number(each) for each in part["release"].split(".")),
        pre=(_WORDS.get(word, word), _number(part["pre_number"])) if part["pre"] else None,
        post=_number(part["post_bare"] or part["post_number"]) if part["post"] else None,
        dev=_number(part["dev_number"]) if part["dev"] else None,
        local=tuple(_local(each) for each in re.split("[._-]", (part["local"] or "").lower()) if each),
    )


def key(value: Version) -> tuple[Any, ...]:
    """The sort key of a version (PEP 440, "Summary of permitted suffixes and relative ordering")."""
    pre = _LATE if value.pre is None else (0, *value.pre)
    if value.pre is None and value.post is None and value.dev is not None:
        pre = _EARLY  # 1.0.dev1 is older than 1.0a1
    post = _EARLY if value.post is None else (0, value.post)
    dev = _LATE if value.dev is None else (0, value.dev)
    return value.epoch, _trimmed(value.release), pre, post, dev, value.local


def contains(specifiers: str, candidate: str) -> bool:
    """Whether the version satisfies every clause, pre-releases welcome. No clause admits every version.

    Raises UnreadableError for either of them, and for `===`.
    """
    found = version(candidate)
    clauses = list(_clauses(specifiers))  # all are read before any is judged: a bad one is never passed over
    return all(_admits(operator, wanted, found, wild=wild) for operator, wanted, wild in clauses)


def check_specifiers(text: str) -> None:
    """Raises UnreadableError for what `contains` would refuse."""
    for _ in _clauses(text):
        pass


def _clauses(text: str) -> Iterator[tuple[str, Version, bool]]:
    for clause in text.split(",") if text.strip() else ():
        match = _CLAUSE.match(clause)
        if match is None:
            raise UnreadableError(f"{clause.strip()[:100]!r} is no version specifier")
        operator, wanted, wild = match[1], version(match[2]), bool(match[3])
        _check(clause, operator, wanted, wild=wild)
        yield operator, wanted, wild


def _check(clause: str, operator: str, wanted: Version, *, wild: bool) -> None:
    is_exact = operator in ("==", "!=")
    plain = wanted.pre is None and wanted.post is None and wanted.dev is None and not wanted.local
    if (
        (wild and not (is_exact and plain))
        or (wanted.local and not is_exact)
        or (operator == "~=" and len(wanted.release) == 1)
    ):
        raise UnreadableError(f"{clause.strip()[:100]!r} is no version specifier")


def _admits(operator: str, wanted: Version, found: Version, *, wild: bool) -> bool:
    public = found._replace(local=())
    if operator in ("==", "!="):
        same = _starts(found, wanted.epoch, wanted.release) if wild else _equal(found, wanted)
        return same == (operator == "==")
    if operator == "~=":
        return key(public) >= key(wanted) and _starts(found, wanted.epoch, wanted.release[:-1])
    if operator == ">=":
        return key(public) >= key(wanted)
    if operator == "<=":
        return key(public) <= key(wanted)
    if operator == "<":
        # 2.0rc1 is older than 2.0, but nobody who writes <2.0 means it.
        return key(found) < key(wanted if wanted.is_prerelease else wanted._replace(dev=0))
    # Neither a local version of the release itself nor, unless a post-release is named, one of its post-releases.
    bare = public._replace(post=None, dev=None)
    late = wanted.post is None and found.post is not None and key(bare) == key(wanted)
    return key(public) > key(wanted) and not late


def _equal(found: Version, wanted: Version) -> bool:
    """A clause without a local version means every local version (PEP 440, "Version matching")."""
    return key(found if wanted.local else found._replace(local=())) == key(wanted)


def _starts(found: Version, epoch: int, release: tuple[int, ...]) -> bool:
    padded = found.release + (0,) * (len(release) - len(found.release))
    return found.epoch == epoch and padded[: len(release)] == release


def _trimmed(release: tuple[int, ...]) -> tuple[int, ...]:
    end = len(release)
    while end > 1 and release[end - 1] == 0:
        end -= 1
    return release[:end]


def _local(part: str) -> tuple[int, Any]:
    return (1, _number(part)) if part.isdigit() else (0, part)


def _number(text: str | None) -> int:
    try:
        return int(text or 0)
    except ValueError:
        # Python 3.11 refuses to read numbers of more than 4300 digits.
        raise UnreadableError(f"a number with too many digits: {(text or '')[:20]}...") from None

# ---------------------------------------------------------------------------------------------------------------------
# certificates
# ---------------------------------------------------------------------------------------------------------------------

# Where this Python would find certificates of authorities, and whether any are there.


_MARK = b"-----BEGIN "


def certificate_facts(environ: Mapping[str, str], paths: Iterable[str]) -> list[dict[str, Any]]:
    """Every place that says where certificates are: source, path, found (whether any are there) and reason if not.

    The sources are SSL_CERT_FILE and SSL_CERT_DIR where they are set, OpenSSL's default file and folder, on Windows the
    system's store, and certifi's bundle, which is looked for on `paths` and not imported.
    """
    named = [(name, environ[name]) for name in ("SSL_CERT_FILE", "SSL_CERT_DIR") if environ.get(name)]
    bundle = module_file("certifi", paths)
    certifi = [("certifi", os.path.join(os.path.dirname(bundle), "cacert.pem"))] if bundle else []
    return [_looked(*each) for each in named] + _defaults() + [_looked(*each) for each in certifi]


def _defaults() -> list[dict[str, Any]]:
    """OpenSSL's own places; on Windows the system's store, which Python reads there too."""
    try:
        import _ssl
    except ImportError as error:
        return [{"source": "OpenSSL", "path": "", "found": False, "reason": f"not in this Python: {error}"}]
    _, file, _, folder = _ssl.get_default_verify_paths()
    places = [("OpenSSL's default file", os.fsdecode(file)), ("OpenSSL's default folder", os.fsdecode(folder))]
    found = [_looked(source, path) for source, path in places]
    if hasattr(_ssl, "enum_certificates"):
        count = len(_ssl.enum_certificates("ROOT"))
        reason = "" if count else "it is empty"
        found.append({"source": "Windows", "path": "ROOT", "found": bool(count), "reason": reason})
    return found


def _looked(source: str, path: str) -> dict[str, Any]:
    reason = ""
    try:
        reason = _complaint(path)
    except OSError as error:
        reason = error.strerror or str(error)
    return {"source": source, "path": path, "found": not reason, "reason": reason}


def _complaint(path: str) -> str:
    if os.path.isdir(path):
        # OpenSSL finds certificates in a folder by the hash of their subject: 5ed36f99.0
        named = [name for name in os.listdir(path) if name.rpartition(".")[2].isdigit()]
        return "" if named else "no certificate in this folder has the name that OpenSSL looks for"
    with open(path, "rb") as file:
        return "" if _MARK in file.read(65536) else "it holds no certificate in PEM form"

# ---------------------------------------------------------------------------------------------------------------------
# memory
# ---------------------------------------------------------------------------------------------------------------------

# How much memory this process may use, and in which kind of container it runs.


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

# ---------------------------------------------------------------------------------------------------------------------
# requirements
# ---------------------------------------------------------------------------------------------------------------------

# Requirements and their markers (dependency specifiers, PEP 508), read as strictly as versions.


class Requirement(NamedTuple):
    """A requirement: a normalized name, the extras asked for, specifiers, and the marker's text (empty: always)."""

    name: str
    extras: tuple[str, ...]
    specifiers: str
    marker: str


_NAME = r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?"
_REQUIREMENT = re.compile(
    r"[ \t]*(?P<name>" + _NAME + r")[ \t]*(?:\[(?P<extras>[^\]]*)\])?[ \t]*"
    r"(?:@[ \t]*(?P<url>[^ \t]+)(?:[ \t]+|\Z)|(?P<open>\()?(?P<specifiers>[\w \t.,*+!<>=~-]*)(?(open)\))[ \t]*)"
    r"(?:;(?P<marker>.*))?\Z",
    re.ASCII,
)
_TOKEN = re.compile(
    r"""[ \t]*(?:(?P<end>\Z)|(?P<paren>[()])|'(?P<single>[^'\\]*)'|"(?P<double>[^"\\]*)"
    |(?P<op>===?|~=|!=|<=?|>=?|not[ \t]+in\b|[A-Za-z_]+\b))""",
    re.VERBOSE | re.ASCII,
)
_VERSIONS = ("implementation_version", "python_full_version", "python_version")
_STRINGS = (
    "implementation_name",
    "os_name",
    "platform_machine",
    "platform_python_implementation",
    "platform_release",
    "platform_system",
    "platform_version",
    "sys_platform",
)
_DEPTH = 40


def normalized(name: str) -> str:
    """The name as names are compared (name normalization, PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower()


def requirement(text: str) -> Requirement:
    """The requirement a text says. Raises UnreadableError. One with an address has no specifiers."""
    match = _REQUIREMENT.match(text)
    if match is None:
        raise UnreadableError(f"{text[:100]!r} is no requirement")
    specifiers = (match["specifiers"] or "").strip()
    check_specifiers(specifiers)
    marker = match["marker"]
    if marker is not None:
        _Marker(marker).read()
    return Requirement(normalized(match["name"]), _extras(match["extras"] or ""), specifiers, marker or "")


def holds(marker: str, environment: Mapping[str, str], extras: Iterable[str] = ()) -> bool:
    """Whether the marker holds for the environment's variables, with no extra or with one of `extras`.

    Raises UnreadableError also for a comparison whose outcome the standard leaves open.
    """
    if not marker.strip():
        return True
    tree = _Marker(marker).read()
    return any(_true(tree, dict(environment, extra=normalized(extra))) for extra in ("", *tuple(extras)))


def _extras(text: str) -> tuple[str, ...]:
    names = [name.strip(" \t") for name in text.split(",")] if text.strip(" \t") else []
    if not all(re.match(_NAME + r"\Z", name) for name in names):
        raise UnreadableError(f"[{text[:100]}] are no extras")
    return tuple(normalized(name) for name in names)


class _Marker:
    """Reads a marker into nested tuples: ("or" | "and", left, right) and (variable, operator, value, is_reversed)."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._tokens = list(self._split())
        self._at = 0
        self._depth = 0

    def read(self) -> tuple[Any, ...]:
        """The whole marker."""
        tree = self._or()
        if self._tokens[self._at][0] != "end":
            raise self._refused()
        return tree

    def _split(self) -> list[tuple[str, str]]:
        found: list[tuple[str, str]] = []
        place = 0
        while not found or found[-1][0] != "end":
            match = _TOKEN.match(self._text, place)
            if match is None or match.lastgroup is None:
                raise self._refused()
            kind = "value" if match.lastgroup in ("single", "double") else match.lastgroup
            found.append((kind, match[match.lastgroup]))
            place = match.end()
        return found

    def _refused(self) -> UnreadableError:
        return UnreadableError(f"{self._text.strip()[:100]!r} is no marker")

    def _next(self, kind: str) -> str:
        found, text = self._tokens[self._at]
        if found != kind:
            raise self._refused()
        self._at += 1
        return text

    def _or(self) -> tuple[Any, ...]:
        tree = self._and()
        while self._tokens[self._at] == ("op", "or"):
            self._at += 1
            tree = ("or", tree, self._and())
        return tree

    def _and(self) -> tuple[Any, ...]:
        tree = self._atom()
        while self._tokens[self._at] == ("op", "and"):
            self._at += 1
            tree = ("and", tree, self._atom())
        return tree

    def _atom(self) -> tuple[Any, ...]:
        if self._tokens[self._at] != ("paren", "("):
            return self._comparison()
        self._depth += 1
        if self._depth > _DEPTH:
            raise self._refused()
        self._at += 1
        tree = self._or()
        if self._next("paren") != ")":
            raise self._refused()
        self._depth -= 1
        return tree

    def _comparison(self) -> tuple[Any, ...]:
        is_reversed = self._tokens[self._at][0] == "value"
        left = self._next("value" if is_reversed else "op")
        operator = re.sub(r"[ \t]+", " ", self._next("op"))
        right = self._next("op" if is_reversed else "value")
        variable, value = (right, left) if is_reversed else (left, right)
        if variable == "python_implementation":
            variable = "platform_python_implementation"
        if not _is_known(variable, operator, value, is_reversed=is_reversed):
            raise self._refused()
        return variable, operator, value, is_reversed


def _is_known(variable: str, operator: str, value: str, *, is_reversed: bool) -> bool:
    """Whether the comparison has one meaning. Order of strings has none, nor has `==` of a version with a word."""
    if variable == "extra":
        return operator in ("==", "!=") and not is_reversed
    if operator in ("in", "not in"):
        return variable in _STRINGS or (variable in _VERSIONS and not is_reversed)
    if variable in _STRINGS and variable != "platform_release":
        return operator in ("==", "!=")
    if variable not in _VERSIONS or is_reversed:
        return False
    check_specifiers(operator + value)
    return "," not in value


def _true(tree: tuple[Any, ...], environment: dict[str, Any]) -> bool:
    if tree[0] in ("or", "and"):
        sides = [_true(side, environment) for side in tree[1:]]
        return any(sides) if tree[0] == "or" else all(sides)
    variable, operator, value, is_reversed = tree
    actual = environment.get(variable)
    if not isinstance(actual, str):
        raise UnreadableError(f"nothing is known of {variable}")
    if operator in ("in", "not in"):
        inside = actual in value if not is_reversed else value in actual
        return bool(inside == (operator == "in"))
    if variable in _VERSIONS:
        return contains(operator + value, actual)
    wanted = normalized(value) if variable == "extra" else value
    return bool((actual == wanted) == (operator == "=="))

# ---------------------------------------------------------------------------------------------------------------------
# text
# ---------------------------------------------------------------------------------------------------------------------

# An answer for a person, in ASCII: the console of a container or of Windows shows nothing else reliably.


_CONTROL = re.compile(r"[\x00-\x1f\x7f]+")


def text_of(said: Mapping[str, Any]) -> str:
    """The answer as lines: verdict, check and what was found, with the remedy below what did not pass."""
    return "".join(plain(line).rstrip() + "\n" for line in _lines(said))


def plain(text: str) -> str:
    """The text without control characters, and with escapes for what is not ASCII."""
    return _CONTROL.sub(" ", text).encode("ascii", "backslashreplace").decode("ascii")


def _lines(said: Mapping[str, Any]) -> Iterator[str]:
    for finding in said["findings"]:
        verdict = finding["verdict"]
        yield "{:<8} {:<13} {}".format(
            verdict if verdict in (PASS, NOT_RUN) else verdict.upper(), finding["check"], finding["message"]
        )
        if finding["remedy"]:
            yield "{:<22} -> {}".format("", finding["remedy"])
    python = said["python"].get("version", "(unknown)")
    counts = ", ".join(f"{number} {verdict}" for verdict, number in said["counts"].items())
    server = " with {}".format(said["server"]) if said["server"] else ""
    yield "phase {}{} on Python {}: {}".format(said["phase"], server, python, counts)

# ---------------------------------------------------------------------------------------------------------------------
# context
# ---------------------------------------------------------------------------------------------------------------------

# What the checks look at: the facts, the matrix, and what follows from both.


NONE_OF_THE_TARGETS = "this interpreter is none of the targets"


class CheckContext(NamedTuple):
    """Facts (see `collect`), a matrix (see `MATRIX`), the server asked for, and a target asked for by name or empty."""

    facts: Mapping[str, Any]
    matrix: Mapping[str, Any]
    server: str
    asked: str = ""


def part(context: CheckContext, name: str) -> Any:
    """A part of the facts. CannotTellError, with the reason, when it was not collected."""
    value = context.facts.get(name)
    if value is None:
        raise CannotTellError("the facts say nothing of it")
    if isinstance(value, dict) and "error" in value:
        raise CannotTellError(str(value["error"]))
    return value


def python_version(context: CheckContext) -> str:
    """The full version of the Python examined."""
    text = str(part(context, "python")["version"])
    try:
        version(text)
    except UnreadableError as error:
        raise CannotTellError(str(error)) from None
    return text


def python_names(python: Mapping[str, Any]) -> list[str]:
    """The names that targets.yaml has for an interpreter (see `python_facts`), the full one first: 3.14.4t, 3.14t.

    None for an implementation that is no target.
    """
    full, implementation = str(python["version"]), python.get("implementation", "cpython")
    if implementation == "pypy":
        return ["pypy" + full, "pypy" + minor_of(full)]
    suffix = "t" if python.get("free_threaded") else ""
    return [full + suffix, minor_of(full) + suffix] if implementation == "cpython" else []


def minor_of(text: str) -> str:
    """The minor of a full Python version: 3.11 of 3.11.7."""
    return ".".join(text.split(".")[:2])


def installed(context: CheckContext) -> dict[str, dict[str, Any]]:
    """Distribution by normalized name; of two with one name the one that imports see."""
    found: dict[str, dict[str, Any]] = {}
    for each in part(context, "distributions")["found"]:
        found.setdefault(normalized(str(each["name"])), each)
    return found


def platform_row(context: CheckContext) -> Mapping[str, Any]:
    """The matrix's row for this system, machine and C library, whatever its age; empty when there is none."""
    here = part(context, "platform")
    kind = here["libc"][0] if here["system"] == "linux" else ""
    for row in context.matrix["platforms"]:
        if (row["os"], row["arch"], row["libc"]) == (here["system"], here["machine"], kind):
            return dict(row)
    return {}


def platform_name(context: CheckContext) -> str:
    """The matrix's name for this platform, or that of the target asked for; empty when there is none."""
    if context.asked:
        return context.asked.partition("-")[2]
    return str(platform_row(context).get("name", ""))


def target(context: CheckContext) -> str:
    """The name of the target that this interpreter is, or was asked to be. CannotTellError when it is none of them."""
    known = dict.fromkeys(name for each in context.matrix["sets"] for name in each["targets"])
    no = context.matrix["no_set"]
    if context.asked:
        names = [context.asked]
    else:
        platform = platform_name(context)
        pythons = python_names(part(context, "python"))
        names = ["{}{}-{}".format("" if each.startswith("pypy") else "py", each, platform) for each in pythons]
    for name in names:
        if name in known:
            return name
        if name in no:
            raise CannotTellError(f"{name} has no set: {no[name]}")
    raise CannotTellError(NONE_OF_THE_TARGETS if not context.asked else f"{context.asked} is none of the targets")


def pins(context: CheckContext) -> dict[str, str]:
    """Normalized name -> version of the target's set."""
    name = target(context)
    return {
        pinned: str(pin)
        for each in context.matrix["sets"]
        if name in each["targets"]
        for pinned, pin in each["pins"].items()
    }


def applies(context: CheckContext, when: Mapping[str, Any]) -> bool:
    """Whether a row or an issue that holds for some Pythons and platforms holds here."""
    if when.get("python") and not contains(when["python"], python_version(context)):
        return False
    return not when.get("platforms") or matches(platform_name(context), when["platforms"])


def matches(name: str, patterns: Sequence[str]) -> bool:
    """Whether one of the patterns means the name."""
    return any(fnmatchcase(name, pattern) for pattern in patterns)


def rows(context: CheckContext) -> list[Mapping[str, Any]]:
    """The phase's rows that are for this Python and platform."""
    return [row for row in context.matrix["rows"] if applies(context, row)]


def replaced(context: CheckContext) -> list[str]:
    """The packages of which the matrix's word counts here, not what distributions say they require."""
    return [rule["name"] for rule in context.matrix.get("replaced", ()) if applies(context, rule)]


def older(text: str, floor: str) -> bool:
    """Whether the first version is older than the second. CannotTellError when they cannot be compared."""
    try:
        return key(version(text)) < key(version(floor))
    except UnreadableError as error:
        raise CannotTellError(str(error)) from None

# ---------------------------------------------------------------------------------------------------------------------
# facts
# ---------------------------------------------------------------------------------------------------------------------

# Everything the checks need to know about a Python and its surroundings, as one JSON object.


FACTS_SCHEMA = 2


def collect(
    environ: Mapping[str, str] | None = None,
    paths: Iterable[str] | None = None,
    root: str = "/",
    matrix: Mapping[str, Any] = MATRIX,
) -> dict[str, Any]:
    """The facts of the running Python. Nothing that is not of the standard library is imported; never raises.

    `environ` and `paths` stand in for the environment and the search path, `root` for where the file system begins.
    `matrix` says which settings, modules and files its checks are about.
    A part that cannot be collected is {"error": reason}. The parts: schema, python, platform, markers, distributions
    ({"found", "unreadable"}, see `distributions`), modules (of packages a choice is about: the file each would be
    imported from, or empty), certificates, container, memory, settings, files.
    """
    env = dict(os.environ if environ is None else environ)
    where = list(search_path() if paths is None else paths)
    parts: dict[str, Callable[[], Any]] = {
        "python": python_facts,
        "platform": lambda: platform_facts(root),
        "markers": marker_environment,
        "distributions": lambda: distributions(where),
        "modules": lambda: {name: module_file(name.replace("-", "_"), where) for name in _packages(matrix)},
        "certificates": lambda: certificate_facts(env, where),
        "container": lambda: container_facts(env, root),
        "memory": lambda: memory_facts(root),
        "settings": lambda: settings_facts(env, matrix),
        "files": lambda: file_facts(env, matrix),
    }
    facts: dict[str, Any] = {"schema": FACTS_SCHEMA}
    for name, ask in parts.items():
        facts[name] = _collected(ask)
    return facts


def _packages(matrix: Mapping[str, Any]) -> list[str]:
    return [each["package"] for each in matrix.get("checks", ()) if each["kind"] == "choice"]


def _collected(ask: Callable[[], Any]) -> Any:
    try:
        return ask()
    except Exception as error:  # noqa: BLE001 - whatever breaks costs this part and no other
        return {"error": f"{type(error).__name__}: {error}"}

# ---------------------------------------------------------------------------------------------------------------------
# check_packages
# ---------------------------------------------------------------------------------------------------------------------

# Checks of what is installed: against the phase's table, against the target's set, and against itself.


def check_dependencies(context: CheckContext) -> list[CheckResult]:
    """Every dependency of the phase is installed, within its bounds. An optional one may be missing, with a warning."""
    _for_this_server(context)
    name = _no_set(context)
    if name:
        raise CannotTellError(name)
    there = installed(context)
    folder = _folder(context)
    found = [finding for row in rows(context) for finding in _row(row, there, folder)]
    return or_pass(found, "dependencies", f"{len(rows(context))} dependencies are within their bounds")


def _for_this_server(context: CheckContext) -> None:
    phase, server = context.matrix["phase"], context.matrix.get("server", "")
    if server and context.server != server:
        raise CannotTellError(f"phase {phase} is about {server}, not {context.server}")


def _no_set(context: CheckContext) -> str:
    """Why the table's rows cannot hold here: where it says itself that there can be no set. Empty elsewhere."""
    try:
        target(context)
    except CannotTellError as reason:
        return str(reason) if " has no set: " in str(reason) else ""
    return ""


def _folder(context: CheckContext) -> str:
    """Where the target's files are, from the folder of the phase; empty where there is no target."""
    try:
        return f"{target(context)}/"
    except CannotTellError:
        return ""


def _row(row: Mapping[str, Any], there: Mapping[str, Mapping[str, Any]], folder: str) -> Iterator[CheckResult]:
    name, bounds = row["name"], row["specifier"]
    extras = ",".join(row.get("extras", ()))
    wanted = f"{name}[{extras}]{bounds}" if extras else f"{name}{bounds}"
    remedy = f'pip install -c {folder}constraints.txt "{wanted}"'
    if name not in there:
        if row.get("group"):
            purpose = row.get("purpose") or "optional group {}".format(row["group"])
            yield CheckResult("dependencies", WARN, f"{name} is not installed ({purpose})", remedy)
        else:
            yield CheckResult("dependencies", FAIL, f"{name} is not installed", remedy)
        return
    found = str(there[name]["version"])
    try:
        if not contains(bounds, found):
            yield CheckResult("dependencies", FAIL, f"{name} {found} is outside {bounds}", remedy)
    except UnreadableError as error:
        yield CheckResult("dependencies", NOT_RUN, f"{name}: {error}")


def check_constraints(context: CheckContext) -> list[CheckResult]:
    """What is installed is the target's set, as it was rendered and proved."""
    _for_this_server(context)
    wanted, there = pins(context), installed(context)
    missing = [f"{name} {pin}" for name, pin in wanted.items() if name not in there]
    drifted = [
        "{} {} instead of {}".format(name, there[name]["version"], pin)
        for name, pin in wanted.items()
        if name in there and not _same(str(there[name]["version"]), pin)
    ]
    remedy = f"pip install --require-hashes --no-deps -r {target(context)}/requirements.lock"
    lists = (("not as in the set: {}", drifted), ("missing from the set: {}", missing))
    found = [CheckResult("constraints", WARN, text.format(several(names)), remedy) for text, names in lists if names]
    return or_pass(found, "constraints", f"all {len(wanted)} packages of {target(context)} are installed")


def _same(found: str, pin: str) -> bool:
    try:
        return contains("==" + pin, found)
    except UnreadableError:
        return found == pin


def check_requirements(context: CheckContext) -> list[CheckResult]:
    """What each installed distribution requires is there, but for what the matrix overrides or excludes.

    A package that all share has a check of its own.
    """
    there = installed(context)
    unread: list[str] = []
    shared = {each["package"] for each in context.matrix.get("checks", ()) if each["kind"] == "agreement"}
    environment, apart = part(context, "markers"), replaced(context)
    unmet = [finding for name in there for finding in _unmet(name, there, environment, unread, apart)]
    found = [finding for package, finding in unmet if package not in shared]
    found += _other_pythons(there, python_version(context), unread)
    found += _damaged(part(context, "distributions"))
    if unread:
        found.append(CheckResult("requirements", NOT_RUN, f"cannot be read: {several(unread, most=3)}"))
    return or_pass(found, "requirements", f"{len(there)} distributions have what they require")


def needs_of(
    each: Mapping[str, Any], environment: Mapping[str, str], extras: Iterable[str], unread: list[str]
) -> Iterator[Requirement]:
    """What a distribution requires here, with these extras of it. What cannot be read goes into `unread`."""
    for text in each.get("requires_dist") or ():
        try:
            needs = requirement(str(text))
            if holds(needs.marker, environment, extras):
                yield needs
        except UnreadableError as error:
            unread.append("{} of {}".format(error, each["name"]))


def _unmet(
    name: str,
    there: Mapping[str, Mapping[str, Any]],
    environment: Mapping[str, str],
    unread: list[str],
    apart: Sequence[str],
) -> Iterator[tuple[str, CheckResult]]:
    """Findings, each with the package it is about; empty: several."""
    who = "{} {}".format(name, there[name]["version"])
    missing = []
    for needs in needs_of(there[name], environment, (), unread):
        if needs.name in apart:
            continue
        wanted = needs.name + needs.specifiers
        if needs.name not in there:
            missing.append(wanted)
        elif not _fits(needs, str(there[needs.name]["version"]), unread):
            words = "{} needs {}, and {} is installed".format(who, wanted, there[needs.name]["version"])
            remedy = f'pip install "{wanted}", or another release of {name}'
            yield needs.name, CheckResult("requirements", FAIL, words, remedy)
    if missing:
        words = f"{who} needs what is not installed: {several(missing)}"
        remedy = "pip install {}".format(" ".join(f'"{m}"' for m in missing))
        yield "", CheckResult("requirements", FAIL, words, remedy)


def _fits(needs: Requirement, found: str, unread: list[str]) -> bool:
    try:
        return contains(needs.specifiers, found)
    except UnreadableError as error:
        unread.append(f"{error} of {needs.name}")
        return True


def _other_pythons(there: Mapping[str, Mapping[str, Any]], full: str, unread: list[str]) -> Iterator[CheckResult]:
    for name, each in there.items():
        wanted = str(each.get("requires_python") or "")
        try:
            if not contains(wanted, full):
                words = "{} {} needs Python {}".format(name, each["version"], wanted)
                yield CheckResult("requirements", FAIL, words, f"Install a release of {name} for Python {full}.")
        except UnreadableError as error:
            unread.append(f"{error} of {name}")


def _damaged(listed: Mapping[str, Any]) -> Iterator[CheckResult]:
    """Metadata that cannot be read, and two of one distribution in one folder: nobody can say whose its files are."""
    seen: dict[tuple[str, str], list[str]] = {}
    for each in listed["found"]:
        place = (normalized(str(each["name"])), str(each.get("location")))
        seen.setdefault(place, []).append(str(each["version"]))
    for (name, _), versions in seen.items():
        if len(versions) > 1:
            remedy = f"pip install --force-reinstall {name}"
            yield CheckResult(
                "requirements", WARN, "{} is there twice: {}".format(name, " and ".join(versions)), remedy
            )
    for each in listed.get("unreadable", ()):
        yield CheckResult("requirements", NOT_RUN, "{}: {}".format(each["path"], each["reason"]))

# ---------------------------------------------------------------------------------------------------------------------
# check_place
# ---------------------------------------------------------------------------------------------------------------------

# Checks of the place: the server asked for, the Python, the platform, and the target they make.


_BITS = 64
_NARROW = ("i686", "armv7l", "x86")
_LIBRARIES = {"glibc": "glibc", "musl": "musl", "macos": "macOS", "windows": "Windows"}


def check_server(context: CheckContext) -> list[CheckResult]:
    """The matrix's environment variable names a server there is."""
    setting, servers = context.matrix.get("setting", ""), context.matrix["servers"]
    said = str(part(context, "settings").get(setting, ""))
    if said and said.lower() not in servers:
        message = f"{setting}={said[:40]!r} is no server; {context.server or 'none'} was checked for"
        return [CheckResult("server", FAIL, message, "Set {} to {}.".format(setting, " or ".join(servers)))]
    return [CheckResult("server", PASS, f"checked for {context.server or 'any server'}")]


def check_python(context: CheckContext) -> list[CheckResult]:
    """The server is supported on this Python."""
    full = python_version(context)
    python, listed = part(context, "python"), [row["python"] for row in context.matrix["pythons"]]
    names = python_names(python)
    is_odd = not any(name in listed for name in names)
    found = python_complaints(context.matrix, context.server, full, [full, minor_of(full)] if is_odd else names)
    return found + _kind(python, platform_row(context), listed, is_odd=is_odd) or [
        CheckResult("python", PASS, f"Python {full} is supported{by_server(context.server)}")
    ]


def python_complaints(matrix: Mapping[str, Any], server: str, full: str, names: Sequence[str]) -> list[CheckResult]:
    """What the matrix's table of Pythons has against the server on this full version; nothing when it is listed.

    `names` are those the table may have for it: see `python_names`.
    """
    known = {row["python"]: row for row in matrix["pythons"]}
    row = next((known[name] for name in names if name in known), None)
    supported = [name for name, each in known.items() if server not in each.get("unsupported", {})]
    if row is not None:
        no = row.get("unsupported", {}).get(server)
        if no is None:
            return _older(row, full, names)
        message = "Python {} is not supported{}: {}".format(full, by_server(server), no["reason"])
        return [CheckResult("python", FAIL, message, no["remedy"] or _one_of(supported))]
    usual = [name for name in supported if _is_usual(name)]
    if not supported or (usual and key(version(full)) < min(key(version(name)) for name in usual)):
        listed = f"that supports {server}" if server else "in the table"
        message = f"Python {full} is older than any {listed}"
        return [CheckResult("python", FAIL, message, _one_of(supported))]
    return [CheckResult("python", WARN, f"the table says nothing of Python {full}", _one_of(supported))]


def by_server(server: str) -> str:
    """` by NAME`; empty where no server is checked for."""
    return f" by {server}" if server else ""


def _is_usual(name: str) -> bool:
    """Whether the table means the usual build of CPython by the name."""
    return not name.startswith("pypy") and not name.endswith("t")


def _older(row: Mapping[str, Any], full: str, names: Sequence[str]) -> list[CheckResult]:
    """A patch release that is older than the oldest the sets are made for."""
    floor = row.get("floor", "")
    if row["python"] == names[0] or not floor or not older(full, floor):
        return []
    message = f"Python {full} is older than {floor}, which the sets are made for"
    what = "PyPy with Python" if names[0].startswith("pypy") else "CPython"
    return [CheckResult("python", FAIL, message, f"Use {what} {floor} or newer of {minor_of(full)}.")]


def _kind(python: Mapping[str, Any], row: Mapping[str, Any], listed: list[str], *, is_odd: bool) -> list[CheckResult]:
    """Interpreters that the wheels of the sets are not for. One that is not listed `is_odd`."""
    remedy = "Use a standard build of CPython: the sets hold wheels for no other."
    if not all(map(_is_usual, listed)):
        remedy = _one_of(listed)
    implementation = python.get("implementation", "cpython")
    bits = 32 if row.get("arch") in _NARROW else _BITS
    odd = [
        (is_odd and implementation != "cpython", f"this is {implementation}"),
        (is_odd and bool(python.get("free_threaded")), "this Python is a free-threaded build"),
        (python.get("bits", bits) != bits, "this Python is {} bits wide".format(python.get("bits"))),
    ]
    return [CheckResult("python", FAIL, message, remedy) for applies, message in odd if applies]


def _one_of(pythons: list[str]) -> str:
    return "Use Python {}.".format(", ".join(pythons)) if pythons else ""


def check_platform(context: CheckContext) -> list[CheckResult]:
    """The server is supported on this platform, whose C library or macOS is not older than the sets are made for."""
    here, row = part(context, "platform"), platform_row(context)
    kind, release = here["libc"]
    library = f"{_LIBRARIES.get(kind, kind)} {release}".strip()
    words = "{} {}{}".format(here["system"], here["machine"], f" with {library}" if library else "")
    if not row:
        known = ", ".join(each["name"] for each in context.matrix["platforms"])
        return [CheckResult("platform", WARN, f"the table says nothing of {words}", f"It knows {known}.")]
    found = []
    no = row.get("unsupported", {}).get(context.server)
    if no is not None:
        message = "{} is not supported on {}: {}".format(context.server, row["name"], no["reason"])
        remedy = no["remedy"] or "Use another platform, or another server."
        found.append(CheckResult("platform", FAIL, message, remedy))
    if row["floor"] and not release:
        raise CannotTellError(f"the version of {_LIBRARIES.get(kind, kind)} is not known")
    if row["floor"] and older(release, row["floor"]):
        name = _LIBRARIES.get(kind, kind)
        message = "{} is older than {} {}, which the sets are made for".format(library, name, row["floor"])
        found.append(
            CheckResult("platform", FAIL, message, "Use an image with {} {} or newer.".format(name, row["floor"]))
        )
    return or_pass(found, "platform", "{} is {}".format(words, row["name"]))


def check_target(context: CheckContext) -> list[CheckResult]:
    """There is a set for this Python on this platform, and it serves this very patch release."""
    name, full = target(context), python_version(context)
    mine = [each for each in context.matrix["sets"] if name in each["targets"]]
    if any(full in each.get("unserved", ()) for each in mine):
        message = f"the set of {name} does not serve Python {full}: Requires-Python of a release in it says so"
        return [CheckResult("target", FAIL, message, f"Use another patch release of Python {minor_of(full)}.")]
    return [CheckResult("target", PASS, "this is {} of phase {}".format(target(context), context.matrix["phase"]))]

# ---------------------------------------------------------------------------------------------------------------------
# check_service
# ---------------------------------------------------------------------------------------------------------------------

# Checks of what a server meets when it starts: memory and certificates.


_RUNTIMES = ("Docker", "containerd", "Podman", "CRI-O")
_UNITS = ("bytes", "KiB", "MiB", "GiB", "TiB")
_STEP = 1024


def check_memory(context: CheckContext) -> list[CheckResult]:
    """The memory limit of the container can be found."""
    memory, runtime = part(context, "memory"), str(part(context, "container")["runtime"])
    found = [_skipped(each) for each in memory.get("skipped", ())]
    if memory["effective"] is None:
        raise CannotTellError("neither a control group nor the machine says how much memory there is")
    if runtime and runtime not in _RUNTIMES:
        message = f"the table says nothing of the container runtime {runtime}"
        found.append(CheckResult("memory", WARN, message, "It knows {}.".format(", ".join(_RUNTIMES))))
    if runtime and not memory.get("read"):
        message = "in a container ({}), but no control group's memory file can be read; {} of the machine".format(
            runtime, amount(memory["effective"])
        )
        return [*found, CheckResult("memory", FAIL, message, "Mount /sys/fs/cgroup into the container, read-only.")]
    return or_pass(found, "memory", _words(memory, runtime))


def _skipped(each: Any) -> CheckResult:
    remedy = "Make it readable for the server's user; the other limits were used."
    return CheckResult("memory", WARN, "{} was passed over: {}".format(*each), remedy)


def _words(memory: Mapping[str, Any], runtime: str) -> str:
    limited = "machine" if memory.get("source") == "machine" else "limit in {}".format(memory["source"])
    soft = memory.get("soft_limit")
    parts = [
        "{} ({})".format(amount(memory["effective"]), limited),
        "cgroup {}".format(memory["version"]) if memory.get("version") else "no control groups",
        runtime or "no container",
    ]
    return ", ".join(parts + ([f"soft limit {amount(soft)}"] if soft is not None else []))


def amount(number: int) -> str:
    """Bytes as people say them: 1.5 GiB."""
    value, unit = float(number), 0
    while value >= _STEP and unit < len(_UNITS) - 1:
        value, unit = value / _STEP, unit + 1
    return f"{value:.4g} {_UNITS[unit]}"


def check_certificates(context: CheckContext) -> list[CheckResult]:
    """Certificates of authorities can be found, and what the environment says of them is true."""
    places = part(context, "certificates")
    remedy = "Install the ca-certificates package, or set SSL_CERT_FILE to a bundle in PEM form."
    named = [each for each in places if each["source"].startswith("SSL_CERT_") and not each["found"]]
    found = [
        CheckResult("certificates", FAIL, "{source}={path}: {reason}".format(**each), "Correct or unset it.")
        for each in named
    ]
    there = [each for each in places if each["found"]]
    if not there and not found:
        looked = several(["{source} ({path}: {reason})".format(**each) for each in places])
        found = [CheckResult("certificates", FAIL, f"no certificates of authorities: {looked}", remedy)]
    words = several(["{source} ({path})".format(**each) for each in there])
    return or_pass(found, "certificates", f"found by {words}")

# ---------------------------------------------------------------------------------------------------------------------
# check_issues
# ---------------------------------------------------------------------------------------------------------------------

# The known issues: each that holds for this Python, on this platform, beside what is installed, is looked at.


_CERTIFICATES = "CERTIFICATE_VERIFY_FAILED"
"""The symptom that the check of certificates answers for."""


def check_issues(context: CheckContext) -> list[CheckResult]:
    """No known issue that holds here is left open."""
    found: list[CheckResult] = []
    for issue in context.matrix["issues"]:
        try:
            found += _issue(context, issue)
        except (CannotTellError, ValueError) as reason:
            found.append(_finding(issue, NOT_RUN, str(reason)))
    return or_pass(found, "issues", "none of the known issues concerns this Python")


def _issue(context: CheckContext, issue: Mapping[str, Any]) -> list[CheckResult]:
    there = {name: str(each["version"]) for name, each in installed(context).items()}
    if not applies(context, issue):
        return []
    if issue.get("sdist"):
        return _builds(context, issue, there)
    packages = issue.get("packages", {})
    if packages and not any(_is_in(there, name, releases) for name, releases in packages.items()):
        return []
    return _constrained(issue, there) if issue.get("constrain") else _unconstrained(context, issue)


def _constrained(issue: Mapping[str, Any], there: Mapping[str, str]) -> list[CheckResult]:
    concerned = [needs for needs in map(requirement, issue["constrain"]) if needs.name in there]
    broken = [needs for needs in concerned if not contains(needs.specifiers, there[needs.name])]
    if broken:
        words = [f"{needs.name} {there[needs.name]} is not {needs.specifiers}" for needs in broken]
        return [_finding(issue, FAIL, ", ".join(words))]
    words = [f"{needs.name} {there[needs.name]}" for needs in concerned]
    return [_finding(issue, PASS, "kept clear of by {}".format(", ".join(words)))] if words else []


def _builds(context: CheckContext, issue: Mapping[str, Any], there: Mapping[str, str]) -> list[CheckResult]:
    """An issue of building from source: it is over where the package is installed."""
    names = [normalized(name) for name in issue["packages"]]
    if all(name in there for name in names):
        return [_finding(issue, PASS, "{} is installed".format(", ".join(names)))]
    wanted = pins(context)
    missing = [name for name in names if name in wanted and name not in there]
    return [_finding(issue, WARN, "{} is not installed".format(", ".join(missing)))] if missing else []


def _unconstrained(context: CheckContext, issue: Mapping[str, Any]) -> list[CheckResult]:
    """An issue that no version keeps clear of."""
    if _CERTIFICATES not in issue.get("symptom", ""):
        return [_finding(issue, NOT_RUN, "no version tells whether it strikes here")]
    is_clear = all(each.verdict == PASS for each in check_certificates(context))
    if is_clear:
        return [_finding(issue, PASS, "certificates are found")]
    return [_finding(issue, FAIL, "certificates are not found, or not where the environment says")]


def _is_in(there: Mapping[str, str], name: str, releases: str) -> bool:
    return normalized(name) in there and contains(releases, there[normalized(name)])


def _finding(issue: Mapping[str, Any], verdict: str, words: str) -> CheckResult:
    message = "{}: {} ({})".format(issue["id"], words, issue["title"])
    return CheckResult("issues", verdict, message, "" if verdict == PASS else " ".join(issue["solution"].split()))

# ---------------------------------------------------------------------------------------------------------------------
# startup
# ---------------------------------------------------------------------------------------------------------------------

# What a server asks before it starts.


def require_python(server: str = "", *, python: str | None = None, matrix: Mapping[str, Any] = MATRIX) -> None:
    """Returns when the phase supports the server on this Python; else RuntimeError, which says why not and what to do.

    `python` is a full version such as "3.7.16", that of the running Python when absent. A Python newer than the table
    knows is let through. ValueError for a server that there is not; without one, only the Python itself is looked at.
    """
    servers = matrix.get("servers", ())
    if server and server not in servers:
        known = " and ".join(servers) or "none"
        raise ValueError(f"{server!r} is no server; {known} are")
    facts = python_facts() if python is None else {"version": python}
    for finding in python_complaints(matrix, server, facts["version"], python_names(facts)):
        if finding.verdict == FAIL:
            raise RuntimeError(f"{finding.message}. {finding.remedy}")

# ---------------------------------------------------------------------------------------------------------------------
# checks
# ---------------------------------------------------------------------------------------------------------------------

# The checklist: every check in order, and what they all find.


Check = Callable[[CheckContext], List[CheckResult]]
PLACE: tuple[tuple[str, Check], ...] = (
    ("python", check_python),
    ("platform", check_platform),
    ("target", check_target),
    ("dependencies", check_dependencies),
    ("constraints", check_constraints),
    ("requirements", check_requirements),
)
SERVICE: tuple[tuple[str, Check], ...] = (
    ("memory", check_memory),
    ("certificates", check_certificates),
    ("issues", check_issues),
)


def checks_of(matrix: Mapping[str, Any]) -> list[tuple[str, Check]]:
    """Every check for this matrix, in order: those it declares stand behind those of what is installed."""
    servers = [("server", check_server)] if matrix.get("servers") else []
    declared = [(str(each["check"]), _declared(each)) for each in matrix.get("checks", ())]
    return [*servers, *PLACE, *declared, *SERVICE]


def _declared(each: Mapping[str, Any]) -> Check:
    def check(context: CheckContext) -> list[CheckResult]:
        if each.get("server") and context.server != each["server"]:
            why, server = each["because"], context.server or "none"
            raise CannotTellError(f"{why}, and the server is {server}")
        return KINDS[each["kind"]](context, each)

    return check


def examine(
    facts: Mapping[str, Any], matrix: Mapping[str, Any], server: str = "", target: str = ""
) -> list[CheckResult]:
    """What every check finds in the facts (see `collect`), at least one finding each, in the order of `checks_of`.

    `server` is one of the matrix's; when empty, its environment variable says it, else the matrix. `target` names
    one to compare with in place of the one that the facts say. Never raises, whatever the facts are: a check that
    breaks is "not run", with the reason.
    """
    context = CheckContext(facts, matrix, server or _server(facts, matrix), target)
    return [finding for name, check in checks_of(matrix) for finding in _run(name, check, context)]


def answer(facts: Mapping[str, Any], matrix: Mapping[str, Any], server: str = "", target: str = "") -> dict[str, Any]:
    """The findings of `examine` as an object for machines: what was examined, the findings, and how many of each."""
    findings = examine(facts, matrix, server, target)
    return {
        "schema": 1,
        "phase": matrix["phase"],
        "revision": matrix["revision"],
        "server": server or _server(facts, matrix),
        "python": _object(facts, "python"),
        "findings": [dict(finding._asdict()) for finding in findings],
        "counts": {verdict: sum(each.verdict == verdict for each in findings) for verdict in VERDICTS},
    }


def is_refused(said: Mapping[str, Any]) -> bool:
    """Whether an `answer` is a no: something failed."""
    return bool(said["counts"][FAIL])


def _server(facts: Mapping[str, Any], matrix: Mapping[str, Any]) -> str:
    said = str(_object(facts, "settings").get(matrix.get("setting", ""), "")).lower()
    return said if said in matrix.get("servers", ()) else str(matrix.get("server", ""))


def _object(facts: Mapping[str, Any], name: str) -> dict[str, Any]:
    """A part of facts that may be anything, where it is an object; else an empty one."""
    value = facts.get(name) if isinstance(facts, dict) else None
    return dict(value) if isinstance(value, dict) else {}


def _run(name: str, check: Callable[[CheckContext], list[CheckResult]], context: CheckContext) -> list[CheckResult]:
    try:
        return check(context)
    except CannotTellError as reason:
        return [CheckResult(name, NOT_RUN, str(reason))]
    except Exception as error:  # noqa: BLE001 - one check that breaks leaves the others their say
        return [CheckResult(name, NOT_RUN, f"it broke: {type(error).__name__}: {error}")]

# ---------------------------------------------------------------------------------------------------------------------
# program
# ---------------------------------------------------------------------------------------------------------------------

# The program: checks the Python it runs in.
#
# Exit 0: nothing failed. 1: something did. 2: it was called with words it does not know.


def main(arguments: list[str] | None = None, own: str = "") -> int:
    """Run it and return the exit code. `own` is the folder of the running file, where no packages are looked for."""
    options = _parser().parse_args(arguments)
    facts = collect(paths=search_path((own,) if own else ()), matrix=MATRIX)
    if options.facts:
        _print(json.dumps(facts, indent=2, sort_keys=True))
        return 0
    said = answer(facts, MATRIX, getattr(options, "server", None) or "")
    _print(json.dumps(said, indent=2) if options.json else text_of(said).rstrip("\n"))
    return int(is_refused(said))


def _print(text: str) -> None:
    try:
        print(text, flush=True)
    except BrokenPipeError:
        # Whoever read it has seen enough; keep Python from complaining about it at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="preflight.py",
        description="Checks this Python, what is installed in it and where it runs against a phase's matrix.",
        epilog="Exit 0: nothing failed. 1: something did. 2: wrong usage.",
    )
    if MATRIX.get("servers"):
        absent = MATRIX.get("setting") or "the phase's"
        parser.add_argument("--server", choices=MATRIX["servers"], help=f"the server to run; {absent} when absent")
    parser.add_argument("--json", action="store_true", help="print the findings as JSON")
    parser.add_argument("--facts", action="store_true", help="only print what is known of this Python, as JSON")
    return parser



if __name__ == "__main__":
    # Piped into a Python, it is no file and has no folder.
    sys.exit(main(own=os.path.dirname(os.path.abspath(__file__)) if "__file__" in globals() else ""))
