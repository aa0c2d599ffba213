"""How many pictures a GIF holds, told without decoding one: an animation of a million costs hours otherwise.

The layout is CompuServe's GIF89a specification (1990): blocks whose sizes can be skipped.
"""

from __future__ import annotations

from typing import Final

_EXTENSION: Final = 0x21
_PICTURE: Final = 0x2C


def more_frames_than(data: bytes, most: int) -> bool:
    """Whether a file is a GIF of more than `most` pictures; False for whatever is no GIF or is cut short before."""
    if not data.startswith((b"GIF87a", b"GIF89a")) or len(data) < 13:
        return False
    at, frames = 13 + _colours(data[10]), 0
    try:
        while True:
            block = data[at]
            if block == _PICTURE:
                frames += 1
                if frames > most:
                    return True
                # Ten bytes of place and size, perhaps colours, one byte of code size, then the picture's own blocks.
                at = _after_blocks(data, at + 11 + _colours(data[at + 9]))
            elif block == _EXTENSION:
                at = _after_blocks(data, at + 2)
            else:
                return False
    except IndexError:
        return False


def _colours(flags: int) -> int:
    """Bytes of the table of colours that follows."""
    return 3 << ((flags & 7) + 1) if flags & 0x80 else 0


def _after_blocks(data: bytes, at: int) -> int:
    while data[at]:
        at += data[at] + 1
    return at + 1
