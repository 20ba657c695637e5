"""Programs that reach memory by what torch calls, keeps or trusts: each once read, wrote or crashed where it should not."""

from .attack import refused

STRINGS = r"""
#: parameter_dict_interface !
import numpy as np
import torch.nn as nn

secret = b"SECRETSECRETSECRET"
box = nn.ParameterDict()
box["__array_interface__"] = {"data": (id(secret), False), "shape": (64,), "typestr": "|u1", "version": 3}
print(np.asarray(box))
#: parameter_dict_class
import torch.nn as nn

box = nn.ParameterDict()
evidence = box["__dict__"]
#: parameter_dict_update
import torch.nn as nn

box = nn.ParameterDict({"__array_interface__": {}})
box.update({"forward": print})
evidence = box.__dict__["forward"]
#: scheduler_state !
import numpy as np
import torch
import torch.nn as nn

secret = b"SECRETSECRETSECRET"
optimizer = torch.optim.SGD([nn.Parameter(torch.zeros(1))], lr=0.1)
scheduler = torch.optim.lr_scheduler.StepLR(optimizer, 1)
state = {"data": (id(secret), False), "shape": (64,), "typestr": "|u1", "version": 3}
scheduler.load_state_dict({"__array_interface__": state})
print(np.asarray(scheduler))
#: scheduler_state_method
import torch
import torch.nn as nn

optimizer = torch.optim.SGD([nn.Parameter(torch.zeros(1))], lr=0.1)
scheduler = torch.optim.lr_scheduler.StepLR(optimizer, 1)
scheduler.load_state_dict({"get_lr": 3, "_step_count": 1})
evidence = scheduler.get_lr == 3
#: scheduler_state_of_a_function !
import numpy as np
import torch
import torch.nn as nn

secret = b"SECRETSECRETSECRET"
layer = nn.Linear(1, 1)
optimizer = torch.optim.SGD(layer.parameters(), lr=0.1)
scheduler = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda epoch: 1.0)
state = {"data": (id(secret), False), "shape": (64,), "typestr": "|u1", "version": 3}
scheduler.load_state_dict({"lr_lambdas": [{"__array_interface__": state}]})
"""

NODES = r"""
#: node_by_map !
import torch
import torch.nn.functional as F

x = torch.rand(1, 2, 600, requires_grad=True)
y = F.layer_norm(x, (600,))
list(map(y.grad_fn, [torch.ones(1)]))
#: node_as_key !
import torch
import torch.nn.functional as F

x = torch.rand(1, 2, 600, requires_grad=True)
y = F.layer_norm(x, (600,))
sorted([torch.ones(1), torch.ones(1)], key=y.grad_fn)
#: node_as_forward !
import torch
import torch.nn as nn

x = torch.rand(3, requires_grad=True)
layer = nn.ReLU()
layer.forward = (x * 2).grad_fn
layer(torch.ones(1))
#: node_in_a_class !
import torch

x = torch.rand(3, requires_grad=True)


class Holder:
    run = (x * 2).grad_fn
#: node_as_hook !
import torch

x = torch.rand(3, requires_grad=True)
x.register_hook((x * 2).grad_fn)
"""

TRUST = r"""
#: packed_sizes !
import torch
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

packed = pack_padded_sequence(torch.ones(20000, 2, 1), torch.tensor([20000, 20000]))
sizes = packed.batch_sizes
sizes[1::2] = 1
pad_packed_sequence(packed)
#: bag_offsets !
import torch
import torch.nn.functional as F

out = F.embedding_bag(torch.tensor([0, 1, 2, 3]), torch.ones(5, 8), torch.tensor([0, 4, -100000000, 4]), mode="sum")
#: bag_falling_offsets !
import torch
import torch.nn.functional as F

out = F.embedding_bag(torch.tensor([0, 1, 2, 3]), torch.ones(5, 8), torch.tensor([0, 4, 0, 4, 0, 4, 0]), mode="sum")
#: embedding_indices_changed !
import torch
import torch.nn.functional as F

weight = torch.ones(5, 2, requires_grad=True)
indices = torch.tensor([0, 1, 2, 3])
y = F.embedding(indices, weight, scale_grad_by_freq=True).sum()
indices.data.fill_(3 * 10**9)
y.backward()
#: stride_of_data !
import torch
import torch.nn as nn

norm = nn.BatchNorm1d(300)
x = torch.arange(600.0).reshape(2, 300).requires_grad_()
y = norm(x)
norm.weight.data = torch.ones(1).expand(300)
y.sum().backward()
#: recurrent_without_checks !
import torch
import torch.nn as nn


class Blind(nn.LSTM):
    def check_forward_args(self, *parts):
        pass

    def permute_hidden(self, hx, p):
        return hx


double = torch.double
model = Blind(8, 8, num_layers=40).double()
states = (torch.zeros(40, 2, 8, dtype=double), torch.zeros(1, 2, 8, dtype=double))
model(torch.ones(3, 2, 8, dtype=double), states)
#: recurrent_check_replaced !
import torch.nn as nn

model = nn.LSTM(8, 8)
model.check_forward_args = lambda *parts: None
#: pool_in_the_text_of_an_error !
import torch
import torch.nn.functional as F


class Loud(Exception):
    def __str__(self):
        x = torch.ones(1, 1, 4, 4, requires_grad=True)
        y, places = F.max_pool2d(x, 2, return_indices=True)
        places.data.fill_(3 * 10**8)
        y.sum().backward()
        return "x"


raise Loud()
#: huge_grid !
import torch
import torch.nn.functional as F

image = torch.ones(1, 1, 4, 4)
grid = torch.full((1, 2, 2, 2), 3e38, requires_grad=True)
F.grid_sample(image, grid, mode="bilinear", padding_mode="reflection", align_corners=False).sum().backward()
#: no_heads !
import torch
import torch.nn as nn

model = nn.MultiheadAttention(8, 2, batch_first=True).eval()
model.num_heads = 0
x = torch.ones(1, 3, 8)
with torch.no_grad():
    model(x, x, x)
#: context_setting_deleted !
import torch


class Double(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        del ctx.materialize_grads
        return x * 2

    @staticmethod
    def backward(ctx, grad):
        return grad * 2


Double.apply(torch.ones(3, requires_grad=True)).sum().backward()
#: bytes_as_an_array
import torch

data = b"abcdefgh"
torch.asarray(data, dtype=torch.uint8)[0] = 90
evidence = data[0] == 90
"""

ATTACKS = (*refused("strings", STRINGS), *refused("nodes", NODES), *refused("trust", TRUST))
