"""The phone on the screen, in a browser: what a family texts, what comes back, what the school knows then."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from datetime import timedelta

import aiohttp
import pytest
from playwright.async_api import Browser, Locator, Page, expect
from sqlalchemy import update

from bot import help_desk
from bot.language.voice import Voice
from bot.store import staff, tables
from tests.console.conftest import NOON, Demo

HEBREW = "שלום, מה שלומך היום? 123"


@pytest.fixture
async def plain_page(browser: Browser) -> AsyncIterator[Page]:
    """A page in a browser that runs no scripts."""
    async with await browser.new_context(java_script_enabled=False) as context:
        yield await context.new_page()


@pytest.fixture
async def second_page(browser: Browser) -> AsyncIterator[Page]:
    """A page of somebody else."""
    async with await browser.new_context() as context:
        yield await context.new_page()


@pytest.fixture(autouse=True)
async def complaints(page: Page) -> list[str]:
    """What the browser complained about, such as something that the policy of the page forbids."""
    heard: list[str] = []
    page.on("console", lambda message: heard.append(message.text) if message.type == "error" else None)
    return heard


def last(page: Page) -> Locator:
    """The newest text on the phone."""
    return page.locator("#thread .bubble p").last


def card(page: Page, title: str) -> Locator:
    """What the school knows of an event."""
    return page.get_by_role("article", name=title)


async def in_view(page: Page, bubble: Locator) -> bool:
    """Whether a text stands within the screen of the phone."""
    screen, box = await page.locator("#screen").bounding_box(), await bubble.bounding_box()
    assert screen is not None
    assert box is not None
    return screen["y"] <= box["y"] and box["y"] + box["height"] <= screen["y"] + screen["height"]


async def text(page: Page, words: str, answer: str | re.Pattern[str]) -> None:
    """Text the school, and see its answer come."""
    await page.get_by_role("textbox").fill(words)
    await page.get_by_role("button", name="Send").click()
    await expect(last(page)).to_contain_text(answer)
    await expect(page.locator(".bubble.family p").last).to_have_text(words)


async def facts(page: Page, title: str) -> dict[str, str]:
    """The answer of the household to an event, as it stands on the page."""
    names = await card(page, title).locator(".facts dt").all_inner_texts()
    return dict(zip(names, await card(page, title).locator(".facts dd").all_inner_texts(), strict=True))


async def totals(page: Page, title: str) -> dict[str, int]:
    """What an event adds up to, as it stands on the page."""
    names = await card(page, title).locator(".tiles dt").all_inner_texts()
    numbers = await card(page, title).locator(".tiles dd").all_inner_texts()
    return {name: int(number) for name, number in zip(names, numbers, strict=True)}


async def test_a_family_answers_an_invitation_in_one_text(page: Page, demo: Demo, complaints: list[str]):
    await page.goto(demo.url)
    await expect(page.get_by_role("heading", name="Rosa García")).to_be_visible()
    await expect(last(page)).to_contain_text("¿Viene su familia?")
    before = await totals(page, "Family dinner")

    await text(page, "si vamos 2 grandes y 3 niños", "¿Cuidado infantil para los 3 niños")
    await text(page, "Sí por favor 🙏", "¿Alergias o comida especial?")
    await text(page, "la niña no come cacahuate", "jueves 11 de marzo")

    await expect(card(page, "Family dinner").locator(".household .pill")).to_have_text("Coming")
    assert await facts(page, "Family dinner") == {
        "Adults": "2",
        "Children": "3",
        "Child care": "yes",
        "Food": "la niña no come cacahuate",
    }
    after = await totals(page, "Family dinner")
    assert {name: after[name] - before[name] for name in before} == {
        "Adults": 2,
        "Children": 3,
        "In child care": 3,
        "Food wishes": 1,
    }
    assert complaints == []


async def test_a_family_answers_step_by_step_and_changes_its_mind(page: Page, demo: Demo):
    await page.goto(await demo.phone_of("José Ñandú"))

    await text(page, "sí", "¿Cuántos adultos")
    await text(page, "2", "¿Cuántos niños?")
    await text(page, "0", "¿Alergias")
    await text(page, "no", "2 adultos")
    assert await facts(page, "Family dinner") == {"Adults": "2", "Children": "0", "Food": "no wishes"}

    await text(page, "ya no podemos ir", "gracias por avisar")
    await expect(card(page, "Family dinner").locator(".household .pill")).to_have_text("Not coming")
    assert await facts(page, "Family dinner") == {}


async def test_the_other_parent_hears_of_it_in_their_language_without_a_reload(
    page: Page, second_page: Page, demo: Demo
):
    mother, father = page, second_page
    await mother.goto(await demo.phone_of("Rosa García"))
    await father.goto(await demo.phone_of("Luis López"))
    await expect(father.get_by_role("link", name="Rosa García").first).to_be_visible()

    await text(mother, "vamos 2 adultos y 1 niño", "¿Cuidado infantil")
    await text(mother, "no", "¿Alergias")
    await text(mother, "no", "2 adultos, 1 niño")
    await expect(last(father)).to_contain_text("Rosa answered for your family. Family dinner: 2 adults, 1 child")
    assert await facts(father, "Family dinner") == await facts(mother, "Family dinner")

    await text(father, "we are not coming", "We will miss you")
    await expect(last(mother)).to_contain_text("Luis ya nos dio la respuesta de su familia")
    await expect(card(mother, "Family dinner").locator(".household .pill")).to_have_text("Not coming")


async def test_a_stop_is_confirmed_once_and_alta_ends_it(page: Page, demo: Demo):
    await page.goto(await demo.phone_of("Petrona Vásquez"))

    await text(page, "ALTO", "ya no le mandaremos mensajes")
    await expect(page.locator(".caption .pill")).to_have_text("stopped")
    await expect(page.locator("#suggestions").get_by_role("button").first).to_have_text("ALTA")
    await text(page, "gracias", "gracias")

    await text(page, "ALTA", "¿Viene su familia?")
    await expect(page.locator(".caption .pill")).to_have_count(0)


async def test_a_new_number_is_greeted_and_found_again(page: Page, demo: Demo):
    await page.goto(demo.url)
    await page.get_by_role("link", name="A new number").click()
    await expect(page.get_by_text("No texts yet. Say hello!")).to_be_visible()

    await page.get_by_role("button", name="Hola", exact=True).click()
    await expect(last(page)).to_contain_text("gracias por escribir")
    await expect(page.get_by_role("heading", name="(512) 555-0120", level=2)).to_be_visible()
    await expect(page.get_by_role("link", name="(512) 555-0120")).to_have_attribute("aria-current", "page")
    await text(page, "2", "¿De qué se trata?")
    await text(page, "perdí el papel de la cena", "le va a responder")
    await expect(card(page, "Who waits for a person")).to_contain_text("(512) 555-0120 asks for a person")

    await page.get_by_role("link", name="A new number").click()
    await expect(page.get_by_text("(512) 555-0121")).to_be_visible()


async def test_an_interpreter_is_asked_for_and_counted(page: Page, demo: Demo):
    await page.goto(await demo.phone_of("Lucía Núñez"))
    await text(page, "hola", "1 Eventos")
    await text(page, "1", "2 Taller de lectura")
    await text(page, "2", "¿Viene su familia?")
    await text(page, "2 adultos 0 niños", "intérprete")
    await text(page, "sí", "intérprete")
    assert (await facts(page, "Reading workshop"))["Interpreter"] == "Spanish"
    await expect(card(page, "Reading workshop")).to_contain_text("Interpreters for families in Spanish (1)")


async def test_it_works_without_scripts(plain_page: Page, demo: Demo):
    page = plain_page
    await page.goto(demo.url)
    await page.get_by_role("button", name="si vamos 2 grandes y 3 niños").click()
    await expect(last(page)).to_contain_text("¿Cuidado infantil")
    await text(page, "no", "¿Alergias")
    assert (await facts(page, "Family dinner"))["Adults"] == "2"
    assert await in_view(page, last(page)), "the newest text, though nothing scrolled to it"

    await page.get_by_role("link", name="A new number").click()
    await text(page, "Hello", "thank you for writing")

    await page.get_by_role("link", name="Start over").click()
    await page.get_by_role("button", name="Yes, start over").click()
    await expect(card(page, "Family dinner").locator(".household .pill")).to_have_text("No answer yet")


async def test_to_start_over_asks_first_and_takes_other_pages_along(page: Page, second_page: Page, demo: Demo):
    await second_page.goto(await demo.phone_of("Ann Miller"))
    await page.goto(demo.url)
    await text(page, "no podemos", "gracias por avisar")

    await page.get_by_role("link", name="Start over").click()
    await page.get_by_role("link", name="No, keep it").click()
    await expect(card(page, "Family dinner").locator(".household .pill")).to_have_text("Not coming")

    await page.get_by_role("link", name="Start over").click()
    await page.get_by_role("button", name="Yes, start over").click()
    await expect(card(page, "Family dinner").locator(".household .pill")).to_have_text("No answer yet")
    await expect(second_page.get_by_role("heading", name="Rosa García")).to_be_visible()


async def test_markup_in_a_text_is_shown_as_it_was_written(page: Page, demo: Demo, complaints: list[str]):
    await page.goto(await demo.phone_of("Rosa García"))
    nasty = "<img src=x onerror=alert(1)><script>alert(2)</script>{{ 7 * 7 }} &amp; <b>hola</b>"
    await text(page, "2 adultos", re.compile("niños"))
    await text(page, "0", "¿Alergias")
    await text(page, nasty, "<img src=x onerror=alert(1)>")
    assert (await facts(page, "Family dinner"))["Food"] == nasty
    assert await page.locator("main :is(script, b, img)").count() == 0
    await page.reload()
    await expect(page.locator(".bubble.family p").last).to_have_text(nasty)
    assert complaints == []


@pytest.mark.parametrize(
    "words",
    ["m" * 10_000, "👩‍👩‍👧‍👦" * 400, HEBREW, "hola\n\n\nlínea dos", "\u202eal revés"],
    ids=["10,000 characters", "emoji", "right to left", "lines", "turned"],
)
async def test_no_text_breaks_the_page(page: Page, demo: Demo, words: str):
    await page.set_viewport_size({"width": 360, "height": 740})
    await page.goto(await demo.phone_of("Lucía Núñez"))
    await page.get_by_role("textbox").fill(words)
    await page.get_by_role("button", name="Send").click()
    mine = page.locator(".bubble.family p").last
    await expect(mine).to_be_visible()
    assert await mine.evaluate("it => it.textContent") == words
    assert await mine.evaluate("it => getComputedStyle(it).direction") == ("rtl" if words == HEBREW else "ltr")
    box = await mine.bounding_box()
    assert box is not None
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= 360
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")


async def test_each_text_says_its_language(page: Page, demo: Demo):
    await page.goto(await demo.phone_of("Rosa García"))
    await text(page, "in English please", "Will your family come?")
    assert await last(page).get_attribute("lang") == "en"
    assert await page.locator(".bubble.family p").last.get_attribute("lang") == "en"
    spanish = page.locator(".bubble.school p", has_text="¿Viene su familia?")
    await expect(spanish).to_have_attribute("lang", "es")


async def test_enter_sends_and_shift_enter_begins_a_line(page: Page, demo: Demo):
    await page.goto(await demo.phone_of("Sara Whitfield"))
    box = page.get_by_role("textbox")
    await box.press_sequentially("yes")
    await box.press("Shift+Enter")
    await box.press_sequentially("2 adults and 1 child")
    await box.press("Enter")
    await expect(last(page)).to_contain_text("Child care for your child")
    assert await page.locator(".bubble.family p").last.evaluate("it => it.textContent") == "yes\n2 adults and 1 child"
    await expect(box).to_have_value("")
    await expect(box).to_be_focused()


async def test_what_a_person_of_the_school_answers_comes_by_itself(page: Page, demo: Demo):
    await page.goto(await demo.phone_of("Ramón Castillo"))
    async with demo.app.database.write() as db:
        school = (await demo.simulator.scene()).school
        (call,) = await help_desk.calls(db, school)
        (ortiz,) = await staff.of_school(db, school.id)
        voice = Voice(demo.app.catalogs, school)
        await help_desk.reply(db, voice, call.request.id, "Con gusto le ayudo. ¿Le llamo?", ortiz, NOON)
    await expect(last(page)).to_have_text("Sra. Ortiz: Con gusto le ayudo. ¿Le llamo?")


async def test_who_waits_since_another_day_is_shown_with_the_day(page: Page, demo: Demo):
    async with demo.app.database.write() as db:
        earlier = NOON - timedelta(days=1)
        await db.execute(update(tables.help_requests).values(opened_at=earlier))
    await page.goto(demo.url)
    await expect(card(page, "Who waits for a person").locator("time")).to_have_text("Yesterday, 12:00\u202fPM")


async def test_a_text_that_could_not_be_sent_is_kept_in_the_box(page: Page, demo: Demo):
    await page.goto(demo.url)
    await page.route("**/phone/*", lambda route: route.abort())
    await page.get_by_role("textbox").fill("hola")
    await page.get_by_role("button", name="Send").click()
    await expect(page.get_by_role("alert")).to_have_text("This text was not sent. Please try again.")
    await expect(page.get_by_role("textbox")).to_have_value("hola")

    await page.unroute("**/phone/*")
    await page.get_by_role("button", name="Send").click()
    await expect(page.get_by_role("alert")).to_have_count(0)
    await expect(page.locator(".bubble.family p").last).to_have_text("hola")


@pytest.mark.parametrize("width", [360, 820, 1280])
@pytest.mark.parametrize("path", ["/phone", "/phone/new", "/phone/start-over"])
async def test_each_page_fits_its_screen_and_thumbs(page: Page, demo: Demo, width: int, path: str):
    await page.set_viewport_size({"width": width, "height": 800})
    await page.goto(demo.url + path)
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    for each in await page.locator("a:not(.skip), button, summary, textarea").all():
        if box := await each.is_visible() and await each.bounding_box():
            assert box["height"] >= 44, await each.inner_text()


async def test_the_list_of_families_is_open_where_there_is_room(page: Page, plain_page: Page, demo: Demo):
    for one in (page, plain_page):
        await one.set_viewport_size({"width": 1280, "height": 800})
        await one.goto(demo.url)
        await expect(one.get_by_role("link", name="Linda Nguyen")).to_be_visible()
        await one.set_viewport_size({"width": 360, "height": 800})
        await expect(one.get_by_role("link", name="Linda Nguyen")).to_be_hidden()


@pytest.mark.parametrize("path", ["/phone/new", "/phone/start-over"])
@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Origin": "https://elsewhere.example"},
        {"Origin": "null"},
        {"Origin": "http://[elsewhere"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site", "Origin": "{url}"},
        {"Sec-Fetch-Site": "none"},
    ],
    ids=str,
)
async def test_a_form_of_another_site_is_refused(demo: Demo, path: str, headers: dict[str, str]):
    before = await demo.simulator.scene()
    form = {"number": "sms:+15125550120", "text": "Hola"}
    given = {name: value.format(url=demo.url) for name, value in headers.items()}
    async with aiohttp.ClientSession() as client, client.post(demo.url + path, data=form, headers=given) as answer:
        assert answer.status == 403
    assert await demo.simulator.scene() == before


@pytest.mark.parametrize(
    "path", ["/", "/phone", "/phone/live", "/phone/static/console.css", "/health/live", "/no/page"]
)
@pytest.mark.parametrize("host", ["elsewhere.example", "elsewhere.example:8080", "127.0.0.1.elsewhere.example", ""])
async def test_who_calls_this_machine_by_another_name_is_refused(demo: Demo, path: str, host: str):
    async with aiohttp.ClientSession() as client, client.get(demo.url + path, headers={"Host": host}) as answer:
        assert answer.status == 421


@pytest.mark.parametrize("host", ["localhost", "localhost:8080", "[::1]:8080", "127.0.0.1"])
async def test_this_machine_is_known_by_its_own_names(demo: Demo, host: str):
    async with aiohttp.ClientSession() as client, client.get(demo.url + "/phone/new", headers={"Host": host}) as answer:
        assert answer.status == 200


@pytest.mark.parametrize("path", ["/phone/new", "/phone/{parent}"])
@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("application/x-www-form-urlencoded; charset=klingon", b"text=Hola"),
        ("application/x-www-form-urlencoded; charset=utf-8", b"text=\xff"),
        ("multipart/form-data", b"Hola"),
        ("multipart/form-data; boundary=x", b"Hola"),
    ],
)
async def test_a_form_that_cannot_be_read_is_refused(demo: Demo, path: str, kind: str, body: bytes):
    headers = {"Origin": demo.url, "Content-Type": kind}
    url = await demo.phone_of("Rosa García") if "parent" in path else demo.url + path
    async with aiohttp.ClientSession() as client, client.post(url, data=body, headers=headers) as answer:
        assert answer.status == 400


async def test_only_numbers_of_the_demo_can_be_texted_from(demo: Demo):
    headers = {"Origin": demo.url}
    form = {"number": "sms:+15125550101", "text": "Hola"}
    async with aiohttp.ClientSession(headers=headers) as client:
        async with client.post(f"{demo.url}/phone/new", data=form) as answer:
            assert answer.status == 400
        async with client.post(f"{demo.url}/phone/999999", data=form) as answer:
            assert answer.url.path.startswith("/phone/"), "a phone of before a new start leads to the beginning"
        async with client.post(f"{demo.url}/phone/new", data={"text": "x" * 300_000}) as answer:
            assert answer.status == 413


@pytest.mark.parametrize("path", ["/phone", "/phone/new", "/phone/start-over", "/phone/static/console.css"])
async def test_a_page_runs_nothing_that_is_written_into_it(demo: Demo, path: str):
    async with aiohttp.ClientSession() as client, client.get(demo.url + path) as answer:
        policy, html = answer.headers["Content-Security-Policy"], await answer.text()
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert not re.search(r"<script(?! src=)|<style|\sstyle=|\son\w+=", html)


async def test_the_server_stops_at_once_though_a_page_listens(demo: Demo):
    async with aiohttp.ClientSession() as client, client.get(f"{demo.url}/phone/live") as stream:
        demo.simulator.news.tell()
        assert await stream.content.readline() == b"data: look\n"
        demo.simulator.news.end()
        await asyncio.wait_for(stream.read(), 1)
