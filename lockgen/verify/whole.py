"""What else an installed set must be: its files as their RECORDs say, and every top-level module importable.

pip's own word is not enough for either: it reads no RECORD, and installs what cannot be imported.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from packaging.utils import NormalizedName

from lockgen.model.verify import CHECKS, Interpreter, Proof
from lockgen.verify.imports import Importer
from lockgen.verify.installed_files import check_files
from lockgen.verify.pip_environment import PipEnvironment
from lockgen.verify.smoke import Patience
from lockgen.verify.venvs import site_packages, venv_python


def checked(
    proof: Proof,
    names: frozenset[NormalizedName],
    unimported: Mapping[NormalizedName, str],
    interpreter: Interpreter,
    env: PipEnvironment,
    patience: Patience | None = None,
) -> Proof:
    """The proof that these packages are installed, failed where a file or an import is not as it must be.

    `unimported` names those whose import needs what a proof lacks, and what that is. The venv of the interpreter holds
    the set.
    """
    if proof.verdict != "proved":
        return proof
    python = venv_python(interpreter, env)
    files = check_files(site_packages(python, env), python.parents[1], names)
    if files.faults:
        return replace(proof, verdict="failed", reason="; ".join(files.faults), command="", notes=())
    patience = patience or Patience()
    importer = Importer(
        python=str(python),
        environ=env.environ,
        seconds=patience.imports,
        seconds_alone=patience.alone,
        stop=env.stop,
        room=env.shared_room("apart"),
    )
    left_out = {name: unimported[name] for name in sorted(names & unimported.keys())}
    notes = [*proof.notes, *files.notes, *(f"not imported: {name}: {reason}" for name, reason in left_out.items())]
    if not (imported := names - left_out.keys()):
        return replace(proof, notes=tuple(notes), checks=(*proof.checks, "RECORD"))
    report = importer.import_all(imported)
    if report.reason:
        return replace(
            proof, verdict="failed", reason=report.reason, tail=report.tail, command=report.command, notes=()
        )
    return replace(proof, notes=(*notes, *report.notes), checks=CHECKS["installed"])
