"""What higher packages do when the installation is migrated or started, and what they check."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from admin_app.core.registry import Registry

# Called by `canvass migrate` and `canvass serve` when the database is at the newest migration, such as to make the
# built-in roles. Each opens its own unit of work and may be called again and again.
AFTER_MIGRATE: Registry[Callable[[], None]] = Registry("steps after a migration")

# Called by `canvass serve` with the address that people open (no slash at its end); what it returns is printed.
FIRST_START: Registry[Callable[[str], str | None]] = Registry("steps at the first start")


@dataclass(frozen=True)
class CheckResult:
    """What a check of `canvass doctor` found: whether it is well, and one line that says it."""

    well: bool
    line: str


# Called by `canvass doctor`, in the order of registration.
CHECKS: Registry[Callable[[], CheckResult]] = Registry("checks of the doctor")


def after_migrate() -> None:
    """Take every step that is registered for after a migration."""
    for step in AFTER_MIGRATE.values():
        step()


def first_start(base_url: str) -> list[str]:
    """Return what the steps at the first start have to say."""
    said = (step(base_url) for step in FIRST_START.values())
    return [sentence for sentence in said if sentence]
