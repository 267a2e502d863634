"""Pages for what went wrong: for staff, for respondents and as JSON, each with the request's id and no internals."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from typing import Any

from flask import Flask, Response, current_app, request
from flask_babel import gettext, lazy_gettext
from flask_wtf.csrf import CSRFError
from sqlalchemy import exc as sa_exc
from werkzeug.exceptions import HTTPException, InternalServerError
from werkzeug.wrappers import Response as BaseResponse

from admin_app.core.context import request_id
from admin_app.core.errors import DomainError, TooManyError
from admin_app.core.registry import Registry
from admin_app.web.headers import is_api_path, is_public, static_url

logger = logging.getLogger(__name__)

RETRY_SECONDS = 10
# What SQLite calls an operational error is mostly a wrong statement. These are not: busy, locked, read-only, a fault of
# the disk, full, cannot be opened.
_SQLITE_AWAY = {5, 6, 8, 10, 13, 14}

# Status: title, sentence. They never quote the exception, which may tell of the inside.
TEXTS: dict[int, tuple[Any, Any]] = {
    400: (lazy_gettext("That did not work"), lazy_gettext("The request could not be read. Go back and try again.")),
    401: (lazy_gettext("Log in first"), lazy_gettext("This page needs you to log in.")),
    403: (lazy_gettext("Not allowed"), lazy_gettext("Your roles do not allow this. An administrator can change that.")),
    404: (lazy_gettext("Not found"), lazy_gettext("There is nothing at this address, or you may not see it.")),
    405: (lazy_gettext("Not possible"), lazy_gettext("This address does not answer that kind of request.")),
    409: (lazy_gettext("Changed meanwhile"), lazy_gettext("Somebody changed this meanwhile. Reload and try again.")),
    410: (lazy_gettext("Closed"), lazy_gettext("This is not open any more.")),
    413: (lazy_gettext("Too large"), lazy_gettext("What was sent is larger than this installation takes.")),
    415: (lazy_gettext("Wrong kind of data"), lazy_gettext("This address cannot read that kind of data.")),
    422: (lazy_gettext("Please check"), lazy_gettext("What was sent cannot be taken as it is.")),
    429: (lazy_gettext("Too many requests"), lazy_gettext("Wait a moment, then try again.")),
    500: (lazy_gettext("Something went wrong"), lazy_gettext("The fault is ours and has been noted. Try again later.")),
    503: (lazy_gettext("Not available now"), lazy_gettext("The database does not answer. Try again in a moment.")),
}  # fmt: skip


# How a door for programs tells of a failure, by the beginning of its addresses. Everywhere else, and for doors to come,
# it is one object named "error" with all there is to say.
SHAPES: Registry[Callable[[Mapping[str, Any]], Any]] = Registry("shapes of failures")


def wants_json() -> bool:
    """Whether the answer should be JSON: a machine's address, or a client that prefers it to HTML."""
    if is_api_path(request.path) or request.path.startswith(("/healthz", "/readyz")):
        return True
    best = request.accept_mimetypes.best_match(["text/html", "application/json"], default="text/html")
    return best == "application/json"


def error_response(
    status: int,
    message: str | None = None,
    *,
    fields: dict[str, str] | None = None,
    retry_after: int | None = None,
) -> Response:
    """Return the page or JSON for `status`; `message` replaces the usual sentence. Asks the database for nothing."""
    title, sentence = TEXTS.get(status) or TEXTS[400 if status < 500 else 500]
    shown = {
        "status": status,
        "title": str(title),
        "message": message or str(sentence),
        "fields": fields or {},
        "request_id": request_id(),
    }
    if wants_json():
        told = next(
            (shape(shown) for prefix, shape in SHAPES.items() if request.path.startswith(prefix)), {"error": shown}
        )
        response = current_app.response_class(current_app.json.dumps(told), mimetype="application/json")
    else:
        response = Response(_page(shown), mimetype="text/html")
    response.status_code = status
    if retry_after is not None:
        response.headers["Retry-After"] = str(retry_after)
    return response


def _page(shown: dict[str, Any]) -> str:
    name = "errors/public.html" if is_public() else "errors/console.html"
    theme = request.cookies.get("theme")
    # Not render_template(): the context processors would load the user, and the database may be what is down.
    return current_app.jinja_env.get_template(name).render(
        shown,
        static_url=static_url,
        theme=theme if theme in {"light", "dark"} and not is_public() else None,
        home=request.script_root + ("/" if is_public() else "/admin/"),
    )


def _domain(error: DomainError) -> Response:
    retry = error.retry_after if isinstance(error, TooManyError) else None
    return error_response(error.status, error.message, fields=error.fields, retry_after=retry)


def token_refused(_error: CSRFError) -> Response:
    """Answer a form whose token is of another session, or of none."""
    sentence = gettext(
        "The page was open too long or its session has ended. Go back, reload the page and send it again."
    )
    return error_response(400, sentence)


def _http(error: HTTPException) -> BaseResponse | HTTPException:
    if error.response is not None or error.code is None or error.code < 400:
        return error
    response = error_response(error.code)
    for name, value in error.get_headers(request.environ):
        if name in {"Allow", "Retry-After", "WWW-Authenticate"}:
            response.headers[name] = value
    return response


def _internal(_error: InternalServerError) -> Response:
    # Flask has logged the exception with its traceback before it asks for this page.
    return error_response(500)


def _unavailable(error: Exception) -> Response:
    code = getattr(getattr(error, "orig", None), "sqlite_errorcode", None)
    if code is not None and code & 0xFF not in _SQLITE_AWAY:
        raise error
    logger.error("The database does not answer: %s", type(getattr(error, "orig", error)).__name__, exc_info=error)
    return error_response(503, retry_after=RETRY_SECONDS)


def _statement(error: sa_exc.StatementError) -> Response:
    """A value that the database cannot hold is the sender's mistake; any other fault in a statement is ours."""
    bad_value = isinstance(error, sa_exc.DataError) or not isinstance(error, sa_exc.DBAPIError)
    if not bad_value:
        raise error
    logger.warning("A value was refused by the database: %s", type(error.orig).__name__)
    return error_response(400)


def _came_from_database(error: BaseException) -> bool:
    trace, names = error.__traceback__, set()
    while trace is not None:
        names.add(trace.tb_frame.f_globals.get("__name__", "").partition(".")[0])
        trace = trace.tb_next
    return "sqlalchemy" in names


def _unfit_value(error: Exception) -> Response:
    """Drivers raise these bare: a lone surrogate, a number beyond 64 bits."""
    if not _came_from_database(error):
        raise error
    logger.warning("A value was refused by the database driver: %s", type(error).__name__)
    return error_response(400)


def register(app: Flask) -> None:
    """Answer every error of `app` with a page of ours."""
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(InternalServerError, _internal)
    app.register_error_handler(CSRFError, token_refused)
    app.register_error_handler(DomainError, _domain)
    app.register_error_handler(sa_exc.StatementError, _statement)
    for unavailable in (sa_exc.OperationalError, sa_exc.InterfaceError, sa_exc.TimeoutError):
        app.register_error_handler(unavailable, _unavailable)
    for unfit in (UnicodeEncodeError, OverflowError):
        app.register_error_handler(unfit, _unfit_value)
