"""The one place that asks what time it is."""

import datetime as dt


def now() -> dt.datetime:
    """Return the present moment, with its zone (UTC)."""
    return dt.datetime.now(dt.UTC)  # noqa: TID251 - the one place
