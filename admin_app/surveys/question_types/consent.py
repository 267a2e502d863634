"""Consent: a box that people tick, or leave."""

from __future__ import annotations

from admin_app.core.words import gettext as _
from admin_app.core.words import mark
from admin_app.surveys.question_types.base import QUESTION_TYPES, AnswerError, Answers, GetList, SettingSpec
from admin_app.surveys.question_types.yes_no import YesNo
from admin_app.surveys.questionnaire import ChoiceSpec, QuestionSpec

_AGREE = mark("I agree")
# What other programs write into their files for a box that was ticked, and for one that was not.
_TICKED, _UNTICKED = ("yes", "ok", "true", "1"), ("no", "false", "0")


class Consent(YesNo):
    """Stored as true or false: a form that was sent with the box left empty says no.

    What was consented to is the wording of the version that the reply names. Required means that it must be ticked.
    """

    name = "consent"
    label = mark("Consent")
    keywords = mark("privacy, terms, agree, checkbox")
    icon = "writing-sign"
    template = "public/fields/consent.html"
    settings = (
        SettingSpec("agree_label", str, mark("Words beside the box"), mark("“I agree” when empty."), default=""),
    )
    own_options = (ChoiceSpec("yes", "yes", mark("Agreed")), ChoiceSpec("no", "no", mark("Not agreed")))

    def collect(self, question: QuestionSpec, getlist: GetList) -> Answers:
        # The form sends "no" in any case, and "yes" too where the box is ticked.
        sent = [self.clean(question, value) for value in getlist(question.key) if value]
        agreed = any(sent) if sent else None
        if question.required and not agreed:
            raise AnswerError(self.required_message(question), name=question.key)
        return {question.key: agreed}

    def required_message(self, question: QuestionSpec) -> str:
        return str(question.settings.get("required_message") or _("Tick the box to go on."))

    def agreement(self, question: QuestionSpec) -> str:
        """Return the words beside the box."""
        return str(self.setting(question, "agree_label") or _(_AGREE))

    def names_in_files(self, question: QuestionSpec, *, labels: bool) -> list[tuple[str, str]]:
        names = super().names_in_files(question, labels=labels)
        if not labels:
            return names
        return [*names, *(("yes", text) for text in _TICKED), *(("no", text) for text in _UNTICKED)]


QUESTION_TYPES.add(Consent.name, Consent())
