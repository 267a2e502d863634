"""Rich text from people: what may stay in it. Applied on write and again on render."""

from __future__ import annotations

import re

import nh3
from markupsafe import Markup

_TAGS = {
    "p", "br", "hr", "h2", "h3", "h4", "strong", "b", "em", "i", "u", "s", "sub", "sup", "blockquote", "pre", "code",
    "ul", "ol", "li", "a", "img", "table", "thead", "tbody", "tr", "th", "td", "caption", "span", "div",
}  # fmt: skip
_ATTRIBUTES = {"a": {"href", "title"}, "img": {"src", "alt", "width", "height"}, "th": {"scope"}}
_OWN_IMAGE = re.compile(r"/media/[0-9A-Za-z]{1,64}\Z")
_SIZE = re.compile(r"[0-9]{1,4}\Z")
# What is left of an image whose address was taken away; the cleaner writes attributes in double quotes.
_HUSK = re.compile(r'<img(?: (?!src=)[a-z]+="[^"]*")*>')


def _keep(tag: str, attribute: str, value: str) -> str | None:
    # A remote image tells its host who reads the page, so only our own uploads stay.
    if tag == "img" and attribute == "src":
        return value if _OWN_IMAGE.match(value) else None
    if attribute in {"width", "height"}:
        return value if _SIZE.match(value) else None
    return value


_CLEANER = nh3.Cleaner(
    tags=_TAGS,
    attributes=_ATTRIBUTES,
    attribute_filter=_keep,
    url_schemes={"http", "https", "mailto", "tel"},
    link_rel="noopener noreferrer nofollow",
)


def sanitise(text: str | None) -> str:
    """Return `text` with nothing left in it that can run, load from elsewhere or restyle the page."""
    return _HUSK.sub("", _CLEANER.clean((text or "").replace("\0", ""))).strip()


def render(text: str | None) -> Markup:
    """Return rich text that is safe to put on a page."""
    return Markup(sanitise(text))  # noqa: S704 - cleaned one line above
