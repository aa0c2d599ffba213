"""`python -m moodlib`."""

from moodlib.cli import main

if __name__ == "__main__":
    main()
