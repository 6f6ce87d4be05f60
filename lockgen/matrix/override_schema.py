"""What may stand under `overrides` and `exclude` of a phase and under `skip` of targets.yaml, each with its reason."""

from __future__ import annotations

from pydantic import Field

from lockgen.matrix.bound_fields import Replacement
from lockgen.matrix.fields import Glob, Line, Name
from lockgen.matrix.strict import Strict, WhenEntry


class OverrideEntry(Strict):
    """What stands in place of every demand of a release on a package, whatever release it is."""

    requirement: Replacement = Field(description='What is demanded instead: "urllib3>=2".')
    reason: Line = Field(description="Why; it is rendered.")
    when: WhenEntry | None = Field(default=None, description="The targets it is for; all when absent.")


class ExcludeEntry(Strict):
    """A package that no set may hold."""

    name: Name = Field(description="The package.")
    reason: Line = Field(description="Why; it is rendered.")
    when: WhenEntry | None = Field(default=None, description="The targets it is for; all when absent.")


class SkipEntry(Strict):
    """Cells of the support tables that are no targets: those that `targets` names, or those of `when`."""

    targets: tuple[Glob, ...] | None = Field(
        default=None, min_length=1, description="Names of targets, or patterns: py3.14-windows-*."
    )
    when: WhenEntry | None = Field(default=None, description="Pythons and platforms, in place of `targets`.")
    reason: Line = Field(description="Why; it is rendered.")
