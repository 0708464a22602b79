"""The version of the announcement rules: part of every answer that is recorded."""

from __future__ import annotations

RULES_VERSION = 12
"""Raise it with every change by which the same facts may come to another state or answer."""
