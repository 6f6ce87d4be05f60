"""Whatever bytes a parser is given, it answers or refuses in lockgen's own words, in bounded time."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.examples import examples
from tests.fuzzed import PARSERS, fuzz, seeds_of

CASES = Path(__file__).parent / "fuzz_cases"


@st.composite
def spoiled(draw: st.DrawFn, seed: bytes, words: tuple[bytes, ...]) -> bytes:
    """An input that is read, with pieces cut, doubled, turned, and words of the format put in."""
    content = draw(st.just(seed) | st.binary(max_size=40))
    for _ in range(draw(st.integers(1, 6))):
        start = draw(st.integers(0, len(content)))
        end = min(len(content), start + draw(st.integers(0, 12)))
        put = draw(st.sampled_from([*words, b"", content[start:end] * 2, content[:start]]) | st.binary(max_size=4))
        content = content[:start] + put + content[end:]
    return content


@pytest.mark.slow
@pytest.mark.parametrize("name", PARSERS)
@given(data=st.data())
@settings(max_examples=examples(120))
def test_any_bytes_are_read_or_refused(name: str, data: st.DataObject) -> None:
    parser = PARSERS[name]
    seed = data.draw(st.sampled_from(parser.seeds))
    fuzz(parser, data.draw(spoiled(seed, parser.words)))


@pytest.mark.parametrize("name", PARSERS)
def test_what_was_found_before_and_the_seeds(name: str) -> None:
    for content in seeds_of(name):
        fuzz(PARSERS[name], content)


def test_each_case_belongs_to_a_parser() -> None:
    assert {path.name for path in CASES.iterdir() if path.is_dir()} <= set(PARSERS)


@pytest.mark.slow
@pytest.mark.parametrize("name", PARSERS)
def test_deep_and_long_ones(name: str) -> None:
    parser = PARSERS[name]
    for content in (b"[" * 50_000, b'{"a":' * 20_000, b"(" * 20_000, b"a" * 300_000, b"\n" * 50_000, b"9" * 100_000):
        fuzz(parser, content)


STRANGE: tuple[object, ...] = (float("nan"), float("inf"), 10**400, "\ud800", None, [], {}, [[[]]], True, -0.0)


def test_numbers_and_texts_that_json_alone_can_say() -> None:
    for name in ("verified", "summary", "locked", "journal", "simple-json"):
        seed = json.loads(PARSERS[name].seeds[0])
        for value in STRANGE:
            for key in seed:
                fuzz(PARSERS[name], json.dumps({**seed, key: value}).encode())
