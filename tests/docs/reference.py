"""Writes the pages of docs/reference that are made from the program: `python -m tests.docs.reference`."""

from __future__ import annotations

import dataclasses
import inspect
import json
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import typer
import typer.main
from jinja2 import meta

from lockgen.cli.app import app
from lockgen.lint.rules import RULES
from lockgen.model.drift import KINDS
from lockgen.model.refusal import WORDS
from lockgen.render import compatibility, image, index_view, support, view
from lockgen.render.documents import TEMPLATES
from lockgen.render.environment import templates
from lockgen.report.explain_rules import DRIFT, REFUSALS
from tests.conftest import ROOT

FOLDER = ROOT / "docs" / "reference"
_MADE = "<!-- Made by `python -m tests.docs.reference`; a change here is lost. -->\n"


def page(title: str, lines: Iterator[str]) -> str:
    return "\n".join([_MADE, f"# {title}", "", *lines]).rstrip() + "\n"


def prose(text: str) -> str:
    """Text as one line of Markdown: outside code a `<` begins no tag and a `*` no emphasis."""
    parts = " ".join(text.split()).split("`")
    outside = [part.replace("<", "&lt;").replace("*", "\\*") for part in parts[::2]]
    parts[::2] = outside
    return "`".join(parts)


def cell(text: str) -> str:
    """The same inside a row of a table."""
    return prose(text).replace("|", "\\|")


def code(text: str) -> str:
    """The same as code, in which nothing but the bar means anything."""
    return f"`{text}`".replace("|", "\\|")


# Commands


def commands() -> Iterator[tuple[str, Any]]:
    """`ci matrix` and the like, in the order of the help page."""
    yield from _commands((), typer.main.get_command(app))


def _commands(words: tuple[str, ...], command: Any) -> Iterator[tuple[str, Any]]:
    if hasattr(command, "list_commands"):
        context = typer.Context(command)
        for name in command.list_commands(context):
            yield from _commands((*words, name), command.resolve_command(context, [name])[1])
    else:
        yield " ".join(words), command


def commands_page() -> str:
    return page("Commands", _commands_lines())


def _commands_lines() -> Iterator[str]:
    yield "What `lockgen COMMAND --help` says, one command after the other. Every option can come from the environment too"
    yield "([names](environment.md)); exit codes that several commands share are [on a page of their own](exit-codes.md)."
    yield ""
    yield from ("| command | what it does |", "|---|---|")
    for name, command in commands():
        yield f"| [`lockgen {name}`](#lockgen-{name.replace(' ', '-')}) | {cell(_paragraphs(command)[0])} |"
    for name, command in commands():
        yield from ("", f"## `lockgen {name}`", "")
        yield from _help(command)
        yield from _options(name, command)


def _paragraphs(command: Any) -> list[str]:
    return inspect.cleandoc(command.help or "").replace("\b", "").split("\n\n")


def _help(command: Any) -> Iterator[str]:
    for paragraph in _paragraphs(command):
        head, _, rest = paragraph.partition("\n")
        if head.strip() == "Examples:":
            yield from ("```text", *(line.strip() for line in rest.splitlines() if line.strip()), "```", "")
        else:
            yield from (prose(paragraph), "")


def _options(name: str, command: Any) -> Iterator[str]:
    context = typer.Context(command, info_name=f"lockgen {name}")
    rows = [row for each in command.get_params(context) for row in _option(each, context)]
    if rows:
        yield from ("| argument or option | what it means | default |", "|---|---|---|", *rows)


def _option(each: Any, context: typer.Context) -> Iterator[str]:
    if "--help" in each.opts or getattr(each, "hidden", False):
        return
    said = getattr(each, "help", None) or ""
    value = "" if getattr(each, "is_flag", False) else (each.metavar or each.display_type(context))
    if each.param_type_name == "argument":
        names = code(value)
    else:
        names = ", ".join(code(f"{opt} {value}".strip()) for opt in sorted(each.opts, key=len, reverse=True))
    default = each.default
    shown = "" if default is None or default is False or callable(default) else getattr(default, "value", default)
    yield f"| {names} | {cell(said)} | {code(str(shown)) if shown not in ('', (), []) else ''} |"


# Environment


def environment_page() -> str:
    return page("Environment variables", _environment_lines())


def _environment_lines() -> Iterator[str]:
    yield "An option on the command line goes before its variable; a variable that is set and empty counts as not set. What"
    yield "may be repeated is separated by blanks in a variable."
    yield from ("", "| variable | stands for | of |", "|---|---|---|")
    found: dict[str, tuple[set[str], list[str]]] = {}
    for name, command in commands():
        for each in command.params:
            if each.envvar:
                options, users = found.setdefault(str(each.envvar), (set(), []))
                options.add(max(each.opts, key=len))
                users.append(name)
    for variable, (options, users) in sorted(found.items()):
        who = ", ".join(f"`{user}`" for user in users) if len(users) < _MANY else f"{len(users)} commands"
        yield f"| `{variable}` | {', '.join(f'`{each}`' for each in sorted(options))} | {who} |"
    yield from ("", "## Others that are read", "", "| variable | what for |", "|---|---|")
    yield from (f"| {code(name)} | {cell(what)} |" for name, what in _OTHERS.items())


_MANY = 6
_OTHERS: Mapping[str, str] = {
    "LOCKGEN_INDEX_ALIAS": "the address of the index that a matrix calls `alias`, in capitals, with `_` for `-`; a login "
    "in it is taken as pip takes it",
    "PIP_INDEX_URL, PIP_CERT, PIP_CLIENT_CERT, PIP_PROXY, PIP_TIMEOUT, PIP_RETRIES, PIP_TRUSTED_HOST, PIP_CONFIG_FILE": "pip's settings: lockgen reads what `pip config` would, files and variables alike",
    "PIP_EXTRA_INDEX_URL, PIP_FIND_LINKS": "not followed, and named once: a package that may come from two places comes "
    "from the attacker's",
    "HTTPS_PROXY, HTTP_PROXY, NO_PROXY": "the proxy, as pip takes them",
    "REQUESTS_CA_BUNDLE, CURL_CA_BUNDLE": "certificates, where pip has none configured",
    "NETRC": "a netrc elsewhere than in the home folder",
    "PYENV_ROOT, PATH": "where `verify` looks for interpreters",
    "NO_COLOR, FORCE_COLOR, COLUMNS, TERM": "how the terminal is written",
}


# The matrices


def matrix_page() -> str:
    return page("Matrix keys", _matrix_lines())


def _matrix_lines() -> Iterator[str]:
    yield "Every key of the YAML files, from the JSON Schemas that `lockgen schema` prints. An unknown key is an error"
    yield "with file, line and column. What the rows mean together is in [Ranges, constraints, overrides](../howto/rows.md)."
    for kind, file in _KINDS.items():
        schema = json.loads((ROOT / "matrices" / "schema" / f"{kind}.json").read_text("utf-8"))
        yield from ("", f"## {file}", "", schema["description"], "")
        yield from _keys(schema, kind, schema)
        for name, entry in schema["$defs"].items():
            yield from ("", f"### {kind}: {_entry(name)}", "", entry.get("description", ""), "")
            yield from _keys(entry, kind, schema)


_KINDS = {
    "phase": "PHASE.yaml, a phase's table",
    "targets": "targets.yaml",
    "issues": "issues.yaml",
    "servers": "servers.yaml",
}


def _entry(name: str) -> str:
    """`known issue when` of IssueWhenEntry."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name.removesuffix("Entry")).lower()


def _keys(entry: Mapping[str, Any], kind: str, schema: Mapping[str, Any]) -> Iterator[str]:
    required = set(entry.get("required", ()))
    yield from ("| key | what | type | when absent |", "|---|---|---|---|")
    for key, value in entry.get("properties", {}).items():
        absent = "**required**" if key in required else _absent(value)
        yield f"| `{key}` | {cell(value.get('description', ''))} | {_type(value, kind, schema)} | {absent} |"


def _absent(value: Mapping[str, Any]) -> str:
    default = value.get("default")
    return "" if default in (None, [], {}, "") else code(json.dumps(default))


def _type(value: Mapping[str, Any], kind: str, schema: Mapping[str, Any]) -> str:  # noqa: PLR0911 - one kind each
    if "$ref" in value:
        name = _entry(value["$ref"].rpartition("/")[2])
        return f"[{name}](#{kind}-{name.replace(' ', '-')})"
    if "const" in value:
        return code(json.dumps(value["const"]))
    if "enum" in value:
        return " or ".join(code(str(each)) for each in value["enum"])
    if "anyOf" in value:
        return " or ".join(_type(each, kind, schema) for each in value["anyOf"])
    if value.get("type") == "array":
        return f"list of {_type(value.get('items', {}), kind, schema)}"
    if value.get("type") == "object":
        inner = value.get("additionalProperties") or next(iter(value.get("patternProperties", {}).values()), None)
        return f"mapping to {_type(inner, kind, schema)}" if isinstance(inner, dict) else "mapping"
    named = {"string": "text", "integer": "number", "boolean": "yes or no", "null": "nothing"}
    shown = named.get(value.get("type", ""), "any")
    example = next(iter(value.get("examples", ())), None)
    return shown if example is None else f"{shown}, such as {code(str(example))}"


# Kinds


def drift_page() -> str:
    return page("Drift kinds", _drift_lines())


def _drift_lines() -> Iterator[str]:
    yield "What `lockgen drift` may find of a committed set, the most serious first. `--fail-on` takes these names."
    yield from ("", "| kind | what happened |", "|---|---|")
    for kind in KINDS:
        yield f"| `{kind}` | {cell(DRIFT[kind])} |"


def refusals_page() -> str:
    return page("Why a file or release is refused", _refusal_lines())


def _refusal_lines() -> Iterator[str]:
    yield "Each file of a release is looked at; the first thing that speaks against it is its refusal. A release without a"
    yield 'usable file is no candidate, and `explain` and every "no" count its files by these kinds.'
    yield from ("", "| kind | in a count | what it means, and what to do |", "|---|---|---|")
    for kind, what in REFUSALS.items():
        yield f"| `{kind}` | {cell(WORDS.get(kind, 'told in a sentence of its own'))} | {cell(what)} |"


def lint_summary() -> tuple[str, ...]:
    """The rules in one table; docs/lint.md has a section for each."""
    return tuple(f"| [`{name}`](#{name}) | {rule.severity} | {rule.finds} |" for name, rule in RULES.items())


# Templates


def templates_page() -> str:
    return page("Templates", _templates_lines())


def _templates_lines() -> Iterator[str]:
    yield "A file in the project's `templates/` (or in the folder of `--templates`) stands in for the shipped one of its"
    yield "name. Templates are Jinja2 in its sandbox: an unknown variable is an error with the line. Filters of lockgen:"
    yield "`comment` (lines that stay comments), `cell` and `code` (Markdown), `word` (one word of a shell). Changing a"
    yield "template writes texts anew and moves no pin."
    yield from ("", "| template | variables it reads |", "|---|---|")
    for name in sorted(TEMPLATES):
        yield f"| `{name}` | {', '.join(f'`{each}`' for each in sorted(_reads(name)))} |"
    yield from ("", "## Variables", "", *_fields())


def _reads(name: str) -> set[str]:
    """The variables of a template and of those it includes."""
    source = (ROOT / "templates" / name).read_text("utf-8")
    tree = templates({}).jinja.parse(source)
    inner = {each for each in meta.find_referenced_templates(tree) if each}
    return meta.find_undeclared_variables(tree).union(*(_reads(each) for each in inner))


def _fields() -> Iterator[str]:
    for module in (view, index_view, image, compatibility, support):
        for name, kind in vars(module).items():
            if inspect.isclass(kind) and kind.__module__ == module.__name__ and dataclasses.is_dataclass(kind):
                yield f"- **{name.removesuffix('View')}**: {prose(kind.__doc__ or '')}"
                yield f"  {', '.join(f'`{field.name}`: {code(_annotation(field.type))}' for field in dataclasses.fields(kind))}"


def _annotation(kind: Any) -> str:
    return kind if isinstance(kind, str) else getattr(kind, "__name__", str(kind))


PAGES: Mapping[str, Callable[[], str]] = {
    "commands.md": commands_page,
    "environment.md": environment_page,
    "matrix.md": matrix_page,
    "drift-kinds.md": drift_page,
    "refusals.md": refusals_page,
    "templates.md": templates_page,
}


def main() -> None:
    for name, made in PAGES.items():
        (FOLDER / name).write_text(made(), encoding="utf-8")


if __name__ == "__main__":
    main()
