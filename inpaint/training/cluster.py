"""TF_CONFIG's cluster: who is in it, and waiting until all of them are there.

TensorFlow waits for missing workers without a word, and deaf to signals. So they meet
before it is asked: each listens at its own address and calls at the others', until it
has reached them all, whether it finds them waiting here or in TensorFlow already.
"""

import contextlib
import json
import os
import socket
import time

from inpaint.errors import InputError, RunError

TIMEOUT = "INPAINT_CLUSTER_TIMEOUT"  # environment variable, seconds
_SECONDS = 600.0
_CALL = 1.0  # second, of a call at one address
_PAUSE = 0.2  # seconds, between two rounds of calls


def workers():
    """(own address, the others') of TF_CONFIG's cluster: "host:port" each.

    Raises:
      InputError: TF_CONFIG does not describe one.
    """
    try:
        described = json.loads(os.environ["TF_CONFIG"])
        cluster, task = described["cluster"], described["task"]
        kind, index = task["type"], int(task["index"])
        if index < 0:
            raise IndexError(f"task index {index}")
        own = cluster[kind][index]
        known = [x for kind in ("chief", "worker") for x in cluster.get(kind, [])]
        for address in known:
            _split(address)
    except (ValueError, KeyError, IndexError, TypeError, AttributeError) as error:
        detail = f"{error} is missing" if isinstance(error, KeyError) else error
        raise InputError(f"TF_CONFIG: does not describe a cluster: {detail}") from None
    return own, [address for address in known if address != own]


def meet(say, clock=time.monotonic):
    """Returns when all of the cluster's workers have been reached.

    Args:
      say: function of one line of text, told whom it waits for.
      clock: function that tells the time in seconds.

    Raises:
      InputError: TF_CONFIG does not describe a cluster, or its port is in use here.
      RunError: some have not come within the seconds that the environment variable
        INPAINT_CLUSTER_TIMEOUT says, 600 by default.
    """
    own, missing = workers()
    limit = _limit()
    begun, told = clock(), None
    with _listening(own) as listener:
        while True:
            missing = [address for address in missing if not _reached(address)]
            if not missing:
                return
            if missing != told:
                say(f"waiting for {', '.join(missing)}, up to {limit:g} s ({TIMEOUT})")
                told = missing
            if clock() - begun > limit:
                raise RunError(
                    f"TF_CONFIG: {', '.join(missing)} did not come within {limit:g} s"
                )
            _answer(listener)


def _limit():
    text = os.environ.get(TIMEOUT) or _SECONDS
    try:
        seconds = float(text)
    except ValueError:
        seconds = -1.0
    if not 0 <= seconds < float("inf"):
        raise InputError(f"{TIMEOUT}: expected a number of seconds, got {text!r}")
    return seconds


def _split(address):
    host, _, port = address.rpartition(":")
    if not host or not 0 < int(port) < 65536:
        raise ValueError(f"{address!r} is not host:port")
    return host.strip("[]"), int(port)


@contextlib.contextmanager
def _listening(address):
    """A socket at our own port, closed at the end for TensorFlow to take it."""
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind(("", _split(address)[1]))
        except OSError as error:
            raise InputError(
                f"TF_CONFIG: cannot listen at {address}: {error.strerror}"
            ) from None
        listener.listen()
        listener.settimeout(_PAUSE)
        yield listener


def _answer(listener):
    """Takes calls for a moment."""
    end = time.monotonic() + _PAUSE
    while time.monotonic() < end:
        with contextlib.suppress(OSError):
            listener.accept()[0].close()


def _reached(address):
    try:
        socket.create_connection(_split(address), _CALL).close()
    except OSError:
        return False
    return True
