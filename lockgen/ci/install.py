"""What `pip install` gets where the workflows run: an address or a path, never a mere name.

lockgen is on no index, so its name there is anybody's to register.
"""

from __future__ import annotations

import json
import re
from urllib.parse import urlsplit

from lockgen.errors import UsageError

_HINT = (
    "Name a wheel, https://HOST/lockgen-0.1.0-py3-none-any.whl, a git reference, git+https://HOST/lockgen.git@v0.1.0, "
    "or a file of this repository, vendor/lockgen-0.1.0-py3-none-any.whl."
)
_NAMED = re.compile(r"lockgen\s*@\s*")
_PLAIN = re.compile(r"[!#%-.0-9:=?-Z_a-z~/]+")
"""What stands in a YAML string in double quotes, and in a shell's, as it is: no quote, blank, backslash or `$`."""
_WHEEL = re.compile(r"lockgen-[^/]+\.(?:whl|tar\.gz)")


def checked_install(text: str) -> str:
    """The address or path as it is written into the workflows. UsageError for what pip must not be given there."""
    what = _NAMED.sub("", text.strip(), count=1)
    reason = _unfit(what)
    if reason:
        raise UsageError(reason, where="--install", hint=_HINT)
    return f"lockgen @ {what}" if "://" in what else what


def _unfit(what: str) -> str | None:
    """What speaks against it."""
    if not _PLAIN.fullmatch(what) or what.startswith("-"):
        return f"{what!r} is no address and no path that can stand in a workflow as it is"
    if "://" in what:
        return _unfit_address(what)
    if what != "." and not _WHEEL.fullmatch(what.rpartition("/")[2]):
        return f"{what!r} is a name, or no release of lockgen; lockgen is on no index, so a name is anybody's"
    if what.startswith(("/", "~", "../")) or "/../" in what or re.match(r"[A-Za-z]:", what):
        return f"{what!r} is outside the repository, where no runner has it"
    return None if what == "." or "/" in what else f"{what!r} could be a name; write ./{what}"


def _unfit_address(what: str) -> str | None:
    scheme, git = what.partition("://")[0], what.startswith("git+")
    if scheme not in ("https", "git+https", "git+ssh"):
        return f"{scheme}:// is not encrypted, or no runner reaches it; https, git+https and git+ssh are taken"
    parts = urlsplit(what)
    if parts.password is not None or (parts.username is not None and parts.scheme != "git+ssh"):
        return "an address with a login would be committed with the workflow; leave the login out"
    if not parts.hostname:
        return "the address has no host"
    if git and "@" not in parts.path:
        return "the git reference names no tag or commit, so each run would install something else"
    if not git and not _WHEEL.fullmatch(parts.path.rpartition("/")[2]):
        return "the address is not that of a release of lockgen (lockgen-VERSION-py3-none-any.whl)"
    return None


def recorded_install(direct_url: str | None) -> str | None:
    """Where pip or uv got the running lockgen, from its direct_url.json (PEP 610); None where no runner could.

    A tag that was asked for is written as the commit it was.
    """
    try:
        value = json.loads(direct_url or "{}")
        url, commit = value.get("url", ""), value.get("vcs_info", {}).get("commit_id")
        digest = value.get("archive_info", {}).get("hashes", {}).get("sha256")
        return checked_install(f"git+{url}@{commit}" if commit else f"{url}#sha256={digest}" if digest else url)
    except (AttributeError, ValueError, UsageError):  # none, not PEP 610's, or a folder of this machine
        return None
