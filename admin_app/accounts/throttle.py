"""Counting in the database, so that the count holds over processes and restarts: failed logins, asked-for mails."""

from __future__ import annotations

import datetime as dt
import math
import secrets
from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import ColumnElement, delete, select

from admin_app.accounts.models import LoginFailure
from admin_app.core.clock import now
from admin_app.core.db import db, take_turns
from admin_app.core.errors import TooManyError
from admin_app.core.signing import Signer
from admin_app.core.words import ngettext

WINDOW = dt.timedelta(minutes=15)
# Many people may sit behind one address.
ADDRESS_FACTOR = 5


@dataclass(frozen=True)
class Counted:
    """What is counted, apart from all else in the same table, and what is said for how many minutes to wait."""

    purpose: str
    sentence: Callable[[int], str]


def _too_many_logins(minutes: int) -> str:
    return ngettext(
        "Too many failed logins. Try again in a minute.",
        "Too many failed logins. Try again in %(number)s minutes.",
        minutes,
    )


def _too_many_requests(minutes: int) -> str:
    return ngettext(
        "A new password was asked for too often. Try again in a minute.",
        "A new password was asked for too often. Try again in %(number)s minutes.",
        minutes,
    )


LOGINS = Counted("login failures", _too_many_logins)
RESETS = Counted("requests of new passwords", _too_many_requests)


@dataclass(frozen=True)
class Throttle:
    """The failures of one name and one address. Both are known to the table as keyed digests only."""

    name_digest: str
    address_digest: str
    attempts: int
    counted: Counted = LOGINS

    @classmethod
    def of(cls, name_key: str, address: str, *, secret: str, attempts: int, counted: Counted = LOGINS) -> Throttle:
        """Return the throttle for a name (in its look-up form) and an address."""
        signer = Signer(secret, counted.purpose)
        return cls(signer.digest(f"name:{name_key}"), signer.digest(f"address:{address}"), attempts, counted)

    def hold(self) -> None:
        """Let other logins of this name or address wait until this unit of work is stored: the count is exact."""
        for digest in sorted((self.name_digest, self.address_digest)):
            take_turns(digest)

    def check(self) -> None:
        """Raise TooManyError while there are too many failures."""
        waits = (
            self._wait(LoginFailure.username_digest == self.name_digest, self.attempts),
            self._wait(LoginFailure.address_digest == self.address_digest, self.attempts * ADDRESS_FACTOR),
        )
        if wait := max(waits):
            raise TooManyError(self.counted.sentence(math.ceil(wait / 60)), retry_after=wait)

    def _wait(self, condition: ColumnElement[bool], limit: int) -> int:
        """Return the seconds until there are fewer than `limit` failures in the window."""
        moment = now()
        query = select(LoginFailure.at).where(condition, LoginFailure.at > moment - WINDOW)
        decisive = db.session.scalar(query.order_by(LoginFailure.at.desc()).offset(limit - 1).limit(1))
        return 0 if decisive is None else max(1, math.ceil((decisive + WINDOW - moment).total_seconds()))

    def count_failure(self) -> None:
        """Count one failure, and sweep out those that count no more."""
        db.session.add(LoginFailure(username_digest=self.name_digest, address_digest=self.address_digest))
        db.session.execute(
            delete(LoginFailure).where(LoginFailure.at <= now() - WINDOW).execution_options(synchronize_session=False)
        )

    def forget(self) -> None:
        """Forget the failures of this name: its owner is here."""
        db.session.execute(
            delete(LoginFailure)
            .where(LoginFailure.username_digest == self.name_digest)
            .execution_options(synchronize_session=False)
        )


def take_turn(what: str, *, secret: str, every: dt.timedelta) -> bool:
    """Whether nobody had the turn `what` within `every`; then it is taken. The same is read and written either way.

    `every` is at most WINDOW, for what is older is swept out.
    """
    digest = Signer(secret, "turns").digest(what)
    take_turns(digest)
    query = select(LoginFailure.id).where(LoginFailure.username_digest == digest, LoginFailure.at > now() - every)
    free = db.session.scalar(query.limit(1)) is None
    db.session.add(LoginFailure(username_digest=digest if free else secrets.token_hex(20), address_digest=""))
    return free
