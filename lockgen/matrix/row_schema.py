"""What may stand in a row: one dependency of a phase or of a named set."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from lockgen.matrix.bound_fields import Exclusion
from lockgen.matrix.fields import Line, Maximum, MinimumText, Name, VersionText
from lockgen.matrix.strict import Strict, WhenEntry


class RowEntry(Strict):
    """One dependency as the table publishes it."""

    name: Name = Field(description="The package.")
    extras: tuple[Name, ...] | None = Field(
        default=None, description="Extras to install with it, such as celery's `redis`."
    )
    minimum: MinimumText | None = Field(
        default=None, description="The oldest version allowed; it need not be a release. Absent: as old as there is."
    )
    recommended: VersionText | None = Field(
        default=None, description="The version wanted; it gives way where it cannot be had."
    )
    maximum: Maximum | None = Field(default=None, description="The upper bound, <X or <=X. Absent: as new as there is.")
    exact: VersionText | None = Field(
        default=None,
        description="The one version that will do, in place of the bounds; it may be a local one: 2.1.0+cpu.",
    )
    exclusions: tuple[Exclusion, ...] | None = Field(
        default=None, min_length=1, description='Versions inside the bounds that will not do: "!=2.5.1", "!=2.5.*".'
    )
    prereleases: Literal["allow", "disallow"] | None = Field(
        default=None,
        description="Whether pre-releases may be had. Absent: where a bound names one, or there is no final release.",
    )
    note: Line | None = Field(default=None, description="The table's note.")
    purpose: Line | None = Field(default=None, description="What an optional dependency is good for.")
    when_required: Line | None = Field(default=None, description="Who needs an optional dependency.")
    when: WhenEntry | None = Field(default=None, description="The targets this row is for; all when absent.")
