"""What is under test is what users get: the installed distribution, not the folder that lies beside the tests."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from importlib.metadata import distribution
from pathlib import Path

import lockgen

OWN = distribution("lockgen")
EDITABLE = json.loads(OWN.read_text("direct_url.json") or "{}").get("dir_info", {}).get("editable", False)


def test_an_installed_lockgen_is_the_one_imported() -> None:
    """`.ci/run` installs a wheel and says so by CI_RUN; a developer's editable install is the checkout itself."""
    if os.environ.get("CI_RUN"):
        assert not EDITABLE
    if not EDITABLE:
        assert Path(lockgen.__file__) == Path(str(OWN.locate_file("lockgen/__init__.py"))).resolve()


def test_a_process_imports_the_same(tmp_path: Path) -> None:
    command = [sys.executable, "-c", "import lockgen; print(lockgen.__file__)"]
    done = subprocess.run(command, cwd=tmp_path, check=True, capture_output=True, text=True)
    assert Path(done.stdout.strip()) == Path(lockgen.__file__)


def test_its_types_are_shipped() -> None:
    """PEP 561: without the marker a type checker takes all of it for Any."""
    assert (Path(lockgen.__file__).parent / "py.typed").is_file()
