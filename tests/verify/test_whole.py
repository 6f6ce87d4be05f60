"""What pip takes for installed and is not: a wheel's wrong RECORD, a module that does not import, two writers of a file."""

from __future__ import annotations

import base64
import hashlib
import io
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from packaging.utils import canonicalize_name

from lockgen.model.verify import Proof
from lockgen.report.verify import proofs_answer
from lockgen.verify.levels import ProofTools, prove
from lockgen.verify.proof_target import ProofTarget
from tests.render.index import Files, wheel
from tests.verify.stand import HERE, Stand, stand

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stand]:
    with stand(tmp_path_factory.mktemp("whole")) as made:
        yield made


def recorded(files: Files, wrong: str = "") -> Files:
    """The wheel with a RECORD of hashes, of which that of the file `wrong` is another's."""
    ((filename, content),) = files.items()
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        texts = {name: archive.read(name) for name in archive.namelist()}
    (record,) = (name for name in texts if name.endswith("/RECORD"))
    lines = []
    for name, text in texts.items():
        digest = hashlib.sha256(b"another" if name == wrong else text).digest()
        sha256 = base64.urlsafe_b64encode(digest).decode().rstrip("=")
        lines.append(f"{name},,\n" if name == record else f"{name},sha256={sha256},{len(text)}\n")
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, text in {**texts, record: "".join(lines).encode()}.items():
            archive.writestr(zipfile.ZipInfo(name), text)
    return {filename: buffer.getvalue()}


def proofs(here: Stand, name: str, wheels: Files, unimported: Mapping[str, str] | None = None) -> list[Proof]:
    """Level smoked, without a smoke script, of a set of these wheels."""
    here.offer(wheels)
    packages = [each.partition("-")[0] for each in wheels]
    subject = ProofTarget(
        label=name,
        target=here.target,
        folder=here.write(name, wheels, rows=packages),
        complaints=(),
        names=frozenset(map(canonicalize_name, packages)),
        unimported={canonicalize_name(each): reason for each, reason in (unimported or {}).items()},
    )
    tools = ProofTools(env=here.bench(), choose=lambda _target: (HERE,), script=None, jobs=1)
    return list(prove([subject], "smoked", tools, lambda *_: None)[name])


def by_level(found: list[Proof]) -> dict[str, tuple[str, str]]:
    return {proof.level: (proof.verdict, proof.reason) for proof in found}


def test_a_wheel_with_a_wrong_record_is_not_installed(here: Stand) -> None:
    found = by_level(proofs(here, "record", recorded(wheel("liar", "1.0"), wrong="liar.py")))
    verdict, reason = found["installed"]
    assert verdict == "failed"
    assert reason.startswith("liar 1.0: the hash in its RECORD is not that of ")
    assert reason.endswith("liar.py")
    assert found["smoked"] == ("not run", "the set is not installed")


def test_a_set_is_imported_without_a_smoke_script_too(here: Stand) -> None:
    files = {"broken.py": "import no_such_module\n"}
    found = by_level(proofs(here, "imports", {**recorded(wheel("broken", "1.0", files=files)), **wheel("fine", "1.0")}))
    reason = "broken 1.0: importing broken failed: ModuleNotFoundError: No module named 'no_such_module'"
    assert found["installed"] == ("failed", reason)


def test_what_a_proof_lacks_is_said_and_the_rest_imported(here: Stand) -> None:
    files = {"gpu.py": "raise SystemError('no CUDA device')\n"}
    found = proofs(
        here, "gpu", {**recorded(wheel("gpu", "1.0", files=files)), **wheel("fine", "1.0")}, {"gpu": "needs a GPU"}
    )
    install = next(proof for proof in found if proof.level == "installed")
    assert install.verdict == "proved"
    assert "not imported: gpu: needs a GPU" in install.notes
    assert "imported 1 modules of 1 distributions" in install.notes
    assert any(note.startswith("files not checked: of fine 1.0 ") for note in install.notes)
    assert "not imported: gpu: needs a GPU" in proofs_answer({"gpu": found}, "smoked").notes


def test_two_distributions_that_write_one_file_are_named(here: Stand) -> None:
    wheels = {
        **recorded(wheel("cv_one", "1.0", files={"cv/__init__.py": "one = 1\n"})),
        **recorded(wheel("cv_two", "1.0", files={"cv/__init__.py": "two = 2\n"})),
    }
    found = proofs(here, "both", wheels)
    install = next(proof for proof in found if proof.level == "installed")
    assert (install.verdict, install.reason) == ("proved", "")
    (note,) = (note for note in install.notes if "both write" in note)
    assert note.startswith("cv-one 1.0 and cv-two 1.0 both write ")
    assert note.endswith(str(Path("cv", "__init__.py")))
    assert note in proofs_answer({"both": found}, "smoked").notes
