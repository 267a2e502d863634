"""What a reader can choose: a language, a time zone, and the colours of the pages."""

from __future__ import annotations

from functools import cache
from zoneinfo import available_timezones

# By its code, each in its own words. A test holds their catalogues to being complete.
LANGUAGES = {"en": "English", "de": "Deutsch"}

THEMES = ("system", "light", "dark")


@cache
def time_zones() -> tuple[str, ...]:
    """Return the names of the time zones that can be chosen (IANA, "Area/Place"), in their order, after UTC."""
    return ("UTC", *sorted(name for name in available_timezones() if "/" in name and not name.startswith("Etc/")))


def is_time_zone(name: str) -> bool:
    """Whether `name` is a time zone that can be chosen."""
    return name in time_zones()
