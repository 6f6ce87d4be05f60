"""Versions and version specifiers (PEP 440), read strictly: what is not understood is refused, never guessed at."""

from __future__ import annotations

import re
from typing import Any, Iterator, NamedTuple


class UnreadableError(ValueError):
    """A version, specifier, marker or requirement that this reader does not accept."""


class Version(NamedTuple):
    """A version in its parts. Order versions by `key`, not by the tuple."""

    epoch: int
    release: tuple[int, ...]
    pre: tuple[str, int] | None
    post: int | None
    dev: int | None
    local: tuple[tuple[int, Any], ...]
    """Parts of the local version, each (1, number) or (0, word); empty when there is none."""

    @property
    def is_prerelease(self) -> bool:
        """Whether it is a pre-release or a development release."""
        return self.pre is not None or self.dev is not None


# The standard's own pattern (version specifiers, appendix), with a name for every part.
_PUBLIC = r"""
    v?(?:(?P<epoch>[0-9]+)!)?(?P<release>[0-9]+(?:\.[0-9]+)*)
    (?P<pre>[._-]?(?P<pre_word>alpha|a|beta|b|preview|pre|c|rc)[._-]?(?P<pre_number>[0-9]+)?)?
    (?P<post>-(?P<post_bare>[0-9]+)|[._-]?(?:post|rev|r)[._-]?(?P<post_number>[0-9]+)?)?
    (?P<dev>[._-]?dev[._-]?(?P<dev_number>[0-9]+)?)?
"""
_LOCAL = r"(?:\+(?P<local>[a-z0-9]+(?:[._-][a-z0-9]+)*))?"
_FLAGS = re.VERBOSE | re.IGNORECASE | re.ASCII
_VERSION = re.compile(r"\s*" + _PUBLIC + _LOCAL + r"\s*\Z", _FLAGS)
_CLAUSE = re.compile(r"\s*(~=|==|!=|<=|>=|<|>)\s*([^\s*]+?)(\.\*)?\s*\Z", re.ASCII)
_WORDS = {"alpha": "a", "beta": "b", "c": "rc", "pre": "rc", "preview": "rc"}
_LATE = (1,)
_EARLY = (-1,)


def version(text: str) -> Version:
    """The version a text says, in any spelling the standard normalizes. Raises UnreadableError."""
    match = _VERSION.match(text)
    if match is None:
        raise UnreadableError(f"{text[:100]!r} is no version")
    part = match.groupdict()
    word = (part["pre_word"] or "").lower()
    return Version(
        epoch=_number(part["epoch"]),
        release=tuple(_number(each) for each in part["release"].split(".")),
        pre=(_WORDS.get(word, word), _number(part["pre_number"])) if part["pre"] else None,
        post=_number(part["post_bare"] or part["post_number"]) if part["post"] else None,
        dev=_number(part["dev_number"]) if part["dev"] else None,
        local=tuple(_local(each) for each in re.split("[._-]", (part["local"] or "").lower()) if each),
    )


def key(value: Version) -> tuple[Any, ...]:
    """The sort key of a version (PEP 440, "Summary of permitted suffixes and relative ordering")."""
    pre = _LATE if value.pre is None else (0, *value.pre)
    if value.pre is None and value.post is None and value.dev is not None:
        pre = _EARLY  # 1.0.dev1 is older than 1.0a1
    post = _EARLY if value.post is None else (0, value.post)
    dev = _LATE if value.dev is None else (0, value.dev)
    return value.epoch, _trimmed(value.release), pre, post, dev, value.local


def contains(specifiers: str, candidate: str) -> bool:
    """Whether the version satisfies every clause, pre-releases welcome. No clause admits every version.

    Raises UnreadableError for either of them, and for `===`.
    """
    found = version(candidate)
    clauses = list(_clauses(specifiers))  # all are read before any is judged: a bad one is never passed over
    return all(_admits(operator, wanted, found, wild=wild) for operator, wanted, wild in clauses)


def check_specifiers(text: str) -> None:
    """Raises UnreadableError for what `contains` would refuse."""
    for _ in _clauses(text):
        pass


def _clauses(text: str) -> Iterator[tuple[str, Version, bool]]:
    for clause in text.split(",") if text.strip() else ():
        match = _CLAUSE.match(clause)
        if match is None:
            raise UnreadableError(f"{clause.strip()[:100]!r} is no version specifier")
        operator, wanted, wild = match[1], version(match[2]), bool(match[3])
        _check(clause, operator, wanted, wild=wild)
        yield operator, wanted, wild


def _check(clause: str, operator: str, wanted: Version, *, wild: bool) -> None:
    is_exact = operator in ("==", "!=")
    plain = wanted.pre is None and wanted.post is None and wanted.dev is None and not wanted.local
    if (
        (wild and not (is_exact and plain))
        or (wanted.local and not is_exact)
        or (operator == "~=" and len(wanted.release) == 1)
    ):
        raise UnreadableError(f"{clause.strip()[:100]!r} is no version specifier")


def _admits(operator: str, wanted: Version, found: Version, *, wild: bool) -> bool:
    public = found._replace(local=())
    if operator in ("==", "!="):
        same = _starts(found, wanted.epoch, wanted.release) if wild else _equal(found, wanted)
        return same == (operator == "==")
    if operator == "~=":
        return key(public) >= key(wanted) and _starts(found, wanted.epoch, wanted.release[:-1])
    if operator == ">=":
        return key(public) >= key(wanted)
    if operator == "<=":
        return key(public) <= key(wanted)
    if operator == "<":
        # 2.0rc1 is older than 2.0, but nobody who writes <2.0 means it.
        return key(found) < key(wanted if wanted.is_prerelease else wanted._replace(dev=0))
    # Neither a local version of the release itself nor, unless a post-release is named, one of its post-releases.
    bare = public._replace(post=None, dev=None)
    late = wanted.post is None and found.post is not None and key(bare) == key(wanted)
    return key(public) > key(wanted) and not late


def _equal(found: Version, wanted: Version) -> bool:
    """A clause without a local version means every local version (PEP 440, "Version matching")."""
    return key(found if wanted.local else found._replace(local=())) == key(wanted)


def _starts(found: Version, epoch: int, release: tuple[int, ...]) -> bool:
    padded = found.release + (0,) * (len(release) - len(found.release))
    return found.epoch == epoch and padded[: len(release)] == release


def _trimmed(release: tuple[int, ...]) -> tuple[int, ...]:
    end = len(release)
    while end > 1 and release[end - 1] == 0:
        end -= 1
    return release[:end]


def _local(part: str) -> tuple[int, Any]:
    return (1, _number(part)) if part.isdigit() else (0, part)


def _number(text: str | None) -> int:
    try:
        return int(text or 0)
    except ValueError:
        # Python 3.11 refuses to read numbers of more than 4300 digits.
        raise UnreadableError(f"a number with too many digits: {(text or '')[:20]}...") from None
