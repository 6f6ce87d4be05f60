"""What drift must be able to ask; the resolver's engine satisfies it structurally."""

from __future__ import annotations

from typing import Protocol

from packaging.utils import NormalizedName
from packaging.version import Version

from lockgen.model.explain import Explanation
from lockgen.model.index import DistFile, Metadata
from lockgen.model.refusal import Refusal
from lockgen.model.request import Request
from lockgen.model.result import Outcome, Unsolved


class Listing(Protocol):
    """A project as an index lists it."""

    @property
    def status(self) -> str:
        """active, archived, deprecated or quarantined (PEP 792)."""

    def files(self, version: Version) -> tuple[DistFile, ...]:
        """The release's files; empty when there is no such release."""


class Index(Protocol):
    """Solves, listings and metadata, all of them as of now."""

    def solve(self, request: Request) -> Outcome:
        """The answer for one request."""

    def conflict(self, request: Request) -> Unsolved | None:
        """Why the request cannot be satisfied; None when it can."""

    def holds(self, request: Request) -> bool:
        """Whether it can."""

    def explain(self, request: Request, name: NormalizedName) -> Explanation:
        """Why the answer has the package as it has it."""

    def project(self, name: NormalizedName) -> Listing | None:
        """The project, None when the index has none."""

    def metadata(self, file: DistFile) -> Metadata | Refusal:
        """What the file requires."""
