"""The names of container images: what stands before FROM's AS, with a word for the Python in it."""

from __future__ import annotations

import re
from typing import Annotated, Any

from pydantic import PlainValidator

from lockgen.matrix.complaint import shown
from lockgen.matrix.fields import fault, text_of, words_schema
from lockgen.model.images import PLACEHOLDER

# The grammar of the distribution project: reference.go.
_PART = r"[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*"
_HOST = r"[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?"
_NAME = re.compile(
    rf"(?:{_HOST}(?:\.{_HOST})*(?::[0-9]{{1,5}})?/)?{_PART}(?:/{_PART})*"
    r"(?::[A-Za-z0-9_][A-Za-z0-9_.-]{0,127})?(?:@sha256:[0-9a-f]{64})?"
)
_EXAMPLE = f"python:{PLACEHOLDER}-slim-bookworm"
_SUCH = f'Write "{_EXAMPLE}", say.'


def read_image(value: Any) -> str:
    """The name of an image, such as `python:{python}-slim-bookworm`, with a tag or a digest where it is one."""
    text = text_of(value)
    if any(each.isspace() for each in text):
        raise fault(f"{shown(text)!r} holds a blank, which no image's name does", _SUCH)
    if text.startswith("-"):
        raise fault(f"{shown(text)!r} begins with a dash: an engine would take it for an option", _SUCH)
    plain = text.replace(PLACEHOLDER, "3.11")
    if "{" in plain or "}" in plain:
        raise fault(f"{shown(text)!r} holds a brace that is not {PLACEHOLDER}, the one word replaced there", _SUCH)
    if "://" in plain:
        raise fault(f"{shown(text)!r} is an address", f"Leave the scheme out. {_SUCH}")
    if "@" in plain.partition("@sha256:")[0]:
        raise fault("holds an @ that no digest stands behind", "No login belongs here: engines keep theirs themselves.")
    if not _NAME.fullmatch(plain):
        raise fault(f"{shown(text)!r} is no image's name: [HOST[:PORT]/]NAME[:TAG][@sha256:DIGEST]", _SUCH)
    return text


ImageName = Annotated[str, PlainValidator(read_image), words_schema(r"^\s*[A-Za-z0-9{][^\s$]*\s*$", _EXAMPLE)]
