"""What was compiled here beside what the set took it to require, where the set did not read that in the sdist."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from importlib.metadata import Distribution, distributions
from pathlib import Path

from packaging.utils import NormalizedName, canonicalize_name

from lockgen.model.index import Metadata
from lockgen.model.metadata import differences
from lockgen.model.target import Target
from lockgen.model.verify import Interpreter, Proof
from lockgen.verify.pip_environment import PipEnvironment
from lockgen.verify.venvs import venv_python

_WHERE = "import sysconfig; [print(sysconfig.get_path(each)) for each in ('purelib', 'platlib')]"


def compared(
    proof: Proof,
    target: Target,
    expected: Mapping[NormalizedName, Metadata],
    interpreter: Interpreter,
    env: PipEnvironment,
) -> Proof:
    """The proof of a set that is installed, failed where what was compiled requires something else than `expected`.

    `expected` is the metadata of sdists that the set did not read in them. The venv of the interpreter holds the set.
    """
    if not expected or proof.verdict == "not run":
        return proof
    if proof.verdict == "failed":
        # pip goes by what it builds itself: it may be that which does not come to the set.
        read = "; ".join(f"{name} {each.version}: {each.read_from}" for name, each in sorted(expected.items()))
        return replace(proof, tail=(*proof.tail, f"what is required was not read in the sdist, but elsewhere: {read}"))
    found = tuple(_differences(target, expected, venv_python(interpreter, env), env))
    if found:
        return replace(proof, verdict="failed", reason="; ".join(found), command="lockgen metadata --check", notes=())
    agreed = (f"{name} as built here requires what the set says" for name in sorted(expected))
    return replace(proof, notes=(*proof.notes, *agreed))


def _differences(
    target: Target, expected: Mapping[NormalizedName, Metadata], python: Path, env: PipEnvironment
) -> Iterator[str]:
    places = env.start_apart([str(python), "-I", "-c", _WHERE]).stdout.splitlines()
    for found in distributions(path=list(dict.fromkeys(places))):
        name = canonicalize_name(found.metadata["Name"] or "")
        if (wanted := expected.get(name)) is not None:
            for difference in differences(target, _metadata(found, wanted), wanted):
                yield f"{name} {wanted.version} as built here is not what {wanted.read_from} says: {difference}"


def _metadata(found: Distribution, wanted: Metadata) -> Metadata:
    headers = found.metadata
    return Metadata(
        name=wanted.name,
        version=wanted.version,
        # A statement may leave the Pythons to the index, whose word was checked before.
        requires_python=headers["Requires-Python"] if wanted.requires_python else None,
        requires_dist=tuple(found.requires or ()),
        provides_extra=tuple(map(canonicalize_name, headers.get_all("Provides-Extra") or ())),
    )
