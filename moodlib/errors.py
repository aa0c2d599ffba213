"""The one kind of error that is meant for a person to read."""


class InputError(ValueError):
    """Something given from outside cannot be used.

    The message is one sentence (or two) that names what is wrong, where, and what to do about it. The command line
    prints it and exits with status 2; a page shows it and stays usable. It is never raised for a bug of ours.
    """
