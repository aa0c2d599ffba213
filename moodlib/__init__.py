"""A mood DJ: reads a face, follows its mood, ranks songs for it."""

__version__ = "0.1.0"
