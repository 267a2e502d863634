"""Asking again who somebody is, before what does the most harm: exports, deletions, changes of rights."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from admin_app.core.registry import Registry

# The accounts know how: return what to answer in place of the page, None to let the running request pass.
PROOFS: Registry[Callable[[], Any]] = Registry("proofs of who one is")


def ask_again() -> Any:
    """Return the page that asks for the password where it was given too long ago; None lets the request pass."""
    answers = (proof() for proof in PROOFS.values())
    return next((answer for answer in answers if answer is not None), None)
