"""Build the page and serve it: `python app.py`, then open http://127.0.0.1:7860.

HOST and PORT in the environment choose the address; PLAYGROUND_MODE (public, local) and PLAYGROUND_HOME the rest.
"""

import os
import sys

# Children of the fork server import this file: everything heavy stays inside the guard.
if __name__ == "__main__":
    from playground.errors import PlaygroundError
    from playground.ui.server import serve

    host = os.environ.get("HOST", "127.0.0.1")
    port = int(os.environ.get("PORT", "7860"))
    print(f"PyTorch Playground: http://{host}:{port}  (中文: http://{host}:{port}/zh/)", flush=True)
    try:
        serve(host, port)
    except PlaygroundError as error:
        sys.exit(str(error))
