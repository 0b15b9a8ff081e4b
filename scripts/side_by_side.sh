#!/bin/sh
# `make lint` beside `make unit`: the tests leave room for it. A finding is shown at once and again
# at the end; either of them fails the whole.
set -u
make="$1"
words=$(mktemp)
trap 'rm -f "$words"' EXIT

{ $make lint >"$words" 2>&1 || { status=$?; cat "$words"; exit $status; }; } &
lint=$!
$make unit
unit=$?
wait $lint
lint=$?
cat "$words"
[ $lint = 0 ] || echo "make lint failed: see above" >&2
[ $unit = 0 ] || echo "make unit failed: see above" >&2
[ $lint = 0 ] && [ $unit = 0 ]
