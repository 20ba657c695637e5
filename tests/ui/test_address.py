"""A server whose address is taken says so in words, and what to do."""

from __future__ import annotations

import socket

import pytest

from playground.errors import RuntimeFailure
from playground.ui.server import check_address


@pytest.fixture
def both():
    return lambda error: "\n".join(error.message(language) for language in ("en", "zh"))


def test_a_port_in_use_is_told_before_anything_is_built(both):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(RuntimeFailure) as error:
            check_address("127.0.0.1", port)
    assert f"127.0.0.1, port {port}" in both(error.value) and "PORT=7861" in both(error.value)
    check_address("127.0.0.1", port)


@pytest.mark.parametrize(("host", "port"), [("127.0.0.1", 70_000), ("no such host", 7860)])
def test_an_address_that_is_none(host, port, both):
    with pytest.raises(RuntimeFailure) as error:
        check_address(host, port)
    assert f"{port}" in both(error.value)
