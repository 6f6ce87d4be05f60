"""The program: checks the Python it runs in.

Exit 0: nothing failed. 1: something did. 2: it was called with words it does not know.
"""

from __future__ import annotations

import argparse
import json
import os
import sys

from lockgen.preflight.checks import answer, is_refused
from lockgen.preflight.data import MATRIX
from lockgen.preflight.facts import collect
from lockgen.preflight.installed import search_path
from lockgen.preflight.text import text_of


def main(arguments: list[str] | None = None, own: str = "") -> int:
    """Run it and return the exit code. `own` is the folder of the running file, where no packages are looked for."""
    options = _parser().parse_args(arguments)
    facts = collect(paths=search_path((own,) if own else ()), matrix=MATRIX)
    if options.facts:
        _print(json.dumps(facts, indent=2, sort_keys=True))
        return 0
    said = answer(facts, MATRIX, getattr(options, "server", None) or "")
    _print(json.dumps(said, indent=2) if options.json else text_of(said).rstrip("\n"))
    return int(is_refused(said))


def _print(text: str) -> None:
    try:
        print(text, flush=True)
    except BrokenPipeError:
        # Whoever read it has seen enough; keep Python from complaining about it at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="preflight.py",
        description="Checks this Python, what is installed in it and where it runs against a phase's matrix.",
        epilog="Exit 0: nothing failed. 1: something did. 2: wrong usage.",
    )
    if MATRIX.get("servers"):
        absent = MATRIX.get("setting") or "the phase's"
        parser.add_argument("--server", choices=MATRIX["servers"], help=f"the server to run; {absent} when absent")
    parser.add_argument("--json", action="store_true", help="print the findings as JSON")
    parser.add_argument("--facts", action="store_true", help="only print what is known of this Python, as JSON")
    return parser
