#!/bin/sh
# Fetch the pinned packages and copy out of them what pages load, with the licences. Needs Node and npm; users need neither,
# for the result is committed. Run by `make vendor`.
set -eu
cd "$(dirname "$0")"

if [ -f package-lock.json ]; then
    npm ci --ignore-scripts --no-audit --no-fund --omit-lockfile-registry-resolved
else
    npm install --ignore-scripts --no-audit --no-fund --omit-lockfile-registry-resolved
fi
node build.mjs
# Nothing that a wheel could take along by mistake.
rm -rf node_modules
