"""What do mails say, in every language; and what happens when something is missing or meant to do harm?"""

from __future__ import annotations

import itertools
import os
import re
from collections.abc import Iterator, Mapping
from html.parser import HTMLParser
from pathlib import Path
from typing import Any, Final

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.documents.templates import TEMPLATES as NAMED_BY_RULESETS
from notifications.locales import nearest
from notifications.rendering import Rendered, Sender, TextFault, headline, render, short, subject_of, texts_of
from notifications.templates import FOR_TELEPHONES, LOCALES, TEMPLATES
from notifications.templates.samples import samples
from tests.notifications.outline import outline

GOLDEN: Final = Path(__file__).with_name("golden")
SHOP: Final = Sender(name="Loja & Cia", timezone="America/Sao_Paulo", contact="ajuda@loja.example")
SAMPLES: Final = samples("en")
OPTIONAL: Final = frozenset({"abandoned-cart", "messages-unread", "messages-waiting", "referral-progress"})


def rendered(name: str, locale: str, /, **changes: Any) -> Rendered:
    unsubscribe = "https://shop.example/unsubscribe?token=abc&x=1" if name in OPTIONAL else None
    return render(name, locale, SHOP, {**samples(nearest(locale))[name], **changes}, unsubscribe=unsubscribe)


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("name", TEMPLATES)
def test_mails_say_what_their_golden_files_say(name: str, locale: str) -> None:
    mail = rendered(name, locale)
    written = f"Subject: {mail.subject}\nPreview: {mail.preview}\n\n{mail.text}\n---- HTML ----\n{outline(mail.html)}"
    golden = GOLDEN / locale / f"{name}.txt"
    if os.environ.get("SOSTECH_TEST_REWRITE"):
        golden.parent.mkdir(parents=True, exist_ok=True)
        golden.write_text(written, "utf-8")
    assert written == golden.read_text("utf-8")


def test_there_is_no_golden_file_of_a_mail_that_is_gone() -> None:
    kept = {path.relative_to(GOLDEN).as_posix() for path in GOLDEN.rglob("*.txt")}
    assert kept == {f"{locale}/{name}.txt" for locale in LOCALES for name in TEMPLATES}


def test_every_language_has_words_for_the_same() -> None:
    keys = [{(name, key) for name, words in texts_of(locale).items() for key in words} for locale in LOCALES]
    assert all(each == keys[0] for each in keys)
    assert texts_of(LOCALES[0]).keys() == {"common", *TEMPLATES, *FOR_TELEPHONES}


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("name", TEMPLATES)
def test_a_sentence_begins_with_a_capital_letter_after_a_greeting_too(name: str, locale: str) -> None:
    paragraphs = rendered(name, locale).text.split("\n\n")
    after = [words for before, words in itertools.pairwise(paragraphs) if before.startswith(("Hello", "Olá"))]
    assert [words for words in after if words[0].islower()] == []


@pytest.mark.parametrize("name", TEMPLATES)
def test_a_headline_is_what_the_mail_is_called_and_how_it_begins(name: str) -> None:
    mail = rendered(name, "pt-PT")
    two = headline(name, "pt-PT", SHOP, samples("pt-BR")[name])
    assert (two.locale, two.subject, two.preview) == (mail.locale, mail.subject, mail.preview)


def test_a_sample_in_one_language_has_no_word_of_the_other() -> None:
    english, portuguese = (set(_said(samples(locale))) for locale in LOCALES)
    shared = english & portuguese
    assert shared == {words for words in shared if not re.search("[a-z]{3} [a-z]{2}", words)}, (
        "names and addresses alone"
    )
    assert "Paid" in english - portuguese


def _said(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    for each in value.values() if isinstance(value, Mapping) else value if isinstance(value, list) else ():
        yield from _said(each)


@pytest.mark.parametrize(
    ("locale", "words"),
    [
        ("en", "Loja & Cia: 042137 is your code to confirm order 7. It works for 10 minutes. Do not share it."),
        (
            "pt-BR",
            "Loja & Cia: 042137 é o código para confirmar o pedido 7. Vale por 10 minutos. Não informe a ninguém.",
        ),
    ],
)
def test_a_code_goes_to_a_telephone_and_is_no_mail(locale: str, words: str) -> None:
    values = {"code": "042137", "number": "7", "minutes": "10"}
    assert short("order_code", locale, SHOP, values) == words
    with pytest.raises(TextFault, match="there is no text 'order_code'"):
        render("order_code", locale, SHOP, values)


def test_only_a_shop_that_reads_answers_asks_for_them() -> None:
    deaf = msgspec.structs.replace(SHOP, contact=None)
    for name in ("return-refused", "refund-refused"):
        assert "reply to this message" in rendered(name, "en").text
        assert "reply" not in render(name, "en", deaf, SAMPLES[name]).text
    for name in ("password_changed", "email_changed"):
        assert "write to ajuda@loja.example" in rendered(name, "en").text
        assert "write" not in render(name, "en", deaf, SAMPLES[name]).text


def test_what_a_seller_is_told_has_no_sum_and_no_payment() -> None:
    text = rendered("order-of-seller", "en").text
    assert "R$" not in text
    assert "Pix" not in text
    assert "Rua das Flores 12" in text
    assert "Delivery: PAC" in text


def test_every_text_that_rulesets_may_name_is_there() -> None:
    assert NAMED_BY_RULESETS.keys() <= TEMPLATES.keys()


@pytest.mark.parametrize("name", TEMPLATES)
def test_mails_load_nothing_from_elsewhere_and_run_nothing(name: str) -> None:
    html = rendered(name, "en").html
    assert not re.search(r"<(?:img|script|link|iframe|form|object|embed|video)\b|@import|url\(", html)
    assert re.search(r'<html lang="en"', html)
    assert len(re.findall("<h1", html)) == 1


@pytest.mark.parametrize(
    ("asked", "spoken"),
    [
        ("en", "en"),
        ("en-GB", "en"),
        ("pt-BR", "pt-BR"),
        ("PT-br", "pt-BR"),
        ("pt-PT", "pt-BR"),
        ("de", "en"),
        ("", "en"),
    ],
)
def test_the_nearest_language_is_spoken(asked: str, spoken: str) -> None:
    assert rendered("activation", asked).locale == spoken


# Removed at any depth, a value is missing.
MISSING: Final = [
    ("reward", {"reward": {"about": "30 %", "expires_at": None}}, "code"),
    ("order-confirmation", {"order": {**SAMPLES["order-confirmation"]["order"], "total": None}}, "None"),
    ("abandoned-cart", {"cart": {"currency": "BRL", "code": None}}, "lines"),
]


@pytest.mark.parametrize(("name", "changes", "named"), MISSING)
def test_a_value_that_is_missing_is_a_fault_and_never_an_empty_place(
    name: str, changes: dict[str, Any], named: str
) -> None:
    with pytest.raises(TextFault, match=named):
        rendered(name, "en", **changes)


def test_a_text_that_is_not_there_is_a_fault() -> None:
    with pytest.raises(TextFault, match="there is no text 'nothing'"):
        render("nothing", "en", SHOP, {})


def test_values_are_not_read_as_templates() -> None:
    evil = "{{ shop.__class__ }}{% for a in b %}"
    mail = rendered("activation", "en", name=evil)
    assert evil in mail.text


class _Tags(HTMLParser):
    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[tuple[str, tuple[str, ...]]] = []
        self.words: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, tuple(name for name, _ in attrs)))

    def handle_data(self, data: str) -> None:
        self.words.append(data)


NASTY: Final = st.text(max_size=40) | st.sampled_from(
    ['"><script>alert(1)</script>', "]]></mj-text><mj-raw><b>", "&lt;b&gt;", "\0\x1b[2J", "{{ 7*7 }}", "a\r\nBcc: b@c"]
)


@given(NASTY, NASTY)
def test_whatever_people_are_called_a_mail_has_the_same_tags(name: str, product: str) -> None:
    order = SAMPLES["order-confirmation"]["order"]
    plain = _Tags(rendered("order-confirmation", "en").html)
    lines = [{**order["lines"][0], "name": product}, *order["lines"][1:]]
    mail = rendered("order-confirmation", "en", order={**order, "customer_name": name, "lines": lines})
    assert _Tags(mail.html).found == plain.found
    assert "\n" not in mail.subject + mail.preview


def test_a_subject_is_one_line_whatever_is_put_into_it() -> None:
    values = {"own": {"subject": "Hi\r\nBcc: eve@example.com", "heading": "", "paragraphs": [""]}}
    assert subject_of("own", "en", SHOP, values) == "Hi Bcc: eve@example.com"
