"""The program that trains one model by DDP, by model parallelism and by FSDP, started by torchrun."""

from __future__ import annotations

from playground.bench.scale import check_scale
from playground.bench.script_head import optimizer_source, title_name, write_script
from playground.models.spec import ModelSpec

IMPORTS = (
    "import copy",
    "import torch.distributed as dist",
    "from torch.distributed.device_mesh import init_device_mesh",
    "from torch.distributed.fsdp import fully_shard",
    "from torch.distributed.tensor import DTensor",
    "from torch.nn.parallel import DistributedDataParallel",
)
BODY = '''

def local_bytes(tensors):
    """What lies on this process: of a sharded tensor its shard."""
    own = [tensor.to_local() if isinstance(tensor, DTensor) else tensor for tensor in tensors]
    return sum(tensor.numel() * tensor.element_size() for tensor in own)


def report(name, module, optimizer, loss):
    state = [value for values in optimizer.state.values() for value in values.values() if torch.is_tensor(value)]
    gradients = [parameter.grad for parameter in module.parameters() if parameter.grad is not None]
    sizes = [local_bytes(list(module.parameters())), local_bytes(gradients), local_bytes(state)]
    row = torch.tensor([*sizes, 0.0], dtype=torch.float64)
    row[3] = loss
    rows = [torch.zeros_like(row) for _ in range(size)]
    dist.all_gather(rows, row)
    if rank == 0:
        for place, (parameters, gradients, state, told) in enumerate(rows):
            print(f"{name:6} rank {place}  loss {told:.6f}  parameters {parameters:.0f}"
                  f"  gradients {gradients:.0f}  optimizer {state:.0f} bytes")


def train_share(name, module, own):
    """Data parallel: this process's share of the batch; the mean of the losses is that of the whole batch."""
    optimizer = OPTIMIZER_OWN
    for _ in range(2):
        torch.manual_seed(SEED)
        optimizer.zero_grad()
        loss = F.cross_entropy(module(inputs[rank::size]), labels[rank::size])
        loss.backward()
        optimizer.step()
    mean = loss.detach() / size
    dist.all_reduce(mean)
    report(name, own, optimizer, mean)


def train_stage(stage, shape):
    """Model parallel: this process's layers, the whole batch; activations go forward, their gradients come back."""
    optimizer = OPTIMIZER_STAGE
    for _ in range(2):
        torch.manual_seed(SEED)
        optimizer.zero_grad()
        value = inputs
        if rank:
            value = torch.empty(shape)
            dist.recv(value, rank - 1)
            value.requires_grad_()
        output = stage(value)
        if rank < size - 1:
            dist.send(output.detach().contiguous(), rank + 1)
            gradient = torch.empty_like(output)
            dist.recv(gradient, rank + 1)
            output.backward(gradient)
            told = torch.zeros(())
        else:
            told = F.cross_entropy(output, labels)
            told.backward()
            told = told.detach().clone()
        if rank:
            dist.send(value.grad, rank - 1)
        optimizer.step()
        dist.broadcast(told, size - 1)
    report("model", stage, optimizer, told)


# torchrun --standalone --nproc-per-node=PROCESSES scale.py
dist.init_process_group("gloo")
rank, size = dist.get_rank(), dist.get_world_size()
torch.set_num_threads(1)
model.train()
inputs, labels = make_batch()

network = copy.deepcopy(model)
train_share("ddp", DistributedDataParallel(network), network)

layers = list(copy.deepcopy(model).children())
ends = ENDS
stages = [nn.Sequential(*layers[begin:end]) for begin, end in zip([0, *ends[:-1]], ends)]
value, shapes = inputs[:2], []
with torch.no_grad():
    for stage in copy.deepcopy(stages):
        shapes.append((len(inputs), *value.shape[1:]))
        value = stage.eval()(value)
train_stage(stages[rank], shapes[rank])

sharded = copy.deepcopy(model)
mesh = init_device_mesh("cpu", (size,))
for layer in sharded.children():
    if any(True for _ in layer.parameters()):
        fully_shard(layer, mesh=mesh)
train_share("fsdp", fully_shard(sharded, mesh=mesh), sharded)
dist.destroy_process_group()
'''


def write_scale_script(spec: ModelSpec, batch_size: int, optimizer: str, processes: int) -> str:
    """A program of torch alone; two steps of each, and the bytes that lie on every process.

    Raises:
        PlaygroundError: see `check_scale`.
    """
    from playground.bench.scale_ranks import cut_layers
    from playground.models import build_model

    check_scale(spec, batch_size, processes)
    parts = [len(list(part.children())) for part in cut_layers(build_model(spec), processes)]
    ends = [sum(parts[: place + 1]) for place in range(len(parts))]
    body = BODY.replace("OPTIMIZER_OWN", optimizer_source(optimizer, "own"))
    body = body.replace("OPTIMIZER_STAGE", optimizer_source(optimizer, "stage"))
    body = body.replace("PROCESSES", str(processes)).replace("ENDS", repr(ends))
    title = f"{title_name(spec)} on {processes} processes: DDP, model parallel, FSDP."
    return write_script(spec, batch_size, body, title=title, imports=IMPORTS).replace(
        'torch.device("cuda" if torch.cuda.is_available() else "cpu")', 'torch.device("cpu")'
    )
