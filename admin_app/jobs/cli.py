"""Commands that run the installation: migrate, serve, worker, doctor."""

from __future__ import annotations

import sys

import click
from flask import current_app
from flask.cli import with_appcontext
from flask_migrate import upgrade
from sqlalchemy.exc import OperationalError

from admin_app.jobs import hooks
from admin_app.jobs.queue import current_queue
from admin_app.web.health import migrations_missing

NO_DATABASE = "The database does not answer. Check CANVASS_DATABASE_URL and that the server runs."


def bring_up_to_date() -> None:
    """Migrate the database where that is needed, make the queue's file, and take the steps that follow."""
    try:
        if migrations_missing():
            upgrade()
    except OperationalError:
        raise click.ClickException(NO_DATABASE) from None
    if current_queue().kind == "sqlite":
        current_queue().waiting()
        current_queue().close()
    hooks.after_migrate()


@click.command()
@with_appcontext
def migrate() -> None:
    """Bring the database to the newest state; harmless when it is there already."""
    bring_up_to_date()
    click.echo("The database is up to date.")


@click.command()
@click.option("--threads", type=click.IntRange(1, 32), help="Jobs at a time; CANVASS_JOB_THREADS by default.")
@with_appcontext
def worker(threads: int | None) -> None:
    """Run background jobs until it is stopped (Ctrl-C or SIGTERM). As many as you like may run."""
    from admin_app.jobs.worker import run_worker

    app = current_app._get_current_object()  # type: ignore[attr-defined]
    run_worker(app, threads or app.config["CANVASS"]["JOB_THREADS"])


@click.command()
@with_appcontext
def doctor() -> None:
    """Check the installation: settings, database, queue, audit log. Exits with 1 when something is wrong."""
    from admin_app.jobs.doctor import examine

    results = examine()
    for result in results:
        click.echo(f"{'ok  ' if result.well else 'FAIL'} {result.line}")
    if not all(result.well for result in results):
        sys.exit(1)


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option("--port", type=click.IntRange(1, 65535), default=8000, show_default=True, help="The port to listen on.")
@with_appcontext
def serve(host: str, port: int) -> None:
    """Migrate, then run the web server and a worker until it is stopped (Ctrl-C or SIGTERM)."""
    from admin_app.jobs import serve as server

    if not server.port_is_free(host, port):
        sentence = (
            f"Nothing can listen on {host} port {port}: something else does, or the address is not this machine's."
        )
        raise click.ClickException(
            f"{sentence} Choose another one: canvass serve --port {port + 1 if port < 65535 else 8000}"
        )
    bring_up_to_date()
    shown = f"[{host}]" if ":" in host else host
    here = f"http://{'127.0.0.1' if host in {'0.0.0.0', '::'} else shown}:{port}"  # noqa: S104 - compared, not bound
    public = current_app.config["CANVASS"]["PUBLIC_URL"] or here
    click.echo(f"Canvass runs at {public}")
    for sentence in hooks.first_start(public):
        click.echo(sentence)
    server.serve(current_app._get_current_object(), host, port)  # type: ignore[attr-defined]


COMMANDS: list[click.Command] = [serve, worker, migrate, doctor]
