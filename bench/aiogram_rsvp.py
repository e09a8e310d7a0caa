"""The same conversation in aiogram, as its documentation teaches it, behind its own webhook.

What favours it: nothing is written but the state, no row for the message, the reply or the RSVP; texts are
in one language and not looked up; the reply travels in the webhook's answer; texts of one chat are not kept
in order by a lock (aiogram's default), since the load sends them in order anyway.
"""

import argparse

from aiogram import Bot, Dispatcher, F, Router
from aiogram.filters import StateFilter
from aiogram.fsm.context import FSMContext
from aiogram.fsm.state import State, StatesGroup
from aiogram.fsm.storage.base import BaseStorage
from aiogram.fsm.storage.memory import MemoryStorage
from aiogram.methods import SendMessage
from aiogram.types import Message
from aiogram.webhook.aiohttp_server import SimpleRequestHandler, setup_application
from aiohttp import web

from bench.conversation import TELEGRAM_PATH, TELEGRAM_SECRET
from bench.serving import serve

YES = F.text.lower().in_({"sí", "si", "yes"})
NO = F.text.lower().in_({"no"})
UP_TO_TWENTY = F.text.regexp(r"^(1?\d|20)$")

router = Router()
completed = 0


class Rsvp(StatesGroup):
    """The open question. A chat without a state has been sent the invitation."""

    adults = State()
    children = State()
    child_care = State()
    food = State()


@router.message(StateFilter(None), YES)
async def coming(message: Message, state: FSMContext) -> SendMessage:
    """They come; ask for the adults."""
    await state.update_data(coming=True)
    await state.set_state(Rsvp.adults)
    return message.answer("¿Cuántos adultos vienen?")


@router.message(Rsvp.adults, UP_TO_TWENTY)
async def adults(message: Message, state: FSMContext) -> SendMessage:
    """So many adults; ask for the children."""
    await state.update_data(adults=int(message.text or ""))
    await state.set_state(Rsvp.children)
    return message.answer("¿Cuántos niños vienen?")


@router.message(Rsvp.children, UP_TO_TWENTY)
async def children(message: Message, state: FSMContext) -> SendMessage:
    """So many children; ask for child care."""
    count = int(message.text or "")
    await state.update_data(children=count)
    await state.set_state(Rsvp.child_care)
    return message.answer(f"¿Cuidado infantil para los {count} niños durante la cena? Responda SÍ o NO")


@router.message(Rsvp.child_care, YES | NO)
async def child_care(message: Message, state: FSMContext) -> SendMessage:
    """With or without child care; ask for the food."""
    await state.update_data(child_care=(message.text or "").lower() != "no")
    await state.set_state(Rsvp.food)
    return message.answer("¿Alergias o comida especial? Escriba cuál, o NO")


@router.message(Rsvp.food, F.text)
async def food(message: Message, state: FSMContext) -> SendMessage:
    """The last answer; confirm all of them."""
    global completed  # noqa: PLW0603  # one number, read once at the end
    said = await state.get_data()
    await state.clear()
    if (said["adults"], said["children"], said["child_care"], message.text) == (2, 3, True, "no"):
        completed += 1
    care = "con cuidado infantil" if said["child_care"] else "sin cuidado infantil"
    return message.answer(
        f"¡Les esperamos en la Cena de familias! Jueves 12 de marzo, 6:00 p. m.: {said['adults']} adultos, "
        f"{said['children']} niños, {care}. Para cambiar algo, solo escríbalo."
    )


@router.message()
async def unclear(message: Message) -> SendMessage:
    """Anything else."""
    return message.answer("Perdón, no entendí. Responda SÍ, NO o un número.")


async def tell_completed(_: web.Request) -> web.Response:
    """How many conversations came to their end with the right answers."""
    return web.json_response(completed)


def storage_at(redis: str | None) -> BaseStorage:
    """Memory, or the Redis at the address."""
    if redis is None:
        return MemoryStorage()
    from aiogram.fsm.storage.redis import RedisStorage

    return RedisStorage.from_url(redis)


def main() -> None:
    """Serve on the port, with the state in memory or on the Redis that is named."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--redis")
    asked = parser.parse_args()
    bot = Bot("1:a_token_that_only_the_benchmark_knows")
    dispatcher = Dispatcher(storage=storage_at(asked.redis))
    dispatcher.include_router(router)
    app = web.Application()
    # In the background it would answer 200 before the state is kept.
    handler = SimpleRequestHandler(dispatcher, bot, handle_in_background=False, secret_token=TELEGRAM_SECRET)
    handler.register(app, TELEGRAM_PATH)
    setup_application(app, dispatcher, bot=bot)
    app.router.add_get("/completed", tell_completed)
    serve(app, asked.port)


if __name__ == "__main__":
    main()
