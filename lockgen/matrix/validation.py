"""Validation errors as complaints, each at its line and in the words of the file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, get_args, get_origin

from pydantic import BaseModel, ValidationError

from lockgen.matrix.complaint import Complaint, complain, missing, nearest, shown
from lockgen.matrix.node import Node, Path, kind_in_words

_EXPECTED = {
    "string_type": "text",
    "int_type": "a whole number",
    "bool_type": "true or false",
    "tuple_type": "a list",
    "mapping_type": "a mapping",
    "dict_type": "a mapping",
    "model_type": "a mapping",
}
_FORMS = {
    "glibc": "2.MINOR",
    "musl": "1.MINOR",
    "macos": "MAJOR.MINOR, with a MAJOR from 10 to 99",
}
_SENTENCE = 120


def complaints_of(file: str, root: Node, model: type[BaseModel], error: ValidationError) -> Iterator[Complaint]:
    """One complaint per fault. A key that is missing because it is misspelt is complained about once."""
    faults = error.errors(include_url=False)
    meant: set[Path] = set()
    for found in (fault for fault in faults if fault["type"] == "extra_forbidden"):
        path = _path(found["loc"])
        message, hint, word = _unknown_key(str(path[-1]), _known_keys(model, path[:-1]))
        meant.add((*path[:-1], word))
        yield complain(file, root, path, message, hint=hint, key=True)
    for found in faults:
        path = _path(found["loc"])
        if not (found["type"] == "extra_forbidden" or (found["type"] == "missing" and path in meant)):
            is_key = found["loc"][-1:] == ("[key]",)
            node = _key_node(root, path) if is_key else root.get(*path)
            if found["type"] == "too_short" and node and (node.items or node.fields):
                continue  # the validator counts right entries only; the wrong ones are complained about themselves
            message, hint = _message_and_hint(node, path, found)
            yield complain(file, root, path, message, hint=hint, key=is_key)


def _path(loc: tuple[int | str, ...]) -> Path:
    return tuple(step for step in loc if step != "[key]")


def _unknown_key(key: str, known: list[str]) -> tuple[str, str, str]:
    word = nearest(key, known)
    hint = f"Did you mean {word}?" if word else f"Known here: {', '.join(known)}."
    return "is not a key that belongs here", hint, word or ""


def _known_keys(model: type[BaseModel], path: Path) -> list[str]:
    """The keys of the model that stands at a path below `model`."""
    kind: Any = model
    for step in path:
        kind = _below(kind, step)
    kind = _bare(kind)
    return sorted(_fields(kind)) if isinstance(kind, type) and issubclass(kind, BaseModel) else []


def _below(kind: Any, step: str | int) -> Any:
    kind = _bare(kind)
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        return _fields(kind).get(str(step))
    if get_origin(kind) is tuple:
        return get_args(kind)[0]
    return get_args(kind)[1] if get_origin(kind) is Mapping else None


def _bare(kind: Any) -> Any:
    """`X` for `X | None`."""
    choices = [choice for choice in get_args(kind) if choice is not type(None)]
    return choices[0] if type(None) in get_args(kind) and choices else kind


def _fields(model: type[BaseModel]) -> dict[str, Any]:
    return {info.alias or name: info.annotation for name, info in model.model_fields.items()}


def _key_node(root: Node, path: Path) -> Node:
    line, column = root.place(path, key=True)
    return Node(kind="text", line=line, column=column, value=str(path[-1]), raw=str(path[-1]))


def _message_and_hint(node: Node | None, path: Path, found: Any) -> tuple[str, str]:
    key, kind = str(path[-1]) if path else "", found["type"]
    context = found.get("ctx", {})
    if kind == "matrix":
        return context["message"], context["hint"]
    if kind == "missing":
        return missing(key)
    if node is None:
        return shown(found["msg"], _SENTENCE), ""
    return _of_kind(node, key, kind, context) or (shown(found["msg"], _SENTENCE), "")


def _of_kind(node: Node, key: str, kind: str, context: Mapping[str, Any]) -> tuple[str, str] | None:
    found: tuple[str, str] | None = None
    if kind in _EXPECTED:
        found = _wrong_type(node, key, _EXPECTED[kind])
    elif kind == "literal_error":
        found = _not_a_choice(node, str(context["expected"]))
    elif kind == "string_pattern_mismatch":
        found = f"{shown(node.raw)!r} is not of the form {_FORMS[key]}", missing(key)[1]
    elif kind == "greater_than_equal":
        found = f"{shown(node.raw)} is below {context['ge']}", f"Write {context['ge']} or more."
    elif kind == "less_than_equal":
        found = f"{shown(node.raw)} is above {context['le']}", f"Write {context['le']} or less."
    elif kind == "too_short":
        found = "is empty", "Write at least one entry, or leave the key out."
    return found


def _wrong_type(node: Node, key: str, expected: str) -> tuple[str, str]:
    if expected == "text" and node.kind in ("number", "truth"):
        made = (
            f"the number {shown(node.value)}" if node.kind == "number" else f"the truth value {shown(node.raw).lower()}"
        )
        if key == "as_of":
            return f"{shown(node.raw)} is not a point in time", missing(key)[1]
        prefix = "" if key.isdigit() else f"{shown(key)}: "
        return f"{shown(node.raw)} is not quoted, so YAML made it {made}", f'Write {prefix}"{shown(node.raw)}".'
    message = f"is {kind_in_words(node.kind)}, but {expected} belongs here"
    if expected == "a whole number" and node.raw.isdigit():
        return message, f"Write {key}: {shown(node.raw)} without quotes."
    return message, "Write true or false." if expected == "true or false" else ""


def _not_a_choice(node: Node, expected: str) -> tuple[str, str]:
    choices = [word for word in expected.replace(" or ", ", ").replace("'", "").split(", ") if word]
    if node.kind in ("list", "mapping"):
        return (
            f"is {kind_in_words(node.kind)}, but one word belongs here",
            f"Write one of: {', '.join(choices)}.",
        )
    word = nearest(node.raw, choices)
    hint = f"Did you mean {word}? Known: {', '.join(choices)}." if word else f"Write one of: {', '.join(choices)}."
    return f"{shown(node.raw)!r} is not known here", hint
