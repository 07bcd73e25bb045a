#!/usr/bin/env bash
# Files of ours: .c at most 400 lines, headers at most 120, lines at most 120 columns; no exceptions list.
# Functions (50 lines, 5 parameters, nesting 3) are clang-tidy's part.
set -u
cd "$(dirname "$0")/.."
bad=0
while read -r file; do
    lines=$(wc -l <"$file")
    case "$file" in
        *.h) most=120 ;;
        *) most=400 ;;
    esac
    [ "$lines" -le "$most" ] || { echo "$file: $lines lines, at most $most"; bad=1; }
done < <(git ls-files '*.c' '*.h')
while IFS=: read -r file line _; do
    echo "$file:$line: a multi-line macro; only lib/schema/fields.h, field lists and list macros may have them"
    bad=1
done < <(git grep -nE '^#define [A-Z_a-z]+\(?.*\\$' -- '*.c' '*.h' |
             grep -vE '_FIELDS\(F, T\)|^lib/schema/fields.h|^lib/base/(compiler|log)\.h|^tests/|_LIST\(')
gotos=$(git grep -cE '\bgoto ' -- '*.c' | awk -F: '$2 > 2 {print $1 ": " $2 " gotos, at most 2"}')
[ -z "$gotos" ] || { echo "$gotos"; bad=1; }
exit $bad
