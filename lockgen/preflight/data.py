"""The phase's matrix. Empty in this package, whose callers hand one in; the rendered preflight.py holds it here."""

from __future__ import annotations

from typing import Any

MATRIX: dict[str, Any] = {}
