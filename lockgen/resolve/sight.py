"""What can be ruled out on sight: versions that a settled row, a known issue or one of their own demands forbids.

Only certainties: what is ruled out here is in no set. The converse is not promised; the complete search decides that.
"""

from __future__ import annotations

from collections.abc import Mapping

from packaging.utils import NormalizedName
from packaging.version import Version

from lockgen.demands import Demand
from lockgen.resolve.answers import Answers
from lockgen.resolve.candidates import Release


def is_best(answers: Answers, guess: Mapping[NormalizedName, Version]) -> bool:
    """Whether every version a row would rather have is ruled out, given the rows before it as in the guess."""
    settled: dict[NormalizedName, Release] = {}
    known: list[Demand] = list(answers.roots)
    for name in answers.rows:
        versions = answers.versions(name)
        better = versions[: versions.index(guess[name])]
        if not all(_is_ruled_out(answers, name, version, settled, known) for version in better):
            return False
        release = answers.release(name, guess[name])
        if isinstance(release, Release):
            settled[name] = release
            known += _demands(answers, release)
    return True


def _is_ruled_out(
    answers: Answers,
    name: NormalizedName,
    version: Version,
    settled: Mapping[NormalizedName, Release],
    known: list[Demand],
) -> bool:
    about = [demand for demand in known if demand.name == name]
    if not _is_admitted(answers, name, version, about):
        return True
    release = answers.release(name, version)
    if not isinstance(release, Release) or not all(answers.permission.accepts(demand, release) for demand in about):
        return True
    return not all(_can_hold(answers, demand, settled, known) for demand in _demands(answers, release))


def _can_hold(answers: Answers, demand: Demand, settled: Mapping[NormalizedName, Release], known: list[Demand]) -> bool:
    """Whether the demanded package has a version left beside all that is known about it."""
    if demand.name in settled:
        return answers.permission.accepts(demand, settled[demand.name])
    about = [demand, *(other for other in known if other.name == demand.name)]
    return any(_is_admitted(answers, demand.name, version, about) for version in answers.versions(demand.name))


def _is_admitted(answers: Answers, name: NormalizedName, version: Version, about: list[Demand]) -> bool:
    limits = answers.limits.get(name, ())
    if not all(answers.shelf.contains(limit.specifier, version) for limit in limits):
        return False
    return all(answers.permission.admits(demand, version) for demand in about)


def _demands(answers: Answers, release: Release) -> list[Demand]:
    """What the release demands, with the extras its row asks for."""
    row = answers.rows.get(release.name)
    extras = sorted(row.extras) if row else []
    return [demand for extra in ("", *extras) for demand in answers.demands(release, extra)]
