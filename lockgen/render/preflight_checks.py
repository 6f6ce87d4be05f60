"""The checks that servers.yaml declares, as preflight.py holds them: their data, and the modules of their kinds."""

from __future__ import annotations

import re
from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from typing import Any, assert_never

from lockgen.model.matrix import Phase
from lockgen.model.servers import AgreementRule, BrokenReleases, CheckRule, ChoiceRule, FilesRule, ServerCheck, Servers
from lockgen.text import spelled
from lockgen.text.safe import clean

_MODULES: Mapping[str, tuple[str, ...]] = {
    "agreement": ("check_agreement",),
    "choice": ("check_choice", "choices"),
    "files": ("check_files",),
}
"""Kind of check -> the modules of preflight that only it needs; the first binds a function of the same name."""
_KINDS = "kinds"


def check_kind(rule: CheckRule) -> str:
    """The kind of a check."""
    match rule:
        case AgreementRule():
            return "agreement"
        case ChoiceRule():
            return "choice"
        case FilesRule():
            return "files"
        case _:  # pragma: no cover - there are no other rules
            assert_never(rule)


def used_sources(sources: Mapping[str, str], kinds: AbstractSet[str]) -> dict[str, str]:
    """The modules of preflight without those of other kinds of check."""
    unused = {module for kind, modules in _MODULES.items() if kind not in kinds for module in modules}
    return {name: text for name, text in sources.items() if name not in unused} | {_KINDS: _registry(sorted(kinds))}


def _registry(kinds: list[str]) -> str:
    """The module that names the kinds, with these alone."""
    functions = [(kind, _MODULES[kind][0]) for kind in kinds]
    imports = "".join(f"from lockgen.preflight.{name} import {name}\n" for _, name in functions)
    rows = "".join(f'    "{kind}": {name},\n' for kind, name in functions)
    return (
        '"""The kinds of check that the matrix declares."""\n\n'
        f"from __future__ import annotations\n\nfrom typing import Any\n\n{imports}\n"
        + (f"KINDS: dict[str, Any] = {{\n{rows}}}\n" if rows else "KINDS: dict[str, Any] = {}\n")
    )


def chooser_name(check: str) -> str:
    """The name of a choice's function: choose_json_parser for json-parser."""
    return "choose_" + re.sub(r"\W", "_", check)


def declared_servers(servers: Servers, phase: Phase) -> dict[str, Any]:
    """The phase's server, those there are, their settings and checks, as the checks read them."""
    return {
        "server": phase.server,
        "servers": list(servers.names),
        "setting": servers.setting,
        "settings": list(servers.settings),
        "checks": [_check(check) for check in servers.checks],
    }


def _check(check: ServerCheck) -> dict[str, Any]:
    head = {"check": check.name, "kind": check_kind(check.rule)}
    where = {"server": check.server, "because": clean(check.because)} if check.server else {}
    return {**head, **where, **_rule(check.rule)}


def _rule(rule: CheckRule) -> dict[str, Any]:
    match rule:
        case AgreementRule():
            return {"package": rule.package}
        case ChoiceRule():
            return _choice(rule)
        case FilesRule():
            wanted = {"setting": rule.setting, "pattern": rule.pattern, "wanted": rule.wanted}
            return wanted | {"remedy": clean(rule.remedy)}
        case _:  # pragma: no cover - there are no other rules
            assert_never(rule)


def _choice(rule: ChoiceRule) -> dict[str, Any]:
    unavailable = {system: clean(reason) for system, reason in rule.unavailable.items()}
    broken = {} if rule.broken is None else {"broken": _broken(rule.broken), "remedy": clean(rule.remedy)}
    return {
        "what": clean(rule.what),
        "setting": rule.setting,
        "package": rule.package,
        "fallback": rule.fallback,
        **({"unavailable": unavailable} if unavailable else {}),
        **broken,
    }


def _broken(broken: BrokenReleases) -> dict[str, str]:
    return {
        "versions": spelled(broken.versions),
        "python": spelled(broken.python),
        "symptom": clean(broken.symptom),
    }
