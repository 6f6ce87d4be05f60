"""`lockgen cache`: what is kept of the index on this machine."""

from __future__ import annotations

from lockgen.cli import options as opt
from lockgen.cli.printing import print_answer, print_result
from lockgen.cli.sources import open_cache
from lockgen.index.cache_entries import CacheInfo
from lockgen.model.answer import Answer


def cache_info(cache_dir: opt.CacheDir = None, format_: opt.OutputFormat = opt.Format.text) -> int:
    """Say where the cache is and what it holds."""
    with open_cache(cache_dir) as cache:
        info = cache.info()
    if format_ is opt.Format.json:
        print_result("cache info", _json(info), ok=True)
    else:
        print_answer(Answer(state="plain", verdict=f"{info.path}: {_counts(info)}"), on_stdout=True)
    return 0


def cache_clear(cache_dir: opt.CacheDir = None, format_: opt.OutputFormat = opt.Format.text) -> int:
    """Remove everything the cache holds."""
    with open_cache(cache_dir) as cache:
        info = cache.clear()
    if format_ is opt.Format.json:
        print_result("cache clear", _json(info), ok=True)
    else:
        print_answer(Answer(state="good", verdict=f"removed {_counts(info)}"))
    return 0


def _counts(info: CacheInfo) -> str:
    return f"{info.pages} pages, metadata of {info.metadata} files, {info.size} bytes"


def _json(info: CacheInfo) -> dict[str, object]:
    return {"path": str(info.path), "bytes": info.size, "pages": info.pages, "metadata": info.metadata}
