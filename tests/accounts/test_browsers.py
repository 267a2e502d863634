"""Browsers in words: what is known of them, and nothing beyond."""

from __future__ import annotations

import pytest

from admin_app.accounts.browsers import device_in_words, place_in_words, place_of
from admin_app.accounts.models import SessionPlace

WINDOWS = "Mozilla/5.0 (Windows NT 10.0; Win64; x64)"
CHROME = "AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36"
MAC = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7)"
IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko)"


@pytest.mark.parametrize(
    ("user_agent", "words"),
    [
        ("Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0", "Firefox on Linux"),
        (f"{WINDOWS} {CHROME}", "Chrome on Windows"),
        (f"{WINDOWS} {CHROME} Edg/141.0.0.0", "Edge on Windows"),
        (f"{WINDOWS} {CHROME} OPR/120.0.0.0", "Opera on Windows"),
        (f"{WINDOWS} {CHROME} Vivaldi/7.6", "Vivaldi on Windows"),
        (f"{MAC} AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Safari/605.1.15", "Safari on macOS"),
        (f"{IPHONE} Version/18.1 Mobile/15E148 Safari/604.1", "Safari on iPhone"),
        (f"{IPHONE} FxiOS/145.0 Mobile/15E148 Safari/605.1.15", "Firefox on iPhone"),
        (f"{IPHONE} CriOS/141.0.0.0 Mobile/15E148 Safari/604.1", "Chrome on iPhone"),
        (f"{IPHONE.replace('iPhone', 'iPad')} Version/18.1 Mobile/15E148 Safari/604.1", "Safari on iPad"),
        (f"Mozilla/5.0 (Linux; Android 15; Pixel 9) {CHROME}", "Chrome on Android"),
        (
            "Mozilla/5.0 (Linux; Android 15; SM-S921B) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/28.0 "
            "Chrome/130.0.0.0 Mobile Safari/537.36",
            "Samsung Internet on Android",
        ),
        (f"Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) {CHROME}", "Chrome on ChromeOS"),
        ("Mozilla/5.0 (X11; Linux x86_64) Ubuntu Chromium/141.0 Chrome/141.0.0.0 Safari/537.36", "Chromium on Linux"),
        ("Mozilla/5.0 (X11; Linux x86_64) HeadlessChrome/141.0.0.0 Safari/537.36", "Chrome on Linux"),
        ("Mozilla/5.0 (X11; Linux x86_64) SomethingNew/1.0", "Another browser on Linux"),
        ("Opera/9.80", "Opera"),
        ("curl/8.14.1", "Another browser"),
        ("Firefox", "Another browser"),
        ("<script>alert(1)</script>", "Another browser"),
        ("", "Another browser"),
    ],
)
def test_the_device(user_agent, words):
    assert device_in_words(user_agent) == words


HERE, NEAR, UNKNOWN = SessionPlace.THIS_MACHINE, SessionPlace.LOCAL_NETWORK, SessionPlace.UNKNOWN


@pytest.mark.parametrize(
    ("address", "place"),
    [
        ("127.0.0.1", HERE),
        ("127.9.9.9", HERE),
        ("::1", HERE),
        ("::ffff:127.0.0.1", HERE),
        ("10.1.2.3", NEAR),
        ("172.16.0.1", NEAR),
        ("172.31.255.255", NEAR),
        ("192.168.1.5", NEAR),
        ("169.254.7.7", NEAR),
        ("::ffff:192.168.1.5", NEAR),
        ("fd12:3456::1", NEAR),
        ("fe80::1%eth0", NEAR),
        ("172.32.0.1", UNKNOWN),
        ("100.64.0.1", UNKNOWN),
        ("203.0.113.9", UNKNOWN),
        ("2001:db8::1", UNKNOWN),
        ("", UNKNOWN),
        (None, UNKNOWN),
        ("unknown", UNKNOWN),
        ("127.0.0.1, 8.8.8.8", UNKNOWN),
    ],
)
def test_the_place(address, place):
    assert place_of(address) is place


def test_each_place_that_is_known_has_words():
    assert place_in_words(UNKNOWN) == ""
    assert all(place_in_words(place) for place in SessionPlace if place is not UNKNOWN)
