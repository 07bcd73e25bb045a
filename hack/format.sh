#!/usr/bin/env bash
# clang-format over every C file that git tracks: --write changes them, --check only says which would change.
set -eu
cd "$(dirname "$0")/.."
mapfile -t files < <(git ls-files '*.c' '*.h')
case "${1:---check}" in
    --write) clang-format -i "${files[@]}" ;;
    --check) clang-format --dry-run -Werror "${files[@]}" 2>&1 | grep -E 'error:' | cut -d: -f1 | sort | uniq -c |
                 awk '{print $2 ": not formatted (" $1 " places): make format"; bad = 1} END {exit bad}' ;;
esac
