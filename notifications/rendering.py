"""How does a text become a mail's subject, preview, HTML and plain text?

The words of the language (`texts/<locale>.toml`) are put together by the mail's own template (`mails/<name>.j2`) from
parts that exist twice: as MJML, from which HTML is made that every mail program lays out alike, and as plain text. A
value that is missing raises TextFault; nothing is ever left out silently. Pure but for reading its own files once.
"""

from __future__ import annotations

import re
import textwrap
import tomllib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any, Final, Literal

import msgspec
from jinja2 import BaseLoader, FileSystemLoader, StrictUndefined, Template, TemplateError, pass_context
from jinja2.runtime import Context
from jinja2.sandbox import ImmutableSandboxedEnvironment
from markupsafe import Markup
from mjml import mjml2html

from notifications.locales import day_text, moment_text, money_text, nearest
from notifications.templates import LOCALES, TEMPLATES, Audience

Medium = Literal["html", "text"]

_FOLDER: Final = Path(__file__).with_name("templates")
_COMMON: Final = "common"
_PLAIN: Final = "plain"
_WIDTH: Final = 76
# What XML and mail headers cannot hold; no name of a person or product needs it.
_CONTROLS: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\ufffe\uffff]|[\ud800-\udfff]")


class TextFault(Exception):
    """A text cannot be written: it is unknown, or a value it needs is missing. The message says which."""


class NothingToTell(TextFault):
    """There was something to tell, and by now there is not: it was read, or somebody looks after it."""


class Sender(msgspec.Struct, frozen=True, kw_only=True):
    """Who writes: the shop as its mails call it. `timezone` is an IANA zone; `contact` the address where people read
    answers, None: nobody does.
    """

    name: str
    timezone: str
    contact: str | None = None


class Rendered(msgspec.Struct, frozen=True, kw_only=True):
    """A mail without its envelope. `locale` is the language it came out in; `preview` what lists of mails show."""

    locale: str
    subject: str
    preview: str
    html: str
    text: str


class Headline(msgspec.Struct, frozen=True, kw_only=True):
    """A mail in two lines: its subject, and what lists of mails show below."""

    locale: str
    subject: str
    preview: str


def render(
    name: str,
    locale: str,
    shop: Sender,
    values: Mapping[str, Any],
    *,
    audience: Audience | None = None,
    unsubscribe: str | None = None,
) -> Rendered:
    """The mail in the language nearest to `locale`. Raises TextFault.

    `values` are plain values: amounts in minor units, times with their zone. `audience` says why the reader gets it,
    where that is not whom the text is meant for.
    """
    known = TEMPLATES.get(name)
    if known is None:
        raise TextFault(f"there is no text {name!r}")
    given = {**_given(name, locale, shop, values), "unsubscribe": unsubscribe}
    with _faults_of(f"the text {name!r}"):
        words = {key: _words(given, key) for key in ("subject", "preview", "heading")}
        around = {**words, "reason": _words(given, f"{_COMMON}.reason_{audience or known.audience}")}
        html, text = (_medium(medium, name, given, around) for medium in ("html", "text"))
        return Rendered(
            locale=given["locale"],
            subject=words["subject"],
            preview=words["preview"],
            html=mjml2html(html, fonts={}),
            text=text,
        )


def headline(name: str, locale: str, shop: Sender, values: Mapping[str, Any]) -> Headline:
    """The mail in two lines, where there is no more room. Raises TextFault."""
    given = _given(name, locale, shop, values)
    with _faults_of(f"the headline of {name!r}"):
        return Headline(locale=given["locale"], subject=_words(given, "subject"), preview=_words(given, "preview"))


def subject_of(name: str, locale: str, shop: Sender, values: Mapping[str, Any]) -> str:
    """Only the subject, for which fewer values have to be known. Raises TextFault."""
    with _faults_of(f"the subject of {name!r}"):
        return _words(_given(name, locale, shop, values), "subject")


def short(name: str, locale: str, shop: Sender, values: Mapping[str, Any]) -> str:
    """The text in a line, for telephones: its own words for them (`sms`), else its subject. Raises TextFault."""
    given = _given(name, locale, shop, values)
    key = "sms" if "sms" in _texts(given["locale"]).get(name, {}) else "subject"
    with _faults_of(f"the text {name!r} for telephones"):
        return _words(given, key)


def texts_of(locale: str) -> Mapping[str, Mapping[str, Any]]:
    """All words of one of our languages, by text and key."""
    return _texts(locale)


def _given(name: str, locale: str, shop: Sender, values: Mapping[str, Any]) -> dict[str, Any]:
    """What every template may name."""
    return {"link": None, "name": "", **values, "shop": shop, "locale": nearest(locale), "template": name}


@contextmanager
def _faults_of(what: str) -> Iterator[None]:
    try:
        yield
    except (TemplateError, TypeError, ValueError) as error:
        raise TextFault(f"{what} cannot be written: {error}") from error


def _words(given: Mapping[str, Any], key: str) -> str:
    """One line of plain words."""
    found = _found(given["locale"], given["template"], key)
    return " ".join(_compiled("text", found).render(given).split())


def _medium(medium: Medium, name: str, given: Mapping[str, Any], around: Mapping[str, str]) -> str:
    environment = _environment(medium)
    own = f"{name}.j2" if (_FOLDER / "mails" / f"{name}.j2").is_file() else f"{_PLAIN}.j2"
    body = environment.get_template(own).render(given)
    whole = environment.get_template("layout.j2").render({**given, **around, "body": _as_is(medium, body)})
    return whole if medium == "html" else _tidy(whole)


def _as_is(medium: Medium, words: str) -> str:
    """Words that are escaped already."""
    return Markup(words) if medium == "html" else words


def _tidy(text: str) -> str:
    """Without space at the ends of lines, and never more than one empty line."""
    lines = [line if line == "-- " else line.rstrip() for line in text.splitlines()]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip() + "\n"


# words --------------------------------------------------------------------------------------------------------------


@cache
def _texts(locale: str) -> Mapping[str, Mapping[str, Any]]:
    assert locale in LOCALES, locale
    return tomllib.loads((_FOLDER / "texts" / f"{locale}.toml").read_text("utf-8"))


def _found(locale: str, name: str, key: str) -> str:
    """The words of a text's key, or of `common.<key>`. Raises TextFault."""
    section, _, rest = key.rpartition(".")
    found = _texts(locale).get(section or name, {}).get(rest)
    if not isinstance(found, str):
        raise TextFault(f"{locale} has no words for {section or name}.{rest}")
    return found


@pass_context
def _t(context: Context, key: str, **more: object) -> str:
    """The words of the key in the mail's language, with what they name filled in."""
    return _filled(context, _found(context["locale"], context["template"], key), more)


@pass_context
def _paragraphs(context: Context) -> list[str]:
    found = _texts(context["locale"])[context["template"]].get("paragraphs", [])
    return [_filled(context, words, {}) for words in found]


@pass_context
def _has(context: Context, key: str) -> bool:
    return key in _texts(context["locale"])[context["template"]]


def _filled(context: Context, words: str, more: Mapping[str, object]) -> str:
    medium: Medium = "html" if context.environment.autoescape else "text"
    return _as_is(medium, _compiled(medium, words).render({**context.get_all(), **more}))


def _plural(count: int, one: str, other: str) -> str:
    """English and Portuguese have two forms; in Brazil none is written like one of many in English: 0 amigos."""
    return one if count == 1 else other


# environments --------------------------------------------------------------------------------------------------------


@cache
def _environment(medium: Medium) -> ImmutableSandboxedEnvironment:
    loader: BaseLoader = FileSystemLoader([_FOLDER / medium, _FOLDER / "mails"])
    environment = ImmutableSandboxedEnvironment(
        loader=loader,
        autoescape=medium == "html",
        undefined=StrictUndefined,
        finalize=_printable,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    environment.globals.update(t=_t, paragraphs=_paragraphs, has=_has, plural=_plural)
    environment.filters.update(money=_money, day=_in_zone(day_text), moment=_in_zone(moment_text), wrapped=_wrapped)
    return environment


@cache
def _compiled(medium: Medium, words: str) -> Template:
    # Only words of ours come here, so there is an end to them.
    return _environment(medium).from_string(words)


def _printable(value: object) -> object:
    """What is written into a mail, without characters that would break it."""
    if isinstance(value, Markup):
        return Markup(_CONTROLS.sub("", value))
    return _CONTROLS.sub("", value) if isinstance(value, str) else value


@pass_context
def _money(context: Context, minor: int, currency: str) -> str:
    return money_text(minor, currency, context["locale"])


def _in_zone(write: Callable[[datetime, str, str], str]) -> Callable[[Context, datetime], str]:
    @pass_context
    def written(context: Context, moment: datetime) -> str:
        return write(moment, context["shop"].timezone, context["locale"])

    return written


def _wrapped(words: str) -> str:
    """Lines of a width that every mail program shows; addresses stay whole."""
    return textwrap.fill(words, _WIDTH, break_long_words=False, break_on_hyphens=False)
