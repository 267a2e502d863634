"""Refusals in the words that clients know; programs are answered in English."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import cast

from flask_babel import gettext

from admin_app.accounts.models import User
from admin_app.core.errors import ForbiddenError, NotFoundError
from admin_app.web.actor import current_actor


def unknown_survey() -> NotFoundError:
    """Return the refusal of a survey that is not there."""
    return NotFoundError(gettext("Survey doesn't exist"))


def unknown_question() -> NotFoundError:
    """Return the refusal of a question that is not there."""
    return NotFoundError(gettext("Question doesn't exist"))


def closed_survey() -> ForbiddenError:
    """Return the refusal of a survey that takes no replies, for whatever reason."""
    return ForbiddenError(gettext("Survey is closed"))


def token_user() -> User:
    """Return the user of the token that came with the request."""
    return cast(User, current_actor())


@contextmanager
def permitted() -> Iterator[User]:
    """Yield the user of the token; of whatever he may not do, say that he is not permitted."""
    user = token_user()
    try:
        yield user
    except (ForbiddenError, NotFoundError) as error:
        raise ForbiddenError(gettext("User %(name)s not permited", name=user.username)) from error
