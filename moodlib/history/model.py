"""The tables of the history. Their first shape and every change of it is a step in `migrations/versions`."""

from __future__ import annotations

from typing import Final

from sqlalchemy import BigInteger, Float, Index, Integer, String
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    """What all tables share: their metadata."""


# SQLite numbers rows by itself only when the key is a plain INTEGER.
_KEY: Final = BigInteger().with_variant(Integer, "sqlite")


class MoodRow(Base):
    """The mood of one second."""

    __tablename__ = "moods"
    __table_args__ = (Index("moods_of_listener", "listener", "at"),)

    id: Mapped[int] = mapped_column(_KEY, primary_key=True, autoincrement=True)
    listener: Mapped[str] = mapped_column(String(32))
    at: Mapped[int] = mapped_column(BigInteger)
    emotion: Mapped[str] = mapped_column(String(16))
    confidence: Mapped[float] = mapped_column(Float)
    valence: Mapped[float] = mapped_column(Float)
    arousal: Mapped[float] = mapped_column(Float)


class EventRow(Base):
    """A song that was played, liked or skipped."""

    __tablename__ = "events"
    __table_args__ = (Index("events_of_listener", "listener", "at"),)

    id: Mapped[int] = mapped_column(_KEY, primary_key=True, autoincrement=True)
    listener: Mapped[str] = mapped_column(String(32))
    at: Mapped[int] = mapped_column(BigInteger)
    what: Mapped[str] = mapped_column(String(16))
    track_id: Mapped[str] = mapped_column(String(64))
    title: Mapped[str] = mapped_column(String(300))
    artist: Mapped[str] = mapped_column(String(300))
    mood: Mapped[str] = mapped_column(String(16))
