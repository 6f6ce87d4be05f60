"""The guards behind SECURITY.md's promises: each with the text that is it, what takes it away, and the tests that notice.

`tests/test_guards.py` holds that each text stands exactly once and each test exists; `python -m tests.mutants` takes
the guards away one by one and expects red.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Guard:
    """A piece of `file` (below lockgen/), what it becomes as a mutant, and the tests of which each must fail then."""

    file: str
    text: str
    mutant: str
    tests: tuple[str, ...]


_HOSTILE = "tests/index/test_hostile.py::"
_FAULTS = "tests/index/test_faults.py::"
_ARCHIVES = "tests/index/test_archives.py::"
_LIMITS = "tests/requirements/test_limits.py::"
_UNDO = "tests/render/test_undo.py::"
_WRITE = "tests/render/test_write.py::"
_SAFE = "tests/test_safe.py::"
_WHEEL = "tests/verify/test_hostile_wheel.py::"
_READS_BACK = "tests/render/test_reads_back.py::"
_NAMES = "tests/matrix/test_matrix_names.py::"
_FAULT = "tests/test_faults.py::test_a_fault_at_any_change_loses_nothing"
_FUZZ = "tests/test_fuzz.py::"
_SCENARIO = "tests/resolve/test_scenarios.py::test_scenario"

GUARDS = (
    # A mirror, a second index.
    Guard(
        "index/fetch.py",
        "if file.metadata_sha256 and sha256(answer.body).hexdigest() != file.metadata_sha256:",
        "if False:",
        (f"{_FAULTS}test_metadata_with_a_wrong_hash_is_an_error",),
    ),
    Guard(
        "index/fetch.py",
        "if file.metadata_sha256 and isinstance(answer, Metadata) and answer.sha256 != file.metadata_sha256:",
        "if False:",
        (f"{_HOSTILE}test_the_advertised_hash_of_metadata_is_checked_inside_the_wheel_too",),
    ),
    Guard(
        "index/fetch.py",
        "if file.sha256 and sha256(body).hexdigest() != file.sha256:",
        "if False:",
        (f"{_FAULTS}test_a_file_with_a_wrong_hash_is_an_error",),
    ),
    Guard(
        "index/cache.py",
        "row = (site, kind, file, line, entry_sum(site, kind, file, line))",
        'site = ""\n        row = (site, kind, file, line, entry_sum(site, kind, file, line))',
        ("tests/index/test_cache.py::test_what_is_put_is_found_by_the_next_process",),
    ),
    Guard(
        "index/cache.py",
        "if found == entry_sum(site, kind, file, line):",
        "if found:",
        (f"{_HOSTILE}test_a_damaged_entry_of_the_cache_is_fetched_again",),
    ),
    Guard(
        "index/cache.py",
        "if isinstance(body, bytes) and found == entry_sum(site, name, body):",
        "if isinstance(body, bytes):",
        (f"{_HOSTILE}test_a_damaged_entry_of_the_cache_is_fetched_again",),
    ),
    Guard(
        "index/simple.py",
        "            _check_end(body, is_framed=is_framed)",
        "            pass",
        (f"{_HOSTILE}test_html_that_breaks_off_is_no_page",),
    ),
    Guard(
        "index/transport.py",
        "if monotonic() - began > patience + size / _SLOWEST:",
        "if False:",
        (f"{_HOSTILE}test_an_answer_that_drips_comes_to_an_end",),
    ),
    Guard(
        "index/client.py",
        'if address.startswith("https:") and not target.startswith("https:"):',
        "if False:",
        (f"{_FAULTS}test_a_redirect_from_https_to_http_is_refused",),
    ),
    Guard(
        "index/client.py",
        "target = split_login(urljoin(address, location))[0]",
        "target = urljoin(address, location)",
        (f"{_FAULTS}test_a_login_in_a_redirect_s_address_is_not_used",),
    ),
    Guard(
        "index/sites.py",
        "if alias := alias_of(name, self._routes.items()):",
        "if alias := None:",
        (f"{_HOSTILE}test_a_routed_name_is_never_asked_of_another_index",),
    ),
    Guard(
        "index/settings_kept.py",
        "kept = {name: value for name, value in options.items() if not stated.get(name)}",
        "kept = dict(options)",
        ("tests/index/test_settings.py::test_no_part_of_an_address_is_kept_and_the_rest_is",),
    ),
    Guard(
        "index/sites.py",
        "self.as_of_for.get(name, self.as_of) <= fetched_at <= self.now",
        "self.as_of_for.get(name, self.as_of) <= fetched_at",
        ("tests/index/test_live.py::test_a_clock_that_was_wrong_by_years_settles_nothing_once_it_is_right",),
    ),
    # A package's author.
    Guard(
        "index/metadata.py",
        "if len(text) > LONGEST_FIELD:",
        "if False:",
        (f"{_HOSTILE}test_monstrous_metadata_refuses_the_file",),
    ),
    Guard(
        "index/metadata.py",
        "if _DIGITS.search(text):",
        "if False:",
        (f"{_HOSTILE}test_a_monstrous_requires_python_refuses_its_file_alone",),
    ),
    Guard(
        "index/metadata.py",
        "        if requirement.url:\n",
        "        if False:\n",
        ("tests/index/test_metadata.py::test_a_requirement_by_address_is_refused_without_showing_the_address",),
    ),
    Guard(
        "index/archives.py",
        "if size is None or size < 0 or size > 2 * MEMBER_LIMIT:",
        "if False:",
        (f"{_ARCHIVES}test_a_member_header_of_gigabytes_is_refused",),
    ),
    Guard(
        "index/archives.py",
        "if entry.isreg() and _is_in_top_folder(path, wanted):",
        "if _is_in_top_folder(path, wanted):",
        (f"{_ARCHIVES}test_what_is_no_plain_file_is_not_followed",),
    ),
    Guard(
        "index/archives.py",
        "if offset > UNPACKED_LIMIT:",
        "if False:",
        (f"{_ARCHIVES}test_an_sdist_that_unpacks_to_gigabytes_is_refused",),
    ),
    Guard(
        "resolve/candidates.py",
        "usable = [each for each in usable if each.file.yanked is None] or usable",
        "usable = list(usable)",
        (_SCENARIO,),
    ),
    Guard(
        "resolve/prereleases.py",
        ' and not clause.version.endswith(".*")',
        "",
        (_SCENARIO,),
    ),
    Guard(
        "verify/pip_environment.py",
        "return self._run(command, {**kept, **_RULES,",
        "return self._run(command, {**self.environ, **_RULES,",
        (f"{_WHEEL}test_its_code_sees_no_login_and_no_way_to_one",),
    ),
    Guard(
        "verify/install.py",
        "pips, venv = opened_for_pip(interpreter, env), opened(interpreter, env, anew=bool(locked.sdists))",
        "pips = venv = opened(interpreter, env, anew=bool(locked.sdists))",
        (f"{_WHEEL}test_its_code_sees_no_login_and_no_way_to_one",),
    ),
    Guard(
        "verify/apart.py",
        "return {**passed, **dict.fromkeys(_HOMES, home),",
        "return {**environ, **passed,",
        (
            f"{_WHEEL}test_its_code_runs_in_an_empty_folder_away_from_project_and_home",
            "tests/verify/test_smoke_script.py::test_the_environment_is_a_short_list",
        ),
    ),
    Guard(
        "verify/apart.py",
        "return run(command, environ=seen, cwd=Path(home), timeout=timeout, stop=stop)",
        "return run(command, environ=seen, timeout=timeout, stop=stop)",
        (f"{_WHEEL}test_its_code_runs_in_an_empty_folder_away_from_project_and_home",),
    ),
    Guard(
        "verify/supervisor.py",
        "ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)",
        "pass",
        (
            f"{_WHEEL}test_nothing_that_it_starts_outlives_the_proof",
            "tests/verify/test_process.py::test_what_left_its_group_and_session_is_ended_too",
        ),
    ),
    Guard(
        "verify/supervisor.py",
        "        if lifeline in ready:\n            break\n",
        "        if lifeline in ready:\n            return\n",
        ("tests/verify/test_process.py::test_killed_lockgen_leaves_nothing",),
    ),
    Guard(
        "verify/process.py",
        "os.killpg(self.process.pid, signal.SIGKILL)",
        "pass",
        ("tests/verify/test_process.py::test_what_ends_its_supervisor_is_ended_itself",),
    ),
    Guard(
        "verify/own_metadata.py",
        'return replace(proof, verdict="failed", reason="; ".join(found), command="", notes=()) if found else proof',
        "return proof",
        ("tests/test_verify.py::test_a_wheel_s_own_metadata_has_the_last_word",),
    ),
    Guard(
        "verify/whole.py",
        "    if files.faults:\n",
        "    if False:\n",
        ("tests/verify/test_whole.py::test_a_wheel_with_a_wrong_record_is_not_installed",),
    ),
    Guard(
        "verify/installed_files.py",
        "        if not path.is_relative_to(root):\n",
        "        if False:\n",
        ("tests/verify/test_installed_files.py::test_nothing_outside_the_venv_is_read_by_a_link_either",),
    ),
    Guard(
        "verify/whole.py",
        "    if report.reason:\n",
        "    if False:\n",
        ("tests/verify/test_whole.py::test_a_set_is_imported_without_a_smoke_script_too",),
    ),
    # A matrix's author, and a template's.
    Guard(
        "matrix/patterns.py",
        'parts[::2] = [re.sub(r"[-_.]+", "-", part) for part in rest]',
        "parts[::2] = rest",
        ("tests/test_private_index.py::test_each_index_has_a_lock_and_a_run_of_its_own",),
    ),
    Guard(
        "lint/routes.py",
        "if pattern not in used and pattern in places:",
        "if False:",
        ("tests/test_private_index.py::test_a_route_that_matches_nothing_is_found",),
    ),
    Guard(
        "render/environment.py",
        "    return ImmutableSandboxedEnvironment(\n",
        "    from jinja2 import Environment\n\n    return Environment(  # type: ignore[return-value]\n",
        ("tests/render/test_environment.py::test_a_template_cannot_reach_behind_its_values",),
    ),
    Guard(
        "text/safe.py",
        'return one_line(_UNSAFE.sub(" ", str(value))).rstrip("\\\\ ")',
        'return one_line(_UNSAFE.sub(" ", str(value)))',
        (f"{_SAFE}test_every_line_of_a_comment_is_a_comment",),
    ),
    Guard(
        "text/safe.py",
        'return _ORDER.sub(lambda found: " ".join(found[0]), printable(value))',
        "return printable(value)",
        (f"{_SAFE}test_what_a_terminal_shows",),
    ),
    Guard(
        "text/safe.py",
        "return shlex.quote(clean(value))",
        "return clean(value)",
        (f"{_SAFE}test_a_shell_reads_back_one_word",),
    ),
    Guard(
        "text/safe.py",
        'return _MARKER.sub(lambda found: rf"{found[0][:-1]}\\{found[0][-1]}", text)',
        "return text",
        (f"{_SAFE}test_markdown_reads_back_as_the_text",),
    ),
    Guard(
        "text/safe.py",
        "return _as_text(_UNDERSCORES.sub(_outside_words, _escaped(_tame(value))))",
        "return _as_text(_escaped(_tame(value)))",
        (
            f"{_SAFE}test_markdown_reads_back_as_the_text",
            f"{_READS_BACK}test_the_files_of_a_phase_say_what_its_matrix_says",
        ),
    ),
    Guard(
        "text/safe.py",
        'return one_line(_UNSAFE.sub(" ", str(value))).rstrip("\\\\ ")',
        "return str(value)",
        (f"{_READS_BACK}test_pip_reads_the_set_and_nothing_else",),
    ),
    Guard(
        "matrix/init/draft.py",
        "return json.dumps(printable(str(value)), ensure_ascii=False)",
        "return json.dumps(printable(str(value)))",
        (f"{_SAFE}test_a_first_matrix_reads_back_as_the_text",),
    ),
    Guard(
        "matrix/fields.py",
        "if not _SLUG.match(text):",
        "if False:",
        (
            f"{_NAMES}test_what_could_be_more_than_a_name_is_refused",
            f"{_NAMES}test_what_is_taken_is_one_word_and_one_folder",
        ),
    ),
    Guard(
        "ci/install.py",
        'if not _PLAIN.fullmatch(what) or what.startswith("-"):',
        'if what.startswith("-"):',
        (f"{_SAFE}test_a_workflow_reads_back_what_is_installed",),
    ),
    # A requirement file's author.
    Guard(
        "requirements/pip_file.py",
        'if line.unset or "\\0" in path:',
        "if line.unset:",
        (f"{_FUZZ}test_what_was_found_before_and_the_seeds",),
    ),
    Guard(
        "requirements/limits.py",
        "if not stat.S_ISREG(found.st_mode) and not stat.S_ISDIR(found.st_mode):",
        "if False and not stat.S_ISDIR(found.st_mode):",
        (f"{_LIMITS}test_what_is_no_regular_file",),
    ),
    Guard(
        "requirements/limits.py",
        "if content and not found.st_size:",
        "if False:",
        (f"{_LIMITS}test_the_environment_of_a_process_is_no_file_of_requirements",),
    ),
    Guard(
        "requirements/limits.py",
        "if deep > MOST_DEEP:",
        "if False:",
        (f"{_LIMITS}test_a_chain_of_400_files",),
    ),
    Guard(
        "requirements/limits.py",
        'files were read, and no more are" if files >= MOST_FILES else',
        'files were read, and no more are" if False else',
        (f"{_LIMITS}test_files_beyond_number",),
    ),
    Guard(
        "requirements/limits.py",
        "return path if is_on_the_web(path) else os.path.realpath(path)",
        "return path",
        (f"{_LIMITS}test_other_spellings_of_a_path_are_the_same_file",),
    ),
    Guard(
        "requirements/limits.py",
        "if len(line) > MOST_LINE:",
        "if False:",
        (f"{_LIMITS}test_a_line_beyond_measure",),
    ),
    # Another user of the machine, or of the checkout; the machine itself.
    Guard(
        "render/verified.py",
        "    if not isinstance(value, dict):\n        raise TypeError",
        "    if False:\n        raise TypeError",
        (f"{_FUZZ}test_what_was_found_before_and_the_seeds",),
    ),
    Guard("render/write.py", "                swap.recover(folder)\n", "                pass\n", (_FAULT,)),
    Guard(
        "render/write.py",
        "back.callback(swap.kept(path).replace, path)",
        "pass",
        ("tests/render/test_write.py::test_several_files_change_together_or_not_at_all",),
    ),
    Guard(
        "render/undo.py",
        'if pure.is_absolute() or ".." in pure.parts or not pure.parts or "\\\\" in path or ":" in path or "\\0" in path:',
        "if False:",
        (f"{_UNDO}test_a_path_outside_the_folder_is_refused",),
    ),
    Guard(
        "render/undo.py",
        "return parent == top or top in parent.parents",
        "return True",
        (f"{_UNDO}test_a_path_through_a_link_is_refused", f"{_UNDO}test_old_content_is_not_put_through_a_link"),
    ),
    Guard(
        "render/undo.py",
        "if any(_is_foreign(place) for place in (undo, listed)):",
        "if False:",
        (f"{_UNDO}test_a_copy_of_another_user_is_refused_with_the_way_on",),
    ),
    Guard(
        "render/undo.py",
        'if (folder / path).exists() and _digest(folder / path) not in {written.get(path), before} - {""}:',
        "if False:",
        (f"{_UNDO}test_a_file_that_is_not_what_the_run_wrote_is_not_lost",),
    ),
    Guard(
        "render/undo.py",
        'if links := [path for path in (kept, listed, *kept.rglob("*")) if path.is_symlink()]:',
        "if links := []:",
        (f"{_UNDO}test_old_content_that_is_a_link_is_refused",),
    ),
    Guard(
        "render/write.py",
        "if place.is_symlink() or (place.exists() and not place.is_file()):",
        "if place.exists() and not place.is_file():",
        (f"{_WRITE}test_what_stands_in_the_way_is_named_and_left_alone",),
    ),
    Guard(
        "render/write.py",
        "is_there = found == plan.files",
        "is_there = False",
        (f"{_WRITE}test_eight_processes_with_equal_results_all_succeed",),
    ),
)
