"""write_scaler_script: the record of a GradScaler as a program that needs torch alone."""

from __future__ import annotations

from playground.bench.scaler import MOST_STEPS
from playground.bench.script_head import optimizer_source, title_name, write_script
from playground.bench.subject import read_count
from playground.models.spec import ModelSpec

SCALER = '''
inputs, labels = make_batch()
model = model.to(DEVICE).train()


def gradients():
    return {name: one.grad.detach() for name, one in model.named_parameters() if one.grad is not None}


def shares(dtype, scale):
    """Of the gradients of one fp32 pass, times the scale: what becomes 0, and what is too large, in this type."""
    model.zero_grad(set_to_none=True)
    batch_loss(model(inputs), inputs, labels).backward()
    values = torch.cat([one.double().flatten() for one in gradients().values()]).abs() * scale
    values = values[values > 0]
    info = torch.finfo(dtype)
    smallest = info.smallest_normal * info.eps
    return (values <= smallest / 2).double().mean().item(), (values > info.max).double().mean().item()


for dtype in (torch.float16, torch.bfloat16):
    for scale in (1, 2**16):
        zero, overflow = shares(dtype, scale)
        print(f"{dtype}, loss x {scale}: {zero:.2%} of the gradients become 0, {overflow:.2%} overflow")

optimizer = OPTIMIZER
scaler = torch.amp.GradScaler(DEVICE.type)  # begins at 65536, halves after an overflow, doubles after 2000 good steps
torch.manual_seed(SEED)
for step in range(1, STEPS + 1):
    optimizer.zero_grad(set_to_none=True)
    with torch.autocast(DEVICE.type, torch.float16):
        loss = batch_loss(model(inputs), inputs, labels)
    scaled = scaler.scale(loss)
    scale = scaler.get_scale()
    scaled.backward()
    scaler.unscale_(optimizer)
    found = gradients()
    blamed = [name for name, one in found.items() if not bool(one.isfinite().all())]
    norm = sum(float(one.double().norm()) ** 2 for one in found.values()) ** 0.5
    scaler.step(optimizer)  # does nothing where a gradient is not finite
    scaler.update()
    row = {"step": step, "loss": loss.item(), "scale": scale, "next_scale": scaler.get_scale(), "skipped": bool(blamed)}
    print(json.dumps({**row, "gradient_norm": norm, "nonfinite": blamed}))
'''


def write_scaler_script(spec: ModelSpec, batch_size: int, steps: object, optimizer: str) -> str:
    """A complete program: the steps of `record_scaler` on noise, a JSON object for each; before them what fp16 and bf16 do
    to the gradients.

    Raises:
        InputError, LimitError: no such number of steps, no such optimizer.
    """
    return write_script(
        spec,
        batch_size,
        SCALER.replace("OPTIMIZER", optimizer_source(optimizer, "model")),
        title=f"What a GradScaler does while {title_name(spec)} trains in fp16. Needs torch alone.",
        imports=("import json",),
        settings=(f"STEPS = {read_count('bench.steps', steps, MOST_STEPS)}",),
    )
