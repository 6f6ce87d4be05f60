"""What tools' own tables of a pyproject.toml say of dependencies: read, or named as not considered."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from packaging.utils import NormalizedName, canonicalize_name

from lockgen.model.requirements import Unconsidered
from lockgen.requirements.showing import shown

_ELSEWHERE = {
    "git": "a git address",
    "url": "the address of a file",
    "path": "a path",
    "workspace": "the workspace",
}
_BY_HAND = "a matrix says this itself: write it there"
_UV = {
    "conflicts": "named sets do not have to go together; those of which one extends another do",
    "default-groups": "every group is a set of its own",
    "environments": "the targets are those of targets.yaml",
    "required-environments": "the targets are those of targets.yaml",
    "index": "an index is named by an alias in the matrix (`indexes`), its address by the environment",
    "index-url": "lockgen asks the index pip is configured with",
    "extra-index-url": "an index is named by an alias in the matrix (`indexes`), its address by the environment",
    "find-links": "lockgen asks the index pip is configured with",
    "dependency-metadata": _BY_HAND,
    "exclude-dependencies": _BY_HAND,
    "exclude-newer": "the cut-off is the phase's as_of",
    "exclude-newer-package": "cut-offs of packages are the phase's as_of_for",
    "resolution": "which end of the ranges is wanted is asked with --strategy",
    "prerelease": "pre-releases are allowed row by row",
    "no-binary-package": "the matrix says which packages may come as an sdist",
    "no-build-package": "the matrix says which packages may come as an sdist",
}
_OTHERS = (
    (("poetry", "dependencies"), "Poetry's own table beside [project]"),
    (("poetry", "group"), "Poetry's groups: move them to [dependency-groups] (PEP 735)"),
    (("poetry", "dev-dependencies"), "Poetry's groups: move them to [dependency-groups] (PEP 735)"),
    (("pdm", "dev-dependencies"), "PDM's groups: move them to [dependency-groups] (PEP 735)"),
    (("hatch", "envs"), "Hatch's environments: move their dependencies to [dependency-groups] (PEP 735)"),
)


def tool_table(tables: Mapping[str, Any], *names: str) -> Mapping[str, Any]:
    """The table [tool.NAME.NAME], empty where there is none."""
    found: Any = tables.get("tool", {})
    for name in names:
        found = found.get(name, {}) if isinstance(found, dict) else {}
    return found if isinstance(found, dict) else {}


def uv_sources(tables: Mapping[str, Any]) -> dict[NormalizedName, str]:
    """Package -> why what uv takes it from is none an index could serve; packages routed to an index are not in it."""
    found: dict[NormalizedName, str] = {}
    for name, given in tool_table(tables, "uv", "sources").items():
        sources = given if isinstance(given, list) else [given]
        kind = next(
            (_ELSEWHERE[key] for each in sources if isinstance(each, dict) for key in _ELSEWHERE if key in each), ""
        )
        if kind:
            found[canonicalize_name(name)] = kind
    return found


def not_considered(path: str, tables: Mapping[str, Any]) -> Iterator[Unconsidered]:
    """The settings of tools that say something about dependencies and take no part in a resolution."""
    uv = tool_table(tables, "uv")
    for key, reason in _UV.items():
        if uv.get(key):
            yield Unconsidered(where=f"{path} tool.uv", text=key, reason=reason)
    for name, given in tool_table(tables, "uv", "sources").items():
        if isinstance(given, dict) and "index" in given:
            reason = f"from the index {shown(str(given['index']))}: route it to one in the matrix (`indexes`)"
            yield Unconsidered(where=f"{path} tool.uv.sources", text=shown(name), reason=reason)
    for place, reason in _OTHERS:
        if tool_table(tables, *place):
            yield Unconsidered(where=f"{path} tool.{place[0]}", text=place[1], reason=reason)
