"""What the server answers: the page, photographs in, fills out."""

import json
import os
import re
from functools import partial

from werkzeug.exceptions import (
    BadRequest,
    Conflict,
    HTTPException,
    NotFound,
    RequestEntityTooLarge,
    ServiceUnavailable,
)
from werkzeug.routing import Map, Rule
from werkzeug.utils import redirect, send_file
from werkzeug.wrappers import Response

from inpaint.errors import InputError, printable
from inpaint.paint.filler import Busy, Cancelled
from inpaint.paint.security import HEADERS, MAX_BODY, Request
from inpaint.paint.session import TooLarge

_STATIC = os.path.join(os.path.dirname(__file__), "static")
_TYPES = {
    ".html": "text/html",
    ".css": "text/css",
    ".js": "text/javascript",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".jpe": "image/jpeg",
    ".webp": "image/webp",
    ".avif": "image/avif",
    ".gif": "image/gif",
    ".bmp": "image/bmp",
}

_VERSION = "/photographs/<int:number>/<int:version>"
_URLS = Map(
    [
        Rule("/", endpoint="page", methods=["GET"]),
        Rule("/static/<name>", endpoint="static", methods=["GET"]),
        Rule("/state", endpoint="state", methods=["GET"]),
        Rule("/photographs", endpoint="receive", methods=["POST"]),
        Rule(_VERSION, endpoint="picture", methods=["GET"]),
        Rule(f"{_VERSION}/preview", endpoint="preview", methods=["GET"]),
        Rule(f"{_VERSION}/fill", endpoint="fill", methods=["POST"]),
        Rule(f"{_VERSION}/attention", endpoint="attention", methods=["POST"]),
        Rule(
            "/photographs/<int:number>/progress", endpoint="progress", methods=["GET"]
        ),
        Rule("/photographs/<int:number>/cancel", endpoint="cancel", methods=["POST"]),
    ]
)


class App:
    """A WSGI application; errors are answered with one line of text.

    Args:
      session: a `session.Session`.
      filler: a `filler.Filler`.
      guard: a `security.Guard`.
    """

    def __init__(self, session, filler, guard):
        self._session, self._filler, self._guard = session, filler, guard
        self._files = {
            name: os.path.join(_STATIC, name) for name in os.listdir(_STATIC)
        }

    def __call__(self, environ, start_response):
        request = Request(environ)
        try:
            response = self._answer(request)
        except HTTPException as error:
            response = _line(error.description, error.code, error.get_headers())
        response.headers.update(HEADERS)
        return response(environ, start_response)

    def _answer(self, request):
        if self._guard.check(request):
            response = redirect("/")
            self._guard.keep_token(response)
            return response
        endpoint, values = _URLS.bind_to_environ(request.environ).match()
        try:
            return getattr(self, f"_{endpoint}")(request, **values)
        except TooLarge as error:
            raise RequestEntityTooLarge(printable(error)) from error
        except InputError as error:
            raise BadRequest(printable(error)) from error

    def _page(self, request):
        return self._static(request, "index.html")

    def _static(self, request, name):
        if name not in self._files:
            raise NotFound
        return _file(request, self._files[name])

    def _state(self, _):
        choices = [
            {
                "name": choice.name,
                "title": choice.title,
                "ready": self._filler.is_ready(choice.name),
                "guided": choice.guided,
                "attention": choice.attention,
            }
            for choice in self._filler.choices.values()
        ]
        photographs = [_described(x) for x in self._session.photographs]
        return _json(choices=choices, photographs=photographs, maxBody=MAX_BODY)

    def _receive(self, request):
        name = request.args.get("name", "")
        added = self._session.receive(name, request.stream)
        return _json(201, **_described(added))

    def _picture(self, request, number, version):
        return _file(request, self._version(number, version)[1])

    def _preview(self, request, number, version):
        _, path = self._version(number, version)
        return _file(request, self._session.preview(path))

    def _fill(self, request, number, version):
        photograph, _ = self._version(number, version)
        output = self._session.new_file(photograph.extension)
        self._run(request, number, version, "fill", output)
        made = self._session.add_version(photograph, output)
        response = _file(
            request,
            output,
            as_attachment=True,
            download_name=f"{photograph.name}_filled{photograph.extension}",
        )
        response.headers["Inpaint-Version"] = made
        return response

    def _attention(self, request, number, version):
        output = self._session.new_file(".png")
        self._run(request, number, version, "attend", output)
        return _file(request, output)

    def _run(self, request, number, version, method, output):
        """Runs a choice's `fill` or `attend` on what a form brings."""
        photograph, path = self._version(number, version)
        name = request.form.get("choice", "")
        if name not in self._filler.choices:
            raise BadRequest("choice: expected one that /state names")
        planes = [None, None]
        try:
            for place, what in enumerate(("mask", "sketch")):
                if what in request.files:
                    stream = request.files[what].stream
                    planes[place] = self._session.plane(photograph, stream, what)
            if planes[0] is None:
                raise BadRequest("mask: expected a PNG file")
            function = getattr(self._filler.choices[name], method)
            work = partial(function, path, *planes, output)
            self._filler.run(number, name, work)
        except Busy:
            raise ServiceUnavailable(
                "A fill is being made and another one waits: try again"
            ) from None
        except Cancelled:
            raise Conflict("cancelled") from None
        except InputError as error:
            names = {
                path: photograph.name + photograph.extension,
                planes[0]: "the mask",
                planes[1]: "the sketch",
                output: photograph.name + photograph.extension,
            }
            raise InputError(_named(str(error), names)) from error

    def _progress(self, _, number):
        found = self._filler.progress(number)
        done, steps = found or (0, 0)
        return _json(running=found is not None, done=done, steps=steps)

    def _cancel(self, _, number):
        return _json(cancelled=self._filler.cancel(number))

    def _version(self, number, version):
        """(photograph, the path of one of its versions), or 404."""
        try:
            photograph = self._session.photographs[number]
            return photograph, photograph.paths[version]
        except IndexError:
            raise NotFound from None


def _described(photograph):
    return {
        "number": photograph.number,
        "name": photograph.name,
        "extension": photograph.extension,
        "width": photograph.width,
        "height": photograph.height,
    }


def _named(message, names):
    for path, name in names.items():
        if path is not None:
            message = message.replace(path, name)
    return message


def _file(request, path, **options):
    extension = os.path.splitext(path)[1].lower()
    kind = _TYPES.get(extension, "application/octet-stream")
    return send_file(path, request.environ, kind, etag=False, **options)


def _json(status=200, **values):
    return Response(json.dumps(values), status, mimetype="application/json")


def _line(text, status, headers):
    line = " ".join(re.sub(r"<[^>]*>", " ", text or "").split())
    kept = [x for x in headers if x[0] in ("Allow", "Retry-After")]
    return Response(f"{line}\n", status, kept, mimetype="text/plain")
