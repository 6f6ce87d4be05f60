"""Fuzzes one parser for as long as it is let, led by coverage: `python -m tests.fuzz_atheris PARSER [libFuzzer's options]`.

It needs atheris (the extra `fuzz`), which has wheels for some Pythons on Linux. What is found is written by libFuzzer to
`crash-...` in the working directory; move it into `tests/fuzz_cases/PARSER/` with the change that mends it.
`-max_total_time=600` ends it after ten minutes; without a parser's name it lists them.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any


def main(words: Sequence[str]) -> int:
    """Fuzz; libFuzzer ends the process."""
    try:
        import atheris  # type: ignore[import-untyped,import-not-found,unused-ignore]  # noqa: PLC0415 - instruments what is imported after it
    except ImportError:
        sys.stderr.write("atheris is not installed: pip install '.[fuzz]', on a Python that it has wheels for\n")
        return 2
    fuzzer: Any = atheris
    with fuzzer.instrument_imports(include=["lockgen"]):
        from tests.fuzzed import PARSERS, fuzz, seeds_of  # noqa: PLC0415 - see above
    if not words or words[0] not in PARSERS:
        sys.stderr.write(f"name a parser: {', '.join(PARSERS)}\n")
        return 2
    name, *options = words
    parser = PARSERS[name]
    with TemporaryDirectory(prefix="lockgen-fuzz-") as folder:
        for number, seed in enumerate(seeds_of(name)):
            (Path(folder) / str(number)).write_bytes(seed)
        fuzzer.Setup([sys.argv[0], *options, folder], lambda content: fuzz(parser, content))
        fuzzer.Fuzz()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
