"""Debian's Chromium without a window, for tests of pages."""

import shutil
import time
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import cast

import pytest
from selenium.webdriver import Chrome, ChromeOptions
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webelement import WebElement

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
DRIVER = shutil.which("chromedriver")


def need_browser() -> None:
    """Skip a module of tests if there is no browser, and say how to get one."""
    if CHROMIUM is None or DRIVER is None:
        pytest.skip("pages are tried in Chromium: apt-get install chromium chromium-driver", allow_module_level=True)


class Browser:
    """A browser with one page at a time."""

    def __init__(self, chrome: Chrome) -> None:
        self.chrome = chrome

    def open(self, page: Path, width: int = 1280, scheme: str = "light") -> None:
        """Open a page from the disk, in a window of some width, as somebody who likes light or dark sees it."""
        metrics = {"width": width, "height": 800, "deviceScaleFactor": 1, "mobile": width < 600}
        self._emulate("DeviceMetricsOverride", metrics)
        self._emulate("EmulatedMedia", {"features": [{"name": "prefers-color-scheme", "value": scheme}]})
        self.read_messages()
        self.chrome.get(page.as_uri())

    def _emulate(self, what: str, arguments: Mapping[str, object]) -> None:
        command = f"Emulation.set{what}"
        self.chrome.execute_cdp_cmd(command, dict(arguments))  # pyright: ignore[reportUnknownMemberType]  # untyped there

    def run(self, script: str) -> object:
        """Run a script in the page, and return its result."""
        result = self.chrome.execute_script(script)  # pyright: ignore[reportUnknownMemberType]  # untyped there
        return cast("object", result)

    def read_messages(self) -> list[object]:
        """Return what the browser complained of since it was last asked."""
        messages = self.chrome.get_log("browser")  # type: ignore[no-untyped-call]  # pyright: ignore[reportUnknownMemberType]  # so there
        return cast("list[object]", messages)

    def find(self, selector: str) -> list[WebElement]:
        """Return the elements that a selector finds."""
        return self.chrome.find_elements(By.CSS_SELECTOR, selector)

    def press(self, *keys: str) -> WebElement:
        """Press keys one after the other, and return what has the focus then."""
        for key in keys:
            self.chrome.switch_to.active_element.send_keys(key)
        return self.chrome.switch_to.active_element

    def wait_for(self, script: str) -> bool:
        """Run a script until its result is true, for ten seconds at most."""
        deadline = time.monotonic() + 10
        while not (is_true := bool(self.run(script))) and time.monotonic() < deadline:
            time.sleep(0.02)
        return is_true


@contextmanager
def start_browser() -> Generator[Browser]:
    """Start a browser, and end it with its `with` block."""
    options = ChromeOptions()
    options.binary_location = str(CHROMIUM)
    for argument in ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"):
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    chrome = Chrome(options, Service(DRIVER))
    try:
        yield Browser(chrome)
    finally:
        chrome.quit()
