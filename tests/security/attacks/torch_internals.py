"""What torch itself would call, compile or register for a program."""

from .attack import refused

CALLABLES = r"""
#: hook_eval
import torch

x = torch.ones(1, requires_grad=True)
x.register_hook(torch.builtins.repr)
evidence = [1]
#: hook_frame
import torch

seen = []
x = torch.ones(1, requires_grad=True)
x.register_hook(lambda grad: seen.append(torch.sys._getframe(0).f_globals))
(x * 2).sum().backward()
evidence = seen
#: hook_save
import torch

x = torch.ones(1, requires_grad=True)
x.register_post_accumulate_grad_hook(lambda tensor: torch.save(tensor, "/dev/null"))
(x * 2).sum().backward()
evidence = [1]
#: apply_in_place
import torch

evidence = torch.ones(1).apply_(lambda x: len(eval("[1]"))).sum()
#: map_in_place
import torch

evidence = torch.ones(1).map_(torch.ones(1), lambda x, y: len(eval("[1]"))).sum()
#: module_apply_eval
import torch.nn as nn

seen = []
nn.Linear(1, 1).apply(lambda module: seen.append(eval("[1]")))
evidence = seen
#: module_apply_vars
import torch.nn as nn

evidence = nn.Linear(1, 1).apply(vars)
#: module_apply_save
import torch
import torch.nn as nn

evidence = nn.Linear(1, 1).apply(lambda module: torch.save(module.state_dict(), "/dev/null"))
#: forward_hook_globals
import torch
import torch.nn as nn

seen = []
net = nn.Linear(1, 1)
net.register_forward_hook(lambda module, given, made: seen.append(module.forward.__globals__))
net(torch.ones(1))
evidence = seen
#: forward_pre_hook_vars
import torch
import torch.nn as nn

net = nn.Linear(1, 1)
net.register_forward_pre_hook(lambda module, given: evidence.append(vars(module)))
evidence = []
net(torch.ones(1))
#: state_dict_hook
import torch.nn as nn

net = nn.Linear(1, 1)
seen = []
net._register_state_dict_hook(lambda *parts: seen.append(parts[0].__dict__))
net.state_dict()
evidence = seen
#: library
import torch

library = torch.library.Library("left_behind", "DEF")
library.define("double(Tensor x) -> Tensor")
evidence = [library]
library._destroy()
#: custom_op
import torch


@torch.library.custom_op("left_behind2::run", mutates_args=())
def run(x: torch.Tensor) -> torch.Tensor:
    return x * 2


evidence = run(torch.ones(1)).sum()
#: compile_backend !
import torch

seen = []


def backend(graph, inputs):
    seen.append(graph.forward.__globals__)
    return graph.forward


torch.compile(lambda x: x + 1, backend=backend)(torch.ones(1))
evidence = seen
#: compile_inductor !
import torch

torch.compile(lambda x: x.sin() + 1)(torch.ones(9))
#: torch_c
import torch

evidence = torch._C._show_config()
#: torch_c_set
import torch

torch._C._set_deterministic_fill_uninitialized_memory(True)
evidence = [1]
#: torch_classes
import torch

try:
    torch.classes.nobody.Nothing
except RuntimeError as error:
    evidence = error
#: torch_ops
import torch

evidence = torch.ops.aten.add(torch.ones(1), 1).sum()
#: torch_ops_lookup
import torch

evidence = torch.ops.aten.from_file("/etc/passwd", False, 8, dtype=torch.uint8).sum()
#: checkpoint
import torch
from torch.utils.checkpoint import checkpoint

evidence = checkpoint(lambda x: eval("[1]"), torch.ones(1), use_reentrant=False)
#: collate_open
import torch
from torch.utils.data import DataLoader

evidence = list(DataLoader(["/etc/passwd"], batch_size=None, collate_fn=open))
#: collate_load
import torch
from torch.utils.data import DataLoader

try:
    evidence = list(DataLoader(["/etc/passwd"], batch_size=None, collate_fn=torch.load))
except Exception as error:
    evidence = type(error)
#: worker_init !
import torch
from torch.utils.data import DataLoader

evidence = list(DataLoader([1], num_workers=1, worker_init_fn=lambda number: torch.os.getpid()))
#: sorted_by_load
import torch

try:
    sorted(["/etc/passwd", "/etc/passwd"], key=torch.load)
except Exception as error:
    evidence = type(error)
#: map_from_file
import torch

evidence = list(map(torch.from_file, ["/etc/passwd"], [False], [1]))
#: map_of_compilation
import torch

evidence = list(map(torch.jit.CompilationUnit, ["def one() -> int:\n    return 1\n"]))
#: overrides
import torch

evidence = torch.overrides.get_overridable_functions()
#: overrides_wrap
import torch

evidence = torch.overrides.wrap_torch_function(lambda *parts: parts)(eval)("[1]")
#: fx_trace
import torch
import torch.fx

evidence = torch.fx.symbolic_trace(torch.nn.Linear(1, 1)).code
#: fx_graph_code
import torch
import torch.fx

graph = torch.fx.Graph()
graph.output(graph.call_function(eval, ("[1]",)))
evidence = torch.fx.GraphModule(torch.nn.Module(), graph)()
#: fx_wrap
import torch.fx

evidence = torch.fx.Interpreter
#: autograd_profiler
import torch

with torch.autograd.profiler.profile() as profile:
    torch.ones(1) + 1
evidence = profile.function_events
#: autograd_function
import torch


class Sly(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.__dict__["planted"] = [1]
        return x * 2


evidence = Sly.apply(torch.ones(1)).sum()
#: saved_tensors_hooks
import torch

seen = []
with torch.autograd.graph.saved_tensors_hooks(lambda x: seen.append(x.data_ptr()) or x, lambda x: x):
    torch.ones(1, requires_grad=True).exp()
evidence = seen
#: gradient_node
import torch

evidence = (torch.ones(1, requires_grad=True) * 2).grad_fn.next_functions[0][0].variable.data_ptr()
#: gradient_node_metadata
import torch

node = (torch.ones(1, requires_grad=True) * 2).grad_fn
node.metadata["x"] = [1]
evidence = node.metadata["x"]
#: func_vmap_eval
import torch

evidence = torch.func.vmap(lambda x: x + len(eval("[1]")))(torch.ones(2)).sum()
#: func_grad_walk
import torch

seen = []
torch.func.grad(lambda x: seen.append(x.__class__) or x.sum())(torch.ones(1))
evidence = seen
#: func_functional_call
import torch

evidence = torch.func.functional_call.__globals__
#: jit_script
import torch

evidence = torch.jit.trace(lambda x: x + 1, torch.ones(1)).code
#: jit_ignore
import torch

evidence = torch.jit.ignore(lambda: eval("[1]"))()
#: optimizer_closure
import torch

x = torch.nn.Parameter(torch.ones(1))
seen = []
torch.optim.SGD([x], lr=0.1).step(lambda: seen.append((lambda: 0).__globals__))
evidence = seen
#: scheduler_lambda
import torch

x = torch.nn.Parameter(torch.ones(1))
seen = []
torch.optim.lr_scheduler.LambdaLR(torch.optim.SGD([x], lr=0.1), lambda step: seen.append(eval("[1]")) or 1.0)
evidence = seen
#: optimizer_hook
import torch
from torch.optim.optimizer import register_optimizer_step_post_hook

handle = register_optimizer_step_post_hook(lambda *parts: None)
evidence = handle
handle.remove()
#: parametrization
import torch
import torch.nn.utils.parametrize as parametrize

net = torch.nn.Linear(1, 1)
parametrize.register_parametrization(net, "weight", torch.nn.Identity())
evidence = net.__class__.__dict__
#: rename_backend
import torch

evidence = torch.utils.rename_privateuse1_backend
#: device_module
import torch

evidence = torch._register_device_module.__globals__
#: data_pipe_lambda
from torch.utils.data.datapipes.iter import IterableWrapper

evidence = list(IterableWrapper(["[1]"]).map(eval))
#: distribution_registry
import torch

evidence = torch.distributions.kl_divergence.__globals__
#: utils_hooks
import torch.utils.hooks

evidence = torch.utils.hooks.RemovableHandle.__init__.__globals__
#: logging_set
import torch

torch._logging.set_logs()
evidence = [1]
#: cuda_memory_snapshot
import torch

evidence = torch.cuda.memory._dump_snapshot
"""

ATTACKS = refused("torch_callables", CALLABLES)
