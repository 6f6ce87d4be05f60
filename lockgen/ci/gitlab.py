"""The pipeline of GitLab: which jobs prove the sets in it, and its file."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from lockgen.ci.fanout import command
from lockgen.ci.runners import Gap
from lockgen.errors import UsageError
from lockgen.model.images import Images
from lockgen.model.target import Target
from lockgen.model.verify import Level

FOLDER = ".gitlab"
NAME = "lockgen.yml"
PIPELINE = ".gitlab-ci.yml"
"""What GitLab reads; it includes the other one."""
INCLUDE = f"include:\n  - local: {FOLDER}/{NAME}\n"
MOST_PARALLEL = 200
"""Jobs that GitLab makes at most of one `parallel: matrix`."""
_RUNNERS: Mapping[str, str] = MappingProxyType({
    "x86_64": "saas-linux-small-amd64",
    "aarch64": "saas-linux-small-arm64",
})  # fmt: skip
"""Architecture -> the tag of the hosted runners of GitLab that run containers of it."""
_INSTALLED = "@lockgen@"
_MARK = re.compile(r"^( +)# @jobs@\n", re.MULTILINE)


@dataclass(frozen=True, slots=True, kw_only=True)
class ParallelMatrix:
    """The jobs as variables of each, and the targets that no runner of GitLab serves."""

    jobs: tuple[Mapping[str, str], ...]
    gaps: tuple[Gap, ...]


def parallel(wanted: Mapping[Target, Sequence[str]], level: Level, images: Images) -> ParallelMatrix:
    """One job for each target of Linux, in the image of its Python. UsageError for more than GitLab makes of them."""
    jobs: list[Mapping[str, str]] = []
    gaps: list[Gap] = []
    for target, phases in wanted.items():
        image, arch = images.of(target), target.platform.arch
        if image and arch in _RUNNERS:
            words = command(target, phases, level)
            jobs.append(
                {"TARGET": target.name, "PYTHON": target.python, "IMAGE": image, "RUNNER": _RUNNERS[arch]}
                | {"COMMAND": " ".join(words)}
            )
        else:
            gaps.append(Gap(target=target, reason=_why(target, image)))
    if len(jobs) > MOST_PARALLEL:
        raise UsageError(
            f"these are {len(jobs)} jobs, and GitLab makes at most {MOST_PARALLEL} of one matrix",
            hint="Take rows out of targets.yaml, or skip targets there.",
        )
    return ParallelMatrix(jobs=tuple(jobs), gaps=tuple(gaps))


def _why(target: Target, image: str) -> str:
    if target.platform.os != "linux":
        return "GitLab's own runners for macOS and Windows bring no Pythons"
    if not image:
        return f"targets.yaml names no image for Python {target.python} on {target.platform.name}"
    return f"GitLab has no runner of its own for {target.platform.arch}"


def pipeline(text: str, install: str, found: ParallelMatrix) -> bytes:
    """The file, of its template; `install` is what pip installs there."""

    def listed(match: re.Match[str]) -> str:
        # JSON's strings are YAML's in double quotes.
        entries = ([f"{name}: {json.dumps(value)}" for name, value in job.items()] for job in found.jobs)
        return "".join(f"{match[1]}- {first}\n" + "".join(f"{match[1]}  {each}\n" for each in rest)
                       for first, *rest in entries)  # fmt: skip

    return _MARK.sub(listed, text.replace(_INSTALLED, install)).encode()
