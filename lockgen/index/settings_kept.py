"""pip's settings on disk between runs, without any address: a token can stand anywhere in one."""

from __future__ import annotations

import hmac
import json
import sys
from collections.abc import Mapping, Sequence
from configparser import Error as ConfigParserError
from configparser import RawConfigParser
from contextlib import suppress
from pathlib import Path
from secrets import token_hex
from typing import Any, NamedTuple

_FORMAT = 2
_ADDRESSES = {"address": ("index-url", "pypi-url"), "proxy": ("proxy",)}
"""Settings that are never kept, and the names pip knows them by."""


class PipReading(NamedTuple):
    """What pip reads its settings from, besides files: its version, and variables of the environment."""

    version: str
    environ: Mapping[str, str]

    def key(self, salt: str) -> str:
        """A digest of it; salted, for addresses are among it."""
        text = json.dumps([_FORMAT, self.version, sys.prefix, dict(self.environ)], sort_keys=True)
        return hmac.digest(salt.encode(), text.encode(), "sha256").hex()


def _stated(setting: str, files: Sequence[str], environ: Mapping[str, str]) -> str | None:
    """What the environment or pip's configuration files (in pip's order) state for one of `_ADDRESSES`.

    A variable wins over a file, `[install]` over `[global]`, a later file over an earlier one. It need not cover all
    that pip can read: where pip finds something else, nothing is kept.
    """
    for name in _ADDRESSES[setting]:
        if value := environ.get(f"PIP_{name.upper().replace('-', '_')}"):
            return value
    sections: dict[str, str] = {}
    for file in files:
        parser = RawConfigParser()
        with suppress(OSError, UnicodeDecodeError, ConfigParserError):
            parser.read_string(Path(file).read_text("utf-8"))
        for section in ("install", "global"):
            for name in _ADDRESSES[setting]:
                if parser.has_option(section, name):
                    sections[section] = parser.get(section, name).strip()
    return sections.get("install") or sections.get("global")


def _file_state(file: str) -> list[Any]:
    try:
        stat = Path(file).stat()
    except OSError:
        return [file, None, None]
    return [file, stat.st_mtime_ns, stat.st_size]


def kept_settings(cache_file: Path | None, reading: PipReading) -> dict[str, Any] | None:
    """The settings that were kept, with the addresses read anew; None where pip must be asked."""
    try:
        kept = json.loads(cache_file.read_text(encoding="utf-8")) if cache_file else None
        if not kept or kept["key"] != reading.key(kept["salt"]):
            return None
        if any(_file_state(file[0]) != file for file in kept["files"]):
            return None
        files = [file[0] for file in kept["files"]]
        stated = {name: _stated(name, files, reading.environ) for name in _ADDRESSES}
        # What nothing states is pip's own default, and that alone is kept.
        return {"no_index": False, **kept["options"], **{name: value for name, value in stated.items() if value}}
    except (OSError, ValueError, KeyError, TypeError, IndexError, AttributeError):
        return None


def keep_settings(cache_file: Path, reading: PipReading, options: Mapping[str, Any], files: Sequence[str]) -> None:
    """Keep what pip found (`options`), where its addresses can be read again from where they stand.

    `files` are pip's configuration files in its order.
    """
    stated = {name: _stated(name, files, reading.environ) for name in _ADDRESSES}
    kept = {name: value for name, value in options.items() if not stated.get(name)}
    fresh = cache_file.with_name(f"{cache_file.name}.new")
    salt = token_hex(16)
    try:
        is_other = any(value and value != options[name] for name, value in stated.items())
        if is_other or any("@" in (options[name] or "") for name in _ADDRESSES):
            cache_file.unlink(missing_ok=True)
            return
        text = {"salt": salt, "key": reading.key(salt), "files": list(map(_file_state, files))}
        cache_file.parent.mkdir(parents=True, exist_ok=True)
        fresh.write_text(json.dumps({**text, "options": kept}, sort_keys=True), encoding="utf-8")
        fresh.replace(cache_file)
    except OSError:
        # A read-only home costs half a second per run, nothing else.
        return
