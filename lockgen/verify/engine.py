"""Proofs in containers: the words that start one, the image it is made of, and their end whatever happens.

Every start of the set's Python is a container of its own, gone when that ends. It sees the work folder, and only pip,
where it takes something from the index, a network. Ending the engine's client does not end its container, and a killed
lockgen cannot end any: so each is labelled, and a shell script that outlives lockgen removes what is left.
"""

from __future__ import annotations

import json
import os
import shlex
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from uuid import uuid4

from lockgen.errors import UsageError
from lockgen.model.platform import Platform
from lockgen.model.verify import Interpreter
from lockgen.verify.aftermath import cleaned_up
from lockgen.verify.done import Done
from lockgen.verify.process import run
from lockgen.verify.via import Via

ENGINES = ("docker", "podman")
_PATIENCE = 60.0
_LABEL = "lockgen-run"
_IMAGE = "lockgen-image"
_ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64", "i686": "386", "armv7l": "arm/v7"}
"""The engines' words, where they are not those of the matrix."""
_CLIENT = (
    *(
        "PATH",
        "HOME",
        "USER",
        "XDG_RUNTIME_DIR",
        "XDG_CONFIG_HOME",
        "XDG_DATA_HOME",
        "DBUS_SESSION_BUS_ADDRESS",
        "TMPDIR",
    ),
    *("CONTAINERS_CONF", "CONTAINERS_STORAGE_CONF", "CONTAINERS_REGISTRIES_CONF", "CONTAINER_HOST", "STORAGE_DRIVER"),
    *("DOCKER_HOST", "DOCKER_CONTEXT", "DOCKER_CONFIG", "DOCKER_TLS_VERIFY", "DOCKER_CERT_PATH", "SSH_AUTH_SOCK"),
)
"""What of the environment an engine's client needs to find its settings and images."""
_PASSED_ON = (
    *("PIP_INDEX_URL", "PIP_CERT", "PIP_CLIENT_CERT", "PIP_PROXY", "PIP_TRUSTED_HOST", "PIP_CACHE_DIR", "PIP_NO_INDEX"),
    *("PIP_DEFAULT_TIMEOUT", "PIP_RETRIES", "PIP_CONFIG_FILE", "PIP_DISABLE_PIP_VERSION_CHECK", "PIP_NO_INPUT"),
    *("PIP_NO_COLOR", "PIP_PROGRESS_BAR", "PYTHONNOUSERSITE", "PYTHONIOENCODING", "NETRC", "SSL_CERT_FILE"),
    *("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "all_proxy", "no_proxy"),
)
"""What a container gets of the environment that the tools of a proof are started with: by name, so that no value of it
stands on a command line. Its PATH is the image's own."""
_SWEEP = """
sweep() { for each in $("$1" ps --all --quiet --filter "label=$2"); do "$1" rm --force "$each"; done; }
# Where lockgen was killed, what it ran may start one more until that is ended too.
read -r _ || { sweep "$@"; sleep 5; }
sweep "$@"
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Engine:
    """A container engine, what it is started with, and the label of the containers of this run."""

    name: str
    program: str
    environ: Mapping[str, str] = field(repr=False)
    label: str

    def way(self, pattern: str, image: str, platform: Platform, work: Path) -> Via:
        """The way to the Python of the image, which must be there: UsageError where it is not."""
        if image.startswith("-") or not image or any(each.isspace() for each in image):
            raise UsageError(f"{image!r} is no name of an image", where=f"images of {platform.name}")
        architecture = f"linux/{_ARCHITECTURES.get(platform.arch, platform.arch)}"
        found = self.start("image", "inspect", image)
        if not found.ok:
            raise UsageError(
                f"the image {image} for {pattern} is not on this machine",
                hint=f"lockgen pulls none: {self.name} pull --platform {architecture} {image}",
            )
        facts = json.loads(found.stdout)[0]
        identity = _identity(facts)
        return Via(
            pattern=pattern,
            words=(self.name, image),
            python="python3",
            script=self._script(facts["Id"], architecture, work),
            image=identity,
            origin=f"--engine {self.name}, {image} for",
        )

    def sweep(self, interpreter: Interpreter) -> None:
        """Remove the containers of this run and this interpreter that are left, where a client of them was ended."""
        labels = [f"--filter=label={_LABEL}={self.label}", f"--filter=label={_IMAGE}={_id_in(interpreter.image)}"]
        left = self.start("ps", "--all", "--quiet", *labels)
        if ids := left.stdout.split():
            self.start("rm", "--force", *ids)

    def start(self, *words: str) -> Done:
        """Run the engine's client."""
        return run([self.program, *words], environ=self.environ, timeout=_PATIENCE, supervised=False)

    def _script(self, image: str, architecture: str, work: Path) -> str:
        folder = str(work.absolute())
        client = [f"{name}={value}" for name, value in self.environ.items()]
        rules = ["--rm", "--init", "--pull=never", f"--platform={architecture}", f"--label={_LABEL}={self.label}"]
        rules += [f"--label={_IMAGE}={image.removeprefix('sha256:')}"]
        rules += [f"--volume={folder}:{folder}", *(f"--env={name}" for name in _PASSED_ON), *self._user()]
        # The client needs the user's own home, what it starts has another.
        homes = " ".join(f'--env={name}="${{{name}:-{folder}}}"' for name in ("HOME", "TMPDIR"))
        named = f'--name="lockgen-{self.label}-$$" --workdir="$PWD" --network="$network" {homes}'
        network = 'network=none; [ -z "${PIP_INDEX_URL:-}" ] || network=host'
        words = ["exec", "env", *client, self.program, "run", *rules]
        return f"{network}\n{shlex.join(words)} {named} {image}"

    def _user(self) -> list[str]:
        """What makes the files in the work folder the user's; a podman without root does so by itself."""
        if self.name == "podman" or os.getuid() == 0:
            return []
        return [f"--user={os.getuid()}:{os.getgid()}"]


@contextmanager
def opened_engine(name: str, environ: Mapping[str, str]) -> Iterator[Engine]:
    """The engine of that name; nothing that it ran is left when the block is. UsageError where it is not there."""
    if os.name == "nt":
        raise UsageError("--engine needs a POSIX system", hint="Run it in WSL, say.")
    program = shutil.which(name, path=environ.get("PATH")) if name in ENGINES else None
    if program is None:
        what = "is not on this machine" if name in ENGINES else f"is none of {', '.join(ENGINES)}"
        raise UsageError(f"--engine {name}: it {what}", hint="Or lead to a Python yourself, with --via.")
    kept = {variable: environ[variable] for variable in _CLIENT if variable in environ}
    engine = Engine(name=name, program=program, environ=kept, label=uuid4().hex)
    done = engine.start("version")
    if not done.ok:
        last = done.tail[-1] if done.tail else "it said nothing"
        raise UsageError(f"--engine {name}: it {done.ending}: {last}", hint="lockgen starts no daemon.")
    words = shlex.join([program, f"{_LABEL}={engine.label}"])
    with cleaned_up(f"set -- {words}\n{_SWEEP}", kept):
        yield engine


def _id_in(identity: str) -> str:
    return identity.partition(" ")[0].removeprefix("sha256:")


def _identity(facts: Mapping[str, object]) -> str:
    """The image's ID and, where there is one, the repository's digest of it: its tag can be another image tomorrow."""
    own = str(facts["Id"]).removeprefix("sha256:")
    digests = facts.get("RepoDigests") or []
    found = sorted({str(each).partition("@")[2] for each in digests} if isinstance(digests, list) else ())
    # podman gives an imported image a digest that is not of any repository
    return f"sha256:{own}" + (f" ({', '.join(found)})" if found else "")
