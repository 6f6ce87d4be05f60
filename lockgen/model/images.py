"""The container images of Linux targets: they are proved in them, built upon them, and their CI jobs run in them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from lockgen.model.implementation import parse_python
from lockgen.model.platform import Platform
from lockgen.model.target import Target

PLACEHOLDER = "{python}"
"""Stands in an image's name for the minor or full version of a target's Python."""
_USUAL: Mapping[str, str] = MappingProxyType({
    "glibc": "python:{python}-slim-bookworm",
    "musl": "python:{python}-alpine",
})  # fmt: skip
"""C library -> the image where targets.yaml names none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Images:
    """What `images` of targets.yaml says, for all Pythons and for single ones."""

    platforms: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    """Platform -> the name of its image."""
    pythons: Mapping[str, Mapping[str, str]] = field(default_factory=lambda: MappingProxyType({}))
    """Python of targets.yaml -> platform -> the name of its image."""

    def pattern(self, python: str, platform: Platform) -> str:
        """The name with the placeholder in it; empty where there is no image.

        What is said for all Pythons, and what holds where nothing is said, is for CPython as it is usually built: its
        images hold neither free-threaded builds nor PyPy. A full version takes what its minor has.
        """
        build = parse_python(python)
        if build is None or platform.libc is None:
            return ""
        for name in (python, build.of_minor.text):
            if own := self.pythons.get(name, {}).get(platform.name):
                return own
        if build.kind != "cpython":
            return ""
        return self.platforms.get(platform.name) or _USUAL[platform.libc]

    def contained(self, target: Target) -> str:
        """The image of a target that CI proves in a container: of musl, and where targets.yaml names the image.

        Empty elsewhere: a machine of the service has that platform.
        """
        build, name = target.build, target.platform.name
        own = any(name in self.pythons.get(each, {}) for each in (target.python, build.of_minor.text))
        is_named = own or (build.kind == "cpython" and name in self.platforms)
        return self.of(target) if is_named or target.platform.libc == "musl" else ""

    def of(self, target: Target) -> str:
        """The image of a target; empty where there is none."""
        return self.pattern(target.python, target.platform).replace(PLACEHOLDER, target.version)
