"""Every row of the checklist: passed, failed and not run."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lockgen.preflight.checks import answer, checks_of, examine
from lockgen.preflight.text import text_of
from tests.preflight.stand import dist, facts, matrix, pins, said, verdicts, with_dists, with_python

NAMES = {name for name, _ in checks_of(matrix())}


def broken(part: str) -> dict[str, Any]:
    return {**facts(), part: {"error": "OSError: no"}}


@pytest.mark.parametrize("phase", ["1", "2"])
def test_a_healthy_image_passes_every_check(phase: str) -> None:
    findings = examine(facts(phase), matrix(phase))
    assert {each.verdict for each in findings} == {"pass"}
    assert {each.check for each in findings} == NAMES


@pytest.mark.parametrize("name", sorted(NAMES))
def test_every_check_is_not_run_without_facts(name: str) -> None:
    expected = {"issues": 8}.get(name, 1)
    assert verdicts({}, name) == ["not run"] * expected


# --- the server


def test_a_server_that_there_is_not() -> None:
    found = {**facts(), "settings": {"DRUM_SERVER_TYPE": "tornado"}}
    assert said(found, "server") == [
        (
            "fail",
            "DRUM_SERVER_TYPE='tornado' is no server; fastapi was checked for",
            "Set DRUM_SERVER_TYPE to flask or fastapi.",
        )
    ]


@pytest.mark.parametrize(("said_by", "server"), [("flask", "flask"), ("FastAPI", "fastapi"), ("", "fastapi")])
def test_drum_server_type_says_the_server(said_by: str, server: str) -> None:
    found = {**facts(), "settings": {"DRUM_SERVER_TYPE": said_by}}
    assert said(found, "server") == [("pass", f"checked for {server}", "")]


# --- Python version >= 3.8


def test_fastapi_on_3_7_fails_with_the_tables_remedy() -> None:
    found = with_python(facts(), "3.7.16")
    assert said(found, "python") == [
        (
            "fail",
            "Python 3.7.16 is not supported by fastapi: FastAPI requires 3.8+",
            "Use DRUM_SERVER_TYPE=flask for Python 3.7.",
        )
    ]
    assert said(found, "python", server="flask") == [("pass", "Python 3.7.16 is supported by flask", "")]


@pytest.mark.parametrize("version", ["3.8.10", "3.8.18", "3.10.13", "3.12.3", "3.12.99"])
def test_supported_pythons(version: str) -> None:
    assert verdicts(with_python(facts(), version), "python") == ["pass"]


def test_a_patch_release_before_the_floor_is_refused() -> None:
    (found,) = said(with_python(facts(), "3.12.1"), "python")
    assert found == (
        "fail",
        "Python 3.12.1 is older than 3.12.3, which the sets are made for",
        "Use CPython 3.12.3 or newer of 3.12.",
    )


def test_a_32_bit_python_is_right_where_its_platform_is() -> None:
    here, known = facts(), matrix()
    here["python"]["bits"] = 32
    here["platform"]["machine"] = "armv7l"
    assert "32 bits wide" in said(here, "python")[0][1]
    row = dict(known["platforms"][0], name="linux-armv7l", arch="armv7l")
    known["platforms"].append(row)
    assert [each.verdict for each in examine(here, known) if each.check == "python"] == ["pass"]


def test_a_patch_release_that_the_set_does_not_serve_is_refused() -> None:
    here = with_python(facts(), "3.11.7")
    known = matrix()
    for each in known["sets"]:
        if "py3.11-linux-x86_64" in each["targets"]:
            each["unserved"] = ["3.11.7"]
    (found,) = [each for each in examine(here, known) if each.check == "target"]
    assert (found.verdict, found.message) == (
        "fail",
        "the set of py3.11-linux-x86_64 does not serve Python 3.11.7: Requires-Python of a release in it says so",
    )


@pytest.mark.parametrize(
    ("version", "verdict"), [("3.13.0", "warn"), ("4.0.0", "warn"), ("3.6.15", "fail"), ("2.7.18", "fail")]
)
def test_pythons_that_are_not_in_the_table(version: str, verdict: str) -> None:
    assert verdicts(with_python(facts(), version), "python") == [verdict]


@pytest.mark.parametrize(("key", "value"), [("implementation", "pypy"), ("free_threaded", True), ("bits", 32)])
def test_a_python_that_the_wheels_are_not_for(key: str, value: object) -> None:
    found = facts()
    found["python"][key] = value
    assert verdicts(found, "python") == ["fail"]


def test_a_python_that_says_no_version() -> None:
    found = facts()
    found["python"]["version"] = "three"
    assert said(found, "python") == [("not run", "'three' is no version", "")]


# --- the platform and the target


def on(system: str, machine: str, *libc: str) -> dict[str, Any]:
    return {**facts(), "platform": {"system": system, "machine": machine, "libc": list(libc)}}


@pytest.mark.parametrize(
    ("found", "target"),
    [
        (on("linux", "x86_64", "glibc", "2.28"), "py3.11-linux-x86_64"),
        (on("linux", "aarch64", "glibc", "2.41"), "py3.11-linux-aarch64"),
        (on("linux", "x86_64", "musl", "1.2.5"), "py3.11-alpine-x86_64"),
        (on("macos", "arm64", "macos", "14.5"), "py3.11-macos-arm64"),
        (on("macos", "x86_64", "macos", "13.0"), "py3.11-macos-x86_64"),
        (on("windows", "x86_64", "windows", "11"), "py3.11-windows-x86_64"),
    ],
)
def test_the_target_is_chosen_from_python_system_machine_and_libc(found: dict[str, Any], target: str) -> None:
    assert verdicts(found, "platform") == ["pass"]
    assert said(found, "target") == [("pass", f"this is {target} of phase 1", "")]


@pytest.mark.parametrize(
    "found",
    [
        on("linux", "x86_64", "glibc", "2.17"),
        on("linux", "x86_64", "musl", "1.1.24"),
        on("macos", "arm64", "macos", "12.7"),
    ],
)
def test_a_libc_or_macos_older_than_the_floor_fails(found: dict[str, Any]) -> None:
    ((verdict, message, remedy),) = said(found, "platform")
    assert (verdict, "older than" in message, "or newer" in remedy) == ("fail", True, True)


@pytest.mark.parametrize(
    "found",
    [on("linux", "ppc64le", "glibc", "2.36"), on("freebsd14", "x86_64", "", ""), with_python(facts(), "3.13.0")],
)
def test_what_is_none_of_the_targets(found: dict[str, Any]) -> None:
    assert said(found, "target") == [("not run", "this interpreter is none of the targets", "")]
    assert said(found, "constraints")[0][:2] == ("not run", "this interpreter is none of the targets")


def test_a_platform_the_table_does_not_know_and_a_libc_nobody_knows() -> None:
    assert verdicts(on("linux", "ppc64le", "glibc", "2.36"), "platform") == ["warn"]
    assert said(on("linux", "x86_64", "glibc", ""), "platform") == [
        ("not run", "the version of glibc is not known", "")
    ]


def test_a_target_can_be_named() -> None:
    found = {**facts(), "platform": {"system": "linux", "machine": "riscv64", "libc": ["glibc", "2.40"]}}
    assert verdicts(found, "constraints", target="py3.11-linux-x86_64") == ["pass"]
    assert verdicts(found, "constraints", target="py3.8-windows-x86_64") != ["pass"]


# --- all dependencies at compatible versions


def test_a_dependency_outside_its_bounds() -> None:
    found = with_dists(facts(), dist("anyio", "4.0.0"))
    assert said(found, "dependencies") == [
        (
            "fail",
            "anyio 4.0.0 is outside >=3.0.0,<4.0.0",
            'pip install -c py3.11-linux-x86_64/constraints.txt "anyio>=3.0.0,<4.0.0"',
        )
    ]


def test_a_missing_dependency_fails_and_a_missing_optional_one_warns() -> None:
    found = with_dists(facts(), without=("httpx", "orjson"))
    assert [line[:2] for line in said(found, "dependencies")] == [
        ("fail", "httpx is not installed"),
        ("warn", "orjson is not installed (Fast JSON serialization)"),
    ]


def test_a_row_for_other_platforms_is_not_missed() -> None:
    found = {
        **with_dists(facts(), without=("uvloop",)),
        "platform": {"system": "windows", "machine": "x86_64", "libc": ["windows", "11"]},
    }
    assert verdicts(found, "dependencies") == ["pass"]


def test_a_version_that_cannot_be_read() -> None:
    found = with_dists(facts(), dist("anyio", "latest"))
    assert said(found, "dependencies") == [("not run", "anyio: 'latest' is no version", "")]


@pytest.mark.parametrize("check", ["dependencies", "constraints"])
def test_a_phase_about_fastapi_says_nothing_of_flask(check: str) -> None:
    assert said(facts(), check, server="flask") == [("not run", "phase 1 is about fastapi, not flask", "")]


def test_a_drifted_and_a_missing_pin() -> None:
    found = with_dists(facts(), dist("anyio", "3.7.0"), without=("sniffio",))
    assert [line[:2] for line in said(found, "constraints")] == [
        ("warn", "not as in the set: anyio 3.7.0 instead of 3.7.1"),
        ("warn", f"missing from the set: sniffio {pins()['sniffio']}"),
    ]


def test_what_is_not_in_the_set_is_the_users_own() -> None:
    assert verdicts(with_dists(facts(), dist("pandas", "2.2.0")), "constraints") == ["pass"]


# --- what is installed, against itself


def test_starlette_0_32_is_not_for_fastapi_0_99() -> None:
    fastapi = dist("fastapi", "0.99.1", "starlette (<0.28.0,>=0.27.0)", 'orjson>=3.2.1; extra == "all"')
    found = with_dists(facts(), fastapi, dist("starlette", "0.32.0"))
    assert verdicts(found, "dependencies") == ["pass"]
    assert said(found, "requirements") == [
        (
            "fail",
            "fastapi 0.99.1 needs starlette<0.28.0,>=0.27.0, and 0.32.0 is installed",
            'pip install "starlette<0.28.0,>=0.27.0", or another release of fastapi',
        )
    ]


def test_what_a_distribution_needs_and_nobody_installed() -> None:
    found = with_dists(facts(), dist("a", "1", "b>=2", "c; python_version < '3'", "d; extra == 'x'"))
    assert said(found, "requirements") == [("fail", "a 1 needs what is not installed: b>=2", 'pip install "b>=2"')]


def test_names_are_compared_as_names() -> None:
    found = with_dists(facts(), dist("A_b", "1", "C.d>=1"), dist("c-D", "1"))
    assert verdicts(found, "requirements") == ["pass"]


def test_a_distribution_for_another_python() -> None:
    found = with_dists(facts(), dist("a", "1", python=">=3.12"))
    assert [line[:2] for line in said(found, "requirements")] == [("fail", "a 1 needs Python >=3.12")]


def test_what_cannot_be_read_is_named_and_nothing_else_lost() -> None:
    found = with_dists(facts(), dist("a", "1", "b>=3.6.*", python="!=3.0*"), dist("b", "1"), dist("c", "1", "b>=2"))
    lines = said(found, "requirements")
    assert [line[0] for line in lines] == ["fail", "not run"]
    assert "'>=3.6.*' is no version specifier of a" in lines[1][1]


def test_metadata_that_is_there_twice_or_unreadable() -> None:
    found = with_dists(
        facts(), dist("a", "1"), dist("A", "2"), dist("b", "1", location="/x"), dist("b", "2", location="/y")
    )
    found["distributions"]["unreadable"] = [{"path": "/x/c.dist-info", "reason": "Permission denied"}]
    assert [line[:2] for line in said(found, "requirements")] == [
        ("warn", "a is there twice: 1 and 2"),
        ("not run", "/x/c.dist-info: Permission denied"),
    ]


# --- no Pydantic v1-only dependencies


@pytest.mark.parametrize(
    ("name", "version", "verdict"),
    [
        ("langchain", "0.0.200", "fail"),
        ("langchain", "0.0.1000", "fail"),  # as strings, "0.0.1000" is not older than "0.1"
        ("langchain", "0.1.0", "pass"),
        ("langchain", "0.10.0", "pass"),
        ("mlflow", "2.8.1", "fail"),
        ("mlflow", "2.10.0", "pass"),  # as strings, "2.10.0" is older than "2.9"
        ("ray", "2.7.0", "fail"),
        ("ray", "2.8.0", "pass"),
        ("transformers", "4.30.0", "pass"),
        ("datarobot", "3.0.0", "pass"),
    ],
)
def test_the_known_conflicts(name: str, version: str, verdict: str) -> None:
    assert verdicts(with_dists(facts("2"), dist(name, version)), "pydantic", phase="2") == [verdict]
    assert verdicts(with_dists(facts("1"), dist(name, version)), "pydantic") == ["pass"]


def test_the_tables_word_stands_beside_what_the_metadata_says() -> None:
    declared = with_dists(facts("2"), dist("langchain", "0.0.200", "pydantic (<2,>=1)"))
    silent = with_dists(facts("2"), dist("langchain", "0.0.300", "pydantic<3,>=1"))
    found = pins(phase="2")["pydantic"]
    assert said(declared, "pydantic", phase="2") == [
        (
            "fail",
            f"langchain 0.0.200 is v1 only (its own metadata requires pydantic<2,>=1), and pydantic {found} is installed",
            "Upgrade langchain or use Option A.",
        )
    ]
    assert "(its own metadata does not say so)" in said(silent, "pydantic", phase="2")[0][1]


@pytest.mark.parametrize(("phase", "requires"), [("2", "pydantic<2"), ("1", "pydantic>=2")])
def test_a_library_the_table_does_not_know_speaks_for_itself(phase: str, requires: str) -> None:
    found = with_dists(facts(phase), dist("thing", "1.0", f"{requires}; python_version >= '3.8'"))
    ((verdict, message, _),) = said(found, "pydantic", phase=phase)
    assert verdict == "fail"
    assert message.startswith(f"thing 1.0 needs {requires}, and ")
    idle = with_dists(facts(phase), dist("thing", "1.0", f"{requires}; python_version < '3.8'"))
    assert verdicts(idle, "pydantic", phase=phase) == ["pass"]


def test_what_only_the_tables_extra_needs_is_a_warning() -> None:
    ray = dist("ray", "2.8.1", 'pydantic<2; extra == "serve"', 'pydantic<1; extra == "other"')
    ((verdict, message, _),) = said(with_dists(facts("2"), ray), "pydantic", phase="2")
    assert (verdict, message.startswith("ray 2.8.1[serve] needs pydantic<2")) == ("warn", True)


def test_without_pydantic_there_is_nothing_to_compare() -> None:
    assert said(with_dists(facts(), without=("pydantic",)), "pydantic") == [
        ("not run", "pydantic is not installed", "")
    ]


# --- uvloop compatible, or asyncio on Windows


def loop(asked: str, uvloop: str = "0.23.0", python: str = "3.11.7", system: str = "linux") -> dict[str, Any]:
    found = with_dists(facts(), *([dist("uvloop", uvloop)] if uvloop else []), without=("uvloop",))
    found = with_python(found, python)
    found["settings"] = {"DRUM_UVICORN_LOOP": asked}
    found["modules"] = {"uvloop": "/site-packages/uvloop/__init__.py" if uvloop else ""}
    if system == "windows":
        found["platform"] = {"system": "windows", "machine": "x86_64", "libc": ["windows", "11"]}
    return found


@pytest.mark.parametrize(
    ("found", "verdict", "words"),
    [
        (loop(""), "pass", "uvloop is used"),
        (loop("Auto"), "pass", "uvloop is used"),
        (loop("uvloop"), "pass", "uvloop is used"),
        (loop("asyncio"), "pass", "asyncio is used"),
        (loop("uvloop", "", system="windows"), "warn", "uvloop is not available on Windows; asyncio is used"),
        (loop("auto", "", system="windows"), "pass", "asyncio is used"),
        (loop("auto", ""), "warn", "asyncio is used: uvloop is not installed"),
        (loop("uvloop", ""), "fail", "uvloop is not installed"),
        (loop("trio"), "warn", "'trio' is no event loop"),
        (loop("auto", "0.17.0", "3.12.1"), "fail", "uvloop 0.17.0 crashes on Python 3.12.1"),
        (loop("uvloop", "0.18.0", "3.12.1"), "fail", "uvloop 0.18.0 crashes on Python 3.12.1"),
        (loop("asyncio", "0.17.0", "3.12.1"), "pass", "asyncio is used"),
        (loop("auto", "0.19.0", "3.12.1"), "pass", "uvloop is used"),
        (loop("auto", "0.17.0", "3.11.7"), "pass", "uvloop is used"),
    ],
)
def test_the_event_loop(found: dict[str, Any], verdict: str, words: str) -> None:
    ((got, message, _),) = said(found, "event-loop")
    assert got == verdict
    assert words in message


def test_the_event_loop_is_a_matter_of_fastapi() -> None:
    assert verdicts(facts(), "event-loop", server="flask") == ["not run"]


def test_a_uvloop_without_metadata() -> None:
    found = with_dists(facts(), without=("uvloop",))
    assert said(found, "event-loop")[0][:2] == ("not run", "uvloop is there without metadata that says its version")


# --- the container runtime supports the detection of cgroups


def memory(**changes: Any) -> dict[str, Any]:
    found = facts()
    found["container"] = {"runtime": changes.pop("runtime", "Docker"), "evidence": ""}
    return {**found, "memory": {**found["memory"], **changes}}


@pytest.mark.parametrize(
    ("found", "verdict", "words"),
    [
        (memory(), "pass", "1 GiB (limit in /sys/fs/cgroup/memory.max), cgroup v2, Docker"),
        (memory(soft_limit=2**29), "pass", "soft limit 512 MiB"),
        (memory(limit=None, effective=2**34, source="machine"), "pass", "16 GiB (machine)"),
        (
            memory(runtime="", version="", read=0, effective=2**34, source="machine"),
            "pass",
            "no control groups, no container",
        ),
        (memory(read=0, version="", limit=None), "fail", "no control group's memory file can be read"),
        (memory(runtime="lxc"), "warn", "the container runtime lxc"),
        (
            memory(skipped=[["/sys/fs/cgroup/memory.max", "Permission denied"]]),
            "warn",
            "was passed over: Permission denied",
        ),
        (memory(effective=None), "not run", "how much memory there is"),
        (broken("memory"), "not run", "OSError: no"),
    ],
)
def test_memory(found: dict[str, Any], verdict: str, words: str) -> None:
    ((got, message, _),) = said(found, "memory")
    assert got == verdict
    assert words in message


# --- CA certificates


def test_certificates() -> None:
    good = {"source": "certifi", "path": "/c.pem", "found": True, "reason": ""}
    named = {"source": "SSL_CERT_FILE", "path": "/x", "found": False, "reason": "No such file or directory"}
    none = {"source": "OpenSSL's default file", "path": "/y", "found": False, "reason": "No such file or directory"}
    assert said({**facts(), "certificates": [none, good]}, "certificates") == [
        ("pass", "found by certifi (/c.pem)", "")
    ]
    assert said({**facts(), "certificates": [named, good]}, "certificates") == [
        ("fail", "SSL_CERT_FILE=/x: No such file or directory", "Correct or unset it.")
    ]
    assert verdicts({**facts(), "certificates": [none]}, "certificates") == ["fail"]
    assert verdicts(broken("certificates"), "certificates") == ["not run"]


# --- custom extensions migrated


@pytest.mark.parametrize(
    ("files", "verdict"),
    [
        ([], "pass"),
        (["custom_fastapi.py"], "pass"),
        (["custom_fastapi.py", "custom_flask.py"], "pass"),
        (["custom_flask.py"], "fail"),
        (["custom_auth.py", "custom_flask.py"], "fail"),
    ],
)
def test_extensions(files: list[str], verdict: str) -> None:
    found = {**facts(), "files": {"extensions": {"folder": "/opt/code", "files": files, "reason": ""}}}
    assert verdicts(found, "extensions") == [verdict]
    assert verdicts(found, "extensions", server="flask") == ["not run"]


def test_a_folder_of_code_that_cannot_be_read() -> None:
    found = {**facts(), "files": {"extensions": {"folder": "/opt/code", "files": [], "reason": "Permission denied"}}}
    assert said(found, "extensions") == [("not run", "/opt/code: Permission denied", "")]


# --- known issues


def issue(found: dict[str, Any], name: str, phase: str = "1") -> list[tuple[str, str]]:
    return [
        (verdict, remedy)
        for verdict, message, remedy in said(found, "issues", phase=phase)
        if message.startswith(f"{name}: ")
    ]


@pytest.mark.parametrize(
    ("name", "found", "verdict"),
    [
        ("anyio-conflict", facts(), "pass"),
        ("anyio-conflict", with_dists(facts(), dist("anyio", "5.0.0")), "fail"),
        ("uvloop-segfault", loop("", "0.17.0", "3.12.1"), "fail"),
        ("uvloop-segfault", loop("", "0.19.0", "3.12.1"), "pass"),
        ("uvloop-segfault", loop("", "0.17.0", "3.11.7"), None),
        ("pydantic-v1-python-3.12.4", with_python(facts(), "3.12.4"), "fail"),
        ("pydantic-v1-python-3.12.4", with_python(facts(), "3.12.1"), None),  # the patch release decides
        ("starlette-testclient-httpx", with_dists(facts(), dist("httpx", "0.28.0")), "fail"),
        ("starlette-testclient-httpx", with_dists(facts(), dist("httpx", "0.28.0"), dist("starlette", "0.37.2")), None),
        ("httpx-ca-certificates", facts(), "pass"),
        ("httpx-ca-certificates", {**facts(), "certificates": []}, "fail"),
        ("httpx-ca-certificates", broken("certificates"), "not run"),
        ("httpx-ca-certificates", with_dists(facts(), without=("httpx",)), None),
        ("httptools-alpine", on("linux", "x86_64", "musl", "1.2.4"), "pass"),
        ("httptools-alpine", with_dists(on("linux", "x86_64", "musl", "1.2.4"), without=("httptools",)), "warn"),
        ("httptools-alpine", facts(), None),
    ],
)  # fmt: skip
def test_known_issues(name: str, found: dict[str, Any], verdict: str | None) -> None:
    lines = issue(found, name)
    assert [line[0] for line in lines] == ([verdict] if verdict else [])


def test_the_remedy_is_the_published_solution() -> None:
    ((_, remedy),) = issue(loop("", "0.17.0", "3.12.1"), "uvloop-segfault")
    assert remedy == "Update uvloop to >= 0.19.0"


def test_an_issue_that_no_version_tells_apart() -> None:
    odd = {"id": "odd", "title": "odd", "symptom": "it hums", "solution": "Wait."}
    (finding,) = [each for each in examine(facts(), {**matrix(), "issues": [odd]}) if each.check == "issues"]
    assert (finding.verdict, finding.remedy) == ("not run", "Wait.")


# --- never raises


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
PARTS = sorted(facts())


@given(JSON)
def test_whatever_the_facts_are_every_check_says_something(value: Any) -> None:
    assert {each.check for each in examine(value, matrix())} == NAMES
    text_of(answer(value, matrix()))


@given(st.sampled_from(PARTS), JSON)
def test_a_part_that_is_spoilt_stops_no_other_check(part: str, value: Any) -> None:
    said_ = answer({**facts(), part: value}, matrix())
    assert {each["check"] for each in said_["findings"]} == NAMES
    assert text_of(said_).isascii()


@given(st.sampled_from([part for part in PARTS if isinstance(facts()[part], dict)]), st.data())
def test_a_value_that_is_spoilt_stops_no_other_check(part: str, data: st.DataObject) -> None:
    found = facts()
    key = data.draw(st.sampled_from(sorted(found[part]) or ["x"]))
    found[part] = {**found[part], key: data.draw(JSON)}
    text_of(answer(found, matrix()))


def test_words_of_others_cannot_write_to_the_terminal() -> None:
    found = with_dists(facts(), dist("anyio", "4\x1b[2J\n\u202ePASS"))
    text = text_of(answer(found, matrix()))
    assert text.isascii()
    assert "\x1b" not in text
    assert all(line[:8].strip() in {"pass", "FAIL", "WARN", "not run", ""} for line in text.splitlines()[:-1])


def test_what_the_matrix_overrides_or_excludes_is_not_required() -> None:
    found, wanted = facts(), matrix()
    found["distributions"]["found"].append(dist("app", "1.0", "lib<2", "spare", "other"))
    found["distributions"]["found"].append(dist("lib", "2.0"))
    wanted["replaced"] = [{"name": "lib"}, {"name": "spare", "python": ">=3.11"}, {"name": "other", "python": ">=3.12"}]
    (only,) = [each.message for each in examine(found, wanted) if each.check == "requirements"]
    assert only == "app 1.0 needs what is not installed: other"
