"""Requirements and their markers (dependency specifiers, PEP 508), read as strictly as versions."""

from __future__ import annotations

import re
from typing import Any, Iterable, Mapping, NamedTuple

from lockgen.preflight.versions import UnreadableError, check_specifiers, contains


class Requirement(NamedTuple):
    """A requirement: a normalized name, the extras asked for, specifiers, and the marker's text (empty: always)."""

    name: str
    extras: tuple[str, ...]
    specifiers: str
    marker: str


_NAME = r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?"
_REQUIREMENT = re.compile(
    r"[ \t]*(?P<name>" + _NAME + r")[ \t]*(?:\[(?P<extras>[^\]]*)\])?[ \t]*"
    r"(?:@[ \t]*(?P<url>[^ \t]+)(?:[ \t]+|\Z)|(?P<open>\()?(?P<specifiers>[\w \t.,*+!<>=~-]*)(?(open)\))[ \t]*)"
    r"(?:;(?P<marker>.*))?\Z",
    re.ASCII,
)
_TOKEN = re.compile(
    r"""[ \t]*(?:(?P<end>\Z)|(?P<paren>[()])|'(?P<single>[^'\\]*)'|"(?P<double>[^"\\]*)"
    |(?P<op>===?|~=|!=|<=?|>=?|not[ \t]+in\b|[A-Za-z_]+\b))""",
    re.VERBOSE | re.ASCII,
)
_VERSIONS = ("implementation_version", "python_full_version", "python_version")
_STRINGS = (
    "implementation_name",
    "os_name",
    "platform_machine",
    "platform_python_implementation",
    "platform_release",
    "platform_system",
    "platform_version",
    "sys_platform",
)
_DEPTH = 40


def normalized(name: str) -> str:
    """The name as names are compared (name normalization, PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower()


def requirement(text: str) -> Requirement:
    """The requirement a text says. Raises UnreadableError. One with an address has no specifiers."""
    match = _REQUIREMENT.match(text)
    if match is None:
        raise UnreadableError(f"{text[:100]!r} is no requirement")
    specifiers = (match["specifiers"] or "").strip()
    check_specifiers(specifiers)
    marker = match["marker"]
    if marker is not None:
        _Marker(marker).read()
    return Requirement(normalized(match["name"]), _extras(match["extras"] or ""), specifiers, marker or "")


def holds(marker: str, environment: Mapping[str, str], extras: Iterable[str] = ()) -> bool:
    """Whether the marker holds for the environment's variables, with no extra or with one of `extras`.

    Raises UnreadableError also for a comparison whose outcome the standard leaves open.
    """
    if not marker.strip():
        return True
    tree = _Marker(marker).read()
    return any(_true(tree, dict(environment, extra=normalized(extra))) for extra in ("", *tuple(extras)))


def _extras(text: str) -> tuple[str, ...]:
    names = [name.strip(" \t") for name in text.split(",")] if text.strip(" \t") else []
    if not all(re.match(_NAME + r"\Z", name) for name in names):
        raise UnreadableError(f"[{text[:100]}] are no extras")
    return tuple(normalized(name) for name in names)


class _Marker:
    """Reads a marker into nested tuples: ("or" | "and", left, right) and (variable, operator, value, is_reversed)."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._tokens = list(self._split())
        self._at = 0
        self._depth = 0

    def read(self) -> tuple[Any, ...]:
        """The whole marker."""
        tree = self._or()
        if self._tokens[self._at][0] != "end":
            raise self._refused()
        return tree

    def _split(self) -> list[tuple[str, str]]:
        found: list[tuple[str, str]] = []
        place = 0
        while not found or found[-1][0] != "end":
            match = _TOKEN.match(self._text, place)
            if match is None or match.lastgroup is None:
                raise self._refused()
            kind = "value" if match.lastgroup in ("single", "double") else match.lastgroup
            found.append((kind, match[match.lastgroup]))
            place = match.end()
        return found

    def _refused(self) -> UnreadableError:
        return UnreadableError(f"{self._text.strip()[:100]!r} is no marker")

    def _next(self, kind: str) -> str:
        found, text = self._tokens[self._at]
        if found != kind:
            raise self._refused()
        self._at += 1
        return text

    def _or(self) -> tuple[Any, ...]:
        tree = self._and()
        while self._tokens[self._at] == ("op", "or"):
            self._at += 1
            tree = ("or", tree, self._and())
        return tree

    def _and(self) -> tuple[Any, ...]:
        tree = self._atom()
        while self._tokens[self._at] == ("op", "and"):
            self._at += 1
            tree = ("and", tree, self._atom())
        return tree

    def _atom(self) -> tuple[Any, ...]:
        if self._tokens[self._at] != ("paren", "("):
            return self._comparison()
        self._depth += 1
        if self._depth > _DEPTH:
            raise self._refused()
        self._at += 1
        tree = self._or()
        if self._next("paren") != ")":
            raise self._refused()
        self._depth -= 1
        return tree

    def _comparison(self) -> tuple[Any, ...]:
        is_reversed = self._tokens[self._at][0] == "value"
        left = self._next("value" if is_reversed else "op")
        operator = re.sub(r"[ \t]+", " ", self._next("op"))
        right = self._next("op" if is_reversed else "value")
        variable, value = (right, left) if is_reversed else (left, right)
        if variable == "python_implementation":
            variable = "platform_python_implementation"
        if not _is_known(variable, operator, value, is_reversed=is_reversed):
            raise self._refused()
        return variable, operator, value, is_reversed


def _is_known(variable: str, operator: str, value: str, *, is_reversed: bool) -> bool:
    """Whether the comparison has one meaning. Order of strings has none, nor has `==` of a version with a word."""
    if variable == "extra":
        return operator in ("==", "!=") and not is_reversed
    if operator in ("in", "not in"):
        return variable in _STRINGS or (variable in _VERSIONS and not is_reversed)
    if variable in _STRINGS and variable != "platform_release":
        return operator in ("==", "!=")
    if variable not in _VERSIONS or is_reversed:
        return False
    check_specifiers(operator + value)
    return "," not in value


def _true(tree: tuple[Any, ...], environment: dict[str, Any]) -> bool:
    if tree[0] in ("or", "and"):
        sides = [_true(side, environment) for side in tree[1:]]
        return any(sides) if tree[0] == "or" else all(sides)
    variable, operator, value, is_reversed = tree
    actual = environment.get(variable)
    if not isinstance(actual, str):
        raise UnreadableError(f"nothing is known of {variable}")
    if operator in ("in", "not in"):
        inside = actual in value if not is_reversed else value in actual
        return bool(inside == (operator == "in"))
    if variable in _VERSIONS:
        return contains(operator + value, actual)
    wanted = normalized(value) if variable == "extra" else value
    return bool((actual == wanted) == (operator == "=="))
