"""A wheel's own METADATA beside what the set went by, which an index told of it.

An index that advertises no hash of metadata is believed while resolving. Once the wheel itself is at hand, checked by
its sha256 in the lock, it has the last word.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from email.parser import BytesHeaderParser
from hashlib import sha256

from packaging.requirements import InvalidRequirement
from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.utils import canonicalize_name

from lockgen.model.index import Metadata
from lockgen.model.metadata import differences
from lockgen.model.target import Target
from lockgen.model.verify import Proof
from lockgen.verify.wheels import WheelFolder


def by_own_metadata(proof: Proof, target: Target, told: Mapping[str, Metadata], wheels: WheelFolder) -> Proof:
    """The proof, failed where a wheel requires something else on the target than the set went by.

    `told` is sha256 of the wheel -> that. Wheels that are not in the folder are not looked at.
    """
    if proof.verdict != "proved":
        return proof
    found = tuple(_differing(target, told, wheels))
    return replace(proof, verdict="failed", reason="; ".join(found), command="", notes=()) if found else proof


def _differing(target: Target, told: Mapping[str, Metadata], wheels: WheelFolder) -> Iterator[str]:
    for digest, metadata in told.items():
        body = wheels.metadata(digest)
        if body is None or sha256(body).hexdigest() == metadata.sha256:
            continue
        who = f"{metadata.name} {metadata.version}"
        try:
            own = _read(body, metadata)
            yield from (
                f"the METADATA inside the wheel of {who} is not what the index told: {each}"
                for each in differences(target, own, metadata)
            )
        except (InvalidRequirement, ValueError) as error:
            yield f"the METADATA inside the wheel of {who} cannot be read: {' '.join(str(error).split())[:200]}"


def _read(body: bytes, told: Metadata) -> Metadata:
    headers = BytesHeaderParser().parsebytes(body.replace(b"\r\n", b"\n").partition(b"\n\n")[0])
    return Metadata(
        name=told.name,
        version=told.version,
        requires_python=_python(headers.get("Requires-Python", "")),
        requires_dist=tuple(" ".join(str(line).split()) for line in headers.get_all("Requires-Dist") or ()),
        provides_extra=tuple(canonicalize_name(str(each)) for each in headers.get_all("Provides-Extra") or ()),
    )


def _python(text: str) -> str | None:
    """What is no specifier excludes nothing, as in pip."""
    try:
        SpecifierSet(text)
    except InvalidSpecifier:
        return None
    return " ".join(text.split()) or None
