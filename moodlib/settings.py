"""The limits of one server: `settings.toml`, each value overridden by MOOD_DJ_<NAME> when that is set."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from pydantic import Field, ValidationError
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict, TomlConfigSettingsSource

from moodlib.errors import InputError
from moodlib.paths import ROOT

FILE: Final = ROOT / "settings.toml"


class Limits(BaseSettings):
    """What one server allows.

    Attributes:
        cameras: Cameras that are read at once, over all sessions.
        camera_rate: Frames a second that are read of each camera at most.
        upload_mb: Largest file that is taken, in MB.
        picture_megapixels: Largest picture that is decoded.
        animation_frames: Most frames of an animated picture.
        video_megapixels: Largest frame of a video.
        video_minutes: Longest video.
        video_seconds_of_work: Seconds after which the reading of a video is given up.
        import_rows: Longest table of songs that a listener can bring.
        history_url: Where listeners' histories are kept, for those who turn them on.
    """

    model_config = SettingsConfigDict(env_prefix="MOOD_DJ_", frozen=True, extra="forbid")

    cameras: int = Field(8, ge=1, le=1000)
    camera_rate: float = Field(15.0, ge=1, le=120)
    upload_mb: int = Field(200, ge=1, le=4096)
    picture_megapixels: float = Field(50.0, gt=0, le=500)
    animation_frames: int = Field(1000, ge=1)
    video_megapixels: float = Field(9.5, gt=0, le=100)
    video_minutes: float = Field(30.0, gt=0, le=600)
    video_seconds_of_work: float = Field(300.0, gt=0)
    import_rows: int = Field(300_000, ge=1, le=2_000_000)
    history_url: str = "sqlite:///~/.local/share/mood-dj/history.db"

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Arguments first, then the environment, then the file."""
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls, FILE)


def load(**given: Any) -> Limits:
    """The limits as file and environment say.

    Args:
        given: Values that count before both.

    Raises:
        InputError: A value is of the wrong kind, out of its range or unknown, or the file is no TOML.
    """
    try:
        return Limits(**given)
    except ValidationError as error:
        first = error.errors()[0]
        name = ".".join(map(str, first["loc"]))
        raise InputError(f"{_shown(FILE)} or MOOD_DJ_{name.upper()}: {name}: {first['msg']}.") from error
    except ValueError as error:
        raise InputError(f"{_shown(FILE)} is not a TOML file that can be read: {error}.") from error


@lru_cache(maxsize=1)
def limits() -> Limits:
    """The limits, read once."""
    return load()


def _shown(path: Path) -> str:
    return path.name
