"""How staff edit what stands beside the answers of a reply, for bringing back what it was.

Answers are not among it: the audit log has none of them (docs/decisions/020-changed-answers.md), their page does that.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select

from admin_app.audit.operations import state_of
from admin_app.audit.reverting import Reverter
from admin_app.core.bulk import BulkResult
from admin_app.core.db import db
from admin_app.core.errors import ConflictError
from admin_app.core.permissions import Actor
from admin_app.core.words import gettext as _
from admin_app.replies.bulk_operations import mark_test_replies, review_replies
from admin_app.replies.models import Reply, ReviewStatus

_FIELDS = ("review_status", "test")


def change_reply(reply: Reply, data: Mapping[str, Any], *, actor: Actor) -> None:
    """Judge one reply, or mark it as a test, as `data` says."""
    one = select(Reply).where(Reply.id == reply.id)
    if "review_status" in data:
        _require_done(review_replies(one, ReviewStatus(data["review_status"]), actor=actor))
    if "test" in data:
        _require_done(mark_test_replies(one, test=data["test"], actor=actor))


def _require_done(result: BulkResult) -> None:
    if not result.done:
        raise ConflictError(_("This reply cannot be changed now. Reload the page and look at it again."))


def _now(reply: Reply) -> dict[str, Any]:
    return state_of(reply, _FIELDS)


def _lock(reply: Reply) -> None:
    # Judging goes by statements that look at no version.
    db.session.refresh(reply, with_for_update=True)


REVERTER = Reverter(model=Reply, fields=_FIELDS, state=_now, update=change_reply, lock=_lock)
