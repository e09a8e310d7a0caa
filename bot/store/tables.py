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
    # How many pieces of event news one person gets in seven days, at most.
    Column("weekly_cap", Integer, nullable=False, server_default="3"),
    # When the office is open: [weekday from 0 for Monday, from, to] each, in the school's timezone.
    Column("office", JSON),
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
    Column("phone", Text),
    # Whether this is one of the adults who are alerted in danger.
    Column("alerted", Boolean, nullable=False, server_default=text("false")),
    UniqueConstraint("school_id", "email"),
    CheckConstraint("role IN ('admin', 'editor', 'helper')", name="role"),
    Index(
        "ix_staff_telegram_chat",
        "telegram_chat",
        postgresql_where=text("telegram_chat IS NOT NULL"),
        sqlite_where=text("telegram_chat IS NOT NULL"),
    ),
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
    # What they are called in their app: for staff, where the school knows no name.
    Column("app_name", Text),
    Column("role", Text, nullable=False, server_default="parent"),
    Column("language", Text),
    Column("language_chosen", Boolean, nullable=False, server_default=text("false")),
    Column("permission", Text, nullable=False, server_default="unknown"),
    Column("stopped_at", Moment),
    Column("wrong_number_at", Moment),
    Column("introduced_at", Moment),
    Column("last_inbound_at", Moment),
    Column("created_at", Moment, nullable=False),
    # Where the number is at home, if that is another timezone than the school's.
    Column("timezone", Text),
    # The address first: a batch looks for addresses, and those of a district are of many schools.
    UniqueConstraint("address", "school_id"),
    CheckConstraint("permission IN ('unknown', 'given', 'refused')", name="permission"),
    Index("ix_contacts_household_id", "household_id"),
    # An announcement goes through its school's contacts by id.
    Index("ix_contacts_school_id_id", "school_id", "id"),
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
    # How often the event was moved or changed: calendars take a file with a higher number for the newer one.
    Column("sequence", Integer, nullable=False, server_default="0"),
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
    # Since when the household is on the waiting list, and until when a freed place is kept for it. One that comes may
    # wait for more places: with so many people it would like to come.
    Column("waiting_since", Moment),
    Column("offered_until", Moment),
    Column("wanted", Integer),
    PrimaryKeyConstraint("event_id", "household_id"),
    Index("ix_rsvps_household_id", "household_id"),
    CheckConstraint("coming IN ('yes', 'no', 'maybe', 'waiting')", name="coming"),
)

# Who was there, from the door list or, where nobody kept one, everyone who said yes.
attendances = Table(
    "attendances",
    metadata,
    Column("event_id", BigInteger, ForeignKey("events.id"), nullable=False),
    _to("household_id", "households"),
    _school(),
    Column("adults", Integer, nullable=False),
    Column("children", Integer, nullable=False),
    Column("source", Text, nullable=False),
    Column("at", Moment, nullable=False),
    PrimaryKeyConstraint("event_id", "household_id"),
    CheckConstraint("source IN ('door', 'walk-in', 'rsvp')", name="source"),
    Index("ix_attendances_household_id", "household_id"),
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

# What staff broadcast. Its messages refer to it; the words are those of its texts.
announcements = Table(
    "announcements",
    metadata,
    _id(),
    _school(),
    Column("topic", Text, nullable=False),
    Column("language", Text, nullable=False),
    Column("audience", JSON, nullable=False),
    Column("state", Text, nullable=False),
    _to("made_by", "staff", nullable=True),
    Column("created_at", Moment, nullable=False),
    Column("send_at", Moment),
    Column("started_at", Moment),
    Column("finished_at", Moment),
    Column("stopped_at", Moment),
    Column("expires_at", Moment),
    # How far its recipients are written: up to this contact.
    Column("reached", BigInteger, nullable=False, server_default="0"),
    CheckConstraint("topic IN ('events', 'urgent')", name="topic"),
    CheckConstraint("state IN ('draft', 'scheduled', 'sending', 'stopped', 'sent')", name="state"),
    Index("ix_announcements_school_id_created_at", "school_id", "created_at"),
)

announcement_texts = Table(
    "announcement_texts",
    metadata,
    _to("announcement_id", "announcements"),
    Column("language", Text, nullable=False),
    _school(),
    Column("body", Text, nullable=False),
    Column("origin", Text, nullable=False),
    Column("updated_at", Moment, nullable=False),
    _to("approved_by", "staff", nullable=True),
    Column("approved_at", Moment),
    PrimaryKeyConstraint("announcement_id", "language"),
    CheckConstraint("origin IN ('written', 'imported', 'machine')", name="origin"),
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
    _to("announcement_id", "announcements", nullable=True),
    _to("request_id", "help_requests", nullable=True),
    Column("segments", Integer),
    # Which of its announcement's texts this message carries; its own body is empty then.
    Column("language", Text),
    CheckConstraint(
        "state IN ('received', 'ready', 'sending', 'unknown', 'accepted', 'delivered', 'failed', 'dropped')",
        name="state",
    ),
    Index("ix_messages_contact_id_id", "contact_id", "id"),
    # The queue: only what still waits or is under way, so that it stays small beside ten million old rows.
    # The account first: what waits for one that may not send yet is not walked over.
    Index(
        "ix_messages_queue",
        "account",
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
    # Each contact gets an announcement once.
    Index(
        "ix_messages_announcement_id_contact_id",
        "announcement_id",
        "contact_id",
        unique=True,
        postgresql_where=text("announcement_id IS NOT NULL"),
        sqlite_where=text("announcement_id IS NOT NULL"),
    ),
    # How much event news a contact got lately.
    Index(
        "ix_messages_event_news",
        "contact_id",
        "sent_at",
        postgresql_where=text("kind = 'event' AND sent_at IS NOT NULL"),
        sqlite_where=text("kind = 'event' AND sent_at IS NOT NULL"),
    ),
    Index(
        "ix_messages_request_id",
        "request_id",
        postgresql_where=text("request_id IS NOT NULL"),
        sqlite_where=text("request_id IS NOT NULL"),
    ),
)

# How fast each of the school's own addresses may send, over all processes: when the next text may begin.
senders = Table(
    "senders",
    metadata,
    Column("account", Text, primary_key=True),
    Column("free_at", Moment, nullable=False),
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
    _to("owner_id", "staff", nullable=True),
    Column("claimed_at", Moment),
    Column("last_family_at", Moment),
    # When the family was asked whether it is settled; who closed it: "family", "silence" or "staff".
    Column("asked_at", Moment),
    Column("closed_by", Text),
    Index("ix_help_requests_school_id_closed_at", "school_id", "closed_at"),
    Index("ix_help_requests_contact_id", "contact_id"),
)

# What staff write to each other about a request; no family reads it.
request_notes = Table(
    "request_notes",
    metadata,
    _id(),
    _school(),
    _to("request_id", "help_requests"),
    _to("staff_id", "staff"),
    Column("at", Moment, nullable=False),
    Column("body", Text, nullable=False),
    Index("ix_request_notes_request_id", "request_id"),
)

# Families asked how they were received, after an event or when staff ask.
pulses = Table(
    "pulses",
    metadata,
    _id(),
    _school(),
    _to("event_id", "events", nullable=True),
    Column("created_at", Moment, nullable=False),
    Column("send_at", Moment, nullable=False),
    Column("closes_at", Moment, nullable=False),
    Column("sent_at", Moment),
    UniqueConstraint("event_id"),
    Index("ix_pulses_school_id_created_at", "school_id", "created_at"),
)

# Who was asked, and who answered; never what.
pulse_recipients = Table(
    "pulse_recipients",
    metadata,
    _to("pulse_id", "pulses"),
    _to("contact_id", "contacts"),
    _school(),
    Column("answered", Boolean, nullable=False, server_default=text("false")),
    PrimaryKeyConstraint("pulse_id", "contact_id"),
    Index("ix_pulse_recipients_contact_id", "contact_id"),
)

# What was answered; never by whom. The ids are random and there is no time: neither order nor clock tells.
pulse_answers = Table(
    "pulse_answers",
    metadata,
    _id(),
    _school(),
    _to("pulse_id", "pulses"),
    Column("language", Text, nullable=False),
    Column("score", Integer, nullable=False),
    Column("words", Text, nullable=False, server_default=""),
    CheckConstraint("score BETWEEN 1 AND 5", name="score"),
    Index("ix_pulse_answers_pulse_id", "pulse_id"),
)

# Codes in links and QR codes: for a school, a household, an event, or once for a member of staff.
links = Table(
    "links",
    metadata,
    Column("code", Text, primary_key=True),
    _school(),
    Column("kind", Text, nullable=False),
    Column("subject_id", BigInteger, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("expires_at", Moment),
    Column("used_at", Moment),
    CheckConstraint("kind IN ('school', 'household', 'event', 'staff')", name="kind"),
    Index("ix_links_school_id_kind_subject_id", "school_id", "kind", "subject_id"),
)

# What has to be done at a time: reminders, pulses, closing questions, places that were kept long enough.
jobs = Table(
    "jobs",
    metadata,
    _id(),
    _school(),
    Column("kind", Text, nullable=False),
    Column("subject_id", BigInteger, nullable=False),
    Column("key", Text, nullable=False, server_default=""),
    Column("due_at", Moment, nullable=False),
    Column("done_at", Moment),
    Column("lease_until", Moment),
    # How often it failed since it was set.
    Column("tries", Integer, nullable=False, server_default="0"),
    # What its handler has to know beside the subject, and how far it has come.
    Column("detail", JSON, nullable=False),
    UniqueConstraint("kind", "subject_id", "key"),
    Index(
        "ix_jobs_due",
        "due_at",
        postgresql_where=text("done_at IS NULL"),
        sqlite_where=text("done_at IS NULL"),
    ),
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
