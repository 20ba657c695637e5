"""Work in child processes of a server that has torch and the data ready: submit, follow, pause, stop."""

from playground.jobs.job import Job
from playground.jobs.log import EventLog
from playground.jobs.manager import Jobs

__all__ = ["EventLog", "Job", "Jobs"]
