"""Refusals that people may read. Everything else that is raised is a fault of ours and ends as a 500."""

from __future__ import annotations

from collections.abc import Mapping


class DomainError(Exception):
    """A rule said no. The message is a whole sentence that says what to do.

    `status` is the HTTP status the edges answer with; `fields` maps field names to sentences.
    """

    status = 400

    def __init__(self, message: str, *, fields: Mapping[str, str] | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.fields = dict(fields or {})


class InvalidError(DomainError):
    """What was typed or sent cannot be taken as it is."""

    status = 422


class ForbiddenError(DomainError):
    """The actor may see the record, or knows that it exists, but may not do this to it."""

    status = 403


class NotFoundError(DomainError):
    """There is no such record for this actor: the same answer for absent and for foreign rows."""

    status = 404


class ConflictError(DomainError):
    """The record is no longer as the actor saw it, or another record stands in the way."""

    status = 409


class ClosedError(DomainError):
    """The survey takes no replies any more."""

    status = 410


class TooManyError(DomainError):
    """Too many attempts; `retry_after` is in seconds."""

    status = 429

    def __init__(self, message: str, *, retry_after: int) -> None:
        super().__init__(message)
        self.retry_after = retry_after
