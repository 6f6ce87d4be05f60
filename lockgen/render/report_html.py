"""report.html: the page, set with a template of its own. It needs no network, and can be read without its script."""

from __future__ import annotations

from markupsafe import Markup

from lockgen.model.report import ReportPage
from lockgen.model.report_overview import LETTERS
from lockgen.render.environment import Templates
from lockgen.render.report_grid import state_grid
from lockgen.render.report_plot import plot
from lockgen.render.report_script import HASH, SCRIPT

TEMPLATE = "report.html.j2"


def page_html(page: ReportPage, templates: Templates) -> str:
    """The whole file. `templates` are HTML templates. Raises TemplateError."""
    return templates.render(TEMPLATE, {
        "page": page,
        "places": {each.phase: place for place, each in enumerate(page.phases)},
        "pythons": page.pythons,
        "platforms": page.platforms,
        "grids": tuple(map(state_grid, page.phases)),
        "letters": LETTERS,
        "plots": tuple(None if each.timeline is None else plot(each.timeline) for each in page.phases),
        "open": tuple(each for each in page.findings if not each.accepted),
        "accepted": tuple(each for each in page.findings if each.accepted),
        "script": Markup(SCRIPT),  # noqa: S704 - a constant, nothing from outside is in it
        "script_hash": HASH,
    })  # fmt: skip
