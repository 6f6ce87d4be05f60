"""The page in a real headless Chromium: both phases, light and dark, on a telephone and on a desk, without a script."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from lockgen.render.report_html import page_html
from tests.conftest import FROZEN, ROOT
from tests.render.test_page import PAGE, TEMPLATES, hostile

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="no chromium is installed"),
]
api = pytest.importorskip("playwright.sync_api", reason="install '.[browser]' to drive a chromium")
axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="install '.[browser]' for axe-core")

LOOKS = [(360, "light"), (360, "dark"), (1280, "light"), (1280, "dark")]
ROWS = ".grid tbody tr:visible"


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("page") / "report.html"
    command = [sys.executable, "-m", "lockgen", "report", path, "--frozen", FROZEN, "--phase", "1", "--phase", "2"]
    subprocess.run([*map(str, command), "--quiet"], cwd=ROOT, check=True, timeout=300)
    return path


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with api.sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=CHROMIUM)
        yield started
        started.close()


@pytest.fixture(scope="module")
def evil(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A page of every section, all of whose words try to break out of it."""
    path = tmp_path_factory.mktemp("evil") / "report.html"
    path.write_text(page_html(hostile(PAGE), TEMPLATES), encoding="utf-8")
    return path


@pytest.fixture
def said() -> list[str]:
    """What the console said, and what was asked for beside the file itself."""
    return []


@pytest.fixture
def page(browser: Browser, file: Path, said: list[str], request: pytest.FixtureRequest) -> Iterator[Page]:
    """The page, open. Its parameter: width, colour scheme, and whether scripts may run."""
    width, scheme, scripts = (*getattr(request, "param", (1280, "light")), True)[:3]
    context = browser.new_context(
        viewport={"width": width, "height": 900}, color_scheme=scheme, java_script_enabled=scripts
    )
    opened = context.new_page()
    opened.on("console", lambda message: said.append(message.text))
    opened.on("pageerror", lambda error: said.append(str(error)))
    opened.on("request", lambda asked: said.append(asked.url) if asked.url != file.as_uri() else None)
    opened.goto(file.as_uri())
    yield opened
    context.close()


def names(page: Page) -> list[str]:
    return [" ".join(row.split()[:1]) for row in page.locator(ROWS).all_inner_texts()]


@pytest.mark.parametrize("page", LOOKS, indirect=True)
def test_it_loads_quietly_and_fits(page: Page, said: list[str]) -> None:
    assert said == []
    width, room = page.evaluate("[document.documentElement.scrollWidth, document.documentElement.clientWidth]")
    assert width == room
    page.locator("details").evaluate_all("each => each.forEach(one => one.open = true)")
    width, room = page.evaluate("[document.documentElement.scrollWidth, document.documentElement.clientWidth]")
    assert width == room


def test_it_opens_in_under_a_second(page: Page) -> None:
    took = []
    for _ in range(3):
        page.reload()
        took.append(page.evaluate("performance.getEntriesByType('navigation')[0].loadEventEnd"))
    assert 0 < min(took) < 1000


@pytest.mark.parametrize("page", [(1280, "light", True), (360, "dark", False)], indirect=True)
def test_filters_work_with_and_without_scripts(page: Page) -> None:
    everything = names(page)
    assert len(everything) == 2 * 36
    page.get_by_role("checkbox", name="3.7", exact=True).uncheck()
    page.get_by_role("checkbox", name="windows-x86_64").uncheck()
    left = [name for name in everything if not name.startswith("py3.7-") and not name.endswith("windows-x86_64")]
    assert names(page) == left
    page.get_by_role("checkbox", name="1", exact=True).uncheck()
    assert names(page) == left[: len(left) // 2]
    assert page.get_by_role("heading", name="Phase 1:").count() == 0
    assert page.get_by_role("heading", name="Phase 2:").count() == 1
    page.get_by_role("checkbox", name="1", exact=True).check()
    page.get_by_role("checkbox", name="3.7", exact=True).check()
    page.get_by_role("checkbox", name="windows-x86_64").check()
    assert names(page) == everything


@pytest.mark.parametrize("page", [(1280, "light", True), (360, "light", False)], indirect=True)
def test_a_version_leads_to_its_reasons(page: Page) -> None:
    reasons = page.locator("#p0-starlette")
    assert not reasons.is_visible()
    page.locator("#p0-starlette").locator("xpath=ancestor::section").locator(
        "td.b a[href='#p0-starlette']"
    ).first.click()
    api.expect(reasons).to_be_visible()
    api.expect(reasons).to_be_in_viewport()
    assert "fastapi 0.99.1 needs starlette>=0.27.0,<0.28.0" in reasons.inner_text()
    page.locator("tbody th a[href='#t1-py3.11-linux-x86_64']").click()
    proofs = page.locator("#t1-py3\\.11-linux-x86_64")
    api.expect(proofs).to_be_in_viewport()
    assert "smoked: proved on Python 3.11" in proofs.inner_text()


@pytest.mark.parametrize("page", LOOKS, indirect=True)
def test_axe_finds_no_fault(page: Page) -> None:
    page.locator("details").evaluate_all("each => each.forEach(one => one.open = true)")
    found = axe.Axe().run(page).response["violations"]
    assert [(each["id"], each["impact"], each["nodes"][0]["html"]) for each in found] == []


def test_the_keyboard_reaches_everything(page: Page) -> None:
    wanted = page.evaluate(
        """() => {
            const all = [...document.querySelectorAll('a[href], input, summary, [tabindex="0"]')]
                .filter(each => each.checkVisibility() && each.tabIndex >= 0);
            all.forEach((each, place) => each.dataset.place = place);
            return all.length;
        }"""
    )
    seen = []
    for _ in range(wanted):
        page.keyboard.press("Tab")
        seen.append(page.evaluate("document.activeElement.dataset.place"))
    assert sorted(map(int, seen)) == list(range(wanted))
    # Versions that are as wanted are no stops of their own: the head of their column leads to the same place.
    twins = page.evaluate(
        """() => {
            const links = [...document.querySelectorAll('a')];
            const reached = new Set(links.filter(each => each.tabIndex >= 0).map(each => each.hash));
            return links.filter(each => !reached.has(each.hash)).length;
        }"""
    )
    assert twins == 0


def test_the_keyboard_works_everything(page: Page) -> None:
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to the sets"
    page.get_by_role("checkbox", name="3.12", exact=True).focus()
    page.keyboard.press("Space")
    assert not any(name.startswith("py3.12-") for name in names(page))
    page.locator("td.b a").first.focus()
    page.keyboard.press("Enter")
    api.expect(page.locator("#p0-starlette")).to_be_visible()
    page.locator("details.fold summary").last.focus()
    page.keyboard.press("Enter")
    api.expect(page.locator("details.fold").last).to_have_attribute("open", "")


@pytest.mark.parametrize("page", [(360, "light")], indirect=True)
def test_the_grid_scrolls_in_itself_and_keeps_its_names(page: Page) -> None:
    region = page.get_by_role("region", name="Grid of phase 1")
    region.focus()
    page.keyboard.press("ArrowRight")
    page.wait_for_timeout(500)
    assert region.evaluate("each => each.scrollLeft") > 0
    region.evaluate("each => each.scrollLeft = 9999")
    head = region.locator("tbody th").nth(10)
    boxes = head.bounding_box(), region.bounding_box()
    assert boxes[0]
    assert boxes[1]
    assert boxes[0]["x"] >= boxes[1]["x"]
    api.expect(head).to_be_visible()


@pytest.mark.parametrize("page", LOOKS, indirect=True)
def test_hostile_words_do_no_harm(page: Page, said: list[str], evil: Path) -> None:
    page.on("dialog", lambda dialog: said.append(dialog.message))
    page.goto(evil.as_uri())
    page.locator("details").evaluate_all("each => each.forEach(one => one.open = true)")
    assert page.evaluate("document.scripts.length + document.images.length") == 0
    assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") == 0
    assert [each["id"] for each in axe.Axe().run(page).response["violations"]] == []
    assert [each for each in said if each != evil.as_uri()] == []


def test_the_schemes_differ_and_stay_legible(browser: Browser, file: Path) -> None:
    """axe judges the contrast of each; here, that there are two."""
    grounds = set()
    for scheme in ("light", "dark"):
        context = browser.new_context(color_scheme=scheme)
        opened = context.new_page()
        opened.goto(file.as_uri())
        grounds.add(opened.evaluate("getComputedStyle(document.body).backgroundColor"))
        context.close()
    assert len(grounds) == 2
