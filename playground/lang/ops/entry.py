"""Op: one function or method of PyTorch that a learner's program may use, and what the catalogue shows of it."""

from __future__ import annotations

from dataclasses import dataclass

DOCS = "https://docs.pytorch.org/docs/stable/generated/"


@dataclass(frozen=True)
class Op:
    """One operation of the learner's language.

    Args:
        name: as a program writes it: `torch.matmul`, `torch.linalg.norm`, `Tensor.view`, `F.relu`.
        english, chinese: what it does, in one line; tensors, shapes and arguments by their PyTorch names.
        example: a few lines that run as they stand after `import torch` and `import torch.nn.functional as F`.
        method: it is also a method of Tensor under the same last name.
        inplace: that method has a variant that ends in `_`.
        page: the last part of its address in PyTorch's documentation, where it is not the name.
    """

    name: str
    english: str
    chinese: str
    example: str
    method: bool = False
    inplace: bool = False
    page: str = ""

    @property
    def attribute(self) -> str:
        """The last part of the name: what stands after the last dot."""
        return self.name.rpartition(".")[2]

    @property
    def url(self) -> str:
        """Its page in PyTorch's documentation."""
        full = self.name.replace("Tensor.", "torch.Tensor.", 1) if self.name.startswith("Tensor.") else self.name
        full = full.replace("F.", "torch.nn.functional.", 1) if full.startswith("F.") else full
        return f"{DOCS}{self.page or full}.html"

    def meaning(self, language: str) -> str:
        return self.chinese if language == "zh" else self.english

    def program(self, language: str) -> str:
        """The example as a whole program, with what it does as its first line."""
        module = "import torch\n" + ("import torch.nn.functional as F\n" if "F." in self.example else "")
        return f"# {self.meaning(language)}\n{module}\n{self.example.strip()}\n"
