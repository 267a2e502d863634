"""The users, and deleting them."""

from __future__ import annotations
