"""The fan-out: one job per target, as the include list of a GitHub Actions matrix."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from lockgen.ci.runners import Gap, Runner, runner
from lockgen.model.images import Images
from lockgen.model.target import Target
from lockgen.model.verify import Level

MOST = 256
"""Jobs a GitHub Actions matrix may generate for one run."""
ENGINE = "docker"
"""What the runners have to run containers with."""


@dataclass(frozen=True, slots=True, kw_only=True)
class JobMatrix:
    """The jobs, and the targets that no runner serves."""

    include: tuple[Mapping[str, str], ...]
    gaps: tuple[Gap, ...]


def fan(wanted: Mapping[Target, Sequence[str]], level: Level, images: Images | None = None) -> JobMatrix:
    """One job for each target, which proves the sets of the phases given for it, up to the level.

    A job says its `target`, the `runner` it needs, the image of the `container` that the set's Python is in (empty:
    that of the machine), the `python` and the `command`. Names in matrices hold nothing a shell would split or expand,
    so neither does the command.
    """
    images = images or Images()
    found = [(target, phases, runner(target, images.contained(target))) for target, phases in wanted.items()]
    return JobMatrix(
        include=tuple(
            _job(target, phases, where, level) for target, phases, where in found if isinstance(where, Runner)
        ),
        gaps=tuple(where for _, _, where in found if isinstance(where, Gap)),
    )


def _job(target: Target, phases: Iterable[str], where: Runner, level: Level) -> Mapping[str, str]:
    words = [word for phase in phases for word in ("--phase", phase)]
    engine = ["--engine", ENGINE] if where.image else []
    return {
        "target": target.name,
        "runner": where.label,
        "container": where.image,
        "python": target.python,
        "command": " ".join(["lockgen", "verify", *words, "--target", target.name, "--level", level, *engine]),
    }
