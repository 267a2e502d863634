"""Canvass: a survey back office that an organisation runs for itself."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from flask import Flask
from flask_migrate import Migrate
from flask_wtf.csrf import CSRFProtect

from admin_app import config as configuration
from admin_app.core.connections import prepare_engine
from admin_app.core.db import db

__version__ = "0.1.0"

PACKAGE = Path(__file__).resolve().parent
csrf = CSRFProtect()


def _beside_or_inside(name: str) -> Path:
    """The folder beside the package in a clone, inside it in an installed wheel."""
    beside = PACKAGE.parent / name
    return beside if (PACKAGE.parent / "setup.cfg").is_file() and beside.is_dir() else PACKAGE / name


def _flask_settings(values: Mapping[str, Any]) -> dict[str, Any]:
    public_url: str = values["PUBLIC_URL"] or "http://127.0.0.1:8000"
    postgres = values["DATABASE_URL"].drivername.startswith("postgresql")
    return {
        "CANVASS": dict(values),
        "SECRET_KEY": values["SECRET_KEY"],
        "SQLALCHEMY_DATABASE_URI": values["DATABASE_URL"],
        # prepare_engine() asks idle connections whether they are still there, in place of pool_pre_ping.
        # Parameters are answers and addresses: they must not get into a log with an exception's text.
        "SQLALCHEMY_ENGINE_OPTIONS": {"hide_parameters": True} | ({"pool_recycle": 1800} if postgres else {}),
        "PUBLIC_URL": public_url,
        "SESSION_COOKIE_NAME": "canvass",
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "SESSION_COOKIE_SECURE": public_url.startswith("https://"),
        # A form that stood open all day still saves; the token ends with the session.
        "WTF_CSRF_TIME_LIMIT": None,
        "MAX_CONTENT_LENGTH": 2 * 1024 * 1024,
        "MAX_FORM_MEMORY_SIZE": 2 * 1024 * 1024,
        "MAX_FORM_PARTS": 5000,
        "CKEDITOR_SERVE_LOCAL": True,
        "CKEDITOR_PKG_TYPE": "standard",
        "BABEL_DEFAULT_LOCALE": "en",
        "BABEL_TRANSLATION_DIRECTORIES": str(PACKAGE / "translations"),
    }


def declare_settings() -> None:
    """Let every domain add the settings that may change while it runs: the environment may fix them."""
    from admin_app.accounts import run_time as _accounts  # noqa: F401
    from admin_app.media import run_time as _media  # noqa: F401
    from admin_app.replies import run_time as _replies  # noqa: F401
    from admin_app.results import run_time as _results  # noqa: F401
    from admin_app.settings import installation  # noqa: F401


def create_app(config: Mapping[str, Any] | None = None) -> Flask:
    """Return the application.

    `config` overrides settings by their name without prefix (`{"DATABASE_URL": ...}`); the upper-case names of Flask
    and its extensions may stand in it too. Raises ConfigError when a setting cannot be used.
    """
    declare_settings()
    config = dict(config or {})
    names = configuration.names()
    values = configuration.load({name: value for name, value in config.items() if name in names})
    app = Flask(
        __name__,
        instance_path=str(values["INSTANCE"]),
        template_folder=str(_beside_or_inside("templates")),
    )
    app.config.update(_flask_settings(values))
    app.config.update({name: value for name, value in config.items() if name not in names})
    if values["PUBLIC_URL"] and "TRUSTED_HOSTS" not in config:
        app.config["TRUSTED_HOSTS"] = configuration.trusted_hosts(values["PUBLIC_URL"])
    app.jinja_options = {"trim_blocks": True, "lstrip_blocks": True}
    db.init_app(app)
    with app.app_context():
        prepare_engine(db.engine)
    Migrate(app, db, directory=str(_beside_or_inside("migrations")))
    csrf.init_app(app)
    _register(app)
    return app


def _register(app: Flask) -> None:
    """Let every package add its views, commands and members of registries, from the lowest to the highest."""
    from admin_app import (
        accounts,
        audit,
        classic_api,
        console,
        jobs,
        media,
        notify,
        replies,
        results,
        settings,
        surveys,
        web,
    )

    staff = (console, notify, accounts, surveys, replies, results)
    for package in (web, audit, settings, media, jobs, *staff, classic_api):
        package.register(app)
