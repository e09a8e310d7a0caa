"""What a contact is called in an app."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """It is kept from the next text of a contact on."""
    op.add_column("contacts", sa.Column("app_name", sa.Text()))
