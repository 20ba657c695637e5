"""The PyTorch Playground: learn PyTorch by doing it on a real PyTorch.

`playground.*` computes and never imports gradio; `playground.ui` shows and never imports torch.
"""

import os

# libgomp's threads spin while they wait: on a machine with as many busy programs as cores a training step becomes 5 to 25
# times slower. It is read once, when torch loads, so it stands here, before any module of ours can import torch.
os.environ.setdefault("OMP_WAIT_POLICY", "passive")

__version__ = "0.1.0"
