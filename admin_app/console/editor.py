"""Rich text: Flask-CKEditor's field, with the editor locked into a frame that can reach nothing.

CKEditor 4 has reached its end of life and needs inline handlers and styles. It therefore runs in a document of its
own, with a sandbox that denies it its own origin and a policy that lets nothing out; it hands its HTML to the page by
message. What it hands over is not trusted either: operations sanitise it, and so does every page that shows it.
"""

from __future__ import annotations

import warnings
from typing import Any

from flask import Blueprint, Flask, abort, g, render_template, request, url_for
from flask_babel import format_decimal
from flask_login import login_required
from markupsafe import Markup
from wtforms.widgets import TextArea

from admin_app.core.permissions import can
from admin_app.media.content import IMAGES
from admin_app.media.operations import MEGABYTE, most_bytes
from admin_app.web.actor import current_actor

with warnings.catch_warnings():
    # It misses bleach, which is deprecated; nh3 does that work here.
    warnings.simplefilter("ignore", UserWarning)
    from flask_ckeditor import CKEditor, CKEditorField

FRAME_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "script-src-attr 'unsafe-inline'",
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data:",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'self'",
        # Opened by itself the frame has no origin either.
        "sandbox allow-scripts",
    )
)
# The package also holds samples, two more editors and a file browser's stub. None of them is served.
_SERVED = ("ckeditor.js", "config.js", "contents.css", "styles.js", "lang/", "plugins/", "skins/")

blueprint = Blueprint("editor", __name__)


@blueprint.get("/admin/editor-frame/")
@login_required  # type: ignore[untyped-decorator]
def frame() -> str:
    """Show the document that the editor runs in."""
    g.canvass_csp = FRAME_POLICY
    return render_template("editor/frame.html")


def _serve_the_editor_only() -> None:
    if request.endpoint != "ckeditor.static":
        return
    package, _, path = str((request.view_args or {}).get("filename", "")).partition("/")
    if package != "standard" or not path.startswith(_SERVED) or ".." in path.split("/"):
        abort(404)


def insert_image() -> Markup:
    """Return what offers images beside the editors of a page: once on each page, and to those who may upload."""
    if "canvass_insert_image" in g or not can(current_actor(), "media", "C"):
        return Markup()
    g.canvass_insert_image = True
    megabytes = format_decimal(most_bytes() // MEGABYTE)
    text = render_template("editor/insert_image.html", most=most_bytes(), megabytes=megabytes, kinds=list(IMAGES))
    return Markup(text)  # noqa: S704 - a template of ours, escaped by Jinja


class RichTextArea(TextArea):
    """A textarea that editor.js turns into the framed editor; without a script it stays one."""

    def __call__(self, field: Any, **kwargs: Any) -> Markup:
        """Return the markup of the field."""
        kwargs.setdefault("rows", 6)
        kwargs["data-editor"] = url_for("editor.frame")
        kwargs["data-editor-title"] = field.label.text
        area = Markup(super().__call__(field, **kwargs))  # noqa: S704 - the widget's own markup, escaped by WTForms
        return area + insert_image()


class RichTextField(CKEditorField):
    """Text with simple formatting. Its data is what a browser sent: sanitise it before it is stored."""

    widget = RichTextArea()


def register(app: Flask) -> None:
    """Serve the editor's own files and the frame around it."""
    CKEditor(app)
    app.jinja_env.globals["insert_image"] = insert_image
    app.before_request(_serve_the_editor_only)
    app.register_blueprint(blueprint)
