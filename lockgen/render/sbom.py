"""sbom.cdx.json of one target: the set as a bill of materials (CycloneDX 1.6), by the standard's own library.

This module alone imports it; it is there with lockgen's extra `sbom`. Nothing in the text depends on the clock or on
chance, as the standard's time and serial number usually do: they are the cut-off and a name made of the content.
"""

from __future__ import annotations

from collections.abc import Iterator
from uuid import NAMESPACE_URL, uuid5

from cyclonedx.model import HashAlgorithm, HashType, Property
from cyclonedx.model.bom import Bom
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.output.json import JsonV1Dot6
from packageurl import PackageURL
from packaging.utils import NormalizedName

import lockgen
from lockgen.model.origin import ReleaseOrigin
from lockgen.model.phase import PhaseFacts
from lockgen.model.result import Pin, Solved, TargetResult
from lockgen.render.view import hashes
from lockgen.text import grouped_pairs, moment
from lockgen.text.safe import clean


def sbom(facts: PhaseFacts, cell: TargetResult) -> str:
    """The text for a cell whose outcome is Solved (anything else is a TypeError).

    Each pin is a library with the sha256 of the file that the target takes; the others of a lock are properties. What
    demands it stands in `dependencies`; what only builds sdists is left out, for it is not installed.
    """
    if not isinstance(cell.outcome, Solved):
        raise TypeError(f"{cell.request.target.name} has no set to write down")
    pins = sorted(cell.outcome.pins, key=lambda pin: pin.name)
    components = {pin.name: _component(pin) for pin in pins}
    target = cell.request.target.name
    whole = Component(
        type=ComponentType.APPLICATION,
        name=f"{clean(facts.phase)} for {target}",
        version=str(facts.revision),
        bom_ref=f"set:{clean(facts.phase)}/{target}",
    )
    bom = Bom(components=components.values())
    bom.metadata.component = whole
    bom.metadata.timestamp = facts.as_of
    bom.metadata.tools.components.add(
        Component(type=ComponentType.APPLICATION, name="lockgen", version=lockgen.__version__)
    )
    bom.metadata.properties = {
        Property(name="lockgen:as-of", value=moment(facts.as_of)),
        Property(name="lockgen:strategy", value=facts.strategy),
        Property(name="lockgen:target", value=target),
    }
    direct = [
        components[pin.name] for pin in pins if any(not isinstance(each.origin, ReleaseOrigin) for each in pin.via)
    ]
    bom.register_dependency(whole, direct)
    for name, wanted in _demands(pins):
        bom.register_dependency(components[name], [components[each] for each in wanted])
    said = [whole.name, str(whole.version), *(f"{pin.name}=={pin.version} {' '.join(hashes(pin))}" for pin in pins)]
    bom.serial_number = uuid5(NAMESPACE_URL, "\n".join(said))
    return f"{JsonV1Dot6(bom).output_as_string(indent=2)}\n"


def _component(pin: Pin) -> Component:
    best, *others = pin.files
    url = PackageURL("pypi", name=pin.name, version=str(pin.version), qualifiers={"file_name": best.filename})
    return Component(
        type=ComponentType.LIBRARY,
        name=pin.name,
        version=str(pin.version),
        bom_ref=f"{pin.name}=={pin.version}",
        purl=url,
        hashes=[HashType(alg=HashAlgorithm.SHA_256, content=hashes(pin)[0])],
        properties=[
            Property(name="lockgen:other-file", value=f"{each.filename} sha256:{each.sha256}") for each in others
        ],
    )


def _demands(pins: list[Pin]) -> Iterator[tuple[NormalizedName, list[NormalizedName]]]:
    """Each pin that demands others, with these."""
    found = grouped_pairs(
        (each.origin.name, pin.name)
        for pin in pins
        for each in pin.via
        if isinstance(each.origin, ReleaseOrigin) and each.origin.name != pin.name
    )
    yield from ((name, sorted(set(wanted))) for name, wanted in sorted(found.items()))
