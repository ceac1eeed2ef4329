"""Who may ask, and what browsers may do with the answers.

A page of the web can make the browser send requests to this machine, under its own
name (Origin) or, by an address that changes what it points to, under another Host. Both
are looked at before anything else is.
"""

import hmac
import ipaddress

from werkzeug.exceptions import BadRequest, Forbidden
from werkzeug.wrappers import Request as AnyRequest

MAX_BODY = 256 << 20  # bytes, of a photograph with what is sent around it
_COOKIE = "inpaint_paint"

HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; "
    "style-src 'self'; img-src 'self' blob:; connect-src 'self'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}


class Request(AnyRequest):
    """A request of limited size: what is larger is refused with 413."""

    max_content_length = MAX_BODY
    max_form_memory_size = 1 << 16  # bytes of a form's fields that are no files
    max_form_parts = 8


class Guard:
    """Looks at requests.

    Args:
      port: that the server listens on.
      names: hosts by which it is reached.
      any_address: whether any numeric address is one of them; such an address cannot
        be made to point elsewhere.
      token: what the address must bring along; None: nothing.
    """

    def __init__(self, port, names, any_address=False, token=None):
        self._port, self._names, self._token = port, set(names), token
        self._any_address = any_address

    def check(self, request):
        """Raises 400 for a foreign Host, 403 for a foreign page or without the token.

        Returns:
          Whether the token came with the address: then a cookie is to keep it.
        """
        if not self._is_host(request.headers.get("Host", "")):
            raise BadRequest("Host: expected the address that inpaint paint printed")
        origin = request.headers.get("Origin")
        if origin is not None and origin != f"http://{request.headers['Host']}":
            raise Forbidden("Origin: expected the page of inpaint paint")
        site = request.headers.get("Sec-Fetch-Site", "none")
        followed_a_link = (
            request.method == "GET"
            and request.path == "/"
            and request.headers.get("Sec-Fetch-Mode") == "navigate"
        )
        if site not in ("none", "same-origin") and not followed_a_link:
            raise Forbidden("Sec-Fetch-Site: expected the page of inpaint paint")
        if self._token is None:
            return False
        if request.path == "/" and self._is_token(request.args.get("token", "")):
            return True
        if not self._is_token(request.cookies.get(self._cookie, "")):
            raise Forbidden("token: expected the address that inpaint paint printed")
        return False

    def keep_token(self, response):
        """Lets the browser bring the token along from now on."""
        response.set_cookie(
            self._cookie, self._token, httponly=True, samesite="Strict", path="/"
        )

    @property
    def _cookie(self):
        return f"{_COOKIE}_{self._port}"  # cookies do not tell ports apart

    def _is_token(self, text):
        return hmac.compare_digest(text.encode(), self._token.encode())

    def _is_host(self, host):
        name, colon, port = host.rpartition(":")
        if not colon or port != str(self._port):
            return False
        return name.lower() in self._names or (self._any_address and _is_address(name))


def _is_address(name):
    try:
        ipaddress.ip_address(name.strip("[]"))
    except ValueError:
        return False
    return True
