"""How likely people are to recommend something, from 0 to 10, and the Net Promoter Score that comes of it."""

from __future__ import annotations

from typing import Any

from admin_app.core.words import gettext as _
from admin_app.core.words import mark
from admin_app.surveys.question_types.base import QUESTION_TYPES, SettingSpec, Summary
from admin_app.surveys.question_types.points import Points
from admin_app.surveys.questionnaire import QuestionSpec

_SPAN = range(11)
_LEAST_LIKELY, _MOST_LIKELY = mark("Not at all likely"), mark("Extremely likely")
# The least that makes somebody passive, and a promoter.
_PASSIVE, _PROMOTER = 7, 9


class Nps(Points):
    """Stored as a whole number from 0 to 10."""

    name = "nps"
    label = mark("Likelihood to recommend (NPS)")
    keywords = mark("net promoter score, recommendation")
    icon = "speakerphone"
    settings = (
        SettingSpec("min_label", str, mark("Words at 0"), mark("“Not at all likely” when empty."), default=""),
        SettingSpec("max_label", str, mark("Words at 10"), mark("“Extremely likely” when empty."), default=""),
    )

    def span(self, question: QuestionSpec) -> range:
        return _SPAN

    def words_at(self, question: QuestionSpec) -> dict[int, str]:
        least, most = self.setting(question, "min_label"), self.setting(question, "max_label")
        return {_SPAN[0]: least or _(_LEAST_LIKELY), _SPAN[-1]: most or _(_MOST_LIKELY)}

    def finish(self, question: QuestionSpec, summary: Summary) -> None:
        super().finish(question, summary)
        summary.stats |= net_promoters({int(count.code): count.count for count in summary.choices})


def net_promoters(counts: dict[int, int]) -> dict[str, Any]:
    """Return promoters (9 and 10), passives (7 and 8), detractors (0 to 6) and the score.

    The score is the percentage of promoters among all answers minus that of detractors, from -100 to 100: Frederick
    F. Reichheld, "The One Number You Need to Grow", Harvard Business Review 81 (12), December 2003, pages 46 to 54. It
    is None without answers.
    """
    promoters = sum(count for point, count in counts.items() if point >= _PROMOTER)
    detractors = sum(count for point, count in counts.items() if point < _PASSIVE)
    total = sum(counts.values())
    return {
        "promoters": promoters,
        "passives": total - promoters - detractors,
        "detractors": detractors,
        "score": 100 * (promoters - detractors) / total if total else None,
    }


QUESTION_TYPES.add(Nps.name, Nps())
