"""The site in a browser, by keyboard alone, on a wide screen and on a narrow one."""

from collections.abc import Generator

import pytest

from tests.docs.blocks import ROOT
from tests.support.browser import Browser, need_browser, start_browser

need_browser()

from selenium.webdriver.common.keys import Keys  # noqa: E402  # without a browser it need not be there

SITE = ROOT / "site"

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not (SITE / ".buildinfo").exists(), reason="`make docs` builds the site"),
]

NARROW, WIDE = 390, 1400

MAX_TABS = 40

LEFT_OF_FOCUS = "return document.activeElement.getBoundingClientRect().left"


@pytest.fixture(scope="module")
def browser() -> Generator[Browser]:
    """A browser for all these tests."""
    with start_browser() as started:
        yield started


def press_until(browser: Browser, selector: str) -> None:
    """Press Tab until what a selector finds has the focus."""
    for _ in range(MAX_TABS):
        browser.press(Keys.TAB)
        if browser.run(f"return document.activeElement.matches({selector!r})"):
            return
    raise AssertionError(f"no Tab leads to {selector}")


@pytest.mark.parametrize(
    ("words", "title"),
    [
        ("certificate", "Proxies and certificates"),
        ("413", "Errors"),
        ("429", "Timeouts, retries and rate limits"),
        ("mypy", "Start in five minutes"),
        ("Azure", "Start in five minutes"),
        ("UploadFile", "FastAPI"),
        ("CORS", "FastAPI"),
        ("rate limit", "Timeouts, retries and rate limits"),
        ("kill -9", "A folder of photos"),
        ("two machines", "Many processes, many machines"),
    ],
)
def test_the_search_leads_to_a_page_by_keyboard(browser: Browser, words: str, title: str) -> None:
    """Words go into the field, Enter shows the pages, and Tab reaches them."""
    browser.open(SITE / "index.html", WIDE)
    press_until(browser, "input.sidebar-search")
    browser.press(words, Keys.ENTER)
    links = "[...document.querySelectorAll('#search-results li a')]"
    assert browser.wait_for(f"return {links}.some(link => link.textContent.startsWith({title!r}))"), words
    browser.run("document.querySelector('#search-results').setAttribute('tabindex', '-1')")
    browser.run("document.querySelector('#search-results').focus()")
    press_until(browser, "#search-results li a")


def test_the_menu_opens_and_closes_by_keyboard(browser: Browser) -> None:
    """On a narrow screen nothing in it has the focus while it is closed; Escape closes it."""
    browser.open(SITE / "guides" / "testing.html", NARROW)
    press_until(browser, "label.nav-overlay-icon")
    for _ in range(12):
        browser.press(Keys.TAB)
        assert browser.run("return !document.activeElement.closest('.sidebar-drawer, .toc-drawer')")
    for key in (Keys.ENTER, Keys.SPACE):
        browser.open(SITE / "guides" / "testing.html", NARROW)
        press_until(browser, "label.nav-overlay-icon")
        browser.press(key)
        assert browser.wait_for("return document.activeElement.matches('input.sidebar-search')")
        assert browser.wait_for(f"{LEFT_OF_FOCUS} >= 0")
        assert browser.run("return document.querySelector('label.nav-overlay-icon').ariaExpanded") == "true"
        browser.press(Keys.ESCAPE)
        assert browser.run("return document.activeElement.matches('label.nav-overlay-icon')")
        assert browser.run("return document.querySelector('label.nav-overlay-icon').ariaExpanded") == "false"


@pytest.mark.parametrize("width", [NARROW, WIDE])
def test_the_focus_is_seen(browser: Browser, width: int) -> None:
    """Whatever Tab leads to has an outline, and is on the screen."""
    browser.open(SITE / "guides" / "testing.html", width)
    for _ in range(MAX_TABS):
        browser.press(Keys.TAB)
        if browser.run("return document.activeElement === document.body"):
            return  # all of the page was seen
        assert browser.run("return getComputedStyle(document.activeElement).outlineStyle") != "none"
        assert browser.wait_for("var box = document.activeElement.getBoundingClientRect(); return box.right > 0")


def test_blocks_are_copied_by_keyboard(browser: Browser) -> None:
    """Each has a button."""
    browser.open(SITE / "start.html", WIDE)
    blocks = browser.run("return document.querySelectorAll('div.highlight').length")
    assert blocks == browser.run("return document.querySelectorAll('div.highlight > button.copy').length")
    browser.run("document.querySelector('button.copy').focus()")
    browser.press(Keys.ENTER)
    assert browser.wait_for("return document.querySelector('button.copy').textContent !== 'Copy'")


@pytest.mark.parametrize("width", [NARROW, WIDE])
def test_no_page_scrolls_sideways(browser: Browser, width: int) -> None:
    """Wide tables and blocks scroll by themselves."""
    wide: list[str] = []
    for page in sorted(SITE.rglob("*.html")):
        browser.open(page, width)
        if browser.run("return document.documentElement.scrollWidth > window.innerWidth"):
            wide.append(str(page))
    assert not wide
