"""The difference of two schemas, by meaning: each change safe, to be done with care, or breaking."""

from kaven_schema.compare.change import KINDS, Change, Severity
from kaven_schema.compare.comparing import compare
from kaven_schema.compare.output import render_json, render_text

__all__ = ["KINDS", "Change", "Severity", "compare", "render_json", "render_text"]
