"""Signatures: read from PyTorch, told under the names of the learner's language, each of a form that can be read."""

from __future__ import annotations

import re

import pytest
import torch

from playground.lang.catalogue import list_operations
from playground.lang.ops import OPS
from playground.lang.signatures import read_method_signatures, read_signatures

VALUE = r"(?:\([^()]*\)|\[[^\[\]]*\]|[^,()\[\]]+)"
PARAMETER = rf"(?:\*|\*{{0,2}}\w+(?:={VALUE})?)"
FORM = re.compile(rf"[\w.]+\((?:{PARAMETER}(?:, {PARAMETER})*)?\)")

KNOWN = {
    "torch.sum": ["torch.sum(input, *, dtype=None)", "torch.sum(input, dim, keepdim=False, *, dtype=None)"],
    "torch.cat": ["torch.cat(tensors, dim=0)"],
    "torch.randint": ["torch.randint(low=0, high, size, *, generator=None, dtype=None, device=None, requires_grad=False)"],
    "Tensor.view": ["Tensor.view(*shape)"],
    "F.softmax": ["F.softmax(input, dim=None, dtype=None)"],
    "F.cross_entropy": [
        "F.cross_entropy(input, target, weight=None, ignore_index=-100, reduction='mean', label_smoothing=0.0)"
    ],
}


@pytest.mark.parametrize("name", KNOWN)
def test_a_signature_is_that_of_pytorch(name):
    forms = read_signatures(OPS[name])
    assert forms[: len(KNOWN[name])] == KNOWN[name]


def test_a_method_has_one_of_its_own():
    assert read_method_signatures(OPS["torch.sum"]) == ["Tensor.sum(dim=None, keepdim=False, dtype=None)"]
    assert read_method_signatures(OPS["torch.cat"]) == []


def test_every_signature_can_be_read_and_nearly_every_operation_has_one():
    operations = list_operations("en")
    for operation in operations:
        for form in operation["signatures"]:
            assert form.startswith(f"{operation['name']}("), form
            assert FORM.fullmatch(form), form
        assert all(FORM.fullmatch(form) for form in operation["method_signatures"]), operation["method_signatures"]
    without = [one["name"] for one in operations if not one["signatures"] and not one["method_signatures"]]
    assert len(without) < 0.05 * len(operations), without


def test_the_names_of_parameters_are_those_that_can_be_given():
    """torch is the oracle: a call with the names that the signature tells works."""
    assert "keepdim" in read_signatures(OPS["torch.mean"])[1]
    assert torch.mean(input=torch.ones(2, 3), dim=0, keepdim=True, dtype=torch.float64).shape == (1, 3)
