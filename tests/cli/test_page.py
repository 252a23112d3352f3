"""The exported page in a browser."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import cast
from urllib.parse import unquote, urlsplit

import pytest
from image_variations_cli.rows import Row
from selenium.webdriver.common.keys import Keys

from tests.cli.exports import export_file, make_row
from tests.support.album import make_phone_photo
from tests.support.browser import Browser, need_browser, start_browser
from tests.support.pictures import make_png
from tests.support.sampling import slow

need_browser()

HOSTILE = "</script><script>alert(1)</script>\"'&<b>.png"

NAMES = ("otter.png", HOSTILE, "Отпуск 2026/" + "очень_длинное_имя_" * 8 + ".jpg", "a#b?c%20d.png")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A browser, shared by the tests of this file."""
    with start_browser() as started:
        yield started


@pytest.fixture
async def page(tmp_path: Path) -> Path:
    """A page of rows in every state, with hostile names, in the output directory."""
    output_dir, originals = tmp_path / "out", tmp_path / "photos"
    output_dir.mkdir()
    originals.mkdir()
    rows: list[Row] = []
    for number, name in enumerate(NAMES):
        original = originals / f"{number}.jpg"
        original.write_bytes(make_phone_photo(number))
        files = [f"#{number}?-{at} 50%.png" for at in (1, 2)]
        for file in files:
            (output_dir / file).write_bytes(make_png(color="teal"))
        rows.append(make_row(name, number=number, files=files, original=original))
    rows += [
        make_row("text.png", "failed", problem="image is damaged, or no image that Pillow reads"),
        make_row("lost.png", "unknown", problem="The connection was lost after the request was sent."),
        make_row("late.png", "pending"),
    ]
    return await export_file(rows, "html", output_dir, output_dir / "index.html")


def names_shown(browser: Browser) -> list[str]:
    """Return the names of the rows that are shown."""
    script = "return [...document.querySelectorAll('.row')].filter(row => row.checkVisibility())"
    return cast("list[str]", browser.run(f"{script}.map(row => row.querySelector('h2').textContent)"))


def test_the_page_opens_from_the_disk_and_loads_nothing(browser: Browser, page: Path) -> None:
    """Everything is in the file: the browser asks for nothing, complains of nothing, and shows every picture."""
    browser.open(page)
    assert browser.read_messages() == []
    assert browser.run("return performance.getEntries().filter(e => /^(file|http)/.test(e.name)).length") == 1
    browser.run("document.querySelectorAll('.row').forEach(row => row.style.contentVisibility = 'visible')")
    widths = browser.run("return Promise.all([...document.images].map(i => i.decode().then(() => i.naturalWidth)))")
    assert isinstance(widths, list)
    assert len(cast("list[int]", widths)) == 3 * len(NAMES)
    assert all(cast("list[int]", widths))


def test_hostile_names_are_text(browser: Browser, page: Path) -> None:
    """Names are shown letter by letter, run nothing, and are the alternative text of their pictures."""
    browser.open(page)
    assert [heading.text for heading in browser.find("h2")][: len(NAMES)] == list(NAMES)
    assert len(browser.find("script")) == 1
    assert [image.get_attribute("alt") for image in browser.find(".row:nth-child(2) img")] == [
        f"{caption}: {HOSTILE}" for caption in ("Original", "Variation 1", "Variation 2")
    ]


def test_links_open_the_files(browser: Browser, page: Path) -> None:
    """Each picture links to its file, whatever that is called, and the browser shows it."""
    browser.open(page)
    links = [str(link.get_attribute("href")) for link in browser.find("figure a")]
    assert len(links) == 3 * len(NAMES)
    assert all(Path(unquote(urlsplit(link).path)).is_file() for link in links)
    browser.find(".row:first-child a")[1].click()
    assert len(browser.find("img")) == 1


def test_the_top_says_how_many_rows_are_in_each_state(browser: Browser, page: Path) -> None:
    """The counts stand in the header and on the filters."""
    browser.open(page)
    assert browser.find("header p")[0].text.startswith("8 images from 7 rows, with 7 requests.")
    assert [" ".join(label.text.split()) for label in browser.find("fieldset label")] == [
        *("All 7", "✓ Done 4", "✕ Failed 1", "? Unknown 1", "… Pending 1"),
    ]
    assert "image is damaged" in browser.find(".row.failed .reason")[0].text


def test_rows_are_filtered_by_state_and_words(browser: Browser, page: Path) -> None:
    """The filters go together, reasons are searched like names, and the number of rows shown is announced."""
    browser.open(page)
    browser.find("#show-failed")[0].click()
    assert names_shown(browser) == ["text.png"]
    browser.find("#show-all")[0].click()
    search, shown = browser.find("#search")[0], browser.find("#shown")[0]
    search.send_keys("CONNECTION lost")
    assert names_shown(browser) == ["lost.png"]
    assert (shown.text, shown.get_attribute("role")) == ("1 of 7 shown", "status")
    search.send_keys(" nowhere")
    assert names_shown(browser) == []
    assert browser.find("#none")[0].is_displayed()


def test_the_page_works_without_scripts(browser: Browser, page: Path) -> None:
    """Where no script runs, states are filtered all the same, and there is no search that does nothing."""
    page.write_text(re.sub("<script>.*?</script>\n</body>", "</body>", page.read_text(), flags=re.DOTALL))
    browser.open(page)
    assert browser.find("script") == []
    browser.find("#show-unknown")[0].click()
    assert names_shown(browser) == ["lost.png"]
    assert not browser.find("#search")[0].is_displayed()


def test_the_page_is_used_by_keyboard_alone(browser: Browser, page: Path) -> None:
    """Tab leads from the skip link to filters, search, pictures and details; arrows choose a state, `/` searches."""
    browser.open(page)
    skip = browser.press(Keys.TAB)
    assert (skip.text, skip.is_displayed()) == ("Skip to the images", True)
    assert browser.run("return document.activeElement.getBoundingClientRect().top >= 0")
    state = browser.press(Keys.TAB)
    assert state.get_attribute("id") == "show-all"
    assert browser.press(Keys.ARROW_RIGHT, Keys.ARROW_RIGHT).get_attribute("id") == "show-failed"
    assert names_shown(browser) == ["text.png"]
    assert browser.press(Keys.ARROW_LEFT, Keys.ARROW_LEFT, Keys.TAB).get_attribute("id") == "search"
    picture = browser.press(Keys.TAB)
    assert picture.tag_name == "a"
    assert browser.press(Keys.TAB, Keys.TAB, Keys.TAB).tag_name == "summary"
    browser.press(Keys.ENTER)
    assert browser.find("details")[0].get_attribute("open") is not None
    assert browser.press("/").get_attribute("id") == "search"
    browser.open(page)
    browser.press(Keys.TAB, Keys.ENTER)
    assert browser.press(Keys.TAB).tag_name == "a"


def test_the_focus_can_be_seen(browser: Browser, page: Path) -> None:
    """Whatever has the focus, or the pill around it, has an outline."""
    browser.open(page)
    for _ in range(8):
        browser.press(Keys.TAB)
        outline = browser.run(
            "const e = document.activeElement, shown = e.type === 'radio' ? e.parentElement : e;"
            "return getComputedStyle(shown).outlineStyle + parseFloat(getComputedStyle(shown).outlineWidth)",
        )
        assert outline == "solid3"


def test_every_control_has_a_name(browser: Browser, page: Path) -> None:
    """What can be operated is a link, an input or a summary with a name for those who cannot see it."""
    browser.open(page)
    controls = browser.find("a, input, summary, form, fieldset, main, article")
    nameless = [element.tag_name for element in controls if not element.accessible_name]
    assert nameless == ["main"]
    assert browser.find("[onclick], [style], [role=button]") == []
    assert [heading.tag_name for heading in browser.find("h1, h2, h3")] == ["h1", *["h2"] * 7]


@pytest.mark.parametrize("width", [320, 390, 768])
def test_a_narrow_screen_scrolls_one_way(browser: Browser, page: Path, width: int) -> None:
    """Nothing is wider than the screen, whatever is long or open, and controls are large enough to hit."""
    browser.open(page, width)
    browser.run("document.querySelectorAll('details').forEach(details => details.open = true)")
    browser.run("document.querySelectorAll('.row').forEach(row => row.style.contentVisibility = 'visible')")
    assert browser.run("return document.documentElement.scrollWidth - document.documentElement.clientWidth") == 0
    controls = "[...document.querySelectorAll('label:has(input), #search, summary, figure a')]"
    heights = browser.run(f"return {controls}.map(control => control.getBoundingClientRect().height)")
    assert min(cast("list[float]", heights)) >= 24


CONTRASTS = """
const light = color => {
  const [r, g, b] = color.match(/[\\d.]+/g).slice(0, 3)
    .map(level => level / 255).map(c => c <= .04045 ? c / 12.92 : ((c + .055) / 1.055) ** 2.4);
  return .2126 * r + .7152 * g + .0722 * b;
};
const paper = element => {
  for (let at = element; at; at = at.parentElement) {
    const color = getComputedStyle(at).backgroundColor;
    if (color !== "rgba(0, 0, 0, 0)") return color;
  }
};
const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT), found = {};
while (walker.nextNode()) {
  const element = walker.currentNode.parentElement;
  if (!walker.currentNode.data.trim() || element.tagName === "SCRIPT") continue;
  const [dark, bright] = [light(getComputedStyle(element).color), light(paper(element))].sort((a, b) => a - b);
  const key = `${element.tagName}.${element.closest("[class]")?.className}`;
  found[key] = Math.min(found[key] ?? 99, (bright + .05) / (dark + .05));
}
return found;
"""
"""The least contrast of text and paper by kind of element (WCAG 2.2, relative luminance and contrast ratio)."""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_texts_stand_out_from_their_paper(browser: Browser, page: Path, scheme: str) -> None:
    """Every text has a contrast of 4.5 at least, in light and in dark (WCAG 2.2, 1.4.3)."""
    browser.open(page, scheme=scheme)
    contrasts = cast("dict[str, float]", browser.run(CONTRASTS))
    assert len(contrasts) > 15
    assert {what: contrast for what, contrast in contrasts.items() if contrast < 4.5} == {}
    is_dark = browser.run("return getComputedStyle(document.body).backgroundColor") == "rgb(19, 19, 22)"
    assert is_dark == (scheme == "dark")


@pytest.mark.parametrize("number", [200, slow(1000)])
async def test_many_rows_are_laid_out_as_they_come_into_view(browser: Browser, tmp_path: Path, number: int) -> None:
    """Of many rows those far below are not laid out until somebody scrolls there, and the search has them all."""
    original = tmp_path / "otter.png"
    original.write_bytes(make_png())
    rows = [make_row(f"photo {each}.png", number=each, original=original) for each in range(number)]
    browser.open(await export_file(rows, "html", tmp_path, tmp_path / "index.html"))
    is_laid_out = "return document.images[{}].checkVisibility({{contentVisibilityAuto: true}})"
    assert browser.run(is_laid_out.format(0))
    assert not browser.run(is_laid_out.format(number - 1))
    words = "document.getElementById('search')"
    browser.run(f"{words}.value = 'photo 99'; {words}.dispatchEvent(new Event('input'))")
    found = sum("99" in str(each) for each in range(number))
    assert browser.wait_for(f"return document.getElementById('shown').textContent === '{found} of {number:,} shown'")
    assert len(names_shown(browser)) == found
    browser.run(f"document.images[{number - 1}].scrollIntoView()")
    assert browser.wait_for(is_laid_out.format(number - 1))
