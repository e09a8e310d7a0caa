"""What each setting may hold: one check a kind, whose error ends a sentence that begins with its name."""

from __future__ import annotations

import re
from collections.abc import Mapping
from importlib.util import find_spec
from types import MappingProxyType
from typing import Annotated, Literal, get_args
from urllib.parse import urlsplit

from babel import Locale, UnknownLocaleError
from pydantic import AfterValidator, BeforeValidator, SecretStr
from pydantic_settings import NoDecode
from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

Keywords = Literal["default", "advanced", "ours"]
TranslatorNames = Literal["libretranslate", "deepl"]

ENGINES = {
    "sqlite": "sqlite+aiosqlite",
    "sqlite+aiosqlite": "sqlite+aiosqlite",
    "postgres": "postgresql+asyncpg",
    "postgresql": "postgresql+asyncpg",
    "postgresql+asyncpg": "postgresql+asyncpg",
}


def _database(value: str) -> str:
    try:
        url = make_url(value)
    except ArgumentError:
        raise ValueError("must look like sqlite:///data/sobremesa.db or postgresql://…") from None
    if url.drivername not in ENGINES:
        raise ValueError("must begin with sqlite:/// or postgresql://")
    if url.get_backend_name() == "sqlite" and url.database in (None, "", ":memory:"):
        raise ValueError("must name a file, like sqlite:///data/sobremesa.db, or nothing would be kept")
    url = url.set(drivername=ENGINES[url.drivername])
    if url.get_backend_name() == "postgresql":
        url = _postgres(url)
    return url.render_as_string(hide_password=False)


def _postgres(url: URL) -> URL:
    if find_spec("asyncpg") is None:
        raise ValueError("names PostgreSQL, which needs one more package: pip install 'sobremesa[postgres]'")
    # Hosts of PostgreSQL hand out addresses for libpq; asyncpg has another name for the same.
    return url.set(query={("ssl" if name == "sslmode" else name): value for name, value in url.query.items()})


def _web_address(value: str) -> str:
    if not _whole(value):
        raise ValueError("must be a whole web address, like https://texts.example.org")
    if "@" in urlsplit(value).netloc:
        raise ValueError("must not hold a name or a password before '@': the address is shown and sent around")
    if "#" in value:
        raise ValueError(
            "must not hold a part after '#': Twilio takes '#rc=…' in its own console, but does not sign it"
        )
    if "?" in value:
        raise ValueError("must not hold a part after '?'")
    return value.rstrip("/")


def _whole(address: str) -> bool:
    try:
        parts = urlsplit(address)
        return bool(parts.scheme in ("http", "https") and parts.hostname and parts.port != 0 and " " not in address)
    except ValueError:  # a port that is no number, a bracket too few
        return False


def _languages(value: str | tuple[str, ...]) -> tuple[str, ...]:
    named = value.split(",") if isinstance(value, str) else value
    codes = tuple(dict.fromkeys(code.strip().replace("-", "_") for code in named if code.strip()))
    unknown = [code for code in codes if not _known(code)]
    if unknown:
        raise ValueError(f"holds {', '.join(unknown)}, which is no language code (like en, es, pt)")
    if not codes:
        raise ValueError("must name at least one language, like en,es")
    return codes


def _known(code: str) -> bool:
    try:
        Locale.parse(code)
    except (UnknownLocaleError, ValueError):
        return False
    return True


KEPT_FOR: Mapping[str, int] = MappingProxyType(
    {
        "texts": 400,
        "conversations": 400,
        "requests": 400,
        "food": 30,
        "answers": 730,
        "pulses": 400,
        "audit": 1095,
        "traces": 30,
    }
)
"""For how many days each kind is kept, where the settings say nothing else; ``bot.retention`` says what each is."""
KEEP = ",".join(f"{kind}={days}" for kind, days in KEPT_FOR.items())


def _keep(value: str | Mapping[str, int]) -> Mapping[str, int]:
    """ "texts=400, food=30", over the defaults."""
    if not isinstance(value, str):
        return value
    return {**KEPT_FOR, **dict(_one_kept(part) for part in value.split(",") if part.strip())}


def _one_kept(part: str) -> tuple[str, int]:
    kind, _equals, days = (piece.strip() for piece in part.partition("="))
    if kind not in KEPT_FOR:
        raise ValueError(f"must look like {KEEP}, or a part of that")
    if not (days.isascii() and days.isdigit() and 1 <= int(days) <= 36_500):
        raise ValueError(f"must give a number of days, 1 or more, for {kind}")
    return kind, int(days)


def _price(value: str | float) -> float:
    try:
        price = float(value)
    except ValueError:
        price = -1.0
    if not 0 <= price <= 10:
        raise ValueError("must be a price in dollars, like 0.0145")
    return price


def _port(value: str | int) -> int:
    try:
        port = int(value)
    except ValueError:
        port = 0
    if not 1 <= port <= 65_535:
        raise ValueError("must be a number from 1 to 65535")
    return port


def _per_second(value: str | float) -> float:
    try:
        rate = float(value)
    except ValueError:
        rate = 0.0
    if not 0.01 <= rate <= 1_000:
        raise ValueError("must be a number from 0.01 to 1000, like 1 or 3.5")
    return rate


def _secret_key(value: SecretStr) -> SecretStr:
    if len(value.get_secret_value()) < 32:
        raise ValueError("must be at least 32 characters long; `openssl rand -hex 32` makes one")
    return value


def _account_sid(value: str) -> str:
    if not re.fullmatch("AC[0-9a-fA-F]{32}", value):
        raise ValueError("must be AC and 32 more characters, as Twilio's console shows it")
    return value


def _senders(value: str | tuple[str, ...] | None) -> tuple[str, ...] | None:
    if value is None:
        return None
    named = value.split(",") if isinstance(value, str) else value
    senders = tuple(dict.fromkeys(re.sub(r"[ ().-]", "", one) for one in named if one.strip()))
    if len(senders) == 1 and re.fullmatch("MG[0-9a-fA-F]{32}", senders[0]):
        return senders
    if not senders or not all(re.fullmatch(r"(whatsapp:)?\+[1-9][0-9]{6,14}", one) for one in senders):
        raise ValueError(
            "must be your number at Twilio with + and country code, like +15125550100, "
            "or several with commas between, or one messaging service (MG and 32 more characters)"
        )
    return senders


def _keywords(value: str) -> str:
    if value not in get_args(Keywords):
        raise ValueError("must be default, advanced or ours")
    return value


def _bot_token(value: SecretStr) -> SecretStr:
    if not re.fullmatch(r"\d+:[\w-]+", value.get_secret_value(), re.ASCII):
        raise ValueError("must be the token that @BotFather gave: digits, a colon, then letters and digits")
    return value


def _webhook_secret(value: SecretStr) -> SecretStr:
    if not re.fullmatch(r"[\w-]{1,256}", value.get_secret_value(), re.ASCII):
        raise ValueError("must be 1 to 256 characters out of A-Z, a-z, 0-9, _ and -")
    return value


def _translator(value: str | None) -> str | None:
    if value is not None and value not in get_args(TranslatorNames):
        raise ValueError("must be libretranslate or deepl, or empty for none")
    return value


def _translator_key(value: SecretStr) -> SecretStr:
    # It travels in a header.
    if not re.fullmatch(r"[!-~]{1,256}", value.get_secret_value()):
        raise ValueError("must be the key as the translator's own page shows it, without spaces")
    return value


def deepl_address(key: str) -> str:
    """Where DeepL takes a key: those of a free account end in ``:fx``."""
    return "https://api-free.deepl.com" if key.endswith(":fx") else "https://api.deepl.com"


def is_deepl(address: str) -> bool:
    """Whether an address is one of the two."""
    return address.rstrip("/") in (deepl_address(""), deepl_address(":fx"))


AccountSid = Annotated[str, AfterValidator(_account_sid)]
BotToken = Annotated[SecretStr, AfterValidator(_bot_token)]
DatabaseUrl = Annotated[str, AfterValidator(_database)]
KeywordMode = Annotated[Keywords, BeforeValidator(_keywords)]
# NoDecode: a list is written with commas, not as JSON.
Price = Annotated[float, BeforeValidator(_price)]
Kept = Annotated[Mapping[str, int], NoDecode, BeforeValidator(_keep)]
Languages = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_languages)]
PerSecond = Annotated[float, BeforeValidator(_per_second)]
Port = Annotated[int, BeforeValidator(_port)]
SecretKey = Annotated[SecretStr, AfterValidator(_secret_key)]
Senders = Annotated[tuple[str, ...] | None, NoDecode, BeforeValidator(_senders)]
TranslatorKey = Annotated[SecretStr, AfterValidator(_translator_key)]
TranslatorName = Annotated[TranslatorNames, BeforeValidator(_translator)]
WebAddress = Annotated[str, AfterValidator(_web_address)]
WebhookSecret = Annotated[SecretStr, AfterValidator(_webhook_secret)]
