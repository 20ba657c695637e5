"""The one road from an event to a view: event → controls → request → run → result → view → outputs.

Two doors lead to it: `connect` for Gradio's events and `serve` for calls from our own JavaScript. They alone turn a
PlaygroundError into words; every other exception is a bug, loud in the log and one plain sentence on the page.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from html import escape
from string import Template
from typing import Any

import gradio as gr
from gradio.components import Component

from playground.errors import InternalError, PlaygroundError
from playground.services import Services
from playground.ui.assets import ASSETS
from playground.words import text

logger = logging.getLogger(__name__)
# What `connect` itself fills into every request that has such a field.
VISITOR = re.compile("[0-9a-f]{32}")
FILLED_IN = ("visitor", "language", "query")


@dataclass(frozen=True)
class Page:
    """What every tab needs to be built: the backend, the language, and what the browser keeps.

    Args:
        visitor: the visitor's id; program, graph, model: what the Tensors, the Autograd and the Models tab held last.
            (A BrowserState inside a tab is not there until the tab is opened.)
    """

    services: Services
    language: str
    visitor: gr.BrowserState
    program: gr.BrowserState
    graph: gr.BrowserState
    model: gr.BrowserState

    def t(self, key: str, **values: Any) -> str:
        """A word of the catalogue in the page's language."""
        return text(self.language, key, **values)

    def html(self, key: str) -> str:
        """A word of the catalogue, safe inside HTML."""
        return escape(self.t(key))

    def template(self, name: str, **values: Any) -> str:
        """The file assets/html/<name>.html; its `${key}` is a given value (HTML already), else the word `<name>.key`."""
        source = Template((ASSETS / "html" / f"{name}.html").read_text(encoding="utf-8"))
        words = {key: self.html(f"{name}.{key}") for key in source.get_identifiers() if key not in values}
        return source.substitute(words, **values)

    def words(self, prefix: str, keys: Sequence[str]) -> dict[str, str]:
        """Several words for a component's JavaScript: {key: text of prefix.key}."""
        return {key: self.t(f"{prefix}.{key}") for key in keys}


def connect(
    page: Page,
    event: Callable[..., Any],
    *,
    request: type,
    controls: Mapping[str, Component],
    run: Callable[[Any], Any],
    view: Callable[[Any], Sequence[Any]],
    outputs: Sequence[Component],
    failure: Callable[[str, Any], Sequence[Any]] | None = None,
    **options: Any,
) -> Any:
    """Wire one event.

    Args:
        event: such as `button.click` or `blocks.load`.
        request: a frozen dataclass; its fields are the controls' names, and of FILLED_IN what it wants.
        run: from the request to a result; may raise PlaygroundErrors.
        view: from the result to one value per output; pure.
        failure: from an error's words and the request to one value per output; None = a warning, and the outputs stay.

    Raises:
        TypeError: when the page is built, for a control that the request does not know or a field without a control.
    """
    wanted = [field.name for field in fields(request)]
    filled = [name for name in wanted if name in FILLED_IN]
    if set(controls) != set(wanted) - set(filled):
        raise TypeError(f"{request.__name__} has the fields {wanted}, the controls are {sorted(controls)}")
    names = list(controls)

    def handle(visitor: str, *values: Any, gradio_request: gr.Request) -> Any:
        # It comes from the browser: anything but an id of ours is nobody.
        known = visitor if isinstance(visitor, str) and VISITOR.fullmatch(visitor) else ""
        extras = {"visitor": known, "language": page.language, "query": dict(gradio_request.query_params)}
        asked = request(**dict(zip(names, values, strict=True)), **{name: extras[name] for name in filled})
        try:
            return unpack(view(run(asked)))
        except Exception as error:
            message = _told(error).message(page.language)
        if failure is not None:
            return unpack(failure(message, asked))
        gr.Warning(message)
        return unpack([gr.skip() for _ in outputs])

    def unpack(values: Sequence[Any]) -> Any:
        # Gradio takes a list for the value itself where there is one output.
        return values[0] if len(outputs) == 1 else list(values)

    # Gradio finds a request by the annotation of a positional parameter.
    def handler(visitor, *values):
        *controls_, gradio_request = values
        return handle(visitor, *controls_, gradio_request=gradio_request)

    wrapped = _with_request(handler, len(names))
    options.setdefault("show_progress", "hidden")
    options.setdefault("concurrency_limit", None)
    return event(
        wrapped,
        [page.visitor, *controls.values()],
        list(outputs),
        api_visibility="private",
        **options,
    )


def serve(page: Page, name: str, run: Callable[..., dict[str, Any]], parameters: Sequence[str]) -> Callable[[Any], Any]:
    """A function that our JavaScript can call as `server.<name>({…})`; its answer always has `error`.

    Args:
        run: called with the given parameters by name; what the JavaScript left out is None, what it added is ignored.
    """

    def handle(data: Any) -> dict[str, Any]:
        given = data if isinstance(data, dict) else {}
        try:
            return {**run(**{parameter: given.get(parameter) for parameter in parameters}), "error": None}
        except Exception as error:
            return {"error": _told(error).to_json(page.language)}

    handle.__name__ = name
    return handle


def _told(error: Exception) -> PlaygroundError:
    if isinstance(error, PlaygroundError):
        return error
    logger.error("an unexpected error on the page", exc_info=error)
    return InternalError("error.internal")


def _with_request(handler: Callable[..., Any], count: int) -> Callable[..., Any]:
    """`handler` with a fixed number of parameters and a last one that Gradio fills with the request."""
    import inspect

    def call(*values: Any) -> Any:
        return handler(*values)

    kind = inspect.Parameter.POSITIONAL_OR_KEYWORD
    parameters = [inspect.Parameter(f"value_{place}", kind) for place in range(count + 1)]
    parameters.append(inspect.Parameter("request", kind, annotation=gr.Request))
    call.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    call.__annotations__ = {"request": gr.Request}
    return call
