"""One run on several processes: torch.distributed, DDP, the elastic launcher, and what all of it costs."""
