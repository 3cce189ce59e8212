#!/bin/sh
# Copies what npm installs from to a folder: while sources change, packages stay cached.
set -eu

mkdir -p "$1"
cp package.json package-lock.json .npmrc "$1"
find apps libs tools experiments -name package.json -exec cp --parents -t "$1" {} +
