"""A frozen index served on loopback to real resolvers: its pages (PEP 691), METADATA beside each wheel (PEP 658).

Wheels themselves are not served: only what a resolver reads. Of an sdist a body is made that holds its PKG-INFO alone,
so its listed hash is not that of the body; no resolver compares them before it installs.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
from collections.abc import Iterator
from functools import partial
from typing import Any

from lockgen.errors import FrozenIndexError
from lockgen.index.frozen import FrozenIndex
from lockgen.model.index import DistFile, Metadata
from tests.index.loopback import JSON, Index, sdist, send


@contextlib.contextmanager
def served(frozen: FrozenIndex) -> Iterator[Index]:
    """The index, until the block ends. A page or a METADATA that was not frozen is answered with 404."""
    index = Index()
    for name, page in frozen.pages().items():
        if page is None:
            continue
        entries = [_entry(index, frozen, file) for version in page.versions for file in page.files(version)]
        body = json.dumps({"meta": {"api-version": "1.1"}, "name": name, "files": entries}).encode()
        # A resolver that runs sixty times keeps the page rather than ask for it each time.
        index.pages[f"/simple/{name}/"] = partial(_send_page, body)
    try:
        yield index
    finally:
        index.close()


def _send_page(body: bytes, handler: Any) -> None:
    send(handler, 200, body, Content_Type=JSON, Cache_Control="max-age=3600")


def _entry(index: Index, frozen: FrozenIndex, file: DistFile) -> dict[str, Any]:
    body = _core_metadata(frozen, file)
    path = f"/files/{file.sha256}/{file.filename}"
    if body and file.is_wheel:
        index.pages[f"{path}.metadata"] = body
    elif body:
        index.pages[path] = sdist({"PKG-INFO": body}, file.filename.removesuffix(".tar.gz"))
    keys = {
        "size": file.size,
        "upload-time": file.uploaded and file.uploaded.isoformat().replace("+00:00", "Z"),
        "requires-python": file.requires_python,
    }
    return {
        "filename": file.filename,
        "url": index.root + path,
        "hashes": {"sha256": file.sha256},
        "yanked": file.yanked or file.yanked is not None,
        "core-metadata": {"sha256": hashlib.sha256(body).hexdigest()} if body and file.is_wheel else file.is_wheel,
        **{key: value for key, value in keys.items() if value is not None},
    }


def _core_metadata(frozen: FrozenIndex, file: DistFile) -> bytes:
    """What was frozen of it, as its METADATA would say it; empty where nothing was."""
    try:
        known = frozen.metadata(file)
    except FrozenIndexError:
        return b""
    if not isinstance(known, Metadata):
        return b""
    lines = [
        "Metadata-Version: 2.2",
        f"Name: {known.name}",
        f"Version: {known.version}",
        *([f"Requires-Python: {known.requires_python}"] if known.requires_python else []),
        *(f"Requires-Dist: {each}" for each in known.requires_dist),
        *(f"Provides-Extra: {each}" for each in known.provides_extra),
    ]
    return "\n".join([*lines, "", ""]).encode()
