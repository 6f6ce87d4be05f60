"""Validation errors as complaints, each at its line and in the words of the file."""

from __future__ import annotations

import re
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
_POLICIES = {"manylinux1": "2.5", "manylinux2010": "2.12", "manylinux2014": "2.17"}
"""The names of the older manylinux policies (PEP 513, 571, 599) and the glibc each means."""
_PLATFORM_TAG = re.compile(r"(manylinux|musllinux|macosx)_(\d{1,2})_(\d{1,2})(?:_\w+)?")
_TAG_KEYS = {"manylinux": "glibc", "musllinux": "musl", "macosx": "macos"}
_OTHER_WORDS = {
    **dict.fromkeys(("amd64", "x64", "x86-64"), "x86_64"),
    **dict.fromkeys(("i386", "i486", "i586"), "i686"),
    **dict.fromkeys(("win32",), "x86"),
    **dict.fromkeys(("armhf", "armv7"), "armv7l"),
    **dict.fromkeys(("darwin", "osx", "mac", "macosx"), "macos"),
    **dict.fromkeys(("win", "win64"), "windows"),
    **dict.fromkeys(("alpine", "debian", "ubuntu", "rhel"), "linux"),
}
"""What other tools call an architecture or an operating system."""
_MAJOR = re.compile(r"[1-9]\d")
_PATCH_RELEASE = re.compile(r"(\d{1,2}\.\d{1,2})\.\d+")


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
        return missing(key, path[0] if path else "")
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
        found = f"{shown(node.raw)!r} is not of the form {_FORMS[key]}", _form_hint(node.raw, key)
    elif kind == "greater_than_equal":
        found = f"{shown(node.raw)} is below {context['ge']}", f"Write {context['ge']} or more."
    elif kind == "less_than_equal":
        found = f"{shown(node.raw)} is above {context['le']}", f"Write {context['le']} or less."
    elif kind == "too_short":
        found = "is empty", "Write at least one entry, or leave the key out."
    return found


def _form_hint(text: str, key: str) -> str:
    """The version that was meant, as far as the text shows it; else an example."""
    text = text.strip().casefold()
    named = _POLICIES.get(text) if key == "glibc" else None
    if named is None and (tag := _PLATFORM_TAG.fullmatch(text)):
        named = f"{tag[2]}.{tag[3]}" if _TAG_KEYS[tag[1]] == key else None
    if named is None and key == "macos" and _MAJOR.fullmatch(text):
        named = f"{text}.0"
    if named is None and (patch := _PATCH_RELEASE.fullmatch(text)):
        named = patch[1]
    return missing(key)[1] if named is None else f'Write {key}: "{named}".'


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
    if (meant := _OTHER_WORDS.get(node.raw.strip().casefold(), "")) in choices:
        return f"{shown(node.raw)!r} is not known here", f"Write {meant}. Known: {', '.join(choices)}."
    word = nearest(node.raw, choices)
    hint = f"Did you mean {word}? Known: {', '.join(choices)}." if word else f"Write one of: {', '.join(choices)}."
    return f"{shown(node.raw)!r} is not known here", hint
