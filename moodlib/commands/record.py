"""How a command is written down in the records of a run."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path


def command_line() -> str:
    """This command line, with paths cut to their last part: the records are for others, not about one computer."""
    words = [Path(word).name if "/" in word else word for word in sys.argv[1:]]
    return shlex.join(["python", "-m", "moodlib", *words])
