"""The school: announcements, the waiting list, who came, help from a person, pulses, links, jobs."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

# SQLite makes only an INTEGER key the place of the row itself.
WHOLE = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make the new tables and columns; nothing that was kept is lost."""
    _announcements()
    _announcement_texts()
    _attendances()
    _pulses()
    _pulse_recipients()
    _pulse_answers()
    _request_notes()
    _links()
    _jobs()
    _senders()
    _columns()
    _waiting_list()


def _id() -> sa.Column[int]:
    return sa.Column("id", WHOLE, autoincrement=False, nullable=False)


def _school() -> sa.Column[int]:
    return sa.Column("school_id", WHOLE, nullable=False)


def _where(condition: str) -> dict[str, Any]:
    return {"postgresql_where": sa.text(condition), "sqlite_where": sa.text(condition)}


def _refer(table: str, column: str, target: str) -> None:
    """A new column that refers to another table; SQLite takes the reference only with the column itself."""
    reference = f"CONSTRAINT fk_{table}_{column} REFERENCES {target} (id)"
    op.execute(f"ALTER TABLE {table} ADD COLUMN {column} BIGINT {reference}")


def _announcements() -> None:
    op.create_table(
        "announcements",
        _id(),
        _school(),
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("audience", sa.JSON(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("made_by", sa.BigInteger()),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("send_at", sa.BigInteger()),
        sa.Column("started_at", sa.BigInteger()),
        sa.Column("finished_at", sa.BigInteger()),
        sa.Column("stopped_at", sa.BigInteger()),
        sa.Column("expires_at", sa.BigInteger()),
        sa.Column("reached", sa.BigInteger(), server_default="0", nullable=False),
        sa.CheckConstraint(
            "state IN ('draft', 'scheduled', 'sending', 'stopped', 'sent')", name="ck_announcements_state"
        ),
        sa.CheckConstraint("topic IN ('events', 'urgent')", name="ck_announcements_topic"),
        sa.ForeignKeyConstraint(["made_by"], ["staff.id"], name="fk_announcements_made_by"),
        sa.ForeignKeyConstraint(["school_id"], ["schools.id"], name="fk_announcements_school_id"),
        sa.PrimaryKeyConstraint("id", name="pk_announcements"),
    )
    op.create_index("ix_announcements_school_id_created_at", "announcements", ["school_id", "created_at"])


def _announcement_texts() -> None:
    op.create_table(
        "announcement_texts",
        sa.Column("announcement_id", sa.BigInteger(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        _school(),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("origin", sa.Text(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.Column("approved_by", sa.BigInteger()),
        sa.Column("approved_at", sa.BigInteger()),
        sa.CheckConstraint("origin IN ('written', 'imported', 'machine')", name="ck_announcement_texts_origin"),
        sa.ForeignKeyConstraint(
            ["announcement_id"], ["announcements.id"], name="fk_announcement_texts_announcement_id"
        ),
        sa.ForeignKeyConstraint(["approved_by"], ["staff.id"], name="fk_announcement_texts_approved_by"),
        sa.ForeignKeyConstraint(["school_id"], ["schools.id"], name="fk_announcement_texts_school_id"),
        sa.PrimaryKeyConstraint("announcement_id", "language", name="pk_announcement_texts"),
    )


def _attendances() -> None:
    op.create_table(
        "attendances",
        sa.Column("event_id", sa.BigInteger(), nullable=False),
        sa.Column("household_id", sa.BigInteger(), nullable=False),
        _school(),
        sa.Column("adults", sa.Integer(), nullable=False),
        sa.Column("children", sa.Integer(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("source IN ('door', 'walk-in', 'rsvp')", name="ck_attendances_source"),
        sa.ForeignKeyConstraint(["event_id"], ["events.id"], name="fk_attendances_event_id"),
        sa.ForeignKeyConstraint(["household_id"], ["households.id"], name="fk_attendances_household_id"),
        sa.ForeignKeyConstraint(["school_id"], ["schools.id"], name="fk_attendances_school_id"),
        sa.PrimaryKeyConstraint("event_id", "household_id", name="pk_attendances"),
    )
    op.create_index("ix_attendances_household_id", "attendances", ["household_id"])


def _pulses() -> None:
    op.create_table(
        "pulses",
        _id(),
        _school(),
        sa.Column("event_id", sa.BigInteger()),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("send_at", sa.BigInteger(), nullable=False),
        sa.Column("closes_at", sa.BigInteger(), nullable=False),
        sa.Column("sent_at", sa.BigInteger()),
        sa.ForeignKeyConstraint(["event_id"], ["events.id"], name="fk_pulses_event_id"),
        sa.ForeignKeyConstraint(["school_id"], ["schools.id"], name="fk_pulses_school_id"),
        sa.PrimaryKeyConstraint("id", name="pk_pulses"),
        sa.UniqueConstraint("event_id", name="uq_pulses_event_id"),
    )
    op.create_index("ix_pulses_school_id_created_at", "pulses", ["school_id", "created_at"])


def _pulse_recipients() -> None:
    op.create_table(
        "pulse_recipients",
        sa.Column("pulse_id", sa.BigInteger(), nullable=False),
        sa.Column("contact_id", sa.BigInteger(), nullable=False),
        _school(),
        sa.Column("answered", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.ForeignKeyConstraint(["contact_id"], ["contacts.id"], name="fk_pulse_recipients_contact_id"),
        sa.ForeignKeyConstraint(["pulse_id"], ["pulses.id"], name="fk_pulse_recipients_pulse_id"),
        sa.ForeignKeyConstraint(["school_id"], ["schools.id"], name="fk_pulse_recipients_school_id"),
        sa.PrimaryKeyConstraint("pulse_id", "contact_id", name="pk_pulse_recipients"),
    )
    op.create_index("ix_pulse_recipients_contact_id", "pulse_recipients", ["contact_id"])


def _pulse_answers() -> None:
    op.create_table(
        "pulse_answers",
        _id(),
        _school(),
        sa.Column("pulse_id", sa.BigInteger(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("score", sa.Integer(), nullable=False),
        sa.Column("words", sa.Text(), server_default="", nullable=False),
        sa.CheckConstraint("score BETWEEN 1 AND 5", name="ck_pulse_answers_score"),
        sa.ForeignKeyConstraint(["pulse_id"], ["pulses.id"], name="fk_pulse_answers_pulse_id"),
        sa.ForeignKeyConstraint(["school_id"], ["schools.id"], name="fk_pulse_answers_school_id"),
        sa.PrimaryKeyConstraint("id", name="pk_pulse_answers"),
    )
    op.create_index("ix_pulse_answers_pulse_id", "pulse_answers", ["pulse_id"])


def _request_notes() -> None:
    op.create_table(
        "request_notes",
        _id(),
        _school(),
        sa.Column("request_id", sa.BigInteger(), nullable=False),
        sa.Column("staff_id", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["request_id"], ["help_requests.id"], name="fk_request_notes_request_id"),
        sa.ForeignKeyConstraint(["school_id"], ["schools.id"], name="fk_request_notes_school_id"),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name="fk_request_notes_staff_id"),
        sa.PrimaryKeyConstraint("id", name="pk_request_notes"),
    )
    op.create_index("ix_request_notes_request_id", "request_notes", ["request_id"])


def _links() -> None:
    op.create_table(
        "links",
        sa.Column("code", sa.Text(), nullable=False),
        _school(),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("subject_id", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger()),
        sa.Column("used_at", sa.BigInteger()),
        sa.CheckConstraint("kind IN ('school', 'household', 'event', 'staff')", name="ck_links_kind"),
        sa.ForeignKeyConstraint(["school_id"], ["schools.id"], name="fk_links_school_id"),
        sa.PrimaryKeyConstraint("code", name="pk_links"),
    )
    op.create_index("ix_links_school_id_kind_subject_id", "links", ["school_id", "kind", "subject_id"])


def _jobs() -> None:
    op.create_table(
        "jobs",
        _id(),
        _school(),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("subject_id", sa.BigInteger(), nullable=False),
        sa.Column("key", sa.Text(), server_default="", nullable=False),
        sa.Column("due_at", sa.BigInteger(), nullable=False),
        sa.Column("done_at", sa.BigInteger()),
        sa.Column("lease_until", sa.BigInteger()),
        sa.Column("detail", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["school_id"], ["schools.id"], name="fk_jobs_school_id"),
        sa.PrimaryKeyConstraint("id", name="pk_jobs"),
        sa.UniqueConstraint("kind", "subject_id", "key", name="uq_jobs_kind_subject_id_key"),
    )
    op.create_index("ix_jobs_due", "jobs", ["due_at"], **_where("done_at IS NULL"))


def _senders() -> None:
    op.create_table(
        "senders",
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("free_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("account", name="pk_senders"),
    )


def _columns() -> None:
    op.add_column("contacts", sa.Column("timezone", sa.Text()))
    op.add_column("events", sa.Column("sequence", sa.Integer(), server_default="0", nullable=False))
    _refer("help_requests", "owner_id", "staff")
    op.add_column("help_requests", sa.Column("claimed_at", sa.BigInteger()))
    op.add_column("help_requests", sa.Column("last_family_at", sa.BigInteger()))
    op.add_column("help_requests", sa.Column("asked_at", sa.BigInteger()))
    op.add_column("help_requests", sa.Column("closed_by", sa.Text()))
    _refer("messages", "announcement_id", "announcements")
    _refer("messages", "request_id", "help_requests")
    op.add_column("messages", sa.Column("segments", sa.Integer()))
    op.add_column("messages", sa.Column("language", sa.Text()))
    op.drop_index("ix_messages_queue", "messages")
    op.create_index("ix_messages_queue", "messages", ["account", "rank", "due_at", "id"], **_where("state = 'ready'"))
    op.create_index(
        "ix_messages_event_news",
        "messages",
        ["contact_id", "sent_at"],
        **_where("kind = 'event' AND sent_at IS NOT NULL"),
    )
    op.create_index("ix_contacts_school_id_id", "contacts", ["school_id", "id"])
    op.create_index(
        "ix_messages_announcement_id_contact_id",
        "messages",
        ["announcement_id", "contact_id"],
        unique=True,
        **_where("announcement_id IS NOT NULL"),
    )
    op.create_index("ix_messages_request_id", "messages", ["request_id"], **_where("request_id IS NOT NULL"))
    op.add_column("schools", sa.Column("weekly_cap", sa.Integer(), server_default="3", nullable=False))
    op.add_column("schools", sa.Column("office", sa.JSON()))
    op.add_column("staff", sa.Column("phone", sa.Text()))
    op.add_column("staff", sa.Column("alerted", sa.Boolean(), server_default=sa.text("false"), nullable=False))
    op.create_index("ix_staff_telegram_chat", "staff", ["telegram_chat"], **_where("telegram_chat IS NOT NULL"))


def _waiting_list() -> None:
    """A fourth answer. SQLite cannot change a check, so there the table is written anew."""
    coming = "coming IN ('yes', 'no', 'maybe', 'waiting')"
    waiting_since, offered_until = (
        sa.Column("waiting_since", sa.BigInteger()),
        sa.Column("offered_until", sa.BigInteger()),
    )
    with op.batch_alter_table("rsvps") as rsvps:
        rsvps.add_column(waiting_since)
        rsvps.add_column(offered_until)
        rsvps.add_column(sa.Column("wanted", sa.Integer()))
        rsvps.drop_constraint("ck_rsvps_coming", type_="check")
        rsvps.create_check_constraint("ck_rsvps_coming", coming)
