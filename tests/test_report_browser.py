"""The page in a real headless Chromium: three widths, light and dark, by keyboard, without scripts, judged by axe-core.

One browser and one page serve all tests. With `PAGE_SCREENSHOTS=FOLDER` what it looks like is kept there; CI uploads it.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import pytest

from lockgen.render.report_html import page_html
from tests.render.test_page import PAGE, TEMPLATES, hostile
from tests.report_example import calm, troubled

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="no chromium is installed"),
]
api = pytest.importorskip("playwright.sync_api", reason="install '.[browser]' to drive a chromium")
axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="install '.[browser]' for axe-core")

SIZES = {390: 844, 820: 1180, 1280: 800}
Scheme = Literal["light", "dark"]
LOOKS: list[tuple[int, Scheme]] = [(width, scheme) for width in SIZES for scheme in ("light", "dark")]
# It asks nothing of any network: neither does a browser that would look for updates.
SWITCHES = (
    "--no-first-run",
    "--disable-quic",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
WIDER = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
UNFOLD = "document.querySelectorAll('details').forEach(each => each.open = true)"


@pytest.fixture(scope="session")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The page of the committed output, the same with troubles, a small one with everything that can be on a page, and
    that one with words that all try to break out of it.
    """
    folder = tmp_path_factory.mktemp("page")
    pages = {"calm": calm(), "troubled": troubled(), "small": PAGE, "hostile": hostile(PAGE)}
    found = {name: folder / f"{name}.html" for name in pages}
    for name, each in pages.items():
        found[name].write_text(page_html(each, TEMPLATES), encoding="utf-8")
    return found


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with api.sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=CHROMIUM, args=SWITCHES)
        yield started
        started.close()


@pytest.fixture(scope="session")
def said() -> list[str]:
    """What the console said, and what was asked for beside the files themselves."""
    return []


@pytest.fixture(scope="session")
def only_page(browser: Browser, said: list[str]) -> Page:
    opened = browser.new_context(reduced_motion="reduce").new_page()
    opened.on("console", lambda message: said.append(message.text))
    opened.on("pageerror", lambda error: said.append(str(error)))
    opened.on("dialog", lambda dialog: said.append(dialog.message))
    opened.on("request", lambda asked: said.append(asked.url) if not asked.url.startswith("file:") else None)
    return opened


@pytest.fixture
def page(only_page: Page, said: list[str], files: dict[str, Path], request: pytest.FixtureRequest) -> Page:
    """The troubled page, open anew. Its parameter: width and colour scheme."""
    look: tuple[int, Scheme] = getattr(request, "param", (1280, "light"))
    said.clear()
    show(only_page, files["troubled"], *look)
    return only_page


def show(page: Page, file: Path, width: int, scheme: Scheme) -> None:
    page.set_viewport_size({"width": width, "height": SIZES[width]})
    page.emulate_media(color_scheme=scheme)
    page.goto("about:blank")
    page.goto(file.as_uri())


def keep(page: Page, name: str, *, is_whole: bool = False) -> None:
    if folder := os.environ.get("PAGE_SCREENSHOTS"):
        Path(folder).mkdir(parents=True, exist_ok=True)
        page.screenshot(path=Path(folder) / f"{name}.png", full_page=is_whole)


def faults(page: Page) -> list[tuple[str, str]]:
    """What axe-core finds."""
    found = axe.Axe().run(page, options={"resultTypes": ["violations"]}).response["violations"]
    return [(each["id"], each["nodes"][0]["html"]) for each in found]


def names(page: Page) -> list[str]:
    found: list[str] = page.eval_on_selector_all(
        ".grid tbody tr", "rows => rows.filter(each => each.checkVisibility()).map(each => each.cells[0].innerText)"
    )
    return found


@pytest.mark.parametrize("page", LOOKS, indirect=True)
def test_the_first_screen_has_the_verdict_and_the_table(
    page: Page, said: list[str], files: dict[str, Path], request: pytest.FixtureRequest
) -> None:
    width, scheme = request.node.callspec.params["page"]
    height = SIZES[width]
    assert page.get_by_role("heading", level=1).inner_text() == (
        "9 of 119 sets are broken, 18 have drifted; 1 target not rendered"
    )
    for selector in ("h1", ".counts", "table.map tbody tr:first-child", "table.map tbody tr:last-child"):
        box = page.locator(selector).first.bounding_box()
        assert box
        assert box["y"] + box["height"] <= height, selector
    assert page.evaluate(WIDER) == 0
    keep(page, f"troubled-{width}-{scheme}")
    page.evaluate(UNFOLD)
    assert page.evaluate(WIDER) == 0
    ground = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert (ground == "rgb(255, 255, 255)") == (scheme == "light")
    if "PAGE_SCREENSHOTS" in os.environ:
        show(page, files["calm"], width, scheme)
        keep(page, f"calm-{width}-{scheme}")
    # axe-core takes minutes for a page of thousands of cells; the small one has each kind of them.
    show(page, files["small"], width, scheme)
    page.evaluate(UNFOLD)
    assert faults(page) == []
    assert said == []


def test_it_opens_in_under_a_second(page: Page) -> None:
    took = []
    for _ in range(3):
        page.reload()
        took.append(page.evaluate("performance.getEntriesByType('navigation')[0].loadEventEnd"))
    assert 0 < min(took) < 1000


def test_every_cell_can_be_reached_and_opened_by_keyboard(page: Page) -> None:
    keep(page, "troubled-whole", is_whole=True)
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to the sets"
    # Each stop once, in the order of the page; cells of the overview are stops of their own.
    stops = page.evaluate(
        """() => [...document.querySelectorAll('a[href], input, summary, [tabindex="0"]')]
            .filter(each => each.checkVisibility() && each.tabIndex >= 0)
            .map((each, place) => (each.dataset.place = place, each.closest('.map td') ? 'cell' : each.tagName))"""
    )
    assert stops.count("cell") == 4 * 36
    seen = [page.evaluate("document.activeElement.dataset.place")]
    for _ in range(20 + 36):
        page.keyboard.press("Tab")
        seen.append(page.evaluate("document.activeElement.dataset.place"))
    assert list(map(int, seen)) == list(range(len(seen)))
    # Arrow keys walk a table; versions that are as wanted are no stops, the head of their column leads to the same.
    page.locator("a[href='#t0-py3.9-linux-x86_64']").first.focus()
    for key, target in (("ArrowRight", "py3.10-linux-x86_64"), ("ArrowDown", "py3.10-linux-aarch64")):
        page.keyboard.press(key)
        assert page.evaluate("document.activeElement.hash") == f"#t0-{target}"
    page.keyboard.press("Enter")
    reason = page.locator("#t0-py3\\.10-linux-aarch64")
    api.expect(reason).to_be_in_viewport()
    assert "moved: certifi 2026.10.18 -> 2026.11.22, transitive, 7 days behind" in reason.inner_text()
    twins = page.evaluate(
        """() => {
            const links = [...document.querySelectorAll('a')];
            const reached = new Set(links.filter(each => each.tabIndex >= 0).map(each => each.hash));
            return links.filter(each => !reached.has(each.hash)).length;
        }"""
    )
    assert twins == 0
    page.locator("details.fold summary").last.focus()
    page.keyboard.press("Enter")
    api.expect(page.locator("details.fold").last).to_have_attribute("open", "")


@pytest.mark.parametrize("page", [(390, "light")], indirect=True)
def test_search_finds_targets_packages_and_findings(page: Page) -> None:
    everything = names(page)
    assert len(everything) == 4 * 36
    page.keyboard.press("/")
    page.keyboard.type("py3.9 alpine")
    assert names(page) == ["py3.9-alpine-x86_64"] * 4
    assert page.locator("#told").inner_text() == "1 target, 0 packages, 4 entries."
    assert page.locator(".map td[data-t]:not(.off)").count() == 4
    page.keyboard.press("Escape")
    assert names(page) == everything
    page.get_by_role("searchbox", name="Find").fill("uvloop")
    # uvloop has no wheel for Windows: the sets that hold it are left.
    assert not [name for name in names(page) if "windows" in name]
    assert page.locator(".grid[data-s='0'] thead th:visible").all_inner_texts() == ["Target", "State", "uvloop"]
    assert page.locator("#told").inner_text().startswith("0 targets, 1 package, ")
    page.get_by_role("searchbox", name="Find").fill("no-such-name")
    assert names(page) == []
    assert page.locator("#told").inner_text() == "Nothing matches."
    page.get_by_role("searchbox", name="Find").fill("")
    page.get_by_role("checkbox", name="only problems").check()
    assert len(names(page)) == 9 + 18 + 1
    assert "py3.8-linux-x86_64" not in names(page)
    assert page.locator(".map td a:visible").count() == 9 + 18 + 1
    keep(page, "only-problems")


def test_without_scripts_everything_can_be_read_and_most_be_filtered(browser: Browser, files: dict[str, Path]) -> None:
    context = browser.new_context(viewport={"width": 390, "height": 844}, java_script_enabled=False)
    page = context.new_page()
    page.goto(files["troubled"].as_uri())
    assert not page.get_by_role("searchbox").is_visible()
    everything = len(names(page))
    page.get_by_role("checkbox", name="only problems").check()
    assert len(names(page)) == 9 + 18 + 1
    page.get_by_role("checkbox", name="only problems").uncheck()
    page.get_by_text("Choose phases, Pythons and platforms").click()
    page.get_by_role("checkbox", name="3.7", exact=True).uncheck()
    page.get_by_role("checkbox", name="windows-x86_64").uncheck()
    assert len(names(page)) == everything * 25 // 36
    page.get_by_role("checkbox", name="1", exact=True).uncheck()
    assert page.get_by_role("heading", name="Phase 1:").count() == 0
    assert page.get_by_role("heading", name="Phase 2:").count() == 1
    page.get_by_role("checkbox", name="1", exact=True).check()
    # A cell leads to its reason, a version to its own.
    page.locator(".map a[href='#t0-py3.12-macos-arm64']").click()
    reason = page.locator("#t0-py3\\.12-macos-arm64")
    api.expect(reason).to_be_in_viewport()
    assert "these demands cannot hold together: phase-1.yaml:43 needs orjson>=3.9.3" in reason.inner_text()
    page.locator("td.b a[href='#p0-starlette']").first.click()
    reasons = page.locator("#p0-starlette")
    api.expect(reasons).to_be_in_viewport()
    assert "fastapi 0.99.1 needs starlette>=0.27.0,<0.28.0" in reasons.inner_text()
    context.close()


@pytest.mark.parametrize("page", [(390, "light")], indirect=True)
def test_the_grid_scrolls_in_itself_and_keeps_its_names(page: Page) -> None:
    region = page.get_by_role("region", name="Grid of phase 1", exact=True)
    region.focus()
    page.keyboard.press("ArrowRight")
    page.wait_for_timeout(300)
    assert region.evaluate("each => each.scrollLeft") > 0
    region.evaluate("each => each.scrollLeft = 9999")
    head = region.locator("tbody th").nth(10)
    boxes = head.bounding_box(), region.bounding_box()
    assert boxes[0]
    assert boxes[1]
    assert boxes[0]["x"] >= boxes[1]["x"]
    api.expect(head).to_be_visible()


def test_hostile_words_do_no_harm(only_page: Page, said: list[str], files: dict[str, Path]) -> None:
    page = only_page
    said.clear()
    show(page, files["hostile"], 390, "dark")
    page.evaluate(UNFOLD)
    assert page.evaluate("[document.scripts.length, document.images.length]") == [1, 0]
    assert page.evaluate(WIDER) == 0
    assert faults(page) == []
    assert said == []
    # Even markup that had got in would not run: the policy admits the page's own script alone.
    page.evaluate(
        """() => {
            const script = document.createElement('script');
            script.textContent = 'window.bad = 1';
            document.body.append(script);
            document.body.insertAdjacentHTML('beforeend', '<img src=x onerror="window.bad = 1">');
        }"""
    )
    page.wait_for_timeout(100)
    assert page.evaluate("window.bad") is None
    assert any("Content Security Policy" in each for each in said)


def test_on_paper_nothing_is_folded_and_nothing_scrolls(page: Page) -> None:
    page.emulate_media(media="print")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert page.locator("#t0-py3\\.10-linux-aarch64").is_visible()
    assert not page.get_by_role("searchbox").is_visible()
    assert page.locator(".grid").first.evaluate("each => getComputedStyle(each.parentElement).overflow") == "visible"
    page.emulate_media(media="screen")
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    assert not page.locator("#t0-py3\\.10-linux-aarch64").is_visible()
