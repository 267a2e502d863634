"""Back from the history of a record: one field or all of it as a new change, and the record as it was at any time."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Collection, Sequence
from typing import Any

from flask import abort, flash, redirect, request
from flask_admin.base import expose
from flask_babel import format_datetime, gettext

from admin_app.audit.models import AuditEntry
from admin_app.audit.operations import plain
from admin_app.audit.past import Past, past_of
from admin_app.audit.reverting import REVERTERS, Step, lock_record, may_revert, plan_revert, revert
from admin_app.console.history import Difference, Sources, entry_among, in_words, label_of
from admin_app.console.keys import key_of
from admin_app.console.tabs import record_tabs
from admin_app.console.undo import with_entry_undo
from admin_app.console.views import view_of
from admin_app.core.clock import now
from admin_app.core.db import unit_of_work
from admin_app.core.errors import ConflictError, DomainError, InvalidError
from admin_app.core.permissions import can
from admin_app.web.actor import current_actor
from admin_app.web.forms import to_int
from admin_app.web.locale import reader_zone

# As a browser's field for a day and a time sends it.
MOMENT = "%Y-%m-%dT%H:%M"


class BackMixin:
    """GET and POST /history/revert/, GET /history/at/ of a model view whose records are edited by an operation."""

    resource: str
    _page: Any
    _record_values: Any
    flash_refusal: Any
    get_url: Any
    history_sources: Any
    record_or_404: Any

    def fields_back(self, record: Any, resource: str) -> Collection[str]:
        """Return the fields of `record`, or of parts of it of another resource, that the actor may bring back."""
        reverter, actor = REVERTERS.get(resource), current_actor()
        if reverter is None or not may_revert(resource, actor=actor):
            return ()
        if not can(actor, reverter.resource, "U", obj=record):
            return ()
        try:
            if reverter.check is not None and isinstance(record, reverter.model):
                reverter.check(record, actor=actor)
        except DomainError:
            return ()
        return reverter.fields

    # Bringing back
    @expose("/history/revert/", methods=("GET", "POST"))  # type: ignore[untyped-decorator]
    def history_revert_view(self) -> Any:
        """Show field by field what bringing back would change, and do it once that was answered."""
        page, status = self.record_or_404(), 200
        entry = self._entry_or_404(page)
        record = self._of_entry(page, entry)
        if record is None:
            flash(
                gettext("“%(name)s” is not there any more; perhaps the trash has it.", name=entry.record_name), "error"
            )
            return redirect(self.get_url(".history_view", id=key_of(page)), 303)
        if request.method == "POST":
            try:
                return self._brought_back(page, record, entry)
            except (ConflictError, InvalidError) as error:
                self.flash_refusal(error)
                status = error.status
        return self._asked_back(page, record, entry, status)

    def _entry_or_404(self, page: Any) -> AuditEntry:
        number = to_int(request.values.get("entry"), 0, maximum=2**63 - 1)
        sources: Sources = self.history_sources(page)
        entry = entry_among(sources, number)
        if entry is None or entry.resource not in REVERTERS:
            abort(404)
        return entry

    def _of_entry(self, page: Any, entry: AuditEntry) -> Any | None:
        """Return the record that the entry tells of: the page's own or a part of it; None where it is gone."""
        own = entry.resource == page.__resource__ and entry.record_id == key_of(page)
        return page if own else REVERTERS[entry.resource].find(entry.record_id)

    def _plan(self, record: Any, entry: AuditEntry) -> list[Step]:
        only, whole = request.values.get("field"), request.values.get("whole") == "1"
        return plan_revert(record, entry, only=None if whole else only, whole=whole, actor=current_actor())

    def _brought_back(self, page: Any, record: Any, entry: AuditEntry) -> Any:
        with unit_of_work():
            lock_record(record, entry.resource)
            steps = self._plan(record, entry)
            if request.form.get("seen") != fingerprint(record, steps):
                raise ConflictError(gettext("This has changed meanwhile. Nothing was brought back; please look again."))
            revert(record, entry.resource, steps, actor=current_actor())
        done = gettext("“%(name)s” was brought back to what it was.", name=str(record))
        flash(with_entry_undo(done, record), "success")
        return redirect(self.get_url(".history_view", id=key_of(page)), 303)

    def _asked_back(self, page: Any, record: Any, entry: AuditEntry, status: int) -> Any:
        steps, view = self._plan(record, entry), view_of(entry.resource)
        coming = [one for one in steps if not one.refusal]
        staying = [one for one in steps if one.refusal]
        whole, field = request.values.get("whole") == "1", request.values.get("field", "")
        hidden = [("id", key_of(page)), ("entry", entry.id), ("seen", fingerprint(record, steps))]
        hidden += [("whole", "1")] if whole else [("field", field)] if field else []
        return self._page(
            "admin/model/revert.html",
            status,
            title=_title(record, coming, view, whole=whole),
            verb=gettext("Bring back"),
            tone="primary",
            count=len(coming),
            lead=gettext(
                "To what it was before %(who)s changed it on %(when)s. The history tells of this too.",
                who=entry.actor_name,
                when=format_datetime(entry.at, "medium"),
            ),
            record_name=str(page),
            record_id=key_of(page),
            coming=[(_shown(view, one), _since(one, whole=whole)) for one in coming],
            staying=[(_shown(view, one), one.refusal) for one in staying],
            post_url=self.get_url(".history_revert_view"),
            cancel_url=self.get_url(".history_view", id=key_of(page)),
            hidden=hidden,
        )

    # As it was
    @expose("/history/at/")  # type: ignore[untyped-decorator]
    def history_at_view(self) -> Any:
        """Show the record as it was after an entry, or at a moment."""
        record, status, moment = self.record_or_404(), 200, None
        entry = entry_among([(record.__resource__, [key_of(record)])], _number("entry")) if _number("entry") else None
        if _number("entry") and entry is None:
            abort(404)
        if entry is None:
            moment, fault = _moment(request.args.get("when"))
            if fault:
                flash(fault, "error")
                status = 422
        point = AuditEntry.id > entry.id if entry is not None else AuditEntry.at > moment
        resource = record.__resource__
        state = REVERTERS[resource].state(record)
        past = past_of(resource, key_of(record), state, point, actor=current_actor())
        shown_at = entry.at if entry is not None else moment
        return self._page("admin/model/past.html", status, **self._past_values(record, past, shown_at))

    def _past_values(self, record: Any, past: Past, moment: Any) -> dict[str, Any]:
        fields, back = [], self.fields_back(record, self.resource)
        for one in past.fields:
            then = in_words(self, one.name, one.value, one.telling)
            today = in_words(self, one.name, one.now, one.telling)
            fields.append((Difference(label_of(self, one.name), today, then, one.name), one.differs))
        whole = any(one.differs and one.name in back for one in past.fields) and past.following is not None
        return {
            **self._record_values(record),
            "model": record,
            "moment": moment,
            "typed": moment.astimezone(reader_zone()).strftime(MOMENT),
            "latest": now().astimezone(reader_zone()).strftime(MOMENT),
            "zone": str(reader_zone()),
            "past": past,
            "fields": [] if past.unborn else fields,
            "revert_url": self.get_url(
                ".history_revert_view", id=key_of(record), entry=past.following.id, whole="1"
            ) if whole and past.following is not None and not past.unborn else None,
            "record_tabs": record_tabs(self.resource, record, active="history"),
            "last_changes": [],
        }  # fmt: skip


def _number(name: str) -> int:
    return to_int(request.args.get(name), 0, maximum=2**63 - 1) if name in request.args else 0


def _moment(text: str | None) -> tuple[dt.datetime, str]:
    """Return the moment that was typed in the reader's zone, or now, and what is wrong with it."""
    if not text:
        return now(), ""
    try:
        typed = dt.datetime.strptime(text, MOMENT).replace(tzinfo=reader_zone())
        # The minute that is shown is meant to its end.
        return typed.astimezone(dt.UTC) + dt.timedelta(seconds=59, microseconds=999_999), ""
    except (ValueError, OverflowError):
        return now(), gettext("Enter a day and a time.")


def fingerprint(record: Any, steps: Sequence[Step]) -> str:
    """Return what is another one when the record, or what would be done to it, is."""
    seen = [[one.name, plain(one.now), plain(one.then), one.refusal == ""] for one in steps]
    text = json.dumps([key_of(record), getattr(record, "lock_version", 0), seen], sort_keys=True)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def _title(record: Any, coming: Sequence[Step], view: Any, *, whole: bool) -> str:
    if not coming:
        return str(gettext("Nothing of “%(name)s” can be brought back", name=str(record)))
    if len(coming) == 1 and not whole:
        return str(gettext("Bring back “%(field)s”?", field=label_of(view, coming[0].name)))
    return str(gettext("Bring back “%(name)s”?", name=str(record)))


def _shown(view: Any, step: Step) -> Difference:
    return Difference(
        label_of(view, step.name),
        in_words(view, step.name, step.now, step.telling),
        in_words(view, step.name, step.then, step.telling),
        step.name,
    )


def _since(step: Step, *, whole: bool) -> str:
    """Return who changed the field since; of the whole record that is what is being taken back."""
    if whole or step.since is None:
        return ""
    return str(
        gettext(
            "%(who)s changed this since, on %(when)s.",
            who=step.since.actor_name,
            when=format_datetime(step.since.at, "medium"),
        )
    )
