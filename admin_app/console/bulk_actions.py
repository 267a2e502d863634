"""Declaring bulk actions, and putting into words what became of one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import count
from types import FunctionType
from typing import Any, TypeVar

from flask_babel import format_decimal, gettext, ngettext
from wtforms import Form

from admin_app.console.access import check_permission
from admin_app.core.bulk import BulkResult, Refusals, Skipped
from admin_app.core.permissions import Actor

Handler = TypeVar("Handler", bound=Callable[..., BulkResult])

# What the page with the question sends back beside the fields of an action's own form.
RESERVED = (
    "action", "all_matching", "confirmed", "csrf_token", "expected_count", "leave_later", "number", "rowid", "url",
)  # fmt: skip


@dataclass(frozen=True)
class BulkAction:
    """What `@bulk_action` says about a method."""

    name: str
    label: Any
    permission: str
    confirm: Any
    done: Any
    refusals: Callable[[Actor], Refusals] | None
    form: type[Form] | None
    lead: Any
    offered: Callable[[], bool] | None
    tone: str
    queues: bool
    guarded: bool
    # In the order in which they stand in the program; a class knows its methods by the alphabet alone.
    place: int


_places = count()


def bulk_action(
    name: str,
    label: Any,
    *,
    permission: str,
    confirm: Any,
    done: Any = None,
    refusals: Callable[[Actor], Refusals] | None = None,
    form: type[Form] | None = None,
    lead: Any = "",
    offered: Callable[[], bool] | None = None,
    tone: str = "primary",
    queues: bool = False,
    guarded: bool = False,
) -> Callable[[Handler], Handler]:
    """Make a method of a view a bulk action: `method(selection, *, actor, batch) -> BulkResult`.

    `permission` is a letter or an ability; the selection holds only rows that it reaches. `confirm` is the question
    in words, None where nobody needs to be asked; `done` tells the result. Both come from `counted()`.
    `refusals` says on the page with the question which rows will be left alone and why, as far as that depends on
    the actor alone; the operation decides itself. `lead` says there what else happens. With a `form` the page asks
    for its fields, and the method is `method(selection, data, *, actor, batch)`. Where `offered()` says no, there is
    no such action for the time being. What is `guarded` asks for the password where it was given too long ago. What
    `queues` a job of its own, record by record, is called once for all of them.
    """
    check_permission(permission, f"The bulk action {name!r}")
    if form is not None and confirm is None:
        raise TypeError(f"The bulk action {name!r} has a form and no page to show it on.")
    if taken := [field for field in RESERVED if hasattr(form, field)]:
        raise TypeError(f"The form of the bulk action {name!r} has a field {taken[0]!r}, which the page needs itself.")

    def mark(method: Handler) -> Handler:
        marked: Any = method
        marked.bulk = BulkAction(
            name, label, permission, confirm, done, refusals, form, lead, offered, tone, queues, guarded, next(_places)
        )  # fmt: skip
        return method

    return mark


def counted(one: str, many: str) -> Callable[..., str]:
    """Return what puts a number into words: `counted("Close %(number)s survey?", "Close %(number)s surveys?")`.

    Words that tell the result of an action with a form may name its fields: "%(number)s users have “%(role)s” now".
    """

    def words(number: int, *, more: bool = False, **values: Any) -> str:
        return str(ngettext(one, many, number, **{**values, "number": figure(number, more=more)}))

    return words


def figure(number: int, *, more: bool = False) -> str:
    """Return a number as people read it; "10,000+" where there are `more` than were counted."""
    return f"{format_decimal(number)}{'+' if more else ''}"


def worded(text: Any, number: int, values: Mapping[str, Any] | None = None, *, more: bool = False) -> str:
    """Return what `counted()` made for `number`, or a text that needs no number as it is."""
    return text(number, more=more, **(values or {})) if isinstance(text, FunctionType) else str(text)


def told(action: BulkAction, result: BulkResult, data: Mapping[str, Any]) -> str:
    """Return what was done, and what was left alone and why, for the message after it."""
    if action.done is None:
        done = gettext("%(action)s: %(number)s", action=str(action.label), number=format_decimal(result.done))
    else:
        done = worded(action.done, result.done, data)
    return with_skipped(done, result)


def with_skipped(done: str, result: BulkResult) -> str:
    """Return what was `done`, and what was left alone and why, as sentences."""
    if not result.skipped:
        return str(gettext("%(done)s.", done=done))
    number, reasons = format_decimal(result.left_alone), "; ".join(_reason(one) for one in result.skipped)
    return str(gettext("%(done)s, %(number)s skipped: %(reasons)s.", done=done, number=number, reasons=reasons))


def _reason(skipped: Skipped) -> str:
    names, reason = ", ".join(skipped.names), skipped.reason.rstrip(".")
    more = skipped.count - len(skipped.names)
    if not more:
        return str(gettext("%(names)s – %(reason)s", names=names, reason=reason))
    number = format_decimal(more)
    return str(gettext("%(names)s and %(number)s more – %(reason)s", names=names, number=number, reason=reason))
