"""The PyTorch Playground: learn PyTorch by doing it on a real PyTorch.

`playground.*` computes and never imports gradio; `playground.ui` shows and never imports torch.
"""

import os

# libgomp's threads spin while they wait: on a machine with as many busy programs as cores a training step becomes 5 to 25
# times slower. It is read once, when torch loads, so it stands here, before any module of ours can import torch.
os.environ.setdefault("OMP_WAIT_POLICY", "passive")
# A short look before they fall asleep: the pause between two operations of one step is shorter than waking up takes.
# Measured on two cores: a sixth faster when idle, a tenth slower when another program keeps a core busy.
os.environ.setdefault("GOMP_SPINCOUNT", "10000")

# glibc gives large blocks back to the system and asks for them again: 11,000 page faults in one training step of MNISTNet, a
# quarter of its time. Read when a process starts, so this is for the children; `playground.training.memory` does it for a
# process that runs already.
os.environ.setdefault(
    "GLIBC_TUNABLES",
    "glibc.malloc.hugetlb=1:glibc.malloc.mmap_threshold=1073741824:glibc.malloc.trim_threshold=2147483647",
)

__version__ = "0.1.0"
