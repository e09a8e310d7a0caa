"""The public page about a school's messages, for families and for the carriers that ask for one."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeAlias

import aiohttp_jinja2
import jinja2
from aiohttp import web
from babel import Locale

from bot.console import about_words as words
from bot.console.about_links import Piece, linked
from bot.console.safety import add_headers
from bot.language.catalogs import Catalogs
from bot.language.voice import Voice
from flows.core.text import Text
from flows.facts import School

HERE = Path(__file__).parent
LANGUAGE = r"{language:[a-z]{2,3}(?:_[A-Za-z0-9]{2,8})*}"
SCHOOL = r"{school:\d{1,15}}"
MINUTES = 5
"""How long a browser may show the page again without asking."""

Schools: TypeAlias = Callable[[], Awaitable[list[tuple[School, list[str]]]]]
"""Every school with the addresses that it writes from."""


def pages(
    schools: Schools,
    catalogs: Catalogs,
    kept_for: Mapping[str, int] | None = None,
    *,
    by_text: bool = True,
    bot: Callable[[], str] | None = None,
) -> Callable[[web.Application], None]:
    """What adds the page to a server. It names the days that each kind of data is ``kept_for``, where there are any.

    ``bot`` says the name of the bot at Telegram, empty where it is not known yet; None where there is none.
    """

    def add(server: web.Application) -> None:
        server.add_subapp("/about", _application(AboutPage(schools, catalogs, kept_for, by_text, bot)))

    return add


def _application(page: AboutPage) -> web.Application:
    app = web.Application()
    app.on_response_prepare.append(add_headers)
    aiohttp_jinja2.setup(
        app,
        loader=jinja2.FileSystemLoader(HERE / "templates"),
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    )
    app.add_routes(page.routes())
    app.router.add_static("/static", HERE / "static")
    return app


class AboutPage:
    """Open to everybody. A language in the address counts; without one, the browser says which it would like."""

    def __init__(
        self,
        schools: Schools,
        catalogs: Catalogs,
        kept_for: Mapping[str, int] | None,
        by_text: bool,
        bot: Callable[[], str] | None,
    ) -> None:
        self._by_text = by_text
        self._bot = bot
        self._schools = schools
        self._catalogs = catalogs
        self._kept_for = kept_for

    def routes(self) -> list[web.RouteDef]:
        """The page of the only school, of one among several, and each of them in a language."""
        paths = ("", "/", f"/{SCHOOL}", f"/{LANGUAGE}", f"/{LANGUAGE}/{SCHOOL}")
        return [web.get(path, self.show) for path in paths]

    async def show(self, request: web.Request) -> web.StreamResponse:
        """The page of a school; where several are meant, the list of them."""
        every = await self._schools()
        named = request.match_info.get("school")
        meant = every if named is None else [one for one in every if one[0].id == int(named)]
        if not meant:
            raise web.HTTPNotFound(text="There is no such school here.")
        if len(meant) > 1:
            view = self._view(request, replace(meant[0][0], languages=self._catalogs.languages))
            return self._sent(request, view.list_of([school for school, _ in meant]))
        ((school, addresses),) = meant
        ways = self._ways(addresses, alone=len(every) == 1)
        return self._sent(request, self._view(request, school).page(ways, self._kept_for, named))

    def _ways(self, addresses: list[str], *, alone: bool) -> words.Ways:
        """How a school writes. There is one bot: of several schools its name alone leads to none."""
        bot = self._bot() if self._bot is not None and alone else ""
        return words.Ways(self._by_text, words.numbers(addresses), self._bot is not None, bot)

    def _view(self, request: web.Request, school: School) -> _View:
        language = self._language(request, school)
        return _View(Voice(self._catalogs, school), language, root="../" * request.path.count("/", 1))

    def _sent(self, request: web.Request, context: dict[str, Any]) -> web.Response:
        answer = aiohttp_jinja2.render_template("about.html", request, context)
        answer.headers["Vary"] = "Accept-Language"
        answer.headers["Cache-Control"] = f"max-age={MINUTES * 60}"
        answer.headers["Content-Language"] = context["tag"]
        return answer

    def _language(self, request: web.Request, school: School) -> str:
        asked = request.match_info.get("language")
        if asked is None:
            return preferred(request.headers.get("Accept-Language", ""), school.languages)
        if asked not in school.languages:
            raise web.HTTPNotFound(text="This page does not speak that language.")
        return asked


class _View:
    """The page in one language. ``root`` leads from its address to the folder that ``about`` is in: a proxy may have
    put the whole server into a folder of its own."""

    def __init__(self, voice: Voice, language: str, root: str) -> None:
        self._voice = voice
        self._language = language
        self._root = root

    def page(self, ways: words.Ways, kept_for: Mapping[str, int] | None, named: str | None) -> dict[str, Any]:
        """All about the messages of a school; ``named`` is its id where the address says it."""
        school = self._voice.school
        return self._frame(words.title(school), f"/{named}" if named else "") | {
            "greeting": self._say(words.greeting(school, ways)),
            "sections": [
                (section.name, self._say(section.title), [self._linked(line, ways) for line in section.lines])
                for section in words.sections(school, ways, kept_for)
            ],
            "schools": [],
        }

    def list_of(self, schools: Sequence[School]) -> dict[str, Any]:
        """The schools to choose from."""
        links = [(f"{self._root}about/{self._spoken(school)}{school.id}", school.name) for school in schools]
        return self._frame(words.choose(), "") | {"greeting": "", "sections": [], "schools": links}

    def _spoken(self, school: School) -> str:
        return f"{self._language}/" if self._language in school.languages else ""

    def _frame(self, title: Text, below: str) -> dict[str, Any]:
        return {
            "title": self._say(title),
            "root": self._root,
            "tag": tag(self._language),
            "direction": direction(self._language),
            "languages": [*self._languages(below)],
            "labels": {"languages": self._say(words.languages()), "skip": self._say(words.skip())},
        }

    def _languages(self, below: str) -> Iterator[dict[str, Any]]:
        for code, name in self._voice.language_names():
            yield {
                "tag": tag(code),
                "name": self._voice.say(name, code),
                "address": f"{self._root}about/{code}{below}",
                "current": code == self._language,
            }

    def _linked(self, line: Text, ways: words.Ways) -> list[Piece]:
        return linked(self._say(line), ways.numbers, ways.bot)

    def _say(self, text: Text) -> str:
        return self._voice.say(text, self._language)


def preferred(accepted: str, languages: Sequence[str]) -> str:
    """The one of ``languages`` that an Accept-Language header likes best; the first where it likes none."""
    wishes: list[tuple[float, str]] = []
    for each in accepted.split(","):
        wish, _mark, weight = each.partition(";q=")
        try:
            wishes.append((float(weight or 1), wish.strip().lower()))
        except ValueError:
            continue
    for _weight, wish in sorted((wish for wish in wishes if wish[0] > 0), key=lambda wish: -wish[0]):
        for short in (False, True):
            for language in languages:
                if _same(wish, language, short):
                    return language
    return languages[0]


def _same(wish: str, language: str, short: bool) -> bool:
    ours = tag(language).lower()
    return wish.partition("-")[0] == ours.partition("-")[0] if short else wish == ours


def tag(language: str) -> str:
    """A language as web pages name it: pt-BR."""
    return language.replace("_", "-")


def direction(language: str) -> str:
    """``rtl`` for a language that is written from right to left."""
    return str(Locale.parse(language).text_direction)
