"""The lines of a requirements file: bytes -> logical lines -> requirement and options, each step as pip does it."""

from __future__ import annotations

import codecs
import re
import shlex
from collections.abc import Iterator, Mapping
from optparse import OptionParser, Values
from typing import NoReturn

from lockgen.errors import LockgenError

_COMMENT = re.compile(r"(^|\s+)#.*$")
_VARIABLE = re.compile(r"\$\{([A-Z0-9_]+)\}")
_CODING = re.compile(rb"coding[:=]\s*([-\w.]+)")
# The longer mark first: that of UTF-32 begins with that of UTF-16.
_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_HASHES = ("sha256", "sha384", "sha512")

# pip's whole list, because an option may be abbreviated as far as it stays unique.
_TAKES_A_VALUE = (
    ("-i", "--index-url", "--pypi-url"),
    ("--extra-index-url",),
    ("-f", "--find-links"),
    ("--no-binary",),
    ("--only-binary",),
    ("--trusted-host",),
    ("--use-feature",),
    ("--all-releases",),
    ("--only-final",),
    ("-r", "--requirement"),
    ("-c", "--constraint"),
    ("-e", "--editable"),
    ("--hash",),
    ("-C", "--config-settings"),
)
_STANDS_ALONE = ("--no-index", "--prefer-binary", "--require-hashes", "--no-require-hashes", "--pre")


def decoded(content: bytes, file: str) -> str:
    """The text of a requirements file: by its byte order mark, its coding comment (PEP 263), else UTF-8.

    Raises LockgenError. pip tries the locale's encoding last, which would make the result depend on the host.
    """
    rest, encoding = _encoding(content)
    try:
        return rest.decode(encoding)
    except LookupError:
        raise LockgenError(f"there is no encoding {encoding!r}", where=file, hint="Save the file as UTF-8.") from None
    except UnicodeError:
        raise LockgenError(
            f"the file is not {encoding}",
            where=file,
            hint="Save it as UTF-8, or name its encoding in the first line: # -*- coding: latin-1 -*-",
        ) from None


def _encoding(content: bytes) -> tuple[bytes, str]:
    for mark, encoding in _MARKS:
        if content.startswith(mark):
            return content[len(mark) :], encoding
    for line in content.split(b"\n")[:2]:
        if line.startswith(b"#") and (found := _CODING.search(line)):
            return content, found[1].decode("ascii")
    return content, "utf-8"


def logical_lines(text: str) -> Iterator[tuple[int, str]]:
    """Lines joined at a trailing backslash, without comments and blank ones, each with the number of its first line."""
    for number, line in _joined(text):
        if bare := _COMMENT.sub("", line).strip():
            yield number, bare


def _joined(text: str) -> Iterator[tuple[int, str]]:
    start, parts = 0, list[str]()
    for number, line in enumerate(text.splitlines(), start=1):
        is_comment = _COMMENT.match(line) is not None
        start = start if parts else number
        if line.endswith("\\") and not is_comment:
            parts.append(line.strip("\\"))
            continue
        # The blank keeps a comment a comment when it ends a continued line.
        yield start, "".join((*parts, " " if is_comment else "", line))
        parts = []
    if parts:
        yield start, "".join(parts)


def expanded(line: str, environment: Mapping[str, str]) -> str:
    """The line with `${NAME}` replaced where the environment has a value for it."""
    for name in _VARIABLE.findall(line):
        if value := environment.get(name):
            line = line.replace(f"${{{name}}}", value)
    return line


def unset(line: str, environment: Mapping[str, str]) -> tuple[str, ...]:
    """The variables in the line that the environment has no value for, which pip leaves as they are written."""
    return tuple(dict.fromkeys(name for name in _VARIABLE.findall(line) if not environment.get(name)))


def split(line: str, where: str) -> tuple[str, Values, list[str]]:
    """The requirement in the line, its options by their long names, and the words that belong to neither.

    The options begin at the first word with a hyphen. Raises LockgenError for options pip does not know.
    """
    words = line.split(" ")
    start = next((at for at, word in enumerate(words) if word.startswith("-")), len(words))
    try:
        options, rest = _Parser.of_pip().parse_args(shlex.split(" ".join(words[start:])))
    except ValueError as error:
        message = "a quotation mark is never closed" if not isinstance(error, _OptionError) else str(error)
        hint = "Options as `pip install --help` knows them inside a requirements file."
        raise LockgenError(message, where=where, hint=hint) from None
    return " ".join(words[:start]), options, rest


class _OptionError(ValueError):
    """An option that pip would not take."""


class _Parser(OptionParser):
    @classmethod
    def of_pip(cls) -> _Parser:
        parser = cls(add_help_option=False)
        for names in _TAKES_A_VALUE:
            parser.add_option(*names, dest=dest(names[-1] if names[0] != "-i" else "--index-url"), action="append")
        for name in _STANDS_ALONE:
            parser.add_option(name, dest=dest(name), action="store_true")
        return parser

    def check_values(self, values: Values, args: list[str]) -> tuple[Values, list[str]]:
        for value in values.hash or ():
            algorithm, colon, _ = value.partition(":")
            if not colon or algorithm not in _HASHES:
                self.error(f"--hash takes {', '.join(_HASHES)}, as in --hash=sha256:abc")
        if any("=" not in value for value in values.config_settings or ()):
            self.error("--config-settings takes KEY=VALUE")
        return values, args

    def error(self, msg: str) -> NoReturn:
        raise _OptionError(msg)


def dest(option: str) -> str:
    """The attribute of the options that holds `option`: `index_url` for --index-url."""
    return option.removeprefix("--").replace("-", "_")
