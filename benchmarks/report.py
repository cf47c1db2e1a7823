"""What a report costs: seconds and bytes of every format, beside a plain table of the same findings.

    python benchmarks/report.py [--opened] [COUNT ...]

Each number is the best of three. The plain table is the least a page of all findings could be: one
row a finding, joined and escaped, rendered in the same run on the same machine. With --opened, Chromium
opens both pages: milliseconds to the first paint, to all of the page (of ours, with the first entries of its
list), and the memory of the process that shows it.
"""

from __future__ import annotations

import hashlib
import html as escaping
import io
import re
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from scanner.model import (
    ACTUAL_COUNTS,
    DECLARED_COUNTS,
    SCHEMA,
    SEVERITIES,
    Counts,
    Coverage,
    Finding,
    Owner,
    Report,
    Scan,
)
from scanner.tell import RENDERERS, html, terminal
from scanner.tell.targets import renderer

NOW = "2026-11-23T00:00:00Z"
RULES = (
    "drift/changed-attribute",
    "drift/unmanaged-resource",
    "ownership/unowned-resource",
    "orphan/unattached-volume",
    "watch/unwatched-queue",
)
TEAMS = 40
CHROMIUM = "/usr/bin/chromium"
HTML = (".html", html.render)


def estate(count: int) -> Report:
    """`count` findings over five rules and forty teams."""
    return Report(
        schema=SCHEMA,
        scan=Scan(
            "bench", NOW, NOW, "0", NOW, ("123456789012",), ("us-east-1",), "0" * 64, "before"
        ),
        coverage=Coverage(asked=1000, complete=1000, percent=100.0, gaps=()),
        counts=Counts(dict.fromkeys(DECLARED_COUNTS, 0), dict.fromkeys(ACTUAL_COUNTS, 0)),
        findings=tuple(_finding(number) for number in range(count)),
    )


def _finding(number: int) -> Finding:
    rule = RULES[number % len(RULES)]
    name = f"harbour-{number:06}"
    evidence = {"size_gib": number % 900, "created": NOW, "tags": {"company": "harbour"}}
    if rule == "drift/changed-attribute":
        evidence = {"attribute": "memory_size", "declared": 512, "actual": 512 + number}
    return Finding(
        fingerprint=hashlib.sha256(name.encode()).hexdigest()[:24],
        rule=rule,
        severity=SEVERITIES[number // 7 % 4],
        status="new" if number % 9 == 0 else "standing",
        resource=f"arn:aws:sqs:us-east-1:123456789012:{name}",
        type="aws_sqs_queue",
        id=name,
        name=name,
        account="123456789012",
        region="us-east-1",
        address=f'module.worker["{name}"].aws_sqs_queue.main',
        owner=Owner(f"team-{number % TEAMS:02}", "tag team", "valid"),
        says=f"{name} is not as it should be",
        evidence=evidence,
        first_seen="2026-11-01T00:00:00Z",
        fix=f"aws sqs set-queue-attributes --queue-url {name}",
    )


def plain(report: Report, out: io.StringIO) -> None:
    """The table that everything is measured against."""
    out.write("<!doctype html><title>findings</title><table>")
    for f in report.findings:
        cells = (f.severity, f.status, f.rule, f.says, f.resource, f.address, f.owner.team)
        out.write("<tr>")
        out.writelines(f"<td>{escaping.escape(cell or '')}</td>" for cell in cells)
        out.write("</tr>")
    out.write("</table>")


def tree(report: Report, out: io.StringIO) -> None:
    """Every page of the report tree, one after the other."""
    for _, render in html.pages(report):
        render(report, out)


def text(render: Callable[[Report, io.StringIO], None], report: Report) -> str:
    """What is rendered."""
    out = io.StringIO()
    render(report, out)
    return out.getvalue()


def measured(render: Callable[[Report, io.StringIO], None], report: Report) -> tuple[float, int]:
    """Best seconds of three, and bytes."""
    best, size = float("inf"), 0
    for _ in range(3):
        out = io.StringIO()
        start = time.perf_counter()
        render(report, out)
        best = min(best, time.perf_counter() - start)
        size = len(out.getvalue().encode())
    return best, size


PAINTED = """() => new Promise((done) => {
    const painted = (list) => {
        for (const one of list.getEntries()) if (one.name === "first-contentful-paint") done(one.startTime);
    };
    new PerformanceObserver(painted).observe({ type: "paint", buffered: true });
})"""
"""Milliseconds to the first paint, which on a busy machine may come after all was loaded."""


def opened(pages: dict[str, str]) -> Iterator[tuple[str, float, float, float]]:
    """Of each page by its text: ms to the first paint, ms to all of it, private MiB of its renderer."""
    from playwright.sync_api import sync_playwright

    with tempfile.TemporaryDirectory() as folder, sync_playwright() as running:
        for name, text in pages.items():
            path = Path(folder) / "page.html"
            path.write_text(text, encoding="utf-8")
            browser = running.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
            page = browser.new_page()
            page.set_default_timeout(300_000)
            start = time.perf_counter()
            page.goto(path.as_uri())
            if 'class="shard"' in text:
                page.locator(".entry").first.wait_for()
            whole = (time.perf_counter() - start) * 1000
            first = page.evaluate(PAINTED)
            yield name, first, whole, max(renderers())
            browser.close()


def renderers() -> Iterator[float]:
    """Private MiB of each renderer of Chromium that runs."""
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if b"--type=renderer" in (process / "cmdline").read_bytes():
                sizes = (process / "smaps_rollup").read_text()
                yield sum(int(n) for n in re.findall(r"Private_\w+:\s+(\d+)", sizes)) / 1024
        except OSError:
            continue


def formats() -> Iterator[tuple[str, Callable[[Report, io.StringIO], None]]]:
    """Every output by its name."""
    yield "plain table", plain
    for suffix in RENDERERS:
        yield suffix, renderer(Path(f"report{suffix}" if suffix[0] == "." else suffix))
    yield "pages of the tree", tree
    yield "terminal", terminal.render


def main(counts: list[int], browse: bool) -> None:
    """Print one table for each count of findings."""
    for count in counts:
        report = estate(count)
        floor_seconds, floor_bytes = measured(plain, report)
        print(f"{count:,} findings")
        print(f"  {'output':<18}{'seconds':>9}{'x plain':>9}{'bytes':>13}{'x plain':>9}")
        for name, render in formats():
            seconds, size = measured(render, report)
            ratios = seconds / floor_seconds, size / floor_bytes
            print(f"  {name:<18}{seconds:>9.3f}{ratios[0]:>9.1f}{size:>13,}{ratios[1]:>9.2f}")
        if browse:
            print(f"  {'opened':<18}{'first ms':>9}{'all ms':>9}{'MiB':>13}")
            texts = {name: text(render, report) for name, render in (("plain table", plain), HTML)}
            for name, first, whole, memory in opened(texts):
                print(f"  {name:<18}{first:>9.0f}{whole:>9.0f}{memory:>13.0f}")


if __name__ == "__main__":
    numbers = [int(argument) for argument in sys.argv[1:] if argument != "--opened"]
    main(numbers or [1_000, 10_000], browse="--opened" in sys.argv)
