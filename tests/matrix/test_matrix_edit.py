"""An edit changes what it names and the revision; every other byte of the file stays."""

from __future__ import annotations

import codecs
import difflib
import re
from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from packaging.utils import canonicalize_name
from ruamel.yaml import YAML

from lockgen.errors import LockgenError, MatrixError, UsageError
from lockgen.matrix.edit.values import diff, edit_values
from lockgen.matrix.files import read_directory
from lockgen.matrix.load import load_matrices
from lockgen.model.lint import Edit
from tests.examples import examples

COMMITTED = read_directory(Path(__file__).parents[2] / "matrices")
PHASES = {phase.file: phase for phase in load_matrices(COMMITTED).phases.values()}
HEAD = 'schema: 1\nphase: "9"\ntitle: Nine\nrevision: 7\n'
OWN = HEAD + "# it names no server\nas_of: 2026-11-20T00:00:00Z\n"
HEIR = HEAD + "extends: phase-1.yaml\n"
ROWS = 'dependencies:\n  - name: httpx\n    minimum: "0.24.0"\n    maximum: "<1.0.0"\n'


def edit(package: str, key, old: str, new: str) -> Edit:
    return Edit(package=canonicalize_name(package), key=key, old=old, new=new)


def changed(text: str, *edits: Edit, groups: Mapping[str, str] | None = None) -> str:
    """The text after the edits, without the head; the revision must have been raised."""
    names = {canonicalize_name(name): group for name, group in (groups or {}).items()}
    after = edit_values("phase-9.yaml", text.encode(), edits, groups=names).decode()
    head, _, rest = after.partition("revision: 8")
    assert rest, after
    assert head == text.partition("revision: 7")[0]
    assert load_matrices({**COMMITTED, "phase-9.yaml": after.encode()})
    assert YAML(typ="safe", pure=True).load(after)
    return rest.lstrip("\r\n")


def below_head(text: str) -> str:
    return text.partition("revision: 7")[2].lstrip("\r\n")


def refused(text: str, *edits: Edit, kind: type[LockgenError] = LockgenError) -> str:
    with pytest.raises(kind) as caught:
        edit_values("phase-9.yaml", text.encode(), edits)
    return str(caught.value)


RECOMMENDED = edit("httpx", "recommended", "", "0.25.0")


def test_a_number_of_a_committed_table_changes_alone():
    before = COMMITTED["phase-1.yaml"]
    after = edit_values("phase-1.yaml", before, [edit("starlette", "recommended", "0.32.0", "0.27.0")])
    assert diff("phase-1.yaml", before, after).splitlines()[:2] == ["--- a/phase-1.yaml", "+++ b/phase-1.yaml"]
    changes = [line for line in diff("phase-1.yaml", before, after).splitlines()[2:] if line[0] in "+-"]
    assert changes == ["-revision: 1", "+revision: 2", '-    recommended: "0.32.0"', '+    recommended: "0.27.0"']


def test_a_row_of_an_optional_group_is_found():
    after = edit_values(
        "phase-1.yaml", COMMITTED["phase-1.yaml"], [edit("python-multipart", "minimum", "0.0.6", "0.0.7")]
    )
    phase = load_matrices({**COMMITTED, "phase-1.yaml": after}).phases["1"]
    assert str({str(row.name): row for row in phase.dependencies}["python-multipart"].minimum) == "0.0.7"
    assert phase.revision == 2


def test_the_revision_stays_if_it_shall_or_if_nothing_changes():
    text = (OWN + ROWS).encode()
    new = edit("httpx", "minimum", "0.24.0", "0.25.0")
    same = edit("httpx", "minimum", "0.24.0", "0.24.0")
    assert edit_values("phase-9.yaml", text, [new], revision=False) == text.replace(b"0.24.0", b"0.25.0")
    assert edit_values("phase-9.yaml", text, [same]) == text
    assert edit_values("phase-9.yaml", text, []) == text


def test_the_revision_is_raised_once_and_the_same_edit_made_once():
    edits = [edit("httpx", "minimum", "0.24.0", "0.25.0"), edit("httpx", "maximum", "<1.0.0", "<0.28")]
    text = edit_values("phase-9.yaml", (OWN + ROWS).encode(), [*edits, *edits]).decode()
    assert text == (OWN + ROWS).replace("revision: 7", "revision: 8").replace("0.24.0", "0.25.0").replace(
        "<1.0.0", "<0.28"
    )


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('minimum: "0.24.0" # a "comment"\t', 'minimum: "0.25" # a "comment"\t'),
        ("minimum: '0.24.0'", "minimum: '0.25'"),
        ('minimum:    "0.24.0"  ', 'minimum:    "0.25"  '),
        ('minimum:\n      "0.24.0"', 'minimum:\n      "0.25"'),
        ('"minimum" : "0.24.0"', '"minimum" : "0.25"'),
        ('? minimum\n    : "0.24.0"', '? minimum\n    : "0.25"'),
        ('minimum: " v0.24.0 "', 'minimum: "0.25"'),
        ('minimum: "\\x30.24.0"', 'minimum: "0.25"'),
        # What was bare is quoted where YAML would make a number of it.
        ("minimum: 0.24.0", 'minimum: "0.25"'),
    ],
)
def test_a_value_keeps_its_quotes_and_its_neighbours(old, new):
    text = OWN + ROWS.replace('minimum: "0.24.0"', old)
    assert changed(text, edit("httpx", "minimum", "0.24.0", "0.25")) == below_head(text).replace(old, new)


def test_a_bare_version_that_yaml_reads_as_text_stays_bare():
    text = OWN + ROWS.replace('"0.24.0"', "0.24.0 # bare").replace('"<1.0.0"', "<1.0.0")
    after = changed(text, edit("httpx", "minimum", "0.24", "0.25.0"), edit("httpx", "maximum", "<1.0.0", "<=0.28"))
    assert after == below_head(text).replace("0.24.0", "0.25.0").replace("<1.0.0", "<=0.28")


@pytest.mark.parametrize(
    ("row", "after"),
    [
        (
            '  - name: httpx\n    minimum: "0.24.0" # old\n    # the cap\n    maximum: "<1.0.0"\n',
            '  - name: httpx\n    minimum: "0.24.0" # old\n    recommended: "0.25.0"\n    # the cap\n    maximum: "<1.0.0"\n',
        ),
        (
            '-   name: httpx\n    note: |+\n      a #\n\n    # the cap\n    maximum: "<1.0.0"\n    minimum: "0.24.0"',
            '-   name: httpx\n    note: |+\n      a #\n\n    # the cap\n    maximum: "<1.0.0"\n    minimum: "0.24.0"\n    recommended: "0.25.0"',
        ),
        (
            '  - {name: httpx, minimum: "0.24.0", maximum: "<1.0.0"} # flow\n',
            '  - {name: httpx, minimum: "0.24.0", recommended: "0.25.0", maximum: "<1.0.0"} # flow\n',
        ),
        (
            '  - {\n    name: httpx,\n    minimum: "0.24.0" # }\n    , maximum: "<1.0.0",\n  }\n',
            '  - {\n    name: httpx,\n    minimum: "0.24.0", recommended: "0.25.0" # }\n    , maximum: "<1.0.0",\n  }\n',
        ),
    ],
)
def test_a_key_the_row_lacks_is_put_at_its_place(row, after):
    assert changed(f"{OWN}dependencies:\n{row}", RECOMMENDED) == f"{below_head(OWN)}dependencies:\n{after}"


BOUND = edit("fastapi", "minimum", "0.95.0", "0.99.0")


@pytest.mark.parametrize(
    ("row", "after"),
    [
        ('- maximum: "<0.100"\n  name: fastapi', '- minimum: "0.99.0"\n  maximum: "<0.100"\n  name: fastapi'),
        ('- # why\n  ? maximum\n  : "<0.100"\n  ? name\n  : fastapi', '- # why\n  minimum: "0.99.0"\n  ? maximum\n  : "<0.100"\n  ? name\n  : fastapi'),
        ("- name: fastapi\n  note: é😀 # ü\n", '- name: fastapi\n  minimum: "0.99.0"\n  note: é😀 # ü\n'),
        ("- name: fastapi", '- name: fastapi\n  minimum: "0.99.0"'),
        ("- name: >-\n    fastapi\n\n  # note\n  note: x", '- name: >-\n    fastapi\n  minimum: "0.99.0"\n\n  # note\n  note: x'),
        ("- name: fastapi\n  extras:\n  - all # of it\n  note: x", '- name: fastapi\n  extras:\n  - all # of it\n  minimum: "0.99.0"\n  note: x'),
        ('- name: fastapi\n  when:\n    platforms:\n      - linux-*\n  maximum: "<0.100"', '- name: fastapi\n  when:\n    platforms:\n      - linux-*\n  minimum: "0.99.0"\n  maximum: "<0.100"'),
        ('- {maximum: "<0.100", name: fastapi}', '- {minimum: "0.99.0", maximum: "<0.100", name: fastapi}'),
        ('- { maximum: "<0.100", name: fastapi }', '- { minimum: "0.99.0", maximum: "<0.100", name: fastapi }'),
        ('- { # why\n  maximum: "<0.100", name: fastapi}', '- { minimum: "0.99.0", # why\n  maximum: "<0.100", name: fastapi}'),
        ('- {"name":"fastapi"}', '- {"name":"fastapi", minimum: "0.99.0"}'),
        ("- {name: fastapi\n  }", '- {name: fastapi, minimum: "0.99.0"\n  }'),
    ],
)  # fmt: skip
def test_a_key_that_is_inherited_is_given(row, after):
    assert changed(f"{HEIR}dependencies:\n{row}", BOUND) == f"{below_head(HEIR)}dependencies:\n{after}"


def test_three_keys_come_in_the_order_of_the_table():
    edits = [
        edit("fastapi", "maximum", "", "<0.99.2"),
        RECOMMENDED,
        BOUND,
        edit("fastapi", "recommended", "", "0.99.0"),
    ]
    text = HEIR + "dependencies:\n  - name: fastapi\n    note: x\n"
    assert changed(text, *edits).endswith(
        'dependencies:\n  - name: fastapi\n    minimum: "0.99.0"\n    recommended: "0.99.0"\n    maximum: "<0.99.2"\n'
        '    note: x\n  - name: httpx\n    recommended: "0.25.0"\n'
    )


@pytest.mark.parametrize(
    ("rows", "after"),
    [
        ("dependencies:\n  - name: fastapi # last\n# end", 'dependencies:\n  - name: fastapi # last\n  - name: httpx\n    recommended: "0.25.0"\n# end'),
        ("dependencies:\n-   name: fastapi\n\naccept: []", 'dependencies:\n-   name: fastapi\n-   name: httpx\n    recommended: "0.25.0"\n\naccept: []'),
        ("dependencies:\n-\n name: fastapi\n", 'dependencies:\n-\n name: fastapi\n- name: httpx\n  recommended: "0.25.0"\n'),
        ("dependencies:\n  - {name: fastapi}", 'dependencies:\n  - {name: fastapi}\n  - {name: httpx, recommended: "0.25.0"}'),
        ("dependencies: [{name: fastapi}] # x", 'dependencies: [{name: fastapi}, {name: httpx, recommended: "0.25.0"}] # x'),
        ("dependencies: [name: fastapi ,]", 'dependencies: [name: fastapi, {name: httpx, recommended: "0.25.0"} ,]'),
        ("dependencies: [ ]\noptional: {}", 'dependencies: [{name: httpx, recommended: "0.25.0"} ]\noptional: {}'),
        ("optional: {} # x\n...\n", 'optional: {} # x\ndependencies:\n  - name: httpx\n    recommended: "0.25.0"\n...\n'),
    ],
)  # fmt: skip
def test_a_row_that_is_inherited_is_added(rows, after):
    assert changed(HEIR + rows, RECOMMENDED) == below_head(HEIR) + after


ORJSON = edit("orjson", "recommended", "", "3.9.0")


@pytest.mark.parametrize(
    ("rows", "after"),
    [
        ("", 'optional:\n  performance:\n    - name: orjson\n      recommended: "3.9.0"\n'),
        ("optional: {}", 'optional: {performance: [{name: orjson, recommended: "3.9.0"}]}'),
        ("optional: {forms: []}", 'optional: {forms: [], performance: [{name: orjson, recommended: "3.9.0"}]}'),
        ("optional:\n    forms: []\n\n# end", 'optional:\n    forms: []\n    performance:\n      - name: orjson\n        recommended: "3.9.0"\n\n# end'),
        ("optional:\n performance:\n - name: uvloop", 'optional:\n performance:\n - name: uvloop\n - name: orjson\n   recommended: "3.9.0"'),
    ],
)  # fmt: skip
def test_an_inherited_row_of_a_group_is_added_to_the_group(rows, after):
    assert changed(HEIR + rows, ORJSON, groups={"orjson": "performance"}) == below_head(HEIR) + after


def test_a_file_that_is_one_pair_of_braces():
    text = '{"schema":1,"phase":"9","title":"Nine", revision: 7,"extends":"phase-1.yaml"}'
    after = changed(text, ORJSON, RECOMMENDED, groups={"orjson": "performance"})
    assert after == (
        ',"extends":"phase-1.yaml", optional: {performance: [{name: orjson, recommended: "3.9.0"}]}, '
        'dependencies: [{name: httpx, recommended: "0.25.0"}]}'
    )


def test_a_name_that_yaml_would_take_for_something_else_is_quoted():
    text = HEIR + "dependencies:\n  - name: fastapi\n"
    after = edit_values("phase-9.yaml", text.encode(), [edit("1e3", "minimum", "", "1.0")])
    assert after.endswith(b'  - name: "1e3"\n    minimum: "1.0"\n')


def test_line_ends_and_the_byte_order_mark_stay():
    text = (OWN + ROWS).replace("\n", "\r\n").removesuffix("\r\n")
    after = edit_values("phase-9.yaml", codecs.BOM_UTF8 + text.encode(), [RECOMMENDED])
    assert after.startswith(codecs.BOM_UTF8 + b"schema: 1\r\n")
    assert after.endswith(b'minimum: "0.24.0"\r\n    recommended: "0.25.0"\r\n    maximum: "<1.0.0"')
    assert after.count(b"\n") == after.count(b"\r\n") == text.count("\n") + 1


@pytest.mark.parametrize(
    ("edits", "said"),
    [
        ([edit("httpx", "minimum", "0.23.0", "0.25.0")], "phase-9.yaml:9:14 dependencies[0].minimum: minimum of httpx is 0.24.0 here, but 0.23.0 was read\n  Was the file changed in between? Run lint again."),
        ([edit("httpx", "minimum", "", "0.25.0")], "minimum of httpx is 0.24.0 here, but none was read"),
        ([edit("httpx", "recommended", "0.24.1", "0.25")], "phase-9.yaml:8:5 dependencies[0].recommended: httpx has no recommended here, but 0.24.1 was read"),
        ([edit("httpx", "minimum", "0.24.0", "new\n")], "phase-9.yaml:9:14 dependencies[0].minimum: 'new' is not a version"),
        ([edit("httpx", "minimum", "0.24.0", "")], "is empty"),
        ([edit("httpx", "minimum", "0.24.0", '1" #')], "'1\" #' is not a version"),
        ([edit("httpx", "maximum", "<1.0.0", ">=2")], "phase-9.yaml:10:14 dependencies[0].maximum: '>=2' is not a specifier of the form <X or <=X"),
        ([edit("httpx", "minimum", "0.24.0", "1"), edit("httpx", "minimum", "0.24.0", "2")], "two edits give httpx a new minimum each"),
        ([edit("flask", "minimum", "1", "2")], "phase-9.yaml: there is no row for flask"),
        ([edit("a b", "minimum", "1", "2")], "phase-9.yaml: 'a b' is not a package name"),
    ],
)  # fmt: skip
def test_an_edit_that_does_not_fit_is_refused(edits, said):
    assert said in refused(OWN + ROWS, *edits)


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        (ROWS.replace("- name", "- &row\n    name") + "optional: {more: [*row]}\n", "Anchors and aliases are refused"),
        (ROWS + "    minimum: '0.1'\n", "the key 'minimum' stands here twice"),
        (ROWS.replace('"0.24.0"', "!!str 0.24.0"), "the tag !!str is not taken"),
        (ROWS.replace('"0.24.0"', "0.24"), "is not quoted, so YAML made it the number 0.24"),
        ("dependencies:\n\t- name: x", "a tab stands in the indentation"),
        ("dependencies: {", "is not YAML"),
    ],
)
def test_a_file_that_cannot_be_read_is_not_edited(rows, said):
    assert said in refused(OWN + rows, RECOMMENDED, kind=MatrixError)


def test_a_package_with_two_rows_is_refused():
    said = refused(OWN + ROWS + '  - name: HTTPX\n    minimum: "1"\n    maximum: "<2"\n', RECOMMENDED)
    assert said.startswith("phase-9.yaml:11:5 dependencies[1]: httpx has a row already, phase-9.yaml:8")


def test_a_value_written_as_a_block_is_refused_with_what_to_write():
    said = refused(OWN + ROWS.replace('"0.24.0"', "|\n      0.24.0"), edit("httpx", "minimum", "0.24.0", "0.25.0"))
    assert (
        said == 'phase-9.yaml:9:14 dependencies[0].minimum: is written as a block of lines\n  Write minimum: "0.24.0"'
    )


def test_what_cannot_be_written_is_said_and_not_written():
    said = refused(HEIR + "dependencies: [name: fastapi,\n]", BOUND)
    assert said == (
        'phase-9.yaml: with minimum: "0.99.0" written into it, this is no matrix any more: dependencies[1].name is missing'
        "\n  Write it by hand."
    )
    full = OWN + ROWS
    full += "#" * (1024 * 1024 - len(full))
    assert "is larger than 1048576 bytes" in refused(full, RECOMMENDED)


def test_a_group_that_can_be_none_is_refused():
    with pytest.raises(LockgenError, match="cannot name a folder"):
        edit_values("phase-9.yaml", HEIR.encode(), [ORJSON], groups={ORJSON.package: "a: [b]\n"})


@pytest.mark.parametrize("file", ["targets.yaml", "issues.yaml", "servers.yaml"])
def test_only_phases_are_edited(file):
    with pytest.raises(UsageError, match="is no phase's file"):
        edit_values(file, COMMITTED[file], [RECOMMENDED])


def test_a_diff_tells_of_missing_line_ends_and_of_nothing():
    assert diff("x.yaml", b"a\n\x0cb\r\n", b"a\n\x0cb\r\n") == ""
    assert diff("x.yaml", b"a\nb", b"a\nc\n").splitlines()[3:] == [" a", "-b", "\\ No newline at end of file", "+c"]
    assert diff("x.yaml", b"", b"\xff\n").endswith("@@ -0,0 +1 @@\n+\ufffd\n")


# Whatever file of the repository, and whatever it may look like with its meaning kept.

LOOKS = {
    "as it is": lambda text: text,
    "CRLF": lambda text: text.replace("\n", "\r\n"),
    "no final line end": lambda text: text.rstrip("\n"),
    "tabs in comments": lambda text: text.replace("# ", "#\t"),
    "single quotes": lambda text: re.sub(r'"([^"\n]*)"', r"'\1'", text),
    "another alphabet": lambda text: re.sub("(?m)^( *)note: .*", "\\1note: |-\n\\1  ключ 😀 #", text),
    "aligned": lambda text: re.sub(r'(minimum|recommended|maximum): "', r'\1:   "', text),
    "in braces": lambda text: re.sub(r"(?m)^( +)- (name: .*\n)((?:\1  .*\n)*)", _in_braces, text),
}


def _in_braces(row: re.Match[str]) -> str:
    if "when:" in row[0] or "#" in row[0]:
        return row[0]
    text = re.sub("(note|purpose|when_required): (.*)", r'\1: "\2"', row[2] + row[3])
    return f"{row[1]}- {{{', '.join(line.strip() for line in text.splitlines())}}}\n"


@pytest.mark.parametrize("look", [look for look in LOOKS if look != "as it is"])
def test_a_look_is_another_one(look):
    assert LOOKS[look](COMMITTED["phase-1.yaml"].decode()) != COMMITTED["phase-1.yaml"].decode()


def rest_of(text: str) -> str:
    """The text without what an edit may touch: the numbers with their keys, and the revision."""
    number = r"""(minimum|recommended|maximum): +("[^"\n]*"|'[^'\n]*')"""
    text = re.sub(rf"(?m)^ +{number}\r?(\n|\Z)", "", text)
    return re.sub(r"(?m)^revision: \d+", "", re.sub(rf"(, )?{number}", "", text))


@st.composite
def some_edits(draw, file: str) -> list[Edit]:
    found = []
    for row in draw(st.lists(st.sampled_from(PHASES[file].dependencies), unique_by=lambda row: row.name, max_size=4)):
        # The same versions spelled at more length: whichever of them are edited, the bounds still hold.
        more = ".0" * draw(st.integers(1, 9))
        wanted = row.recommended or row.minimum
        values = {"minimum": f"{row.minimum}{more}", "recommended": f"{wanted}{more}"}
        values["maximum"] = f"{row.maximum}{more}" if row.maximum else f"<=9{more}"
        keys = draw(st.sets(st.sampled_from(sorted(values)), min_size=1))
        found += [edit(row.name, key, str(getattr(row, key) or ""), values[key]) for key in keys]
    shuffled: list[Edit] = draw(st.permutations(found))
    return shuffled


@pytest.mark.slow
@settings(max_examples=examples(25), deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.data(), st.sampled_from(sorted(PHASES)), st.sampled_from(sorted(LOOKS)))
def test_only_what_was_asked_changes(data, file, look):
    before = LOOKS[look](COMMITTED[file].decode())
    edits = data.draw(some_edits(file))
    groups = {row.name: row.group for row in PHASES[file].dependencies if row.group}
    after = edit_values(file, before.encode(), edits, groups=groups).decode()
    steps = list(difflib.ndiff(rest_of(before).rstrip().splitlines(), rest_of(after).rstrip().splitlines()))
    assert [step for step in steps if step[0] == "-"] == []
    added = {step[2:].strip(" -{}") for step in steps if step[0] == "+"}
    if PHASES[file].extends is None:
        assert not added
    assert added <= {f"name: {each.package}" for each in edits} | {
        "optional:",
        *(f"{group}:" for group in groups.values()),
    }
    _means(file, before, after, edits)


def _means(file: str, before: str, after: str, edits: list[Edit]) -> None:
    """The matrices load, with exactly the new numbers."""
    beside = {name: COMMITTED[name] for name in ("phase-1.yaml", "targets.yaml", "servers.yaml")}
    was, phase = (load_matrices({**beside, file: text.encode()}).phases[PHASES[file].phase] for text in (before, after))
    assert phase.revision == was.revision + bool(edits)
    new = {(each.package, each.key): each.new for each in edits}
    assert [row.name for row in phase.dependencies] == [row.name for row in was.dependencies]
    for row, old in zip(phase.dependencies, was.dependencies, strict=True):
        for key in ("minimum", "recommended", "maximum"):
            assert str(getattr(row, key)) == new.get((row.name, key), str(getattr(old, key)))
        for key in ("group", "extras", "when", "note", "purpose", "when_required"):
            assert getattr(row, key) == getattr(old, key)


SCRAPS = st.sampled_from(["&a ", "*a", "- ", ": ", "\t", "\n", "\r", "\n  ", "'", '"', "{", "}", "[", "]", "|\n", ">-\n",
    "? ", "!!str ", "---\n", "...\n", " #", ",", "\ufeff", "\u2028", "é", "😀", "name: x, "])  # fmt: skip


@settings(max_examples=examples(60), deadline=None)
@given(st.lists(st.tuples(st.integers(0, 400), SCRAPS, st.integers(0, 9)), max_size=3))
def test_whatever_the_file_holds_it_is_edited_or_refused(slips):
    text = HEIR + ROWS + '  - {name: fastapi, maximum: "<0.100"}\noptional: {fast: []}\n'
    for place, scrap, length in slips:
        text = text[:place] + scrap + text[place + length :]
    edits = [RECOMMENDED, BOUND, edit("httpx", "minimum", "0.24.0", "0.25"), ORJSON]
    try:
        after = edit_values("phase-9.yaml", text.encode(), edits, groups={ORJSON.package: "fast"})
    except LockgenError:
        assert slips
        return
    again = [Edit(package=each.package, key=each.key, old=each.new, new=each.new) for each in edits]
    assert edit_values("phase-9.yaml", after, again) == after
