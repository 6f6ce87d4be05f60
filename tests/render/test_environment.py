"""Templates of users: what overrides do, and what a wrong one is told."""

from __future__ import annotations

import pytest

from lockgen.errors import TemplateError
from lockgen.render.documents import documents
from lockgen.render.environment import templates
from tests.render.cells import FACTS, default_texts, linux_cell


def render(**overrides):
    return documents(FACTS, linux_cell(), templates(default_texts(), overrides))


def test_one_template_is_overridden_and_the_others_stay():
    ours = render(**{"constraints.txt.j2": "# ours\n{% for pin in pins %}{{ pin.name }}\n{% endfor %}"})
    assert ours["constraints.txt"].splitlines()[:2] == ["# ours", "fastapi"]
    assert ours["requirements.lock"] == render()["requirements.lock"]


def test_an_override_of_the_header_reaches_every_file():
    header = default_texts()["header.j2"].replace("target: ", "our target: ")
    assert all("# our target: CPython" in text for text in render(**{"header.j2": header}).values())


FAULTS = {
    "undefined": ("a\n{{ nobody }}", ":2", "'nobody' is undefined", "deviations, issues, phase, pins, rows, target"),
    "no-field": ("{{ phase.colour }}", ":1", "has no attribute 'colour'", "view.py"),
    "syntax": ("a\n\n{% for pin in %}", ":3", "Expected an expression", "syntax"),
    "filter": ("a\n{{ 1 | shout }}", ":2", "No filter named 'shout'", "syntax"),
    "sandbox": ("{{ pins.__class__.__mro__ }}", ":1", "unsafe", "sandbox"),
    "include": ("a\n{% include 'nowhere.j2' %}", ":2", "no template 'nowhere.j2'", "Templates there are: "),
    "zero": ("a\n{{ 1 / 0 }}", ":2", "ZeroDivisionError", "expression"),
    "range": ("{% for n in range(10 ** 9) %}{% endfor %}", ":1", "OverflowError", "expression"),
    "types": ("{{ 1 + phase.title }}", ":1", "TypeError", "expression"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_wrong_template_is_told_where_what_and_how(fault):
    text, line, what, hint = FAULTS[fault]
    with pytest.raises(TemplateError) as caught:
        render(**{"requirements.txt.j2": text})
    error = caught.value
    assert error.where == f"requirements.txt.j2{line}"
    assert what in error.message
    assert all(word in error.hint for word in hint.split(", "))


def test_an_error_in_a_shared_macro_names_the_macro_file():
    header = default_texts()["header.j2"].replace("target.words", "target.wrods")
    with pytest.raises(TemplateError, match=r"header\.j2:\d+: .*wrods"):
        render(**{"header.j2": header})


def test_a_missing_default_is_named():
    texts = default_texts()
    del texts["requirements.lock.j2"]
    with pytest.raises(TemplateError, match=r"no template 'requirements\.lock\.j2'"):
        documents(FACTS, linux_cell(), templates(texts))


@pytest.mark.parametrize(
    "attack",
    [
        "{{ ''.__class__ }}",
        "{{ self.__init__.__globals__ }}",
        "{{ pins[0].__reduce__() }}",
        "{{ ('%s' ~ '') | attr('__class__') }}",
        "{{ '{0.__class__}'.format(phase) }}",
        "{{ cycler.__init__ }}",
        "{% set _ = [].append(1) %}",
    ],
)
def test_a_template_cannot_reach_behind_its_values(attack):
    with pytest.raises(TemplateError):
        render(**{"requirements.txt.j2": attack})
