"""German in a real browser: what scripts say, and pages whose words are longer than ours."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Page, expect

from tests.browser.test_pages import addresses


@pytest.fixture
def german(browser: Any, base_url: str, session_cookie: dict[str, str]) -> Iterator[Page]:
    """A page of the administrator in a browser that asks for German."""
    context = browser.new_context(base_url=base_url, locale="de-DE")
    context.add_cookies([session_cookie])
    yield context.new_page()
    context.close()


@pytest.mark.parametrize("width", [1440, 375])
def test_nothing_breaks_under_longer_words(german: Page, served_app: Flask, width: int):
    german.set_viewport_size({"width": width, "height": 900})
    wide = []
    for address in addresses(served_app):
        german.goto(address)
        assert german.evaluate("() => document.documentElement.lang") == "de", address
        if german.evaluate("() => document.documentElement.scrollWidth > innerWidth"):
            wide.append(address)
    assert wide == []


def test_times_are_told_in_the_page_s_language(german: Page):
    german.goto("/admin/survey/")
    time = german.locator("time").first
    expect(time).to_have_text(re.compile(r"vor|jetzt|gestern"))
    expect(time).to_have_attribute("title", re.compile(r"20\d\d um \d\d:\d\d:\d\d"))


def test_a_list_to_pick_from_says_that_nothing_fits(german: Page):
    german.goto("/admin/survey/edit/?id=1")
    german.evaluate(
        """() => {
            const select = document.createElement("select");
            select.id = "several";
            select.multiple = true;
            select.dataset.select = "1";
            select.add(new Option("Eins", "1", true, true));
            document.querySelector("main").append(select);
        }"""
    )
    german.evaluate("() => import('/static/js/actions.js').then((module) => module.startContent(document))")
    german.locator("#several-ts-control").fill("so heißt nichts")
    expect(german.get_by_text("Nichts gefunden")).to_be_visible()
    expect(german.locator(".item .remove")).to_have_attribute("title", "Entfernen")


def test_the_editor_speaks_german(german: Page):
    german.goto("/admin/survey/edit/?id=1")
    frame = german.frame_locator("iframe.cv-editor").first
    expect(frame.get_by_role("button", name=re.compile("Fett"))).to_be_visible()
