"""The manual's page: every command on it is run against a real server, and says what the page says."""

from __future__ import annotations

import http.client
import json
import re
import shlex
import shutil
import subprocess
from collections.abc import Callable
from contextlib import closing
from typing import Any
from urllib.parse import urlsplit

import pytest
from flask import Flask

from tests.classic_api.conftest import ROOT
from tests.factories import make_user

PAGE = (ROOT / "docs" / "FLASKFORMS.md").read_text(encoding="utf-8")
BASE = "http://127.0.0.1:8000/api/flaskforms"
STEPS = re.findall(r"```sh\n(curl [^\n]+)\n```\n```json\n([^\n]+)\n```", PAGE)
# What is different each time.
ANY = "…"

Run = Callable[[list[str]], str]


def curl(arguments: list[str]) -> str:
    """Run the program itself."""
    done = subprocess.run(["curl", "-sS", *arguments], capture_output=True, text=True, check=True, timeout=60)
    return done.stdout


def by_hand(arguments: list[str]) -> str:
    """Do what curl would, where it is not installed: of its options those that the page has."""
    address, method, headers, data = "", "", {}, []
    left = iter(arguments)
    for one in left:
        if one == "-X":
            method = next(left)
        elif one == "-H":
            name, value = next(left).split(": ", 1)
            headers[name] = value
        elif one == "-d":
            data.append(next(left))
        else:
            assert not address and not one.startswith("-"), f"the page has something new: {one}"  # noqa: PT018
            address = one
    if data:
        headers["Content-Type"] = "application/x-www-form-urlencoded"
    url = urlsplit(address)
    with closing(http.client.HTTPConnection(url.netloc, timeout=60)) as connection:
        connection.request(method or ("POST" if data else "GET"), url.path, "&".join(data) or None, headers)
        return connection.getresponse().read().decode()


def words_of(command: str, known: dict[str, str]) -> list[str]:
    """Return the arguments of a command, with the values of its variables."""
    words = shlex.split(re.sub(r"\$([A-Z]+)", lambda found: known[found[1]], command))
    assert words[0] == "curl"
    return words[1:]


def same(expected: Any, found: Any) -> bool:
    """Whether an answer is what the page says, but for what is different each time."""
    if expected == ANY:
        return isinstance(found, str | int)
    if isinstance(expected, dict):
        names = isinstance(found, dict) and expected.keys() == found.keys()
        return names and all(same(one, found[name]) for name, one in expected.items())
    if isinstance(expected, list):
        as_many = isinstance(found, list) and len(expected) == len(found)
        return as_many and all(map(same, expected, found))
    return bool(expected == found)


def remember(known: dict[str, str], found: Any) -> None:
    """Keep the tokens and ids of an answer for the commands that follow."""
    names = {"access_token": "ACCESS", "refresh_token": "REFRESH"}
    if isinstance(found, dict):
        known |= {names[name]: token for name, token in found.items() if name in names}
        for name, variable in (("surveys", "SURVEY"), ("questions", "QUESTION")):
            if name in found:
                known[variable] = str(found[name][0]["id"])


@pytest.mark.parametrize("run", [by_hand, *([curl] if shutil.which("curl") else [])])
def test_every_command_answers_what_the_page_says(served: str, run: Run, tokens_for) -> None:
    known = {"ADMIN": tokens_for(make_user("admin"))["access"]}
    for command, answer in STEPS:
        assert BASE in command
        found = json.loads(run(words_of(command.replace(BASE, served), known)))
        assert same(json.loads(answer), found), f"{command}\n{found}"
        remember(known, found)


def test_no_command_is_left_out() -> None:
    assert PAGE.count("curl http") == len(STEPS) == PAGE.count("```sh")


def test_the_page_has_every_endpoint(app: Flask) -> None:
    told = set()
    for command, _answer in STEPS:
        method = "DELETE" if "-X DELETE" in command else "POST" if "-X POST" in command or " -d " in command else "GET"
        told.add((method, "/api/flaskforms" + command.split(BASE)[1].split()[0]))
    rules = [rule for rule in app.url_map.iter_rules() if rule.rule.startswith("/api/flaskforms/")]
    served = {
        (method, rule.rule) for rule in rules for method in rule.methods or () if method not in {"HEAD", "OPTIONS"}
    }
    assert told == served
