"""Level *closed*: whether the written texts of a set hold together, judged without the solver.

The files, their order and hashes, both Requires-Python, the rows' bounds, the known issues and the matrix's constraints
hold on the target, and requirements.txt under constraints.txt leads to exactly the pins (`second_engine`), with the
overrides and exclusions of the matrix in place of what releases demand. It does not show that the set installs or runs.

| | here | in the resolver |
|---|---|---|
| requirements, pins, hashes | read back from the texts (`reading`) | the records that were rendered |
| search | resolvelib, one version of each name | `resolve.solver` |
| ranges | `SpecifierSet.contains` of packaging | bit masks (`resolve.masks`) |
| best file | by the tags in its name | the same rule, other code (`resolve.candidates`) |
| markers | each line in each environment, by packaging | `model.target.switches_on` |

Shared, so a fault here shows in neither: the target's environment and tags, the patch releases at which a range or a
marker may change, the verdict on a Requires-Python (`model.target.admits`); the files and the metadata of a pin, which
are what `index` read; and the packaging library.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from packaging.requirements import Requirement
from packaging.tags import Tag
from packaging.utils import NormalizedName, canonicalize_name
from packaging.version import Version

from lockgen.model.index import DistFile
from lockgen.model.request import Constraint, Request
from lockgen.model.result import Pin
from lockgen.model.routes import alias_of, lock_of
from lockgen.model.target import Target, admits
from lockgen.text import grouped_pairs
from lockgen.text import requirement as requirement_text
from lockgen.verify import second_engine
from lockgen.verify.overrides import under_rules
from lockgen.verify.reading import Reader, Text, UnreadableLockError, read_text

PinsByName = Mapping[NormalizedName, Pin]

_TEXTS = ("requirements.txt", "constraints.txt")


def complaints(
    request: Request,
    texts: Mapping[str, str],
    pins: Sequence[Pin],
    reader: Reader | None = None,
    *,
    has_second_look: bool = True,
) -> tuple[str, ...]:
    """What keeps the set from being closed; empty when it is.

    Without `has_second_look` resolvelib does not resolve the texts again: of a set that was kept, they are those that
    it saw when the set was new.

    `texts` are requirements.txt, constraints.txt and requirements.lock by name; `pins` bring the files and metadata
    the texts speak of. A `reader` shared by many calls saves reading the same line twice.
    """
    reader = reader or Reader()
    by_name = {pin.name: pin for pin in pins}
    routed = grouped_pairs((alias_of(pin.name, request.routes), pin) for pin in pins)
    try:
        read = {name: read_text(name, texts.get(name), reader) for name in _TEXTS}
        locks = {alias: read_text(lock_of(alias), texts.get(lock_of(alias)), reader) for alias in ("", *routed)}
    except UnreadableLockError as error:
        return (str(error),)
    ranks = {tag: place for place, tag in reversed(list(enumerate(request.target.tags)))}
    requirements, constraints = (read[name] for name in _TEXTS)
    return (
        *_pin_complaints(constraints, by_name),
        *(
            line
            for alias, lock in locks.items()
            for line in _pin_complaints(lock, {pin.name: pin for pin in routed.get(alias, ())})
        ),
        *(
            line
            for alias, found in routed.items()
            for pin in found
            for line in _file_complaints(pin, locks[alias], ranks, request.target.name, reader)
        ),
        *(line for pin in pins for line in _python_complaints(pin, request.target, reader)),
        *_row_complaints(request, requirements),
        *_bound_complaints(request, by_name),
        *(
            second_engine.complaints(
                request.target,
                _asked(request, requirements),
                _written_versions(constraints),
                under_rules(request, by_name),
                reader,
            )
            if has_second_look
            else ()
        ),
    )


def idle_pins(
    request: Request, texts: Mapping[str, str], pins: Sequence[Pin], python: str
) -> frozenset[NormalizedName]:
    """The pins of a closed set that this patch release ("3.11.7") does not need: others of the target do."""
    reader = Reader()
    requirements, constraints = (read_text(name, texts.get(name), reader) for name in _TEXTS)
    by_name = {pin.name: pin for pin in pins}
    reached = second_engine.reached_at(
        python,
        request.target,
        _asked(request, requirements),
        _written_versions(constraints),
        under_rules(request, by_name),
        reader,
    )
    return frozenset(by_name) - reached


def _asked(request: Request, requirements: Text) -> tuple[Requirement, ...]:
    """What the set shall meet: the lines of requirements.txt, and the rows of routed packages, which it leaves out."""
    return (*requirements.requirements, *routed_rows(request))


def routed_rows(request: Request) -> tuple[Requirement, ...]:
    """The rows of packages that come from other indexes, which requirements.txt leaves out."""
    routed = (row for row in request.rows if alias_of(row.name, request.routes))
    return tuple(Requirement(requirement_text(row.name, row.extras, row.specifier)) for row in routed)


def _pin_complaints(text: Text, pins: PinsByName) -> Iterator[str]:
    wanted = {name: pin.version for name, pin in pins.items()}
    found: dict[NormalizedName, Version] = {}
    for requirement in text.requirements:
        version = _exact_version(requirement)
        name = canonicalize_name(requirement.name)
        if version is None or name in found:
            yield f"{text.name}: {requirement} is not one pin, name==version and nothing else"
        else:
            found[name] = version
    for name in sorted(found.keys() ^ wanted.keys()):
        yield f"{text.name}: {name} is {'pinned but not in' if name in found else 'missing from'} the set"
    for name in sorted(found.keys() & wanted.keys()):
        if found[name] != wanted[name]:
            yield f"{text.name}: {name} is {found[name]}, the set has {wanted[name]}"


def _written_versions(constraints: Text) -> dict[NormalizedName, Version]:
    """Name -> the version that constraints.txt pins."""
    found = ((canonicalize_name(each.name), _exact_version(each)) for each in constraints.requirements)
    return {name: version for name, version in found if version is not None}


def _exact_version(requirement: Requirement) -> Version | None:
    specifiers = list(requirement.specifier)
    plain = not (requirement.extras or requirement.marker or requirement.url)
    if not plain or len(specifiers) != 1 or specifiers[0].operator != "==" or specifiers[0].version.endswith("*"):
        return None
    return Version(specifiers[0].version)


def _file_complaints(pin: Pin, lock: Text, ranks: Mapping[Tag, int], target: str, reader: Reader) -> Iterator[str]:
    locked = lock.hashes.get(pin.name, ())
    found = [(_file_rank(file, pin, ranks, reader), place) for place, file in enumerate(pin.files)]
    usable = sorted((rank, place) for rank, place in found if rank is not None)
    if not usable:
        yield f"{pin.name} {pin.version} has no file that {target} can use"
    best_first = list(dict.fromkeys(pin.files[place].sha256 for _, place in usable))
    if set(locked) - set(best_first):
        yield f"{lock.name}: {pin.name} has a hash of no file that {target} can use"
    if set(best_first) - set(locked):
        yield f"{lock.name}: {pin.name} lacks the hash of a file that {target} can use"
    elif best_first and locked[0] != best_first[0]:
        yield f"{lock.name}: the first hash of {pin.name} is not that of its best file"
    if usable and pin.name not in lock.compiled and not pin.files[usable[0][1]].is_wheel:
        yield f"{lock.name}: {pin.name} is an sdist and not under --no-binary"
    for file in pin.files:
        if (canonicalize_name(file.name), file.version) != (pin.name, pin.version) or file.yanked is not None:
            yield f"{file.filename} is yanked or no file of {pin.name} {pin.version}"


def _file_rank(file: DistFile, pin: Pin, ranks: Mapping[Tag, int], reader: Reader) -> int | None:
    """The place of the file's best tag in the target's list; an allowed sdist comes last; None: not usable."""
    if not file.is_wheel:
        return len(ranks) if pin.permission else None
    return min((ranks[tag] for tag in reader.wheel_tags(file.filename) if tag in ranks), default=None)


def _python_complaints(pin: Pin, target: Target, reader: Reader) -> Iterator[str]:
    metadata = pin.metadata
    if (metadata.name, metadata.version) != (pin.name, pin.version):
        yield f"{pin.name} {pin.version} carries the metadata of {metadata.name} {metadata.version}"
    stated = {file.filename: file.requires_python for file in pin.files} | {"its metadata": metadata.requires_python}
    for by, requires_python in stated.items():
        if requires_python and not _admits(target, requires_python, reader):
            yield f"{pin.name} {pin.version} needs Python {requires_python} by {by}; {target.name} is not all of that"


def _admits(target: Target, requires_python: str, reader: Reader) -> bool:
    specifier = reader.specifier(requires_python)
    return specifier is None or admits(target, specifier)  # installers ignore a Requires-Python that is no specifier


def _row_complaints(request: Request, requirements: Text) -> Iterator[str]:
    """requirements.txt names every row and nothing else, in matrix order; its first line is the constraints file."""
    if requirements.lines[:1] != ("-c constraints.txt",):
        yield "requirements.txt: the first line is not -c constraints.txt"
    written = [(canonicalize_name(each.name), frozenset(each.extras)) for each in requirements.requirements]
    rows = [(row.name, row.extras) for row in request.rows if not alias_of(row.name, request.routes)]
    if written != rows:
        yield f"requirements.txt: asks for {_requirement_names(written)}, the matrix for {_requirement_names(rows)}"


def _requirement_names(requirements: Sequence[tuple[NormalizedName, frozenset[str]]]) -> str:
    texts = (name + (f"[{','.join(sorted(extras))}]" if extras else "") for name, extras in requirements)
    return ", ".join(texts) or "nothing"


def _bound_complaints(request: Request, pins: PinsByName) -> Iterator[str]:
    """Every pin is within its row's bounds and what known issues and constraints let in, and none is excluded."""
    for row in request.rows:
        if row.name in pins and not row.specifier.contains(pins[row.name].version, prereleases=True):
            yield f"{row.where}: {row.name}{row.specifier} is not met by {pins[row.name].version}"
        if row.prereleases is False and row.name in pins and pins[row.name].version.is_prerelease:
            yield f"{row.where}: {row.name} {pins[row.name].version} is a pre-release, which the row does not allow"
    for rule in request.excludes:
        if rule.name in pins:
            yield f"{rule.where}: {rule.name} is excluded and in the set"
    for constraint in request.constraints:
        pin = pins.get(constraint.name)
        if pin and _applies(constraint, pins) and not constraint.specifier.contains(pin.version, prereleases=True):
            yield f"{constraint.origin}: {pin.name}{constraint.specifier} is not met by {pin.version}"


def _applies(constraint: Constraint, pins: PinsByName) -> bool:
    if constraint.releases is None:
        return True
    name, releases = constraint.releases
    return name in pins and releases.contains(pins[name].version, prereleases=True)
