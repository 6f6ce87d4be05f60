"""sbom.cdx.json: what the standard's own schema and reader make of it, and what the commands do with it."""

from __future__ import annotations

import dataclasses
import json
import sys
from pathlib import Path

import pytest

from tests.conftest import Lockgen
from tests.named_sets import ONE, project
from tests.render.cells import FACTS, linux_cell, mac_cell, set_of

pytest.importorskip("cyclonedx", reason="not run: the extra `sbom` is not installed")

from cyclonedx.model.bom import Bom
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

from lockgen.render.sbom import sbom

FILE = Path("output/example") / ONE / "sbom.cdx.json"


@pytest.mark.parametrize("cell", [linux_cell(), mac_cell()], ids=lambda cell: cell.request.target.name)
def test_it_keeps_to_the_schema_and_holds_the_set(cell):
    text = sbom(FACTS, cell)
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(text) is None
    read = Bom.from_json(json.loads(text))
    pins = {pin.name: pin for pin in set_of(cell).pins}
    assert {each.name: each.version for each in read.components} == {
        name: str(pin.version) for name, pin in pins.items()
    }
    for each in read.components:
        (first,) = each.hashes
        best, *others = pins[each.name].files
        assert (first.alg.value, first.content) == ("SHA-256", best.sha256)
        assert str(each.purl) == f"pkg:pypi/{each.name}@{each.version}?file_name={best.filename}"
        assert [item.value for item in each.properties] == [f"{file.filename} sha256:{file.sha256}" for file in others]


def test_who_demands_what_is_said():
    found = {each["ref"]: each.get("dependsOn", []) for each in json.loads(sbom(FACTS, linux_cell()))["dependencies"]}
    assert found["fastapi==0.99.1"] == ["starlette==0.27.0"]
    assert found["uvicorn==0.24.0"] == ["uvloop==0.19.0"]
    assert found["set:1/py3.12-linux-x86_64"] == [
        *("fastapi==0.99.1", "httpx==0.27.2", "starlette==0.27.0", "uvicorn==0.24.0", "uvloop==0.19.0"),
    ]


def test_equal_sets_give_equal_bytes_and_others_another_number():
    cell = linux_cell()
    backwards = dataclasses.replace(
        cell, outcome=dataclasses.replace(set_of(cell), pins=tuple(reversed(set_of(cell).pins)))
    )
    assert sbom(FACTS, backwards) == sbom(FACTS, cell)
    less = dataclasses.replace(cell, outcome=dataclasses.replace(set_of(cell), pins=set_of(cell).pins[:-1]))
    assert json.loads(sbom(FACTS, less))["serialNumber"] != json.loads(sbom(FACTS, cell))["serialNumber"]


def test_render_writes_it_on_request_and_check_compares_it(lockgen: Lockgen, tmp_path: Path) -> None:
    index = project(tmp_path)
    assert lockgen("render", "--frozen", index).code == 0
    assert not FILE.exists()
    assert lockgen("render", "--frozen", index, "--sbom").code == 0
    assert {each["name"] for each in json.loads(FILE.read_text())["components"]} == {"core", "web"}
    assert lockgen("check", "--frozen", index).code == 0
    FILE.write_text(FILE.read_text().replace('"2.0"', '"2.1"'))
    done = lockgen("check", "--frozen", index)
    assert done.code == 1
    assert "sbom.cdx.json" in done.flat
    assert lockgen("render", "--frozen", index).code == 0
    assert not FILE.exists(), "as pylock.toml: a render without the option has none"


def test_without_the_library_it_says_what_to_install(
    lockgen: Lockgen, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    index = project(tmp_path)
    assert lockgen("render", "--frozen", index, "--sbom").code == 0
    monkeypatch.delitem(sys.modules, "lockgen.render.sbom")
    for name in [name for name in sys.modules if name.partition(".")[0] == "cyclonedx"]:
        monkeypatch.setitem(sys.modules, name, None)
    done = lockgen("render", "--frozen", index, "--sbom")
    assert done.code == 2
    assert "pip install 'cyclonedx-python-lib>=11'" in done.err
    done = lockgen("check", "--frozen", index)
    assert done.code == 0
    assert "sbom.cdx.json was not compared" in done.flat
