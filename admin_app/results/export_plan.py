"""What somebody wants in a file of replies: its format, its columns, and which replies. A job is given it as JSON."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any
from zoneinfo import ZoneInfo

from admin_app.core.errors import InvalidError
from admin_app.core.readers import is_time_zone
from admin_app.core.words import gettext as _
from admin_app.results.exporters import EXPORTERS, Exporter
from admin_app.results.filters import MOST, Filters, Known, read_choice


@dataclass(frozen=True)
class ExportPlan:
    """A wish for a file. What cannot be is refused by `check_plan()`, when it is made and when it is carried out."""

    format: str = "csv"
    # The labels of choices in place of their codes.
    labels: bool = False
    # A column for each choice where several can be taken.
    per_choice: bool = False
    # Words in place of the empty cells of what was skipped or not shown.
    states: bool = False
    # Names of facts ("reply.id") and keys of questions; None for what a file has by itself.
    columns: tuple[str, ...] | None = None
    # Which replies: tokens as in `filters.py`, and the zone in which their days begin.
    filters: tuple[str, ...] = ()
    zone: str = "UTC"

    @property
    def exporter(self) -> Exporter:
        """What writes the file."""
        return EXPORTERS[self.format]

    def to_document(self) -> dict[str, Any]:
        """Return the plan as JSON can hold it."""
        lists = {"columns": None if self.columns is None else list(self.columns), "filters": list(self.filters)}
        return asdict(self) | lists

    def to_changes(self) -> dict[str, tuple[None, Any]]:
        """Return what the audit log says of it: the format, the labels, and what else was asked for."""
        said = {name: value for name, value in self.to_document().items() if value or name in ("format", "labels")}
        if not self.filters:
            said.pop("zone")
        return {name: (None, value) for name, value in said.items()}


# What a file has by itself.
USUAL = ExportPlan()


def plan_of(document: Mapping[str, Any]) -> ExportPlan:
    """Return the plan of a document, which another version of the program may have written; InvalidError for none."""
    try:
        columns = document["columns"]
        plan = ExportPlan(
            format=str(document["format"]),
            columns=None if columns is None else tuple(map(str, columns)),
            filters=tuple(map(str, document["filters"])),
            zone=str(document["zone"]),
            **{name: bool(document[name]) for name in ("labels", "per_choice", "states")},
        )
    except (KeyError, TypeError):
        raise InvalidError(_("What was asked for cannot be read any more. Export again.")) from None
    return plan


def check_plan(plan: ExportPlan, known: Collection[str]) -> ExportPlan:
    """Return the plan with each column once; InvalidError for a format, a zone or a column that is not there.

    `known` are the names that columns may have.
    """
    if plan.format not in EXPORTERS:
        raise InvalidError(_("There is no format “%(name)s”.", name=plan.format[:60]))
    if not is_time_zone(plan.zone):
        raise InvalidError(_("There is no time zone “%(name)s”.", name=plan.zone[:60]))
    if plan.columns is None:
        return plan
    if not plan.columns:
        raise InvalidError(_("Choose at least one column."))
    if strange := set(plan.columns).difference(known):
        raise InvalidError(_("There is no column “%(name)s”.", name=min(strange)[:60]))
    return replace(plan, columns=tuple(dict.fromkeys(plan.columns)))


def chosen_by(plan: ExportPlan, known: Known) -> Filters:
    """Return which replies a plan takes. InvalidError for a filter that cannot be: without it there would be more."""
    if len(plan.filters) > MOST:
        raise InvalidError(_("Give at most %(number)s filters.", number=MOST))
    choices = []
    for token in plan.filters:
        try:
            choices.append(read_choice(token, known))
        except InvalidError:
            raise InvalidError(
                _(
                    "The filter “%(token)s” cannot be used: there is no such question or answer, or your roles do not "
                    "allow you to see it.",
                    token=token[:60],
                )
            ) from None
    return Filters(tuple(choices))


def zone_of(plan: ExportPlan) -> ZoneInfo:
    """Return the zone in which the days of a plan's filters begin."""
    return ZoneInfo(plan.zone)
