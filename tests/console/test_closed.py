"""What cannot be written at all: the mistakes that stock Flask-Admin invites stop the start."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask_admin import expose
from sqlalchemy import Float, String
from sqlalchemy.orm import Mapped, mapped_column

from admin_app.console import filters
from admin_app.console.base import ConsoleModelView, ConsolePage
from admin_app.console.keys import key_of, parse_key, primary_key
from admin_app.core.errors import ForbiddenError
from tests.console.sample import Box, Label, SampleBase
from tests.factories import login, make_user


def view_class(**members: Any) -> type[ConsoleModelView]:
    """A view with these members in its body."""
    return type("Made", (ConsoleModelView,), {"resource": "sample", "menu_group": "System", **members})


@pytest.mark.parametrize(
    "name",
    ["column_editable_list", "inline_models", "form_ajax_refs", "form_columns", "can_create", "can_edit", "can_delete",
     "can_view_details", "can_export", "get_query", "get_one"],
)  # fmt: skip
def test_doors_that_stay_shut(name: str) -> None:
    """Each of these opens something of Flask-Admin's that asks nobody."""
    with pytest.raises(TypeError, match=f"must not set {name}"):
        view_class(**{name: True})


@pytest.mark.parametrize(
    ("members", "said"),
    [
        ({"resource": ""}, "needs a resource"),
        ({"offers": "CU"}, "include R"),
        ({"offers": "RX"}, "include R"),
        ({"menu_group": "Elsewhere"}, "menu group"),
        ({"offers": "RU"}, "has no form"),
        ({"column_filters": (3,)}, "no filter"),
        ({"column_filters": ("title", "title")}, "same name"),
        ({"view_permissions": {"extra": "everything"}, "extra": expose("/x/")(lambda self: "")}, "neither a letter"),
        ({"extra": expose("/x/")(lambda self: "")}, "neither a letter"),
    ],
)
def test_what_a_view_has_to_say(members: dict[str, Any], said: str) -> None:
    """A page that nobody declared stops the start: it does not wait for somebody to find it."""
    with pytest.raises(TypeError, match=said):
        view_class(**members)(Box)


def test_a_page_needs_a_permission() -> None:
    class Open(ConsolePage):
        menu_group = "System"

        @expose("/")
        def index(self) -> str:
            return "open to all"

    with pytest.raises(TypeError, match="nobody may open"):
        Open()
    Open.permission = "everything"
    with pytest.raises(TypeError, match="neither a letter nor an ability"):
        Open()


def test_only_the_base_knows_flask_admins_model_view() -> None:
    """Whoever subclasses it directly has none of the guards."""
    package = Path(__file__).parents[2] / "admin_app"
    found = [path for path in package.rglob("*.py") if "flask_admin.contrib" in path.read_text(encoding="utf-8")]
    assert [path.relative_to(package).as_posix() for path in found] == ["console/base.py"]


def test_a_missing_template_is_an_error(app: Flask) -> None:
    """The theme's folder does not exist, so nothing falls back to Flask-Admin's Bootstrap 4."""
    for name in ("admin/model/modals/edit.html", "admin/file/list.html", "bootstrap4/admin/base.html"):
        with pytest.raises(Exception, match=name.rpartition("/")[2]):
            app.jinja_env.get_or_select_template(name)
    for name in app.jinja_env.list_templates():
        if name.startswith("admin/"):
            path = app.jinja_env.get_template(name).filename
            assert path is not None
            assert "site-packages" not in path


class TestKeys:
    """Primary keys of other kinds."""

    def test_text(self) -> None:
        class Named(SampleBase):
            __tablename__ = "sample_named"
            name: Mapped[str] = mapped_column(String(5), primary_key=True)

        assert parse_key(Named, "abc") == "abc"
        assert [parse_key(Named, bad) for bad in ("", "abcdef", "ä", "a\0", 3, None)] == [None] * 6
        assert key_of(Named(name="x")) == "x"
        SampleBase.metadata.remove(Named.__table__)

    def test_others_have_no_screen(self) -> None:
        class Odd(SampleBase):
            __tablename__ = "sample_odd"
            one: Mapped[float] = mapped_column(Float, primary_key=True)

        class Pair(SampleBase):
            __tablename__ = "sample_pair"
            one: Mapped[int] = mapped_column(primary_key=True)
            two: Mapped[int] = mapped_column(primary_key=True)

        with pytest.raises(TypeError, match="no screen"):
            parse_key(Odd, "1.5")
        with pytest.raises(TypeError, match="one primary key"):
            primary_key(Pair)
        for made in (Odd, Pair):
            SampleBase.metadata.remove(made.__table__)


class TestFilterTypes:
    """What has no usual filter says so at start-up."""

    def test_without_options(self) -> None:
        with pytest.raises(TypeError, match="needs options"):
            filters.OneOf(Box.title, "Title")

    def test_without_a_usual_filter(self) -> None:
        class Documented(SampleBase):
            __tablename__ = "sample_documented"
            id: Mapped[int] = mapped_column(primary_key=True)
            share: Mapped[float] = mapped_column(Float)

        with pytest.raises(TypeError, match="no usual filter"):
            filters.filter_for(Documented.share, "Share")
        SampleBase.metadata.remove(Documented.__table__)

    def test_flask_admin_may_ask_for_the_query(self) -> None:
        """apply() is what Flask-Admin's own code calls."""
        from sqlalchemy import select

        one = filters.Contains(Label.text, "Label")
        assert "LIKE" in str(one.apply(select(Label.id), one.clean("x"))).upper()


def test_a_page_without_permission_is_refused_at_the_door_too(app: Flask) -> None:
    """The check at start-up is not the only one."""
    from admin_app.console.access import gate

    user = make_user()
    client = app.test_client()
    token = login(client, user)
    with app.test_request_context("/admin/sample/"), pytest.raises(ForbiddenError, match="Nobody has been given"):
        from flask import session

        session["_user_id"] = token
        gate("sample", None)
