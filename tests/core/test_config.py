"""Loud configuration: a wrong value stops the start with one sentence that names it."""

from __future__ import annotations

import stat
import threading

import pytest

from admin_app import declare_settings
from admin_app.config import ConfigError, load, secret_key, trusted_hosts

declare_settings()

KEY = "a secret that is long enough to be one"


def settings(tmp_path, **environ):
    return load({"INSTANCE": tmp_path}, {f"CANVASS_{name}": value for name, value in environ.items()})


def test_it_works_without_any_setting(tmp_path):
    values = settings(tmp_path)
    assert values["DATABASE_URL"].database == str(tmp_path / "canvass.db")
    assert values["WEB_WORKERS"] == 2
    assert values["PUBLIC_URL"] is None


def test_the_secret_key_is_made_once_and_read_by_its_owner_only(tmp_path):
    key = settings(tmp_path)["SECRET_KEY"]
    assert len(key) >= 48
    assert stat.S_IMODE((tmp_path / "secret_key").stat().st_mode) == 0o600
    assert settings(tmp_path)["SECRET_KEY"] == key


def test_two_installations_have_two_keys(tmp_path):
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    assert secret_key(tmp_path / "a") != secret_key(tmp_path / "b")


def test_a_damaged_key_is_not_replaced_in_silence(tmp_path):
    (tmp_path / "secret_key").write_text("short\n")
    with pytest.raises(ConfigError, match="secret_key"):
        settings(tmp_path)


def test_a_key_that_another_process_is_about_to_write_is_waited_for(tmp_path):
    path = tmp_path / "secret_key"
    path.touch()
    writer = threading.Timer(0.2, path.write_text, ("x" * 64 + "\n",))
    writer.start()
    assert secret_key(tmp_path) == "x" * 64
    writer.join()


@pytest.mark.parametrize("content", [b"", b"\xff" * 64])
def test_a_file_that_holds_no_key_is_said_in_a_sentence(tmp_path, content):
    (tmp_path / "secret_key").write_bytes(content)
    with pytest.raises(ConfigError, match="damaged"):
        secret_key(tmp_path)


def test_the_database_s_file_is_read_by_its_owner_only(tmp_path):
    """Also where the folder was there before, open to everybody."""
    tmp_path.chmod(0o755)
    settings(tmp_path)
    assert stat.S_IMODE((tmp_path / "canvass.db").stat().st_mode) == 0o600


def test_a_database_that_is_there_keeps_its_mode(tmp_path):
    (tmp_path / "canvass.db").touch(0o660)
    (tmp_path / "canvass.db").chmod(0o660)
    settings(tmp_path)
    assert stat.S_IMODE((tmp_path / "canvass.db").stat().st_mode) == 0o660


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DATABASE_URL", "nonsense"),
        ("DATABASE_URL", "mysql://host/name"),
        ("DATABASE_URL", "sqlite://"),
        ("DATABASE_URL", "sqlite:///:memory:"),
        ("SECRET_KEY", "too short"),
        ("PUBLIC_URL", "surveys.example.org"),
        ("PUBLIC_URL", "ftp://surveys.example.org"),
        ("PUBLIC_URL", "https://surveys.example.org/?a=b"),
        ("REDIS_URL", "http://host"),
        ("TRUSTED_PROXIES", "-1"),
        ("TRUSTED_PROXIES", "10"),
        ("WEB_WORKERS", "0"),
        ("WEB_WORKERS", "two"),
        ("WEB_WORKERS", "２"),
        ("LOG_FORMAT", "xml"),
        ("DEBUG", "1"),
        ("API_REGISTRATION", "yes"),
        ("LOG_LEVEL", "loud"),
        ("SESSION_HOURS", "0"),
        ("SESSION_KEEP_DAYS", "-1"),
        ("REPLIES_PER_MINUTE", "many"),
        ("UPLOAD_MEGABYTES", "0"),
        ("LANGUAGE", "tlh"),
        ("TIME_ZONE", "Mars/Olympus"),
        ("ORGANISATION", "two\nlines"),
    ],
)
def test_a_wrong_value_is_named(tmp_path, name, value):
    with pytest.raises(ConfigError, match=f"CANVASS_{name} must"):
        settings(tmp_path, **{name: value})


@pytest.mark.parametrize(("text", "expected"), [("on", True), ("off", False), ("", False)])
def test_a_switch_is_on_or_off(tmp_path, text, expected):
    assert settings(tmp_path, DEBUG=text)["DEBUG"] is expected


def test_nothing_is_fixed_by_itself(tmp_path):
    values = settings(tmp_path)
    assert values["FIXED"] == {}
    assert "SESSION_HOURS" not in values


def test_a_setting_of_run_time_that_is_given_is_fixed(tmp_path):
    (tmp_path / "canvass.env").write_text("CANVASS_LANGUAGE=de\nCANVASS_SESSION_HOURS=3\n")
    (tmp_path / "name").write_text("Acme Ltd\n")
    given = {"SESSION_HOURS": "5", "ORGANISATION_FILE": str(tmp_path / "name"), "TIME_ZONE": "", "LOGIN_ATTEMPTS": "10"}
    assert settings(tmp_path, **given)["FIXED"] == {
        "language": "de",
        "session_hours": 5,
        "organisation": "Acme Ltd",
        "login_attempts": 10,
    }


def test_code_fixes_settings_of_run_time_by_the_same_rules(tmp_path):
    values = load({"INSTANCE": tmp_path, "SESSION_HOURS": 9}, {"CANVASS_SESSION_HOURS": "5"})
    assert values["FIXED"] == {"session_hours": 9}
    for wrong in (0, "9", True, None):
        with pytest.raises(ConfigError, match="CANVASS_SESSION_HOURS must be a whole number from 1 to 8760"):
            load({"INSTANCE": tmp_path, "SESSION_HOURS": wrong}, {})


def test_an_unknown_setting_is_named(tmp_path):
    with pytest.raises(ConfigError, match="CANVASS_DATABSE_URL is not a setting"):
        settings(tmp_path, DATABSE_URL="sqlite:////tmp/x.db")


def test_a_plain_postgresql_address_means_psycopg(tmp_path):
    for address in ("postgresql://u:p@host/name", "postgres://u:p@host/name"):
        assert settings(tmp_path, DATABASE_URL=address)["DATABASE_URL"].drivername == "postgresql+psycopg"


def test_good_values_are_taken(tmp_path):
    values = settings(
        tmp_path,
        PUBLIC_URL="https://surveys.example.org/",
        REDIS_URL="redis://localhost/1",
        LOG_FORMAT="text",
        SECRET_KEY=KEY,
    )
    assert values["PUBLIC_URL"] == "https://surveys.example.org"
    assert values["REDIS_URL"] == "redis://localhost/1"
    assert values["SECRET_KEY"] == KEY
    assert not (tmp_path / "secret_key").exists()


def test_a_secret_may_lie_in_a_file(tmp_path):
    (tmp_path / "key").write_text(KEY + "\n")
    assert settings(tmp_path, SECRET_KEY_FILE=str(tmp_path / "key"))["SECRET_KEY"] == KEY
    with pytest.raises(ConfigError, match="CANVASS_SECRET_KEY_FILE"):
        settings(tmp_path, SECRET_KEY_FILE=str(tmp_path / "gone"))


def test_settings_may_stand_in_the_instance_folder(tmp_path):
    (tmp_path / "canvass.env").write_text("# ours\n\nCANVASS_WEB_WORKERS = 5\nCANVASS_LOG_FORMAT='text'\n")
    assert settings(tmp_path)["WEB_WORKERS"] == 5
    assert settings(tmp_path)["LOG_FORMAT"] == "text"
    assert settings(tmp_path, WEB_WORKERS="7")["WEB_WORKERS"] == 7


@pytest.mark.parametrize("line", ["WEB_WORKERS=5", "CANVASS_WEB_WORKERS", "export CANVASS_WEB_WORKERS=5"])
def test_a_line_that_is_no_setting_is_named(tmp_path, line):
    (tmp_path / "canvass.env").write_text(f"# first\n{line}\n")
    with pytest.raises(ConfigError, match=r"Line 2 of canvass\.env"):
        settings(tmp_path)


def test_what_code_says_wins(tmp_path):
    values = load({"INSTANCE": tmp_path, "WEB_WORKERS": 9}, {"CANVASS_WEB_WORKERS": "5"})
    assert values["WEB_WORKERS"] == 9


def test_an_instance_folder_that_cannot_be_made_is_named(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigError, match="CANVASS_INSTANCE"):
        load({"INSTANCE": tmp_path / "file" / "instance"}, {})


def test_only_the_public_host_and_this_machine_are_answered():
    assert trusted_hosts("https://surveys.example.org") == ["127.0.0.1", "[::1]", "localhost", "surveys.example.org"]
