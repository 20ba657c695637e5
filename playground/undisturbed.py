"""The fork server imports this first: Ctrl-C in a terminal goes to every process there, and the server alone answers it.

Until it has loaded torch, some seconds long, the fork server would end with a traceback instead.
"""

import signal

signal.signal(signal.SIGINT, signal.SIG_IGN)
