"""preflight.py: the checks of an image and the phase's matrix in one file that needs nothing else."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from lockgen.model.implementation import prefix_of
from lockgen.model.issues import ConflictRule, KnownIssue, When
from lockgen.model.matrix import Dependency, Matrices, Phase, PlatformRow, PythonRow
from lockgen.model.overrides import ExcludeRule, OverrideRule
from lockgen.model.phase import PhaseFacts
from lockgen.model.servers import Servers, Support
from lockgen.render.preflight_checks import check_kind, chooser_name, declared_servers, used_sources
from lockgen.render.preflight_program import standalone
from lockgen.render.summary import SummaryEntry
from lockgen.text import grouped_pairs, moment, spelled
from lockgen.text.safe import clean, docstring

FILE_NAME = "preflight.py"
_PACKAGE = "lockgen.preflight"
_DATA = "data"
_WIDTH = 120
_STEP = 4
_END = """
if __name__ == "__main__":
    # Piped into a Python, it is no file and has no folder.
    sys.exit(main(own=os.path.dirname(os.path.abspath(__file__)) if "__file__" in globals() else ""))
"""


def guard(
    facts: PhaseFacts, matrices: Matrices, phase: Phase, targets: Mapping[str, SummaryEntry], sources: Mapping[str, str]
) -> str:
    """The text of preflight.py. `sources` are the modules of lockgen/preflight by name, `targets` the summary's."""
    matrix = literal(guard_matrix(facts, matrices, phase, targets))
    declared = matrices.servers
    kept = used_sources(sources, {check_kind(check.rule) for check in declared.checks})
    text = standalone(_PACKAGE, kept, _docstring(facts, phase, declared), {_DATA: f"MATRIX = {matrix}"})
    return "\n\n".join([text, *map(_chooser, declared.choices), _END])


def facts_program(sources: Mapping[str, str], matrix: Mapping[str, Any]) -> str:
    """A program that prints the facts of the Python it runs in, as JSON, and checks nothing.

    `matrix` is a guard's, which says what its checks look at; an empty one has none that look further.
    """
    wanted = {key: matrix[key] for key in ("setting", "settings", "checks") if key in matrix}
    kept, values = used_sources(sources, set()), {_DATA: f"MATRIX = {literal(wanted)}"}
    return standalone(_PACKAGE, kept, "Facts of this Python.", values) + '\n\nmain(["--facts"])\n'


def _chooser(check: str) -> str:
    """A function of a choice, under its own name: choose_json_parser."""
    return f'''def {chooser_name(check)}(requested: str | None = None, **here: str) -> Chosen:
    """What a server uses that was asked for `requested`: see `choose`."""
    return choose({check!a}, requested, **here)
'''


def _docstring(facts: PhaseFacts, phase: Phase, declared: Servers) -> str:
    server = f" --server {phase.server}" if phase.server else ""
    names = ("require_python", *map(chooser_name, declared.choices))
    head = f"{FILE_NAME} for phase {facts.phase}: {facts.title}, revision {facts.revision}"
    return (
        f"{docstring(head)}.\n\n"
        "Checks the Python it runs in, what is installed there and where it runs, against the phase's matrix:\n\n"
        f"    python preflight.py{server}\n"
        f"    python -{server} < preflight.py\n\n"
        "Exit 0: nothing failed. 1: something did. 2: wrong usage. It needs CPython 3.7 or later, nothing else.\n"
        f"A server imports {', '.join(names)} and detect_memory_limit from it.\n\n"
        f"strategy: {facts.strategy}; nothing uploaded after {moment(facts.as_of)} was considered\n"
        f"made by: {docstring(facts.command)}\n"
    )


def guard_matrix(
    facts: PhaseFacts, matrices: Matrices, phase: Phase, targets: Mapping[str, SummaryEntry]
) -> dict[str, Any]:
    """The phase as the checks read it: JSON values without null. What is empty is left out, except where the table
    has a column for it.

    `sets` lists each set of pins once, with all the targets it is for; `no_set` gives the reason for each other target.
    """
    ordered = _in_the_tables_order(targets, matrices)
    return {
        "phase": clean(facts.phase),
        "title": clean(facts.title),
        "revision": facts.revision,
        "as_of": moment(facts.as_of),
        "strategy": facts.strategy,
        **_present(declared_servers(matrices.servers, phase)),
        "pythons": [_python(row) for row in matrices.pythons],
        "platforms": [_platform(row) for row in matrices.platforms],
        "rows": [_row(row) for row in phase.dependencies],
        "conflicts": [_conflict(row) for row in matrices.conflicts],
        **_present({"replaced": [*map(_replaced, phase.overrides), *map(_replaced, phase.excludes)]}),
        "issues": [_issue(issue) for issue in matrices.issues],
        "sets": list(_sets(ordered)),
        "no_set": {name: _why_not(entry) for name, entry in ordered.items() if "pins" not in entry},
    }


def _in_the_tables_order(targets: Mapping[str, SummaryEntry], matrices: Matrices) -> dict[str, SummaryEntry]:
    """By Python, then by platform; targets of full versions, which the tables do not list, at the end."""
    prefixes = [prefix_of(row.python) for row in matrices.pythons]
    table = [f"{prefix}-{platform.name}" for prefix in prefixes for platform in matrices.platforms]
    return {name: targets[name] for name in (*table, *sorted(set(targets) - set(table))) if name in targets}


def _python(row: PythonRow) -> dict[str, Any]:
    return {"python": row.python, "floor": row.floor} | _present({"unsupported": _support(row.unsupported)})


def _support(unsupported: Mapping[str, Support]) -> dict[str, Any]:
    return {name: {"reason": clean(no.reason), "remedy": clean(no.remedy)} for name, no in unsupported.items()}


def _platform(row: PlatformRow) -> dict[str, Any]:
    return {
        "name": row.name,
        "os": row.platform.os,
        "arch": row.platform.arch,
        "libc": row.platform.libc or "",
        "floor": row.floor,
    } | _present({"choices": dict(row.choices), "unsupported": _support(row.unsupported)})


def _row(row: Dependency) -> dict[str, Any]:
    where = _where(row.when)
    words = {"group": row.group or "", "purpose": clean(row.purpose)}
    extras = {"extras": sorted(row.extras)}
    return {"name": row.name, "specifier": spelled(row.specifier)} | _present(extras | where | words)


def _where(when: When) -> dict[str, Any]:
    return {"python": spelled(when.python or ()), "platforms": list(when.platforms or ())}


def _replaced(rule: OverrideRule | ExcludeRule) -> dict[str, Any]:
    """A package of which what distributions say they require does not count."""
    return {"name": rule.name} | _present(_where(rule.when))


def _conflict(rule: ConflictRule) -> dict[str, Any]:
    needs = "" if rule.requires is None else f"{rule.requires.name}{spelled(rule.requires.specifier)}"
    about = _present({"extras": sorted(rule.extras), "versions": spelled(rule.versions or ()), "requires": needs})
    return (
        {"library": rule.library} | about | {"published": clean(rule.published), "workaround": clean(rule.workaround)}
    )


def _issue(issue: KnownIssue) -> dict[str, Any]:
    when = {
        "python": spelled(issue.when.python or ()),
        "platforms": list(issue.when.platforms or ()),
        "packages": {name: spelled(releases) for name, releases in issue.packages.items()},
    }
    constrain = [f"{wanted.name}{spelled(wanted.specifier)}" for wanted in issue.constrain]
    rest = {"sdist": int(issue.is_sdist), "constrain": constrain}
    words = {"title": clean(issue.title), "symptom": clean(issue.symptom), "solution": clean(issue.solution)}
    return {"id": issue.id} | _present(when | rest) | words


def _present(fields: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if value}


def _sets(targets: Mapping[str, SummaryEntry]) -> Iterator[dict[str, Any]]:
    groups = grouped_pairs(
        (json.dumps({"pins": entry["pins"]} | _present({"unserved": entry.get("unserved", [])}), sort_keys=True), name)
        for name, entry in targets.items()
        if "pins" in entry
    )
    for text, names in groups.items():
        yield {"targets": names, **json.loads(text)}


def _why_not(entry: SummaryEntry) -> str:
    if entry["status"] == "unsupported":
        return " ".join(filter(None, (f"{entry['reason']}.", entry["remedy"])))
    return "no versions can hold together there"


def literal(value: Any, indent: int = 0, lead: int = 0) -> str:
    """The value (strings, numbers, lists, dicts) as Python text in ASCII, in lines of 120 columns where words allow.

    Its lines stand `indent` columns in; before the first stand `lead` more.
    """
    flat = _flat(value)
    if len(flat) + indent + lead < _WIDTH or not isinstance(value, list | dict):
        return flat
    inside = indent + _STEP
    items = [literal(each, inside) for each in value] if isinstance(value, list) else _pairs(value, inside)
    body = "".join(f"{' ' * inside}{line}\n" for line in _filled(items, _WIDTH - inside))
    opened, closed = "[]" if isinstance(value, list) else "{}"
    return f"{opened}\n{body}{' ' * indent}{closed}"


def _pairs(value: Mapping[str, Any], inside: int) -> list[str]:
    return [f"{name!a}: {literal(each, inside, len(ascii(name)) + 2)}" for name, each in value.items()]


def _flat(value: Any) -> str:
    if isinstance(value, list):
        return f"[{', '.join(map(_flat, value))}]"
    if isinstance(value, dict):
        return f"{{{', '.join(f'{name!a}: {_flat(each)}' for name, each in value.items())}}}"
    return ascii(value)


def _filled(items: Iterable[str], width: int) -> list[str]:
    """The items, each with its comma, as many on a line as fit. What is long stands alone."""
    lines: list[str] = []
    for item in items:
        short = "\n" not in item and "{" not in item and "[" not in item
        if lines and short and not lines[-1].endswith(("},", "],")) and len(lines[-1]) + len(item) + 2 <= width:
            lines[-1] += f" {item},"
        else:
            lines.append(f"{item},")
    return lines
