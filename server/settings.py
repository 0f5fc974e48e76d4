"""How is this shop set up? By environment variables, and a .env file for development. docs/reference/settings.md.

Outside development whatever is unsafe is refused, all of it at once.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Final, Literal

import msgspec
from dotenv import dotenv_values
from msgspec import Meta

Environment = Literal["development", "test", "production"]
LEAST_SECRET_BYTES: Final = 32

_Port = Annotated[int, Meta(ge=0, le=65535)]


class SettingsError(Exception):
    """A setting is missing, wrong or unsafe; the message names every one of them and what to write instead."""


class Settings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Everything that may differ between two installations. Field names in upper case are the variables.

    Those in PREFIXED are written with SOSTECH_ before them.
    """

    environment: Environment = "development"
    host: str = "127.0.0.1"
    port: _Port = 8080
    database_url: str | None = None
    database_migration_url: str | None = None
    redis_url: str | None = None
    data_dir: Path = Path("var")
    public_url: str | None = None
    keys: str | None = None
    allowed_origins: str = ""
    default_store: str = "main"
    base_domain: str | None = None
    trusted_proxies: Annotated[int, Meta(ge=0, le=10)] = 0
    body_limit_bytes: Annotated[int, Meta(ge=1024, le=1 << 30)] = 1 << 20
    upload_limit_bytes: Annotated[int, Meta(ge=1024, le=1 << 32)] = 64 << 20
    request_timeout_seconds: Annotated[float, Meta(gt=0, le=3600)] = 30.0
    shutdown_seconds: Annotated[float, Meta(ge=0, le=600)] = 10.0
    pool_size: Annotated[int, Meta(ge=1, le=200)] = 10
    pool_patience_seconds: Annotated[float, Meta(gt=0, le=60)] = 5.0
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    log_format: Literal["auto", "console", "json"] = "auto"
    quote_log_share: Annotated[float, Meta(ge=0, le=1)] = 1.0
    rate_limits: bool = True

    @property
    def origins(self) -> tuple[str, ...]:
        """Origins whose browsers may call us with credentials."""
        return tuple(origin.strip().rstrip("/") for origin in self.allowed_origins.split(",") if origin.strip())

    @property
    def is_embedded(self) -> bool:
        """Whether we run our own PostgreSQL."""
        return self.database_url is None

    @property
    def is_production(self) -> bool:
        """Whether unsafe settings are refused."""
        return self.environment == "production"

    @property
    def base_url(self) -> str:
        """Where people reach the shop, for links in mails; without a slash at the end."""
        return (self.public_url or f"http://{self.host}:{self.port}").rstrip("/")


UNPREFIXED: Final = ("host", "port", "database_url", "database_migration_url", "redis_url")
"""Variables every platform knows by these names; all others begin with SOSTECH_."""


def variable(field: str) -> str:
    """The environment variable of a field of Settings."""
    return field.upper() if field in UNPREFIXED else f"SOSTECH_{field.upper()}"


def read_settings(environ: Mapping[str, str] | None = None, env_file: Path | None = Path(".env")) -> Settings:
    """Settings from `environ` (the process's own when None), over those of `env_file` when it exists.

    Raises SettingsError naming every unknown SOSTECH_ variable, wrong value and unsafe choice.
    """
    written = dict(dotenv_values(env_file)) if env_file is not None and env_file.is_file() else {}
    given: dict[str, str | None] = {**written, **(os.environ if environ is None else environ)}
    fields = {variable(name): name for name in Settings.__struct_fields__}
    problems = [
        f"{name}: no such setting; see docs/reference/settings.md"
        for name in given
        if name.startswith("SOSTECH_") and name not in fields and not name.startswith("SOSTECH_TEST_")
    ]
    values = {field: given[name] for name, field in fields.items() if given.get(name)}
    settings = Settings()
    for field, value in values.items():
        try:
            msgspec.convert({field: value}, Settings, strict=False)
        except msgspec.ValidationError as error:
            problems.append(f"{variable(field)}={value!r}: {str(error).split(' - at')[0]}")
    if not problems:
        settings = msgspec.convert(values, Settings, strict=False)
        problems = unsafe(settings)
    if problems:
        raise SettingsError("\n".join(problems))
    return settings


def unsafe(settings: Settings) -> list[str]:
    """Why these settings must not serve real customers; empty outside production."""
    if not settings.is_production:
        return []
    problems: list[str] = []
    if not settings.keys:
        problems.append("SOSTECH_KEYS is missing: write `<id>:<at least 32 random bytes in base64>`, newest first")
    if not settings.origins:
        problems.append("SOSTECH_ALLOWED_ORIGINS is missing: name the storefront's origin, e.g. https://shop.example")
    if any(origin == "*" or not origin.startswith("https://") for origin in settings.origins):
        problems.append("SOSTECH_ALLOWED_ORIGINS: every origin has to be a full https:// origin")
    if not (settings.public_url or "").startswith("https://"):
        problems.append("SOSTECH_PUBLIC_URL has to be the shop's https:// address: mails link to it")
    if settings.is_embedded:
        problems.append("DATABASE_URL is missing: the embedded PostgreSQL is for development")
    return problems
