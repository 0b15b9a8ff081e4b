#!/bin/sh
# What the console's browser tests need and pip cannot bring: Chromium and axe-core.
# Installs what is missing where it may; says so and goes on where it may not.
set -u
cd "$(dirname "$0")/../tests/console" || exit 1

if ! command -v chromium >/dev/null 2>&1 && ! command -v chromium-browser >/dev/null 2>&1; then
  if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
    apt-get update -qq && apt-get install -y -qq chromium >/dev/null
  else
    echo "no Chromium: the browser tests of tests/console are skipped" >&2
  fi
fi

if [ ! -f node_modules/axe-core/axe.min.js ]; then
  if command -v npm >/dev/null 2>&1; then
    npm ci --silent --no-audit --no-fund --ignore-scripts
  else
    echo "no npm: the accessibility tests of tests/console are skipped" >&2
  fi
fi
exit 0
