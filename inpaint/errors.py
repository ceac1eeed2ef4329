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


def one_line(error):
    """An error's message, of however many lines, on one; its type if it has none.

    Of TensorFlow's errors the message alone, without the graph's nodes.

    >>> one_line(ValueError("no such\n  file"))
    'no such file'
    """
    message = getattr(error, "message", None) or str(error)
    return " ".join(message.split()) or type(error).__name__


def first_line(error):
    """The first line of an error whose further ones are a library's own affair."""
    lines = str(error).strip().splitlines()
    return lines[0] if lines else type(error).__name__


def printable(text):
    """The text with what a terminal would not print, such as escapes, spelt out.

    >>> printable("a\\x1b[2J.png")
    'a\\\\x1b[2J.png'
    """
    return "".join(x if x.isprintable() else repr(x)[1:-1] for x in str(text))


class MaskWarning(UserWarning):
    """A mask is filled as it is, though it may not be what was meant."""


class StrategyWarning(UserWarning):
    """A picture is not filled as a whole at its size, or had better not be."""
