# The worker, for CPU or for NVIDIA GPUs. Build it from the root of the repository:
#   docker build --file infra/images/worker.Dockerfile --tag honyaku-worker:0.1.0-cpu .
#   docker build --file infra/images/worker.Dockerfile --build-arg TENSORFLOW=cuda --tag honyaku-worker:0.1.0-cuda .
FROM node:22.23.3-bookworm-slim AS base
WORKDIR /app

# What npm installs from, and nothing else: while only sources change, the stages below stay cached.
FROM base AS manifests
WORKDIR /context
COPY . .
RUN sh infra/images/copy-manifests.sh /manifests

# TensorFlow, the binding and the kernels that g++ compiles against it, and SentencePiece: the same stage in both images.
FROM base AS native
ARG TENSORFLOW=cpu
ENV HONYAKU_HOME=/opt/honyaku HONYAKU_TENSORFLOW=$TENSORFLOW
# Debian keeps only the newest build of a package, so a pinned one would soon be gone.
# hadolint ignore=DL3008
RUN apt-get update \
  && apt-get install --yes --no-install-recommends g++ python3 python3-pip \
  && rm -rf /var/lib/apt/lists/*
COPY --from=manifests /manifests ./
COPY infra/images infra/images
RUN sh infra/images/install-packages.sh
COPY tsconfig.json ./
COPY libs/contracts libs/contracts
COPY libs/kernels/native libs/kernels/native
COPY tools/setup tools/setup
COPY tools/infra tools/infra
RUN sh infra/images/install-native.sh

FROM base AS packages
COPY --from=manifests /manifests ./
COPY infra/images infra/images
RUN sh infra/images/install-packages.sh @honyaku/worker
COPY --from=native /app/node_modules/@tensorflow/tfjs-node-gpu/deps node_modules/@tensorflow/tfjs-node-gpu/deps
COPY --from=native /app/node_modules/@tensorflow/tfjs-node-gpu/lib node_modules/@tensorflow/tfjs-node-gpu/lib

FROM base AS worker
# First, as in the API's: so both images share the layer, which is the largest.
COPY --from=native /opt/honyaku /opt/honyaku
# Tokenizers are trained by SentencePiece's Python package.
# hadolint ignore=DL3008
RUN apt-get update \
  && apt-get install --yes --no-install-recommends python3 \
  && rm -rf /var/lib/apt/lists/* \
  && groupadd --gid 10001 honyaku \
  && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /tmp --shell /usr/sbin/nologin honyaku \
  && install --directory --owner 10001 --group 10001 /var/cache/honyaku
COPY --from=packages /app ./
COPY tsconfig.json LICENSE ./
COPY libs libs
COPY apps/worker apps/worker
# The root file system may be read-only; /tmp and /var/cache/honyaku must be writable.
# What NVIDIA's runtime puts beside a GPU that the container is given, and where clusters mount the driver that have no
# such runtime (GKE, say); nothing where there is none.
ENV NODE_ENV=production \
  HOME=/tmp \
  HONYAKU_HOME=/opt/honyaku \
  HONYAKU_HOST=0.0.0.0 \
  HONYAKU_WORKER_PORT=7401 \
  HONYAKU_CACHE_DIR=/var/cache/honyaku \
  TF_CPP_MIN_LOG_LEVEL=2 \
  NVIDIA_DRIVER_CAPABILITIES=compute,utility \
  LD_LIBRARY_PATH=/usr/local/nvidia/lib:/usr/local/nvidia/lib64 \
  PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:/usr/local/nvidia/bin
USER 10001:10001
EXPOSE 7401
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s --retries=3 \
  CMD ["node", "infra/images/healthy.mjs", "http://127.0.0.1:7401/healthz"]
ENTRYPOINT ["node", "--import", "tsx", "apps/worker/src/main.ts"]
