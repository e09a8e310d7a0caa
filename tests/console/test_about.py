"""The public page: what it says, in which language, of which school; and how it looks in a browser."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import urljoin

import aiohttp
import pytest
from aiohttp import web
from playwright.async_api import Browser, Page, expect
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.app import App, opened
from bot.channels.phone import Phone
from bot.channels.telegram import Telegram
from bot.console.about import direction, preferred
from bot.console.about_links import linked
from bot.console.about_words import numbers
from bot.language.catalogs import Catalogs
from bot.schools import listed
from bot.settings import load
from bot.store import schools
from bot.store.database import Database
from flows.core.text import ByLanguage
from flows.facts import School
from tests import databases
from tests.console.conftest import NOON, Demo
from tests.home import SCHOOL
from tests.wire.telegram import TelegramWire

PLACE = replace(
    SCHOOL,
    contact="Sra. Ortiz, (512) 555-0115",
    hours=ByLanguage(en="Monday to Friday, 8 to 3", es="de lunes a viernes"),
)
CONTRAST = """() => {
  const channel = c => (c /= 255) <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
  const light = ([r, g, b]) => 0.2126 * channel(r) + 0.7152 * channel(g) + 0.0722 * channel(b);
  const parse = colour => colour.match(/[\\d.]+/g).map(Number);
  const behind = it => {
    const [r, g, b, a = 1] = parse(getComputedStyle(it).backgroundColor);
    return a === 0 ? behind(it.parentElement) : [r, g, b];
  };
  return Math.min(...[...document.querySelectorAll("h1, h2, p, a")].map(it => {
    const [one, two] = [light(parse(getComputedStyle(it).color)), light(behind(it))].sort((a, b) => b - a);
    return (one + 0.05) / (two + 0.05);
  }));
}"""
"""The lowest contrast of any words on the page to what stands behind them."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A page as it came."""

    status: int
    headers: dict[str, str]
    html: str

    @property
    def language(self) -> str:
        """The one that the page says it is in."""
        found = re.search(r'<html lang="([^"]+)" dir="ltr">', self.html)
        assert found is not None
        return found[1]

    @property
    def links(self) -> list[str]:
        """Where its links and files lead, but for those that call or text somebody."""
        return [
            link for link in re.findall(r'(?:href|src)="([^"#]+)"', self.html) if not link.startswith(("sms:", "tel:"))
        ]


@dataclass(frozen=True, slots=True)
class Server:
    """A bot that serves, with nothing but what every bot serves."""

    url: str
    database: Database

    async def get(self, path: str, accept: str = "") -> Answer:
        headers = {"Accept-Language": accept} if accept else {}
        async with aiohttp.ClientSession() as client, client.get(self.url + path, headers=headers) as answer:
            return Answer(answer.status, dict(answer.headers), await answer.text())

    async def add(self, school: School, *addresses: str) -> School:
        async with self.database.write() as db:
            return await _add(db, school, addresses)


async def _add(db: AsyncConnection, school: School, addresses: tuple[str, ...]) -> School:
    added = await schools.add(
        db,
        school.name,
        school.timezone,
        school.languages,
        now=NOON,
        contact=school.contact,
        hours=school.hours,
        quiet=(school.quiet_from, school.quiet_to),
    )
    for address in addresses:
        await schools.add_account(db, added.id, address, NOON)
    return added


@asynccontextmanager
async def served(app: App) -> AsyncIterator[Server]:
    """What a bot serves by itself, on a port of this machine."""
    runner = web.AppRunner(app.web(), access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    _host, port = runner.addresses[0][:2]
    yield Server(f"http://127.0.0.1:{port}", app.database)
    await runner.cleanup()


@pytest.fixture
async def server(sqlite_template: Path, tmp_path: Path) -> AsyncIterator[Server]:
    """One without a school."""
    database = Database.open(databases.copied(sqlite_template, tmp_path / "sobremesa.db"))
    async with served(App(database, Catalogs.load(("en", "es")), [], lambda: NOON)) as server:
        yield server
    await database.close()


async def test_it_says_who_writes_how_often_what_it_costs_how_to_stop_and_what_is_private(server: Server):
    await server.add(PLACE, "sms:+15125550100", "whatsapp:+15125550100", "telegram:lincoln_bot", "sms:+15125550101")
    answer = await server.get("/about/en")

    assert answer.status == 200
    for words in (
        "<h1>Messages from Lincoln School</h1>",
        'The messages come from <a href="sms:+15125550100">(512) 555-0100</a>, '
        '<a href="sms:+15125550101">(512) 555-0101</a>.',
        "About 4 messages a month",
        "Message and data rates may apply",
        "From 9:00 PM to 8:00 AM we begin no conversation",
        "Reply STOP to any message",
        "reply HELP",
        "Mobile information is not shared with third parties or affiliates for marketing or promotional purposes.",
        "consent to get text messages are not shared with any third parties.",
        'Sra. Ortiz, <a href="tel:+1-512-555-0115">(512) 555-0115</a>',
        "People answer Monday to Friday, 8 to 3.",
        "call 911",
    ):
        assert words in answer.html


async def test_how_long_it_is_kept_follows_from_the_settings(
    sqlite_template: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("SOBREMESA_DATABASE_URL", databases.copied(sqlite_template, tmp_path / "sobremesa.db"))
    monkeypatch.setenv("SOBREMESA_KEEP", "texts=1,food=30,answers=90")
    async with opened(load(None)) as app, served(app) as server:
        await server.add(PLACE)
        html = (await server.get("/about/en")).html

    assert (
        "We delete your messages after 1 day, allergies and special food 30 days after the event, "
        "and your other answers 90 days after it."
    ) in html
    assert "notes about it, for 400 days after it is settled. Then we delete them." in html
    assert "The list of who was asked how they were received is deleted 400 days after the last day to answer." in html


async def test_it_leaves_out_what_the_school_has_not_said(server: Server):
    await server.add(replace(SCHOOL, contact="", quiet_from=0, quiet_to=0))
    answer = await server.get("/about")

    for words in ("come from", "begin no conversation", "People answer", "Telegram"):
        assert words not in answer.html
    assert "ask for a person" in answer.html
    assert "such as Twilio, only get" in answer.html
    assert "we keep your answer without your name" in answer.html


async def test_it_says_how_the_bot_at_telegram_is_found(sqlite_template: Path, tmp_path: Path):
    database = Database.open(databases.copied(sqlite_template, tmp_path / "sobremesa.db"))
    async with TelegramWire() as telegram:
        bot = Telegram(bot_token=telegram.token, api_base_url=telegram.base_url)
        app = App(database, Catalogs.load(("en", "es")), [Phone(("sms",), lambda _: None), bot], lambda: NOON)
        async with served(app) as server, app.running():
            await server.add(PLACE, "sms:+15125550100")
            async with asyncio.timeout(10):
                while not app.bot_name:  # noqa: ASYNC110 - nobody is told when Telegram answers
                    await asyncio.sleep(0.05)
            one = (await server.get("/about/en")).html
            await server.add(replace(PLACE, name="Washington"))
            (lincoln, _), _ = await listed(database)
            several = (await server.get(f"/about/en/{lincoln.id}")).html
    await database.close()

    assert '<a href="https://t.me/lincoln_school_bot">@lincoln_school_bot</a>' in one
    assert "by text message and on Telegram" in one
    assert "such as Twilio and Telegram, only get" in one
    assert "lincoln_school_bot" not in several, "by its name alone nobody gets to this school"
    assert "open the chat with the link or the code that Lincoln School gave you" in several


async def test_a_search_engine_reads_what_the_page_is_about(server: Server):
    await server.add(PLACE)
    assert (
        '<meta name="description" content="Lincoln School writes to its families'
        in (await server.get("/about/en")).html
    )

    await server.add(replace(PLACE, name="Washington"))
    both = (await server.get("/about/en")).html
    assert '<meta name="description" content="Messages from your school: which school is yours?">' in both


@pytest.mark.parametrize(
    ("line", "pieces"),
    [
        ("Nothing to tap, from 9:00 PM to 8:00 AM, 400 days.", None),
        ("Call (512) 555-0100.", [("Call ", ""), ("(512) 555-0100", "tel:+1-512-555-0100"), (".", "")]),
        ("Text (512) 555-0199.", [("Text ", ""), ("(512) 555-0199", "sms:+15125550199"), (".", "")]),
        ("+52 55 1234 5678", [("+52 55 1234 5678", "tel:+52-55-1234-5678")]),
        ("@bot", [("@bot", "https://t.me/bot")]),
        ("@bot, not @bot_2 or a@bots.example", [("@bot", "https://t.me/bot"), (", not @bot_2 or a@bots.example", "")]),
    ],
)
def test_numbers_and_the_name_of_the_bot_can_be_tapped(line: str, pieces: list[tuple[str, str]] | None):
    assert linked(line, ["(512) 555-0199"], "bot") == (pieces or [(line, "")])


@pytest.mark.parametrize(
    ("path", "accept", "language"),
    [
        ("/about", "", "en"),
        ("/about", "es-MX,es;q=0.9,en;q=0.8", "es"),
        ("/about/", "es", "es"),
        ("/about/es", "en", "es"),
        ("/about/en", "es", "en"),
        ("/about/es/{school}", "", "es"),
        ("/about/{school}", "es", "es"),
    ],
)
async def test_the_address_says_the_language_else_the_browser(server: Server, path: str, accept: str, language: str):
    school = await server.add(PLACE)
    answer = await server.get(path.format(school=school.id), accept)

    assert (answer.status, answer.language, answer.headers["Content-Language"]) == (200, language, language)
    assert answer.headers["Vary"] == "Accept-Language"


@pytest.mark.parametrize(
    ("accepted", "languages", "best"),
    [
        ("", ("es", "en"), "es"),
        ("fr", ("es", "en"), "es"),
        ("en", ("es", "en"), "en"),
        ("en-GB,fr;q=0.5", ("es", "en"), "en"),
        ("fr,en;q=0.3,es;q=0.7", ("en", "es"), "es"),
        ("es;q=0,en", ("es", "en"), "en"),
        ("pt-br", ("pt_PT", "pt_BR"), "pt_BR"),
        ("pt", ("en", "pt_BR"), "pt_BR"),
        ("*", ("es", "en"), "es"),
        ("en;q=high,;;,es;q=0.1", ("en", "es"), "es"),
        ("en;q=nan", ("es", "en"), "es"),
    ],
)
def test_the_browser_is_taken_at_its_word(accepted: str, languages: tuple[str, ...], best: str):
    assert preferred(accepted, languages) == best


def test_a_page_of_a_language_that_is_written_from_the_right_begins_at_the_right():
    assert [direction(language) for language in ("en", "es", "pt_BR", "ar")] == ["ltr", "ltr", "ltr", "rtl"]


def test_numbers_are_shown_once_as_families_write_them():
    assert numbers(["sms:+15125550100", "whatsapp:+15125550100", "sms:32665", "telegram:42", "sms:+525512345678"]) == (
        "(512) 555-0100",
        "32665",
        "+52 55 1234 5678",
    )


@pytest.mark.parametrize("path", ["/about", "/about/es", "/about/en/{school}", "/about/{school}", "/about/"])
async def test_its_links_work_also_where_a_proxy_has_put_the_server_into_a_folder(server: Server, path: str):
    school = await server.add(PLACE)
    path = path.format(school=school.id)
    answer = await server.get(path)

    assert len(answer.links) >= 5
    for link in answer.links:
        assert urljoin(f"https://example.org/school{path}", link).startswith("https://example.org/school/about/")
        assert (await server.get(urljoin(path, link))).status == 200


async def test_of_several_schools_each_has_its_page(server: Server):
    lincoln = await server.add(PLACE, "sms:+15125550100")
    washington = await server.add(replace(PLACE, name="Washington", languages=("es",)), "sms:+15125550101")
    both = await server.get("/about/en")

    assert "Lincoln School" in both.html
    assert "Washington" in both.html
    assert "555-0100" not in both.html
    assert f"../about/en/{lincoln.id}" in both.links
    assert f"../about/{washington.id}" in both.links
    one = await server.get(f"/about/en/{lincoln.id}")
    assert "(512) 555-0100" in one.html
    assert "Washington" not in one.html
    assert f"../../about/es/{lincoln.id}" in one.links
    assert (await server.get(f"/about/{washington.id}", "en")).language == "es"


@pytest.mark.parametrize(
    "path",
    [
        "/about/fr",
        "/about/EN",
        "/about/en/999",
        "/about/999",
        "/about/en/1/2",
        "/about/static/",
        "/about/static/../about.py",
        "/about/%3Cscript%3E",
        "/about/en/99999999999999999999",
    ],
)
async def test_what_is_not_there_is_not_found(server: Server, path: str):
    await server.add(PLACE)
    answer = await server.get(path)

    assert answer.status in (403, 404)
    assert "<script" not in answer.html


async def test_without_a_school_there_is_no_page(server: Server):
    assert (await server.get("/about")).status == 404


async def test_what_a_school_is_called_is_shown_as_it_is_written(server: Server):
    await server.add(replace(PLACE, name="<b>Ñandú & Sons</b>", contact="{{ 7 * 7 }}<script>"))
    answer = await server.get("/about/en")

    assert "<h1>Messages from &lt;b&gt;Ñandú &amp; Sons&lt;/b&gt;</h1>" in answer.html
    assert "{{ 7 * 7 }}&lt;script&gt;" in answer.html


async def test_it_is_sent_with_what_keeps_a_page_safe(server: Server):
    await server.add(PLACE)
    answer = await server.get("/about")

    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Cache-Control"] == "max-age=300"
    assert not re.search(r"<script|<style|\sstyle=|\son\w+=", answer.html)


@pytest.fixture
async def plain_page(browser: Browser) -> AsyncIterator[Page]:
    """A page in a browser that runs no scripts."""
    async with await browser.new_context(java_script_enabled=False, locale="en-US") as context:
        yield await context.new_page()


async def test_the_demo_serves_it_too_and_it_works_without_scripts(plain_page: Page, demo: Demo):
    await plain_page.goto(f"{demo.url}/about")
    await expect(plain_page.get_by_role("heading", level=1)).to_contain_text("Escuela Lincoln")
    await expect(plain_page.locator("html")).to_have_attribute("lang", "en")

    await plain_page.get_by_role("link", name="español").click()
    await expect(plain_page.locator("html")).to_have_attribute("lang", "es")
    await expect(plain_page.get_by_role("link", name="español")).to_have_attribute("aria-current", "page")


@pytest.mark.parametrize("width", [360, 1280])
@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_it_can_be_read_on_every_screen(page: Page, demo: Demo, width: int, scheme: str):
    heard: list[str] = []
    page.on("console", lambda message: heard.append(message.text))
    await page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    await page.set_viewport_size({"width": width, "height": 800})
    await page.goto(f"{demo.url}/about/es")

    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert await page.evaluate(CONTRAST) >= 4.5
    assert await page.locator("a[href^='tel:']").count() > 0
    assert await page.locator("a[href^='sms:']").count() > 0
    for link in await page.locator("a:not(.skip)").all():
        box = await link.bounding_box()
        assert box is not None
        assert box["height"] >= 44
    assert await page.locator("h1").count() == 1
    assert await page.evaluate("[...document.querySelectorAll('h1, h2, h3')].map(it => it.tagName).join()") == (
        "H1,H2,H2,H2,H2,H2,H2"
    )
    assert heard == []


async def test_a_keyboard_reaches_the_words_at_once(page: Page, demo: Demo):
    await page.goto(f"{demo.url}/about/en")
    await page.keyboard.press("Tab")
    await expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    await page.keyboard.press("Enter")
    await expect(page.locator("main")).to_be_focused()
