"""The first tables: schools, families, consent, events, conversations, messages, timers, audit."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

# SQLite makes only an INTEGER key the place of the row itself.
WHOLE = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make all tables."""
    _ids()
    _inbox_keys()
    _schools()
    _accounts()
    _audit()
    _events()
    _households()
    _staff()
    _contacts()
    _event_texts()
    _invitations()
    _consents()
    _conversations()
    _help_requests()
    _rsvps()
    _messages()
    _timers()


def _ids() -> None:
    """Where ids come from: a sequence on PostgreSQL, a row on SQLite, which has no sequences."""
    op.create_table(
        "next_id",
        sa.Column("only", sa.Integer(), nullable=False),
        sa.Column("next", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("only", name="pk_next_id"),
    )
    if op.get_bind().dialect.name == "sqlite":
        op.execute("INSERT INTO next_id VALUES (1, 1)")
    else:
        op.execute("CREATE SEQUENCE sobremesa_ids")


def _id() -> sa.Column[int]:
    return sa.Column("id", WHOLE, autoincrement=False, nullable=False)


def _school() -> sa.Column[int]:
    return sa.Column("school_id", WHOLE, nullable=False)


def _where(condition: str) -> dict[str, Any]:
    return {"postgresql_where": sa.text(condition), "sqlite_where": sa.text(condition)}


def _inbox_keys() -> None:
    op.create_table(
        "inbox_keys",
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("provider_id", sa.Text(), nullable=False),
        sa.Column("school_id", sa.BigInteger(), nullable=False),
        sa.Column("seen_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("channel", "account", "provider_id", name="pk_inbox_keys"),
    )
    op.create_index("ix_inbox_keys_seen_at", "inbox_keys", ["seen_at"])


def _schools() -> None:
    op.create_table(
        "schools",
        _id(),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("timezone", sa.Text(), nullable=False),
        sa.Column("languages", sa.JSON(), nullable=False),
        sa.Column("contact", sa.Text(), server_default="", nullable=False),
        sa.Column("hours", sa.JSON(), nullable=False),
        sa.Column("quiet_from", sa.Integer(), server_default="21", nullable=False),
        sa.Column("quiet_to", sa.Integer(), server_default="8", nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_schools"),
        sa.UniqueConstraint("name", name="uq_schools_name"),
    )


def _accounts() -> None:
    op.create_table(
        "accounts",
        sa.Column("address", sa.Text(), nullable=False),
        _school(),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["school_id"], ["schools.id"], name="fk_accounts_school_id"),
        sa.PrimaryKeyConstraint("address", name="pk_accounts"),
    )


def _audit() -> None:
    op.create_table(
        "audit",
        _id(),
        _school(),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("detail", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["school_id"], ["schools.id"], name="fk_audit_school_id"),
        sa.PrimaryKeyConstraint("id", name="pk_audit"),
    )
    op.create_index("ix_audit_school_id_at", "audit", ["school_id", "at"])


def _events() -> None:
    op.create_table(
        "events",
        _id(),
        _school(),
        sa.Column("starts", sa.BigInteger(), nullable=False),
        sa.Column("ends", sa.BigInteger(), nullable=False),
        sa.Column("languages", sa.JSON(), nullable=False),
        sa.Column("child_care", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("food", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("places", sa.Integer()),
        sa.Column("cancelled_at", sa.BigInteger()),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("places > 0", name="ck_events_places"),
        sa.ForeignKeyConstraint(["school_id"], ["schools.id"], name="fk_events_school_id"),
        sa.PrimaryKeyConstraint("id", name="pk_events"),
    )
    op.create_index("ix_events_school_id_starts", "events", ["school_id", "starts"])


def _households() -> None:
    op.create_table(
        "households",
        _id(),
        _school(),
        sa.Column("name", sa.Text()),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["school_id"], ["schools.id"], name="fk_households_school_id"),
        sa.PrimaryKeyConstraint("id", name="pk_households"),
    )
    op.create_index("ix_households_school_id_name", "households", ["school_id", "name"])


def _staff() -> None:
    op.create_table(
        "staff",
        _id(),
        _school(),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), server_default="en", nullable=False),
        sa.Column("telegram_chat", sa.Text()),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("left_at", sa.BigInteger()),
        sa.CheckConstraint("role IN ('admin', 'editor', 'helper')", name="ck_staff_role"),
        sa.ForeignKeyConstraint(["school_id"], ["schools.id"], name="fk_staff_school_id"),
        sa.PrimaryKeyConstraint("id", name="pk_staff"),
        sa.UniqueConstraint("school_id", "email", name="uq_staff_school_id_email"),
    )


def _contacts() -> None:
    op.create_table(
        "contacts",
        _id(),
        _school(),
        sa.Column("household_id", sa.BigInteger()),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("account", sa.Text(), server_default="", nullable=False),
        sa.Column("name", sa.Text()),
        sa.Column("role", sa.Text(), server_default="parent", nullable=False),
        sa.Column("language", sa.Text()),
        sa.Column("language_chosen", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("permission", sa.Text(), server_default="unknown", nullable=False),
        sa.Column("stopped_at", sa.BigInteger()),
        sa.Column("wrong_number_at", sa.BigInteger()),
        sa.Column("introduced_at", sa.BigInteger()),
        sa.Column("last_inbound_at", sa.BigInteger()),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("permission IN ('unknown', 'given', 'refused')", name="ck_contacts_permission"),
        sa.ForeignKeyConstraint(["household_id"], ["households.id"], name="fk_contacts_household_id"),
        sa.ForeignKeyConstraint(["school_id"], ["schools.id"], name="fk_contacts_school_id"),
        sa.PrimaryKeyConstraint("id", name="pk_contacts"),
        sa.UniqueConstraint("address", "school_id", name="uq_contacts_address_school_id"),
    )
    op.create_index("ix_contacts_household_id", "contacts", ["household_id"])


def _event_texts() -> None:
    op.create_table(
        "event_texts",
        sa.Column("event_id", sa.BigInteger(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        _school(),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("place", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["event_id"], ["events.id"], name="fk_event_texts_event_id"),
        sa.ForeignKeyConstraint(["school_id"], ["schools.id"], name="fk_event_texts_school_id"),
        sa.PrimaryKeyConstraint("event_id", "language", name="pk_event_texts"),
    )


def _invitations() -> None:
    op.create_table(
        "invitations",
        sa.Column("event_id", sa.BigInteger(), nullable=False),
        sa.Column("household_id", sa.BigInteger(), nullable=False),
        _school(),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["event_id"], ["events.id"], name="fk_invitations_event_id"),
        sa.ForeignKeyConstraint(["household_id"], ["households.id"], name="fk_invitations_household_id"),
        sa.ForeignKeyConstraint(["school_id"], ["schools.id"], name="fk_invitations_school_id"),
        sa.PrimaryKeyConstraint("event_id", "household_id", name="pk_invitations"),
    )
    op.create_index("ix_invitations_household_id", "invitations", ["household_id"])


def _consents() -> None:
    op.create_table(
        "consents",
        _id(),
        _school(),
        sa.Column("contact_id", sa.BigInteger(), nullable=False),
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("permission", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("language", sa.Text()),
        sa.Column("words", sa.Text(), server_default="", nullable=False),
        sa.Column("shown", sa.Text(), server_default="", nullable=False),
        sa.ForeignKeyConstraint(["contact_id"], ["contacts.id"], name="fk_consents_contact_id"),
        sa.ForeignKeyConstraint(["school_id"], ["schools.id"], name="fk_consents_school_id"),
        sa.PrimaryKeyConstraint("id", name="pk_consents"),
    )
    op.create_index("ix_consents_contact_id_at", "consents", ["contact_id", "at"])


def _conversations() -> None:
    op.create_table(
        "conversations",
        _id(),
        _school(),
        sa.Column("contact_id", sa.BigInteger(), nullable=False),
        sa.Column("flow", sa.Text(), nullable=False),
        sa.Column("subject_id", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("stage", sa.Text(), nullable=False),
        sa.Column("record", sa.JSON(), nullable=False),
        sa.Column("asked_at", sa.BigInteger()),
        sa.Column("tries", sa.Integer(), server_default="0", nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("stage IN ('open', 'waiting', 'done', 'closed')", name="ck_conversations_stage"),
        sa.ForeignKeyConstraint(["contact_id"], ["contacts.id"], name="fk_conversations_contact_id"),
        sa.ForeignKeyConstraint(["school_id"], ["schools.id"], name="fk_conversations_school_id"),
        sa.PrimaryKeyConstraint("id", name="pk_conversations"),
        sa.UniqueConstraint("contact_id", "flow", "subject_id", name="uq_conversations_contact_id_flow_subject_id"),
    )


def _help_requests() -> None:
    op.create_table(
        "help_requests",
        _id(),
        _school(),
        sa.Column("contact_id", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("urgent", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("opened_at", sa.BigInteger(), nullable=False),
        sa.Column("last_staff_at", sa.BigInteger()),
        sa.Column("closed_at", sa.BigInteger()),
        sa.ForeignKeyConstraint(["contact_id"], ["contacts.id"], name="fk_help_requests_contact_id"),
        sa.ForeignKeyConstraint(["school_id"], ["schools.id"], name="fk_help_requests_school_id"),
        sa.PrimaryKeyConstraint("id", name="pk_help_requests"),
    )
    op.create_index("ix_help_requests_contact_id", "help_requests", ["contact_id"])
    op.create_index("ix_help_requests_school_id_closed_at", "help_requests", ["school_id", "closed_at"])


def _rsvps() -> None:
    op.create_table(
        "rsvps",
        sa.Column("event_id", sa.BigInteger(), nullable=False),
        sa.Column("household_id", sa.BigInteger(), nullable=False),
        _school(),
        sa.Column("coming", sa.Text(), nullable=False),
        sa.Column("adults", sa.Integer()),
        sa.Column("children", sa.Integer()),
        sa.Column("child_care", sa.Boolean()),
        sa.Column("food", sa.Text()),
        sa.Column("interpreter", sa.Text()),
        sa.Column("answered_by", sa.BigInteger()),
        sa.Column("answered_at", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("coming IN ('yes', 'no', 'maybe')", name="ck_rsvps_coming"),
        sa.ForeignKeyConstraint(["answered_by"], ["contacts.id"], name="fk_rsvps_answered_by"),
        sa.ForeignKeyConstraint(["event_id"], ["events.id"], name="fk_rsvps_event_id"),
        sa.ForeignKeyConstraint(["household_id"], ["households.id"], name="fk_rsvps_household_id"),
        sa.ForeignKeyConstraint(["school_id"], ["schools.id"], name="fk_rsvps_school_id"),
        sa.PrimaryKeyConstraint("event_id", "household_id", name="pk_rsvps"),
    )
    op.create_index("ix_rsvps_household_id", "rsvps", ["household_id"])


def _messages() -> None:
    op.create_table(
        "messages",
        _id(),
        _school(),
        sa.Column("contact_id", sa.BigInteger(), nullable=False),
        sa.Column("outgoing", sa.Boolean(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("buttons", sa.JSON()),
        sa.Column("media", sa.JSON()),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("rank", sa.Integer(), server_default="0", nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("conversation_id", sa.BigInteger()),
        sa.Column("provider_id", sa.Text()),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("due_at", sa.BigInteger()),
        sa.Column("expires_at", sa.BigInteger()),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("attempt_id", sa.Text()),
        sa.Column("lease_until", sa.BigInteger()),
        sa.Column("sent_at", sa.BigInteger()),
        sa.Column("final_at", sa.BigInteger()),
        sa.Column("code", sa.Integer()),
        sa.Column("reason", sa.Text()),
        sa.CheckConstraint(
            "state IN ('received', 'ready', 'sending', 'unknown', 'accepted', 'delivered', 'failed', 'dropped')",
            name="ck_messages_state",
        ),
        sa.ForeignKeyConstraint(["contact_id"], ["contacts.id"], name="fk_messages_contact_id"),
        sa.ForeignKeyConstraint(["conversation_id"], ["conversations.id"], name="fk_messages_conversation_id"),
        sa.ForeignKeyConstraint(["school_id"], ["schools.id"], name="fk_messages_school_id"),
        sa.PrimaryKeyConstraint("id", name="pk_messages"),
    )
    op.create_index("ix_messages_contact_id_id", "messages", ["contact_id", "id"])
    op.create_index("ix_messages_provider_id", "messages", ["provider_id"], **_where("provider_id IS NOT NULL"))
    op.create_index("ix_messages_queue", "messages", ["rank", "due_at", "id"], **_where("state = 'ready'"))
    op.create_index(
        "ix_messages_unsettled", "messages", ["contact_id", "id"], **_where("state IN ('ready', 'sending')")
    )


def _timers() -> None:
    op.create_table(
        "timers",
        _id(),
        _school(),
        sa.Column("conversation_id", sa.BigInteger(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("due_at", sa.BigInteger(), nullable=False),
        sa.Column("fired_at", sa.BigInteger()),
        sa.Column("lease_until", sa.BigInteger()),
        sa.ForeignKeyConstraint(["conversation_id"], ["conversations.id"], name="fk_timers_conversation_id"),
        sa.ForeignKeyConstraint(["school_id"], ["schools.id"], name="fk_timers_school_id"),
        sa.PrimaryKeyConstraint("id", name="pk_timers"),
        sa.UniqueConstraint("conversation_id", "key", name="uq_timers_conversation_id_key"),
    )
    op.create_index("ix_timers_due", "timers", ["due_at"], **_where("fired_at IS NULL"))
