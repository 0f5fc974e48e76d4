"""How the shop is set up, and what it refuses."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.documents.model.signals import KEPT_SECONDS
from server.keys import parse_keys, read_keys
from server.settings import Settings, SettingsError, read_settings

KEY = "A" * 43 + "="
SAFE = {
    "SOSTECH_ENVIRONMENT": "production",
    "SOSTECH_KEYS": f"k1:{KEY}",
    "SOSTECH_ALLOWED_ORIGINS": "https://shop.example",
    "SOSTECH_PUBLIC_URL": "https://shop.example",
    "DATABASE_URL": "postgresql://shop@db/shop",
}


def problems(environ: dict[str, str]) -> list[str]:
    with pytest.raises(SettingsError) as refused:
        read_settings(environ, None)
    return str(refused.value).splitlines()


def test_without_any_setting_it_is_a_shop_for_development() -> None:
    settings = read_settings({}, None)
    assert settings == Settings()
    assert (settings.is_embedded, settings.is_production, settings.base_url) == (True, False, "http://127.0.0.1:8080")


def test_settings_are_read_as_their_types() -> None:
    settings = read_settings(
        {
            "PORT": "9000",
            "SOSTECH_DATA_DIR": "/srv/shop",
            "SOSTECH_REQUEST_TIMEOUT_SECONDS": "2.5",
            "SOSTECH_RATE_LIMITS": "false",
            "SOSTECH_ALLOWED_ORIGINS": " https://a.example/ ,https://b.example,",
            "HOST": "",
            "PATH": "/usr/bin",
        },
        None,
    )
    assert settings == Settings(
        port=9000,
        data_dir=Path("/srv/shop"),
        request_timeout_seconds=2.5,
        rate_limits=False,
        allowed_origins=" https://a.example/ ,https://b.example,",
    )
    assert settings.origins == ("https://a.example", "https://b.example")


def test_the_environment_wins_over_the_file(tmp_path: Path) -> None:
    file = tmp_path / ".env"
    file.write_text("PORT=1\nHOST=0.0.0.0\n# comment\nSOSTECH_LOG_LEVEL='debug'\n")
    settings = read_settings({"PORT": "2"}, file)
    assert (settings.port, settings.host, settings.log_level) == (2, "0.0.0.0", "debug")


def test_every_wrong_setting_is_named_at_once() -> None:
    found = problems(
        {
            "PORT": "70000",
            "SOSTECH_POOL_SIZE": "many",
            "SOSTECH_LOG_LEVEL": "loud",
            "SOSTECH_ALOWED_ORIGINS": "x",
            "SOSTECH_QUOTE_LOG_SHARE": "1.5",
        }
    )
    named = [line.split(":")[0].split("=")[0] for line in found]
    assert sorted(named) == [
        "PORT",
        "SOSTECH_ALOWED_ORIGINS",
        "SOSTECH_LOG_LEVEL",
        "SOSTECH_POOL_SIZE",
        "SOSTECH_QUOTE_LOG_SHARE",
    ]


def test_events_are_kept_for_as_long_as_signals_may_look_back() -> None:
    least = KEPT_SECONDS // 86_400
    assert read_settings({"SOSTECH_EVENTS_DAYS": f"{least}"}, None).events_days == least
    assert problems({"SOSTECH_EVENTS_DAYS": f"{least - 1}"})[0].startswith("SOSTECH_EVENTS_DAYS")


def test_production_with_everything_is_served() -> None:
    assert read_settings(SAFE, None).is_production


def test_production_names_everything_that_is_missing() -> None:
    found = problems({"SOSTECH_ENVIRONMENT": "production"})
    for name in ("SOSTECH_KEYS", "SOSTECH_ALLOWED_ORIGINS", "SOSTECH_PUBLIC_URL", "DATABASE_URL"):
        assert any(line.startswith(name) for line in found), name


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SOSTECH_ALLOWED_ORIGINS", "*"),
        ("SOSTECH_ALLOWED_ORIGINS", "http://shop.example"),
        ("SOSTECH_ALLOWED_ORIGINS", "https://shop.example, *"),
        ("SOSTECH_PUBLIC_URL", "http://shop.example"),
        ("SOSTECH_KEYS", ""),
        ("SOSTECH_RATE_LIMITS", "false"),
        ("DATABASE_URL", ""),
    ],
)
def test_production_refuses_what_is_unsafe(name: str, value: str) -> None:
    assert any(line.startswith(name) for line in problems({**SAFE, name: value}))


MAIL = {"SOSTECH_SMTP_URL": "smtp+starttls://shop:secret@mail.example", "SOSTECH_MAIL_FROM": "shop@shop.example"}


def test_production_with_a_mail_server_is_served() -> None:
    assert read_settings({**SAFE, **MAIL}, None).mail_sender == "shop@shop.example"


@pytest.mark.parametrize(
    ("name", "value"), [("SOSTECH_MAIL_FROM", ""), ("SOSTECH_SMTP_URL", "smtp://shop:secret@mail.example")]
)
def test_production_refuses_mails_that_nobody_would_believe_or_everybody_read(name: str, value: str) -> None:
    said = problems({**SAFE, **MAIL, name: value})
    assert [line.split()[0] for line in said] == [name]
    assert "secret" not in " ".join(said)


def test_mails_come_from_the_public_host_unless_told_otherwise() -> None:
    assert Settings(public_url="https://shop.example/").mail_sender == "shop@shop.example"
    assert Settings().mail_sender == "shop@127.0.0.1"


STRIPE = {
    "SOSTECH_STRIPE_SECRET_KEY": "sk_live_1",
    "SOSTECH_STRIPE_PUBLISHABLE_KEY": "pk_live_1",
    "SOSTECH_STRIPE_WEBHOOK_SECRETS": "whsec_new, whsec_old",
}


def test_production_with_stripe_is_served() -> None:
    settings = read_settings({**SAFE, **STRIPE}, None)
    assert settings.webhook_secrets == ("whsec_new", "whsec_old")
    assert not settings.has_test_provider


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SOSTECH_TEST_PROVIDER", "true"),
        ("SOSTECH_STRIPE_SECRET_KEY", "sk_test_1"),
        ("SOSTECH_STRIPE_PUBLISHABLE_KEY", ""),
        ("SOSTECH_STRIPE_WEBHOOK_SECRETS", " , "),
        ("SOSTECH_STRIPE_API_URL", "http://stripe.example"),
    ],
)
def test_production_refuses_payments_that_would_not_come(name: str, value: str) -> None:
    found = problems({**SAFE, **STRIPE, name: value})
    assert len(found) == 1
    assert found[0].startswith(name)
    assert "sk_test_1" not in found[0]


@pytest.mark.parametrize(("environment", "given", "has"), [
    ("development", None, True), ("test", None, True), ("test", "false", False), ("development", "true", True),
])  # fmt: skip
def test_payments_can_be_tried_out_outside_production(environment: str, given: str | None, has: bool) -> None:
    environ = {"SOSTECH_ENVIRONMENT": environment, **({} if given is None else {"SOSTECH_TEST_PROVIDER": given})}
    assert read_settings(environ, None).has_test_provider is has


def test_a_secret_is_not_repeated_in_a_refusal() -> None:
    found = problems({**SAFE, "SOSTECH_KEYS": "k1:hunter2", "PORT": "x"})
    assert "hunter2" not in "\n".join(found)


@pytest.mark.parametrize("keys", ["k1:short", f"k1{KEY}", f":{KEY}", f"k-1:{KEY}", f"k1:{KEY},k1:{KEY}", "k1:!!!", ","])
def test_keys_that_are_none_are_refused(keys: str) -> None:
    with pytest.raises(SettingsError, match="SOSTECH_KEYS") as refused:
        parse_keys(keys)
    assert KEY not in str(refused.value)


def test_the_first_key_signs_and_all_verify() -> None:
    old, both = parse_keys(f"k1:{KEY}"), parse_keys(f"k2:{'B' * 43}=,k1:{KEY}")
    signature = old.sign("test", b"message")
    assert both.current == "k2"
    assert both.verify("test", b"message", signature)
    assert not both.verify("other", b"message", signature)
    assert not old.verify("test", b"message", both.sign("test", b"message"))


def test_outside_production_a_key_is_made_once(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path / "var")
    made = read_keys(settings)
    assert read_keys(settings) == made
    assert (tmp_path / "var" / "keys").stat().st_mode & 0o077 == 0
