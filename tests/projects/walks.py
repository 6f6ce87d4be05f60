"""The walk of each project through the commands: what its owner types, and the edits that the how-to tells of."""

from __future__ import annotations

import io
import json
import shlex
import shutil
from collections.abc import Callable, Iterator
from contextlib import chdir, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import pytest
from packaging.utils import NormalizedName
from packaging.version import Version

from lockgen.cli import init as init_command
from lockgen.cli.main import main
from lockgen.index.codec import encode_metadata
from lockgen.index.frozen_file import pack, unpack
from lockgen.model.index import Metadata
from lockgen.model.platform import Platform
from tests.conftest import Done
from tests.remembered import remember
from tests.render.index import wheel

FOLDER = Path(__file__).parent
HOST = Platform(name="linux-x86_64", os="linux", arch="x86_64", libc="glibc", version=(2, 28))
"""The machine that `init` takes the walks to be made on, whichever it is: one of the usual platforms."""


@dataclass(frozen=True, kw_only=True)
class Walk:
    """A project and what its owner wants to know."""

    name: str
    sources: tuple[str, ...]
    """What `init -r` reads."""
    fits: tuple[str, ...]
    """Requirements that every target can have."""
    clashes: tuple[str, ...]
    """Requirements that some target cannot have, and `remedy` is what to change them to."""
    remedy: tuple[str, ...]
    yanked: NormalizedName
    """A package of the sets whose newest release is withdrawn on a later day, for `drift`."""
    edit: Callable[[Path], None] = lambda _folder: None
    """What the owner writes into the matrices after `init`, as the how-to says."""
    offers: Callable[[bytes], bytes] = lambda frozen: frozen
    """The frozen index with what a route adds to it."""


CAPTCHA = NormalizedName("acme-captcha")
PRIVATE = wheel("acme_captcha", "1.2", "Requires-Dist: itsdangerous>=2")
"""The package of the site's own index."""
ROUTE = """\
indexes:
  my-site: {packages: ["acme-*"], undated: true}

dependencies:
  - {name: acme-captcha, minimum: "1.2", maximum: "<2"}
  - {name: misaka, minimum: "2.1.1", maximum: "<3.0"}
"""
SDIST = """\
sdists:
  - package: misaka
    reason: no wheel of it was ever uploaded for Python 3
    when: {python: ">=3.10", platforms: ["*"]}
    build_packages: {linux: [gcc, libc6-dev]}
"""
STATED = """\
dependency_metadata:
  - name: misaka
    version: "2.1.1"
    requires_dist:
      - "cffi>=1.0.0"
    build_requires: ["cffi>=1.0.0"]
    read_from: "a build of misaka-2.1.1.tar.gz on CPython 3.11.7, linux-x86_64, with cffi 2.1.1, pycparser 3.12, setuptools 84.2.1"
"""
"""What `lockgen metadata misaka==2.1.1` wrote."""


def _route(matrices: Path) -> None:
    phase, issues = matrices / "phase-1.yaml", matrices / "issues.yaml"
    head, _, rest = phase.read_text().partition("dependencies: #")
    phase.write_text(head + ROUTE + rest.partition("\n")[2])
    issues.write_text(issues.read_text() + SDIST + STATED)


def _with_private(frozen: bytes) -> bytes:
    """The index that a freeze records once the route stands in the matrix."""
    content = unpack(frozen, "index")
    ((filename, body),) = PRIVATE.items()
    digest = sha256(body).hexdigest()
    row = [filename, digest, len(body), None, None, None, None]
    head = json.dumps({"name": CAPTCHA, "refused": [], "status": "active"})
    listing = f"{head}\n1.2\t{json.dumps([row], separators=(',', ':'))}"
    requires = Metadata(
        name=CAPTCHA, version=Version("1.2"), requires_python=None, requires_dist=("itsdangerous>=2",),
        provides_extra=(), sha256=digest,
    )  # fmt: skip
    return pack(
        content._replace(
            listings={**content.listings, CAPTCHA: listing},
            absent=[name for name in content.absent if name != CAPTCHA],
            metadata_lines={**content.metadata_lines, digest: encode_metadata(requires)},
        )
    )


WALKS = (
    Walk(
        name="squad",
        sources=("requirements.txt",),
        fits=("django>=4.2", "celery>=5.4"),
        clashes=("django==5.2.8", "jinja2==3.1.4"),
        remedy=("django==4.2.30", "jinja2==3.1.4"),
        yanked=NormalizedName("celery"),
    ),
    Walk(
        name="mlserver",
        sources=("pyproject.toml",),
        fits=("fastapi>=0.110", "numpy<2.3"),
        clashes=("fastapi==0.116.1", "starlette==0.47.2"),
        remedy=("fastapi==0.115.14", "starlette==0.46.2"),
        yanked=NormalizedName("tritonclient"),
    ),
    Walk(
        name="isso",
        sources=("pyproject.toml", "site.txt"),
        fits=("werkzeug>=3", "mistune==3.1.0"),
        clashes=("mistune==2.0.5", "bleach==5.0.1"),
        remedy=("mistune==3.1.0", "bleach==6.0.0"),
        yanked=NormalizedName("bleach"),
        edit=_route,
        offers=_with_private,
    ),
)


WHY_YANKED = "broke a sanitizer"


def _yanked(frozen: bytes, name: NormalizedName) -> bytes:
    """The index after the project yanked its newest release."""
    content = unpack(frozen, "index")
    if name not in content.listings:
        return frozen  # the walk is only being recorded
    head, newest, *older = content.listings[name].split("\n")
    version, _, files = newest.partition("\t")
    rows = [[*row[:5], WHY_YANKED, *row[6:]] for row in json.loads(files)]
    listing = "\n".join([head, f"{version}\t{json.dumps(rows, separators=(',', ':'))}", *older])
    return pack(content._replace(listings={**content.listings, name: listing}))


class Site:
    """A folder with the project's files, in which commands run in this process and answer from its frozen index."""

    def __init__(self, project: Walk, folder: Path, index: bytes) -> None:
        self.project, self.folder, self._index = project, folder, index
        self.frozen = folder / "index.xz"
        self.ran: dict[str, Done] = {}
        """The last answer of each command, by its words."""
        self.frozen.write_bytes(index)
        for name in project.sources:
            shutil.copy(FOLDER / project.name / name, folder / name)

    def run(self, *words: object) -> Done:
        """A command on the frozen index."""
        out, err = io.StringIO(), io.StringIO()
        with pytest.MonkeyPatch.context() as patch, chdir(self.folder), redirect_stdout(out), redirect_stderr(err):
            remember(patch)
            patch.setattr(init_command, "host_platform", lambda: HOST)
            patch.setenv("LOCKGEN_CACHE_DIR", str(self.folder / "cache"))
            patch.delenv("LOCKGEN_MATRICES", raising=False)
            # As at a pipe, whatever starts these processes says.
            patch.delenv("COLUMNS", raising=False)
            patch.setattr("lockgen.cli.progress._SLOW", 3600.0)
            patch.setattr("sys.argv", ["lockgen", *map(str, words), "--frozen", str(self.frozen)])
            with pytest.raises(SystemExit) as exit_:
                main()
        done = self.ran[shlex.join(["lockgen", *map(str, words)])] = Done(
            int(exit_.value.code or 0), out.getvalue(), err.getvalue()
        )
        return done

    def walk(self, *targets: str) -> Iterator[tuple[str, Done]]:
        """Every step with what came of it; on these targets alone, or on all."""
        project = self.project
        on = [word for target in targets for word in ("--target", target)]
        yield "init", self.run("init", *(word for name in project.sources for word in ("-r", name)))
        project.edit(self.folder / "matrices")
        self.frozen.write_bytes(project.offers(self._index))
        yield "lint", self.run("lint", *on)
        yield "render", self.run("render", *on)
        yield "check", self.run("check", *on)
        yield "verify", self.run("verify", "--level", "closed", *on)
        yield "fits", self.run("try", *project.fits, *on)
        yield "clashes", self.run("try", *project.clashes, *on)
        yield "remedy", self.run("try", *project.remedy, *on)
        yield "drift", self.run("drift", *on)
        self.frozen.write_bytes(_yanked(self.frozen.read_bytes(), project.yanked))
        yield "yanked", self.run("drift", *on)
