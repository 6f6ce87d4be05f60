"""Requirements files: what is asked for, what is not considered, what cannot be read."""

from __future__ import annotations

import pytest

from tests.requirements.reading import complaints, line, read, wishes


def test_a_line_is_a_wish_with_its_place() -> None:
    found = wishes(
        "# what we serve\n"
        "Fast_API>=0.95,<0.100\n"
        "\n"
        "uvicorn[Standard, extra_two]==0.24.0 ; python_version >= '3.8'  # the server\n"
    )
    assert [line(wish) for wish in found.requirements] == [
        "fast-api<0.100,>=0.95",
        'uvicorn[extra-two,standard]==0.24.0; python_version >= "3.8"',
    ]
    assert [wish.where for wish in found.requirements] == ["requirements.txt:2", "requirements.txt:4"]
    assert found.unconsidered == ()


def test_a_continued_line_has_the_number_of_its_first() -> None:
    found = wishes("\nhttpx==0.25.0 \\\n  --hash=sha256:aa \\\n  --hash=sha256:bb\nflask\n")
    assert [(line(wish), wish.where) for wish in found.requirements] == [
        ("httpx==0.25.0", "requirements.txt:2"),
        ("flask", "requirements.txt:5"),
    ]
    assert found.unconsidered == ()


def test_included_files_count_from_the_file_that_names_them() -> None:
    found = read(
        {
            "app/requirements.txt": "-r deps/base.txt\n-c ../pins.txt\nflask",
            "app/deps/base.txt": "--requirement=more.txt\nhttpx",
            "app/deps/more.txt": "anyio",
            "pins.txt": "anyio<4\nwerkzeug==2.0",
        }
    )
    assert [(line(wish), wish.where) for wish in found.requirements] == [
        ("anyio", "app/deps/more.txt:1"),
        ("httpx", "app/deps/base.txt:2"),
        ("flask", "app/requirements.txt:3"),
    ]
    assert [(line(wish), wish.where) for wish in found.constraints] == [
        ("anyio<4", "pins.txt:1"),
        ("werkzeug==2.0", "pins.txt:2"),
    ]


def test_a_file_that_two_files_include_is_said_once() -> None:
    found = read({"a": "-r b\n-r c", "b": "-r base", "c": "-r base", "base": "flask\n./here"})
    assert [line(wish) for wish in found.requirements] == ["flask"]
    assert len(found.unconsidered) == 1


def test_a_circle_names_the_files() -> None:
    assert complaints({"a.txt": "-r b.txt", "b.txt": "flask\n-c a.txt"}) == [
        "b.txt:2: the files include each other: a.txt -> b.txt -> a.txt\n  Remove one -r or -c."
    ]


def test_a_file_that_is_not_there_is_told_where_it_is_named() -> None:
    (said,) = complaints({"requirements.txt": "flask\n-c deps/pins.txt"})
    assert said.startswith("requirements.txt:2: deps/pins.txt cannot be read: No such file or directory\n")


def test_the_file_itself_may_be_missing() -> None:
    (said,) = complaints({"requirements.txt": "-r ."})
    assert said.startswith("requirements.txt:1: . cannot be read")


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("git+https://example.org/team/model.git@v1#egg=model", "a git address"),
        ("model @ git+ssh://git@example.org/team/model.git", "a git address"),
        ("hg+https://example.org/model", "a hg address"),
        ("https://example.org/model-1.0-py3-none-any.whl", "the address of a file"),
        ("model @ https://example.org/model-1.0.tar.gz ; python_version < '3.12'", "the address of a file"),
        ("file:///srv/model-1.0.zip", "a path"),
        ("file:wheels/model-1.0.zip", "a path"),
        ("./model", "a path"),
        ("../model[extra]", "a path"),
        (".", "a path"),
        (".[dev]", "a path"),
        ("packages/model", "a path"),
        ("C:\\packages\\model", "a path"),
        ("model-1.0-py3-none-any.whl", "a path"),
        ("wheels/model@1.0.zip", "a path"),
        ("-e .", "an editable installation"),
        ("-e git+https://example.org/team/model.git#egg=model", "an editable installation"),
        ("--editable=../model", "an editable installation"),
    ],
)
def test_what_no_index_serves_is_not_considered(text: str, kind: str) -> None:
    found = wishes(f"flask\n{text}\n")
    assert [line(wish) for wish in found.requirements] == ["flask"]
    (other,) = found.unconsidered
    assert other.where == "requirements.txt:2"
    assert other.reason == f"{kind}: only what an index serves can be resolved"


@pytest.mark.parametrize(
    "option",
    [
        "--index-url https://example.org/simple",
        "-i https://example.org/simple",
        "--extra-index-url https://example.org/simple",
        "--find-links wheels",
        "--trusted-host example.org",
        "--no-index",
        "--no-binary :all:",
        "--only-binary=flask",
        "--prefer-binary",
        "--require-hashes",
        "--use-feature fast-deps",
        "--only-final flask",
    ],
)
def test_other_options_are_not_considered_and_say_why(option: str) -> None:
    found = wishes(f"{option}\nflask")
    assert [line(wish) for wish in found.requirements] == ["flask"]
    (other,) = found.unconsidered
    assert other.where == "requirements.txt:1"
    assert other.reason
    assert not found.prereleases


@pytest.mark.parametrize("option", ["--pre", "--all-releases :all:", "--no-index --pre"])
def test_prereleases_may_serve(option: str) -> None:
    assert wishes(f"{option}\nflask").prereleases
    assert read({"a.txt": "-r b.txt", "b.txt": option}).prereleases


def test_an_option_behind_a_requirement_is_not_lost_without_a_word() -> None:
    found = wishes("flask --pre -r other.txt")
    assert [line(wish) for wish in found.requirements] == ["flask"]
    assert [other.text for other in found.unconsidered] == ["--pre", "--requirement"]
    assert not found.prereleases


def test_pip_reads_one_included_file_a_line() -> None:
    found = read({"a.txt": "-r b.txt -r c.txt stray", "b.txt": "flask"})
    assert [line(wish) for wish in found.requirements] == ["flask"]
    assert [other.text for other in found.unconsidered] == ["c.txt", "stray"]


def test_variables_come_from_the_environment_given() -> None:
    found = wishes("flask==${FLASK}\n./$FLASK\n./${EMPTY}\n./${flask}", {"FLASK": "2.0", "EMPTY": "", "flask": "3.0"})
    assert [line(wish) for wish in found.requirements] == ["flask==2.0"]
    assert [other.text for other in found.unconsidered] == ["./$FLASK", "./${EMPTY}", "./${flask}"]


SECRETS = {"TOKEN": "hunter2", "WHOLE": "https://me:hunter2@example.org/simple"}


@pytest.mark.parametrize(
    "text",
    [
        "git+https://me:hunter2@example.org/team/model.git@v1",
        "git+https://hunter2@example.org/team/model.git",
        "git+https://me:hunter2/x@example.org/team/model.git",
        "git+https://me:1/hunter2@example.org/team/model.git",
        "model @ https://example.org/hunter2/model-1.0.zip?token=hunter2#hunter2",
        "model@https://me:hunter2@example.org/model-1.0.zip",
        "--index-url https://me:hunter2@example.org/simple",
        "--extra-index-url=https://example.org/hunter2/simple/",
        "--extra-index-url https://example.org/hunter2/",
        "--find-links https://example.org/links?key=hunter2",
        "--index-url https://me:${TOKEN}@example.org/simple",
        "--index-url ${WHOLE}",
        "--trusted-host ${TOKEN}",
        "-e git+https://${TOKEN}@example.org/model.git",
        "git+me:hunter2@example.org:model",
    ],
)
def test_no_credential_is_repeated(text: str) -> None:
    found = wishes(text, SECRETS)
    assert len(found.unconsidered) == 1
    assert "hunter2" not in repr(found)


@pytest.mark.parametrize(
    "text",
    [
        "flask==${TOKEN} what",
        "s3://me:hunter2@example.org/x",
        "flask ; ${TOKEN}",
        "flask https://me:hunter2@example.org",
        "--token=hunter2",
    ],
)
def test_no_complaint_repeats_a_credential(text: str) -> None:
    (said,) = complaints({"r.txt": text}, SECRETS)
    assert "hunter2" not in said


def test_everything_that_cannot_be_read_is_told_at_once() -> None:
    said = complaints({"requirements.txt": "flask=2.0\nhttpx\n--frobnicate\n-r gone.txt\nanyio>=\n'"})
    assert [each.splitlines()[0] for each in said] == [
        "requirements.txt:1: 'flask=2.0' is no requirement: expected semicolon (after name with no version specifier) or end",
        "requirements.txt:3: no such option: --frobnicate",
        "requirements.txt:4: gone.txt cannot be read: No such file or directory",
        "requirements.txt:5: 'anyio>=' is no requirement: expected semicolon (after name with no version specifier) or end",
        'requirements.txt:6: "\'" is no requirement: expected package name at the start of dependency specifier',
    ]
    assert said[0].endswith('One = compares nothing. Write "name==1.0".')


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("flask --hash=md5:aa", "--hash takes sha256, sha384, sha512, as in --hash=sha256:abc"),
        ("flask --hash=aa", "--hash takes sha256, sha384, sha512, as in --hash=sha256:abc"),
        ("flask --config-settings x", "--config-settings takes KEY=VALUE"),
        ("--index-url", "--index-url option requires 1 argument"),
        ("--index-url 'x", "a quotation mark is never closed"),
        ("flask ; python < '3'", "\"python < '3'\" is no marker"),
        ("flask -e .", "-e behind a requirement"),
        ("flask --no", "ambiguous option: --no (--no-binary, --no-index, --no-require-hashes?)"),
    ],
)
def test_options_are_read_as_strictly_as_pip_reads_them(text: str, said: str) -> None:
    (complaint,) = complaints({"requirements.txt": text})
    assert complaint.splitlines()[0] == f"requirements.txt:1: {said}"


def test_constraints_take_no_extras() -> None:
    (said,) = complaints({"a.txt": "-c pins.txt", "pins.txt": "uvicorn[standard]==0.24.0"})
    assert said.startswith("pins.txt:1: uvicorn[standard] in a constraints file: pip takes no extras there\n")


def test_a_file_on_the_web_is_read_from_there() -> None:
    base = "https://me:hunter2@example.org/secret/"
    found = read(
        {
            "a.txt": f"-c {base}constraints-3.11.txt\nflask",
            f"{base}constraints-3.11.txt": "-r more/b.txt\nanyio<4",
            f"{base}more/b.txt": "./x\n--index-url https://${TOKEN}@example.org",
        }
    )
    assert [(line(each), each.where) for each in found.constraints] == [("anyio<4", "constraints-3.11.txt (fetched):2")]
    assert [each.where for each in found.unconsidered] == ["b.txt (fetched):1", "b.txt (fetched):2"]
    assert found.unconsidered[1].reason.endswith("; the environment has no value for TOKEN")


def test_a_file_on_the_web_that_cannot_be_read_is_an_error() -> None:
    (said,) = complaints({"a.txt": "flask\n-c https://me:hunter2@example.org/secret/c.txt"})
    assert said.startswith("a.txt:2: https://***@example.org/***/c.txt cannot be read: ")


@pytest.mark.parametrize("text", ["flask==${A_B}", "-r ${A_B}.txt", "-c ${A_B}/c.txt", "flask; ${A_B}"])
def test_a_variable_without_a_value_is_named(text: str) -> None:
    (said,) = complaints({"a.txt": text}, {"A_B": ""})
    assert said.splitlines()[0] == f"a.txt:1: {text!r}: the environment has no value for A_B"


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-32"])
def test_a_byte_order_mark_tells_the_encoding(encoding: str) -> None:
    found = read({"requirements.txt": "flask # Größe\nhttpx".encode(encoding)})
    assert [line(wish) for wish in found.requirements] == ["flask", "httpx"]


def test_a_coding_comment_tells_the_encoding() -> None:
    text = "# -*- coding: latin-1 -*-\n./Größe\n"
    assert read({"r.txt": text.encode("latin-1")}).unconsidered[0].text == "./Größe"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"flask # Gr\xf6\xdfe", "the file is not utf-8"),
        (b"# coding: klingon\nflask", "there is no encoding 'klingon'"),
        (b"# coding: ascii\n# Gr\xc3\xb6\xc3\x9fe", "the file is not ascii"),
    ],
)
def test_bytes_that_are_no_text(content: bytes, said: str) -> None:
    (complaint,) = complaints({"r.txt": content})
    assert complaint.splitlines()[0] == f"r.txt: {said}"
