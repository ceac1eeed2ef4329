"""The errors that end a command: their message is one line for the user."""


class InputError(ValueError):
    """A file, folder, key or array that the user gave cannot be used.

    The message names it and says what was expected, on one line: the command-line
    programs print it as it is, without a traceback, and exit with 2.
    """


class RunError(RuntimeError):
    """A run that began well cannot go on; the message says where and why.

    The command-line programs print it as it is and exit with 1.
    """
