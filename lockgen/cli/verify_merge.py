"""`lockgen verify --merge`: read the files, merge them, print what is new."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from lockgen.cli.environment import open_inputs, open_matrices, say_waiting
from lockgen.cli.options import AnnotatedFormat
from lockgen.cli.printing import print_annotations, print_answer, print_result
from lockgen.errors import ComplaintsError, LockgenError, UsageError
from lockgen.render.verify_merge import Results, read_results
from lockgen.report.verify_merge import merge_answer
from lockgen.workflow import verify_merge as merge_workflow


def merge(
    files: Sequence[Path],
    matrices_dir: Path | None,
    templates_dir: Path | None,
    output: Path,
    format_: AnnotatedFormat,
    *,
    quiet: bool,
) -> int:
    """Join the verified.json files of other machines into the committed records; 1 if one of them holds a failure."""
    if not files:
        raise UsageError("there is nothing to merge", hint="Name verified.json files: lockgen verify --merge a.json")
    results = _read(dict.fromkeys(files))
    merged = merge_workflow.merge(
        open_matrices(matrices_dir), results, open_inputs(matrices_dir, templates_dir), output
    )
    merge_workflow.write_out(merged, say_waiting)
    found = {str(each.folder): each.proofs for each in merged}
    answer = merge_answer(found)
    if format_ is AnnotatedFormat.json:
        print_result("verify", {"merged": found}, ok=answer.state != "bad")
    elif format_ is AnnotatedFormat.github:
        print_annotations(answer, "verify", {})
    elif answer.state == "bad" or not quiet:
        print_answer(answer)
    return int(answer.state == "bad")


def _read(files: Iterable[Path]) -> list[Results]:
    found: list[Results] = []
    complaints: list[LockgenError] = []
    for file in files:
        try:
            found.append(read_results(str(file), file.read_bytes()))
        except OSError as error:
            complaints.append(UsageError(f"the file cannot be read: {error.strerror}", where=str(file)))
        except UsageError as error:
            complaints.append(error)
    if complaints:
        raise ComplaintsError(tuple(complaints))
    return found
