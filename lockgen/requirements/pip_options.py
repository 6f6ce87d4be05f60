"""Options of requirements files that lockgen has no use for, and why."""

from __future__ import annotations

_INDEX = "lockgen asks the index pip is configured with, and others only where a matrix routes packages to them"
_BUILDS = "the matrix says which packages may come as an sdist"
_PRERELEASES = "whether pre-releases may serve is asked for all packages or for none"
IGNORED = (
    ("--index-url", _INDEX),
    ("--extra-index-url", _INDEX),
    ("--no-index", _INDEX),
    ("--find-links", _INDEX),
    ("--trusted-host", _INDEX),
    ("--no-binary", _BUILDS),
    ("--only-binary", _BUILDS),
    ("--prefer-binary", "the newest version that fits is looked for"),
    ("--require-hashes", "hashes say which files may serve, not which versions fit"),
    ("--no-require-hashes", "hashes say which files may serve, not which versions fit"),
    ("--use-feature", "it changes pip, not what is asked for"),
    ("--all-releases", _PRERELEASES),
    ("--only-final", _PRERELEASES),
)
"""What is not considered, with the reason."""
