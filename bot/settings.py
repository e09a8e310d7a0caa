"""Every setting, read once from the environment and ``.env``, with all that is wrong said together."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path

from dotenv import dotenv_values
from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from bot.errors import WrongSettings
from bot.setting_values import (
    KEEP,
    AccountSid,
    BotToken,
    DatabaseUrl,
    Kept,
    KeywordMode,
    Keywords,
    Languages,
    PerSecond,
    Port,
    Price,
    SecretKey,
    Senders,
    TranslatorKey,
    TranslatorName,
    TranslatorNames,
    WebAddress,
    WebhookSecret,
    deepl_address,
    is_deepl,
)

# A .env saved by Windows' Notepad may begin with a mark that is no part of the first name.
ENCODING = "utf-8-sig"


@dataclass(frozen=True, slots=True)
class Twilio:
    """The Twilio account. It sends from ``numbers`` or, when there are none, from ``messaging_service``."""

    account_sid: str
    auth_token: str = field(repr=False)
    numbers: tuple[str, ...]
    messaging_service: str | None
    keywords: Keywords
    api_base_url: str
    segments_per_second: float


@dataclass(frozen=True, slots=True)
class Telegram:
    """The Telegram bot. With a ``webhook_secret`` Telegram calls us, without one we ask it."""

    bot_token: str = field(repr=False)
    webhook_secret: str | None = field(repr=False)
    api_base_url: str


@dataclass(frozen=True, slots=True)
class Translation:
    """The machine that drafts translations, and where it is."""

    translator: TranslatorNames
    base_url: str
    key: str | None = field(repr=False)


class Settings(BaseSettings):
    """What the operator decided; parts are given values out of it, never the environment."""

    model_config = SettingsConfigDict(
        frozen=True,
        extra="ignore",
        populate_by_name=True,
        validate_default=True,
        str_strip_whitespace=True,
        env_ignore_empty=True,
        env_file_encoding=ENCODING,
        hide_input_in_errors=True,
    )

    database_url: DatabaseUrl = Field(
        "sqlite:///data/sobremesa.db", validation_alias="SOBREMESA_DATABASE_URL", repr=False
    )
    public_url: WebAddress | None = Field(None, validation_alias="SOBREMESA_PUBLIC_URL")
    secret_key: SecretKey | None = Field(None, validation_alias="SOBREMESA_SECRET_KEY")
    languages: Languages = Field(("en", "es"), validation_alias="SOBREMESA_LANGUAGES")
    host: str = Field("127.0.0.1", validation_alias="SOBREMESA_HOST")
    port: Port = Field(8080, validation_alias="SOBREMESA_PORT")
    kept_for: Kept = Field(KEEP, validation_alias="SOBREMESA_KEEP")  # type: ignore[arg-type]  # read as if given

    twilio_account_sid: AccountSid | None = Field(None, validation_alias="TWILIO_ACCOUNT_SID")
    twilio_auth_token: SecretStr | None = Field(None, validation_alias="TWILIO_AUTH_TOKEN")
    twilio_from: Senders = Field(None, validation_alias="TWILIO_FROM")
    twilio_keywords: KeywordMode = Field("default", validation_alias="TWILIO_KEYWORDS")
    segment_price: Price = Field(0.0145, validation_alias="TWILIO_SEGMENT_PRICE")
    twilio_api_base_url: WebAddress = Field("https://api.twilio.com", validation_alias="TWILIO_API_BASE_URL")
    twilio_segments_per_second: PerSecond = Field(1, validation_alias="TWILIO_SEGMENTS_PER_SECOND")

    telegram_bot_token: BotToken | None = Field(None, validation_alias="TELEGRAM_BOT_TOKEN")
    telegram_webhook_secret: WebhookSecret | None = Field(None, validation_alias="TELEGRAM_WEBHOOK_SECRET")
    telegram_api_base_url: WebAddress = Field("https://api.telegram.org", validation_alias="TELEGRAM_API_BASE_URL")

    translator: TranslatorName | None = Field(None, validation_alias="SOBREMESA_TRANSLATOR")
    translator_url: WebAddress | None = Field(None, validation_alias="SOBREMESA_TRANSLATOR_URL")
    translator_key: TranslatorKey | None = Field(None, validation_alias="SOBREMESA_TRANSLATOR_KEY")

    @property
    def twilio(self) -> Twilio | None:
        """The Twilio account, or None: then there is no SMS and no WhatsApp."""
        if not (self.twilio_account_sid and self.twilio_auth_token and self.twilio_from):
            return None
        service = next((sender for sender in self.twilio_from if sender.startswith("MG")), None)
        return Twilio(
            account_sid=self.twilio_account_sid,
            auth_token=self.twilio_auth_token.get_secret_value(),
            numbers=() if service else self.twilio_from,
            messaging_service=service,
            keywords=self.twilio_keywords,
            api_base_url=self.twilio_api_base_url,
            segments_per_second=self.twilio_segments_per_second,
        )

    @property
    def telegram(self) -> Telegram | None:
        """The Telegram bot, or None: then there is no Telegram."""
        if not self.telegram_bot_token:
            return None
        secret = self.telegram_webhook_secret
        return Telegram(
            bot_token=self.telegram_bot_token.get_secret_value(),
            webhook_secret=secret.get_secret_value() if secret else None,
            api_base_url=self.telegram_api_base_url,
        )

    @property
    def translation(self) -> Translation | None:
        """The machine that drafts translations, or None: then people write every language."""
        if self.translator is None:
            return None
        key = self.translator_key.get_secret_value() if self.translator_key else None
        return Translation(self.translator, self.translator_url or deepl_address(key or ""), key)


def load(env_file: Path | None = Path(".env")) -> Settings:
    """The settings of the environment and of ``env_file``, of which the environment counts first.

    Raises WrongSettings with one sentence for each setting that cannot be used, and shows no secret.
    """
    given = _given(env_file)
    problems = [*_unknown(given), *_incomplete(given)]
    try:
        settings = Settings(_env_file=env_file)
    except ValidationError as error:
        raise WrongSettings([*_invalid(error), *problems]) from None  # its details hold the values
    if problems:
        raise WrongSettings(problems)
    return settings


def _given(env_file: Path | None) -> Mapping[str, str]:
    try:
        from_file = dotenv_values(env_file, encoding=ENCODING) if env_file else {}
    except UnicodeDecodeError as error:
        raise WrongSettings([f"{env_file} must be saved as plain text in UTF-8."]) from error
    both = {**from_file, **os.environ}
    return {name.upper(): value for name, value in both.items() if value}


def _names() -> list[str]:
    return [str(setting.validation_alias) for setting in Settings.model_fields.values()]


def _nearly(name: str) -> bool:
    """Whether a setting of a provider is meant; other programs have settings of the same beginning."""
    return name.startswith(("TWILIO_", "TELEGRAM_")) and bool(get_close_matches(name, _names(), n=1, cutoff=0.9))


def _unknown(given: Iterable[str]) -> Iterator[str]:
    """A setting with a typing mistake would otherwise be passed over in silence."""
    for name in sorted(given):
        ours = (name.startswith("SOBREMESA_") and not name.startswith("SOBREMESA_TEST_")) or _nearly(name)
        if ours and name not in _names():
            alike = get_close_matches(name, _names(), n=1, cutoff=0.8)
            yield f"{name} is not a setting." + (f" Is it {alike[0]} that you mean?" if alike else "")


def _invalid(error: ValidationError) -> Iterator[str]:
    for problem in error.errors(include_url=False, include_input=False):
        reason = problem.get("ctx", {}).get("error", problem["msg"])
        yield f"{problem['loc'][0]} {reason}."


def _incomplete(given: Mapping[str, str]) -> Iterator[str]:
    """Settings that only make sense together, judged by which are there, whatever they hold."""
    account = ("TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN", "TWILIO_FROM")
    if any(name in given for name in account):
        for name in account:
            if name not in given:
                yield f"{name} is missing: Twilio needs {', '.join(account)}, all of them or none."
        if "SOBREMESA_PUBLIC_URL" not in given:
            yield "SOBREMESA_PUBLIC_URL is missing: Twilio signs its requests with it."
    if "TELEGRAM_WEBHOOK_SECRET" in given:
        if "TELEGRAM_BOT_TOKEN" not in given:
            yield "TELEGRAM_BOT_TOKEN is missing, as TELEGRAM_WEBHOOK_SECRET is set."
        if "SOBREMESA_PUBLIC_URL" not in given:
            yield "SOBREMESA_PUBLIC_URL is missing: Telegram's webhook goes there."
    yield from _incomplete_translator(given)


def _incomplete_translator(given: Mapping[str, str]) -> Iterator[str]:
    name, url, key = (given.get(f"SOBREMESA_TRANSLATOR{part}", "").strip() for part in ("", "_URL", "_KEY"))
    for part in ("_URL", "_KEY"):
        if not name and f"SOBREMESA_TRANSLATOR{part}" in given:
            yield f"SOBREMESA_TRANSLATOR is missing, as SOBREMESA_TRANSLATOR{part} is set."
    if name == "deepl" and not key:
        yield "SOBREMESA_TRANSLATOR_KEY is missing: DeepL translates for accounts only."
    if name == "deepl" and key and is_deepl(url) and url.rstrip("/") != deepl_address(key):
        yield f"SOBREMESA_TRANSLATOR_URL must be empty or {deepl_address(key)}, where keys like this one are taken."
    if name == "libretranslate" and not url:
        yield "SOBREMESA_TRANSLATOR_URL is missing: LibreTranslate is a server of your own, like http://127.0.0.1:5000."
