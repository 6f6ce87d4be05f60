"""`lockgen verify --merge`: read the files, merge them, print what is new."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from lockgen.cli.environment import open_inputs, open_matrices
from lockgen.cli.printing import say
from lockgen.errors import ComplaintsError, LockgenError, UsageError
from lockgen.render.verify_merge import Results, read_results
from lockgen.text.safe import terminal
from lockgen.workflow import verify_merge as merge_workflow


def merge(
    files: Sequence[Path], matrices_dir: Path | None, templates_dir: Path | None, output: Path, *, quiet: bool
) -> int:
    """Join the verified.json files of other machines into the committed records; 1 if one of them holds a failure."""
    if not files:
        raise UsageError("there is nothing to merge", hint="Name verified.json files: lockgen verify --merge a.json")
    results = _read(dict.fromkeys(files))
    merged = merge_workflow.merge(
        open_matrices(matrices_dir), results, open_inputs(matrices_dir, templates_dir), output
    )
    merge_workflow.write_out(merged)
    failed = [proof for each in merged for proof in each.proofs if proof.verdict == "failed"]
    if not quiet:
        for each in merged:
            sets = len({proof.target for proof in each.proofs})
            say(f"{each.folder}: {len(each.proofs)} new results about {sets} sets")
    for proof in failed:
        on = " ".join(filter(None, (proof.python and f"Python {proof.python}", proof.libc)))
        say(terminal(f"{proof.target}: {proof.level} FAILED on {on or 'a foreign machine'}: {proof.reason}"))
    return int(bool(failed))


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
