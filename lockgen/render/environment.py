"""Templates: Jinja2, sandboxed and strict, over texts that the caller has read."""

from __future__ import annotations

import hashlib
import json
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from jinja2 import FunctionLoader, StrictUndefined
from jinja2 import TemplateError as JinjaError
from jinja2.exceptions import SecurityError, TemplateNotFound, TemplateSyntaxError, UndefinedError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from lockgen.errors import TemplateError
from lockgen.text.safe import clean, code_span, comment, markdown_cell, shell_word

_Source = tuple[str, str, Callable[[], bool]]


@dataclass(frozen=True, slots=True)
class Templates:
    """Compiled templates by name. Make one per run and hand it on: compiling costs more than rendering."""

    texts: Mapping[str, str]
    jinja: ImmutableSandboxedEnvironment

    @property
    def digest(self) -> str:
        """Hex sha256 over all the texts."""
        return hashlib.sha256(json.dumps(dict(self.texts), sort_keys=True).encode()).hexdigest()

    def render(self, name: str, variables: Mapping[str, object]) -> str:
        """The text of the template. Raises TemplateError with the template's line, what is wrong and what to do."""
        try:
            return self.jinja.get_template(name).render(variables)
        except Exception as error:  # a template may divide by zero as well as misspell a name
            raise _complaint(error, name, self.texts, variables) from error


def templates(defaults: Mapping[str, str], overrides: Mapping[str, str] | None = None) -> Templates:
    """Templates from texts by file name; each override stands in for the default of the same name."""
    texts = {**defaults, **(overrides or {})}
    jinja = _environment(texts, is_html=False)  # the files are requirements, not HTML; `comment` is their escape
    jinja.filters |= {"comment": comment, "cell": markdown_cell, "code": code_span, "word": shell_word}
    return Templates(texts, jinja)


def html_templates(defaults: Mapping[str, str], overrides: Mapping[str, str] | None = None) -> Templates:
    """The same for HTML: every value is escaped wherever it stands, and loses its control characters.

    A template can still mark text as safe, or put it where HTML has other rules than for text and attributes: in a
    script, a style or an address. There it must write nothing but what it made itself.
    """
    texts = {**defaults, **(overrides or {})}
    return Templates(texts, _environment(texts, is_html=True))


def _environment(texts: Mapping[str, str], *, is_html: bool) -> ImmutableSandboxedEnvironment:
    return ImmutableSandboxedEnvironment(
        loader=FunctionLoader(lambda name: _source(texts, name)),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=is_html,
        finalize=_tidy if is_html else None,
        auto_reload=False,
    )


def _tidy(value: object) -> object:
    """A text without control characters. What a macro made is markup, and stays."""
    return clean(value) if type(value) is str and not value.isprintable() else value


def _source(texts: Mapping[str, str], name: str) -> _Source | None:
    # Not jinja2.DictLoader: it gives a template no file name, and tracebacks could then not name it.
    return (texts[name], name, lambda: True) if name in texts else None


def _complaint(error: Exception, name: str, texts: Mapping[str, str], variables: Mapping[str, object]) -> TemplateError:
    return TemplateError(_what(error), where=_place(error, name, texts), hint=_hint(error, texts, variables))


def _place(error: Exception, name: str, texts: Mapping[str, str]) -> str:
    """Template and line, from the error itself or from the innermost frame that runs template code."""
    if isinstance(error, TemplateSyntaxError):
        return f"{error.filename or error.name or name}:{error.lineno}"
    frames = [
        (frame.f_code.co_filename, line)
        for frame, line in traceback.walk_tb(error.__traceback__)
        if frame.f_code.co_filename in texts
    ]
    return "{}:{}".format(*frames[-1]) if frames else name


def _what(error: Exception) -> str:
    if isinstance(error, TemplateNotFound):
        return f"there is no template {error.name!r}"
    if isinstance(error, JinjaError):
        return error.message or type(error).__name__
    return f"{type(error).__name__}: {error}"


def _hint(error: Exception, texts: Mapping[str, str], variables: Mapping[str, object]) -> str:
    match error:
        case TemplateNotFound():
            return f"Templates there are: {', '.join(sorted(texts))}."
        case TemplateSyntaxError():
            return "Correct the Jinja2 syntax on this line."
        case UndefinedError():
            return f"A template may use {', '.join(sorted(variables))}; their fields stand in lockgen/render/view.py."
        case SecurityError():
            return "Templates run in a sandbox: they can read the values they are given and nothing behind them."
        case _:
            return "Correct the expression on this line."
