"""The port by which a stage asks the resolver; `lockgen.resolve.resolver.Resolver` satisfies it structurally."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from packaging.utils import NormalizedName
from packaging.version import Version

from lockgen.model.explain import Explanation
from lockgen.model.index import DistFile, Metadata, Project
from lockgen.model.refusal import Refusal
from lockgen.model.request import Request
from lockgen.model.result import Outcome, Unsolved, Versions


class ResolverPort(Protocol):
    """Questions about requests, and about what the index lists. Each raises LockgenError when it cannot be answered."""

    def solve(self, request: Request) -> Outcome:
        """The set of the request, or why there is none."""

    def outcome(self, request: Request) -> Outcome:
        """The same, without the reasons for deviations, which a question about somebody's own demands does not need."""

    def versions(self, request: Request) -> Versions | Unsolved:
        """The versions of the set alone."""

    def conflict(self, request: Request) -> Unsolved | None:
        """Why the request cannot be satisfied; None when it can."""

    def holds(self, request: Request) -> bool:
        """Whether the request can be satisfied."""

    def explain(self, request: Request, name: NormalizedName) -> Explanation:
        """Why the set has the package as it has it."""

    def project(self, name: NormalizedName) -> Project | None:
        """The project, None when the index has none."""

    def metadata(self, file: DistFile) -> Metadata | Refusal:
        """What the file requires."""

    def hashed(self, file: DistFile) -> DistFile:
        """The file with its sha256; one that is listed without is downloaded for it."""

    def expect_metadata(self, files: Iterable[DistFile]) -> None:
        """A hint that the metadata of these files will be asked for soon."""

    def expect_versions(self, request: Request, name: NormalizedName, versions: Iterable[Version]) -> None:
        """A hint that these versions of the package will be tried on the request's target, one after the other."""
