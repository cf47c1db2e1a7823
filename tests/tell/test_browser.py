"""The pages in a real browser, from file://, with nothing to reach."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from scanner import tell
from scanner.model import Report
from scanner.tell.page import anchor

from . import sample

CHROMIUM = Path("/usr/bin/chromium")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]

playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
pytestmark = [
    pytest.mark.browser,
    pytest.mark.xdist_group("browser"),
    pytest.mark.skipif(not CHROMIUM.exists(), reason=f"there is no {CHROMIUM}"),
]

Visit = Callable[..., Any]
MANY = 30_000
"""More than one shard."""


def large() -> Report:
    """More findings than a page tells whole, one of them with a name that wishes us ill."""
    report = sample.many(MANY)
    text = "<img src=x onerror=document.title='pwned'>"
    last = replace(sample.hostile_finding(text, 1), status="standing", severity="low")
    return replace(report, findings=(*report.findings, last))


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with playwright.sync_playwright() as running:
        opened = running.chromium.launch(executable_path=str(CHROMIUM), args=FLAGS)
        yield opened
        opened.close()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("reports")
    tell.write(sample.incomplete(), [f"{place}/tree/", str(place / "report.html")])
    tell.write(sample.mixed(), [str(place / "mixed.html")])
    tell.write(sample.clean_estate(), [str(place / "clean.html")])
    tell.write(sample.empty(), [str(place / "empty.html")])
    tell.write(sample.hostile(), [f"{place}/hostile/", str(place / "hostile.html")])
    tell.write(large(), [str(place / "large.html")])
    return place


@pytest.fixture
def visit(browser: Any) -> Iterator[Visit]:
    """Open a page; afterwards, it must have asked for nothing but files and broken no policy."""
    contexts, said, asked = [], [], []

    def open_page(path: Path, fragment: str = "", **options: Any) -> Any:
        context = browser.new_context(**options)
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda message: said.append(message.text))
        page.on("pageerror", lambda error: said.append(str(error)))
        page.on("request", lambda request: asked.append(request.url))
        page.on("dialog", lambda dialog: said.append(f"dialog {dialog.message}"))
        page.goto(f"{path.as_uri()}{fragment}")
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert not said
    assert all(url.startswith("file://") for url in asked)


def pages(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*.html") if "hostile" not in path.parts)


def test_pages_ask_for_nothing_but_themselves(folder: Path, browser: Any) -> None:
    context = browser.new_context()
    page = context.new_page()
    asked: list[str] = []
    said: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: said.append(message.text))
    for path in pages(folder):
        page.goto(path.as_uri())
    assert asked == [path.as_uri() for path in pages(folder)]
    assert not said
    context.close()


def test_the_policy_holds(folder: Path, browser: Any) -> None:
    page = browser.new_page()
    page.goto((folder / "report.html").as_uri())
    ran = page.evaluate(
        """() => {
            const script = document.createElement("script");
            script.textContent = "document.title = 'pwned'";
            document.body.append(script);
            const image = document.createElement("img");
            image.setAttribute("onerror", "document.title = 'pwned'");
            document.body.append(image);
            return new Promise((done) => {
                const broken = [];
                document.addEventListener("securitypolicyviolation", (event) => {
                    broken.push(event.violatedDirective);
                    if (broken.length === 1) setTimeout(() => done(document.title), 50);
                });
                image.src = "https://attacker.example/pixel.png";
            });
        }"""
    )
    assert "pwned" not in ran
    page.close()


@pytest.mark.parametrize("name", ["hostile.html", "hostile/index.html", "hostile/coverage.html"])
def test_hostile_names_do_nothing(name: str, folder: Path, visit: Visit) -> None:
    page = visit(folder / name)
    page.evaluate("document.querySelectorAll('details').forEach((d) => { d.open = true; })")
    page.wait_for_timeout(100)
    assert "pwned" not in page.title().replace("document.title='pwned'", "")
    assert page.url.startswith("file://")
    assert page.evaluate("document.querySelectorAll('script, style').length") == 2
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_the_list_has_all_and_finds_one_by_text_or_address(folder: Path, visit: Visit) -> None:
    page = visit(folder / "large.html")
    page.locator(f".entry[aria-setsize='{MANY + 1}']").first.wait_for()
    entries = page.locator(".entry")
    assert entries.count() < 40
    page.fill("input[name=q]", "onerror")
    assert entries.count() == 1
    assert page.locator("output").inner_text() == "1 of 30,001 findings"
    entries.first.click()
    assert "<img src=x" in page.locator("#chosen h3").inner_text()
    assert page.title() != "pwned"
    chosen = page.url.partition("#")[2]
    again = visit(folder / "large.html", f"#{chosen}")
    again.locator("#chosen").wait_for()
    assert "<img src=x" in again.locator("#chosen h3").inner_text()


def test_the_list_by_keyboard_and_what_is_left_of_it_without_scripts(
    folder: Path, visit: Visit
) -> None:
    page = visit(folder / "large.html")
    page.locator(f".entry[aria-setsize='{MANY + 1}']").first.wait_for()
    page.focus("#all")
    for key in ("ArrowDown", "ArrowDown", "End", "ArrowUp", "Enter"):
        page.keyboard.press(key)
    active = page.locator("#all").get_attribute("aria-activedescendant")
    assert active == "entry-29999"
    assert page.locator(f"#{active}").get_attribute("aria-selected") == "true"
    assert page.locator("#chosen dl").is_visible()
    page.emulate_media(media="print")
    assert page.locator("#all").is_hidden()
    plain = visit(folder / "large.html", java_script_enabled=False)
    assert plain.locator("#all").is_hidden()
    assert plain.locator("details.finding").count() == 200


def first(status: str = "standing") -> str:
    finding = [f for f in sample.incomplete().findings if f.status == status][-1]
    return anchor(finding.fingerprint)


@pytest.mark.parametrize("scripts", [True, False])
def test_a_deep_link_opens_its_finding(scripts: bool, folder: Path, visit: Visit) -> None:
    page = visit(folder / "tree/index.html", f"#{first()}", java_script_enabled=scripts)
    finding = page.locator(f"#{first()}")
    assert finding.locator(".facts").is_visible()
    assert finding.bounding_box()["y"] < 200
    assert page.locator(".facts:visible").count() == 2  # this one and the audit's


def test_everything_can_be_read_without_scripts(folder: Path, visit: Visit) -> None:
    page = visit(folder / "report.html", java_script_enabled=False)
    assert page.locator("#filter").is_hidden()
    for finding in sample.incomplete().findings:
        details = page.locator(f"#{anchor(finding.fingerprint)}")
        assert details.locator(".says").text_content() == finding.says
        details.locator("summary").first.click()
        assert details.locator(".facts").is_visible()
        assert finding.resource in details.inner_text()


def test_the_filter_narrows_and_is_kept_in_the_address(folder: Path, visit: Visit) -> None:
    page = visit(folder / "report.html")
    shown = page.locator("details.finding:visible")
    everything = shown.count()
    page.fill("input[name=q]", "harbour database-without")
    assert 0 < shown.count() < everything
    assert "q=harbour+database-without" in page.url
    assert page.locator("output").inner_text() == f"{shown.count()} of {everything} findings"
    page.select_option("select[name=severity]", "critical")
    page.fill("input[name=q]", "")
    assert shown.count() == 5
    assert page.url.endswith("#severity=critical")
    assert page.locator(".rule:visible").count() < 11
    again = visit(folder / "report.html", "#severity=critical&status=new")
    assert again.locator("details.finding:visible").count() == 3
    again.click("button[type=reset]")
    again.wait_for_timeout(50)
    assert again.locator("details.finding:visible").count() == everything
    nonsense = visit(folder / "report.html", "#severity=<script>&owner=x&q=")
    assert nonsense.locator("details.finding:visible").count() == everything
    grants = visit(folder / "tree/grants.html", "#how=by_hand")
    assert grants.locator("output").inner_text() == "1 of 5 grants"
    grants.select_option("select[name=how]", "")
    assert grants.locator("tbody.grant:visible").count() == 5
    assert grants.url.endswith("#grants")


def test_a_cell_of_the_matrix_filters_and_leads_there(folder: Path, visit: Visit) -> None:
    page = visit(folder / "tree/index.html")
    page.get_by_role("link", name="3 critical, payments").click()
    assert page.locator("details.finding:visible").count() == 3
    assert "severity=critical" in page.url
    assert "owner=payments-" in page.url
    plain = visit(folder / "tree/index.html", java_script_enabled=False)
    plain.get_by_role("link", name="3 critical, payments").click()
    assert re.search("#f-[0-9a-f]{24}$", plain.url)


def test_an_owner_gets_to_their_page_and_back(folder: Path, visit: Visit) -> None:
    page = visit(folder / "tree/index.html")
    page.get_by_role("link", name="search", exact=True).click()
    assert page.locator("h1").inner_text().startswith("0 findings wait for search")
    page.get_by_role("link", name="watchbill", exact=True).click()
    assert page.url.endswith("tree/index.html")


def test_a_link_to_a_finding_the_filter_hides_shows_it(folder: Path, visit: Visit) -> None:
    page = visit(folder / "report.html", "#q=nothing-has-this")
    assert page.locator("details.finding:visible").count() == 0
    page.evaluate(f"location.hash = '{first()}'")
    page.wait_for_timeout(100)
    assert page.locator(f"#{first()}").is_visible()


def test_open_all_and_copy(folder: Path, visit: Visit) -> None:
    page = visit(folder / "report.html", permissions=["clipboard-read", "clipboard-write"])
    page.click("button[name=open]")
    assert page.locator("details.finding:not([open])").count() == 0
    button = page.locator(".fix button").first
    button.click()
    expected = page.locator(".fix pre").first.inner_text()
    assert page.evaluate("navigator.clipboard.readText()") == expected
    assert button.inner_text() == "Copied"


def test_keyboard_alone(folder: Path, visit: Visit) -> None:
    page = visit(folder / "report.html")
    page.keyboard.press("Tab")
    skip = page.locator(".skip")
    assert skip.evaluate("(link) => link === document.activeElement")
    assert skip.bounding_box()["y"] >= 0
    page.keyboard.press("Enter")
    assert page.url.endswith("#main")
    page.locator("details.finding summary").first.focus()
    page.keyboard.press("Enter")
    assert page.locator("details.finding").first.get_attribute("open") is not None


@pytest.mark.parametrize("scripts", [True, False])
def test_print_shows_all_evidence(scripts: bool, folder: Path, visit: Visit) -> None:
    page = visit(folder / "report.html", java_script_enabled=scripts, color_scheme="dark")
    page.emulate_media(media="print")
    for finding in sample.incomplete().findings:
        details = page.locator(f"#{anchor(finding.fingerprint)}")
        box = details.locator(".facts").bounding_box()
        assert box, finding.says
        assert box["height"] > 100
        text = details.inner_text()
        for name, value in finding.evidence.items():
            assert name in text or value in text
    assert page.locator("#filter").is_hidden()
    colour = page.locator("body").evaluate("(body) => getComputedStyle(body).backgroundColor")
    assert colour == "rgb(255, 255, 255)"
    assert len(page.pdf()) > 20_000


@pytest.mark.parametrize("width", [320, 390, 768, 1280, 1920])
def test_nothing_runs_over_the_side(width: int, folder: Path, visit: Visit) -> None:
    page = visit(folder / "report.html", viewport={"width": width, "height": 800})
    # what is clipped while it is not in sight would be cut off, and not run over
    page.click("button[name=open]")
    page.evaluate(
        "document.querySelectorAll('details').forEach((d) => { d.style.contentVisibility = 'visible'; })"
    )
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_tables_are_forms_on_a_phone_and_whole_on_paper(folder: Path, visit: Visit) -> None:
    page = visit(folder / "tree/index.html")
    over = """[...document.querySelectorAll(".scroll")].filter((box) => box.scrollWidth > box.clientWidth)
        .map((box) => box.getAttribute("aria-label"))"""
    for name in ("coverage", "figures", "grants", "resources", "waivers"):
        page.set_viewport_size({"width": 390, "height": 800})
        page.emulate_media(media="screen")
        page.goto((folder / f"tree/{name}.html").as_uri())
        assert page.evaluate(over) == [], name
        cell = page.locator("td[data-th]").first
        label = cell.evaluate("(cell) => getComputedStyle(cell, '::before').content")
        assert label.startswith('"'), name
        assert cell.get_attribute("data-th") in label, name
        page.set_viewport_size({"width": 700, "height": 1000})  # A4 without its margins
        page.emulate_media(media="print")
        assert page.evaluate(over) == [], name
        assert page.evaluate("document.documentElement.scrollWidth") <= 700, name


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280])
def test_axe_finds_nothing(scheme: str, width: int, folder: Path, visit: Visit) -> None:
    axe = pytest.importorskip(
        "axe_playwright_python.sync_playwright", reason="axe-playwright-python is not installed"
    )
    names = ["report.html", "empty.html", "tree/grants.html", "tree/rules.html"]
    owner = sorted((folder / "tree" / "owners").iterdir())[0]
    size = {"width": width, "height": 800}
    for path in [*(folder / name for name in names), owner]:
        page = visit(path, color_scheme=scheme, viewport=size)
        page.evaluate(
            """document.querySelectorAll("details").forEach((details) => {
                details.open = true;
                details.style.contentVisibility = "visible";
            })"""
        )
        found = axe.Axe().run(page).response["violations"]
        assert not found, [(v["id"], v["nodes"][0]["html"]) for v in found]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_in_the_list(scheme: str, folder: Path, visit: Visit) -> None:
    axe = pytest.importorskip(
        "axe_playwright_python.sync_playwright", reason="axe-playwright-python is not installed"
    )
    page = visit(folder / "large.html", color_scheme=scheme)
    page.locator(".entry").first.click()
    found = axe.Axe().run(page, context=".whole-list").response["violations"]
    assert not found, [(v["id"], v["nodes"][0]["html"]) for v in found]
