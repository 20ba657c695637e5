"""The page: header, tabs, and the endpoints of the JSON API, in one language."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from html import escape
from typing import Any

import gradio as gr

from playground.services import Services
from playground.ui.api import add_endpoints
from playground.ui.assets import scripts
from playground.ui.events import Page, connect
from playground.ui.hand_over import connect_models
from playground.ui.links import LINKS, read_link
from playground.ui.tabs import TABS
from playground.ui.tabs.draw import list_networks
from playground.words import text

PATHS = {"en": "/", "zh": "/zh/"}
# Fixed, so that a visitor finds his runs again after a restart and on the page of the other language. It guards nothing:
# what it hides is a random id that lies in the visitor's own browser.
STORAGE_KEY = "pytorch-playground-visitor"
PROGRAM_KEY = "pytorch-playground-program"
GRAPH_KEY = "pytorch-playground-graph"
MODEL_KEY = "pytorch-playground-model"
# Gradio's queue looks for work every millisecond, which costs an idle server 7 % of a core.
QUEUE_SLEEP_SECONDS = 0.008
STORAGE_SECRET = "pytorch-playground"


@dataclass(frozen=True)
class TabRequest:
    query: dict[str, str]


@dataclass(frozen=True)
class DrawRequest:
    """Draw for the run that the monitor shows."""

    monitor: dict[str, Any]
    visitor: str


@dataclass(frozen=True)
class VisitorRequest:
    visitor: str


def build_page(services: Services, language: str) -> gr.Blocks:
    """All tabs and endpoints in one language."""
    with gr.Blocks(title=text(language, "page.title"), analytics_enabled=False, delete_cache=(3600, 3600)) as blocks:
        visitor = gr.BrowserState("", storage_key=STORAGE_KEY, secret=STORAGE_SECRET)
        program = gr.BrowserState("", storage_key=PROGRAM_KEY, secret=STORAGE_SECRET)
        graph = gr.BrowserState("", storage_key=GRAPH_KEY, secret=STORAGE_SECRET)
        model = gr.BrowserState("", storage_key=MODEL_KEY, secret=STORAGE_SECRET)
        page = Page(services, language, visitor, program, graph, model)
        gr.HTML(_header(page), elem_id="header", head=scripts("js/playground.js"), apply_default_css=False)
        built: dict[str, Any] = {}
        with gr.Tabs(elem_id="tabs", elem_classes="pp-tabs") as tabs:
            for module in TABS:
                with gr.Tab(page.t(f"tab.{module.NAME}"), id=module.NAME, elem_id=f"tab-{module.NAME}") as tab:
                    built |= module.build(page, blocks, tab)
                tab.select(None, None, None, js=f"() => PP.showTab('{module.NAME}')", show_progress="hidden")
        _connect_page(page, blocks, tabs)
        connect(
            page,
            built["monitor"].draw,
            request=DrawRequest,
            controls={"monitor": built["monitor"]},
            run=lambda request: _network_of(services, request, language),
            view=lambda found: [gr.update(selected="draw"), gr.update(choices=found[1], value=found[0])],
            outputs=[tabs, built["network"]],
        )
        connect_models(page, tabs, built)
        add_endpoints(page)
    blocks.state_session_capacity = services.limits.visitors
    blocks.queue(max_size=1000)
    blocks._queue.sleep_when_free = QUEUE_SLEEP_SECONDS
    return blocks


def _network_of(services: Services, request: DrawRequest, language: str) -> tuple[str, list[tuple[str, str]]]:
    """The run or the snapshot to draw for, and all that can be chosen."""
    name = request.monitor.get("draw") or request.monitor["run_id"]
    services.weights_of(name)  # where it was deleted, that is said here
    return name, list_networks(services, request.visitor, language, name)


def _connect_page(page: Page, blocks: gr.Blocks, tabs: gr.Tabs) -> None:
    """Give a new visitor an id; open the tab that the address names."""
    connect(
        page,
        blocks.load,
        request=VisitorRequest,
        controls={},
        run=lambda request: request.visitor or secrets.token_hex(16),
        view=lambda visitor: [visitor],
        outputs=[page.visitor],
    )
    connect(
        page,
        blocks.load,
        request=TabRequest,
        controls={},
        run=lambda request: read_link(request.query)[0],
        # The first tab is open already: to open it again would throw back whoever has gone on to another.
        view=lambda tab: [gr.update(selected=tab) if tab in LINKS and tab != TABS[0].NAME else gr.skip()],
        outputs=[tabs],
    )


def _header(page: Page) -> str:
    current = " aria-current=true"
    languages = "".join(
        f'<a href="{path}" data-language="{path}" lang="{language}"{current if language == page.language else ""}>{name}</a>'
        for (language, path), name in zip(PATHS.items(), ("English", "中文"), strict=True)
    )
    title = escape(page.t("page.title")).replace("PyTorch", "<em>PyTorch</em>")
    return (
        f'<header class="pp-header"><h1>{title}</h1><p>{escape(page.t("page.subtitle"))}</p>'
        f'<nav aria-label="{escape(page.t("page.language"))}">{languages}'
        f'<button type="button" data-theme-toggle>{escape(page.t("page.theme"))}</button></nav></header>'
    )
