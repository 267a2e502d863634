"""Many users at once, and who takes over: chosen, asked, told, with scripts and without, in every size and colour."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask
from playwright.sync_api import Page, expect

from admin_app.accounts.models import Role, User, UserStatus
from admin_app.core.clock import now
from admin_app.core.db import db, unit_of_work
from admin_app.surveys.models import Survey
from tests import factories
from tests.browser.accessibility import problems

_prefixes = iter(f"crew{number}_" for number in range(100))


class Crew:
    """Some people whose names begin alike, and what becomes of them."""

    def __init__(self, app: Flask) -> None:
        self.app, self.prefix = app, next(_prefixes)

    def add(self, who: str, role: str | None = "viewer", *, surveys: int = 0, **fields: object) -> int:
        """Make one; return his id."""
        with self.app.app_context():
            user = factories.make_user(f"{self.prefix}{who}", role, **fields)
            for number in range(surveys):
                factories.make_survey(owner=user, title=f"Survey {number} of {user.username}")
            db.session.remove()
            return user.id

    def read(self, statement: object) -> list[object]:
        """Read from the database as it is now."""
        with self.app.app_context():
            found = list(db.session.scalars(statement))  # type: ignore[call-overload]
            db.session.remove()
        return found

    def leave(self) -> None:
        """Put them and their surveys into the trash: other tests count what is in the lists."""
        with self.app.app_context(), unit_of_work() as session:
            mine = User.username.startswith(self.prefix)
            theirs = Survey.title.contains(f"of {self.prefix}")
            session.execute(db.update(User).where(mine).values(deleted_at=now()))
            session.execute(db.update(Survey).where(theirs).values(deleted_at=now()))

    def roles(self, name: str) -> list[object]:
        """The names of somebody's roles."""
        mine = User.username == f"{self.prefix}{name}"
        return self.read(db.select(Role.name).join(Role.users).where(mine).order_by(Role.name))

    def choose(self, page: Page) -> None:
        """Tick all of them in the list."""
        page.goto(f"/admin/user/?search={self.prefix}")
        for box in page.locator("input[name=rowid]").all():
            box.check()


@pytest.fixture
def crew(served_app: Flask) -> Iterator[Crew]:
    made = Crew(served_app)
    yield made
    made.leave()


def test_a_role_for_many(staff: Page, crew: Crew):
    for name in ("ada", "ben"):
        crew.add(name)
    crew.add("cleo", "editor")
    crew.choose(staff)
    staff.locator("#bulk").get_by_role("button", name="Add a role").click()
    dialog = staff.get_by_role("dialog")
    expect(dialog.get_by_role("heading").first).to_have_text("Add a role to 3 users?")
    expect(dialog).to_contain_text(f"{crew.prefix}ada")
    expect(dialog).to_contain_text("It acts at once")
    dialog.get_by_label("Role").select_option(label="Editor (shared)")
    dialog.get_by_role("button", name="Add a role").click()
    expect(staff.locator(".cv-toasts")).to_contain_text("2 users got the role “Editor (shared)”, 1 skipped")
    assert crew.roles("ada") == ["Editor (shared)", "Viewer"]
    assert crew.roles("cleo") == ["Editor (shared)"]


def test_who_is_left_alone_and_why(staff: Page, crew: Crew):
    crew.add("ada")
    crew.add("ben", status=UserStatus.INACTIVE)
    crew.add("cleo", status=UserStatus.NEW, password_hash=None)
    crew.choose(staff)
    staff.locator("#bulk").get_by_role("button", name="Activate", exact=True).click()
    dialog = staff.get_by_role("dialog")
    expect(dialog.get_by_role("heading").first).to_have_text("Activate 1 user?")
    expect(dialog.get_by_role("heading", name="2 will be skipped")).to_be_visible()
    reasons = dialog.locator(".cv-reason")
    expect(reasons.nth(0)).to_contain_text("This user is active already.")
    expect(reasons.nth(0)).to_contain_text(f"{crew.prefix}ada")
    expect(reasons.nth(1)).to_contain_text("This user has no password yet.")
    dialog.get_by_role("button", name="Activate").click()
    expect(staff.locator(".cv-toasts")).to_contain_text("1 user activated, 2 skipped")


def test_what_a_bar_cannot_hold_is_in_its_menu(staff: Page, crew: Crew):
    crew.add("ada")
    crew.choose(staff)
    demand = staff.locator("#bulk").get_by_role("button", name="Demand new password")
    expect(demand).to_be_hidden()
    staff.locator("#bulk").get_by_role("button", name="More").click()
    demand.click()
    dialog = staff.get_by_role("dialog")
    expect(dialog.get_by_role("heading").first).to_have_text("Demand a new password of 1 user?")
    dialog.get_by_role("button", name="Demand new password").click()
    expect(staff.locator(".cv-toasts")).to_contain_text("1 user has to choose a new password")


def test_nothing_chosen_is_told_at_the_field(staff: Page, crew: Crew):
    crew.add("ada")
    crew.choose(staff)
    staff.locator("#bulk").get_by_role("button", name="Add a role").click()
    staff.get_by_role("dialog").get_by_role("button", name="Add a role").click()
    expect(staff.locator(".cv-summary")).to_be_focused()
    expect(staff.locator("[name=role]")).to_have_attribute("aria-invalid", "true")
    staff.get_by_label("Role").select_option(label="Editor (shared)")
    staff.get_by_role("button", name="Add a role").click()
    expect(staff.locator(".cv-toasts")).to_contain_text("1 user got the role")
    assert crew.roles("ada") == ["Editor (shared)", "Viewer"]


def test_deleting_asks_who_takes_over_while_one_types(staff: Page, crew: Crew):
    """There are more users than one can look through, so the list is searched."""
    crew.add("owner", "survey_manager", surveys=2)
    heir = crew.add("heir", "survey_manager", name="Hedy Heir")
    for number in range(30):
        crew.add(f"more{number}", None)
    staff.goto(f"/admin/user/?search={crew.prefix}owner")
    staff.locator(".cv-list").get_by_role("row", name=f"{crew.prefix}owner").get_by_role(
        "button", name="Delete"
    ).click()
    dialog = staff.get_by_role("dialog")
    expect(dialog).to_contain_text("owns 2 surveys. Whoever you choose takes that over.")
    box = dialog.get_by_role("combobox", name="Who takes over")
    # Nothing covers what is to be read until one asks for the list.
    expect(dialog.get_by_role("listbox")).to_be_hidden()
    box.press_sequentially("hedy")
    dialog.get_by_role("option", name=f"Hedy Heir ({crew.prefix}heir)").click()
    dialog.get_by_role("button", name="Delete").click()
    expect(staff.locator(".cv-toasts")).to_contain_text("was deleted")
    titles = Survey.title.contains(f"of {crew.prefix}owner")
    assert crew.read(db.select(Survey.owner_id).where(titles)) == [heir, heir]


def test_without_scripts_all_of_it_works_on_pages(plain_staff: Page, crew: Crew):
    crew.add("owner", "survey_manager", surveys=1)
    crew.add("ada")
    page = plain_staff
    crew.choose(page)
    page.locator("#bulk").get_by_role("button", name="More").click()
    page.locator("#bulk").get_by_role("button", name="Delete").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Delete 2 users?")
    expect(page.locator(".cv-confirm")).to_contain_text("They own 1 survey. Whoever you choose takes that over.")
    page.get_by_role("button", name="Delete", exact=True).click()
    expect(page.locator("#heir-error")).to_contain_text("Choose who takes over.")
    page.get_by_label("Who takes over").select_option(label="anna")
    page.get_by_role("button", name="Delete", exact=True).click()
    expect(page.locator("#messages")).to_contain_text("2 users deleted.")
    gone = db.select(User.username).where(User.username.startswith(crew.prefix), User.deleted_at.is_(None))
    assert crew.read(gone) == []


@pytest.mark.parametrize("width", [1440, 375])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_questions_are_accessible(staff: Page, base_url: str, crew: Crew, theme: str, width: int):
    crew.add("owner", "survey_manager", surveys=1)
    crew.add("ada", name="A" * 90 + " " + "B" * 100)
    crew.add("off", status=UserStatus.INACTIVE, name="محمد بن موسى الخوارزمي")
    staff.context.add_cookies([{"name": "theme", "value": theme, "url": base_url}])
    staff.set_viewport_size({"width": width, "height": 900})
    found: list[str] = []
    for action in ("activate", "add_role", "delete"):
        crew.choose(staff)
        button = staff.locator(f"#bulk button[value={action}]")
        if not button.is_visible():
            staff.locator("#bulk").get_by_role("button", name="More").click()
        found += problems(staff)
        button.click()
        expect(staff.get_by_role("dialog")).to_be_visible()
        found += problems(staff)
        if action != "activate":
            staff.get_by_role("dialog").locator("button[type=submit]").click()
            expect(staff.locator(".cv-summary")).to_be_visible()
            found += problems(staff)
            if staff.evaluate("() => document.documentElement.scrollWidth > innerWidth"):
                found.append(f"{action}: wider than the screen")
    assert found == []
