"""CANVASS_MAIL_URL: read loudly, and never quoted."""

from __future__ import annotations

import pytest

from admin_app.config import ConfigError, load
from admin_app.core.mailserver import Encryption, parse_mail_url

SENDER = "?from=canvass@example.org"


def test_all_of_it():
    server = parse_mail_url("smtp://canvass:p%40ss%2Fword@Mail.Example.org:2525?from=Canvass <canvass@example.org>")
    assert (server.host, server.port, str(server)) == ("mail.example.org", 2525, "mail.example.org:2525")
    assert (server.user, server.password) == ("canvass", "p@ss/word")
    assert (server.sender_name, server.sender) == ("Canvass", "canvass@example.org")
    assert server.encryption is Encryption.STARTTLS


@pytest.mark.parametrize(
    ("url", "port", "encryption"),
    [
        (f"smtp://mail.example.org{SENDER}", 587, Encryption.STARTTLS),
        (f"smtp://mail.example.org/{SENDER}&starttls=auto", 587, Encryption.AUTO),
        (f"smtp://mail.example.org{SENDER}&starttls=never", 587, Encryption.NONE),
        (f"smtps://mail.example.org{SENDER}", 465, Encryption.TLS),
        (f"smtp://localhost{SENDER}", 587, Encryption.AUTO),
        (f"smtp://[::1]:25{SENDER}", 25, Encryption.AUTO),
        (f"smtp://localhost{SENDER}&starttls=required", 587, Encryption.STARTTLS),
    ],
)
def test_the_way_is_encrypted_unless_nobody_sits_on_it_or_the_operator_says_so(url, port, encryption):
    server = parse_mail_url(url)
    assert (server.port, server.encryption) == (port, encryption)


@pytest.mark.parametrize(
    ("option", "name", "address"),
    [
        ("a@example.org", "", "a@example.org"),
        ("a+b@example.org", "", "a+b@example.org"),
        ("Jörg%20Süß%20%3Ca@example.org%3E", "Jörg Süß", "a@example.org"),
        ('"Surveys, Inc." <a@example.org>', "Surveys, Inc.", "a@example.org"),
        ("<a@intranet>", "", "a@intranet"),
    ],
)
def test_who_it_comes_from(option, name, address):
    server = parse_mail_url(f"smtp://mail.example.org?from={option}")
    assert (server.sender_name, server.sender) == (name, address)


def test_a_user_that_is_an_address_is_whom_it_comes_from():
    assert parse_mail_url("smtps://a%40example.org:secret@mail.example.org").sender == "a@example.org"


@pytest.mark.parametrize(
    ("url", "sentence"),
    [
        ("mail.example.org", "must be an address"),
        ("http://mail.example.org", "must be an address"),
        (f"smtp://{SENDER}", "must be an address"),
        (f"smtp://mail..example.org{SENDER}", "must be an address"),
        (f"smtp://mail.example.org:99999{SENDER}", "must be an address"),
        (f"smtp://[::1{SENDER}", "must be an address"),
        (f"smtp://mail.example.org/inbox{SENDER}", "must be an address"),
        (f"smtp://user:hunter/2@mail.example.org{SENDER}", "%2F"),
        (f"smtp://user:hunter#2@mail.example.org{SENDER}", "%23"),
        (f"smtp://user@mail.example.org{SENDER}", "both a user and a password"),
        (f"smtp://:hunter2@mail.example.org{SENDER}", "both a user and a password"),
        (f"smtp://user:hünter2@mail.example.org{SENDER}", "ASCII"),
        (f"smtp://user:hunter%0d%0a2@mail.example.org{SENDER}", "ASCII"),
        ("smtp://user:hunter2@mail.example.org", "who mail comes from"),
        ("smtp://mail.example.org?from=Canvass", "who mail comes from"),
        ("smtp://mail.example.org?from=a@example.org, b@example.org", "who mail comes from"),
        ("smtp://mail.example.org?from=a@example.org%0d%0aBcc: b@example.org", "who mail comes from"),
        ("smtp://mail.example.org?from=Ca%0anvass <a@example.org>", "who mail comes from"),
        (f"smtp://mail.example.org{SENDER}&from=b@example.org", "each once"),
        (f"smtp://mail.example.org{SENDER}&tls=1", "options from and starttls"),
        (f"smtp://mail.example.org{SENDER}&starttls=no", "starttls=required, auto or never"),
        (f"smtps://mail.example.org{SENDER}&starttls=required", "smtps:// is encrypted throughout"),
    ],
)
def test_a_wrong_one_stops_the_start_with_a_sentence_that_does_not_quote_it(tmp_path, url, sentence):
    values = {"CANVASS_MAIL_URL": url, "CANVASS_PUBLIC_URL": "https://surveys.example.org"}
    with pytest.raises(ConfigError) as refused:
        load({"INSTANCE": tmp_path}, values)
    message = str(refused.value)
    assert message.startswith("CANVASS_MAIL_URL ")
    assert message.endswith(".")
    assert sentence in message
    assert "hunter" not in message
    assert "hünter" not in message


def test_links_in_mail_need_the_address_of_the_installation(tmp_path):
    with pytest.raises(ConfigError, match="CANVASS_MAIL_URL needs CANVASS_PUBLIC_URL"):
        load({"INSTANCE": tmp_path}, {"CANVASS_MAIL_URL": f"smtp://mail.example.org{SENDER}"})


def test_without_it_there_is_none(tmp_path):
    assert load({"INSTANCE": tmp_path}, {})["MAIL_URL"] is None


def test_code_may_give_it_as_text(tmp_path):
    given = {"MAIL_URL": f"smtp://mail.example.org{SENDER}", "PUBLIC_URL": "https://surveys.example.org"}
    assert load({"INSTANCE": tmp_path, **given}, {})["MAIL_URL"].host == "mail.example.org"


def test_the_password_is_not_in_what_a_log_would_show_of_it():
    server = parse_mail_url(f"smtp://user:hunter2@mail.example.org{SENDER}")
    assert "hunter2" not in repr(server)
    assert "hunter2" not in str(server)
