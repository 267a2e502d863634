"""Browsers in words: which one, on what system, and where it stands, as far as that is known without asking anybody."""

from __future__ import annotations

import ipaddress
import re

from admin_app.accounts.models import SessionPlace
from admin_app.core.words import gettext as _
from admin_app.core.words import mark

# The first that fits. Most browsers also claim to be Chrome, and all but one to be Safari, so these come last.
_BROWSERS = (
    ("Edge", re.compile(r"\bEdg(?:e|A|iOS)?/")),
    ("Opera", re.compile(r"\b(?:OPR|OPT|OPiOS|Opera)\b")),
    ("Samsung Internet", re.compile(r"\bSamsungBrowser/")),
    ("Vivaldi", re.compile(r"\bVivaldi/")),
    ("Firefox", re.compile(r"\b(?:Firefox|FxiOS)/")),
    ("Chromium", re.compile(r"\bChromium/")),
    ("Chrome", re.compile(r"\b(?:Headless)?(?:Chrome|CriOS)/")),
    ("Safari", re.compile(r"\bVersion/\S+ .*\bSafari/")),
)
# Android says that it is a Linux too, and an iPhone that it is like a Mac.
_SYSTEMS = (
    ("iPhone", re.compile(r"\biPhone\b")),
    ("iPad", re.compile(r"\biPad\b")),
    ("Android", re.compile(r"\bAndroid\b")),
    ("ChromeOS", re.compile(r"\bCrOS\b")),
    ("Windows", re.compile(r"\bWindows\b")),
    ("macOS", re.compile(r"\bMac(?:intosh| OS X)\b")),
    ("Linux", re.compile(r"\b(?:Linux|X11)\b")),
)
_PROGRAM = re.compile(r"(?P<name>[\w.+-]{1,40})/(?P<version>[\w.+-]{1,20})", re.ASCII)
_LOCAL = tuple(
    ipaddress.ip_network(network)
    for network in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "169.254.0.0/16", "fc00::/7", "fe80::/10")
)
_PLACES = {
    SessionPlace.THIS_MACHINE: mark("The computer that Canvass runs on"),
    SessionPlace.LOCAL_NETWORK: mark("The local network"),
}


def device_in_words(user_agent: str) -> str:
    """Return what a browser says it is, such as "Firefox on Linux"."""
    browser = next((name for name, pattern in _BROWSERS if pattern.search(user_agent)), "")
    system = next((name for name, pattern in _SYSTEMS if pattern.search(user_agent)), "")
    if browser and system:
        return _("%(browser)s on %(system)s", browser=browser, system=system)
    if system:
        return _("Another browser on %(system)s", system=system)
    return browser or _("Another browser")


def program_in_words(user_agent: str) -> str:
    """Return what a program says it is, such as "curl 8.5.0"; of a browser what `device_in_words()` does."""
    if not user_agent:
        return _("A program that does not say what it is")
    found = _PROGRAM.match(user_agent)
    if found is None or found["name"] in {"Mozilla", "Opera"}:
        return device_in_words(user_agent)
    return f"{found['name']} {found['version']}"


def place_of(address: str | None) -> SessionPlace:
    """Return where a browser stands. An address of the wide world tells nothing that we could say in words."""
    try:
        found = ipaddress.ip_address(address or "")
    except ValueError:
        return SessionPlace.UNKNOWN
    if isinstance(found, ipaddress.IPv6Address):
        found = found.ipv4_mapped or found
    if found.is_loopback:
        return SessionPlace.THIS_MACHINE
    return SessionPlace.LOCAL_NETWORK if any(found in network for network in _LOCAL) else SessionPlace.UNKNOWN


def place_in_words(place: SessionPlace) -> str:
    """Return the words for a place; empty where it is not known."""
    words = _PLACES.get(place)
    return _(words) if words else ""
