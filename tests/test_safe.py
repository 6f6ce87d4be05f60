"""Other people's words, wherever they are written: on one line, and never as an instruction of their own."""

from __future__ import annotations

import ast
import shlex
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

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


def test_markdown() -> None:
    assert markdown_cell("a|b\n`c` <d> & *e* [f]") == "a\\|b \\`c\\` &lt;d> &amp; \\*e\\* \\[f\\]"
    assert markdown("_a_ <d>") == "\\_a\\_ &lt;d&gt;"
    assert code_span("<0.1|`x`") == "`<0.1\\|'x'`"
    assert code_span("") == ""
