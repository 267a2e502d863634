"""What a bulk operation answers."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass
class BulkResult:
    """How many records were changed, and which were not, each as (its name, the reason as a sentence)."""

    done: int = 0
    skipped: list[tuple[str, str]] = field(default_factory=list)
