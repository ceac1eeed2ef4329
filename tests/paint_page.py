"""The page of `inpaint paint` in a browser, and a server for it in this process."""

import contextlib
import os
import shutil
import threading
import time

import pytest

from inpaint.cli import common, painting
from inpaint.paint.filler import Filler
from inpaint.paint.server import Server
from inpaint.paint.session import Session

PATIENCE = 180  # seconds; an overloaded machine is slow


def start_browser(downloads):
    """Chromium, driven by selenium; skips the test where there is none."""
    webdriver = pytest.importorskip("selenium.webdriver", reason="needs selenium")
    chromium, driver = shutil.which("chromium"), shutil.which("chromedriver")
    if not (chromium and driver):
        pytest.skip("needs Debian's chromium and chromium-driver")
    options = webdriver.ChromeOptions()
    options.binary_location = chromium
    for argument in ("headless=new", "no-sandbox", "disable-dev-shm-usage"):
        options.add_argument(f"--{argument}")
    options.add_argument("--window-size=1280,800")
    options.add_experimental_option(
        "prefs", {"download.default_directory": str(downloads)}
    )
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    return webdriver.Chrome(options, webdriver.ChromeService(driver))


@contextlib.contextmanager
def served(folder, *photographs, choices=None):
    """A `Server` that answers; by default with the weights of the package."""
    settings = common.Settings(common.config.Config(), None, False)
    folder.mkdir()
    session = Session(str(folder))
    for path in photographs:
        session.open(str(path))
    server = Server(session, Filler(choices or painting.choices([], settings)))

    def run():
        with contextlib.suppress(KeyboardInterrupt):
            server.run()

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.end()
        thread.join()


class Page:
    """What a person does on the page.

    Args:
      driver: of selenium.
      downloads: folder that the browser saves into.
    """

    def __init__(self, driver, downloads):
        self.driver, self.downloads = driver, downloads

    def open(self, url):
        self.driver.get(url)
        self.wait(lambda: self.find("fill").get_attribute("disabled") is None)

    def find(self, name):
        return self.driver.find_element("id", name)

    def wait(self, condition):
        end = time.monotonic() + PATIENCE
        while not condition():
            assert time.monotonic() < end, self.find("status").text
            time.sleep(0.05)

    def press(self, name):
        self.find(name).click()

    def tool(self, value):
        self.driver.execute_script(
            f"document.querySelector('input[value={value}]').click()"
        )

    def keys(self, *keys):
        self.find("view").send_keys(*keys)

    def drag(self, *points, button="left", kind="mouse"):
        """Along points, pixels from the middle of the canvas."""
        from selenium.webdriver.common.action_chains import ActionBuilder
        from selenium.webdriver.common.actions.interaction import POINTER_TOUCH
        from selenium.webdriver.common.actions.mouse_button import MouseButton
        from selenium.webdriver.common.actions.pointer_input import PointerInput

        source = PointerInput(POINTER_TOUCH if kind == "touch" else "mouse", kind)
        actions = ActionBuilder(self.driver, mouse=source, duration=20)
        view, pointer = self.find("view"), actions.pointer_action
        first, *others = points
        pointer.move_to(view, *first)
        pointer.pointer_down(getattr(MouseButton, button.upper()))
        for point in others:
            pointer.move_to(view, *point)
        pointer.pointer_up(getattr(MouseButton, button.upper()))
        actions.perform()

    def fill(self):
        before = self.find("view").get_attribute("data-filled")
        self.press("fill")
        self.wait(lambda: self.find("view").get_attribute("data-filled") != before)
        self.wait(lambda: not self.find("busy").is_displayed())

    def saved(self, button, name):
        """The path of what a button downloads, which is removed before."""
        path = self.downloads / name
        with contextlib.suppress(FileNotFoundError):
            os.remove(path)
        self.press(button)
        self.wait(path.exists)
        return path

    def errors(self):
        """What the browser's console has of errors since it was asked last."""
        return [x["message"] for x in self.driver.get_log("browser")]
