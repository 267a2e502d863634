"""A form that comes with a token of a session that is over is shown again with all that was typed, not refused."""

from __future__ import annotations

from typing import Any

from flask import Flask, current_app, request
from flask_wtf.csrf import CSRFError

from admin_app.console.access import gate
from admin_app.web.errors import token_refused

_FORMS = frozenset({"create_view", "edit_view"})


def _sent_from_here() -> bool:
    """Whether a page of ours sent it. Another site must not fill in a form that its visitor then saves."""
    if request.headers.get("Sec-Fetch-Site") is not None:
        return request.headers["Sec-Fetch-Site"] == "same-origin"
    return request.origin == request.host_url.rstrip("/")


def _show_again(error: CSRFError) -> Any:
    view_name = (request.endpoint or "").rpartition(".")[2]
    view: Any = getattr(current_app.view_functions.get(request.endpoint or ""), "__self__", None)
    if view_name not in _FORMS or not hasattr(view, "form_again") or not _sent_from_here():
        return token_refused(error)
    try:
        refusal = gate(view.resource, view.permission_of(view_name))
        return refusal if refusal is not None else current_app.make_response(view.form_again(view_name))
    except Exception as refused:  # what is raised here would not find its page by itself
        return current_app.handle_user_exception(refused)


def register(app: Flask) -> None:
    """Let the forms of the console's records come back."""
    app.register_error_handler(CSRFError, _show_again)
