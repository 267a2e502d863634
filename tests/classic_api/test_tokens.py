"""A token works while the database says so: every other one gets the same answer, and changes nothing."""

from __future__ import annotations

import datetime as dt
import json
import time
from base64 import urlsafe_b64encode

import jwt
import pytest
from flask_jwt_extended import create_access_token
from sqlalchemy import func, select, update

from admin_app.accounts import api_tokens, operations
from admin_app.accounts.api_token_models import ApiToken, TokenKind
from admin_app.accounts.models import TokenPurpose, User, UserStatus
from admin_app.accounts.tokens import issue_user_token
from admin_app.classic_api import bearer
from admin_app.classic_api.bearer import with_token
from admin_app.core.clock import now
from admin_app.core.db import db, unit_of_work
from admin_app.core.permissions import SYSTEM
from admin_app.core.signing import derive_key
from admin_app.jobs.kinds import JOB_KINDS
from admin_app.jobs.operations import enqueue
from admin_app.web.actor import current_actor
from tests.factories import PASSWORD, login, make_user
from tests.helpers import count_statements, work

REFUSED = {"message": "The token is missing or does not work. Log in again."}


def key(app):
    return app.config["JWT_SECRET_KEY"]


def row_of(token):
    name = jwt.decode(token, options={"verify_signature": False})["jti"]
    return db.session.scalars(select(ApiToken).where(ApiToken.name == name)).one()


def resigned(app, token, secret=None, algorithm="HS256", **claims):
    """The token with other claims, signed as whoever made it could."""
    known = jwt.decode(token, options={"verify_signature": False})
    return jwt.encode({**known, **claims}, key(app) if secret is None else secret, algorithm=algorithm)


def part(value):
    return urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


@pytest.fixture
def anna(app):
    return make_user("anna")


@pytest.fixture
def boss(app):
    return make_user("boss")


@pytest.fixture
def access(anna, tokens_for):
    return tokens_for(anna)["access"]


def works(ask, token):
    answer = ask("/users", token=token, method="GET")
    assert answer.status_code == 200 or (answer.status_code, answer.json) == (401, REFUSED)
    return answer.status_code == 200


class TestForgeries:
    def test_what_is_no_token(self, ask, access):
        head, body, signature = access.split(".")
        deep = urlsafe_b64encode(b"[" * 3000).decode()
        for junk in (
            "", "x", "a.b.c", "..", head, f"{head}.{body}", f"{head}.{body}.", f"{head}.{body}.{signature}x", "é.é.é",
            access + " " + access, access * 50, f"{deep}.{body}.{signature}", f"{part([])}.{body}.{signature}",
            f"{part({'alg': []})}.{body}.{signature}", f"{part({'alg': 'HS256', 'kid': 1})}.{body}.{signature}",
            f"{head}.{part({'sub': 'x' * 400})}.{signature}",
        ):  # fmt: skip
            answer = ask("/users", method="GET", headers={"Authorization": f"Bearer {junk}"})
            assert (answer.status_code, answer.json) == (401, REFUSED), junk

    @pytest.mark.parametrize(
        "header", ["{}", "Basic {}", "bearer {}", "Bearer", "Bearer {}, Bearer {}", "Bearer {},", "JWT {}", ", \xa0, x"]
    )
    def test_another_header(self, ask, access, header):
        answer = ask("/users", method="GET", headers={"Authorization": header.format(access, access)})
        assert (answer.status_code, answer.json) == (401, REFUSED)

    def test_elsewhere_than_in_the_header(self, ask, client, access):
        client.set_cookie("access_token_cookie", access)
        for options in ({"query_string": {"jwt": access}}, {"json": {"access_token": access}}, {}):
            assert ask("/users", method="GET", **options).json == REFUSED

    def test_without_a_signature(self, ask, access):
        claims = jwt.decode(access, options={"verify_signature": False})
        assert not works(ask, jwt.encode(claims, None, algorithm="none"))
        for name in ("none", "None", "NONE"):
            assert not works(ask, f"{part({'alg': name, 'typ': 'JWT'})}.{part(claims)}.")

    def test_with_another_key_or_another_way(self, app, ask, access):
        assert works(ask, resigned(app, access))
        assert not works(ask, resigned(app, access, secret="x" * 32))
        assert not works(ask, resigned(app, access, secret=app.config["SECRET_KEY"]))
        assert not works(ask, resigned(app, access, secret=derive_key(app.config["SECRET_KEY"], "turns")))
        assert not works(ask, resigned(app, access, secret=key(app) * 2, algorithm="HS512"))

    @pytest.mark.parametrize(
        "claims",
        [
            {"exp": -1}, {"nbf": 600}, {"type": "refresh"}, {"type": "else"},
            {"sub": "nobody"}, {"epoch": 1}, {"jti": "0" * 32},
        ],
        ids=str,
    )  # fmt: skip
    def test_with_our_key_and_other_claims(self, app, ask, access, claims):
        """Nobody can make these; the database would refuse them all the same. Times are seconds from now."""
        claims = {name: int(time.time()) + claim if name in ("exp", "nbf") else claim for name, claim in claims.items()}
        assert not works(ask, resigned(app, access, **claims))

    def test_of_somebody_elses_name(self, app, ask, access):
        other = make_user("bo")
        assert not works(ask, resigned(app, access, sub=other.public_id))

    def test_signed_but_never_made(self, ask, anna):
        claims = {"jti": "0" * 32, "epoch": 0}
        assert not works(ask, create_access_token(anna.public_id, additional_claims=claims))

    def test_the_other_kind(self, ask, anna, tokens_for):
        both = tokens_for(anna)
        assert not works(ask, both["refresh"])
        for path in ("/token/refresh", "/logout/refresh"):
            assert ask(path, token=both["access"]).json == REFUSED
        assert ask("/logout/access", token=both["refresh"]).json == REFUSED
        assert works(ask, both["access"])

    def test_the_table_opens_nothing(self, ask, access):
        assert row_of(access).name not in {access, ""}
        assert not works(ask, row_of(access).name)


class TestEnds:
    """Whatever shuts somebody out of the console shuts his programs out, and for ever."""

    def test_by_its_time(self, ask, access):
        with unit_of_work() as session:
            session.execute(update(ApiToken).values(expires_at=now()))
        assert not works(ask, access)

    def test_by_a_new_password_of_ones_own(self, ask, anna, access):
        attempt = operations.verify("anna", PASSWORD, address="", secret="x", attempts=10)
        with unit_of_work():
            operations.change_own_password(anna, attempt, "a quite new password", actor=anna, hours=1)
        assert not works(ask, access)

    def test_by_a_password_that_somebody_sets(self, ask, anna, access):
        with unit_of_work():
            operations.set_password(anna, "a quite new password", actor=SYSTEM, must_change=False)
        assert not works(ask, access)

    def test_by_a_forgotten_password_that_is_replaced(self, ask, anna, access):
        with unit_of_work():
            link = issue_user_token(anna, TokenPurpose.RESET, lifetime=dt.timedelta(hours=1))
        with unit_of_work():
            operations.reset_password(link.token, "a quite new password", hours=1)
        assert not works(ask, access)

    def test_by_being_shut_out_and_it_does_not_come_back(self, ask, anna, access, boss):
        for status in (UserStatus.INACTIVE, UserStatus.ACTIVE):
            with unit_of_work():
                operations.update_user(anna, {"status": status}, actor=boss)
            assert not works(ask, access)

    def test_by_being_shut_out_with_many_others(self, ask, anna, access, boss):
        with unit_of_work():
            operations.deactivate_users(select(User).where(User.id == anna.id), actor=boss)
        assert not works(ask, access)
        with unit_of_work():
            operations.activate_users(select(User).where(User.id == anna.id), actor=boss)
        assert not works(ask, access)

    def test_by_being_deleted(self, ask, anna, access, boss):
        with unit_of_work():
            operations.delete_user(anna, actor=boss)
        assert not works(ask, access)
        with unit_of_work() as session:
            session.execute(update(User).where(User.id == anna.id).values(deleted_at=None, deleted_by_id=None))
        assert not works(ask, access)

    def test_by_being_logged_out_everywhere(self, ask, anna, access, boss):
        with unit_of_work():
            operations.end_sessions_of(anna, actor=boss)
        assert not works(ask, access)

    def test_while_another_password_is_demanded(self, ask, anna, access, boss):
        with unit_of_work():
            operations.demand_new_passwords(select(User).where(User.id == anna.id), actor=boss)
        assert not works(ask, access)

    def test_also_where_it_is_made_in_the_same_moment(self, ask, anna):
        """Somebody logs in with the old password while the new one is being stored: the row comes after all went."""
        with unit_of_work() as session:
            moved = update(User).values(token_epoch=User.token_epoch + 1)
            session.execute(moved.execution_options(synchronize_session=False))
        with unit_of_work():
            facts = api_tokens.start_token(anna, TokenKind.ACCESS)
        assert not works(ask, bearer.sign(facts))

    def test_others_keep_theirs(self, ask, anna, access, tokens_for):
        other = tokens_for(make_user("bo"))["access"]
        with unit_of_work():
            operations.set_password(anna, "a quite new password", actor=SYSTEM)
        assert works(ask, other)


class TestUse:
    def test_it_is_noted_once_in_five_minutes(self, app, ask, access, monkeypatch):
        assert row_of(access).last_used_at is None
        assert works(ask, access)
        first = row_of(access).last_used_at
        assert first is not None
        with count_statements(db.engine) as statements:
            assert works(ask, access)
        # The token, the rights, what the page says; nothing is written.
        assert len(statements) == 3
        later = now() + dt.timedelta(minutes=5)
        monkeypatch.setattr(api_tokens, "now", lambda: later)
        assert works(ask, access)
        db.session.expire_all()
        assert row_of(access).last_used_at == later

    def test_the_program_and_its_place_are_kept(self, ask, anna):
        answer = ask("/login", {"username": "anna", "password": PASSWORD}, headers={"User-Agent": "curl/8.5.0"})
        row = row_of(answer.json["refresh_token"])
        assert (row.user_agent, row.place.value, row.kind) == ("curl/8.5.0", "this_machine", TokenKind.REFRESH)
        assert row.expires_at - row.created_at == dt.timedelta(days=30)
        assert row_of(answer.json["access_token"]).expires_at - row.created_at < dt.timedelta(minutes=16)

    def test_what_is_signed_tells_nothing_of_the_user(self, anna, access):
        claims = jwt.decode(access, options={"verify_signature": False})
        assert claims["sub"] == anna.public_id
        assert claims.keys() == {"fresh", "iat", "jti", "type", "sub", "nbf", "exp", "epoch"}


class TestSweeping:
    def test_what_is_over_is_swept_out(self, app, anna, tokens_for):
        assert not api_tokens.has_expired()
        for _ in range(2):
            tokens_for(anna)
        over = select(ApiToken.id).order_by(ApiToken.id).limit(3)
        with unit_of_work() as session:
            session.execute(
                update(ApiToken)
                .where(ApiToken.id.in_(over))
                .values(expires_at=now())
                .execution_options(synchronize_session=False)
            )
        assert api_tokens.has_expired()
        with unit_of_work():
            job = enqueue("user.forget_tokens", {}, actor=SYSTEM)
        assert work(app, job).result == {"forgotten": 3}
        assert db.session.scalar(select(func.count()).select_from(ApiToken)) == 1

    def test_by_a_job_of_its_own(self):
        assert JOB_KINDS["user.forget_tokens"].every == 3600

    def test_more_than_go_at_once(self, app, anna, tokens_for, monkeypatch):
        monkeypatch.setattr(api_tokens, "CHUNK", 2)
        monkeypatch.setattr("admin_app.accounts.token_jobs.CHUNK", 2)
        for _ in range(2):
            tokens_for(anna)
        with unit_of_work() as session:
            session.execute(update(ApiToken).values(expires_at=now()))
        with unit_of_work():
            job = enqueue("user.forget_tokens", {}, actor=SYSTEM)
        assert work(app, job).result == {"forgotten": 4}


def test_where_a_token_is_optional_a_wrong_one_is_refused_all_the_same(app, anna, access):
    def who(**headers):
        with app.test_request_context("/api/flaskforms/anything", headers=headers):
            return with_token(optional=True)(lambda: current_actor().label)()

    assert who() == "nobody"
    assert who(Authorization=f"Bearer {access}") == "anna"
    with pytest.raises(bearer.TokenError):
        who(Authorization="Bearer nonsense")


def test_a_session_is_no_token_and_a_token_no_session(client, ask, anna, access):
    login(client, anna)
    assert ask("/users", method="GET").json == REFUSED
    stranger = client.application.test_client()
    answer = stranger.get("/admin/", headers={"Authorization": f"Bearer {access}"})
    assert answer.status_code in {302, 303}
