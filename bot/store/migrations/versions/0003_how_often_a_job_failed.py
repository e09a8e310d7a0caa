"""How often a job failed."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Every job that was set before has not failed yet, as far as anybody knows."""
    op.add_column("jobs", sa.Column("tries", sa.Integer(), server_default="0", nullable=False))
