"""Values as they are kept: moments as microseconds since 1970, lists and mappings as JSON."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any

from bot.store.tables import EPOCH, MICROSECOND


def keep(moment: datetime) -> int:
    """The number that is kept; a moment without a timezone is a mistake and raises."""
    return (moment - EPOCH) // MICROSECOND


def maybe_keep(moment: datetime | None) -> int | None:
    """The number that is kept, where there is a moment."""
    return None if moment is None else (moment - EPOCH) // MICROSECOND


def moment(kept: int) -> datetime:
    """The moment again, in UTC."""
    return EPOCH + timedelta(microseconds=kept)


def maybe_moment(kept: int | None) -> datetime | None:
    """The moment again, where one was kept."""
    return None if kept is None else EPOCH + timedelta(microseconds=kept)


def to_json(value: Any) -> str:
    """JSON without spaces, its accents kept as they are."""
    return _ENCODER.encode(value)


def from_json(kept: Any) -> Any:
    """What was kept as JSON: a list or a mapping. asyncpg has read it already."""
    return json.loads(kept) if isinstance(kept, str) else kept


# Made once: `json.dumps` makes a new encoder at each call that asks for anything but its defaults.
_ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), default=dict)
