"""A file's name -> the release it belongs to, or why it belongs to none (wheel and sdist formats)."""

from __future__ import annotations

import re

from packaging.utils import InvalidWheelFilename, NormalizedName, canonicalize_name, parse_wheel_filename
from packaging.version import InvalidVersion, Version

_SDIST = (".tar.gz", ".zip")
_LONGEST = 255  # as file systems have it
_PLAIN = re.compile(r"[\w.!+-]+\Z")


class NameReader:
    """Reads the file names of one project.

    A page repeats few versions and few tag sets over thousands of names, so each is parsed once. `read` answers the
    version, or the reason in words why there is none.
    """

    def __init__(self, name: NormalizedName) -> None:
        self._name = name
        self._versions: dict[str, Version | None] = {}
        self._wheels: dict[str, str | None] = {}

    def read(self, filename: str) -> Version | str:
        """The version of the release the file belongs to, or the reason why it belongs to none."""
        if len(filename) > _LONGEST:
            return f"its name is {len(filename)} characters long"
        if not _PLAIN.match(filename):
            return "its name has characters no file name of a distribution has"
        if filename.endswith(".whl"):
            return self._wheel(filename)
        for suffix in _SDIST:
            if filename.endswith(suffix):
                return self._sdist(filename.removesuffix(suffix))
        return "neither a wheel nor a .tar.gz or .zip sdist"

    def _wheel(self, filename: str) -> Version | str:
        name, _, rest = filename.partition("-")
        version, _, tags = rest.partition("-")
        # Version 0 stands in, so that one parse answers for all releases with these tags.
        complaint = self._complaint(f"{name}-0-{tags}")
        return complaint or self._version(version)

    def _complaint(self, wheel: str) -> str | None:
        if wheel not in self._wheels:
            self._wheels[wheel] = _wheel_complaint(wheel, self._name)
        return self._wheels[wheel]

    def _sdist(self, stem: str) -> Version | str:
        # Old names and versions hold dashes too, so the name decides where it ends, as pip does it.
        for at, char in enumerate(stem):
            if char == "-" and canonicalize_name(stem[:at]) == self._name:
                return self._version(stem[at + 1 :])
        return "the name of another project, or no version in it"

    def _version(self, text: str) -> Version | str:
        if text not in self._versions:
            self._versions[text] = _version(text)
        return self._versions[text] or f"{text!r} is not a version"


def _version(text: str) -> Version | None:
    try:
        return Version(text)
    except (InvalidVersion, ValueError):  # ValueError: more digits than int() takes
        return None


def _wheel_complaint(wheel: str, name: NormalizedName) -> str | None:
    try:
        named = parse_wheel_filename(wheel)[0]
    except (InvalidWheelFilename, ValueError):
        return "not the name of a wheel"
    return None if named == name else "the name of another project"
