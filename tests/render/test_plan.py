"""Plans: which paths they may name, and what `check` is told about a folder."""

from __future__ import annotations

import pytest

from lockgen.render.plan import Plan, differences, phase_plan


@pytest.mark.parametrize("path", ["/etc/passwd", "../up", "a/../../up", "", "a\\b", "C:x"])
def test_a_path_outside_the_folder_is_refused(path):
    with pytest.raises(ValueError, match="no path inside"):
        Plan(files={path: b""})


def test_a_phase_owns_the_documents_of_its_targets_and_its_summary():
    plan = phase_plan({"py3.11-a": {"requirements.txt": "ü\n"}}, ["py3.11-a", "py3.12-a"], "{}\n", others={"x": "y"})
    assert dict(plan.files) == {"py3.11-a/requirements.txt": "ü\n".encode(), "summary.json": b"{}\n", "x": b"y"}
    assert "py3.12-a/pylock.toml" in plan.owned
    assert "verified.json" not in plan.paths


def test_nothing_differs_from_itself():
    plan = Plan(files={"a": b"1\n"}, owned=frozenset({"b"}))
    assert differences(plan, {"a": b"1\n"}) == ()


def test_differences_are_sorted_kinds_with_diffs():
    plan = Plan(files={"b": b"1\nnew\n", "c": b"3\n"}, owned=frozenset({"a"}))
    found = differences(plan, {"a": b"old", "b": b"1\nold\n"})
    assert [(each.path, each.kind) for each in found] == [("a", "stray"), ("b", "different"), ("c", "missing")]
    assert found[0].diff == "--- committed/a\n+++ /dev/null\n@@ -1 +0,0 @@\n-old\n\\ No newline at end of file\n"
    assert found[1].diff == "--- committed/b\n+++ rendered/b\n@@ -1,2 +1,2 @@\n 1\n-old\n+new\n"
    assert found[2].diff.startswith("--- /dev/null\n+++ rendered/c\n")


def test_bytes_that_are_no_text_still_have_a_diff():
    (found,) = differences(Plan(files={"a": b"x\n"}), {"a": b"\xff\n"})
    assert "-\ufffd\n" in found.diff
