"""An explanation in words and as JSON: what is the same on several targets is said once."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime

from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name
from packaging.version import Version

from lockgen.model.conflict import Demand
from lockgen.model.explain import Explanation, VersionRange, Wanted
from lockgen.model.index import DistFile
from lockgen.model.origin import IssueOrigin, ReleaseOrigin
from lockgen.model.phase import PhaseFacts
from lockgen.model.platform import Platform
from lockgen.model.refusal import Refusal
from lockgen.model.result import Unsolved
from lockgen.model.target import Target, make_target
from lockgen.report.explain import ExplainedPhase, explanation_answer, explanation_json
from lockgen.report.layout import answer_text
from tests.records import origin

AS_OF = datetime(2026, 11, 20, tzinfo=UTC)
LINUX = Platform(name="linux-x86_64", os="linux", arch="x86_64", libc="glibc", version=(2, 28))
MAC = Platform(name="macos-arm64", os="macos", arch="arm64", version=(13, 0))
ONE, TWO, THREE = make_target("3.11", LINUX), make_target("3.12", LINUX), make_target("3.12", MAC)
FACTS = PhaseFacts(phase="1", title="Conservative", revision=1, as_of=AS_OF, strategy="recommended", command="")
NAME = canonicalize_name("starlette")
SUBJECT = (NAME, None)


def demand(by: str, wanted: str, release: str = "") -> Demand:
    name, specifier = wanted.split(" ")
    who = origin(by)
    if isinstance(who, IssueOrigin) and release:
        who = replace(who, beside=ReleaseOrigin(name=canonicalize_name(release), version=Version("0.99.1")))
    return Demand(name=canonicalize_name(name), specifier=SpecifierSet(specifier), origin=who)


ROW = demand("phase-1.yaml:25", "fastapi >=0.95")
ITS = demand("fastapi 0.99.1", "starlette <0.28", "fastapi")


def run(*versions: str, reason: str = "requires Python >=3.12", day: int | None = 4) -> VersionRange:
    uploaded = None if day is None else datetime(2026, 11, day, tzinfo=UTC)
    return VersionRange(versions=tuple(map(Version, versions)), uploaded=uploaded, kind="python", reason=reason)


def has(target: Target, version: str = "0.27.0", filename: str = "starlette-py3.whl", **facts) -> Explanation:
    file = DistFile(name=NAME, version=Version(version), filename=filename, sha256="0", uploaded=AS_OF)
    given = {"files": (file,), "chains": ((ROW, ITS),), "uploaded": datetime(2023, 5, 16, tzinfo=UTC), **facts}
    return Explanation(target=target, name=NAME, version=Version(version), **given)


def text(*explanations: Explanation, asked: str | None = None, titles: dict[str, str] | None = None) -> list[str]:
    subject = (NAME, None if asked is None else Version(asked))
    phase = ExplainedPhase(facts=FACTS, explanations=explanations, titles=titles or {})
    return answer_text(explanation_answer(subject, [phase])).splitlines()


def test_one_answer_for_all_targets_is_said_once() -> None:
    wanted = Wanted(version=Version("0.32.0"), word="recommended", because="fastapi 0.99.1 needs starlette<0.28")
    runs = (run("0.28.0", "0.29.0"), run("0.30.0", reason="yanked: broken"))
    assert text(*(has(target, wanted=wanted, newer=runs) for target in (ONE, TWO, THREE))) == [
        "starlette 0.27.0 on 3 of 3 targets (phase 1, recommended, as of 2026-11-20)",
        "  starlette 0.27.0 (uploaded 2023-05-16) on all",
        "      file: starlette-py3.whl",
        "      wanted: 0.32.0, the recommended version, but kept out by fastapi 0.99.1",
        "      asked for by",
        "        phase-1.yaml:25 needs fastapi>=0.95 -> fastapi 0.99.1 needs starlette<0.28",
        "      why nothing newer",
        "        0.28.0 to 0.29.0 (2 releases), newest uploaded 2026-11-04: requires Python >=3.12",
        "        0.30.0, uploaded 2026-11-04: yanked: broken",
    ]


def test_each_version_has_its_paragraph_and_names_its_targets() -> None:
    lines = text(has(ONE), has(TWO, "0.28.0"), has(THREE, "0.28.0"))
    assert [line for line in lines if line.startswith("  starlette")] == [
        "  starlette 0.27.0 (uploaded 2023-05-16) on py3.11-linux-x86_64",
        "  starlette 0.28.0 (uploaded 2023-05-16) on py3.12-*",
    ]
    assert lines.count("      nothing newer is listed") == 2


def test_what_differs_inside_a_paragraph_names_its_targets() -> None:
    other = (demand("phase-1.yaml:31", "starlette >=0.27"),)
    lines = text(
        has(ONE, newer=(run("0.28.0"),)),
        has(TWO, chains=((ROW, ITS), other)),
        has(THREE, filename="starlette-mac.whl", issues=(demand("known issue x", "starlette <1"),)),
        titles={"known issue x": "it breaks"},
    )
    assert "      file: starlette-py3.whl (*-linux-x86_64)" in lines
    assert "      file: starlette-mac.whl (py3.12-macos-arm64)" in lines
    assert "        phase-1.yaml:25 needs fastapi>=0.95 -> fastapi 0.99.1 needs starlette<0.28" in lines
    assert "        phase-1.yaml:31 needs starlette>=0.27 (py3.12-linux-x86_64)" in lines
    assert "        known issue x needs starlette<1 (it breaks) (py3.12-macos-arm64)" in lines
    assert "      why nothing newer on py3.11-linux-x86_64" in lines
    assert "      nothing newer is listed on py3.12-*" in lines


def test_many_files_are_counted() -> None:
    targets = [make_target(f"3.{minor}", LINUX) for minor in range(8, 12)]
    lines = text(*(has(target, filename=f"{target.name}.whl") for target in targets))
    assert "      file: 4 different ones; --format json names each target's" in lines


def test_other_files_that_would_serve_are_counted() -> None:
    one = has(ONE)
    assert "      file: starlette-py3.whl and 1 more that would serve" in text(replace(one, files=one.files * 2))


def test_a_known_issue_beside_a_release_says_which() -> None:
    issue = demand("known issue x", "starlette <1", "fastapi")
    assert "        known issue x needs starlette<1, beside fastapi 0.99.1" in text(has(ONE, issues=(issue,)))


def test_a_transitive_package_was_not_wanted_by_a_row() -> None:
    assert any(line.startswith("      wanted: no row of the matrix names it; ") for line in text(has(ONE)))


def test_a_wish_that_was_fulfilled() -> None:
    wanted = Wanted(version=Version("0.27.0"), word="minimum")
    assert "      wanted: 0.27.0, the row's minimum" in text(has(ONE, wanted=wanted))


def test_dates_the_index_does_not_give_are_not_said() -> None:
    lines = text(has(ONE, uploaded=None, newer=(run("0.28.0", "0.29.0", day=None),)))
    assert "  starlette 0.27.0 on py3.11-linux-x86_64" in lines
    assert "        0.28.0 to 0.29.0 (2 releases): requires Python >=3.12" in lines


def test_one_version_that_was_asked_about() -> None:
    lines = text(has(ONE, asked=run("0.32.0")), has(TWO, "0.32.0"), has(THREE, "0.32.0"), asked="0.32.0")
    assert lines[0].startswith("starlette 0.27.0, 0.32.0, why not 0.32.0 on 3 of 3 targets")
    assert "      why not 0.32.0, uploaded 2026-11-04: requires Python >=3.12" in lines
    assert lines.count("      0.32.0 is the version in the set") == 1
    assert not [line for line in lines if "newer" in line]


def test_a_package_that_is_not_there() -> None:
    gone = Explanation(target=ONE, name=NAME)
    lines = text(gone, replace(gone, target=TWO, unused=("a 1 needs it only where x",), near=("starlet", "star")))
    assert lines[1:] == [
        "  starlette is not in the set on all",
        "      nothing in the set asks for it (py3.11-linux-x86_64)",
        "      a 1 needs it only where x (py3.12-linux-x86_64)",
        "      did you mean starlet or star? (py3.12-linux-x86_64)",
    ]


def test_patterns_are_those_of_the_targets_that_have_it() -> None:
    lines = text(has(ONE), has(TWO, "0.28.0"), Explanation(target=THREE, name=NAME))
    assert "  starlette 0.28.0 (uploaded 2023-05-16) on py3.12-linux-x86_64" in lines
    assert "  starlette is not in the set on py3.12-macos-arm64" in lines


def test_a_target_without_a_set_tells_the_conflict() -> None:
    refusals = [
        Refusal(kind="late", name=NAME, version=Version(version), reason="is too late") for version in ("2", "1")
    ]
    no = Unsolved(target=ONE, core=(ROW, ITS), refusals=tuple(refusals), snapshot="")
    lines = text(Explanation(target=ONE, name=NAME, chains=((ITS,),), unsolved=no), has(TWO))
    assert lines[1:5] == [
        "  no set on py3.11-linux-x86_64",
        "      fastapi 0.99.1 needs starlette<0.28",
        "      these demands cannot hold together: phase-1.yaml:25 needs fastapi>=0.95; fastapi 0.99.1 needs starlette<0.28",
        "      starlette 2 is too late (and 1 more releases)",
    ]


def test_json_tells_everything_target_by_target() -> None:
    wanted = Wanted(version=Version("0.32.0"), word="recommended", because="so")
    issue = demand("known issue x", "starlette <1", "fastapi")
    no = Unsolved(target=TWO, core=(ROW,), refusals=(), snapshot="")
    told = explanation_json(
        FACTS,
        SUBJECT,
        [
            has(ONE, wanted=wanted, issues=(issue,), newer=(run("0.28.0", "0.29.0"),)),
            Explanation(target=TWO, name=NAME, unsolved=no),
            Explanation(target=THREE, name=NAME, near=("starlet",)),
        ],
        {"known issue x": "it breaks"},
    )
    assert json.loads(json.dumps(told)) == told
    one, two, three = (told["targets"][target.name] for target in (ONE, TWO, THREE))
    assert (told["name"], told["why_not"], told["as_of"]) == ("starlette", None, "2026-11-20T00:00:00Z")
    assert [each["status"] for each in (one, two, three)] == ["in set", "unsolved", "not in set"]
    assert one["wanted"] == {"version": "0.32.0", "word": "recommended", "because": "so"}
    assert one["asked_for_by"] == [
        [
            {"by": "phase-1.yaml:25", "needs": "fastapi>=0.95", "release": None},
            {"by": "fastapi 0.99.1", "needs": "starlette<0.28", "release": "fastapi 0.99.1"},
        ]
    ]
    assert one["narrowed_by"] == [
        {"by": "known issue x", "needs": "starlette<1", "release": "fastapi 0.99.1", "title": "it breaks"}
    ]
    assert one["newer"] == [
        {
            "versions": ["0.28.0", "0.29.0"],
            "newest_uploaded": "2026-11-04T00:00:00Z",
            "kind": "python",
            "reason": "requires Python >=3.12",
        }
    ]
    assert two["unsolved"]["core"] == ["phase-1.yaml:25 needs fastapi>=0.95"]
    assert three["did_you_mean"] == ["starlet"]
