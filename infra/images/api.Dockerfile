# The control API; it translates with the best checkpoint, by TensorFlow in a child process. From the repository's root:
#   docker build --file infra/images/api.Dockerfile --tag honyaku-api:0.1.0 .
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
RUN sh infra/images/install-packages.sh @honyaku/api
COPY --from=native /app/node_modules/@tensorflow/tfjs-node-gpu/deps node_modules/@tensorflow/tfjs-node-gpu/deps
COPY --from=native /app/node_modules/@tensorflow/tfjs-node-gpu/lib node_modules/@tensorflow/tfjs-node-gpu/lib

FROM base AS api
# First, as in the worker's: so both images share the layer, which is the largest.
COPY --from=native /opt/honyaku /opt/honyaku
RUN groupadd --gid 10001 honyaku \
  && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /tmp --shell /usr/sbin/nologin honyaku
COPY --from=packages /app ./
COPY tsconfig.json LICENSE ./
COPY libs libs
COPY apps/api apps/api
# The root file system may be read-only; /tmp must be writable and hold the corpora that are uploaded.
ENV NODE_ENV=production \
  HOME=/tmp \
  HONYAKU_HOME=/opt/honyaku \
  HONYAKU_HOST=0.0.0.0 \
  HONYAKU_API_PORT=7400 \
  TF_CPP_MIN_LOG_LEVEL=2
USER 10001:10001
EXPOSE 7400
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s --retries=3 \
  CMD ["node", "infra/images/healthy.mjs", "http://127.0.0.1:7400/healthz"]
ENTRYPOINT ["node", "--import", "tsx", "apps/api/src/main.ts"]
