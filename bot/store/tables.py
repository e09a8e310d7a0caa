"""The tables, the same on SQLite and PostgreSQL.

Ids are whole numbers handed out by ``bot.store.ids``, unique over all tables, so that a batch can
refer to rows that it has not written yet. Moments are UTC, kept as microseconds since 1970: one type
that both databases sort, compare and index alike. Every table carries ``school_id``, so that a district
can be spread by school.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Dialect,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    PrimaryKeyConstraint,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
    text,
)

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)


class Moment(TypeDecorator[datetime]):
    """An aware moment, kept as microseconds since 1970 in UTC."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:
        """The number that is kept; a moment without a timezone is a mistake and raises."""
        return None if value is None else (value - EPOCH) // MICROSECOND

    def process_result_value(self, value: Any | None, dialect: Dialect) -> datetime | None:
        """The moment again, in UTC."""
        return None if value is None else EPOCH + timedelta(microseconds=value)


# Names of constraints are fixed, so that a later migration can name them on both databases.
metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def _id() -> Column[int]:
    return Column("id", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=False)


def _school(*, primary_key: bool = False) -> Column[int]:
    return Column("school_id", ForeignKey("schools.id"), nullable=False, primary_key=primary_key)


def _to(name: str, target: str, *, nullable: bool = False) -> Column[int]:
    return Column(name, BigInteger, ForeignKey(f"{target}.id"), nullable=nullable)


# One row, used on SQLite only: the next id to hand out. PostgreSQL has a sequence for it.
next_id = Table(
    "next_id", metadata, Column("only", Integer, primary_key=True), Column("next", BigInteger, nullable=False)
)

schools = Table(
    "schools",
    metadata,
    _id(),
    Column("name", Text, nullable=False),
    Column("timezone", Text, nullable=False),
    Column("languages", JSON, nullable=False),
    Column("contact", Text, nullable=False, server_default=""),
    Column("hours", JSON, nullable=False),
    Column("quiet_from", Integer, nullable=False, server_default="21"),
    Column("quiet_to", Integer, nullable=False, server_default="8"),
    Column("created_at", Moment, nullable=False),
    UniqueConstraint("name"),
)

# The school's own addresses: which school a text is for follows from the number that was texted.
accounts = Table(
    "accounts",
    metadata,
    Column("address", Text, primary_key=True),
    _school(),
    Column("created_at", Moment, nullable=False),
)

staff = Table(
    "staff",
    metadata,
    _id(),
    _school(),
    Column("name", Text, nullable=False),
    Column("email", Text, nullable=False),
    Column("role", Text, nullable=False),
    Column("language", Text, nullable=False, server_default="en"),
    Column("telegram_chat", Text),
    Column("created_at", Moment, nullable=False),
    Column("left_at", Moment),
    UniqueConstraint("school_id", "email"),
    CheckConstraint("role IN ('admin', 'editor', 'helper')", name="role"),
)

households = Table(
    "households",
    metadata,
    _id(),
    _school(),
    Column("name", Text),
    Column("created_at", Moment, nullable=False),
    Index("ix_households_school_id_name", "school_id", "name"),
)

contacts = Table(
    "contacts",
    metadata,
    _id(),
    _school(),
    _to("household_id", "households", nullable=True),
    Column("address", Text, nullable=False),
    Column("account", Text, nullable=False, server_default=""),
    Column("name", Text),
    Column("role", Text, nullable=False, server_default="parent"),
    Column("language", Text),
    Column("language_chosen", Boolean, nullable=False, server_default=text("false")),
    Column("permission", Text, nullable=False, server_default="unknown"),
    Column("stopped_at", Moment),
    Column("wrong_number_at", Moment),
    Column("introduced_at", Moment),
    Column("last_inbound_at", Moment),
    Column("created_at", Moment, nullable=False),
    # The address first: a batch looks for addresses, and those of a district are of many schools.
    UniqueConstraint("address", "school_id"),
    CheckConstraint("permission IN ('unknown', 'given', 'refused')", name="permission"),
    Index("ix_contacts_household_id", "household_id"),
)

consents = Table(
    "consents",
    metadata,
    _id(),
    _school(),
    _to("contact_id", "contacts"),
    Column("topic", Text, nullable=False),
    Column("permission", Text, nullable=False),
    Column("at", Moment, nullable=False),
    Column("source", Text, nullable=False),
    Column("language", Text),
    Column("words", Text, nullable=False, server_default=""),
    Column("shown", Text, nullable=False, server_default=""),
    Index("ix_consents_contact_id_at", "contact_id", "at"),
)

events = Table(
    "events",
    metadata,
    _id(),
    _school(),
    Column("starts", Moment, nullable=False),
    Column("ends", Moment, nullable=False),
    Column("languages", JSON, nullable=False),
    Column("child_care", Boolean, nullable=False, server_default=text("false")),
    Column("food", Boolean, nullable=False, server_default=text("false")),
    Column("places", Integer),
    Column("cancelled_at", Moment),
    Column("created_at", Moment, nullable=False),
    Index("ix_events_school_id_starts", "school_id", "starts"),
    CheckConstraint("places > 0", name="places"),
)

event_texts = Table(
    "event_texts",
    metadata,
    Column("event_id", BigInteger, ForeignKey("events.id"), nullable=False),
    Column("language", Text, nullable=False),
    _school(),
    Column("title", Text, nullable=False),
    Column("place", Text, nullable=False),
    PrimaryKeyConstraint("event_id", "language"),
)

invitations = Table(
    "invitations",
    metadata,
    Column("event_id", BigInteger, ForeignKey("events.id"), nullable=False),
    _to("household_id", "households"),
    _school(),
    Column("created_at", Moment, nullable=False),
    PrimaryKeyConstraint("event_id", "household_id"),
    Index("ix_invitations_household_id", "household_id"),
)

rsvps = Table(
    "rsvps",
    metadata,
    Column("event_id", BigInteger, ForeignKey("events.id"), nullable=False),
    _to("household_id", "households"),
    _school(),
    Column("coming", Text, nullable=False),
    Column("adults", Integer),
    Column("children", Integer),
    Column("child_care", Boolean),
    Column("food", Text),
    Column("interpreter", Text),
    _to("answered_by", "contacts", nullable=True),
    Column("answered_at", Moment, nullable=False),
    PrimaryKeyConstraint("event_id", "household_id"),
    Index("ix_rsvps_household_id", "household_id"),
    CheckConstraint("coming IN ('yes', 'no', 'maybe')", name="coming"),
)

conversations = Table(
    "conversations",
    metadata,
    _id(),
    _school(),
    _to("contact_id", "contacts"),
    Column("flow", Text, nullable=False),
    # The event's id where the flow is about one, else 0: a NULL would not be unique on either database.
    Column("subject_id", BigInteger, nullable=False, server_default="0"),
    Column("stage", Text, nullable=False),
    Column("record", JSON, nullable=False),
    Column("asked_at", Moment),
    Column("tries", Integer, nullable=False, server_default="0"),
    Column("updated_at", Moment, nullable=False),
    UniqueConstraint("contact_id", "flow", "subject_id"),
    CheckConstraint("stage IN ('open', 'waiting', 'done', 'closed')", name="stage"),
)

# What was seen before: a webhook that comes again is dropped by this key.
inbox_keys = Table(
    "inbox_keys",
    metadata,
    Column("channel", Text, nullable=False),
    Column("account", Text, nullable=False),
    Column("provider_id", Text, nullable=False),
    Column("school_id", BigInteger, nullable=False),
    Column("seen_at", Moment, nullable=False),
    PrimaryKeyConstraint("channel", "account", "provider_id"),
    Index("ix_inbox_keys_seen_at", "seen_at"),
)

# The message log, both ways; its outgoing rows are the outbox.
messages = Table(
    "messages",
    metadata,
    _id(),
    _school(),
    _to("contact_id", "contacts"),
    Column("outgoing", Boolean, nullable=False),
    Column("channel", Text, nullable=False),
    Column("account", Text, nullable=False),
    Column("address", Text, nullable=False),
    Column("body", Text, nullable=False),
    Column("buttons", JSON),
    Column("media", JSON),
    Column("kind", Text, nullable=False),
    Column("rank", Integer, nullable=False, server_default="0"),
    Column("state", Text, nullable=False),
    _to("conversation_id", "conversations", nullable=True),
    Column("provider_id", Text),
    Column("created_at", Moment, nullable=False),
    Column("due_at", Moment),
    Column("expires_at", Moment),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("attempt_id", Text),
    Column("lease_until", Moment),
    Column("sent_at", Moment),
    Column("final_at", Moment),
    Column("code", Integer),
    Column("reason", Text),
    CheckConstraint(
        "state IN ('received', 'ready', 'sending', 'unknown', 'accepted', 'delivered', 'failed', 'dropped')",
        name="state",
    ),
    Index("ix_messages_contact_id_id", "contact_id", "id"),
    # The queue: only what still waits or is under way, so that it stays small beside ten million old rows.
    Index(
        "ix_messages_queue",
        "rank",
        "due_at",
        "id",
        postgresql_where=text("state = 'ready'"),
        sqlite_where=text("state = 'ready'"),
    ),
    Index(
        "ix_messages_unsettled",
        "contact_id",
        "id",
        postgresql_where=text("state IN ('ready', 'sending')"),
        sqlite_where=text("state IN ('ready', 'sending')"),
    ),
    Index(
        "ix_messages_provider_id",
        "provider_id",
        postgresql_where=text("provider_id IS NOT NULL"),
        sqlite_where=text("provider_id IS NOT NULL"),
    ),
)

timers = Table(
    "timers",
    metadata,
    _id(),
    _school(),
    _to("conversation_id", "conversations"),
    Column("key", Text, nullable=False),
    Column("due_at", Moment, nullable=False),
    Column("fired_at", Moment),
    Column("lease_until", Moment),
    UniqueConstraint("conversation_id", "key"),
    Index(
        "ix_timers_due",
        "due_at",
        postgresql_where=text("fired_at IS NULL"),
        sqlite_where=text("fired_at IS NULL"),
    ),
)

help_requests = Table(
    "help_requests",
    metadata,
    _id(),
    _school(),
    _to("contact_id", "contacts"),
    Column("reason", Text, nullable=False),
    Column("urgent", Boolean, nullable=False, server_default=text("false")),
    Column("opened_at", Moment, nullable=False),
    Column("last_staff_at", Moment),
    Column("closed_at", Moment),
    Index("ix_help_requests_school_id_closed_at", "school_id", "closed_at"),
    Index("ix_help_requests_contact_id", "contact_id"),
)

audit = Table(
    "audit",
    metadata,
    _id(),
    _school(),
    Column("at", Moment, nullable=False),
    Column("actor", Text, nullable=False),
    Column("action", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("detail", JSON, nullable=False),
    Index("ix_audit_school_id_at", "school_id", "at"),
)
