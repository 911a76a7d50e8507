# Image of vLLM's router, in the versions that `make test-servers` runs it in.
#     docker build -f deploy/router.Dockerfile -t vllm-router:0.1.17 .
# NOT BUILT: there was no Docker engine where this was written. Checked with hadolint; its pip line is what
# tests/servers/setup.sh does.
FROM python:3.11.13-slim-bookworm
COPY tests/servers/constraints-router.txt /tmp/constraints.txt
RUN python -m venv /opt/router \
    && /opt/router/bin/pip install --disable-pip-version-check --no-cache-dir -c /tmp/constraints.txt vllm-router \
    && useradd --system --uid 10001 --no-create-home router
ENV PATH=/opt/router/bin:$PATH PYTHONUNBUFFERED=1
USER 10001:10001
EXPOSE 30000 29000
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:30000/readiness', timeout=4)"]
ENTRYPOINT ["vllm-router"]
CMD ["--help"]
