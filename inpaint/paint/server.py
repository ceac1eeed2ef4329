"""The server: listens, and ends when it is told to."""

import contextlib
import errno
import ipaddress
import secrets
import socket
import threading

from werkzeug.serving import WSGIRequestHandler, make_server

from inpaint.errors import InputError
from inpaint.paint.app import App
from inpaint.paint.security import Guard

LOCAL = "127.0.0.1"


class _Handler(WSGIRequestHandler):
    """Does not write a line for each request."""

    def log(self, *_, **__):
        pass


class Server:
    """Listens on an address and a port from its making on.

    Args:
      session, filler: see `App`.
      host: an address of this machine. All but 127.0.0.1 need a token, which is made.
      port: 0 for any that is free.

    Attributes:
      url: where the page is, the token with it.

    Raises:
      InputError: the port is in use, or there is no such address.
    """

    def __init__(self, session, filler, host=LOCAL, port=0):
        self._error = None
        self._filler = filler
        listening = _listening(host, port)
        port = listening.getsockname()[1]
        with listening:
            self._server = make_server(
                host, port, None, True, request_handler=_Handler, fd=listening.fileno()
            )
        token = None if host == LOCAL else secrets.token_urlsafe(24)
        everywhere = host in ("0.0.0.0", "::")
        shown = f"[{host}]" if ":" in host else host
        names = {shown.lower(), "localhost", LOCAL}
        if everywhere:
            names.add(socket.gethostname().lower())
            shown = socket.gethostname()
        guard = Guard(port, names, everywhere, token)
        self._server.app = App(session, filler, guard)
        self.url = f"http://{shown}:{port}/" + (f"?token={token}" if token else "")

    def run(self, opened=None):
        """Answers requests, loading what fills meanwhile, until Ctrl-C.

        Args:
          opened: called with the address once it answers.

        Raises:
          KeyboardInterrupt: that was it.
          InputError and others: what loading raised.
        """
        for work in (self._load, *([lambda: opened(self.url)] if opened else [])):
            threading.Thread(target=work, daemon=True).start()
        self._server.serve_forever()  # ends silently with Ctrl-C
        raise self._error or KeyboardInterrupt

    def end(self):
        """Lets `run` end, from another thread."""
        self._server.shutdown()

    def _load(self):
        try:
            self._filler.load()
        except BaseException as error:
            self._error = error
            self.end()


def _listening(host, port):
    """A socket that listens; its errors are InputErrors."""
    try:
        family = socket.AF_INET6 if _is_version_6(host) else socket.AF_INET
        listening = socket.socket(family)
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind((host, port))
        listening.listen()
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise InputError(
                f"--port: {port} is in use: name another one, or 0 for any"
            ) from None
        raise InputError(f"--host {host}, --port {port}: {error.strerror}") from None
    return listening


def _is_version_6(host):
    with contextlib.suppress(ValueError):
        return ipaddress.ip_address(host).version == 6
    return False
