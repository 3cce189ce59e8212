#!/bin/sh
# Installs the npm packages of package-lock.json: what one workspace needs to run, or everything without an argument.
set -eu

if [ $# -eq 0 ]; then
  exec npm ci
fi
npm ci --omit=dev --workspace "$1"

# More than half of what npm brings: source maps, and TensorFlow.js for browsers.
find node_modules -name '*.map' -type f -delete
find node_modules/@tensorflow/*/dist -maxdepth 1 -type f \
  \( -name '*.min.js' -o -name '*.fesm.js' -o -name '*.es2017.js' -o -name '*.html' \) -delete
