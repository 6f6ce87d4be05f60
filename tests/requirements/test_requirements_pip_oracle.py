"""pip's own parser as the oracle: the same lines, numbers, requirements and refusals, on generated files."""

from __future__ import annotations

import logging
import re
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name
from pip._internal.exceptions import InstallationError
from pip._internal.network.session import PipSession
from pip._internal.req import parse_requirements
from pip._internal.req.constructors import install_req_from_parsed_requirement
from pip._internal.req.req_install import InstallRequirement

from lockgen.errors import RequirementsError
from lockgen.model.requirements import Unconsidered, UserRequirement
from lockgen.requirements.reading import read_requirements
from tests.examples import examples
from tests.requirements.reading import line

Said = list[tuple[str, str]] | None
"""Place and requirement of each line, constraints apart; None: it cannot be read."""

PIECES = st.sampled_from(
    [
        "flask", "Fast_API>=0.95", "httpx[http2]", "==1.0", "~=2", " ", "  ", "\t", "\n", "\n", "\r\n", "\x0c", "\x85",
        "\\", "\\\n", " \\\n", "\\\\\n", "#", " # note", "# note\\\n", ";", " ; python_version < '3.9'", "; sys_platform=='win32'",
        "--pre", " --hash=sha256:aa", "--hash=md5:aa", "-r base.txt", "-c pins.txt", "--requirement=base.txt", "-rbase.txt",
        "--req base.txt", "--constraint", "\n-e .\n", "-e", "-i", "--index-url x", "--no-index", "--no", "--bogus", "'", '"',
        "${NAME}", "$NAME", "${name}", "${UNSET}", "@", " @ https://example.org/a.zip", "\ngit+https://example.org/a",
        "-", "--", " -", "=", "==", "1.0", ",", "<2", "anyio", "a b", "ö", "--prefer-binary", "-C a=b", "-C a",
        "\n./model.zip\n", "\nhttps://example.org/model-1.0-py3-none-any.whl",
    ]
)  # fmt: skip
TEXTS = st.lists(PIECES, max_size=14).map("".join)

OTHERS = {"base.txt": "werkzeug>=2 \\\n # why\njinja2\n", "pins.txt": "werkzeug<3\n-r base.txt\n"}


def of_pip(folder: Path, environment: dict[str, str]) -> tuple[Said, Said]:
    found: tuple[list[tuple[str, str]], list[tuple[str, str]]] = ([], [])
    with pytest.MonkeyPatch.context() as patch:
        # Relative paths, to pip, count from the current folder.
        patch.chdir(folder)
        for name in ("NAME", "UNSET"):
            patch.delenv(name, raising=False)
        for name, value in environment.items():
            patch.setenv(name, value)
        try:
            for each in parse_requirements("requirements.txt", session=PipSession()):
                place = each.comes_from.removeprefix("-r ").removeprefix("-c ").replace(" (line ", ":").rstrip(")")
                place = place.removeprefix(f"{folder}/")
                made = None if each.is_editable else install_req_from_parsed_requirement(each)
                if each.is_editable and each.requirement != ".":
                    return None, None
                if each.constraint and made is not None and (made.extras or not made.name):
                    return None, None
                found[each.constraint].append((place, _pips(made)))
        except (InstallationError, UnicodeError):
            return None, None
    return found


def _pips(made: InstallRequirement | None) -> str:
    if made is None or made.link is not None:
        return "elsewhere"
    assert made.req is not None
    assert made.name is not None
    marker = f"; {made.markers}" if made.markers else ""
    return line(
        UserRequirement(name=canonicalize_name(made.name), extras=frozenset(map(canonicalize_name, made.req.extras)), specifier=SpecifierSet(str(made.req.specifier)), where="")
    ) + marker  # fmt: skip


def of_lockgen(folder: Path, environment: dict[str, str]) -> tuple[Said, Said]:
    def read(path: str) -> bytes:
        return (folder / path).read_bytes()

    try:
        found = read_requirements("requirements.txt", read, environment)
    except RequirementsError:
        return None, None
    if any(map(_may_be_a_folder, found.unconsidered)):
        return None, None  # lockgen does not look; pip does, and it is not there
    of_requirements: list[UserRequirement | Unconsidered] = [
        *found.requirements,
        *(each for each in found.unconsidered if _is_requirement(each)),
    ]
    return [_ours(each) for each in of_requirements], [_ours(each) for each in found.constraints]


def _may_be_a_folder(other: Unconsidered) -> bool:
    if other.reason.startswith("an editable"):
        return other.text != "-e ."
    is_named = re.match(r"[\w$][^@]*@", other.text)
    is_archive = re.split(r";| -", other.text)[0].strip().endswith((".zip", ".whl"))
    return other.reason.startswith("a path") and not is_named and not is_archive


def _is_requirement(other: Unconsidered) -> bool:
    # Behind it may stand which variable has no value.
    return "only what an index serves can be resolved" in other.reason


def _ours(each: UserRequirement | Unconsidered) -> tuple[str, str]:
    return each.where, line(each) if isinstance(each, UserRequirement) else "elsewhere"


def same(text: bytes) -> None:
    environment = {"NAME": "1.0"}
    with TemporaryDirectory() as name:
        folder = Path(name).resolve()
        for other, content in OTHERS.items():
            (folder / other).write_text(content)
        (folder / "requirements.txt").write_bytes(text)
        theirs, ours = of_pip(folder, environment), of_lockgen(folder, environment)
    assert [said and sorted(set(said)) for said in ours] == [said and sorted(set(said)) for said in theirs]


@pytest.fixture(autouse=True)
def quiet() -> None:
    logging.getLogger("pip").setLevel(logging.ERROR)


@settings(deadline=None, max_examples=examples(300))
@given(TEXTS)
@example("flask \\\n# note\nhttpx")
@example("flask\\\n\\\n==1.0")
@example("flask \\")
@example("# a comment \\\nflask")
@example("flask ;")
@example("flask#egg\nhttpx #egg")
@example("-r base.txt -c pins.txt")
@example("flask -r gone.txt")
@example("flask\x0chttpx")
def test_any_file_is_read_as_pip_reads_it(text: str) -> None:
    same(text.encode())


@settings(deadline=None, max_examples=examples(50))
@given(TEXTS, st.sampled_from(["utf-8-sig", "utf-16", "utf-32-le", "latin-1"]), st.booleans())
def test_any_encoding_is_read_as_pip_reads_it(text: str, encoding: str, marked: bool) -> None:  # noqa: FBT001
    text = f"# -*- coding: {encoding} -*-\n{text}" if marked else text
    if not marked and encoding in ("latin-1", "utf-32-le"):
        return  # without a mark pip asks the locale, which lockgen does not
    same(text.encode(encoding))
