"""Words of other people's files, fit to be repeated: no login, no token, one line."""

from __future__ import annotations

import re

from lockgen.text.safe import quotable

_LIMIT = 120
_ADDRESS = re.compile(r"([a-z][a-z0-9+.-]*)://(\S*)", re.IGNORECASE)
# user:password@ without an address before it, as in `git+user:password@host:project`.
_LOGIN = re.compile(r"[^\s/@:]+:[^\s/@]+@")
_HOST = re.compile(r"([\w.-]*|\[[0-9a-f:.]+\]|\$\{\w+\})(:\d+)?", re.IGNORECASE)
_EGG = re.compile(r"egg=[\w.,\[\]-]+")


def shown(text: str) -> str:
    """The text on one line, not too long, with everything that may be a credential as `***`.

    Of an address the host and the end of the path are kept (of a version control address the path): userinfo, query
    and the folders between may each hold a token.
    """
    # Before anything is cut off: half a login no longer looks like one.
    return quotable(_LOGIN.sub("***@", _ADDRESS.sub(lambda match: _masked(match[1], match[2]), text)), _LIMIT)


def _masked(scheme: str, rest: str) -> str:
    address, _, fragment = rest.partition("#")
    place, query, _ = address.partition("?")
    authority, _, path = place.partition("/")
    _, login, host = authority.rpartition("@")
    if not _HOST.fullmatch(host) or "/" in path.rpartition("@")[2] * path.count("@"):
        # A password with a slash of its own: what looks like the path may be its other half.
        return f"{scheme}://***@{place.rpartition('@')[2]}" if "@" in place else f"{scheme}://***"
    shown_path = path if "+" in scheme or scheme.lower() in ("file", "git", "ssh") else _end(path)
    egg = _EGG.search(fragment)
    return "".join((
        f"{scheme}://",
        "***@" if login else "",
        host,
        f"/{shown_path}" if path else "",
        "?***" if query else "",
        f"#{egg[0]}" if egg else "",
    ))  # fmt: skip


def _end(path: str) -> str:
    """The file an address leads to, whose name is safe to show; a folder's last name may be a token."""
    folders, _, name = path.rpartition("/")
    return f"***/{name}" if folders and "." in name else name if "." in name else "***"
