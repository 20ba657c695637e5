# docker build -t pytorch-playground . && docker run -p 7860:7860 pytorch-playground
# With CUDA wheels: --build-arg TORCH_INDEX=https://download.pytorch.org/whl/cu130
FROM python:3.11-slim

ARG TORCH_INDEX=https://download.pytorch.org/whl/cpu

# libgomp: torch's threads. The uid is the one that Hugging Face Spaces run as.
RUN apt-get update && apt-get install -y --no-install-recommends libgomp1 && rm -rf /var/lib/apt/lists/* \
    && useradd --create-home --uid 1000 user
USER user
ENV HOME=/home/user PATH=/home/user/.local/bin:$PATH \
    PLAYGROUND_HOME=/home/user/playground GRADIO_TEMP_DIR=/home/user/gradio TORCH_HOME=/home/user/torch \
    HOST=0.0.0.0 PORT=7860 PYTHONUNBUFFERED=1
WORKDIR /home/user/app

# Before the code, so that a change of the code does not fetch torch again.
COPY --chown=user requirements.txt .
RUN pip install --no-cache-dir --user --index-url $TORCH_INDEX $(grep -E '^torch' requirements.txt) \
    && pip install --no-cache-dir --user -r requirements.txt
COPY --chown=user . .

EXPOSE 7860
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s --retries=3 \
    CMD ["python", "-c", "import os, urllib.request as r; r.urlopen(f'http://127.0.0.1:{os.environ[\"PORT\"]}/healthz', timeout=4)"]
CMD ["python", "app.py"]
