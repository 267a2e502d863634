"""What the console says of jobs that go through many records: each kind names itself here."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from admin_app.core.registry import Registry


@dataclass(frozen=True)
class WorkKind:
    """A kind of job made by `jobs.rows`: the resource of its records, its title from `counted()`, what else to know."""

    resource: str
    title: Callable[..., str]
    lead: Any = ""


WORK: Registry[WorkKind] = Registry("kinds of work")
