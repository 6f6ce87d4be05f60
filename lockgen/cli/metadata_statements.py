"""`lockgen metadata`: what issues.yaml states beside builds, and what is stated anew."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from packaging.utils import NormalizedName
from packaging.version import Version

from lockgen.cli import options as opt
from lockgen.cli.printing import print_answer, print_result, print_text
from lockgen.errors import UsageError
from lockgen.matrix.edit.stated_metadata import FILE_NAME, statement_block
from lockgen.model.answer import Answer, Section
from lockgen.model.matrix import Matrices
from lockgen.model.request import StatedMetadata
from lockgen.render.write import write_alone
from lockgen.report.metadata import OFFLINE, ONLINE, check_point, failure_point, statement_json
from lockgen.workflow import metadata as metadata_workflow
from lockgen.workflow.metadata import MetadataBuilder, Release


def stated_about(matrices: Matrices, wanted: Sequence[Release]) -> list[StatedMetadata]:
    """The statements about these releases, or all that name one. UsageError for a release that is not stated."""
    about: dict[tuple[NormalizedName, Version | None], StatedMetadata] = {
        (each.name, each.version): each for each in matrices.metadata
    }
    if not wanted:
        return [each for each in matrices.metadata if each.version is not None]
    found = []
    for name, version in wanted:
        each = about.get((name, version)) or about.get((name, None))
        if each is None:
            raise UsageError(
                f"{FILE_NAME} states nothing about {name} {version}", hint="Leave --check away to state it."
            )
        # A statement about every release is compared with the one named.
        found.append(each if each.version else replace(each, version=version))
    return found


def check_stated(
    stated: Sequence[StatedMetadata], builder: MetadataBuilder, format_: opt.Format, *, quiet: bool
) -> int:
    """Compare statements with builds, and print the answer: 1 where one differs or cannot be built."""
    checks = metadata_workflow.check_statements(stated, builder)
    is_yes = all(each.is_yes for each in checks)
    if format_ is opt.Format.json:
        failed = ((each, (each.built,) if isinstance(each.built, str) else each.differences) for each in checks)
        found = [statement_json(each.stated, differences) for each, differences in failed]
        print_result("metadata", {"statements": found}, ok=is_yes)
    elif not is_yes or not quiet:
        points = (
            check_point(each.stated, each.built, each.differences) for each in checks if not (quiet and each.is_yes)
        )
        agreeing = sum(each.is_yes for each in checks)
        print_answer(
            Answer(
                state="good" if is_yes else "bad",
                verdict=f"{agreeing} of {len(checks)} statements agree with a build" if checks else "nothing is stated",
                sections=(Section(points=tuple(points)),),
                notes=(OFFLINE if builder.sandbox else ONLINE,) if checks and not quiet else (),
            )
        )
    return int(not is_yes)


def state_built(
    built: Mapping[Release, StatedMetadata | str],
    folder: Path,
    texts: Mapping[str, bytes],
    format_: opt.Format,
    *,
    dry_run: bool,
    is_offline: bool,
    quiet: bool,
) -> int:
    """State what was built, and print the answer: 1 where a build failed."""
    stated = [each for each in built.values() if isinstance(each, StatedMetadata)]
    failures = [
        failure_point(f"{name} {version}", each) for (name, version), each in built.items() if isinstance(each, str)
    ]
    content = metadata_workflow.state(texts, stated) if stated else texts.get(FILE_NAME)
    is_new = content is not None and content != texts.get(FILE_NAME)
    if content is not None and is_new and not dry_run:
        write_alone(folder / FILE_NAME, content)
    if format_ is opt.Format.json:
        print_result("metadata", {"statements": [statement_json(each) for each in stated]}, ok=not failures)
        return int(bool(failures))
    if stated:
        print_text(statement_block(stated).rstrip("\n"))
    if failures or not quiet:
        done = "written" if is_new and not dry_run else "unchanged"
        print_answer(
            Answer(
                state="bad" if failures else "good",
                verdict=f"{len(stated)} of {len(built)} releases stated; {folder / FILE_NAME}: {done}",
                sections=(Section(points=tuple(failures)),) if failures else (),
                notes=(OFFLINE if is_offline else ONLINE,) if stated and not quiet else (),
            )
        )
    return int(bool(failures))
