"""Settings of the process: environment variables `CANVASS_*`, or lines of `instance/canvass.env`.

A wrong value stops the start with one sentence that names it. `X_FILE` holds the path of a file with the value of `X`.
Settings that an administrator changes while it runs can be given here too, by the same rules; then they are fixed.
"""

from __future__ import annotations

import os
import secrets
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

from admin_app.core.mailserver import parse_mail_url
from admin_app.settings.definitions import SETTINGS_REGISTRY

PACKAGE = Path(__file__).resolve().parent


class ConfigError(Exception):
    """A setting cannot be used; the message is one sentence that names it."""


def _text(value: str) -> str:
    return value


def _whole(minimum: int, maximum: int) -> Callable[[str], int]:
    def parse(value: str) -> int:
        if not value.isascii() or not value.isdigit() or not minimum <= int(value) <= maximum:
            raise ValueError(f"must be a whole number from {minimum} to {maximum}")
        return int(value)

    return parse


def _one_of(*allowed: str) -> Callable[[str], str]:
    def parse(value: str) -> str:
        if value not in allowed:
            raise ValueError(f"must be one of {', '.join(allowed)}")
        return value

    return parse


def _switch(value: str) -> bool:
    if value not in {"on", "off"}:
        raise ValueError("must be on or off")
    return value == "on"


def _database(value: str) -> URL:
    try:
        url = make_url(value)
    except ArgumentError:
        raise ValueError("must be an address such as postgresql://user:password@host/name") from None
    if url.drivername in {"postgresql", "postgres", "postgresql+psycopg"}:
        return url.set(drivername="postgresql+psycopg")
    if url.drivername == "sqlite" and url.database not in {None, "", ":memory:"}:
        return url
    raise ValueError("must begin with postgresql:// or be a SQLite file such as sqlite:////var/lib/canvass/canvass.db")


def _public_url(value: str) -> str:
    parts = urlsplit(value)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.query or parts.fragment:
        raise ValueError("must be an address such as https://surveys.example.org")
    return value.rstrip("/")


def _redis(value: str) -> str:
    if urlsplit(value).scheme not in {"redis", "rediss", "unix"}:
        raise ValueError("must begin with redis://, rediss:// or unix://")
    return value


def _secret(value: str) -> str:
    if len(value) < 32:
        raise ValueError("must have at least 32 characters; leave it out and one is made in the instance folder")
    return value


@dataclass(frozen=True)
class Setting:
    """One line of the manual: name without prefix, how it is read, its default and what it is for."""

    name: str
    parse: Callable[[str], Any]
    default: Any
    help: str
    secret: bool = False


SETTINGS: tuple[Setting, ...] = (
    Setting("INSTANCE", _text, None, "The folder for the database file, the secret key and uploads; ./instance."),
    Setting("DATABASE_URL", _database, None, "PostgreSQL or a SQLite file; instance/canvass.db.", secret=True),
    Setting("SECRET_KEY", _secret, None, "At least 32 characters; made once in instance/secret_key.", secret=True),
    Setting("PUBLIC_URL", _public_url, None, "Where people reach this installation; links in mail are built from it."),
    Setting("MAIL_URL", parse_mail_url, None, "The server that takes mail and who it comes from; none is sent without.",
            secret=True),
    Setting("REDIS_URL", _redis, None, "Carry jobs through Redis (needs the extra `redis`) in place of the database.",
            secret=True),
    Setting("TRUSTED_PROXIES", _whole(0, 9), 0, "How many reverse proxies in front set X-Forwarded-For and -Proto."),
    Setting("WEB_WORKERS", _whole(1, 64), 2, "Web processes that `canvass serve` starts."),
    Setting("WEB_THREADS", _whole(1, 64), 4, "Threads in each web process."),
    Setting("JOB_THREADS", _whole(1, 32), 2, "Jobs that one worker process runs at a time."),
    Setting("LOG_FORMAT", _one_of("json", "text"), "json", "Log lines as JSON objects or for reading."),
    Setting("DEBUG", _switch, default=False, help="on lets a program delete all users; for trying out only."),
    Setting("LOG_LEVEL", _one_of("debug", "info", "warning", "error"), "info", "The least that is logged."),
)  # fmt: skip


def names() -> frozenset[str]:
    """Return the names of all settings, without prefix: those of the process and those that may change at run time."""
    return frozenset(one.name for one in SETTINGS) | {name.upper() for name in SETTINGS_REGISTRY}


def _read_env_file(path: Path) -> dict[str, str]:
    values: dict[str, str] = {}
    if not path.is_file():
        return values
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        text = line.strip()
        if not text or text.startswith("#"):
            continue
        name, equals, value = text.partition("=")
        if not equals or not name.strip().startswith("CANVASS_"):
            raise ConfigError(f"Line {number} of {path.name} is not of the form CANVASS_NAME=value.")
        values[name.strip()] = value.strip().strip("\"'")
    return values


def _given(name: str, source: Mapping[str, str]) -> str | None:
    """Return the text that was given for a setting; None where there is none."""
    value = source.get(name)
    if value is None and (path := source.get(name + "_FILE")):
        try:
            value = Path(path).read_text(encoding="utf-8").strip()
        except OSError:
            raise ConfigError(f"{name}_FILE names a file that cannot be read.") from None
    return value or None


def _value(setting: Setting, source: Mapping[str, str]) -> Any:
    name = f"CANVASS_{setting.name}"
    value = _given(name, source)
    if value is None:
        return setting.default
    try:
        return setting.parse(value)
    except ValueError as error:
        raise ConfigError(f"{name} {error}.") from None


def _fixed(source: Mapping[str, str], overrides: dict[str, Any]) -> dict[str, Any]:
    """Return the run-time settings that are given, by their names; takes them out of `overrides`."""
    values = {}
    for definition in SETTINGS_REGISTRY.values():
        try:
            if (text := _given(definition.variable, source)) is not None:
                values[definition.name] = definition.parse(text)
            if definition.name.upper() in overrides:
                values[definition.name] = definition.check(overrides.pop(definition.name.upper()))
        except ValueError:
            raise ConfigError(f"{definition.variable} must be {definition.demand}.") from None
    return values


def _known(source: Mapping[str, str]) -> None:
    known = {f"CANVASS_{name}" for name in names()}
    for name in source:
        if name.startswith("CANVASS_") and name.removesuffix("_FILE") not in known:
            raise ConfigError(f"{name} is not a setting of Canvass.")


def secret_key(folder: Path) -> str:
    """Return the key in `folder`/secret_key, making it at the first start, readable by its owner only."""
    path = folder / "secret_key"
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return _existing_key(path)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        key = secrets.token_urlsafe(48)
        file.write(key + "\n")
    return key


def _existing_key(path: Path) -> str:
    """Return the key in the file. While it is empty, another process that starts just now may be about to write it."""
    deadline = time.monotonic() + 2
    while not (key := path.read_bytes().decode("ascii", "replace").strip()) and time.monotonic() < deadline:
        time.sleep(0.02)
    if len(key) < 32 or not key.isascii():
        raise ConfigError(f"{path.name} in the instance folder is damaged; restore it from the backup.")
    return key


def make_private(path: str | os.PathLike[str]) -> None:
    """Make the file, if there is none, readable by its owner only; what SQLite lays beside it gets the same mode."""
    with suppress(OSError):  # there already, or where no file can be: whoever opens it says so
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))


def load(overrides: Mapping[str, Any] | None = None, environ: Mapping[str, str] | None = None) -> dict[str, Any]:
    """Return every setting by its name without prefix, and as FIXED the run-time settings that are given.

    `overrides` (from code, such as tests) win over `environ`, which wins over `canvass.env` in the instance folder.
    Raises ConfigError for a wrong value or an unknown name.
    """
    environ = os.environ if environ is None else environ
    overrides = dict(overrides or {})
    folder = Path(overrides.get("INSTANCE") or environ.get("CANVASS_INSTANCE") or "instance").resolve()
    source = {**_read_env_file(folder / "canvass.env"), **environ}
    _known(source)
    values = {setting.name: _value(setting, source) for setting in SETTINGS}
    values["FIXED"] = _fixed(source, overrides)
    values["INSTANCE"] = folder
    values.update({name: value for name, value in overrides.items() if name != "INSTANCE"})
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError:
        raise ConfigError("CANVASS_INSTANCE names a folder that cannot be made.") from None
    if isinstance(values["DATABASE_URL"], str):
        values["DATABASE_URL"] = _database(values["DATABASE_URL"])
    if isinstance(values["MAIL_URL"], str):
        values["MAIL_URL"] = parse_mail_url(values["MAIL_URL"])
    if values["MAIL_URL"] and not values["PUBLIC_URL"]:
        raise ConfigError("CANVASS_MAIL_URL needs CANVASS_PUBLIC_URL too, for links in mail are built from it.")
    values["DATABASE_URL"] = values["DATABASE_URL"] or URL.create("sqlite", database=str(folder / "canvass.db"))
    if values["DATABASE_URL"].drivername == "sqlite" and not values["DATABASE_URL"].query:
        make_private(values["DATABASE_URL"].database)
    values["SECRET_KEY"] = values["SECRET_KEY"] or secret_key(folder)
    return values


def trusted_hosts(public_url: str) -> list[str]:
    """Return the host names that requests may carry: the public one, and this machine for health checks."""
    host = urlsplit(public_url).hostname or ""
    return sorted({host, "localhost", "127.0.0.1", "[::1]"})
