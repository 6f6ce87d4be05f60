"""Hints to the source, so that a cold run asks many questions at once. They are guesses: no answer depends on them."""

from __future__ import annotations

from collections.abc import Iterable

from packaging.utils import NormalizedName

from lockgen.demands import Demand
from lockgen.errors import LockgenError
from lockgen.records import DistFile, Metadata
from lockgen.resolve.answers import Answers, Question
from lockgen.resolve.candidates import Release


def foresee(answers: Answers, transcript: Iterable[Question]) -> None:
    """Announce what a finished search asked: the next target asks nearly the same, of its own wheels."""
    files = (answers.sieve.files(name, version) for name, version, extra in transcript if not extra)
    answers.shelf.expect_metadata([found[0] for found in files if isinstance(found, tuple)])


def look_around(answers: Answers) -> None:
    """Walk the tree breadth first along the version each demand alone would take, a wave of questions at a time."""
    seen: set[tuple[NormalizedName, str]] = set()
    wave: list[Demand] = list(answers.roots)
    try:
        while wave:
            answers.shelf.expect(demand.name for demand in wave)
            guesses = [(demand, file) for demand in wave if (file := _guess(answers, demand)) is not None]
            answers.shelf.expect_metadata([file for _, file in guesses])
            wave = [new for demand, file in guesses for new in _next(answers, demand, file, seen)]
    except LockgenError:
        # A guess may ask what nobody will: whoever really asks gets the error.
        return


def _guess(answers: Answers, demand: Demand) -> DistFile | None:
    for version in answers.versions(demand.name):
        if answers.shelf.contains(demand.specifier, version) and not version.is_prerelease:
            files = answers.sieve.files(demand.name, version)
            if isinstance(files, tuple):
                return files[0]
    return None


def _next(answers: Answers, demand: Demand, file: DistFile, seen: set[tuple[NormalizedName, str]]) -> Iterable[Demand]:
    metadata = answers.shelf.metadata(file)
    if not isinstance(metadata, Metadata):
        return
    release = Release(
        name=file.name,
        version=file.version,
        files=(file,),
        metadata=metadata,
        clauses=answers.shelf.clauses(file, metadata),
        yanked=file.yanked,
    )
    for extra in ("", *sorted(demand.extras)):
        if (file.name, extra) not in seen:
            seen.add((file.name, extra))
            yield from answers.announced(release, extra)
