"""Closure finds each fault planted into a set that closes."""

from __future__ import annotations

import dataclasses

import pytest
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name
from packaging.version import Version

from lockgen.model.origin import IssueOrigin
from lockgen.model.request import Constraint
from lockgen.model.result import Pin
from lockgen.render.documents import documents
from lockgen.render.environment import templates
from lockgen.verify.closure import complaints
from tests.render.cells import FACTS, default_texts, dist, linux_cell, mac_cell, pin, set_of, sha

TEMPLATES = templates(default_texts())
CELL = linux_cell()
PINS: dict[str, Pin] = {each.name: each for each in set_of(CELL).pins}


@pytest.mark.parametrize("cell", [CELL, mac_cell()], ids=lambda cell: cell.request.target.name)
def test_a_good_set_is_closed(cell):
    assert complaints(cell.request, documents(FACTS, cell, TEMPLATES), set_of(cell).pins) == ()


def judged(*, request=CELL.request, drop=(), **changed):
    """The complaints about the good set with pins dropped, or replaced and rendered anew."""
    pins = {name: each for name, each in PINS.items() if name not in drop} | changed
    cell = dataclasses.replace(
        CELL, request=request, outcome=dataclasses.replace(set_of(CELL), pins=tuple(pins.values()))
    )
    return complaints(request, documents(FACTS, cell, TEMPLATES), tuple(pins.values()))


def with_metadata(name, **fields):
    return dataclasses.replace(PINS[name], metadata=dataclasses.replace(PINS[name].metadata, **fields))


def requiring(name, *lines):
    return with_metadata(name, requires_dist=(*PINS[name].metadata.requires_dist, *lines))


FAULTS = {
    "a row is not pinned": ({"drop": ["httpx"]}, "requirements.txt needs httpx<0.28,>=0.24.0, the set has none"),
    "a dependency is not pinned": (
        {"fastapi": requiring("fastapi", "pydantic>=1")},
        "fastapi 0.99.1 needs pydantic>=1, the set has none",
    ),
    "a dependency is too old": (
        {"fastapi": requiring("fastapi", "starlette>=0.28")},
        "fastapi 0.99.1 needs starlette>=0.28, the set has 0.27.0",
    ),
    "an extra's dependency is not met": (
        {"uvicorn": requiring("uvicorn", 'uvloop>=9; extra == "standard"')},
        'uvicorn 0.24.0 needs uvloop>=9; extra == "standard", the set has 0.19.0',
    ),
    "an extra asked for further down is not met": (
        {
            "fastapi": requiring("fastapi", "starlette[Full_One]"),
            "starlette": requiring("starlette", 'jinja2; extra == "full-one"'),
        },
        'starlette 0.27.0 needs jinja2; extra == "full-one", the set has none',
    ),
    "a marker true on some patch releases counts": (
        {"httpx": requiring("httpx", 'late; python_full_version >= "3.12.4"')},
        'httpx 0.27.2 needs late; python_full_version >= "3.12.4", the set has none',
    ),
    "an address instead of a version": (
        {"httpx": requiring("httpx", "starlette @ https://files.invalid/s.whl")},
        "httpx 0.27.2 takes starlette from an address, which no constraint can hold",
    ),
    "a requirement nobody can read": (
        {"httpx": requiring("httpx", "what is this")},
        "httpx 0.27.2 requires 'what is this', which cannot be decided",
    ),
    "nobody asks for it": ({"idle": pin("idle-1-py3-none-any.whl")}, "idle is in the set and nothing asks for it"),
    "no wheel for the target": (
        {"httpx": pin("httpx-0.27.2-cp312-cp312-win_amd64.whl")},
        "httpx 0.27.2 has no file that py3.12-linux-x86_64 can use",
    ),
    "an sdist that is not allowed": (
        {"httpx": pin("httpx-0.27.2.tar.gz")},
        "httpx 0.27.2 has no file that py3.12-linux-x86_64 can use",
    ),
    "the best file is not first": (
        {"uvloop": dataclasses.replace(PINS["uvloop"], files=PINS["uvloop"].files[::-1])},
        "requirements.lock: the first hash of uvloop is not that of its best file",
    ),
    "a file of another release": (
        {"httpx": dataclasses.replace(PINS["httpx"], files=(dist("httpx-0.27.1-py3-none-any.whl"),))},
        "httpx-0.27.1-py3-none-any.whl is yanked or no file of httpx 0.27.2",
    ),
    "a yanked file": (
        {"httpx": dataclasses.replace(PINS["httpx"], files=(dist("httpx-0.27.2-py3-none-any.whl", yanked=""),))},
        "httpx-0.27.2-py3-none-any.whl is yanked or no file of httpx 0.27.2",
    ),
    "a file name that is no wheel's": (
        {"httpx": dataclasses.replace(PINS["httpx"], files=(dist("httpx-0.27.2-any.whl"),))},
        "httpx 0.27.2 has no file that",
    ),
    "Requires-Python of the metadata": (
        {"httpx": with_metadata("httpx", requires_python=">=3.12.1")},
        "httpx 0.27.2 needs Python >=3.12.1 by its metadata; py3.12-linux-x86_64 is not all of that",
    ),
    "Requires-Python of the page": (
        {
            "httpx": dataclasses.replace(
                PINS["httpx"], files=(dist("httpx-0.27.2-py3-none-any.whl", requires_python="<3.12"),)
            )
        },
        "httpx 0.27.2 needs Python <3.12 by httpx-0.27.2-py3-none-any.whl",
    ),
    "metadata of another release": (
        {"httpx": with_metadata("httpx", version=Version("0.27.1"))},
        "httpx 0.27.2 carries the metadata of httpx 0.27.1",
    ),
    "below the published minimum": (
        {"httpx": pin("httpx-0.23.0-py3-none-any.whl")},
        "phase-1.yaml:31: httpx<1.0.0,>=0.24.0 is not met by 0.23.0",
    ),
    "against a known issue": (
        {"httpx": pin("httpx-0.28.0-py3-none-any.whl")},
        "known issue testclient-app: httpx<0.28 is not met by 0.28.0",
    ),
    "against a known issue of what no row names": (
        {
            "request": dataclasses.replace(
                CELL.request,
                rows=CELL.request.rows[:3] + CELL.request.rows[4:],
                constraints=(
                    Constraint(
                        origin=IssueOrigin(id="deep"),
                        name=canonicalize_name("starlette"),
                        specifier=SpecifierSet("<0.1"),
                    ),
                ),
            )
        },
        "known issue deep: starlette<0.1 is not met by 0.27.0",
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_planted_fault_in_the_set_is_found(fault):
    changes, complaint = FAULTS[fault]
    found = judged(**changes)
    assert any(complaint in each for each in found), found


def test_what_installers_cannot_read_in_requires_python_they_ignore():
    assert judged(httpx=with_metadata("httpx", requires_python=">=3.6.*.x")) == ()


HTTPX = sha("httpx-0.27.2-py3-none-any.whl")
EDITS = {
    "the constraints do not lead": ("requirements.txt", "-c constraints.txt\n", "", "the first line is not -c"),
    "a row is gone": (
        "requirements.txt",
        "uvloop>=0.19.0\n",
        "",
        "requirements.txt: asks for fastapi, uvicorn[standard]",
    ),
    "an extra is gone": ("requirements.txt", "[standard]", "", "uvicorn[standard]"),
    "a line is no requirement": ("requirements.txt", "httpx>", "httpx >> ", "is no requirement"),
    "a constraint is gone": (
        "constraints.txt",
        "httpx==0.27.2\n",
        "",
        "constraints.txt: httpx is missing from the set",
    ),
    "a constraint is too many": ("constraints.txt", "httpx==", "idle==1\nhttpx==", "idle is pinned but not in the set"),
    "a constraint says another version": ("constraints.txt", "httpx==0.27.2", "httpx==0.27.1", "httpx is 0.27.1"),
    "a constraint is a range": ("constraints.txt", "httpx==0.27.2", "httpx>=0.27.2", "is not one pin"),
    "a constraint is a series": ("constraints.txt", "httpx==0.27.2", "httpx==0.27.*", "is not one pin"),
    "a constraint has an extra": ("constraints.txt", "httpx==", "httpx[cli]==", "is not one pin"),
    "a constraint stands twice": ("constraints.txt", "httpx==0.27.2", "httpx==0.27.2\nhttpx==0.27.2", "is not one pin"),
    "the lock lacks a pin": (
        "requirements.lock",
        f"httpx==0.27.2 \\\n    --hash=sha256:{HTTPX}\n",
        "",
        "requirements.lock: httpx is missing",
    ),
    "the lock lacks a hash": ("requirements.lock", f" \\\n    --hash=sha256:{HTTPX}", "", "lacks the hash of a file"),
    "the lock has a stranger's hash": (
        "requirements.lock",
        f"sha256:{HTTPX}",
        f"sha256:{HTTPX} --hash=sha256:{'0' * 64}",
        "httpx has a hash of no file",
    ),
}


@pytest.mark.parametrize("edit", EDITS)
def test_a_planted_fault_in_a_text_is_found(edit):
    name, old, new, complaint = EDITS[edit]
    texts = documents(FACTS, CELL, TEMPLATES)
    assert old in texts[name]
    found = complaints(CELL.request, texts | {name: texts[name].replace(old, new, 1)}, set_of(CELL).pins)
    assert any(complaint in each for each in found), found


def test_an_sdist_that_pip_may_not_build_is_found():
    cell = mac_cell()
    texts = documents(FACTS, cell, TEMPLATES)
    texts["requirements.lock"] = texts["requirements.lock"].replace("--no-binary pyyaml\n", "")
    assert complaints(cell.request, texts, set_of(cell).pins) == (
        "requirements.lock: pyyaml is an sdist and not under --no-binary",
    )


def test_a_missing_text_is_a_complaint():
    assert complaints(CELL.request, {}, set_of(CELL).pins) == ("requirements.txt: missing",)
