"""How Sphinx builds the site: `python -m sphinx -W --keep-going -c docs . site`.

The source folder is the repository, so that a link between its Markdown files leads somewhere on the site and in the
repository alike. Nothing is asked of a network, neither while it is built nor while it is read.
"""

from __future__ import annotations

import tomllib
from pathlib import Path

_ABOUT = tomllib.loads((Path(__file__).parent.parent / "pyproject.toml").read_text("utf-8"))["project"]

project = "lockgen"
author = "The lockgen maintainers"
version = release = _ABOUT["version"]
html_title = f"lockgen {release}"

extensions = ["myst_parser"]
root_doc = "docs/index"
include_patterns = ["docs/**", "BENCHMARKS.md", "CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md"]
exclude_patterns = ["docs/**.py", "docs/root"]
source_suffix = {".md": "markdown"}
nitpicky = True

# As GitHub names the anchors of headings, so that one link serves both.
myst_heading_anchors = 4

html_theme = "furo"
html_extra_path = ["root"]
html_copy_source = False
html_show_sphinx = False
highlight_language = "text"
