"""`lockgen history --bisect --smoke`: open what running sets takes, and look for the first that does not run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from lockgen.cli.environment import open_inputs
from lockgen.cli.options import SourceOptions
from lockgen.cli.printing import say
from lockgen.cli.proofs import bench, chooser, script, workplace
from lockgen.errors import UsageError
from lockgen.model.history import SmokeBisectResult
from lockgen.model.matrix import Matrices
from lockgen.model.verify import Proof
from lockgen.report.history import cut_off_text
from lockgen.resolve.resolver import Resolver
from lockgen.verify.levels import ProofTools, prove
from lockgen.verify.proof_target import ProofTarget
from lockgen.workflow.history import PhaseHistory
from lockgen.workflow.history_smoke import Prove, SetRunner, find_first_broken


@dataclass(frozen=True, slots=True, kw_only=True)
class SmokeOptions:
    """The options of `history` that running sets takes."""

    matrices_dir: Path | None
    templates_dir: Path | None
    source: SourceOptions
    pythons: Sequence[tuple[str, str]]
    quiet: bool


def bisect_by_smoke(
    recalled: PhaseHistory, matrices: Matrices, resolver: Resolver, options: SmokeOptions
) -> SmokeBisectResult:
    """Install and run sets of the one target recalled, until the first that does not run is known."""
    inputs = open_inputs(options.matrices_dir, options.templates_dir)
    choose = chooser([course.target.platform for course in recalled.history.courses], options.pythons)
    with workplace(options.source, keep=False) as work:
        tools = ProofTools(env=bench(options.source, work), choose=choose, script=script(options.matrices_dir), jobs=1)
        runner = SetRunner(
            matrices=matrices,
            recalled=recalled,
            resolver=resolver,
            inputs=inputs,
            work=work,
            prove=_prover(tools, quiet=options.quiet),
        )
        return find_first_broken(runner)


def only_target(recalled: Sequence[PhaseHistory]) -> PhaseHistory:
    """The history of the one target of the one phase; UsageError for more."""
    if len(recalled) == 1 and len(recalled[0].history.courses) == 1:
        return recalled[0]
    raise UsageError(
        "--smoke runs the sets of one target of one phase", hint="Name them: --phase 1 --target py3.11-linux-x86_64."
    )


def _prover(tools: ProofTools, *, quiet: bool) -> Prove:
    def prove_one(moment: datetime, subject: ProofTarget) -> tuple[Proof, ...]:
        proofs = prove([subject], "smoked", tools, lambda _label, _proof: None)[subject.label]
        if not quiet:
            say(f"the set of {cut_off_text(moment)}: {proofs[-1].level} {proofs[-1].verdict}")
        return proofs

    return prove_one
