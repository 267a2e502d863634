"""Mail as a real server gets it, and what is said when it does not take it."""

from __future__ import annotations

import dataclasses
import logging
import socket
import threading
from email.utils import parsedate_to_datetime

import pytest

from admin_app.core.clock import now
from admin_app.core.mailserver import Encryption, MailServer
from admin_app.notify import mail as mailing
from admin_app.notify.mail import Mail, MailError, compose, hand_over, probe
from tests.mailserver import PASSWORD, USER, html_of, mail_server, text_of

MAIL = Mail(
    to="ada@example.org",
    to_name="Ada Lovelace",
    subject="Ein Paßwort für Sie",
    text="Grüße\n\nhttps://surveys.example.org/x\n",
    html='<p>Grüße <a href="https://surveys.example.org/x">hier</a></p>',
)


def server_at(inbox, encryption=Encryption.NONE, **values):
    sender = {"sender": "canvass@example.org", "sender_name": "Canvass"}
    return MailServer("127.0.0.1", inbox.port, encryption=encryption, **sender, **values)


def send(mail, server):
    hand_over(compose(mail, server, sender_name=server.sender_name), server)


class TestWhatArrives:
    def test_both_parts_and_the_headers(self, plain):
        send(MAIL, server_at(plain))
        (message,) = plain.messages
        assert plain.recipients == ["ada@example.org"]
        assert message["From"] == "Canvass <canvass@example.org>"
        assert message["To"] == "Ada Lovelace <ada@example.org>"
        assert message["Subject"] == "Ein Paßwort für Sie"
        assert message["Message-ID"].endswith("@example.org>")
        assert abs((parsedate_to_datetime(message["Date"]) - now()).total_seconds()) < 60
        assert message["Auto-Submitted"] == "auto-generated"
        assert text_of(message) == MAIL.text
        assert "Grüße" in html_of(message)

    def test_without_html_it_is_text_alone(self, plain):
        send(dataclasses.replace(MAIL, html=""), server_at(plain))
        assert plain.messages[0].get_content_type() == "text/plain"

    @pytest.mark.parametrize(
        "name",
        ["Jörg Süß", "עדה לאבלייס", '"Ada", <eve@example.org>', "eve@example.org", "x" * 200, "", "=?utf-8?q?x?="],
    )
    def test_a_name_is_a_name_whatever_stands_in_it(self, plain, name):
        send(dataclasses.replace(MAIL, to_name=name), server_at(plain))
        (address,) = plain.messages[0]["To"].addresses
        assert address.addr_spec == "ada@example.org"
        assert plain.recipients == ["ada@example.org"]
        if not name.startswith("=?"):
            assert address.display_name == name

    def test_a_domain_of_other_letters(self, plain):
        send(dataclasses.replace(MAIL, to="ada@müller.example"), server_at(plain))
        assert plain.recipients == ["ada@xn--mller-kva.example"]

    def test_a_name_before_the_at_of_other_letters(self, plain):
        send(dataclasses.replace(MAIL, to="jörg@example.org"), server_at(plain))
        assert plain.recipients == ["jörg@example.org"]

    def test_two_have_two_ids(self, plain):
        for _number in range(2):
            send(MAIL, server_at(plain))
        assert len({message["Message-ID"] for message in plain.messages}) == 2


class TestHeaders:
    @pytest.mark.parametrize("sign", ["\r\n", "\n", "\r", "\0", "\x0b", "\x85", "\u2028", "\u202e", "\ud800"])
    @pytest.mark.parametrize("part", ["to", "to_name", "subject"])
    def test_nothing_gets_in(self, part, sign):
        with pytest.raises(ValueError, match="one line"):
            dataclasses.replace(MAIL, **{part: f"x{sign}Bcc: eve@example.org"})

    @pytest.mark.parametrize("address", ["nobody", "a@b@example.org", "ada@example.org, eve@example.org", "a b@c.org"])
    def test_what_is_no_address_gets_no_mail(self, plain, address):
        with pytest.raises(MailError, match="address of the recipient") as refused:
            send(dataclasses.replace(MAIL, to=address), server_at(plain))
        assert not refused.value.temporary
        assert plain.messages == []


@pytest.mark.usefixtures("trusted")
class TestEncryption:
    def test_starttls(self, starttls):
        send(MAIL, server_at(starttls, Encryption.STARTTLS))
        assert starttls.encrypted == [True]

    def test_starttls_where_it_is_offered(self, starttls, plain):
        send(MAIL, server_at(starttls, Encryption.AUTO))
        send(MAIL, server_at(plain, Encryption.AUTO))
        assert (starttls.encrypted, plain.encrypted) == ([True], [False])

    def test_from_the_first_byte(self, throughout):
        send(MAIL, server_at(throughout, Encryption.TLS))
        assert throughout.encrypted == [True]

    def test_never(self, starttls):
        send(MAIL, server_at(starttls, Encryption.NONE))
        assert starttls.encrypted == [False]

    def test_a_server_that_does_not_offer_it_gets_nothing(self, plain):
        with pytest.raises(MailError, match="offers no encryption") as refused:
            send(MAIL, server_at(plain, Encryption.STARTTLS))
        assert not refused.value.temporary
        assert plain.messages == []

    def test_a_certificate_of_another_name_is_refused(self, authority):
        from tests.notify.conftest import context_of

        with mail_server(tls=context_of(authority, "mail.example.org")) as inbox:
            with pytest.raises(MailError, match="certificate of the mail server") as refused:
                send(MAIL, server_at(inbox, Encryption.STARTTLS))
            assert not refused.value.temporary
            assert inbox.messages == []

    @pytest.mark.parametrize("encryption", [Encryption.STARTTLS, Encryption.TLS])
    def test_tls_on_a_port_without_it(self, plain, encryption):
        with pytest.raises(MailError):
            send(MAIL, server_at(plain, encryption))
        assert plain.messages == []

    def test_tls_that_is_spoken_to_in_plain_text(self, plain):
        with pytest.raises(MailError, match="does not speak TLS here"):
            send(MAIL, server_at(plain, Encryption.TLS))


def test_a_certificate_that_nobody_vouches_for_is_refused(throughout):
    with pytest.raises(MailError, match="cannot be trusted"):
        send(MAIL, server_at(throughout, Encryption.TLS))
    assert throughout.messages == []


@pytest.mark.usefixtures("trusted")
class TestLogin:
    def test_it_works(self, locked):
        send(MAIL, server_at(locked, Encryption.STARTTLS, user=USER, password=PASSWORD))
        assert locked.logins == [USER]
        assert len(locked.messages) == 1

    def test_a_wrong_password_is_said_without_it(self, locked):
        with pytest.raises(MailError, match=r"refused the login \(535 5\.7\.8\)") as refused:
            send(MAIL, server_at(locked, Encryption.STARTTLS, user=USER, password="wr0ng"))
        assert not refused.value.temporary
        assert "wr0ng" not in refused.value.message
        assert USER not in refused.value.message

    def test_a_server_that_wants_one_and_gets_none(self, locked):
        with pytest.raises(MailError, match=r"refused the mail \(530"):
            send(MAIL, server_at(locked, Encryption.STARTTLS))

    def test_a_server_that_knows_none(self, plain):
        with pytest.raises(MailError, match="no login") as refused:
            send(MAIL, server_at(plain, user=USER, password=PASSWORD))
        assert not refused.value.temporary

    def test_the_password_does_not_go_over_an_open_way(self, plain, monkeypatch):
        """To another machine; whoever takes the offer of STARTTLS away must not get the password for it."""
        monkeypatch.setattr(MailServer, "is_here", False)
        with pytest.raises(MailError, match="the password is not sent") as refused:
            send(MAIL, server_at(plain, Encryption.AUTO, user=USER, password=PASSWORD))
        assert not refused.value.temporary
        assert plain.logins == []

    def test_to_this_machine_it_may(self, plain):
        """Nobody sits between; whether the server then wants it is the server's."""
        with pytest.raises(MailError, match="no login"):
            send(MAIL, server_at(plain, Encryption.AUTO, user=USER, password=PASSWORD))


class TestRefusals:
    @pytest.mark.parametrize(
        ("command", "answer", "sentence", "temporary"),
        [
            ("RCPT", "550 5.1.1 No ada@example.org here", r"refused the recipient \(550 5\.1\.1\)", False),
            ("RCPT", "450 4.2.1 Busy", r"refused the recipient \(450 4\.2\.1\)", True),
            ("DATA", "554 5.7.1 Junk from canvass@example.org", r"refused the mail \(554 5\.7\.1\)", False),
            ("DATA", "451 Later", r"refused the mail \(451\)", True),
        ],
    )
    def test_the_code_is_told_and_the_answer_is_not(self, plain, command, answer, sentence, temporary):
        plain.refusals[command] = answer
        with pytest.raises(MailError, match=sentence) as refused:
            send(MAIL, server_at(plain))
        assert refused.value.temporary is temporary
        assert "@" not in refused.value.message

    def test_a_server_without_smtputf8(self):
        with mail_server(utf8=False) as inbox:
            with pytest.raises(MailError, match="no addresses such as this one"):
                send(dataclasses.replace(MAIL, to="jörg@example.org"), server_at(inbox))
            assert inbox.messages == []

    def test_a_server_that_is_away(self):
        with socket.socket() as probe_socket:
            probe_socket.bind(("127.0.0.1", 0))
            port = probe_socket.getsockname()[1]
        with pytest.raises(MailError, match=f"127.0.0.1:{port} does not answer") as refused:
            send(MAIL, MailServer("127.0.0.1", port, "canvass@example.org", encryption=Encryption.NONE))
        assert refused.value.temporary

    def test_a_name_that_nobody_has(self, monkeypatch):
        def unknown(*_arguments, **_options):
            raise socket.gaierror(-2, "Name or service not known")

        monkeypatch.setattr(socket, "create_connection", unknown)
        with pytest.raises(MailError, match="no mail server named mail") as refused:
            send(MAIL, MailServer("mail.invalid", 25, "canvass@example.org", encryption=Encryption.NONE))
        assert refused.value.temporary

    @pytest.mark.parametrize("says", [b"", b"HTTP/1.1 400 Bad Request\r\n\r\n", b"220 hello\r\n"])
    def test_something_else_answers_and_hangs_up(self, says):
        listener = socket.create_server(("127.0.0.1", 0))

        def answer():
            connection, _address = listener.accept()
            connection.sendall(says)
            connection.close()

        thread = threading.Thread(target=answer)
        thread.start()
        with pytest.raises(MailError) as refused:
            send(MAIL, MailServer("127.0.0.1", listener.getsockname()[1], "c@example.org", encryption=Encryption.NONE))
        thread.join()
        listener.close()
        assert refused.value.temporary

    def test_a_server_that_says_nothing_is_not_waited_for_for_ever(self, monkeypatch):
        monkeypatch.setattr(mailing, "TIMEOUT", 0.3)
        with socket.create_server(("127.0.0.1", 0)) as listener:
            port = listener.getsockname()[1]
            with pytest.raises(MailError) as refused:
                send(MAIL, MailServer("127.0.0.1", port, "c@example.org", encryption=Encryption.NONE))
        assert refused.value.temporary

    def test_what_was_taken_is_not_sent_again_because_of_a_rude_goodbye(self, plain):
        plain.rude = True
        send(MAIL, server_at(plain))
        assert len(plain.messages) == 1


class TestProbe:
    @pytest.mark.usefixtures("trusted")
    def test_it_logs_in_and_sends_nothing(self, locked):
        assert probe(server_at(locked, Encryption.STARTTLS, user=USER, password=PASSWORD)) is True
        assert locked.logins == [USER]
        assert locked.messages == []

    def test_it_says_that_the_way_is_open(self, plain):
        assert probe(server_at(plain)) is False


def test_nothing_of_a_mail_is_logged(plain, caplog):
    with caplog.at_level(logging.DEBUG):
        send(MAIL, server_at(plain, user="", password=""))
    ours = [record.getMessage() for record in caplog.records if record.name.startswith("admin_app")]
    assert ours == []
