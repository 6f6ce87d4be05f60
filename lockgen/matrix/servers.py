"""servers.yaml: its entries as records, and the faults between its parts and those that name them elsewhere."""

from __future__ import annotations

from collections.abc import Iterator
from types import MappingProxyType

from lockgen.matrix.complaint import Complaint, missing, nearest, shown
from lockgen.matrix.document import Document
from lockgen.matrix.node import Path
from lockgen.matrix.servers_schema import CheckEntry, ChoiceEntry, FilesEntry, ImageEntry, ServersFile
from lockgen.model.servers import (
    AgreementRule,
    BrokenReleases,
    CheckRule,
    ChoiceRule,
    FilesRule,
    Server,
    ServerCheck,
    ServerImage,
    Servers,
)

FILE = "servers.yaml"
KINDS = ("agreement", "choice", "files")
_OWN = (
    *("server", "python", "platform", "target", "dependencies", "constraints", "requirements"),
    *("memory", "certificates", "issues"),
)
"""The checks that preflight makes everywhere."""


def servers(file: ServersFile) -> Servers:
    """What a file without complaints declares."""
    return Servers(
        rows=tuple(Server(name=row.name, title=row.title or row.name, image=_image(row.image)) for row in file.servers),
        setting=file.setting or "",
        settings=file.settings,
        checks=tuple(
            ServerCheck(name=entry.name, server=entry.server or "", because=entry.because or "", rule=_rule(entry))
            for entry in file.checks
        ),
    )


def _image(entry: ImageEntry | None) -> ServerImage:
    if entry is None:
        return ServerImage()
    return ServerImage(command=entry.command or (), ports=entry.ports, smoke=entry.smoke or ())


def _rule(entry: CheckEntry) -> CheckRule:
    if entry.agreement is not None:
        return AgreementRule(package=entry.agreement.package)
    if entry.choice is not None:
        return _choice(entry.choice)
    files = entry.files
    assert isinstance(files, FilesEntry)  # noqa: S101 - a file without complaints has exactly one
    return FilesRule(setting=files.setting, pattern=files.pattern, wanted=files.wanted, remedy=files.remedy)


def _choice(entry: ChoiceEntry) -> ChoiceRule:
    broken = entry.broken
    unavailable: dict[str, str] = dict(entry.unavailable.items())
    return ChoiceRule(
        what=entry.what,
        setting=entry.setting,
        package=entry.package,
        fallback=entry.fallback,
        unavailable=MappingProxyType(unavailable),
        broken=None
        if broken is None
        else BrokenReleases(versions=broken.versions, python=broken.python, symptom=broken.symptom),
        remedy=entry.remedy or "",
    )


def server_complaints(document: Document) -> Iterator[Complaint]:
    """Repeated names, checks of no kind or of several, and servers that the file does not declare."""
    if document.root is None:
        return
    yield from _repeated(document, "servers")
    yield from _repeated(document, "checks")
    for path, node in document.items("checks"):
        kinds = [kind for kind in KINDS if node.get(kind) is not None]
        if len(kinds) != 1:
            given = f"has {' and '.join(kinds)}" if kinds else "says nothing to check"
            yield document.complain(path, f"the check {given}", f"Give it exactly one of: {', '.join(KINDS)}.")
        if (name := document.text(*path, "name").strip()) in _OWN:
            yield document.complain(
                (*path, "name"), f"{shown(name)} is a check of preflight's own", "Give it another name."
            )
        yield from _needs(document, path, "server", "because")
        if node.get("choice"):
            yield from _needs(document, (*path, "choice"), "broken", "remedy")
        yield from _unknown(document, (*path, "server"), document)


def _needs(document: Document, path: Path, key: str, needed: str) -> Iterator[Complaint]:
    if document.get(*path, key) is not None and document.get(*path, needed) is None:
        yield document.complain(path, f"{key} needs {needed} beside it", missing(needed)[1])


def _repeated(document: Document, table: str) -> Iterator[Complaint]:
    seen: dict[str, str] = {}
    for path, _ in document.items(table):
        name = document.text(*path, "name").strip()
        if name and name in seen:
            yield document.complain((*path, "name"), f"{shown(name)} stands here already, {seen[name]}", "Keep one.")
        seen.setdefault(name, document.place(*path).rpartition(":")[0])


def named_server_complaints(document: Document, declared: Document | None) -> Iterator[Complaint]:
    """The server of a phase, and those of the support tables, that servers.yaml does not declare."""
    if document.root is None or (declared is not None and declared.root is None):
        return
    if document.kind == "phase":
        yield from _unknown(document, ("server",), declared)
    if document.kind != "targets":
        return
    for table in ("pythons", "platforms"):
        for path, node in document.items(table):
            unsupported = node.get("unsupported")
            for name in unsupported.fields if unsupported else ():
                yield from _undeclared(document, (*path, "unsupported", name), name, _names(declared))
            yield from _choices(document, path, declared)


def _choices(document: Document, path: Path, declared: Document | None) -> Iterator[Complaint]:
    """What a platform is said to get, which is the fallback or the package of a check that is a choice."""
    choices = document.get(*path, "choices")
    known = {} if declared is None else dict(_declared_choices(declared))
    for name, node in choices.fields.items() if choices else ():
        place = (*path, "choices", name)
        if name not in known:
            hint = (
                f"The choices are: {', '.join(map(shown, known))}." if known else f"Declare it in {FILE}, or delete it."
            )
            yield document.complain(place, f"{FILE} declares no choice {shown(name)!r}", hint)
        elif node.kind == "text" and node.raw.strip() not in known[name]:
            hint = f"Write {' or '.join(map(shown, known[name]))}."
            yield document.complain(place, f"{shown(node.raw)!r} is not what {shown(name)} chooses from", hint)


def _declared_choices(declared: Document) -> Iterator[tuple[str, tuple[str, str]]]:
    """Name of each choice, with its fallback and its package."""
    for path, node in declared.items("checks"):
        if node.get("choice"):
            words = [declared.text(*path, "choice", key).strip() for key in ("fallback", "package")]
            yield declared.text(*path, "name").strip(), (words[0], words[1])


def _names(declared: Document | None) -> list[str]:
    names = (declared.text(*path, "name").strip() for path, _ in declared.items("servers")) if declared else ()
    return list(dict.fromkeys(name for name in names if name))


def _unknown(document: Document, path: Path, declared: Document | None) -> Iterator[Complaint]:
    if name := document.text(*path).strip():
        yield from _undeclared(document, path, name, _names(declared))


def _undeclared(document: Document, path: Path, name: str, known: list[str]) -> Iterator[Complaint]:
    if name in known:
        return
    word = nearest(name, known)
    listed = f"The servers of {FILE} are: {', '.join(map(shown, known))}."
    hint = f"Did you mean {shown(word)}?" if word else listed if known else f"Declare it in {FILE}, or delete this key."
    yield document.complain(path, f"there is no server {shown(name)!r}", hint)
