"""Every error of the project, named for what its receiver does next.

    SobremesaError
    ├── WrongSettings       tell the operator all that is wrong, do not start
    ├── BrokenCatalog       tell the translator which entry, do not start
    ├── NotReady            the database is older or newer than this release: migrate first
    ├── AlreadyServing      another process serves this database: do not start a second
    ├── Busy                the database is locked or gone: answer 503, the provider tries again
    ├── Refusal             tell the person who asked, in words; nothing was changed
    │   └── NotTheirLanguage  an answer that the family does not read: say so, and send it if it is meant
    ├── NotTranslated       the machine made no draft: tell the person who asked, who can still write it by hand
    ├── NotFetched          a photo or voice note did not come from its provider: tell the person who asked for it
    │   └── OutOfReach      its provider does not answer right now: ask again, but not for ever
    ├── FromOutside         a request that is not served
    │   ├── NotGenuine      the signature or secret is wrong: 403
    │   └── Unreadable      not what the provider documents: 400
    └── NotSent             a message that was not, or perhaps not, delivered
        ├── TryLater        the provider took nothing: send again later
        ├── Unsure          the provider may have taken it: find out, do not repeat blindly
        ├── Refused         the provider will never take this message: give up on it
        └── Blocked         the provider will never take anything for this address: stop writing to it
            └── DeadNumber  nor for anybody: the number does not exist, or takes no texts

No error carries the words or the number of a family.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta


class SobremesaError(Exception):
    """The root of all errors that this project raises on purpose."""


class WrongSettings(SobremesaError):
    """Settings that cannot be used; ``problems`` holds one sentence for each, by name."""

    def __init__(self, problems: Sequence[str]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(self.problems))


class BrokenCatalog(SobremesaError):
    """A catalog that must not go out to families; says the file, the entry and what is wrong."""


class NotReady(SobremesaError):
    """The database's tables are not those of this release; says which command mends it."""


class AlreadyServing(SobremesaError):
    """Another process already polls, sends and keeps time for this database."""


class Busy(SobremesaError):
    """The database is locked for too long, full, or gone; nothing of this transaction was kept."""


class Refusal(SobremesaError):
    """A command that cannot be carried out as given; the message is for the person who asked."""


class NotTheirLanguage(Refusal):
    """An answer in ``written``, to a family that reads ``reads``; it goes out where its sender means it anyway.

    Both are codes; ``names`` has them in English.
    """

    def __init__(self, written: str, reads: str, names: Mapping[str, str]) -> None:
        self.written = written
        self.reads = reads
        super().__init__(
            f"This family reads {names[reads]}, and the answer is in {names[written]}. To send it as it is: --anyway"
        )


class NotFetched(SobremesaError):
    """A photo or voice note could not be had from its provider; says why, without its address."""


class OutOfReach(NotFetched):
    """Its provider was out of reach, or busy: it may be had in a moment."""


class NotTranslated(SobremesaError):
    """A machine did not translate; says why, with none of the words. ``status`` is that of its HTTP answer."""

    def __init__(self, reason: str, status: int | None = None) -> None:
        self.reason = reason
        self.status = status
        super().__init__(reason if status is None else f"{reason} (HTTP {status})")


class FromOutside(SobremesaError):
    """A request that is not served."""


class NotGenuine(FromOutside):
    """The request does not come from the provider."""


class Unreadable(FromOutside):
    """The request is not of the shape that the provider documents."""


class NotSent(SobremesaError):
    """A message was not handed over, or nobody knows. ``code`` is the provider's, when it gave one."""

    def __init__(self, reason: str, code: int | None = None) -> None:
        self.reason = reason
        self.code = code
        super().__init__(reason if code is None else f"{reason} ({code})")


class TryLater(NotSent):
    """The provider took nothing. ``after`` is the wait it asked for, when it asked for one.

    Such a wait is for all that this sender has to send, unless it is for ``this_one`` alone.
    """

    def __init__(
        self, reason: str, code: int | None = None, after: timedelta | None = None, *, this_one: bool = False
    ) -> None:
        self.after = after
        self.this_one = this_one
        super().__init__(reason, code)


class Unsure(NotSent):
    """The call began and its result is not known."""


class Refused(NotSent):
    """This message will never be taken."""


class Blocked(NotSent):
    """Nothing will ever be taken for this address until its owner writes again."""


class DeadNumber(Blocked):
    """This is no number that takes texts; staff have to ask the family for another."""
