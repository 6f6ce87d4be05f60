"""Every parser of bytes that are not lockgen's own, what it may raise, and inputs that it reads: for every fuzzer.

`tests/test_fuzz.py` draws with hypothesis what `tests/fuzz_cases/` has not seen yet; `python -m tests.fuzz_atheris PARSER`
goes on for longer, led by coverage. What either finds becomes a file in `tests/fuzz_cases/PARSER/`.
"""

from __future__ import annotations

import json
import lzma
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from packaging.markers import InvalidMarker
from packaging.requirements import InvalidRequirement
from packaging.utils import NormalizedName
from packaging.version import Version

from lockgen.errors import LockgenError
from lockgen.index.frozen_file import sealed, unpack
from lockgen.index.metadata import parse_build_requires, parse_metadata
from lockgen.index.simple import parse_page
from lockgen.locked.record import read_locked_text
from lockgen.matrix.load import load_matrices
from lockgen.model.index import DistFile
from lockgen.model.target import make_target
from lockgen.preflight.requirements import holds
from lockgen.preflight.versions import UnreadableError
from lockgen.render.summary import read_summary
from lockgen.render.undo import WRITTEN, undo_copy
from lockgen.render.verified import read_verified
from lockgen.render.verify_merge import read_results
from lockgen.requirements.reading import read_requirements
from lockgen.verify.reading import UnreadableLockError, read_locked
from tests.conftest import ROOT
from tests.lint.stand import frozen
from tests.universe import PLATFORMS

DEMO = NormalizedName("demo")
WHEEL = DistFile(name=DEMO, version=Version("1.0"), filename="demo-1.0-py3-none-any.whl", sha256="0" * 64)
SDIST = DistFile(name=DEMO, version=Version("1.0"), filename="demo-1.0.tar.gz", sha256="0" * 64)
TARGET = make_target("3.11", PLATFORMS["linux-x86_64"])


@dataclass(frozen=True)
class Parser:
    """What reads bytes, the errors that are answers, inputs that it reads, and words that mean something to it."""

    read: Callable[[bytes], object]
    refuses: tuple[type[Exception], ...]
    seeds: tuple[bytes, ...]
    words: tuple[bytes, ...] = ()


def _text(content: bytes) -> str:
    return content.decode("utf-8", "replace")


def _in_a_folder(read: Callable[[Path], object]) -> None:
    with TemporaryDirectory(prefix="lockgen-fuzz-") as name:
        read(Path(name))


def _requirements(name: str) -> Callable[[bytes], object]:
    return lambda content: read_requirements(name, lambda _: content, {}, groups=frozenset({"x"}))


def _wheel_name(content: bytes) -> object:
    entry = {"filename": _text(content), "url": "x", "hashes": {"sha256": "0" * 64}}
    page = {"meta": {"api-version": "1.0"}, "name": "demo", "files": [entry]}
    return parse_page(json.dumps(page).encode(), name=DEMO, content_type="application/json")


def _lock(content: bytes) -> None:
    def read(folder: Path) -> object:
        (folder / "requirements.lock").write_bytes(content)
        return read_locked(folder)

    _in_a_folder(read)


def _journal(content: bytes) -> None:
    def read(folder: Path) -> object:
        undo = folder / ".phase.lockgen-undo"
        (undo / "old").mkdir(parents=True)
        (folder / "phase").mkdir()
        (undo / WRITTEN).write_bytes(content)
        return undo_copy(undo, folder / "phase")

    _in_a_folder(read)


def _page(kind: str) -> Callable[[bytes], object]:
    return lambda content: parse_page(content, name=DEMO, content_type=kind, address="https://x.invalid/simple/demo/")


def _frozen(content: bytes) -> object:
    # A changed byte gives another digest; behind the right one the content is read.
    behind = b""
    with suppress(ValueError, RecursionError, TypeError):
        behind = sealed(_text(content))
    return unpack(behind or content, "x")


def _committed(name: str) -> bytes:
    """A committed file of a phase, of each of its lists and mappings the first two entries."""
    return json.dumps(_shortened(json.loads((ROOT / "output" / "phase-1" / name).read_bytes()))).encode()


def _shortened(value: Any) -> Any:
    match value:
        case dict():
            return {key: _shortened(each) for key, each in [*value.items()][: 2 if len(value) > 12 else None]}
        case list():
            return [_shortened(each) for each in value[:2]]
    return value


JSON_WORDS = tuple(
    b'{ } [ ] : , " null true -1 1e999 "\\ud800" [[[[[[ {"": NaN "name" "files" "version" "digest"'.split()
)
SPEC_WORDS = tuple(
    b">= == ~= === != < 1! .* +local .dev1 a1 .post2 ; extra == ' [x] @ ( ) , 99999999999999999999".split()
)
PARSERS: Mapping[str, Parser] = {
    "yaml": Parser(
        lambda content: load_matrices({"phase-1.yaml": content, "targets.yaml": b"schema: 1\n"}),
        (LockgenError,),
        (b'schema: 1\nphase: "1"\ntitle: x\nrevision: 1\nas_of: 2026-01-01T00:00:00Z\ndependencies: [{name: a}]\n',),
        (
            b"&a",
            b"*a",
            b"<<: *a",
            b"!!python/object",
            b"? ",
            b": ",
            b"- ",
            b"|\n",
            b"%YAML",
            b"---",
            b"\t",
            b"\xef\xbb\xbf",
            b"0x1",
            b".nan",
        ),
    ),
    "simple-json": Parser(
        _page("application/vnd.pypi.simple.v1+json"),
        (LockgenError,),
        (
            b'{"meta": {"api-version": "1.1"}, "name": "demo", "files": [{"filename": "demo-1.0-py3-none-any.whl", "url": "x", "hashes": {"sha256": "00"}, "yanked": "x", "requires-python": ">=3"}]}',
        ),
        JSON_WORDS,
    ),
    "simple-html": Parser(
        _page("text/html"),
        (LockgenError,),
        (
            b'<!DOCTYPE html><html><body><a href="x/demo-1.0.tar.gz#sha256=00" data-requires-python="&gt;=3" data-yanked>demo-1.0.tar.gz</a></body></html>',
        ),
        (
            b"<a ",
            b"</a>",
            b"href=",
            b"data-yanked",
            b"<!--",
            b"]]>",
            b"&#x110000;",
            b"<base href=",
            b"<meta ",
            b"</html>",
        ),
    ),
    "metadata": Parser(
        lambda content: (parse_metadata(content, WHEEL), parse_build_requires(content, SDIST)),
        (),
        (
            b"Metadata-Version: 2.2\nName: demo\nVersion: 1.0\nRequires-Python: >=3.6.*\nRequires-Dist: x[y]>=1; extra == 'z'\nProvides-Extra: z\n\nText",
        ),
        (b"Requires-Dist: ", b"Requires-Python: ", b"\n ", b"\r\n", b"\x00", b"; ", *SPEC_WORDS),
    ),
    "wheel-name": Parser(
        _wheel_name,
        (),
        (b"demo-1.0-1-cp311-abi3-manylinux_2_17_x86_64.manylinux2014_x86_64.whl", b"demo-1.0.tar.gz", b"demo-1.0.zip"),
        (b"demo", b"-", b".", b"_", b"py3", b"none", b"any", b".whl", b"../", b"\x00", b"9" * 40, *SPEC_WORDS),
    ),
    "pyproject": Parser(
        _requirements("pyproject.toml"),
        (LockgenError,),
        (b'[project]\nname = "x"\ndependencies = ["a>=1"]\n[dependency-groups]\nx = ["b", {include-group = "x"}]\n',),
        (b"[project]", b"[tool.poetry]", b"{include-group = ", b"'''", b"=", b"[[", *SPEC_WORDS),
    ),
    "pylock": Parser(
        _requirements("pylock.toml"),
        (LockgenError,),
        (b'lock-version = "1.0"\ncreated-by = "x"\n[[packages]]\nname = "a"\nversion = "1.0"\n',),
        (b"[[packages]]", b"environments = ", b"1979-05-27T07:32:00Z", b"inf", b"'''", *SPEC_WORDS),
    ),
    "requirements": Parser(
        _requirements("requirements.txt"),
        (LockgenError,),
        (b"-c x\na[b]>=1 ; python_version < '3' # x\n--hash=sha256:00\n-e .\n\\\n${X}\n",),
        (b"-r ", b"-c ", b"--hash=", b"-e ", b"\\\n", b" #", b"${A}", b"@ file:", b"--index-url ", *SPEC_WORDS),
    ),
    "marker": Parser(
        lambda content: holds(_text(content), TARGET.environment),
        (UnreadableError, InvalidMarker, InvalidRequirement),
        (b"python_version >= '3.8' and (sys_platform == 'linux' or extra == 'x')",),
        (b" and ", b" or ", b"not in", b"python_full_version", b"'", b'"', b"(", b")", *SPEC_WORDS),
    ),
    "frozen": Parser(
        _frozen,
        (LockgenError,),
        (lzma.decompress(frozen({"a": {"1.0": {"requires": ["b"]}, "2.0": {"files": ["sdist"]}}, "b": {"1.0": {}}})),),
        JSON_WORDS,
    ),
    "lock": Parser(
        _lock,
        (UnreadableLockError, LockgenError),
        (b"--only-binary :all:\na==1.0 \\\n    --hash=sha256:" + b"0" * 64 + b"\n    # via x\n",),
        (b"--hash=sha256:", b" \\\n", b"# via", b"--no-binary ", b"==", b"===", b"\r", b"\x0c"),
    ),
    "verified": Parser(
        lambda content: (read_verified(_text(content)), read_results("x", content)),
        (LockgenError,),
        (_committed("verified.json"),),
        JSON_WORDS,
    ),
    "summary": Parser(
        lambda content: read_summary(_text(content)),
        (LockgenError,),
        (_committed("summary.json"),),
        JSON_WORDS,
    ),
    "locked": Parser(
        lambda content: read_locked_text(_text(content)),
        (LockgenError,),
        (_committed("locked.json"),),
        JSON_WORDS,
    ),
    "journal": Parser(
        _journal, (LockgenError,), (b'{"a": ""}', b'{"a/b": "00"}'), (*JSON_WORDS, b"../", b"\\u0000", b"C:")
    ),
}


def fuzz(parser: Parser, content: bytes) -> None:
    """Read the content: an answer or one of the errors that are one. Anything else comes out."""
    with suppress(*parser.refuses):
        parser.read(content)


def seeds_of(name: str) -> Any:
    """Inputs to begin with: those of the table, and what was found before."""
    folder = Path(__file__).parent / "fuzz_cases" / name
    return [*PARSERS[name].seeds, *(path.read_bytes() for path in sorted(folder.glob("*")))]
