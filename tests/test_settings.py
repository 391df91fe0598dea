"""Settings: what is read, what is refused with one sentence, what is generated."""

from __future__ import annotations

import stat
from concurrent.futures import ThreadPoolExecutor
from datetime import time
from pathlib import Path

import pytest
from sqlalchemy.engine import make_url

from cases.errors import SettingsError
from cases.settings import Settings, generated_secret, parse_hours, read_settings

SERVER = {
    "DATABASE_URL": "postgresql://claims@db/claims",
    "APP_JWT_SECRET": "a" * 16,
    "CORE_HMAC_SECRET": "b" * 16,
    "GATEWAY_SECRET": "c" * 16,
}
WECHAT = {"WECHAT_APPID": "wx1", "WECHAT_SECRET": "s", "WECHAT_TOKEN": "t", "WECHAT_AES_KEY": "k" * 43}


def read(tmp_path: Path, **env: str) -> Settings:
    return read_settings({"VAR_DIR": str(tmp_path), **env})


def test_nothing_has_to_be_set(tmp_path: Path) -> None:
    """SQLite under var, loopback, port 8000, people around the clock."""
    settings = read(tmp_path)
    assert settings.embedded
    assert settings.database_url == f"sqlite:///{tmp_path}/claims.db"
    assert (settings.host, settings.port) == ("127.0.0.1", 8000)
    assert settings.service_hours.all_day
    assert not settings.wechat


def test_an_empty_value_is_no_value(tmp_path: Path) -> None:
    """`PORT=` in .env means the default."""
    settings = read(tmp_path, PORT="", DATABASE_URL="", SERVICE_HOURS="", APP_JWT_SECRET="")
    assert settings.port == 8000
    assert settings.embedded


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PORT", "many"),
        ("PORT", "0"),
        ("PORT", "65536"),
        ("PORT", "nan"),
        ("RASA_PORT", "-1"),
        ("TURN_TIMEOUT", "soon"),
        ("TURN_TIMEOUT", "nan"),
        ("TURN_TIMEOUT", "inf"),
        ("TURN_TIMEOUT", "0"),
        ("TURN_TIMEOUT", "-3"),
        ("DATABASE_URL", "mysql://x"),
        ("REDIS_URL", "http://x"),
        ("RASA_URL", "ftp://x"),
        ("RASA_URL", "http://[::1"),
        ("SERVICE_HOURS", "9-18"),
        ("SERVICE_HOURS", "25:00-26:00"),
        ("SERVICE_HOURS", "09:00-18:60"),
        ("APP_JWT_SECRET", "short"),
        ("CORE_HMAC_SECRET", "short"),
        ("GATEWAY_SECRET", "short"),
        ("WECHAT_APPID", "wx1"),
        ("WECHAT_API_BASE", "file:///etc"),
    ],
)
def test_a_wrong_value_is_named(tmp_path: Path, name: str, value: str) -> None:
    """In one sentence that begins with, or holds, the name."""
    with pytest.raises(SettingsError) as caught:
        read(tmp_path, **{name: value})
    assert "\n" not in str(caught.value)
    assert name in str(caught.value) or name == "WECHAT_APPID"


@pytest.mark.parametrize("missing", ["APP_JWT_SECRET", "CORE_HMAC_SECRET", "GATEWAY_SECRET"])
def test_a_database_server_wants_every_secret_set(tmp_path: Path, missing: str) -> None:
    """Two hosts would each make their own."""
    env = {name: value for name, value in SERVER.items() if name != missing}
    with pytest.raises(SettingsError, match=missing):
        read(tmp_path, **env)
    assert not (tmp_path / "secrets").exists()


def test_postgresql_gets_a_driver_that_there_is(tmp_path: Path) -> None:
    """Both spellings of the scheme lead to the one that SQLAlchemy knows."""
    for scheme in ("postgres", "postgresql"):
        settings = read(tmp_path, **{**SERVER, "DATABASE_URL": f"{scheme}://claims@db/claims"})
        url = make_url(settings.database_url)
        assert (url.get_dialect().name, url.host, url.database) == ("postgresql", "db", "claims")
        assert url.get_dialect().dbapi()
        assert not settings.embedded


@pytest.mark.parametrize("missing", WECHAT)
def test_wechat_is_set_whole_or_not_at_all(tmp_path: Path, missing: str) -> None:
    """The missing name is told."""
    assert read(tmp_path, **WECHAT).wechat
    with pytest.raises(SettingsError, match=missing):
        read(tmp_path, **{name: value for name, value in WECHAT.items() if name != missing})


def test_a_wechat_key_has_43_letters_and_digits(tmp_path: Path) -> None:
    """As the platform gives it."""
    with pytest.raises(SettingsError, match="WECHAT_AES_KEY"):
        read(tmp_path, **{**WECHAT, "WECHAT_AES_KEY": "k" * 42})


def test_no_secret_shows_in_the_representation(tmp_path: Path) -> None:
    """Settings may end up in a log."""
    shown = repr(read(tmp_path, **SERVER, **{**WECHAT, "WECHAT_SECRET": "hush"}))
    for secret in ("a" * 16, "b" * 16, "c" * 16, "hush", "k" * 43):
        assert secret not in shown


def test_a_generated_secret_is_private_and_stays(tmp_path: Path) -> None:
    """Mode 0600, the same at the next start, another for each name."""
    first = read(tmp_path)
    path = tmp_path / "secrets" / "app_jwt_secret"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert first.app_jwt_secret == path.read_text() == read(tmp_path).app_jwt_secret
    assert len({first.app_jwt_secret, first.core_hmac_secret, first.gateway_secret}) == 3


def test_processes_that_start_at_once_agree_on_a_secret(tmp_path: Path) -> None:
    """Whoever is first makes it."""
    with ThreadPoolExecutor(8) as pool:
        made = set(pool.map(lambda _: generated_secret(tmp_path, "APP_JWT_SECRET"), range(32)))
    assert len(made) == 1


def test_an_empty_secret_file_is_refused(tmp_path: Path) -> None:
    """A crash in the middle of writing must not leave an empty key in use."""
    (tmp_path / "secrets").mkdir()
    (tmp_path / "secrets" / "app_jwt_secret").touch()
    with pytest.raises(SettingsError, match="app_jwt_secret"):
        generated_secret(tmp_path, "APP_JWT_SECRET")


@pytest.mark.parametrize(
    ("hours", "there", "away"),
    [
        ("09:00-18:00", ["09:00", "17:59"], ["08:59", "18:00", "00:00"]),
        ("22:00-06:00", ["22:00", "23:59", "00:00", "05:59"], ["06:00", "21:59"]),
        ("08:30-24:00", ["08:30", "23:59"], ["00:00", "08:29"]),
        ("00:00-24:00", ["00:00", "12:00", "23:59"], []),
    ],
)
def test_service_hours(hours: str, there: list[str], away: list[str]) -> None:
    """The end does not belong to them; they may reach over midnight."""
    parsed = parse_hours(hours)
    assert all(parsed.contains(time.fromisoformat(moment)) for moment in there)
    assert not any(parsed.contains(time.fromisoformat(moment)) for moment in away)


def test_service_hours_are_shown_as_they_were_written() -> None:
    """They are said to customers."""
    for hours in ("09:00-18:00", "00:00-24:00", "22:00-06:00", "08:30-24:00"):
        assert str(parse_hours(hours)) == hours
