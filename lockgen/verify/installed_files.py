"""Every installed file beside the RECORD of its distribution, which pip writes and does not check (PEP 376, PEP 627).

A file whose hash is another is a fault of the wheel, or of what changed it since. What a RECORD may leave open is
noted: files without a hash, and such that are not there. So is a file that two distributions write: one has
overwritten the other's, and which one depends on the installer.

Only files are read here, by lockgen's own Python: nothing that is installed has a say.
"""

from __future__ import annotations

import base64
import csv
import hashlib
import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from importlib.metadata import Distribution, distributions
from itertools import combinations
from pathlib import Path

from packaging.utils import NormalizedName, canonicalize_name

_UNHASHED = frozenset({"RECORD", "RECORD.jws", "RECORD.p7s"})
_ALGORITHMS = frozenset({"sha256", "sha384", "sha512"})
_NAMED = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class FilesFound:
    """What is wrong with the installed files, empty when nothing is, and what is worth a note."""

    faults: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(slots=True, kw_only=True)
class _Owner:
    """A distribution, and the files that its RECORD names: path -> (algorithm, digest), empty where it has no hash."""

    words: str
    files: dict[Path, tuple[str, str]] = field(default_factory=dict)
    open: list[str] = field(default_factory=list)
    has_record: bool = True


def check_files(places: Sequence[str], folder: Path, names: Iterable[NormalizedName]) -> FilesFound:
    """Check the files of the distributions with these names in the site-packages `places` of the venv in `folder`."""
    wanted = frozenset(names)
    root = Path(os.path.realpath(folder))
    found = distributions(path=list(dict.fromkeys(places)))
    owners = [_owner(each, root) for each in found if canonicalize_name(each.metadata["Name"] or "") in wanted]
    owners.sort(key=lambda owner: owner.words)
    shared = _shared(owners)
    missing = sorted(wanted - {canonicalize_name(owner.words.partition(" ")[0]) for owner in owners})
    faults = [f"{name} is installed, but not in the venv's site-packages" for name in missing]
    faults += [fault for owner in owners for fault in _wrong(owner, shared, root)]
    return FilesFound(faults=tuple(faults), notes=(*_overwritten(owners, root), *_left_open(owners)))


def _owner(found: Distribution, root: Path) -> _Owner:
    owner = _Owner(words=f"{canonicalize_name(found.metadata['Name'])} {found.version}")
    text = found.read_text("RECORD")
    if text is None:
        owner.has_record = False
        return owner
    base = str(found.locate_file(""))
    for row in csv.reader(text.splitlines()):
        if not row:
            continue
        name, hashed, *_ = (*row, "")
        path = Path(os.path.realpath(os.path.join(base, name)))  # noqa: PTH118 - the name may be absolute
        algorithm, _, digest = hashed.partition("=")
        if path.name in _UNHASHED or path.suffix == ".pyc":
            continue
        if not path.is_relative_to(root):
            owner.open.append(f"{name} is outside the venv")
        elif not path.is_file():
            owner.open.append(f"{name} is not there")
        else:
            owner.files[path] = (algorithm, digest) if algorithm in _ALGORITHMS else ("", "")
            if algorithm not in _ALGORITHMS:
                owner.open.append(f"{name} has no hash")
    return owner


def _shared(owners: Sequence[_Owner]) -> dict[Path, list[_Owner]]:
    """The files that more than one distribution writes."""
    by_path: dict[Path, list[_Owner]] = {}
    for owner in owners:
        for path in owner.files:
            by_path.setdefault(path, []).append(owner)
    return {path: several for path, several in by_path.items() if len(several) > 1}


def _wrong(owner: _Owner, shared: dict[Path, list[_Owner]], root: Path) -> Iterator[str]:
    """The files that are not what the RECORD says; one that another distribution's RECORD is right about is not."""
    wrong = [
        str(path.relative_to(root))
        for path in sorted(owner.files)
        if not _is_as_recorded(path, owner)
        and not any(other.files[path][0] and _is_as_recorded(path, other) for other in shared.get(path, ()))
    ]
    if wrong:
        yield f"{owner.words}: the hash in its RECORD is not that of {_some(wrong)}"


def _is_as_recorded(path: Path, owner: _Owner) -> bool:
    algorithm, digest = owner.files[path]
    if not algorithm:
        return True
    with path.open("rb") as stream:
        content = hashlib.file_digest(stream, algorithm).digest()
    return base64.urlsafe_b64encode(content).decode().rstrip("=") == digest.rstrip("=")


def _overwritten(owners: Sequence[_Owner], root: Path) -> Iterator[str]:
    for one, other in combinations(owners, 2):
        both = sorted(str(path.relative_to(root)) for path in one.files.keys() & other.files.keys())
        if both:
            yield f"{one.words} and {other.words} both write {_some(both)}"


def _left_open(owners: Sequence[_Owner]) -> Iterator[str]:
    for owner in owners:
        if not owner.has_record:
            yield f"files not checked: {owner.words} has no RECORD"
        elif owner.open:
            yield f"files not checked: of {owner.words} {_some(owner.open)}"


def _some(names: Sequence[str]) -> str:
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return f"{', '.join(names[:_NAMED])}{more}"
