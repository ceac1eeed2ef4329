"""`inpaint paint`: the server, by Werkzeug's test client; a stand-in fills."""

import functools
import io
import json
import os
import re
import shutil
import struct
import threading
import zlib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import cv2
import numpy as np
import pytest
from commands import levels, write_mask, write_picture
from werkzeug.test import Client

from inpaint import paint
from inpaint.errors import InputError
from inpaint.paint import app, security
from inpaint.paint.filler import Filler
from inpaint.paint.session import Session

HOME = "http://127.0.0.1:8763"
STATIC = Path(paint.__file__).parent / "static"


class StandIn:
    """Fills with a copy of the picture, when it may."""

    name = title = "stand-in"
    guided = attention = True

    def __init__(self):
        self.may_end = threading.Event()
        self.may_end.set()
        self.begun = threading.Semaphore(0)
        self.running = self.most = 0
        self.given = []

    def load(self):
        pass

    def fill(self, image, mask, edge, output, progress):
        self.running += 1
        self.most = max(self.most, self.running)
        self.given.append((image, mask, edge))
        self.begun.release()
        try:
            progress(1, 2)
            assert self.may_end.wait(20)
            progress(2, 2)
            if not cv2.imread(mask).any():
                raise InputError(f"{image}: nothing to do, says {mask}")
            shutil.copy(image, output)
        finally:
            self.running -= 1

    attend = fill


@pytest.fixture
def stand_in():
    return StandIn()


@pytest.fixture
def filler(stand_in):
    filler = Filler([stand_in])
    filler.load()
    return filler


@pytest.fixture
def session(tmp_path):
    (tmp_path / "session").mkdir()
    return Session(str(tmp_path / "session"), max_pixels=10_000)


def client_of(session, filler, token=None, host=HOME):
    guard = security.Guard(8763, ["127.0.0.1", "localhost"], token is not None, token)
    return lambda method, path, **options: Client(app.App(session, filler, guard)).open(
        path, method=method, base_url=host, **options
    )


@pytest.fixture
def ask(session, filler):
    return client_of(session, filler)


@pytest.fixture
def photograph(tmp_path):
    return write_picture(tmp_path / "photo.png").read_bytes()


@pytest.fixture
def mask(tmp_path):
    return write_mask(tmp_path / "mask.png").read_bytes()


@pytest.fixture
def sent(ask, photograph):
    return ask("POST", "/photographs?name=photo.png", data=photograph).json


def form(mask, choice="stand-in", **others):
    files = {"mask": (io.BytesIO(mask), "mask.png")} if mask else {}
    return {"choice": choice, **files, **others}


def one_line(response):
    (line,) = response.text.splitlines()
    assert response.mimetype == "text/plain"
    assert "<" not in line
    return line


# The page and its headers.


def test_the_page_and_all_that_it_names(ask):
    page = ask("GET", "/").text
    named = re.findall(r'(?:href|src)="(/static/[^"]+)"', page)
    named += [
        f"/static/{name}"
        for file in STATIC.glob("*.js")
        for name in re.findall(r'from "\./(.+)"', file.read_text("utf-8"))
    ]
    assert len(set(named)) == len(list(STATIC.iterdir())) - 1  # but the page itself
    for path in named:
        assert ask("GET", path).status_code == 200, path


def test_no_address_outside_of_this_machine():
    for file in STATIC.iterdir():
        text = file.read_text("utf-8").replace("http://www.w3.org/2000/svg", "")
        assert "//" not in re.sub(r"(^|\s)//\s.*", "", text), file


def test_the_page_labels_what_it_has():
    page = (STATIC / "index.html").read_text("utf-8")
    for tag in re.findall(r"<(?:input|select|canvas|progress)[^>]*>", page):
        identity = re.search(r'id="([^"]+)"', tag)
        is_labelled = "aria-label" in tag or "hidden" in tag
        inside = re.search(r"<label[^>]*>[^<]*" + re.escape(tag), page)
        assert is_labelled or inside, identity or tag


def contrast(one, other):
    """WCAG 2.2's ratio of two colours, `#rgb` or `#rrggbb`."""

    def luminance(colour):
        digits = colour[1:] if len(colour) == 7 else "".join(2 * x for x in colour[1:])
        shares = [int(digits[i : i + 2], 16) / 255 for i in (0, 2, 4)]
        linear = [
            x / 12.92 if x <= 0.04045 else ((x + 0.055) / 1.055) ** 2.4 for x in shares
        ]
        return float(np.dot(linear, (0.2126, 0.7152, 0.0722)))

    low, high = sorted(map(luminance, (one, other)))
    return (high + 0.05) / (low + 0.05)


def test_text_is_readable_in_light_and_dark():
    assert contrast("#000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#fff") == pytest.approx(4.48, abs=0.01)
    themes = re.findall(r":root {([^}]*)}", (STATIC / "page.css").read_text("utf-8"))
    assert len(themes) == 2
    for theme in themes:
        colours = dict(re.findall(r"--([\w-]+): (#\w+)", theme))
        for text, ground in (
            ("text", "back"),
            ("text", "panel"),
            ("text", "chosen"),
            ("quiet", "panel"),
            ("on-strong", "strong"),
        ):
            assert contrast(colours[text], colours[ground]) >= 4.5, (text, ground)


@pytest.mark.parametrize("path", ["/", "/static/page.js", "/state", "/nowhere"])
@pytest.mark.parametrize("host", [HOME, "http://evil.example:8763"])
def test_every_answer_is_strict(session, filler, path, host):
    headers = client_of(session, filler, host=host)("GET", path).headers
    policy = headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none';")
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert not [name for name, _ in headers if name.startswith("Access-Control")]


def test_no_leave_for_other_origins_is_given(ask):
    answer = ask("OPTIONS", "/photographs", headers={"Origin": HOME})
    assert not [name for name, _ in answer.headers if name.startswith("Access-")]


# Who may ask.


@pytest.mark.parametrize(
    "host",
    [
        "evil.example:8763",
        "127.0.0.1",
        "127.0.0.1:80",
        "127.0.0.1.evil.example:8763",
        "192.168.0.7:8763",
        "",
    ],
)
def test_a_foreign_host_is_refused(ask, host):
    answer = ask("GET", "/state", headers={"Host": host})
    assert answer.status_code == 400
    assert "Host" in one_line(answer)


def test_localhost_is_this_machine(session, filler):
    ask = client_of(session, filler, host="http://localhost:8763")
    assert ask("GET", "/state").status_code == 200


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize(
    "origin",
    ["http://evil.example", "null", "http://127.0.0.1:8000", "https://" + HOME],
)
def test_a_foreign_page_is_refused(ask, session, photograph, method, origin):
    path = "/photographs?name=a.png" if method == "POST" else "/state"
    answer = ask(method, path, data=photograph, headers={"Origin": origin})
    assert answer.status_code == 403
    assert "Origin" in one_line(answer)
    assert session.photographs == []


def test_the_page_itself_is_not(ask, photograph):
    own = {"Origin": HOME, "Sec-Fetch-Site": "same-origin"}
    path = "/photographs?name=a.png"
    assert ask("POST", path, data=photograph, headers=own).status_code == 201


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_pictures_are_not_shown_by_foreign_pages(ask, sent, site):
    answer = ask("GET", "/photographs/0/0", headers={"Sec-Fetch-Site": site})
    assert answer.status_code == 403


def test_a_link_to_the_page_may_be_followed(ask):
    came = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"}
    assert ask("GET", "/", headers=came).status_code == 200


def test_other_machines_need_the_token(session, filler):
    guard = security.Guard(8763, ["localhost"], True, "secret")
    client = Client(app.App(session, filler, guard))

    def status(path, host="http://192.168.0.7:8763"):
        return client.get(path, base_url=host).status_code

    assert status("/") == status("/state") == status("/?token=secreT") == 403
    assert status("/state?token=secret") == 403
    answer = client.get("/?token=secret", base_url="http://192.168.0.7:8763")
    assert (answer.status_code, answer.headers["Location"]) == (302, "/")
    cookie = answer.headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Strict" in cookie
    assert status("/") == status("/state") == 200
    assert status("/", "http://rebound.example:8763") == 400


# What comes in.


def test_a_photograph_comes_back_as_it_was(ask, session, photograph):
    answer = ask("POST", "/photographs?name=lake.png", data=photograph)
    assert answer.status_code == 201
    assert answer.json == {
        "number": 0,
        "name": "lake",
        "extension": ".png",
        "width": 43,
        "height": 37,
    }
    picture = ask("GET", "/photographs/0/0")
    assert picture.data == photograph
    assert picture.mimetype == "image/png"
    assert ask("GET", "/state").json["photographs"] == [answer.json]


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("../../../etc/passwd.png", "passwd.png"),
        ("C:\\Users\\me\\b.png", "b.png"),
        ("/dev/full", "full.png"),
        ("x.html", "x.png"),
        ("\0\x1b[2Ja.png", "[2Ja.png"),
        ("", "photograph.png"),
        (".png", ".png.png"),
        ("n" * 400 + ".png", "n" * 150 + ".png"),
    ],
)
def test_a_name_is_no_path(ask, tmp_path, session, photograph, name, kept):
    before = sorted(tmp_path.iterdir())
    answer = ask(
        "POST", "/photographs", query_string={"name": name}, data=photograph
    ).json
    assert answer["name"] + answer["extension"] == kept
    assert sorted(tmp_path.iterdir()) == before
    (path,) = session.photographs[0].paths
    assert Path(path).parent == tmp_path / "session"
    assert re.fullmatch(r"tmp\w+\.png", Path(path).name)


@pytest.mark.parametrize(
    "path", ["/static/..%2fapp.py", "/static/%2fetc%2fpasswd", "/photographs/0/-1"]
)
def test_a_path_is_no_path_either(ask, sent, path):
    assert ask("GET", path).status_code == 404


def test_what_is_no_picture_is_told_and_not_kept(ask, tmp_path):
    answer = ask("POST", "/photographs?name=notes.png", data=b"shopping list")
    assert answer.status_code == 400
    line = one_line(answer)
    assert line.startswith("notes.png: expected an image file")
    assert str(tmp_path) not in line
    assert list((tmp_path / "session").iterdir()) == []


@functools.lru_cache
def huge_png(side=30_000):
    """A whole PNG file of one bit a pixel, some kilobytes."""

    def chunk(kind, content):
        check = zlib.crc32(kind + content)
        return (
            struct.pack(">I", len(content)) + kind + content + struct.pack(">I", check)
        )

    packer = zlib.compressobj(1)
    row = bytes(1 + (side + 7) // 8)
    packed = b"".join(packer.compress(row * 1000) for _ in range(side // 1000))
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0))
        + chunk(b"IDAT", packed + packer.flush())
        + chunk(b"IEND", b"")
    )


def test_many_pixels_are_not_decoded(ask, tmp_path, monkeypatch):
    def decode(*_):
        raise AssertionError("decoded")

    data = huge_png()
    monkeypatch.setattr(cv2, "imdecode", decode)
    answer = ask("POST", "/photographs?name=huge.png", data=data)
    assert answer.status_code == 413
    assert one_line(answer).startswith("huge.png: 30000 × 30000 pixels, more than")
    assert list((tmp_path / "session").iterdir()) == []


@pytest.mark.parametrize("is_told", [True, False])
def test_a_large_body_is_refused(ask, tmp_path, monkeypatch, is_told):
    monkeypatch.setattr(security.Request, "max_content_length", 1000)
    options = {"data": b"x" * 1001}
    if not is_told:  # chunked
        options = {
            "input_stream": io.BytesIO(b"x" * 1001),
            "environ_overrides": {"wsgi.input_terminated": True},
        }
    answer = ask("POST", "/photographs?name=a.png", **options)
    assert answer.status_code == 413
    assert list((tmp_path / "session").iterdir()) == []


@pytest.mark.parametrize(
    "others",
    [{"choice": "x" * (1 << 17)}, {f"field{x}": "" for x in range(9)}],
    ids=["long field", "many parts"],
)
def test_a_large_form_is_refused(ask, sent, stand_in, mask, others):
    answer = ask("POST", "/photographs/0/0/fill", data={**form(mask), **others})
    assert answer.status_code == 413
    assert stand_in.given == []


def test_a_mask_of_another_size_is_not_decoded(ask, sent, stand_in, monkeypatch):
    monkeypatch.setattr(cv2, "imdecode", None)
    answer = ask("POST", "/photographs/0/0/fill", data=form(huge_png()))
    assert answer.status_code == 400
    assert one_line(answer) == "the mask: expected a PNG file of 43 × 37 pixels"
    assert stand_in.given == []


def test_a_fill_needs_a_mask_and_a_choice(ask, sent, mask):
    path = "/photographs/0/0/fill"
    assert one_line(ask("POST", path, data=form(None))) == "mask: expected a PNG file"
    other = ask("POST", path, data=form(mask, "../weights"))
    assert (other.status_code, one_line(other)[:7]) == (400, "choice:")


@pytest.mark.parametrize("place", ["1/0", "0/1"])
def test_what_is_not_there(ask, sent, mask, place):
    answer = ask("POST", f"/photographs/{place}/fill", data=form(mask))
    assert answer.status_code == 404


# What comes out.


def test_a_fill_is_a_file_with_a_name(ask, sent, session, stand_in, photograph, mask):
    answer = ask(
        "POST",
        "/photographs/0/0/fill",
        data=form(mask, sketch=(io.BytesIO(mask), "s.png")),
    )
    assert answer.status_code == 200
    assert answer.data == photograph
    disposition = answer.headers["Content-Disposition"]
    assert disposition == "attachment; filename=photo_filled.png"
    assert answer.headers["Inpaint-Version"] == "1"
    ((image, *planes),) = stand_in.given
    assert image == session.photographs[0].paths[0]
    assert [Path(x).read_bytes() for x in planes] == [mask, mask]
    again = ask("POST", "/photographs/0/1/fill", data=form(mask))
    assert again.headers["Inpaint-Version"] == "2"
    assert stand_in.given[1][0] == session.photographs[0].paths[1]
    assert stand_in.given[1][2] is None


def test_attention_is_a_picture(ask, sent, session, photograph, mask):
    answer = ask("POST", "/photographs/0/0/attention", data=form(mask))
    assert (answer.data, answer.mimetype) == (photograph, "image/png")
    assert len(session.photographs[0].paths) == 1


def test_a_message_has_the_users_names(ask, sent, tmp_path):
    black = write_mask(tmp_path / "black.png", np.zeros((37, 43), bool)).read_bytes()
    answer = ask("POST", "/photographs/0/0/fill", data=form(black))
    assert answer.status_code == 400
    assert one_line(answer) == "photo.png: nothing to do, says the mask"


def test_a_preview_is_what_browsers_show(ask, tmp_path):
    deep = levels().astype(np.uint16) * 257
    path = tmp_path / "deep.tiff"
    assert cv2.imwrite(str(path), deep[..., ::-1])
    answer = ask("POST", "/photographs?name=deep.tiff", data=path.read_bytes())
    assert answer.json["extension"] == ".tiff"
    shown = ask("GET", "/photographs/0/0/preview").data
    picture = cv2.imdecode(np.frombuffer(shown, np.uint8), cv2.IMREAD_UNCHANGED)
    assert picture.dtype == np.uint8
    assert (picture[..., ::-1] == levels()).all()
    kind = ask("GET", "/photographs/0/0").mimetype
    assert kind == "application/octet-stream"


# One at a time.


@pytest.fixture
def crowd(ask, sent, stand_in, mask):
    """A fill at work, and a function that asks for others beside it."""
    stand_in.may_end.clear()
    with ThreadPoolExecutor(4) as threads:

        def fill():
            path = "/photographs/0/0/fill"
            return threads.submit(ask, "POST", path, data=form(mask))

        first = fill()
        assert stand_in.begun.acquire(timeout=20)
        yield first, fill
        stand_in.may_end.set()


def until(condition):
    for _ in range(1000):
        if condition():
            return
        threading.Event().wait(0.01)
    raise AssertionError


def test_the_next_waits_and_a_third_is_refused(crowd, filler, stand_in):
    first, fill = crowd
    second = fill()
    until(lambda: filler._taken == 2)
    third = fill().result(20)
    assert third.status_code == 503
    assert "try again" in one_line(third)
    assert not second.done()
    stand_in.may_end.set()
    assert first.result(20).status_code == second.result(20).status_code == 200
    assert (stand_in.most, filler._taken) == (1, 0)


def test_progress_and_cancelling(crowd, ask, stand_in, session, filler):
    first, fill = crowd
    told = ask("GET", "/photographs/0/progress").json
    assert told == {"running": True, "done": 1, "steps": 2}
    assert ask("POST", "/photographs/0/cancel").json == {"cancelled": True}
    assert first.result(20).status_code == 409  # at once, though the step goes on
    second = fill()
    until(lambda: filler._taken == 2)
    assert len(stand_in.given) == 1  # it waits for that step
    stand_in.may_end.set()
    assert second.result(20).headers["Inpaint-Version"] == "1"
    assert stand_in.most == 1
    told = ask("GET", "/photographs/0/progress").json
    assert told == {"running": False, "done": 0, "steps": 0}
    assert ask("POST", "/photographs/0/cancel").json == {"cancelled": False}


def test_one_that_waits_is_cancelled(crowd, ask, stand_in, filler):
    first, fill = crowd
    second = fill()
    until(lambda: filler._taken == 2)
    ask("POST", "/photographs/0/cancel")
    assert second.result(20).status_code == 409
    until(lambda: filler._taken == 1)
    stand_in.may_end.set()
    assert first.result(20).status_code == 200
    assert len(stand_in.given) == 1


def test_a_fill_waits_until_its_choice_is_loaded(stand_in):
    filler = Filler([stand_in])
    with ThreadPoolExecutor(1) as threads:
        result = threads.submit(filler.run, 0, "stand-in", lambda _: "done")
        until(lambda: filler.progress(0) == (0, 0))
        assert not result.done()
        filler.load()
        assert result.result(20) == "done"


def test_an_error_frees_the_place(filler):
    def work(progress):
        raise InputError("no")

    for _ in range(3):
        with pytest.raises(InputError, match="no"):
            filler.run(0, "stand-in", work)
    assert filler.run(0, "stand-in", lambda _: 7) == 7


def test_state_is_plain(ask):
    state = json.loads(ask("GET", "/state").text)
    assert state["maxBody"] == security.MAX_BODY
    assert state["choices"] == [
        {
            "name": "stand-in",
            "title": "stand-in",
            "ready": True,
            "guided": True,
            "attention": True,
        }
    ]


def test_nothing_is_left_of_a_session(ask, sent, mask, tmp_path):
    ask("POST", "/photographs/0/0/fill", data=form(mask))
    inside = os.listdir(tmp_path / "session")
    assert not [name for name in inside if "inpaint-part" in name]
    assert sorted(os.listdir(tmp_path)) == ["mask.png", "photo.png", "session"]
