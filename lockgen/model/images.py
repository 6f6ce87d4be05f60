"""The container images of Linux targets: they are proved in them, built upon them, and their CI jobs run in them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from lockgen.model.implementation import Python, parse_python
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
        return self._named(build, platform) or (_USUAL[platform.libc] if build.kind == "cpython" else "")

    def _named(self, build: Python, platform: Platform) -> str:
        """What targets.yaml itself says; empty where it says nothing."""
        of_python = (self.pythons.get(name, {}).get(platform.name, "") for name in (build.text, build.of_minor.text))
        of_all = self.platforms.get(platform.name, "") if build.kind == "cpython" else ""
        return next(filter(None, of_python), of_all)

    def contained(self, target: Target) -> str:
        """The image of a target that CI proves in a container: of musl, and where targets.yaml names the image.

        Empty elsewhere: a machine of the service has that platform.
        """
        is_wanted = target.platform.libc == "musl" or self._named(target.build, target.platform)
        return self.of(target) if is_wanted else ""

    def of(self, target: Target) -> str:
        """The image of a target; empty where there is none."""
        return image_for(self.pattern(target.python, target.platform), target.version)


def image_for(pattern: str, python: str) -> str:
    """The name of an image with the Python in the place of the placeholder."""
    return pattern.replace(PLACEHOLDER, python)
