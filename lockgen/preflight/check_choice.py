"""A choice that the matrix declares: what its setting asks for can run here."""

from __future__ import annotations

from typing import Any, Mapping

from lockgen.preflight.choices import choice_words, choose
from lockgen.preflight.context import CheckContext, installed, part, platform_row, python_version
from lockgen.preflight.result import FAIL, PASS, WARN, CannotTellError, CheckResult


def check_choice(context: CheckContext, declared: Mapping[str, Any]) -> list[CheckResult]:
    """What is asked for in the choice's environment variable can run here."""
    name, package, setting = declared["check"], declared["package"], declared["setting"]
    asked = str(part(context, "settings").get(setting, ""))
    word = asked.strip().lower()
    release = str(installed(context).get(package, {}).get("version", ""))
    if not release and part(context, "modules").get(package):
        raise CannotTellError(f"{package} is there without metadata that says its version")
    chosen = choose(
        name,
        asked,
        system=str(part(context, "platform")["system"]),
        release=release,
        python=python_version(context),
        matrix=context.matrix,
    )
    if not chosen.warning:
        return _as_the_table_says(context, declared, word, (chosen.name, chosen.reason))
    # The server itself would import the package on these words, and die of it.
    is_fatal = chosen.is_broken or (word == package and "not installed" in chosen.warning)
    if word not in (*choice_words(declared), ""):
        remedy = "Set {} to {}.".format(setting, " or ".join(choice_words(declared)))
    elif chosen.is_broken:
        remedy = str(declared["remedy"])
    else:
        remedy = "Set {}={}{}.".format(setting, declared["fallback"], f", or install {package}" if is_fatal else "")
    return [CheckResult(name, FAIL if is_fatal else WARN, chosen.warning, remedy)]


def _as_the_table_says(
    context: CheckContext, declared: Mapping[str, Any], word: str, chosen: tuple[str, str]
) -> list[CheckResult]:
    """`chosen` is what is used, and the reason."""
    (used, reason), package, fallback = chosen, declared["package"], declared["fallback"]
    expected = platform_row(context).get("choices", {}).get(declared["check"], used)
    if word in ("", "auto") and expected == package and used == fallback:
        remedy = "Install {}, or set {}={}.".format(package, declared["setting"], fallback)
        return [CheckResult(declared["check"], WARN, f"{fallback} is used: {reason}", remedy)]
    return [CheckResult(declared["check"], PASS, f"{used} is used: {reason}")]
