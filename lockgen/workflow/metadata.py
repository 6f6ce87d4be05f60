"""metadata: what sdists require that do not say so themselves, built once and stated, or compared with a statement."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from packaging.utils import NormalizedName
from packaging.version import Version

from lockgen.errors import UsageError
from lockgen.index.metadata import parse_metadata
from lockgen.matrix.edit.stated_metadata import FILE_NAME, edit_metadata
from lockgen.matrix.load import load_matrices
from lockgen.matrix.request import request
from lockgen.model.index import DistFile, Metadata
from lockgen.model.matrix import Matrices
from lockgen.model.metadata import differences
from lockgen.model.refusal import Refusal
from lockgen.model.request import StatedMetadata, stated_about
from lockgen.model.result import Pin, Unsolved
from lockgen.model.target import Target, make_target
from lockgen.model.verify import Interpreter
from lockgen.resolve.outcome import build_rows, request_of_tools
from lockgen.resolve.resolver import Resolver
from lockgen.verify.build_metadata import BuildRoom, build_metadata
from lockgen.verify.pip_environment import PipEnvironment
from lockgen.verify.sandbox import Sandbox
from lockgen.verify.verdicts import Fault

Release = tuple[NormalizedName, Version]


@dataclass(frozen=True, slots=True, kw_only=True)
class MetadataBuilder:
    """Builds the metadata of sdists on one interpreter, each once."""

    matrices: Matrices
    resolver: Resolver
    content: Callable[[DistFile], bytes | Refusal]
    """The whole file, its hash checked."""
    interpreter: Interpreter
    env: PipEnvironment
    sandbox: Sandbox | None = None
    """What keeps a build from the network; None where nothing on this machine can."""
    progress: Callable[[str], None] = lambda _line: None
    """Called with a line before each build."""
    _built: dict[Release, StatedMetadata | str] = field(default_factory=dict)
    """A cache: a release is built once."""

    @property
    def target(self) -> Target:
        """The interpreter as a target."""
        rows = {row.name: row.platform for row in self.matrices.platforms}
        return make_target(self.interpreter.python, rows[self.interpreter.platform])

    def build(self, name: NormalizedName, version: Version) -> StatedMetadata | str:
        """The metadata as a statement that stands nowhere yet, or in words why there is none.

        UsageError when the index has no such release or no sdist of it; LockgenError when it cannot be asked.
        """
        release = name, version
        if release not in self._built:
            self._built[release] = self._build(self._sdist(name, version))
        return self._built[release]

    def _sdist(self, name: NormalizedName, version: Version) -> DistFile:
        project = self.resolver.project(name)
        files = project.files(version) if project else ()
        sdists = sorted((file for file in files if not file.is_wheel), key=lambda file: file.filename)
        if not sdists:
            what = f"has no sdist of {name} {version}" if files else f"has no release {name} {version}"
            raise UsageError(f"the index {what}", hint="Name a release as the index lists it: NAME==VERSION.")
        return sdists[0]

    def _build(self, file: DistFile) -> StatedMetadata | str:
        if isinstance(self.resolver.metadata(file), Metadata):
            return "its sdist states itself what it requires, so a statement would not be used"
        earlier = stated_about(file.name, file.version, self.matrices.metadata)
        known = earlier.build_requires if earlier else ()
        requires = self.resolver.source.build_requires(file)
        content = requires if isinstance(requires, Refusal) else self.content(file)
        if isinstance(requires, Refusal) or isinstance(content, Refusal):
            return str(requires if isinstance(requires, Refusal) else content)
        where = f"{self.interpreter.words}, {self.interpreter.platform}"
        self.progress(f"building the metadata of {file.filename} on {where}")
        room = BuildRoom(interpreter=self.interpreter, env=self.env, sandbox=self.sandbox)
        built = build_metadata(file, content, (*requires, *known), self._tools, room)
        if isinstance(built, Fault):
            return "\n    ".join((built.reason, *built.tail))
        metadata = parse_metadata(built.metadata, file)
        if isinstance(metadata, Refusal):
            return str(metadata)
        tools = ", ".join(f"{pin.name} {pin.version}" for pin in built.tools)
        return StatedMetadata(
            name=file.name,
            version=file.version,
            requires_dist=metadata.requires_dist,
            requires_python=metadata.requires_python,
            provides_extra=tuple(map(NormalizedName, metadata.provides_extra)),
            build_requires=(*known, *built.asked),
            read_from=f"a build of {file.filename} on {where}{f', with {tools}' if tools else ''}",
            where="",
        )

    def _tools(self, requires: Sequence[str]) -> Sequence[Pin] | str:
        """The pins of build requirements as the newest phase would have them, from wheels."""
        phase = max(self.matrices.phases.values(), key=lambda each: each.as_of)
        whole = request(self.matrices, phase, self.target, "maximum")
        asked = request_of_tools(whole, build_rows(whole, requires, "build-system.requires"))
        if not asked.rows:
            return ()
        outcome = self.resolver.solve(asked)
        if isinstance(outcome, Unsolved):
            return "; ".join(map(str, (*outcome.core, *outcome.collisions, *outcome.refusals)))
        return outcome.pins


@dataclass(frozen=True, slots=True, kw_only=True)
class MetadataCheck:
    """A statement beside a build."""

    stated: StatedMetadata
    built: StatedMetadata | str
    """In words why there is none."""
    differences: tuple[str, ...] = ()
    """What the build requires that the statement does not, and the other way round."""

    @property
    def is_yes(self) -> bool:
        """Whether the build came about and agrees."""
        return not isinstance(self.built, str) and not self.differences


def check_statements(stated: Sequence[StatedMetadata], builder: MetadataBuilder) -> tuple[MetadataCheck, ...]:
    """Build each stated release again, and compare what it requires on the builder's target."""
    return tuple(_check(each, builder) for each in stated)


def _check(stated: StatedMetadata, builder: MetadataBuilder) -> MetadataCheck:
    assert stated.version is not None, "the caller gives one"  # noqa: S101 - for the type checker
    built = builder.build(stated.name, stated.version)
    if isinstance(built, str):
        return MetadataCheck(stated=stated, built=built)
    one, other = built.metadata_of(stated.version), _with_python(stated, built).metadata_of(stated.version)
    found = [*differences(builder.target, one, other)]
    if more := [each for each in built.build_requires if each not in stated.build_requires]:
        found.append(f"its build asks for {', '.join(more)} besides")
    return MetadataCheck(stated=stated, built=built, differences=tuple(found))


def _with_python(stated: StatedMetadata, built: StatedMetadata) -> StatedMetadata:
    """A statement that leaves the Pythons to the index does not contradict the build."""
    return replace(stated, requires_python=stated.requires_python or built.requires_python)


def state(texts: Mapping[str, bytes], stated: Sequence[StatedMetadata]) -> bytes:
    """The content of issues.yaml with these statements. MatrixError when the folder could not be read with it."""
    content = texts.get(FILE_NAME)
    for each in stated:
        content = edit_metadata(content, each)
    assert content is not None, "there is a statement"  # noqa: S101 - for the type checker
    load_matrices({**texts, FILE_NAME: content})
    return content
