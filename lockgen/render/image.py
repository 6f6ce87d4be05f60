"""Dockerfile and Dockerfile.alpine: images of a phase, for every Python and every architecture from one file each."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from lockgen.model.images import image_for
from lockgen.model.implementation import in_order, parse_python
from lockgen.model.matrix import Matrices, Phase, PlatformRow
from lockgen.model.phase import PhaseFacts
from lockgen.render.environment import Templates
from lockgen.render.index_view import IndexView, index_view
from lockgen.render.summary import SummaryEntry
from lockgen.render.view import phase_view
from lockgen.text import grouped
from lockgen.text.safe import clean

TEMPLATE = "Dockerfile.j2"
FILE_NAMES: Mapping[str, str] = {"linux": "Dockerfile", "alpine": "Dockerfile.alpine"}
"""Family of platforms -> the file its images are built from."""


_LIBC_OF_THE_BASE = {"linux": (2, 36), "alpine": (1, 2)}
"""Of python:VERSION-slim-bookworm and python:VERSION-alpine: the newest floor of a set that their images can take."""
_SYSTEMS = {"linux": "Linux with glibc", "alpine": "Alpine Linux"}
_RECOMMENDED = "recommended"


@dataclass(frozen=True, slots=True, kw_only=True)
class ChoiceView:
    """An arm of the shell's `case` over `PYTHON-MACHINE`: the target's folder and image, or why there is none."""

    patterns: tuple[str, ...]
    folder: str = ""
    image: str = ""
    """What it builds upon, where not all build upon the same; empty where they do."""
    no: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageView:
    """One file: the family of its images, also in words; the default Python and, oldest first, all; what is picked.

    `server` is the phase's, empty for none; `smoke` and `command` are JSON arrays, empty for none. `indexes` are those
    that packages of any set are routed to. `is_built` says whether any set holds an sdist; `build_packages` are the
    operating system packages these need.
    """

    file: str
    family: str
    libc: str
    system: str
    base: str
    """What FROM says."""
    image: str
    """Of the default Python, where not all build upon the same and an argument IMAGE names it; else empty."""
    server: str
    smoke: str
    ports: tuple[int, ...]
    command: str
    python: str
    pythons: tuple[str, ...]
    without: tuple[str, ...]
    """Pythons of the sets that no image of `python` holds: free-threaded builds and PyPy."""
    architectures: tuple[str, ...]
    platforms: tuple[str, ...]
    """Those that a build argument chooses among, where one architecture has several libc floors; else none."""
    choices: tuple[ChoiceView, ...]
    indexes: tuple[IndexView, ...]
    is_built: bool
    build_packages: tuple[str, ...]


def images(
    facts: PhaseFacts, matrices: Matrices, phase: Phase, targets: Mapping[str, SummaryEntry], templates: Templates
) -> dict[str, str]:
    """File name -> text, for each family of platforms that has a set. `targets` are the entries of summary.json."""
    views = (_view(family, matrices, phase, targets) for family in FILE_NAMES)
    return {
        view.file: templates.render(TEMPLATE, {"phase": phase_view(facts), "image": view})
        for view in views
        if view is not None
    }


def _view(family: str, matrices: Matrices, phase: Phase, targets: Mapping[str, SummaryEntry]) -> ImageView | None:
    arches = {row.name: row.platform.arch for row in matrices.platforms if row.family == family}
    here = {name: entry for name, entry in targets.items() if entry["platform"] in arches}
    mine = {name: entry for name, entry in here.items() if _is_usual(entry["python"])}
    solved = [entry for entry in mine.values() if entry["status"] == "solved"]
    if not solved:
        return None
    runs = matrices.servers.image(phase.server)
    pythons = tuple(sorted({entry["python"] for entry in solved}, key=_numbers))
    rows = [row for row in matrices.platforms if row.name in arches]
    defaults = _defaults(rows, arches, _LIBC_OF_THE_BASE[family])
    several = tuple(row.name for row in rows) if len(defaults) < len(rows) else ()
    bases = _bases(rows, solved, matrices)
    python = _default(pythons, matrices)
    differ = len(set(bases.values())) > 1
    first = image_for(next(bases[key] for key in bases if key[0] == python), python) if differ else ""
    sdists = [sdist for entry in solved for sdist in entry.get("sdists", ())]
    aliases = sorted({alias for entry in solved for alias in entry.get("indexes", ())})
    return ImageView(
        file=FILE_NAMES[family],
        family=family,
        libc="musl" if family == "alpine" else "glibc",
        system=_SYSTEMS[family],
        base="${IMAGE}" if first else _in_shell(next(iter(bases.values()))),
        image=first,
        server=clean(phase.server),
        smoke=_exec_form(runs.smoke),
        ports=runs.ports,
        command=_exec_form(runs.command),
        python=python,
        pythons=pythons,
        without=tuple(sorted({entry["python"] for name, entry in here.items() if name not in mine}, key=in_order)),
        architectures=tuple(sorted({arches[entry["platform"]] for entry in solved})),
        platforms=several,
        choices=(
            *_choices(mine, arches, defaults, several, bases if first else {}),
            *_rest(pythons, sorted(set(arches.values())), _SYSTEMS[family], several),
        ),
        indexes=tuple(index_view(alias, ()) for alias in aliases),
        is_built=bool(sdists),
        build_packages=tuple(sorted({clean(each) for sdist in sdists for each in sdist["build_packages"]})),
    )


def _bases(
    rows: Sequence[PlatformRow], entries: Sequence[SummaryEntry], matrices: Matrices
) -> Mapping[tuple[str, str], str]:
    """Python and platform of each set -> its image, with the placeholder in it."""
    platforms = {row.name: row.platform for row in rows}
    return {
        (entry["python"], entry["platform"]): matrices.images.pattern(entry["python"], platforms[entry["platform"]])
        for entry in entries
    }


def _in_shell(pattern: str) -> str:
    """The image's name where PYTHON is an argument."""
    return image_for(pattern, "${PYTHON}")


def _exec_form(words: Sequence[str]) -> str:
    """The words as RUN and CMD take them without a shell; empty for none."""
    return json.dumps([clean(word) for word in words]) if words else ""


def _numbers(python: str) -> tuple[int, ...]:
    return tuple(map(int, python.split(".")))


def _is_usual(python: str) -> bool:
    found = parse_python(python)
    return found is not None and found.kind == "cpython"


def _is_minor(python: str) -> bool:
    return python.count(".") == 1


def _default(pythons: Sequence[str], matrices: Matrices) -> str:
    """The Python the table recommends in its notes, where it has a set; else the newest minor that has one."""
    recommended = [
        row.python for row in matrices.pythons if row.note.casefold() == _RECOMMENDED and row.python in pythons
    ]
    minors = [python for python in pythons if _is_minor(python)]
    return (recommended or minors or pythons)[-1]


def _defaults(rows: Sequence[PlatformRow], arches: Mapping[str, str], newest: tuple[int, int]) -> frozenset[str]:
    """Of each architecture the platform whose libc floor is the newest that the base image has: most wheels serve it.

    The oldest one where the base image has none of them.
    """
    found = {}
    for same in grouped(rows, lambda row: arches[row.name]).values():
        oldest_first = sorted(same, key=lambda row: row.platform.version)
        taken = [row for row in oldest_first if row.platform.version <= newest]
        found[(taken or oldest_first[:1])[-1].name] = True
    return frozenset(found)


def _choices(
    targets: Mapping[str, SummaryEntry],
    arches: Mapping[str, str],
    defaults: Collection[str],
    several: Collection[str],
    bases: Mapping[tuple[str, str], str],
) -> Iterator[ChoiceView]:
    """The targets there are; the first match wins, so a full Python version stands before its minor.

    Where one architecture has several platforms, `defaults` are those taken unless the build names another.
    """
    found: dict[tuple[bool, str, str, str], list[str]] = {}
    for name, entry in sorted(targets.items(), key=lambda pair: _is_minor(pair[1]["python"])):
        answer = (name, "") if entry["status"] == "solved" else ("", _why(entry))
        platform = entry["platform"]
        image = _in_shell(bases.get((entry["python"], platform), ""))
        patterns = found.setdefault((_is_minor(entry["python"]), *answer, image), [])
        if platform in defaults:
            patterns.extend(_patterns(entry["python"], arches[platform]))
        if several:
            patterns.extend(_patterns(entry["python"], f"{arches[platform]}-{platform}"))
    for (_, folder, no, image), patterns in found.items():
        yield ChoiceView(patterns=tuple(patterns), folder=folder, image=image, no=no)


def _rest(pythons: Sequence[str], arches: Sequence[str], system: str, several: Collection[str]) -> Iterator[ChoiceView]:
    """What no table knows."""
    if several:
        chosen = f"PLATFORM is one of {', '.join(several)}, of that architecture and Python"
        yield ChoiceView(patterns=tuple(f"*-{arch}-*" for arch in arches), no=chosen)
    known = f"there are sets for Python {', '.join(pythons)} only"
    yield ChoiceView(patterns=tuple(f"*-{arch}" for arch in arches), no=known)
    yield ChoiceView(patterns=("*",), no=f"the tables have {system} for {', '.join(arches)} only")


def _patterns(python: str, arch: str) -> Iterator[str]:
    yield f"{python}-{arch}"
    if _is_minor(python):
        yield f"{python}.*-{arch}"


def _why(entry: SummaryEntry) -> str:
    if entry["status"] == "unsupported":
        return clean(f"{entry['reason'].removesuffix('.')}. {entry['remedy']}")
    return "the demands of the matrix cannot hold together there; summary.json says which"
