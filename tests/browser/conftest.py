"""A real browser on the real page: what it complains about fails the test, whatever else the test looks at."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from install_browser import find_browser
from live_server import ROOT
from playwright.sync_api import Browser, BrowserContext, sync_playwright
from visitor import FLAGS, SIZES, Visitor


@pytest.fixture(scope="session")
def recorded_digits() -> dict[str, list[dict[str, Any]]]:
    """Ten digits with three recorded strokes each, on the unit square."""
    return json.loads((ROOT / "tests" / "strokes" / "digits.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=find_browser(), args=FLAGS)
        yield launched
        launched.close()


@pytest.fixture
def visit(server, browser) -> Iterator[Callable[..., Visitor]]:
    """Open the page as a new visitor; with `context`, in a further window of one who is there already.

    At the end nothing that the browser complained about is forgiven, and no run goes on.
    """
    visitors: list[Visitor] = []
    contexts: list[BrowserContext] = []

    def open_page(
        query: str = "",
        *,
        language: str = "en",
        size: str = "desktop",
        dark: bool = False,
        touch: bool = False,
        context: BrowserContext | None = None,
    ) -> Visitor:
        if context is None:
            width, height = SIZES[size]
            context = browser.new_context(
                viewport={"width": width, "height": height},
                color_scheme="dark" if dark else "light",
                has_touch=touch,
                reduced_motion="reduce",
                accept_downloads=True,
            )
            contexts.append(context)
        visitor = Visitor(server, context.new_page(), language)
        visitors.append(visitor)
        return visitor.open("&".join(part for part in (query, "__theme=dark" if dark else "") if part))

    yield open_page
    for context in contexts:
        context.close()
    server.stop_all_runs()
    problems = [problem for visitor in visitors for problem in visitor.problems]
    assert not problems, "the browser complained:\n" + "\n".join(problems)
