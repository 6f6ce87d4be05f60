"""Wheels whose code looks around: what it gets to see while a set is proved, and what it can leave behind."""

from __future__ import annotations

import base64
import json
import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from lockgen.model.verify import Proof
from lockgen.verify.install import installed
from lockgen.verify.pip_environment import PipEnvironment, PipIndex, pip_environment, pip_netrc
from lockgen.verify.smoke import InstalledSet, smoke
from lockgen.verify.venvs import venv_python
from tests.index.loopback import send
from tests.render.index import wheel
from tests.verify.planted import make_script
from tests.verify.stand import HERE, Stand, processes_of, stand

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform != "linux", reason="not run: processes are looked for in /proc"),
]

LOGIN, PASSWORD = "spied-on", "s3cret-w0rd"
NUMBER = "98781"

SPY = """
import json, os, subprocess, sys
with open({seen!r}, "a") as file:
    file.write(json.dumps({{"environ": dict(os.environ), "cwd": os.getcwd(), "there": os.listdir(), "argv": sys.argv,
                            "home": os.path.expanduser("~")}}) + "\\n")
null = subprocess.DEVNULL  # a child that holds the pipes keeps pip from ending
subprocess.Popen(["sleep", {number!r}], start_new_session=True, stdout=null, stderr=null)
"""


def guarded(page: bytes, kind: str) -> Callable[[Any], None]:
    wanted = "Basic " + base64.b64encode(f"{LOGIN}:{PASSWORD}".encode()).decode()

    def answer(handler: Any) -> None:
        if handler.headers["Authorization"] == wanted:
            send(handler, 200, page, Content_Type=kind)
        else:
            send(handler, 401, b"", WWW_Authenticate='Basic realm="x"')

    return answer


@pytest.fixture(scope="module")
def proved(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, list[Proof]]]:
    """Two sets proved one after the other in one venv; the first one's code starts with every Python of that venv."""
    room = tmp_path_factory.mktemp("hostile")
    seen, project = room / "seen.jsonl", room / "project"
    project.mkdir()
    with stand(room) as here, pytest.MonkeyPatch.context() as patch:
        patch.chdir(project)
        patch.setenv("HOME", str(project))
        patch.setenv("SECRET_OF_THE_MACHINE", "s3cret")
        spy = SPY.format(seen=str(seen), number=NUMBER)
        spies = {"spy.py": spy, "spies_at_start.py": spy, "spies.pth": "import spies_at_start\n"}
        here.offer(wheel("spy", "1.0", files=spies), wheel("plain", "1.0"))
        sets = [here.write("one", ["spy-1.0-py3-none-any.whl"], rows=["spy"])]
        sets.append(
            here.write("two", ["spy-1.0-py3-none-any.whl", "plain-1.0-py3-none-any.whl"], rows=["spy", "plain"])
        )
        index = here.index
        index.pages = {
            path: guarded(page, index.types.get(path, "application/octet-stream"))
            for path, page in index.pages.items()
            if isinstance(page, bytes)
        }
        bench = _bench(here)
        proofs = [installed(here.target, folder, HERE, bench) for folder in sets]
        venv = InstalledSet(python=venv_python(HERE, bench), interpreter=HERE, environ=dict(os.environ))
        proofs.append(smoke(venv, make_script(room, "import spy\nprint('ok spy')"), target="t"))
        yield seen, proofs


def _bench(here: Stand) -> PipEnvironment:
    index = PipIndex(address=f"{here.index.root}/simple/", login=(LOGIN, PASSWORD), retries=0, trust_env=False)
    environ = pip_environment(os.environ, index, cache=here.room / "pip-cache")
    return here.bench(environ=environ, netrc=pip_netrc(os.environ, index))


def reports(seen: Path) -> list[dict[str, Any]]:
    found = [json.loads(line) for line in seen.read_text().splitlines()]
    assert len(found) > 5, "it was started by pip, by the imports and by the script"
    return found


def test_the_index_that_wants_a_login_is_reached(proved: tuple[Path, list[Proof]]) -> None:
    assert [(each.level, each.verdict, each.reason) for each in proved[1]] == [
        ("installed", "proved", ""),
        ("installed", "proved", ""),
        ("smoked", "proved", ""),
    ]


def test_its_code_sees_no_login_and_no_way_to_one(proved: tuple[Path, list[Proof]]) -> None:
    for report in reports(proved[0]):
        text = json.dumps(report)
        assert PASSWORD not in text
        assert LOGIN not in text
        assert not {"PIP_INDEX_URL", "NETRC", "SECRET_OF_THE_MACHINE"} & report["environ"].keys()


def test_its_code_runs_in_an_empty_folder_away_from_project_and_home(proved: tuple[Path, list[Proof]]) -> None:
    project = str(proved[0].parent / "project")
    for report in reports(proved[0]):
        assert report["there"] == []
        assert not report["cwd"].startswith(project)
        assert not report["home"].startswith(project)
        assert not [value for value in report["environ"].values() if value.startswith(project)]


def test_nothing_that_it_starts_outlives_the_proof(proved: tuple[Path, list[Proof]]) -> None:
    assert reports(proved[0])
    assert not processes_of(f"sleep {NUMBER}")


def test_no_login_stays_on_the_disk(proved: tuple[Path, list[Proof]]) -> None:
    files = [file for file in proved[0].parent.rglob("*") if file.is_file()]
    assert not [file for file in files if PASSWORD.encode() in file.read_bytes()]
