"""What every part of a matrix file has in common."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field

from lockgen.matrix.fields import Glob, Line, Name, Range, Slug


class Strict(BaseModel):
    """No key that is not known, no value bent into another type, no change afterwards."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, strict=True, arbitrary_types_allowed=True, protected_namespaces=()
    )


class WhenEntry(Strict):
    """Where something holds. A key that is absent says: everywhere."""

    python: Range | None = Field(
        default=None,
        description="Pythons, as a specifier; it holds for a minor if any patch release of it lies inside.",
    )
    platforms: tuple[Glob, ...] | None = Field(
        default=None, min_length=1, description="Platforms of targets.yaml, as names or patterns."
    )


class AcceptEntry(Strict):
    """A finding of lint that is known and accepted; a new finding still fails."""

    rule: Slug = Field(description="The finding's rule.")
    packages: tuple[Name, ...] = Field(min_length=1, description="The packages the finding names.")
    reason: Line = Field(description="Why it is accepted.")
