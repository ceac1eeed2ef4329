"""The page of `inpaint paint` in Chromium: slow, and skipped where there is none."""

import http.server
import threading
import time

import cv2
import numpy as np
import pytest
from commands import run
from paint_page import PATIENCE, Page, served, start_browser

from inpaint.cli import fill, painting
from inpaint.cli.common import Settings
from inpaint.config import Config

pytestmark = pytest.mark.slow

STROKE = ((-60, -40), (0, -30), (60, -40))


@pytest.fixture(scope="module")
def downloads(tmp_path_factory):
    return tmp_path_factory.mktemp("downloads")


@pytest.fixture(scope="module")
def driver(downloads):
    driver = start_browser(downloads)
    yield driver
    driver.quit()


@pytest.fixture(scope="module")
def photographs(tmp_path_factory):
    """cat.jpg and coffee.png, in the public domain."""
    data = pytest.importorskip("skimage.data")
    folder = tmp_path_factory.mktemp("photographs")
    paths = [folder / "cat.jpg", folder / "coffee.png"]
    for path, picture in zip(paths, (data.chelsea(), data.coffee())):
        assert cv2.imwrite(str(path), picture[..., ::-1])
    return paths


@pytest.fixture(scope="module")
def server(tmp_path_factory, photographs):
    folder = tmp_path_factory.mktemp("page") / "session"
    with served(folder, *photographs) as server:
        yield server


@pytest.fixture
def page(driver, downloads, server):
    driver.set_window_size(1280, 800)
    page = Page(driver, downloads)
    page.open(server.url)
    yield page
    assert page.errors() == []


@pytest.fixture
def painted(page):
    """Reads what is painted: bool `[H, W]`."""

    def read(name="cat"):
        path = page.saved("save-mask", f"{name}_mask.png")
        levels = cv2.imread(str(path), cv2.IMREAD_UNCHANGED)
        assert set(np.unique(levels)) <= {0, 255}
        return levels > 0

    return read


def test_from_a_stroke_to_the_file_of_fill(page, painted, photographs, tmp_path):
    page.drag(*STROKE)
    hole = painted()
    assert hole.shape == (300, 451)
    # At 100 % the middle of the picture is that of the canvas.
    assert hole[150 - 30, 225]
    assert not hole[150, 225]
    mask = page.saved("save-mask", "cat_mask.png").read_bytes()
    (tmp_path / "mask.png").write_bytes(mask)
    page.fill()
    assert page.find("status").text.startswith("Filled in")
    saved = page.saved("download", "cat_filled.jpg").read_bytes()
    output = tmp_path / "filled.jpg"
    argv = (photographs[0], tmp_path / "mask.png", "-o", output)
    assert run(fill.main, *argv) == 0
    assert saved == output.read_bytes()
    assert not painted().any()
    shown = shown_levels(page)
    page.press("undo")  # the fill
    page.wait(lambda: page.find("download").get_attribute("href") is None)
    assert (painted() == hole).all()
    page.press("redo")
    page.wait(lambda: page.find("download").get_attribute("href"))
    page.drag((0, 100))  # the pointer is elsewhere, as before
    page.press("undo")
    assert np.abs(shown_levels(page).astype(int) - shown).mean() < 1


def shown_levels(page):
    """The canvas as it is seen, uint8 BGR."""
    time.sleep(0.3)
    png = np.frombuffer(page.find("view").screenshot_as_png, np.uint8)
    return cv2.imdecode(png, cv2.IMREAD_COLOR)


def test_wiping_and_holding_show_what_was_before(page):
    page.press("fit")
    before = shown_levels(page)
    page.drag(*STROKE)
    page.fill()
    after = shown_levels(page)
    middle = before.shape[1] // 2
    near = slice(before.shape[0] // 2 - 60, before.shape[0] // 2 - 10)

    def differ(a, b, columns):
        return np.abs(a[near, columns].astype(int) - b[near, columns]).mean() > 2

    left, right = slice(middle - 80, middle - 10), slice(middle + 10, middle + 80)
    assert differ(before, after, left)
    assert differ(before, after, right)
    page.keys("w")
    wiped = shown_levels(page)
    assert not differ(wiped, before, left)
    assert not differ(wiped, after, right)
    page.keys("w")
    view = page.find("view")
    script = "arguments[0].dispatchEvent(new KeyboardEvent('{}', "
    script += "{{key: 'c', bubbles: true}}))"
    page.driver.execute_script(script.format("keydown"), view)
    assert not differ(shown_levels(page), before, right)
    page.driver.execute_script(script.format("keyup"), view)
    assert not differ(shown_levels(page), after, right)


def test_undo_redo_clear_and_the_eraser(page, painted):
    page.drag(*STROKE)
    first = painted()
    page.drag((-100, 60), (100, 60))
    both = painted()
    assert both.sum() > first.sum()
    page.press("undo")
    assert (painted() == first).all()
    page.press("redo")
    assert (painted() == both).all()
    page.drag((-120, 60), (120, 60), button="right")
    erased = painted()
    assert not (erased & ~first).any()
    page.keys("e]]]]")
    page.drag(*STROKE)
    assert not painted().any()
    page.keys("b[[[[")
    for _ in range(4):
        page.press("undo")
    assert not painted().any()
    assert page.find("undo").get_attribute("disabled") is not None
    page.press("redo")
    page.keys("r")
    page.drag((-100, -100), (-50, -80))
    box = painted() & ~first
    assert box.sum() == 51 * 21
    page.press("clear")
    assert not painted().any()
    page.press("undo")
    assert painted().sum() == first.sum() + 51 * 21


# Discs around a pixel's centre or a corner: the pixels whose centres are in them.
@pytest.mark.parametrize(("size", "pixels"), [(1, 1), (2, 4), (3, 9), (4, 12), (5, 21)])
def test_the_smallest_brushes(page, painted, size, pixels):
    page.driver.execute_script(
        "const s = document.getElementById('size'); s.value = arguments[0];"
        "s.dispatchEvent(new Event('input'))",
        size,
    )
    page.drag((0, 0))
    assert painted().sum() == pixels


def test_brush_keys_and_zoom_to_single_pixels(page, painted):
    assert page.find("size-shown").text == "40 px"
    page.keys("]")
    assert page.find("size-shown").text == "44 px"
    page.keys("[" * 60)
    assert page.find("size-shown").text == "1 px"
    assert page.find("zoom").text == "100 %"
    page.keys("+" * 12)
    assert page.find("zoom").text == "4000 %"
    page.drag((0, 0), (80, 0))  # two pixels on
    found = painted()
    assert found.sum() == 3
    assert found.any(axis=1).sum() == 1
    page.keys("0")
    assert page.find("zoom").text == "100 %"
    view = page.find("view")
    from selenium.webdriver.common.action_chains import ActionChains
    from selenium.webdriver.common.actions.wheel_input import ScrollOrigin

    origin = ScrollOrigin.from_element(view)
    ActionChains(page.driver).scroll_from_origin(origin, 0, -200).perform()
    page.wait(lambda: page.find("zoom").text == "149 %")


def test_two_photographs(page, painted):
    page.drag(*STROKE)
    cat = painted()
    page.keys("\ue014")  # →
    page.wait(lambda: "coffee.png 2/2" in page.find("name").text)
    page.wait(lambda: page.find("save-mask").is_enabled())
    assert painted("coffee").shape == (400, 600)
    assert not painted("coffee").any()
    page.keys("\ue012")
    page.wait(lambda: "cat.jpg 1/2" in page.find("name").text)
    assert (painted() == cat).all()


def test_a_photograph_and_a_mask_are_opened(page, painted, photographs, tmp_path):
    picture = cv2.imread(str(photographs[0]))[::-1].astype(np.uint16) * 257
    path = tmp_path / "deep.tiff"  # which no browser shows
    assert cv2.imwrite(str(path), picture)
    page.find("files").send_keys(str(path))
    page.wait(lambda: page.find("name").text.startswith("deep.tiff"))
    page.wait(lambda: page.find("save-mask").is_enabled())
    hole = np.zeros((300, 451), np.uint8)
    hole[20:40, 30:70] = 255
    assert cv2.imwrite(str(tmp_path / "mine.png"), hole)
    page.find("mask-file").send_keys(str(tmp_path / "mine.png"))
    page.wait(lambda: page.find("undo").is_enabled())
    assert (painted("deep") == (hole > 0)).all()
    page.press("choice")
    page.driver.execute_script(
        "const c = document.getElementById('choice'); c.value = 'telea';"
        "c.dispatchEvent(new Event('change'))"
    )
    page.fill()
    filled = page.saved("download", "deep_filled.tiff")
    levels = cv2.imread(str(filled), cv2.IMREAD_UNCHANGED)
    assert levels.dtype == np.uint16
    assert (levels[hole == 0] == picture[hole == 0]).all()
    assert (levels[hole > 0] != picture[hole > 0]).any()


def test_dropped_and_pasted(page, photographs):
    script = """
      const [url, kind] = arguments;
      return fetch(url + "photographs/1/0").then((x) => x.blob()).then((blob) => {
        const data = new DataTransfer();
        data.items.add(new File([blob], kind + "ed.png"));
        const options = { bubbles: true, cancelable: true };
        dispatchEvent(kind === "drop"
          ? new DragEvent(kind, { ...options, dataTransfer: data })
          : new ClipboardEvent(kind, { ...options, clipboardData: data }));
      });
    """
    for kind in ("drop", "paste"):
        page.driver.execute_script(script, page.driver.current_url, kind)
        page.wait(lambda kind=kind: f"{kind}ed.png" in page.find("name").text)


def test_filling_at_once_and_attention_under_the_pointer(page):
    page.driver.execute_script("document.getElementById('at-once').click()")
    page.drag(*STROKE)
    page.wait(lambda: page.find("view").get_attribute("data-filled"))
    page.wait(lambda: not page.find("busy").is_displayed())
    plain = shown_levels(page)
    page.driver.execute_script("document.getElementById('attention').click()")
    hover(page, 0, -30)
    page.wait(lambda: page.find("status").text.startswith("Attention"))
    hover(page, 1, -30)
    assert np.abs(shown_levels(page).astype(int) - plain).max() > 100
    hover(page, 0, 120)
    assert np.abs(shown_levels(page).astype(int) - plain).mean() < 1


def hover(page, x, y):
    from selenium.webdriver.common.action_chains import ActionChains

    view = page.find("view")
    ActionChains(page.driver).move_to_element_with_offset(view, x, y).perform()


def test_a_sketch_steers_guided_weights(
    driver, downloads, photographs, tmp_path, tiny_guided_checkpoint
):
    settings = Settings(Config(), None, False)
    guided = painting.Network("guided", str(tiny_guided_checkpoint), settings)
    page = Page(driver, downloads)
    with served(tmp_path / "session", photographs[0], choices=[guided]) as server:
        page.open(server.url)
        page.wait(lambda: page.find("layers").is_displayed())
        page.drag(*STROKE)
        mask = page.saved("save-mask", "cat_mask.png").read_bytes()
        page.keys("s" + "[" * 20)
        page.drag((-50, -38), (50, -38))
        assert page.saved("save-mask", "cat_mask.png").read_bytes() == mask
        page.fill()
        filled = page.saved("download", "cat_filled.jpg").read_bytes()
    # Of the sketch the part in the hole counts: a line, of the brush's 7 pixels.
    sketch = np.zeros((300, 451), np.uint8)
    assert cv2.imwrite(str(tmp_path / "none.png"), sketch)
    (tmp_path / "mask.png").write_bytes(mask)
    argv = (photographs[0], tmp_path / "mask.png", "-o", tmp_path / "filled.jpg")
    argv += ("--checkpoint_dir", tiny_guided_checkpoint, "--edge")
    assert run(fill.main, *argv, tmp_path / "none.png") == 0
    assert filled != (tmp_path / "filled.jpg").read_bytes()


def test_a_fill_is_cancelled(driver, downloads, photographs, tmp_path):
    from test_paint import StandIn

    slow = StandIn()
    slow.may_end.clear()
    page = Page(driver, downloads)
    with served(tmp_path / "session", photographs[0], choices=[slow]) as server:
        page.open(server.url)
        page.drag(*STROKE)
        page.press("fill")
        assert slow.begun.acquire(timeout=PATIENCE)
        page.wait(lambda: page.find("progress").get_attribute("value") == "1")
        page.press("cancel")
        page.wait(lambda: page.find("status").text == "Cancelled.")
        assert page.find("undo").is_enabled()  # the stroke is still there
        slow.may_end.set()
        page.fill()
    page.errors()  # the browser tells 409 itself


def test_touch_paints_and_two_fingers_zoom(page, painted):
    page.driver.set_window_size(500, 812)
    page.drag((-40, 0), (40, 0), kind="touch")
    page.wait(lambda: page.find("undo").is_enabled())
    assert painted().any()
    page.press("undo")
    from selenium.webdriver.common.action_chains import ActionBuilder
    from selenium.webdriver.common.actions.pointer_input import PointerInput

    view, before = page.find("view"), page.find("zoom").text
    actions = ActionBuilder(page.driver, mouse=PointerInput("touch", "finger 1"))
    other = actions.add_pointer_input("touch", "finger 2")
    for source, sign in ((actions.pointer_action.source, -1), (other, 1)):
        source.create_pointer_move(0, sign * 20, 0, origin=view)
        source.create_pointer_down(button=0)
        source.create_pointer_move(200, sign * 80, 0, origin=view)
        source.create_pointer_up(0)
    actions.perform()
    page.wait(lambda: page.find("zoom").text != before)
    assert not painted().any()


@pytest.mark.parametrize("width", [1280, 375])
def test_nothing_is_cut_off(page, width):
    emulate = {"width": width, "height": 740, "deviceScaleFactor": 1, "mobile": False}
    page.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", emulate)
    try:
        wide, high, view = page.driver.execute_script(
            "const d = document.documentElement;"
            "return [d.scrollWidth, d.scrollHeight,"
            " document.getElementById('view').clientHeight]"
        )
    finally:
        page.driver.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
    assert (wide, high) == (width, 740)
    assert view > 200


def test_every_control_is_reached_by_tab(page):
    reached = page.driver.execute_script(
        "return [...document.querySelectorAll('button, input, select, a[href]')]"
        ".filter((x) => !x.disabled && x.tabIndex < 0).map((x) => x.id)"
    )
    assert reached == []
    page.driver.execute_cdp_cmd("Accessibility.enable", {})
    tree = page.driver.execute_cdp_cmd("Accessibility.getFullAXTree", {})["nodes"]
    roles = ("button", "slider", "radio", "checkbox", "combobox", "img", "link")
    named = [x for x in tree if x.get("role", {}).get("value") in roles]
    assert len(named) > 15
    assert [x for x in named if not x.get("name", {}).get("value")] == []


def test_a_huge_picture_is_refused(page, tmp_path, painted):
    from test_paint import huge_png

    (tmp_path / "huge.png").write_bytes(huge_png())
    page.find("files").send_keys(str(tmp_path / "huge.png"))
    page.wait(lambda: "30000 × 30000 pixels" in page.find("status").text)
    assert "cat.jpg" in page.find("name").text
    assert painted().shape == (300, 451)
    page.errors()  # the browser tells 413 itself


@pytest.fixture
def hostile_page():
    """A page of another origin, on this machine."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(b"<!doctype html><title>hostile</title>")

        def log_message(self, *_):
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as listening:
        threading.Thread(target=listening.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{listening.server_port}/"
        listening.shutdown()


def test_a_hostile_page(driver, server, photographs, hostile_page):
    session = server._server.app._session
    known = len(session.photographs)
    driver.get(hostile_page)
    asked = driver.execute_async_script(
        """
        const [url, done] = arguments;
        const answers = [];
        const post = (mode) => fetch(url + "photographs?name=a.png",
          { method: "POST", mode, body: new Blob(["x"]) });
        const image = new Promise((shown) => {
          const element = new Image();
          element.onload = () => shown("shown");
          element.onerror = () => shown("not shown");
          element.src = url + "photographs/0/0";
        });
        const outcome = (promise) => promise.then((x) => x.type ?? x, () => "failed");
        Promise.all([outcome(post("cors")), outcome(post("no-cors")),
          outcome(fetch(url + "state")), image]).then(done);
        """,
        server.url,
    )
    assert asked.pop(1) in ("opaque", "failed")  # which says nothing of the answer
    assert asked == ["failed", "failed", "not shown"]
    assert len(session.photographs) == known
    driver.execute_script(
        "const f = document.createElement('form'); f.method = 'POST';"
        "f.action = arguments[0] + 'photographs?name=a.png'; document.body.append(f);"
        "f.submit()",
        server.url,
    )
    end = time.monotonic() + PATIENCE
    while "Origin" not in driver.page_source and "Sec-Fetch" not in driver.page_source:
        assert time.monotonic() < end
    assert len(session.photographs) == known


def test_a_server_that_ends_in_the_middle(driver, downloads, photographs, tmp_path):
    settings = Settings(Config(), None, False)
    telea = painting.Classical("telea", "Telea", settings)
    page = Page(driver, downloads)
    with served(tmp_path / "session", photographs[0], choices=[telea]) as server:
        page.open(server.url)
        page.drag(*STROKE)
        page.fill()
    page.drag((0, 60), (50, 60))
    page.press("fill")
    page.wait(lambda: "inpaint paint has ended" in page.find("status").text)
    assert page.find("fill").is_enabled()
    assert page.saved("download", "cat_filled.jpg").stat().st_size > 1000
    page.errors()
