"""Movies drawn by code with known tags: what the demo shows, and what models are trained and judged on."""

from __future__ import annotations

from typing import Final

TRUTH_FILE: Final = "truth.json"
"""The file of a drawn library that says what is in its movies."""
