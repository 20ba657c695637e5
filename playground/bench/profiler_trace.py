"""write_trace: the Chrome trace of a profile as a file that chrome://tracing and ui.perfetto.dev open."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

from torch.profiler import profile

from playground.bench.trace_files import TRACE, TRACE_BYTES_MOST

WHOLE_BYTES_MOST = 200 * 2**20
# What it tells of the machine beside the measurement.
LEFT_OUT = ("host_name", "traceName", "trace_id")


def write_trace(profiler: profile, folder: Path) -> dict[str, Any] | None:
    """Export it to `folder`/TRACE: {bytes, events}; None where it is too large to be offered.

    Raises:
        OSError, ValueError: it was not written, or is no JSON.
    """
    plain, packed = folder / "trace.json", folder / TRACE
    profiler.export_chrome_trace(str(plain))
    try:
        if plain.stat().st_size > WHOLE_BYTES_MOST:
            return None
        content = json.loads(plain.read_text(encoding="utf-8", errors="replace"))
        for name in LEFT_OUT:
            content.pop(name, None)
        text = json.dumps(content, separators=(",", ":")).encode()
        packed.write_bytes(gzip.compress(text, compresslevel=6, mtime=0))
    finally:
        plain.unlink(missing_ok=True)
    size = packed.stat().st_size
    if size > TRACE_BYTES_MOST:
        packed.unlink()
        return None
    return {"bytes": size, "events": len(content["traceEvents"])}
