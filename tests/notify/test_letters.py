"""Letters: readable as text, plain as HTML, loading nothing; the job that sends them and what the doctor says."""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path

import pytest

from admin_app.core.mailserver import parse_mail_url
from admin_app.jobs.doctor import examine
from admin_app.jobs.kinds import JobContext, JobDelayed
from admin_app.notify.jobs import MAX_ATTEMPTS, WAITS, deliver
from admin_app.notify.letters import Letter, write
from admin_app.notify.mail import Mail, MailError
from admin_app.notify.operations import mail_is_configured, send_mail
from tests.mailserver import PASSWORD, USER

LINK = "https://surveys.example.org/account/welcome/" + "x" * 43
LETTER = Letter(
    subject="Your account",
    greeting="Hello <Ada>,",
    before=("One " * 40, "Two."),
    verb="Choose a password",
    link=LINK,
    after=("It works once.",),
)
MAIL = Mail("ada@example.org", "Your account", "Hello.")


@pytest.fixture
def configured(app, plain, monkeypatch):
    monkeypatch.setitem(app.config["CANVASS"], "MAIL_URL", parse_mail_url(plain.url))
    return plain


def context(attempt=1):
    return JobContext(1, "x", "y", attempt, None, "system")


class TestLetter:
    def test_the_link_stands_alone_in_its_line(self, app):
        text = write(LETTER, to="ada@example.org").text
        assert LINK in text.splitlines()
        assert max(len(line) for line in text.splitlines() if line != LINK) <= 76
        assert text.startswith("Hello <Ada>,\n\nOne One")
        assert text.endswith("\n-- \nCanvass, 127.0.0.1:8000\n")

    def test_the_html_says_the_same(self, app):
        mail = write(LETTER, to="ada@example.org", to_name="Ada")
        assert "Hello &lt;Ada&gt;," in mail.html
        for words in ("Two.", "It works once.", "Choose a password", f'href="{LINK}"', "Canvass, 127.0.0.1:8000"):
            assert words in mail.html
        assert (mail.to, mail.to_name, mail.subject) == ("ada@example.org", "Ada", "Your account")

    def test_it_loads_nothing_and_runs_nothing(self, app):
        """Not even a picture: nobody learns when and where it was read."""
        html = write(LETTER, to="ada@example.org").html
        assert re.findall(r"https?://[^\"<\s]+", html.replace("<wbr>", "")) == [LINK, LINK]
        for word in ("<img", "<script", "<link", "<style", "url(", "src=", "background="):
            assert word not in html

    def test_it_is_small(self, app):
        assert len(write(LETTER, to="ada@example.org").html) < 4000


class TestSending:
    def test_it_goes_out(self, configured):
        assert mail_is_configured()
        deliver(context(), MAIL)
        assert configured.messages[0]["From"] == "Canvass <canvass@example.org>"

    def test_without_a_name_it_comes_from_the_organisation(self, app, plain, monkeypatch):
        url = f"smtp://127.0.0.1:{plain.port}?from=canvass@example.org"
        monkeypatch.setitem(app.config["CANVASS"], "MAIL_URL", parse_mail_url(url))
        send_mail(MAIL)
        assert plain.messages[0]["From"] == "Canvass <canvass@example.org>"

    def test_without_a_server_it_says_which_setting_is_missing(self, app):
        assert not mail_is_configured()
        with pytest.raises(MailError, match="CANVASS_MAIL_URL is not set"):
            send_mail(MAIL)

    def test_a_refusal_is_the_end(self, configured):
        configured.refusals["RCPT"] = "550 No"
        with pytest.raises(MailError, match=r"refused the recipient \(550\)"):
            deliver(context(), MAIL)

    def test_what_may_pass_is_waited_for_longer_each_time(self, configured):
        configured.refusals["RCPT"] = "450 Busy"
        waits = []
        for attempt in range(1, MAX_ATTEMPTS + 1):
            with pytest.raises(JobDelayed, match="450") as delayed:
                deliver(context(attempt), MAIL)
            waits.append(delayed.value.delay)
        assert waits == sorted(waits)
        assert (waits[0], waits[-1]) == (dt.timedelta(minutes=1), WAITS[-1])


class TestDoctor:
    def line(self):
        (found,) = [result for result in examine() if result.line.startswith("Mail")]
        return found

    def test_without_a_server_that_is_all_right(self, app):
        assert self.line().well
        assert "CANVASS_MAIL_URL is not set" in self.line().line

    def test_with_one_it_connects_and_sends_nothing(self, app, configured):
        found = self.line()
        assert found.well
        assert f"127.0.0.1:{configured.port} answers, not encrypted; mail comes from canvass@example.org" in found.line
        assert configured.messages == []

    @pytest.mark.usefixtures("trusted")
    @pytest.mark.parametrize(("password", "well"), [(PASSWORD, True), ("wr0ng", False)])
    def test_it_tries_the_login_and_never_says_the_password(self, app, locked, monkeypatch, password, well):
        quoted = password.replace(" ", "%20").replace("/", "%2F")
        url = f"smtp://{USER}:{quoted}@127.0.0.1:{locked.port}?from=canvass@example.org&starttls=required"
        monkeypatch.setitem(app.config["CANVASS"], "MAIL_URL", parse_mail_url(url))
        found = self.line()
        assert found.well is well
        assert ("encrypted" if well else "refused the login") in found.line
        assert password not in found.line
        assert set(locked.logins) == {USER}

    def test_the_command_fails_when_it_does_not_answer(self, app, cli, monkeypatch):
        server = parse_mail_url("smtp://127.0.0.1:1?from=canvass@example.org")
        monkeypatch.setitem(app.config["CANVASS"], "MAIL_URL", server)
        done = cli("doctor")
        assert done.exit_code == 1
        assert "FAIL Mail: The mail server 127.0.0.1:1 does not answer." in done.output


def test_templates_of_mail_load_nothing():
    folder = Path(__file__).parents[2] / "templates" / "mail"
    found = list(folder.iterdir())
    assert found
    for path in found:
        assert not re.search(r"<img|<script|<link\b|<style|static", path.read_text()), path.name
