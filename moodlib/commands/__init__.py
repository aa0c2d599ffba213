"""The commands of `python -m moodlib`, one module for each part of the library."""
