#!/usr/bin/env bash
# Words we do not use: vague ones in file and function names, retired ones anywhere, hidden registration, JSON by printf.
set -u
cd "$(dirname "$0")/.."
bad=0
report() {
    [ -z "$2" ] && return
    printf '%s:\n%s\n' "$1" "$2"
    bad=1
}
vague='util|utils|helper|helpers|common|misc|manager|handle|handler|do|data|info|impl'
# "process" is banned as a verb; as a noun it is an operating system's process. "data" is a field of an SSE event.
report "a file name that says nothing ($vague)" \
    "$(git ls-files '*.c' '*.h' | grep -E "(^|/|_)($vague|process)(_|\.|/)" | grep -vE '(^|/|_)process_[a-z]+\.[ch]$')"
report "a function name that says nothing" \
    "$(git grep -nE "^([a-z0-9_]+_)?($vague|handles|processing)(_[a-z0-9_]+)?\(|_process\(" -- '*.c' | grep -vE '^lib/net/sse_')"
report "a retired word (DESIGN 3)" \
    "$(git grep -niE '\b(tenant|tenants|route group|virtual key)\b' -- lib api operator gateway examples README.md | grep -vE 'multi-tenant' )"
report "unfinished work without an issue number" \
    "$(git grep -nE '\b(TODO|FIXME|XXX)\b' -- '*.c' '*.h' '*.sh' Makefile | grep -vE 'issue [0-9]+|check_names')"
report "hidden order: constructors and sections" \
    "$(git grep -nE '__attribute__\(\((constructor|section)' -- '*.c' '*.h')"
report "JSON by printf: build it with document or buffer_add_json_string" \
    "$(git grep -nE '\\"%\.?\*?s\\"[,:}]' -- lib api operator gateway | grep -E '\{\\"|\\":' )"
report "our label domain outside its file (operator/objects/names.h, api/types)" \
    "$(git grep -nE '"[a-z./]*weir\.dev/' -- operator gateway lib api/cli '*.c' '*.h' | grep -vE '^(operator/objects/names\.h|api/types/|tests/)')"
exit $bad
