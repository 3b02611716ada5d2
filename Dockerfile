# Three images: `stages` (the Faust stages, the command line and the pages), `triton` (Triton's official image with what
# model_repository/llava needs) and `triton-vllm` (the same with vLLM, for MOVIETAG_ENGINE=vllm). Nothing is installed
# that is not locked by hash.
#   docker build --target stages --tag movietag-stages .
#   docker build --target stages --tag movietag-stages --build-arg MEANING=yes .   # with the extra `meaning`
#   docker build --target triton --tag movietag-triton .
#   docker build --target triton-vllm --tag movietag-triton-vllm .
ARG PYTHON_IMAGE=python:3.11-slim-bookworm
ARG TRITON_IMAGE=nvcr.io/nvidia/tritonserver:26.06-py3
ARG TRITON_VLLM_IMAGE=nvcr.io/nvidia/tritonserver:26.06-vllm-python-py3

FROM ${PYTHON_IMAGE} AS packages
COPY docker/stages.lock /
# Without pip and setuptools, which no stage uses: 30 MB, and nothing in a container that installs.
RUN python -m venv --without-pip /venv \
 && python -m pip --python /venv/bin/python install --no-cache-dir --no-deps --require-hashes --requirement /stages.lock
ARG MEANING=no
COPY docker/meaning.lock /
RUN test "$MEANING" != yes \
 || python -m pip --python /venv/bin/python install --no-cache-dir --no-deps --require-hashes --requirement /meaning.lock

FROM ${PYTHON_IMAGE} AS stages
RUN groupadd --gid 10001 movietag \
 && useradd --uid 10001 --gid 10001 --home-dir /tmp --no-create-home --shell /usr/sbin/nologin movietag
COPY --from=packages /venv /venv
# libseccomp comes with Debian's apt: without it children lack a layer (movietag doctor says so).
RUN /venv/bin/python -c "import pyseccomp"
COPY movietag /app/movietag
COPY streams /app/streams
ENV PATH=/venv/bin:$PATH PYTHONPATH=/app PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
WORKDIR /app
USER 10001:10001
# Whoever runs the image names the module: movietag.streams.plan, movietag.streams.fetch, …, or movietag.cli.
EXPOSE 8080
ENTRYPOINT ["python", "-m"]
CMD ["movietag.cli", "--help"]

FROM ${TRITON_IMAGE} AS triton
COPY docker/triton.lock /
RUN python3 -m pip install --no-cache-dir --no-deps --break-system-packages --require-hashes \
      --requirement /triton.lock
COPY movietag /app/movietag
COPY model_repository /models
# The python backend's stub reads no PYTHONPATH, but it does read .pth files.
RUN python3 -c "import site; print('/app', file=open(site.getsitepackages()[0] + '/movietag.pth', 'w'))"
ENV HF_HUB_OFFLINE=1 PYTHONDONTWRITEBYTECODE=1
USER 1000:1000
# The demo model; mount another one over /app/movietag/demo/model to serve that.
# Every call needs the key in this file (docs/operations.md).
CMD ["python3", "-m", "movietag.captioning.server", "--key-file=/run/secrets/movietag/movietag_triton_key"]

FROM ${TRITON_VLLM_IMAGE} AS triton-vllm
COPY docker/triton-vllm.lock /
RUN python3 -m pip install --no-cache-dir --no-deps --break-system-packages --require-hashes \
      --requirement /triton-vllm.lock
COPY movietag /app/movietag
COPY model_repository /models
# Its default engine, not by ENV: Compose takes a variable away that it names and that nobody sets.
RUN sed -i 's/^\(parameters { key: "engine" .*\)"transformers"/\1"vllm"/' /models/llava/config.pbtxt \
 && grep -q '^parameters { key: "engine" .*"vllm"' /models/llava/config.pbtxt
RUN python3 -c "import site; print('/app', file=open(site.getsitepackages()[0] + '/movietag.pth', 'w'))"
# vLLM compiles into caches of its own; the file system is read-only but for /tmp.
ENV HF_HUB_OFFLINE=1 PYTHONDONTWRITEBYTECODE=1 HOME=/tmp VLLM_NO_USAGE_STATS=1
USER 1000:1000
CMD ["python3", "-m", "movietag.captioning.server", "--key-file=/run/secrets/movietag/movietag_triton_key"]
