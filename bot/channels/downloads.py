"""What a provider sends when it is asked for a file, taken no further than its limit."""

from __future__ import annotations

from aiohttp import ClientResponse

from bot.errors import NotFetched

A_PIECE = 64 * 1024


async def content(answer: ClientResponse, most: int) -> bytes:
    """The file in an answer. Raises NotFetched once it is larger than ``most`` bytes."""
    taken = bytearray()
    async for piece in answer.content.iter_chunked(A_PIECE):
        taken += piece
        if len(taken) > most:
            raise NotFetched(f"it is larger than {most // 1024 // 1024} MB")
    return bytes(taken)
