"""The page that says whether the chain holds, of a log that somebody changed behind it."""

from __future__ import annotations

from collections.abc import Callable

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from admin_app.core.db import db
from admin_app.jobs.builtin import FAULTS_SHOWN, VERIFY
from admin_app.jobs.models import Job
from tests.factories import login, make_user
from tests.helpers import send, work


def test_a_broken_chain_is_shown_with_its_places(
    app: Flask,
    client: FlaskClient,
    write: Callable[..., list[int]],
    seal: Callable[..., int],
    tamper: Callable[..., None],
) -> None:
    ids = write(FAULTS_SHOWN + 3)
    seal()
    tamper(f"UPDATE audit_entry SET record_name = 'Other' WHERE id > {ids[0]}")
    login(client, make_user("root"))
    send(client, "/admin/audit/chain/")
    job = work(app, db.session.scalars(select(Job).where(Job.kind == VERIFY)).one())
    assert job.result is not None
    assert (job.result["broken"], len(job.result["faults"])) == (FAULTS_SHOWN + 2, FAULTS_SHOWN)
    page = client.get("/admin/audit/chain/").text
    assert "The chain is broken." in page
    assert f"There are {FAULTS_SHOWN + 2} places" in page
    assert page.count("The entry was altered") == FAULTS_SHOWN
    assert f"/admin/audit/details/?id={ids[1]}" in page
