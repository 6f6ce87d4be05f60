"""pyproject.toml: the dependencies a project declares (PEP 621), with extras and groups (PEP 735) on request."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.utils import NormalizedName, canonicalize_name

from lockgen.errors import LockgenError, RequirementsError
from lockgen.model.requirements import Unconsidered, UserGroup, UserRequirement, UserRequirements
from lockgen.requirements.pyproject_tools import not_considered, tool_table, uv_sources
from lockgen.requirements.showing import shown
from lockgen.requirements.specifiers import read_specifier
from lockgen.requirements.toml import read_toml, refusal

_GroupKind = Literal["extra", "group"]
_ProjectItem = UserRequirement | Unconsidered | LockgenError
_EXPORT = "Let {tool} write a requirements file ({command}) and name that."


def read_pyproject(path: str, content: bytes, groups: frozenset[str] = frozenset()) -> UserRequirements:
    """`project.dependencies` and `project.requires-python`, and of `groups` the extras and dependency groups so named.

    Raises RequirementsError with everything that cannot be read: also for dependencies that only the build backend
    can tell, a project whose dependencies are in a tool's own table, and a group that does not exist.
    """
    tables = read_toml(path, content)
    project = _table(tables, "project", path)
    _refuse_what_is_not_said(path, tables, project, groups)
    reader = _PyprojectReader(
        path=path,
        name=canonicalize_name(str(project.get("name", ""))),
        extras=_normalized(_table(project, "optional-dependencies", path)),
        groups=_normalized({**_uv_dev_group(tables), **_table(tables, "dependency-groups", path)}),
        elsewhere=uv_sources(tables),
    )
    items = [*reader.requirements(project.get("dependencies", []), "project.dependencies", ())]
    for group in sorted(groups):
        items += reader.named(group)
    uv = tool_table(tables, "uv")
    bounds = [*reader.requirements(uv.get("constraint-dependencies", []), "tool.uv.constraint-dependencies", ())]
    overrides = [*reader.requirements(uv.get("override-dependencies", []), "tool.uv.override-dependencies", ())]
    others = dict(reader.others(frozenset(map(canonicalize_name, groups))))
    python = _python(path, project)
    every = (*items, *bounds, *overrides, python)
    if complaints := tuple(item for item in every if isinstance(item, LockgenError)):
        raise RequirementsError(complaints)
    return UserRequirements(
        requirements=_asked(items),
        constraints=tuple(replace(each, extras=frozenset()) for each in _asked(bounds)),
        unconsidered=(*_left(items), *not_considered(path, tables)),
        requires_python=None if isinstance(python, LockgenError) else python,
        classifiers=tuple(text for text in project.get("classifiers") or () if isinstance(text, str)),
        groups=tuple(
            UserGroup(kind=kind, name=name, requirements=_asked(found), unconsidered=_left(found))
            for (kind, name), found in others.items()
        ),
        overrides=_asked(overrides),
    )


def _asked(items: Sequence[_ProjectItem]) -> tuple[UserRequirement, ...]:
    return tuple(item for item in items if isinstance(item, UserRequirement))


def _left(items: Sequence[_ProjectItem]) -> tuple[Unconsidered, ...]:
    """What is not considered, and what cannot be read of a group that is not wanted now."""
    return tuple(
        Unconsidered(where=item.where, text="cannot be read", reason=item.message)
        if isinstance(item, LockgenError)
        else item
        for item in items
        if not isinstance(item, UserRequirement)
    )


def _uv_dev_group(tables: Mapping[str, Any]) -> dict[str, Any]:
    """Uv's older place for the group `dev`."""
    found = tool_table(tables, "uv").get("dev-dependencies")
    return {"dev": found} if found else {}


@dataclass(frozen=True, slots=True, kw_only=True)
class _PyprojectReader:
    path: str
    name: NormalizedName
    """Of the project, whose requirements may name its own extras."""
    extras: Mapping[NormalizedName, tuple[str, Any]]
    groups: Mapping[NormalizedName, tuple[str, Any]]
    """By normalized name: the name as written, and what stands there."""
    elsewhere: Mapping[NormalizedName, str]
    """Packages that uv takes from no index, and from what instead."""

    def others(
        self, named: frozenset[NormalizedName]
    ) -> Iterator[tuple[tuple[_GroupKind, NormalizedName], list[_ProjectItem]]]:
        """The extras and dependency groups that are not named."""
        for name in self.extras:
            if name not in named:
                yield ("extra", name), [*self._extra(name, ())]
        for name in self.groups:
            if name not in named:
                yield ("group", name), [*self._group(name, ())]

    def named(self, group: str) -> Iterator[_ProjectItem]:
        """The extra and the dependency group of that name."""
        key = canonicalize_name(group)
        if key not in self.extras and key not in self.groups:
            known = ", ".join(sorted({*self.extras, *self.groups})) or "none"
            message = f"there is no extra and no dependency group {shown(group)!r}"
            yield LockgenError(message, where=self.path, hint=f"The file has these: {known}.")
        if key in self.extras:
            yield from self._extra(key, ())
        if key in self.groups:
            yield from self._group(key, ())

    def requirements(self, value: object, place: str, trail: tuple[str, ...]) -> Iterator[_ProjectItem]:
        """The requirements of a list. `trail` holds the extras and groups that lead there."""
        if not isinstance(value, list):
            yield LockgenError("this is not a list of requirements", where=f"{self.path} {place}")
            return
        for at, each in enumerate(value):
            where = f"{self.path} {place}[{at}]"
            if isinstance(each, str):
                yield from self._requirement(each, where, trail)
            elif place.startswith("dependency-groups.") and _included(each):
                yield from self._group(canonicalize_name(each["include-group"]), trail, where)
            else:
                yield LockgenError(f"{shown(str(each))} is no requirement", where=where)

    def _requirement(self, text: str, where: str, trail: tuple[str, ...]) -> Iterator[_ProjectItem]:
        try:
            item = read_specifier(text, where=where)
        except LockgenError as error:
            yield error
            return
        if isinstance(item, UserRequirement) and item.name == self.name and item.extras:
            for extra in sorted(item.extras):
                yield from self._extra(canonicalize_name(extra), trail, where)
        elif isinstance(item, UserRequirement) and item.name in self.elsewhere:
            kind = self.elsewhere[item.name]
            reason = f"tool.uv.sources takes it from {kind}: only what an index serves can be resolved"
            yield Unconsidered(where=where, text=shown(text), reason=reason)
        else:
            yield item

    def _extra(self, name: NormalizedName, trail: tuple[str, ...], where: str = "") -> Iterator[_ProjectItem]:
        if name in self.extras:
            written, value = self.extras[name]
            yield from self._entered(value, f"project.optional-dependencies.{written}", trail)
        else:
            yield LockgenError(f"the project has no extra {name!r}", where=where)

    def _group(self, name: NormalizedName, trail: tuple[str, ...], where: str = "") -> Iterator[_ProjectItem]:
        if name in self.groups:
            written, value = self.groups[name]
            yield from self._entered(value, f"dependency-groups.{written}", trail)
        else:
            yield LockgenError(f"there is no dependency group {name!r}", where=where)

    def _entered(self, value: object, place: str, trail: tuple[str, ...]) -> Iterator[_ProjectItem]:
        if place in trail:
            loop = " -> ".join((*trail[trail.index(place) :], place))
            yield LockgenError(f"these include each other: {loop}", where=f"{self.path} {place}")
        else:
            yield from self.requirements(value, place, (*trail, place))


def _refuse_what_is_not_said(
    path: str, tables: Mapping[str, Any], project: Mapping[str, Any], groups: frozenset[str]
) -> None:
    tools = _table(tables, "tool", path)
    if "dependencies" in (project.get("dynamic") or ()):
        raise refusal(
            "the dependencies are dynamic: only the project's build backend can tell them",
            where=f"{path} project.dynamic",
            hint="Name the file they come from, or a lock of the project.",
        )
    if project or (groups and "dependency-groups" in tables):
        return
    if "poetry" in tools:
        hint = _EXPORT.format(tool="Poetry", command="poetry export --without-hashes")
        raise refusal("the dependencies are in Poetry's own table", where=f"{path} tool.poetry", hint=hint)
    raise refusal(
        "there is no [project] table, so the file says no dependencies",
        where=path,
        hint="Name the requirements file the project is installed from.",
    )


def _table(of: Mapping[str, Any], name: str, path: str) -> Mapping[str, Any]:
    value = of.get(name, {})
    if not isinstance(value, dict):
        raise refusal(f"{name} is not a table", where=path)
    return value


def _normalized(tables: Mapping[str, Any]) -> dict[NormalizedName, tuple[str, Any]]:
    return {canonicalize_name(name): (name, value) for name, value in tables.items()}


def _included(value: object) -> bool:
    return isinstance(value, dict) and list(value) == ["include-group"] and isinstance(value["include-group"], str)


def _python(path: str, project: Mapping[str, Any]) -> SpecifierSet | LockgenError | None:
    text = project.get("requires-python")
    if text is None:
        return None
    try:
        return SpecifierSet(text)
    except (InvalidSpecifier, TypeError, AttributeError):
        message = f"{shown(str(text))!r} is no range of Pythons"
        return LockgenError(message, where=f"{path} project.requires-python", hint='Write ">=3.9", say.')
