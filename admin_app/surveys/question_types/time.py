"""A time of day, by the clock where the respondent is."""

from __future__ import annotations

import datetime as dt
import re

from admin_app.core.words import mark
from admin_app.surveys.question_types.base import QUESTION_TYPES, SettingSpec
from admin_app.surveys.question_types.settings import is_iso_time
from admin_app.surveys.question_types.when import When
from admin_app.surveys.questionnaire import QuestionSpec

# "9:05", "14.05", "14:05:00.000", "2:05 pm": what browsers, people and other programs write.
_CLOCK = re.compile(
    r"(?P<hour>[0-9]{1,2})[:.](?P<minute>[0-9]{2})(?:[:.](?P<second>[0-9]{2})(?:[.,]0{1,9})?)?"
    r"\s?(?:(?P<half>[AaPp])\.?[Mm]\.?)?\Z"
)
_NO_SECONDS = mark("Give the time without seconds, such as 14:05.")


class Time(When):
    """Stored as HH:MM, or as HH:MM:SS where seconds are asked for; no time zone."""

    name = "time"
    moment = "time"
    label = mark("Time of day")
    keywords = mark("clock, hour")
    icon = "clock"
    input_type = "time"
    settings = (
        SettingSpec("min", dt.time, mark("Earliest")),
        SettingSpec("max", dt.time, mark("Latest")),
        SettingSpec("seconds", bool, mark("Ask for seconds too"), default=False),
    )
    unreadable = mark("Give the time as hours and minutes, such as 14:05.")
    too_early = mark("The time must be %(day)s or later.")
    too_late = mark("The time must be %(day)s or earlier.")

    def read(self, question: QuestionSpec, raw: str) -> str:
        clock, seconds = read_clock(raw)
        if not clock:
            raise ValueError(self.unreadable)
        if self.setting(question, "seconds"):
            return f"{clock}:{seconds or '00'}"
        if seconds not in ("", "00"):
            raise ValueError(_NO_SECONDS)
        return clock

    def place(self, value: str) -> str:
        return value if len(value) > len("00:00") else f"{value}:00"

    def step(self, question: QuestionSpec) -> int | None:
        return 1 if self.setting(question, "seconds") else None


def read_clock(text: str) -> tuple[str, str]:
    """Return a time as (HH:MM, seconds or an empty text); two empty texts when it is none."""
    found = _CLOCK.match(text)
    if found is None:
        return "", ""
    hour = int(found["hour"])
    if found["half"]:
        if not 1 <= hour <= 12:
            return "", ""
        hour = hour % 12 + (12 if found["half"] in "Pp" else 0)
    clock, seconds = f"{hour:02}:{found['minute']}", found["second"] or ""
    return (clock, seconds) if is_iso_time(f"{clock}:{seconds or '00'}") else ("", "")


QUESTION_TYPES.add(Time.name, Time())
