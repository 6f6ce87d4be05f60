"""`lockgen cache`: what is kept of the index on this machine."""

from __future__ import annotations

from lockgen.cli import options as opt
from lockgen.cli.printing import print_json, say
from lockgen.cli.sources import open_cache


def cache_info(cache_dir: opt.CacheDir = None, format_: opt.OutputFormat = opt.Format.text) -> int:
    """Say where the cache is and what it holds."""
    with open_cache(cache_dir) as cache:
        info = cache.info()
    if format_ is opt.Format.json:
        print_json({"path": str(info.path), "bytes": info.size, "pages": info.pages, "metadata": info.metadata})
    else:
        print(f"{info.path}: {info.size} bytes, {info.pages} pages, metadata of {info.metadata} files")
    return 0


def cache_clear(cache_dir: opt.CacheDir = None) -> int:
    """Remove everything the cache holds."""
    with open_cache(cache_dir) as cache:
        info = cache.clear()
    say(f"removed {info.pages} pages and the metadata of {info.metadata} files ({info.size} bytes)")
    return 0
