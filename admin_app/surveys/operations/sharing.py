"""Sharing a survey with users and roles, to read or to edit."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from admin_app.accounts.models import Role, User
from admin_app.audit.operations import changes_between, record
from admin_app.core.clock import now
from admin_app.core.db import db
from admin_app.core.errors import InvalidError
from admin_app.core.permissions import Actor, can, require
from admin_app.core.words import gettext as _
from admin_app.surveys.models import Survey, SurveyShare
from admin_app.surveys.operations import checks
from admin_app.surveys.queries import shares_of

Receiver = User | Role
# The stronger one first: whoever may edit may read.
ACCESS = ("edit", "read")


def share_survey(survey: Survey, wanted: Mapping[str, Iterable[Receiver]], *, actor: Actor) -> None:
    """Share a survey with those under "edit" and "read" of `wanted`, and with nobody else any more.

    An access that is not named stays as it is, and so does a share with somebody whom the actor may not see: he cannot
    have meant to end it. The owner needs none. Raises InvalidError for somebody who is not there or not to be seen.
    """
    require(actor, "survey.share", obj=survey)
    checks.lock_survey(survey.id)
    db.session.refresh(survey)
    before = dict(shares_of(survey))
    after = _agreed(survey, before, wanted, actor)
    if after == before:
        return
    _store(survey, before, after)
    # Whoever has the form of the survey open is told that something changed.
    survey.updated_at = now()
    db.session.flush()
    record("survey.share", survey, actor=actor, changes=changes_between(_told(before), _told(after)))


def _agreed(
    survey: Survey, before: Mapping[Receiver, str], wanted: Mapping[str, Iterable[Receiver]], actor: Actor
) -> dict[Receiver, str]:
    """Return who shall have which access."""
    chosen = {access: list(wanted[access]) for access in ACCESS if access in wanted}
    if len(chosen) != len(wanted):
        raise InvalidError(_("A survey is shared to read or to edit."))
    after = {one: access for one, access in before.items() if access not in chosen or not sees(actor, one)}
    for access, receivers in reversed(chosen.items()):
        for receiver in receivers:
            if before.get(receiver) != access and not sees(actor, receiver):
                raise InvalidError(_("Choose users and roles that are there."))
            after[receiver] = access
    return {one: access for one, access in after.items() if one is not survey.owner}


def sees(actor: Actor, receiver: Receiver) -> bool:
    """Whether `receiver` is there for `actor`, so that he can share with him and end that again."""
    there = not isinstance(receiver, User) or receiver.deleted_at is None
    return there and can(actor, receiver.__resource__, "R", obj=receiver)


def _store(survey: Survey, before: Mapping[Receiver, str], after: Mapping[Receiver, str]) -> None:
    stored = {share.user or share.role: share for share in survey.shares}
    for receiver in before.keys() - after.keys():
        survey.shares.remove(stored[receiver])
    for receiver, access in after.items():
        if receiver in stored:
            stored[receiver].access = access
        elif isinstance(receiver, User):
            survey.shares.append(SurveyShare(user=receiver, access=access))
        else:
            survey.shares.append(SurveyShare(role=receiver, access=access))


def told_shares(survey: Survey) -> dict[str, list[str]]:
    """Return what the audit log keeps of whom the survey is shared with now."""
    return _told(dict(shares_of(survey)))


def _told(shares: Mapping[Receiver, str]) -> dict[str, list[str]]:
    """Return what the audit log keeps: the names of users and roles by what they may."""
    return {
        f"may_{access}": sorted(str(one) for one, granted in shares.items() if granted == access) for access in ACCESS
    }
