"""Other people's words, wherever they are written: on one line, and never as an instruction of their own."""

from __future__ import annotations

import ast
import shlex
from collections.abc import Callable
from html import unescape
from xml.etree import ElementTree as ET

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from lockgen.ci.install import checked_install
from lockgen.ci.workflows import NAMES, workflows
from lockgen.errors import UsageError
from lockgen.matrix.init.draft import quoted
from lockgen.matrix.text import read_text
from lockgen.model.answer import Answer, Point, Section
from lockgen.report.layout import answer_text
from lockgen.text.safe import (
    clean,
    code_span,
    comment,
    docstring,
    html,
    markdown,
    markdown_cell,
    printable,
    quotable,
    shell_word,
    terminal,
    xml,
)

ONE_LINE = (clean, code_span, docstring, html, markdown, markdown_cell, printable, terminal)
# Half of what is drawn may be anything, half of it is what ends lines, starts commands or turns text around.
ANYTHING = st.lists(st.characters() | st.sampled_from("\n\r\x0b\x85\u2028\x1b\u202e\\\"'`|:#[<>&_*~ ")).map("".join)


@pytest.mark.parametrize("function", ONE_LINE)
@given(text=ANYTHING)
def test_it_is_one_line(function: object, text: str) -> None:
    assert callable(function)
    assert len(function(text).splitlines()) <= 1


@given(ANYTHING)
def test_a_terminal_gets_no_control_characters_and_a_runner_no_order(text: str) -> None:
    assert terminal(text).isprintable()
    assert not terminal(text).startswith("::")
    assert "##[" not in terminal(text)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("::error::x", ": :error::x"),
        ("a ::b", "a ::b"),
        ("##[section] ##vso[x]", "# #[section] # #vso[x]"),
        ("\x1b[31mred\u202e\nx", "[31mred x"),
    ],
)
def test_what_a_terminal_shows(text: str, said: str) -> None:
    assert terminal(text) == said


@given(ANYTHING)
def test_a_shell_reads_back_one_word(text: str) -> None:
    assert shlex.split(shell_word(text)) == [clean(text)]


@given(ANYTHING)
def test_a_docstring_stays_a_docstring(text: str) -> None:
    module = ast.parse(f'"""{docstring(text)}."""\n')
    assert [type(node) for node in module.body] == [ast.Expr]
    assert docstring(text).isascii()


@given(ANYTHING)
def test_every_line_of_a_comment_is_a_comment(text: str) -> None:
    assert all(line.startswith("#") for line in comment(text).splitlines())
    assert not comment(text).endswith("\\")


@given(ANYTHING, st.integers(4, 60))
def test_a_quotation_is_short_and_printable(text: str, limit: int) -> None:
    assert quotable(text, limit).isprintable()
    assert len(quotable(text, limit)) <= limit


@given(ANYTHING)
def test_xml_can_be_read_back(text: str) -> None:
    element = ET.Element("x")
    element.text = xml(text)
    assert ET.fromstring(ET.tostring(element, encoding="unicode")).tag == "x"


READER = MarkdownIt("commonmark").enable("table").enable("strikethrough")
FRAMES = {"cell": "| a | b |\n|---|---|\n| {} | x |\n", "item": "- {}\n", "heading": "## {}\n"}
ELEMENTS = {
    "cell": {"table_open", "thead_open", "tr_open", "th_open", "tbody_open", "td_open"},
    "item": {"bullet_list_open", "list_item_open", "paragraph_open"},
    "heading": {"heading_open"},
}


@pytest.mark.parametrize(
    ("function", "frame"),
    [(markdown, "cell"), (markdown, "item"), (markdown, "heading"), (markdown_cell, "cell"), (markdown_cell, "item")],
)
@given(text=ANYTHING)
def test_markdown_reads_back_as_the_text(function: Callable[[object], str], frame: str, text: str) -> None:
    tokens = READER.parse(FRAMES[frame].format(function(text)))
    inline = [part for each in tokens for part in each.children or []]
    assert {part.type for part in inline} <= {"text", "text_special"}
    assert {each.type for each in tokens if each.nesting == 1} <= ELEMENTS[frame]
    assert [each.type for each in tokens if not each.nesting and each.type != "inline"] == []
    read = "".join(part.content for part in inline)
    said = " ".join(printable_to_readers(text).split())
    assert read == (f"ab{said}x" if frame == "cell" else said)


def printable_to_readers(text: str) -> str:
    """The text with a space for each character that no rendered file holds."""
    return "".join(clean(f"x{char}x")[1:-1] or " " for char in text)


@given(ANYTHING)
def test_a_code_span_reads_back_as_the_text(text: str) -> None:
    tokens = READER.parse(FRAMES["cell"].format(code_span(text)))
    inline = [part for each in tokens for part in each.children or []]
    said = " ".join(printable_to_readers(text).replace("`", "'").split())
    assert [(part.type, part.content) for part in inline[2:-1]] == ([("code_inline", said)] if said else [])


@given(ANYTHING)
def test_html_reads_back_as_the_text(text: str) -> None:
    assert unescape(html(text)) == " ".join(printable_to_readers(text).split())
    assert not set(html(text)) & set("<>\"'")


@given(ANYTHING)
@example("\U0001f600")
def test_a_first_matrix_reads_back_as_the_text(text: str) -> None:
    root, complaints = read_text("x.yaml", f"key: {quoted(text)}\n".encode())
    assert not complaints
    assert root is not None
    assert root.fields["key"].value == printable(text)


@given(st.lists(ANYTHING, min_size=6, max_size=6), st.none() | st.integers(1, 60))
def test_every_line_of_an_answer_is_printable_and_no_order(texts: list[str], width: int | None) -> None:
    one, two, three, four, five, six = texts
    answer = Answer(
        verdict=one,
        state="bad",
        sections=(
            Section(title=two, head=(three, four), rows=((five, six),), points=(Point(name=three, reasons=(four,)),)),
        ),
        notes=(five,),
        help=six,
    )
    for line in answer_text(answer, width).split("\n"):
        assert line.isprintable()
        assert not line.lstrip().startswith("::")
        assert "##[" not in line


@given(st.sampled_from(["", "https://x.invalid/", "git+https://x.invalid/a@", "./"]), ANYTHING)
def test_a_workflow_reads_back_what_is_installed(begin: str, text: str) -> None:
    template = 'env:\n  LOCKGEN: "@lockgen@" # what pip installs\n'
    for given_ in (f"{begin}{text}", f"{begin}{text}/lockgen-1-py3-none-any.whl"):
        try:
            install = checked_install(given_)
        except UsageError:
            continue
        (written,) = {each.decode() for each in workflows(dict.fromkeys(NAMES, template), install).values()}
        root, complaints = read_text("x.yaml", written.encode())
        assert not complaints
        assert root is not None
        assert root.fields["env"].fields["LOCKGEN"].value == install
        assert shlex.split(f'"{install}"') == [install]


def test_markdown() -> None:
    assert markdown_cell("a|b\n`c` <d> & *e* [f]") == "a\\|b \\`c\\` &lt;d> &amp; \\*e\\* \\[f\\]"
    assert markdown("_a_ <d>") == "\\_a\\_ &lt;d&gt;"
    assert code_span("<0.1|`x`") == "`<0.1\\|'x'`"
    assert code_span("") == ""
    assert markdown_cell("_a_ b_c __init__") == "\\_a\\_ b_c \\_\\_init\\_\\_"
    assert [markdown_cell(text) for text in ("- x", "1. x", "1.2", "> x")] == ["\\- x", "1\\. x", "1.2", "\\> x"]
