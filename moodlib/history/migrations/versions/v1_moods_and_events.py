"""Moods by the second, and songs that were played, liked or skipped."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "1"
down_revision = None
branch_labels = None
depends_on = None

_KEY = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    """Make both tables."""
    op.create_table(
        "moods",
        sa.Column("id", _KEY, primary_key=True, autoincrement=True),
        sa.Column("listener", sa.String(32), nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("emotion", sa.String(16), nullable=False),
        sa.Column("confidence", sa.Float, nullable=False),
        sa.Column("valence", sa.Float, nullable=False),
        sa.Column("arousal", sa.Float, nullable=False),
    )
    op.create_index("moods_of_listener", "moods", ["listener", "at"])
    op.create_table(
        "events",
        sa.Column("id", _KEY, primary_key=True, autoincrement=True),
        sa.Column("listener", sa.String(32), nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("what", sa.String(16), nullable=False),
        sa.Column("track_id", sa.String(64), nullable=False),
        sa.Column("title", sa.String(300), nullable=False),
        sa.Column("artist", sa.String(300), nullable=False),
        sa.Column("mood", sa.String(16), nullable=False),
    )
    op.create_index("events_of_listener", "events", ["listener", "at"])


def downgrade() -> None:
    """Drop both tables."""
    op.drop_table("events")
    op.drop_table("moods")
