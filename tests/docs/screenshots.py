"""Makes the pictures of docs/pictures again: `python -m tests.docs.screenshots` (needs the extra `browser`, a chromium).

They show the page that `lockgen report` writes of this repository's example on the day of its frozen index.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from tests.conftest import FROZEN, ROOT

FOLDER = ROOT / "docs" / "pictures"
MOST = 150_000
"""Bytes of a picture."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shot:
    """What a picture shows: so many pixels of the page from its top, in a colour scheme."""

    width: int
    height: int
    scheme: Literal["light", "dark"]


SHOTS: Mapping[str, Shot] = {
    "report.png": Shot(width=1100, height=760, scheme="light"),
    "report-phone.png": Shot(width=390, height=760, scheme="dark"),
}


def report(folder: Path) -> Path:
    """The page."""
    place = folder / "report.html"
    words = [sys.executable, "-m", "lockgen", "report", str(place), "--frozen", str(FROZEN), "--quiet"]
    subprocess.run(
        [*words, "--matrices", str(ROOT / "matrices"), "--output", str(ROOT / "output")], check=True, cwd=ROOT
    )
    return place


def main() -> None:
    from playwright.sync_api import sync_playwright  # noqa: PLC0415 - the tests read SHOTS where there is no browser

    chromium = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))))
    FOLDER.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        page = report(Path(folder))
        browser = playwright.chromium.launch(executable_path=chromium, args=["--disable-gpu", "--no-sandbox"])
        for name, shot in SHOTS.items():
            size = {"width": shot.width, "height": shot.height}
            tab = browser.new_page(viewport=size, color_scheme=shot.scheme)  # type: ignore[arg-type]
            tab.goto(page.as_uri())
            tab.screenshot(path=FOLDER / name)
            sys.stdout.write(f"{name}: {(FOLDER / name).stat().st_size} bytes\n")
        browser.close()


if __name__ == "__main__":
    main()
