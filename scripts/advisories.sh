#!/bin/sh
# Known advisories about what is installed here. Where the advisory service cannot be reached, that
# is said and is no failure: the check is one of the network, not of the code.
set -u
python="$1"
words=$("$python" -m pip_audit --progress-spinner off --skip-editable --timeout 20 2>&1)
status=$?
case "$words" in
    *"No known vulnerabilities found"*) echo "advisories: none known about what is installed" ;;
    *"Found "*" known vulnerabilit"*) echo "$words"; exit 1 ;;
    *) echo "advisories: not checked, the service cannot be reached (exit status $status)" ;;
esac
