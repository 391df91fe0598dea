"""The one place that reads settings: the environment, and `.env` beside the project.

Raises `SettingsError` with one sentence that names the setting. With the embedded default (SQLite), secrets that
are not set are generated once into `var/secrets/` (file mode 0600).
"""

from __future__ import annotations

import os
import re
import secrets
from dataclasses import dataclass, field
from datetime import time
from functools import lru_cache
from pathlib import Path
from urllib.parse import urlsplit

from dotenv import dotenv_values

from cases.errors import SettingsError

ROOT = Path(__file__).resolve().parent.parent
MIN_SECRET = 16
MOST_PAUSE = 2.5
WECHAT_NAMES = ("WECHAT_APPID", "WECHAT_SECRET", "WECHAT_TOKEN", "WECHAT_AES_KEY")
WECOM_NAMES = ("WECOM_CORPID", "WECOM_SECRET", "WECOM_TOKEN", "WECOM_AES_KEY", "WECOM_KFID")


@dataclass(frozen=True)
class ServiceHours:
    """When people are there, on a clock in Shanghai; `end` may lie after midnight."""

    start: time
    end: time
    all_day: bool

    def contains(self, moment: time) -> bool:
        """Whether people are there at that time of day."""
        if self.all_day:
            return True
        if self.start <= self.end:
            return self.start <= moment < self.end
        return moment >= self.start or moment < self.end

    def __str__(self) -> str:
        end = "24:00" if self.end == time() else f"{self.end:%H:%M}"
        return f"{self.start:%H:%M}-{end}"


@dataclass(frozen=True)
class Settings:
    """Everything that can be set; README lists the names."""

    host: str
    port: int
    var: Path
    database_url: str = field(repr=False)
    redis_url: str | None = field(repr=False)
    app_jwt_secret: str = field(repr=False)
    core_hmac_secret: str = field(repr=False)
    gateway_secret: str = field(repr=False)
    rasa_url: str
    actions_url: str
    model_dir: Path
    service_hours: ServiceHours
    app_name: str
    public_url: str
    trusted_proxies: str
    embed_origins: tuple[str, ...]
    turn_timeout: float
    coalesce_seconds: float
    semantic_model: str | None
    sla_warn_share: float
    service_tags: bool
    wechat_appid: str | None
    wechat_secret: str | None = field(repr=False)
    wechat_token: str | None = field(repr=False)
    wechat_aes_key: str | None = field(repr=False)
    wechat_api_base: str
    wechat_template_id: str | None
    wechat_account: str | None
    wechat_oauth_base: str
    wecom_corpid: str | None
    wecom_secret: str | None = field(repr=False)
    wecom_token: str | None = field(repr=False)
    wecom_aes_key: str | None = field(repr=False)
    wecom_kfid: str | None
    wecom_api_base: str
    wecom_mode: str
    wecom_servicer: str | None

    @property
    def embedded(self) -> bool:
        """SQLite and files under `var/`, no other server."""
        return self.database_url.startswith("sqlite")

    @property
    def wechat(self) -> bool:
        """Whether the WeChat official account is configured."""
        return self.wechat_appid is not None

    @property
    def wecom(self) -> bool:
        """Whether WeCom customer service is configured."""
        return self.wecom_corpid is not None


@lru_cache(maxsize=1)
def get_settings() -> Settings:
    """The settings of this process, read once."""
    return read_settings({**dotenv_values(ROOT / ".env"), **os.environ})


def read_settings(env: dict[str, str | None]) -> Settings:
    """Settings from a mapping of names to texts. Raises SettingsError."""
    var = Path(env.get("VAR_DIR") or ROOT / "var").resolve()
    database_url = env.get("DATABASE_URL") or f"sqlite:///{var / 'claims.db'}"
    wechat, wecom = _channel(env, WECHAT_NAMES), _channel(env, WECOM_NAMES)
    return Settings(
        host=env.get("HOST") or "127.0.0.1",
        port=_port(env, "PORT", 8000),
        var=var,
        database_url=_database_url(database_url),
        redis_url=_url(env, "REDIS_URL", None, ("redis", "rediss", "unix")),
        app_jwt_secret=_secret(env, "APP_JWT_SECRET", var, database_url),
        core_hmac_secret=_secret(env, "CORE_HMAC_SECRET", var, database_url),
        gateway_secret=_secret(env, "GATEWAY_SECRET", var, database_url),
        rasa_url=_url(env, "RASA_URL", f"http://127.0.0.1:{_port(env, 'RASA_PORT', 5005)}", ("http",)) or "",
        actions_url=_url(env, "ACTIONS_URL", f"http://127.0.0.1:{_port(env, 'ACTIONS_PORT', 5055)}/webhook", ("http",))
        or "",
        model_dir=Path(env.get("MODEL_DIR") or var / "models"),
        service_hours=parse_hours(env.get("SERVICE_HOURS") or "00:00-24:00"),
        app_name=env.get("APP_NAME") or "本公司App",
        public_url=_url(env, "PUBLIC_URL", "http://127.0.0.1:8000", ("http", "https")) or "",
        trusted_proxies=env.get("TRUSTED_PROXIES") or "",
        embed_origins=_origins(env),
        turn_timeout=_seconds(env, "TURN_TIMEOUT", 15.0),
        coalesce_seconds=_pause(env, "COALESCE_SECONDS", 1.2),
        semantic_model=env.get("SEMANTIC_MODEL") or None,
        sla_warn_share=_share(env, "SLA_WARN_SHARE", 0.8),
        service_tags=_one_of(env, "SERVICE_TAGS", ("on", "off")) == "on",
        wechat_appid=wechat.get("WECHAT_APPID"),
        wechat_secret=wechat.get("WECHAT_SECRET"),
        wechat_token=wechat.get("WECHAT_TOKEN"),
        wechat_aes_key=wechat.get("WECHAT_AES_KEY"),
        wechat_api_base=_url(env, "WECHAT_API_BASE", "https://api.weixin.qq.com", ("http", "https")) or "",
        wechat_template_id=env.get("WECHAT_TEMPLATE_ID") or None,
        wechat_account=env.get("WECHAT_ACCOUNT") or None,
        wechat_oauth_base=_url(env, "WECHAT_OAUTH_BASE", "https://open.weixin.qq.com", ("http", "https")) or "",
        wecom_corpid=wecom.get("WECOM_CORPID"),
        wecom_secret=wecom.get("WECOM_SECRET"),
        wecom_token=wecom.get("WECOM_TOKEN"),
        wecom_aes_key=wecom.get("WECOM_AES_KEY"),
        wecom_kfid=wecom.get("WECOM_KFID"),
        wecom_api_base=_url(env, "WECOM_API_BASE", "https://qyapi.weixin.qq.com", ("http", "https")) or "",
        wecom_mode=_one_of(env, "WECOM_MODE", ("own_desk", "wecom_desk")),
        wecom_servicer=env.get("WECOM_SERVICER") or None,
    )


def parse_hours(text: str) -> ServiceHours:
    """`09:00-18:00` as service hours. Raises SettingsError."""
    match = re.fullmatch(r"(\d{2}):(\d{2})-(\d{2}):(\d{2})", text.strip())
    if not match:
        raise SettingsError(f"SERVICE_HOURS must look like 09:00-18:00, not {text!r}")
    h1, m1, h2, m2 = map(int, match.groups())
    try:
        start, end = time(h1, m1), time(h2 % 24 if (h2, m2) == (24, 0) else h2, m2)
    except ValueError:
        raise SettingsError(f"SERVICE_HOURS holds no time of day: {text!r}") from None
    return ServiceHours(start, end, all_day=start == end)


def _port(env: dict[str, str | None], name: str, default: int) -> int:
    port = _number(env, name, default)
    if not 0 < port < 65536:
        raise SettingsError(f"{name} must be a port between 1 and 65535, not {env.get(name)!r}")
    return int(port)


def _seconds(env: dict[str, str | None], name: str, default: float) -> float:
    seconds = _number(env, name, default)
    if not 0 < seconds < 3600:
        raise SettingsError(f"{name} must be a number of seconds, more than 0, not {env.get(name)!r}")
    return seconds


def _pause(env: dict[str, str | None], name: str, default: float) -> float:
    seconds = _number(env, name, default)
    if not 0 <= seconds <= MOST_PAUSE:
        raise SettingsError(f"{name} must be a number of seconds from 0 to {MOST_PAUSE}, not {env.get(name)!r}")
    return seconds


def _share(env: dict[str, str | None], name: str, default: float) -> float:
    share = _number(env, name, default)
    if not 0 < share < 1:
        raise SettingsError(f"{name} must be a share between 0 and 1, not {env.get(name)!r}")
    return share


def _number(env: dict[str, str | None], name: str, default: float) -> float:
    text = env.get(name)
    try:
        return float(text) if text else default
    except ValueError:
        raise SettingsError(f"{name} must be a number, not {text!r}") from None


def _url(env: dict[str, str | None], name: str, default: str | None, schemes: tuple[str, ...]) -> str | None:
    text = env.get(name) or default
    try:
        wrong = bool(text) and urlsplit(text or "").scheme not in schemes
    except ValueError:
        wrong = True
    if wrong:
        raise SettingsError(f"{name} must be an address that begins with {' or '.join(schemes)}")
    return text.rstrip("/") if text else None


def _origins(env: dict[str, str | None]) -> tuple[str, ...]:
    """Where the chat page may be embedded: `https://app.example.com`, several with spaces between."""
    given = tuple((env.get("EMBED_ORIGINS") or "").split())
    for origin in given:
        parts = urlsplit(origin)
        if parts.scheme not in ("http", "https") or not parts.netloc or parts.path or re.search(r"[;,'\"]", origin):
            raise SettingsError(f"EMBED_ORIGINS must hold origins like https://app.example.com, not {origin!r}")
    return given


def _database_url(text: str) -> str:
    if text.startswith(("postgres://", "postgresql://")):  # SQLAlchemy wants the driver named
        return "postgresql+psycopg2://" + text.split("://", 1)[1]
    if not text.startswith(("sqlite:///", "postgresql+psycopg2://")):
        raise SettingsError("DATABASE_URL must begin with sqlite:/// or postgresql://")
    return text


def _secret(env: dict[str, str | None], name: str, var: Path, database_url: str) -> str:
    given = env.get(name)
    if given:
        if len(given) < MIN_SECRET:
            raise SettingsError(f"{name} must have at least {MIN_SECRET} characters")
        return given
    if not database_url.startswith("sqlite"):
        raise SettingsError(f"{name} must be set when DATABASE_URL names a database server")
    return generated_secret(var, name)


def generated_secret(var: Path, name: str) -> str:
    """The secret of that name kept under `var/secrets/`, made on first use by whichever process is first."""
    path = var / "secrets" / name.lower()
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return _read_when_written(path)
    with os.fdopen(descriptor, "w") as handle:
        handle.write(secrets.token_urlsafe(32))
    return path.read_text()


def _read_when_written(path: Path) -> str:
    import time as clock

    for _ in range(100):
        if text := path.read_text():
            return text
        clock.sleep(0.01)
    raise SettingsError(f"{path.name} is empty; remove the file to have it made again")


def _channel(env: dict[str, str | None], names: tuple[str, ...]) -> dict[str, str | None]:
    """A channel's settings: all or none."""
    given = {name: env.get(name) for name in names if env.get(name)}
    if not given:
        return {}
    for name in names:
        if name not in given:
            raise SettingsError(f"{name} must be set when {next(iter(given))} is")
        if name.endswith("_AES_KEY") and not re.fullmatch(r"[A-Za-z0-9]{43}", given[name] or ""):
            raise SettingsError(f"{name} must have 43 letters and digits")
    return given


def _one_of(env: dict[str, str | None], name: str, allowed: tuple[str, ...]) -> str:
    value = env.get(name) or allowed[0]
    if value not in allowed:
        raise SettingsError(f"{name} must be {' or '.join(allowed)}, not {value!r}")
    return value
