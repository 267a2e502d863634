"""The results page of a survey, and what people wrote."""

from __future__ import annotations

from flask import Flask, Response, abort, jsonify, request
from flask_admin import expose
from flask_babel import get_locale, lazy_gettext

from admin_app.console.base import RECORD_TABS, ConsolePage, RecordTab, add_page, record_tabs
from admin_app.core.permissions import can
from admin_app.results.admin_choice import Chosen, survey_at
from admin_app.results.bins import moment_bins
from admin_app.results.charts import chart_of, columns_of
from admin_app.results.live import state_of
from admin_app.results.queries import summarise
from admin_app.results.shown import Group, Line, cards
from admin_app.results.texts import texts_of
from admin_app.results.timeline import replies_by_day
from admin_app.surveys.question_types.base import clean_text
from admin_app.web.actor import current_actor
from admin_app.web.forms import arg_int, arg_line
from admin_app.web.locale import reader_zone

TAB = RecordTab(
    resource="survey",
    label=lazy_gettext("Results"),
    endpoint="survey_results.index",
    permission=("reply", "R"),
    place=40,
)


class ResultsPage(ConsolePage):
    """Counts, charts and tables for each question, and what people wrote."""

    permission = ("reply", "R")
    view_permissions = {"texts": "reply.free_text"}
    menu_group, menu_icon = "Surveys", "chart-bar"
    in_menu = False
    styles, scripts = ("css/results.css",), ("js/results/main.js",)

    @expose("/<id>/results")  # type: ignore[untyped-decorator]
    def index(self, id: str) -> str:
        """Show what the replies say: of all that count, of those that are chosen, or of two groups."""
        survey, actor = survey_at(id), current_actor()
        chosen = Chosen.of_request(survey)
        groups = _groups(chosen)
        replies, state = _state(chosen)
        page: str = self.render(
            "results/index.html",
            survey=survey,
            chosen=chosen,
            groups=groups,
            replies=replies,
            state=state,
            cards=cards(groups, chosen.hidden),
            chart_of=chart_of,
            days=_days(chosen),
            columns_of=columns_of,
            may_export=can(actor, "reply.export", obj=survey),
            record_tabs=record_tabs("survey", survey, active="survey.results"),
        )
        return page

    @expose("/<id>/results/state")  # type: ignore[untyped-decorator]
    def state(self, id: str) -> Response:
        """Say whether the results are still what a page shows: 304 to the mark that it knows."""
        replies, state = _state(Chosen.of_request(survey_at(id)))
        response = jsonify(replies=replies, state=state)
        response.set_etag(state)
        response.make_conditional(request)
        return response

    @expose("/<id>/results/texts/<key>")  # type: ignore[untyped-decorator]
    def texts(self, id: str, key: str) -> str:
        """List what people wrote under a key: that of a question, or KEY__other."""
        survey = survey_at(id)
        chosen = Chosen.of_request(survey)
        question = chosen.known.questions.get(key.removesuffix("__other"))
        if question is None or not (question.type.free_text or key == question.spec.other_key):
            abort(404)
        if key in chosen.hidden:
            abort(403)
        search, number = clean_text(arg_line("search")), arg_int("page", 0, maximum=10_000)
        page: str = self.render(
            "results/texts.html",
            survey=survey,
            chosen=chosen,
            question=question.spec,
            key=key,
            search=search,
            number=number,
            texts=texts_of(survey, key, chosen.filters, search=search, page=number),
            record_tabs=record_tabs("survey", survey, active="survey.results"),
        )
        return page


def _groups(chosen: Chosen) -> list[Group]:
    """Count the replies that are chosen, or each of the two groups of them."""
    wanted = [(chosen.words_of(choice), filters) for choice, filters in chosen.groups] or [("", chosen.filters)]
    return [Group(words, summarise(chosen.survey, one, questions=chosen.questions)) for words, one in wanted]


def _state(chosen: Chosen) -> tuple[int, str]:
    """Return how many replies are chosen, and a mark of what the page shows of them."""
    reader = (chosen.first, chosen.second, sorted(chosen.hidden), str(get_locale()), str(reader_zone()))
    return state_of(chosen.survey, chosen.filters, *reader)


def _days(chosen: Chosen) -> list[Line]:
    """Return when the replies came in, by day or by longer steps."""
    days = replies_by_day(chosen.filters.conditions(chosen.survey.id), reader_zone())
    total = days.total()
    bins = moment_bins([{day.isoformat(): count for day, count in days.items()}])
    return [Line(one.words, "", one.counts, [count / total for count in one.counts]) for one in bins]


def register(app: Flask) -> None:
    """Add the results page to the console of `app`."""
    add_page(app, ResultsPage(name=lazy_gettext("Results"), endpoint="survey_results", url="/admin/survey"))
    RECORD_TABS.add("survey.results", TAB)
