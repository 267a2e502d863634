"""Moments are typed and shown in the time zone of whoever types, and stored in UTC."""

from __future__ import annotations

import datetime as dt
import re

import pytest

from admin_app.core.db import unit_of_work
from tests.factories import login, make_survey, make_user
from tests.helpers import send


def edit_page(survey):
    return f"/admin/survey/edit/?id={survey.id}"


def value_of(page, name):
    return re.search(rf'<input[^>]* name="{name}"[^>]*>', page).group(0).partition('value="')[2].partition('"')[0]


def fields(page, **changed):
    """What the form would send as it stands, with some of it changed."""
    names = ("title", "language", "opens_at", "closes_at", "reply_limit", "lock_version")
    sent = {name: value_of(page, name) for name in names}
    owner = re.search(r'<select[^>]* name="owner".*?</select>', page, re.DOTALL).group(0)
    sent["owner"] = re.search(r'<option selected value="([^"]*)"', owner).group(1)
    return {**sent, **changed}


@pytest.fixture
def boss(client):
    user = make_user("boss", time_zone="America/New_York")
    login(client, user)
    return user


@pytest.fixture
def survey(boss):
    return make_survey(boss, opens_at=dt.datetime(2027, 1, 1, 17, 0, 42, tzinfo=dt.UTC))


def test_a_form_shows_the_readers_time(client, survey):
    page = client.get(edit_page(survey)).text
    assert value_of(page, "opens_at") == "2027-01-01T12:00"
    assert "Time zone: America/New_York." in page


def test_what_is_typed_is_the_readers_time(client, survey):
    page = client.get(edit_page(survey)).text
    send(client, edit_page(survey), fields(page, opens_at="2027-07-01T12:00"))
    assert survey.opens_at == dt.datetime(2027, 7, 1, 16, tzinfo=dt.UTC)


def test_what_is_only_sent_back_stays_as_it_was_to_the_second(client, survey):
    page = client.get(edit_page(survey)).text
    send(client, edit_page(survey), fields(page, title="Another title"))
    assert survey.title == "Another title"
    assert survey.opens_at == dt.datetime(2027, 1, 1, 17, 0, 42, tzinfo=dt.UTC)


def test_an_hour_that_comes_twice_stays_the_one_it_was(client, boss, survey):
    """At the end of summer time 1:30 is two moments; saving the form must not choose the other one."""
    second = dt.datetime(2026, 11, 1, 6, 30, tzinfo=dt.UTC)
    with unit_of_work():
        survey.opens_at = second
    page = client.get(edit_page(survey)).text
    assert value_of(page, "opens_at") == "2026-11-01T01:30"
    send(client, edit_page(survey), fields(page, title="Another title"))
    assert survey.opens_at == second


@pytest.mark.parametrize("zone", ["Asia/Tokyo", "America/New_York", "Pacific/Kiritimati"])
@pytest.mark.parametrize("typed", ["0001-01-01T00:00", "9999-12-31T23:59", "soon", "2027-02-30T10:00"])
def test_the_ends_of_the_calendar_are_refused(client, boss, survey, zone, typed):
    with unit_of_work():
        boss.time_zone = zone
    page = client.get(edit_page(survey)).text
    before = survey.opens_at
    answer = send(client, edit_page(survey), fields(page, opens_at=typed))
    assert answer.status_code == 422
    assert survey.opens_at == before


def test_a_page_says_the_readers_time(client, survey):
    page = client.get(f"/admin/survey/details/?id={survey.id}").text
    assert "Jan 1, 2027, 12:00:42\u202fPM" in page
