"""What the export page asks for, and how its form becomes a plan."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask import request
from flask_babel import gettext, lazy_gettext

from admin_app.results.admin_choice import Chosen
from admin_app.results.export_plan import ExportPlan
from admin_app.results.exporters import EXPORTERS
from admin_app.results.table import FACTS, usual_facts

OPTIONS = ("labels", "per_choice", "states")
# In an address there is no room for the columns of a long questionnaire.
_MOST_IN_ADDRESS = 60

FORMAT_NOTES: Mapping[str, Any] = {
    "csv": lazy_gettext("For every program. What a spreadsheet would run as a formula begins with an apostrophe."),
    "xlsx": lazy_gettext(
        "For spreadsheets: numbers and dates are such. A text over 32,767 characters is cut, and says so at its end."
    ),
}
_FACT_WORDS: Mapping[str, Any] = {
    "reply.id": lazy_gettext("Reply"),
    "reply.started_at": lazy_gettext("Form opened"),
    "reply.submitted_at": lazy_gettext("Sent"),
    "reply.version": lazy_gettext("Version"),
    "reply.kind": lazy_gettext("Kind"),
    "reply.test": lazy_gettext("Test"),
    "reply.review_status": lazy_gettext("Review"),
    "reply.language": lazy_gettext("Language"),
    "reply.source": lazy_gettext("Came by"),
    "reply.tags": lazy_gettext("Tags"),
}


@dataclass(frozen=True)
class Offer:
    """A column, or those of one question, that can be ticked."""

    name: str
    words: str
    ticked: bool
    # Why its answers are masked; empty where they are not.
    masked: str = ""
    retired: bool = False


def asked_plan(chosen: Chosen) -> ExportPlan:
    """Return the plan that an address or a form asks for, with the filters that are `chosen`."""
    values = request.values
    return ExportPlan(
        format=values.get("format", "csv")[:60],
        columns=_asked_columns(chosen),
        filters=tuple(chosen.filters.tokens),
        zone=str(chosen.known.zone),
        **{name: values.get(name) == "1" for name in OPTIONS},
    )


def _asked_columns(chosen: Chosen) -> tuple[str, ...] | None:
    select = request.args.get("select", "")
    if select == "all":
        return (*FACTS, *(one.spec.key for one in chosen.questions))
    # A form without a tick sends none, which is not the same as a form that does not ask.
    return tuple(request.values.getlist("column")) if select == "none" or "chosen" in request.values else None


def arguments_of(plan: ExportPlan) -> dict[str, Any]:
    """Return what in the page's address asks for a plan again."""
    arguments: dict[str, Any] = {"f": list(plan.filters), "format": plan.format}
    arguments |= {name: "1" for name in OPTIONS if getattr(plan, name)}
    if plan.columns is not None and len(plan.columns) <= _MOST_IN_ADDRESS:
        arguments |= {"chosen": "1", "column": list(plan.columns)}
    return arguments


def formats() -> list[tuple[str, str, Any]]:
    """Return (name, label, note) for each format."""
    return [(name, exporter.label, FORMAT_NOTES.get(name, "")) for name, exporter in EXPORTERS.items()]


def facts_on_offer(plan: ExportPlan) -> list[Offer]:
    """Return what is known of a reply beside its answers."""
    ticked = usual_facts() if plan.columns is None else plan.columns
    return [Offer(name, str(_FACT_WORDS[name]), name in ticked) for name in FACTS]


def questions_on_offer(chosen: Chosen, plan: ExportPlan) -> list[Offer]:
    """Return the questions, and what of their answers the reader may not see."""
    return [
        Offer(
            name=one.spec.key,
            words=one.spec.label,
            ticked=plan.columns is None or one.spec.key in plan.columns,
            masked=_why(
                one.spec.key in chosen.hidden, one.spec.personal, one.spec.other_key in chosen.hidden and one.spec.other
            ),
            retired=one.retired,
        )
        for one in chosen.questions
    ]


def _why(hidden: bool, personal: bool, other: bool) -> str:  # noqa: FBT001
    if hidden and personal:
        return str(gettext("Personal data: masked"))
    if hidden:
        return str(gettext("Own words: masked"))
    return str(gettext("“Other” in own words: masked")) if other else ""
