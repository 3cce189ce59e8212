#!/bin/sh
# Brings TensorFlow, its binding and SentencePiece to HONYAKU_HOME by the steps of `npm run setup`.
# HONYAKU_TENSORFLOW is cpu or cuda.
set -eu

node --import tsx tools/infra/native.ts

# Only the compiler reads them.
rm -rf "$HONYAKU_HOME"/tensorflow-*/include "$HONYAKU_HOME"/tensorflow-*/tensorflow/include
