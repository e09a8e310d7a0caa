"""Settings: what is accepted, what is refused and how it is said."""

from pathlib import Path

import pytest
from dotenv import dotenv_values

from bot.errors import WrongSettings
from bot.settings import Settings, Telegram, Translation, Twilio, load

ROOT = Path(__file__).parent.parent
SID = "AC" + "0" * 32
SERVICE = "MG" + "a" * 32
ACCOUNT = {
    "TWILIO_ACCOUNT_SID": SID,
    "TWILIO_AUTH_TOKEN": "sesame",
    "TWILIO_FROM": "+15125550100",
    "SOBREMESA_PUBLIC_URL": "https://texts.example.org",
}


class Environment:
    """Sets variables for one test and loads the settings out of them."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._monkeypatch = monkeypatch

    def load(self, **values: str) -> Settings:
        for name, value in values.items():
            self._monkeypatch.setenv(name, value)
        return load(None)

    def problems(self, **values: str) -> tuple[str, ...]:
        with pytest.raises(WrongSettings) as raised:
            self.load(**values)
        return raised.value.problems


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> Environment:
    return Environment(monkeypatch)


def test_nothing_set_is_enough_and_leaves_the_channels_off(environment: Environment):
    settings = environment.load()

    assert settings.database_url == "sqlite+aiosqlite:///data/sobremesa.db"
    assert settings.languages == ("en", "es")
    assert settings.twilio is None
    assert settings.telegram is None


def test_the_example_names_every_setting_with_its_default(environment: Environment):
    example = dotenv_values(ROOT / ".env.example")

    assert set(example) == {str(field.validation_alias) for field in Settings.model_fields.values()}
    for field in Settings.model_fields.values():
        default = ",".join(field.default) if isinstance(field.default, tuple) else field.default
        assert example[str(field.validation_alias)] == str(default if default is not None else "")


def test_the_example_copied_as_it_is_changes_nothing(environment: Environment):
    assert load(ROOT / ".env.example") == load(None)


def test_each_setting_of_the_example_has_a_comment_above():
    lines = (ROOT / ".env.example").read_text(encoding="utf-8").splitlines()

    settings = [number for number, line in enumerate(lines) if line and not line.startswith("#")]
    for number in settings:
        above = lines[number - 1]
        assert above.startswith(("#", "SOBREMESA_HOST=")), lines[number]


def test_the_environment_counts_before_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    file = tmp_path / ".env"
    file.write_text("SOBREMESA_PORT=1\nSOBREMESA_HOST=0.0.0.0\n", encoding="utf-8")
    monkeypatch.setenv("SOBREMESA_PORT", "2")

    settings = load(file)

    assert (settings.port, settings.host) == (2, "0.0.0.0")


def test_a_file_with_the_mark_that_notepad_writes_is_read(tmp_path: Path):
    file = tmp_path / ".env"
    file.write_text("SOBREMESA_PORT=81\n", encoding="utf-8-sig")

    assert load(file).port == 81


def test_a_file_that_is_not_utf_8_is_named(tmp_path: Path):
    file = tmp_path / ".env"
    file.write_text("SOBREMESA_HOST=ñ\n", encoding="utf-16")

    with pytest.raises(WrongSettings, match=r"\.env must be saved as plain text in UTF-8"):
        load(file)


def test_all_that_is_wrong_is_said_at_once_and_by_name(environment: Environment):
    problems = environment.problems(
        SOBREMESA_DATABASE_URL="mysql://host/name",
        SOBREMESA_PORT="eighty",
        SOBREMESA_LANGUAGES="en,klingon",
        SOBREMESA_LANGAUGES="en",
        TWILIO_ACCOUNT_SID=SID,
    )

    assert problems == (
        "SOBREMESA_DATABASE_URL must begin with sqlite:/// or postgresql://.",
        "SOBREMESA_LANGUAGES holds klingon, which is no language code (like en, es, pt).",
        "SOBREMESA_PORT must be a number from 1 to 65535.",
        "SOBREMESA_LANGAUGES is not a setting. Is it SOBREMESA_LANGUAGES that you mean?",
        "TWILIO_AUTH_TOKEN is missing: "
        "Twilio needs TWILIO_ACCOUNT_SID, TWILIO_AUTH_TOKEN, TWILIO_FROM, all of them or none.",
        "TWILIO_FROM is missing: Twilio needs TWILIO_ACCOUNT_SID, TWILIO_AUTH_TOKEN, TWILIO_FROM, all of them or none.",
        "SOBREMESA_PUBLIC_URL is missing: Twilio signs its requests with it.",
    )


def test_a_secret_is_shown_neither_in_an_error_nor_by_the_settings(environment: Environment):
    secret = "open sesame"
    with pytest.raises(WrongSettings) as raised:
        environment.load(
            SOBREMESA_DATABASE_URL=f"oracle://school:{secret}@host/name",
            SOBREMESA_SECRET_KEY=secret,
            TWILIO_ACCOUNT_SID=secret,
            TELEGRAM_BOT_TOKEN=secret,
            TELEGRAM_WEBHOOK_SECRET=secret,
            SOBREMESA_TRANSLATOR="deepl",
            SOBREMESA_TRANSLATOR_KEY=secret,
        )
    assert secret not in str(raised.value)
    # A traceback shows the whole chain, and the error below this one knows the values.
    assert raised.value.__cause__ is None
    assert raised.value.__suppress_context__


def test_settings_that_are_printed_hide_secrets(environment: Environment):
    settings = environment.load(
        **ACCOUNT,
        SOBREMESA_DATABASE_URL="postgresql://school:sesame@host/name",
        SOBREMESA_SECRET_KEY="sesame" * 6,
        TELEGRAM_BOT_TOKEN="42:sesame",
        TELEGRAM_WEBHOOK_SECRET="sesame",
        SOBREMESA_TRANSLATOR="deepl",
        SOBREMESA_TRANSLATOR_KEY="sesame",
    )

    shown = f"{settings!r} {settings} {settings.twilio!r} {settings.telegram!r} {settings.translation!r}"
    assert "sesame" not in shown


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        ("sqlite:///school.db", "sqlite+aiosqlite:///school.db"),
        ("sqlite:////srv/school.db", "sqlite+aiosqlite:////srv/school.db"),
        ("sqlite+aiosqlite:///school.db", "sqlite+aiosqlite:///school.db"),
        ("postgresql://a:b%40c@host:5433/name", "postgresql+asyncpg://a:b%40c@host:5433/name"),
        ("postgres://host/name", "postgresql+asyncpg://host/name"),
        ("postgresql+asyncpg://host/name", "postgresql+asyncpg://host/name"),
        ("postgresql:///name?host=/run/pg", "postgresql+asyncpg:///name?host=%2Frun%2Fpg"),
        ("postgresql://host/name?sslmode=require", "postgresql+asyncpg://host/name?ssl=require"),
    ],
)
def test_a_database_is_named_the_usual_way(environment: Environment, given: str, meant: str):
    assert environment.load(SOBREMESA_DATABASE_URL=given).database_url == meant


@pytest.mark.parametrize("given", ["sqlite://", "sqlite:///:memory:", "mysql://host/name", "school.db", "a:b"])
def test_a_database_that_cannot_keep_anything_is_refused(environment: Environment, given: str):
    (problem,) = environment.problems(SOBREMESA_DATABASE_URL=given)

    assert problem.startswith("SOBREMESA_DATABASE_URL must ")


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        ("https://texts.example.org", "https://texts.example.org"),
        ("https://texts.example.org/", "https://texts.example.org"),
        ("http://127.0.0.1:8080/school/", "http://127.0.0.1:8080/school"),
    ],
)
def test_a_public_address_loses_its_last_slash(environment: Environment, given: str, meant: str):
    assert environment.load(SOBREMESA_PUBLIC_URL=given).public_url == meant


@pytest.mark.parametrize(
    "given", ["texts.example.org", "ftp://example.org", "https://", "https://a b.org", "https://a.org:port"]
)
def test_a_public_address_that_is_not_whole_is_refused(environment: Environment, given: str):
    assert environment.problems(SOBREMESA_PUBLIC_URL=given) == (
        "SOBREMESA_PUBLIC_URL must be a whole web address, like https://texts.example.org.",
    )


def test_the_part_that_twilio_does_not_sign_is_refused_in_the_public_address(environment: Environment):
    (problem,) = environment.problems(SOBREMESA_PUBLIC_URL="https://texts.example.org#rc=5&rp=all")

    assert "after '#'" in problem
    assert "does not sign it" in problem


@pytest.mark.parametrize("setting", ["SOBREMESA_PUBLIC_URL", "TWILIO_API_BASE_URL", "TELEGRAM_API_BASE_URL"])
@pytest.mark.parametrize("who", ["anna:sesame", "sesame", ":sesame"])
def test_an_address_with_a_name_or_a_password_is_refused_and_shows_neither(
    environment: Environment, setting: str, who: str
):
    (problem,) = environment.problems(**{setting: f"https://{who}@texts.example.org"})

    assert problem.startswith(f"{setting} must not hold a name or a password before '@'")
    assert "sesame" not in problem


def test_a_public_address_with_a_query_is_refused(environment: Environment):
    (problem,) = environment.problems(SOBREMESA_PUBLIC_URL="https://texts.example.org/?school=1")

    assert "after '?'" in problem


@pytest.mark.parametrize(
    ("given", "meant"),
    [("es", ("es",)), (" es , en,es,", ("es", "en")), ("en,pt-BR", ("en", "pt_BR"))],
)
def test_languages_are_a_list_with_commas(environment: Environment, given: str, meant: tuple[str, ...]):
    assert environment.load(SOBREMESA_LANGUAGES=given).languages == meant


def test_a_list_without_a_language_is_refused(environment: Environment):
    assert environment.problems(SOBREMESA_LANGUAGES=" , ") == (
        "SOBREMESA_LANGUAGES must name at least one language, like en,es.",
    )


@pytest.mark.parametrize("port", ["0", "65536", "-1", "80.5", "http"])
def test_a_port_that_no_computer_has_is_refused(environment: Environment, port: str):
    assert environment.problems(SOBREMESA_PORT=port) == ("SOBREMESA_PORT must be a number from 1 to 65535.",)


def test_a_secret_key_that_can_be_guessed_is_refused(environment: Environment):
    (problem,) = environment.problems(SOBREMESA_SECRET_KEY="x" * 31)

    assert problem.startswith("SOBREMESA_SECRET_KEY must be at least 32 characters")
    assert environment.load(SOBREMESA_SECRET_KEY="x" * 32).secret_key is not None


@pytest.mark.parametrize(
    ("sender", "numbers", "service"),
    [
        ("+15125550100", ("+15125550100",), None),
        ("+1 (512) 555-0100", ("+15125550100",), None),
        (
            "+15125550100, whatsapp:+15125550101",
            ("+15125550100", "whatsapp:+15125550101"),
            None,
        ),
        (SERVICE, (), SERVICE),
    ],
)
def test_twilio_sends_from_numbers_or_from_a_service(
    environment: Environment, sender: str, numbers: tuple[str, ...], service: str | None
):
    settings = environment.load(**{**ACCOUNT, "TWILIO_FROM": sender})

    assert settings.twilio == Twilio(
        account_sid=SID,
        auth_token="sesame",
        numbers=numbers,
        messaging_service=service,
        keywords="default",
        api_base_url="https://api.twilio.com",
        segments_per_second=1.0,
    )


def test_a_number_with_more_throughput_may_send_faster(environment: Environment):
    settings = environment.load(**ACCOUNT, TWILIO_SEGMENTS_PER_SECOND="3.5")

    assert settings.twilio is not None
    assert settings.twilio.segments_per_second == 3.5


@pytest.mark.parametrize("rate", ["fast", "0", "-1", "nan", "100000"])
def test_a_speed_is_a_number(environment: Environment, rate: str):
    with pytest.raises(WrongSettings, match=r"TWILIO_SEGMENTS_PER_SECOND must be a number from 0\.01 to 1000"):
        environment.load(TWILIO_SEGMENTS_PER_SECOND=rate)


@pytest.mark.parametrize(
    "sender",
    [
        "5125550100",
        "+0125550100",
        "42",
        f"{SERVICE},+15125550100",
        "MG1",
        ",",
        "+1٥١٢٥٥٥٠١٠٠",
        "sms:+15125550100",
    ],
)
def test_a_sender_that_twilio_would_not_know_is_refused(environment: Environment, sender: str):
    (problem,) = environment.problems(**{**ACCOUNT, "TWILIO_FROM": sender})

    assert problem.startswith("TWILIO_FROM must be your number at Twilio with + and country code")


@pytest.mark.parametrize("sid", ["AC0", "SK" + "0" * 32, "AC" + "z" * 32])
def test_an_account_of_the_wrong_shape_is_refused(environment: Environment, sid: str):
    (problem,) = environment.problems(**{**ACCOUNT, "TWILIO_ACCOUNT_SID": sid})

    assert problem.startswith("TWILIO_ACCOUNT_SID must be AC and 32 more characters")


def test_twilio_keywords_are_one_of_three(environment: Environment):
    assert environment.problems(TWILIO_KEYWORDS="mine") == ("TWILIO_KEYWORDS must be default, advanced or ours.",)
    settings = environment.load(**ACCOUNT, TWILIO_KEYWORDS="advanced")
    assert settings.twilio is not None
    assert settings.twilio.keywords == "advanced"


@pytest.mark.parametrize("missing", ["TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN", "TWILIO_FROM"])
def test_half_an_account_is_refused_and_the_missing_half_named(environment: Environment, missing: str):
    (problem,) = environment.problems(**{**ACCOUNT, missing: ""})

    assert problem.startswith(f"{missing} is missing")


def test_twilio_without_a_public_address_is_refused(environment: Environment):
    assert environment.problems(**{**ACCOUNT, "SOBREMESA_PUBLIC_URL": ""}) == (
        "SOBREMESA_PUBLIC_URL is missing: Twilio signs its requests with it.",
    )


def test_a_telegram_token_is_enough_for_telegram(environment: Environment):
    settings = environment.load(TELEGRAM_BOT_TOKEN="42:sesame_-")

    assert settings.telegram == Telegram("42:sesame_-", None, "https://api.telegram.org")


def test_a_telegram_webhook_needs_a_bot_and_a_public_address(environment: Environment):
    assert environment.problems(TELEGRAM_WEBHOOK_SECRET="sesame") == (
        "TELEGRAM_BOT_TOKEN is missing, as TELEGRAM_WEBHOOK_SECRET is set.",
        "SOBREMESA_PUBLIC_URL is missing: Telegram's webhook goes there.",
    )


@pytest.mark.parametrize("secret", ["two words", "ñ", "x" * 257])
def test_a_webhook_secret_that_telegram_refuses_is_refused(environment: Environment, secret: str):
    problems = environment.problems(
        TELEGRAM_BOT_TOKEN="42:sesame",
        TELEGRAM_WEBHOOK_SECRET=secret,
        SOBREMESA_PUBLIC_URL="https://texts.example.org",
    )

    assert problems == ("TELEGRAM_WEBHOOK_SECRET must be 1 to 256 characters out of A-Z, a-z, 0-9, _ and -.",)


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        ({}, None),
        (
            {"SOBREMESA_TRANSLATOR": "libretranslate", "SOBREMESA_TRANSLATOR_URL": "http://127.0.0.1:5000/"},
            Translation("libretranslate", "http://127.0.0.1:5000", None),
        ),
        (
            {"SOBREMESA_TRANSLATOR": "deepl", "SOBREMESA_TRANSLATOR_KEY": "sesame:fx"},
            Translation("deepl", "https://api-free.deepl.com", "sesame:fx"),
        ),
        (
            {"SOBREMESA_TRANSLATOR": "deepl", "SOBREMESA_TRANSLATOR_KEY": "sesame"},
            Translation("deepl", "https://api.deepl.com", "sesame"),
        ),
        (
            {
                "SOBREMESA_TRANSLATOR": "deepl",
                "SOBREMESA_TRANSLATOR_KEY": "sesame:fx",
                "SOBREMESA_TRANSLATOR_URL": "https://api-free.deepl.com/",
            },
            Translation("deepl", "https://api-free.deepl.com", "sesame:fx"),
        ),
        (
            {
                "SOBREMESA_TRANSLATOR": "deepl",
                "SOBREMESA_TRANSLATOR_KEY": "sesame:fx",
                "SOBREMESA_TRANSLATOR_URL": "http://127.0.0.1:9",
            },
            Translation("deepl", "http://127.0.0.1:9", "sesame:fx"),
        ),
    ],
)
def test_a_translator_is_chosen_by_its_name(environment: Environment, given: dict[str, str], meant: Translation | None):
    assert environment.load(**given).translation == meant


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        ({"": "google"}, "SOBREMESA_TRANSLATOR must be libretranslate or deepl, or empty for none."),
        ({"": "deepl"}, "SOBREMESA_TRANSLATOR_KEY is missing: DeepL translates for accounts only."),
        (
            {"": "libretranslate"},
            "SOBREMESA_TRANSLATOR_URL is missing: LibreTranslate is a server of your own, like http://127.0.0.1:5000.",
        ),
        ({"_KEY": "sesame"}, "SOBREMESA_TRANSLATOR is missing, as SOBREMESA_TRANSLATOR_KEY is set."),
        ({"_URL": "http://127.0.0.1"}, "SOBREMESA_TRANSLATOR is missing, as SOBREMESA_TRANSLATOR_URL is set."),
        (
            {"": "deepl", "_KEY": "sesame:fx", "_URL": "https://api.deepl.com"},
            "SOBREMESA_TRANSLATOR_URL must be empty or https://api-free.deepl.com, where keys like this one are taken.",
        ),
        (
            {"": "deepl", "_KEY": "open sesame"},
            "SOBREMESA_TRANSLATOR_KEY must be the key as the translator's own page shows it, without spaces.",
        ),
        (
            {"": "libretranslate", "_URL": "127.0.0.1:5000"},
            "SOBREMESA_TRANSLATOR_URL must be a whole web address, like https://texts.example.org.",
        ),
    ],
)
def test_a_translator_that_could_not_work_is_refused_by_name(
    environment: Environment, given: dict[str, str], problem: str
):
    named = {f"SOBREMESA_TRANSLATOR{part}": value for part, value in given.items()}

    assert environment.problems(**named) == (problem,)


def test_a_setting_unlike_any_other_is_named_all_the_same(environment: Environment):
    assert environment.problems(SOBREMESA_XYZZY="1") == ("SOBREMESA_XYZZY is not a setting.",)


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        ("TWILIO_ACOUNT_SID", "TWILIO_ACCOUNT_SID"),
        ("TWILIO_FORM", "TWILIO_FROM"),
        ("TELEGRAM_BOT_TOKENS", "TELEGRAM_BOT_TOKEN"),
    ],
)
def test_a_typing_mistake_in_a_setting_of_a_provider_is_named(environment: Environment, given: str, meant: str):
    assert environment.problems(**{given: "1"}) == (f"{given} is not a setting. Is it {meant} that you mean?",)


@pytest.mark.parametrize("name", ["TWILIO_API_KEY", "TWILIO_REGION", "TWILIO_PHONE_NUMBER", "TELEGRAM_API_ID"])
def test_settings_that_other_programs_have_for_a_provider_are_passed_over(environment: Environment, name: str):
    environment.load(**{name: "1"})


def test_a_typing_mistake_in_the_file_is_named(tmp_path: Path):
    file = tmp_path / ".env"
    file.write_text("SOBREMESA_PROT=80\n", encoding="utf-8")

    with pytest.raises(WrongSettings, match="SOBREMESA_PROT is not a setting"):
        load(file)


def test_settings_cannot_be_changed_later(environment: Environment):
    settings = environment.load()

    with pytest.raises(ValueError, match="frozen"):
        settings.port = 1  # type: ignore[misc]  # which is the point
