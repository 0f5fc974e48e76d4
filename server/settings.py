"""How is this shop set up? By environment variables, and a .env file for development. docs/reference/settings.md.

Outside development whatever is unsafe is refused, all of it at once.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Final, Literal
from urllib.parse import urlsplit

import msgspec
from dotenv import dotenv_values
from msgspec import Meta

Environment = Literal["development", "test", "production"]
LEAST_SECRET_BYTES: Final = 32


class SettingsError(Exception):
    """A setting is missing, wrong or unsafe; the message names every one of them and what to write instead."""


class Settings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Everything that may differ between two installations. `variable` gives the environment variable of a field."""

    environment: Annotated[
        Environment,
        Meta(description="`production` refuses every unsafe setting and hides what is only for developers."),
    ] = "development"
    host: Annotated[str, Meta(description="Address to listen on; `0.0.0.0` for all.")] = "127.0.0.1"
    port: Annotated[int, Meta(ge=0, le=65535, description="Port to listen on; 0 takes a free one.")] = 8080
    database_url: Annotated[
        str | None,
        Meta(
            description="`postgresql://` address the shop signs in at, as a member of the role sostech_app. "
            "Without it the shop starts a PostgreSQL of its own."
        ),
    ] = None
    database_migration_url: Annotated[
        str | None,
        Meta(description="Where `sostech migrate` and `sostech users create --platform` sign in, owning the tables."),
    ] = None
    redis_url: Annotated[
        str | None,
        Meta(description="`redis://` address, for several processes: limits of rate they share, and who types."),
    ] = None
    data_dir: Annotated[
        Path, Meta(description="Where the shop keeps its files, and its own PostgreSQL when it has one.")
    ] = Path("var")
    public_url: Annotated[
        str | None, Meta(description="Where people reach the shop, for links in mails; `http://HOST:PORT` by default.")
    ] = None
    keys: Annotated[
        str | None,
        Meta(
            description="What the shop signs with: `<id>:<32 random bytes or more in base64>`, several with commas "
            "between, the newest first. Outside production one is made in the data directory."
        ),
    ] = None
    allowed_origins: Annotated[
        str, Meta(description="Origins whose browsers may call the API with credentials, with commas between.")
    ] = ""
    default_store: Annotated[str, Meta(description="Slug of the store meant by requests that name none.")] = "main"
    base_domain: Annotated[
        str | None, Meta(description="Domain below which subdomains are slugs of stores, such as `shops.example`.")
    ] = None
    trusted_proxies: Annotated[
        int,
        Meta(ge=0, le=10, description="How many proxies of yours stand before the shop and append to X-Forwarded-For."),
    ] = 0
    body_limit_bytes: Annotated[int, Meta(ge=1024, le=1 << 30, description="Largest JSON body, in bytes.")] = 1 << 20
    upload_limit_bytes: Annotated[int, Meta(ge=1024, le=1 << 32, description="Largest uploaded file, in bytes.")] = (
        64 << 20
    )
    request_timeout_seconds: Annotated[
        float, Meta(gt=0, le=3600, description="When a request is ended with 503 `timed_out`, in seconds.")
    ] = 30.0
    shutdown_seconds: Annotated[
        float, Meta(ge=0, le=600, description="How long running requests may take to finish at shutdown, in seconds.")
    ] = 10.0
    pool_size: Annotated[
        int,
        Meta(ge=1, le=200, description="Most connections of a process to PostgreSQL, beside the one it listens on."),
    ] = 10
    pool_patience_seconds: Annotated[
        float, Meta(gt=0, le=60, description="How long a request waits for a connection before 503, in seconds.")
    ] = 5.0
    log_level: Annotated[
        Literal["debug", "info", "warning", "error"], Meta(description="What is logged: this and what is worse.")
    ] = "info"
    log_format: Annotated[
        Literal["auto", "console", "json"], Meta(description="`auto` is JSON in production, for people elsewhere.")
    ] = "auto"
    quote_log_share: Annotated[
        float, Meta(ge=0, le=1, description="Share of quotes whose decision is kept in the log, from 0 to 1.")
    ] = 1.0
    worker: Annotated[
        Literal["inside", "none"],
        Meta(
            description="Who does what is due without a request: `inside`, `sostech serve` itself; `none`, only "
            "`sostech worker`."
        ),
    ] = "inside"
    worker_seconds: Annotated[
        float, Meta(gt=0, le=60, description="How often a worker looks for what is due, in seconds.")
    ] = 1.0
    worker_stores: Annotated[
        int, Meta(ge=1, le=50, description="For how many stores at once a worker does each kind of work.")
    ] = 2
    proof_seconds: Annotated[
        float,
        Meta(
            ge=0,
            le=25,
            description="How long the claims of a rule book may be proved when a version is published, in seconds; "
            "what is not proved by then is not decided. 0 proves only what needs no search.",
        ),
    ] = 20.0
    sweep_seconds: Annotated[
        float, Meta(gt=0, le=604800, description="How often a worker sweeps out what has expired, in seconds.")
    ] = 3600.0
    events_days: Annotated[
        int,
        Meta(
            ge=90,
            le=3650,
            description="For how many days is kept what happened in a store: signals and people look back so far.",
        ),
    ] = 400
    rate_limits: Annotated[bool, Meta(description="Whether sign-in and the like are limited in rate.")] = True
    test_provider: Annotated[
        bool | None,
        Meta(
            description="Whether the built-in test provider takes payments that move no money; by default it does "
            "outside production, where alone it may."
        ),
    ] = None
    smtp_url: Annotated[
        str | None,
        Meta(
            description="Mail server that takes the shop's mails: `smtp://`, `smtps://` or `smtp+starttls://`, "
            "`user:password@host:port` (percent-encoded). Without it development keeps mails at /dev/mail, and "
            "elsewhere they wait."
        ),
    ] = None
    mail_from: Annotated[
        str | None,
        Meta(description="Address the shop's mails come from, and bounces go to; `shop@` the public host by default."),
    ] = None
    mail_reply_to: Annotated[
        str | None, Meta(description="Address that answers to the shop's mails go to, where it is another one.")
    ] = None
    mail_rate: Annotated[
        float,
        Meta(
            ge=0,
            le=10_000,
            description="Most mails a process hands over in a second, as the provider allows; 0 sets no limit.",
        ),
    ] = 0.0
    mail_connections: Annotated[
        int, Meta(ge=1, le=50, description="Most connections of a process to the mail server.")
    ] = 4
    mail_timeout_seconds: Annotated[
        float,
        Meta(
            gt=0,
            le=45,
            description="How long the mail server may take for one answer, in seconds; to the content of a mail it "
            "may take 45.",
        ),
    ] = 20.0
    sms_account: Annotated[
        str | None,
        Meta(
            description="Account at a provider of text messages with Twilio's API, `AC…`. Without one development "
            "keeps them in the data directory, and production sends none."
        ),
    ] = None
    sms_token: Annotated[
        str | None, Meta(description="The account's token: it signs in with it, and the provider's reports are signed.")
    ] = None
    sms_from: Annotated[
        str | None, Meta(description="Number text messages come from, `+…`, or `MG…`, a group of numbers there.")
    ] = None
    sms_rate: Annotated[
        float,
        Meta(
            ge=0,
            le=10_000,
            description="Most text messages a process hands over in a second, as the provider allows; 0 sets no limit.",
        ),
    ] = 1.0
    sms_api_url: Annotated[
        str, Meta(description="Where that API is; another address for other providers that have it.")
    ] = "https://api.twilio.com"
    vapid_key: Annotated[
        str | None,
        Meta(
            description="What web pushes are signed with: a private key of P-256, 32 bytes in base64url. Browsers are "
            "bound to it. Outside production one is made in the data directory; production without one sends none."
        ),
    ] = None
    outbound_networks: Annotated[
        str | None,
        Meta(
            description="Networks that webhooks and web pushes may be sent to though they are not public, such as "
            "`10.1.0.0/16`, with commas between; by default the own machine outside production, where there are none."
        ),
    ] = None
    stripe_secret_key: Annotated[
        str | None, Meta(description="Stripe's secret key, `sk_…` or `rk_…`; with it Stripe takes the payments.")
    ] = None
    stripe_publishable_key: Annotated[
        str | None, Meta(description="Stripe's key for the storefront, `pk_…`; told to whoever pays.")
    ] = None
    stripe_webhook_secrets: Annotated[
        str,
        Meta(
            description="What Stripe signs its webhooks with, `whsec_…`, with commas between: one per endpoint, "
            "and the old one while it is rotated."
        ),
    ] = ""
    stripe_api_url: Annotated[
        str, Meta(description="Where Stripe's API is; another address only for trying things out.")
    ] = "https://api.stripe.com"

    @property
    def origins(self) -> tuple[str, ...]:
        """Origins whose browsers may call us with credentials."""
        return tuple(origin.strip().rstrip("/") for origin in self.allowed_origins.split(",") if origin.strip())

    @property
    def webhook_secrets(self) -> tuple[str, ...]:
        """What Stripe may sign its webhooks with."""
        return tuple(secret.strip() for secret in self.stripe_webhook_secrets.split(",") if secret.strip())

    @property
    def mail_sender(self) -> str:
        """The address mails come from."""
        return self.mail_from or f"shop@{urlsplit(self.base_url).hostname}"

    @property
    def has_test_provider(self) -> bool:
        """Whether payments may be tried out with the built-in provider."""
        return not self.is_production if self.test_provider is None else self.test_provider

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

SECRET: Final = frozenset({"keys", "sms_token", "vapid_key", "stripe_secret_key", "stripe_webhook_secrets"})
"""Fields that are never printed; addresses are, without their passwords."""


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
            _convert({field: value})
        except msgspec.ValidationError as error:
            problems.append(f"{variable(field)}={value!r}: {str(error).split(' - at')[0]}")
    if not problems:
        settings = _convert(values)
        problems = unsafe(settings)
    if problems:
        raise SettingsError("\n".join(problems))
    return settings


def _convert(values: Mapping[str, str | None]) -> Settings:
    # What is no JSON type, such as a path, is made of the text.
    return msgspec.convert(values, Settings, strict=False, dec_hook=lambda kind, text: kind(text))


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
    if not settings.rate_limits:
        problems.append("SOSTECH_RATE_LIMITS=false lets anybody guess passwords: leave it out")
    if settings.is_embedded:
        problems.append("DATABASE_URL is missing: the embedded PostgreSQL is for development")
    if settings.sms_token and not settings.sms_api_url.startswith("https://"):
        problems.append("SOSTECH_SMS_API_URL has to be https://: the account's token is sent there")
    return [*problems, *_unsafe_mail(settings), *_unsafe_payments(settings)]


def _unsafe_mail(settings: Settings) -> list[str]:
    if settings.smtp_url is None:
        # The shop can be open without: mails wait, and its health says that they do.
        return []
    problems: list[str] = []
    if settings.mail_from is None:
        problems.append("SOSTECH_MAIL_FROM is missing: mail servers believe only addresses that the sender owns")
    if settings.smtp_url.startswith("smtp://") and "@" in settings.smtp_url:
        problems.append(
            "SOSTECH_SMTP_URL tells its password to everybody on the way: take smtps:// or smtp+starttls://"
        )
    return problems


def _unsafe_payments(settings: Settings) -> list[str]:
    problems: list[str] = []
    if settings.has_test_provider:
        problems.append("SOSTECH_TEST_PROVIDER=true takes orders that nobody pays for: leave it out")
    if settings.stripe_secret_key is None:
        return problems
    if "_live_" not in settings.stripe_secret_key:
        problems.append("SOSTECH_STRIPE_SECRET_KEY is no live key of Stripe's, so no money would come: take sk_live_…")
    if not settings.stripe_publishable_key:
        problems.append("SOSTECH_STRIPE_PUBLISHABLE_KEY is missing: the storefront cannot show Stripe's form without")
    if not settings.webhook_secrets:
        problems.append("SOSTECH_STRIPE_WEBHOOK_SECRETS is missing: nothing that Stripe tells would be believed")
    if not settings.stripe_api_url.startswith("https://"):
        problems.append("SOSTECH_STRIPE_API_URL has to be https://: the secret key is sent there")
    return problems
