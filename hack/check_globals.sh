#!/usr/bin/env bash
# Mutable globals and statics: state belongs to main and is passed. The allowed few are process-wide by nature.
set -u
cd "$(dirname "$0")/.."
build=${BUILD:-build}
allowed='^(lib/base/(clock|log|id|map|metrics|siphash|crc32c)\.o|lib/net/(digest|tls)[a-z_]*\.o) '
bad=0
# Sections, not nm's letters: tables of const pointers are relocated and then read-only (.data.rel.ro).
objects_in_writable_sections() {
    objdump -t "$1" | awk '/ O / {
        section = $4 == "O" ? $5 : ($3 == "O" ? $4 : "")
        if (section ~ /^(\.data|\.bss|\.tdata|\.tbss|\*COM\*)/ && section !~ /^\.data\.rel\.ro/) print $NF
    }'
}
while read -r object; do
    short=${object#"$build"/obj/}
    while read -r symbol; do
        grep -qE "$allowed" <<<"$short $symbol" && continue
        echo "$short: $symbol is mutable and global"
        bad=1
    done < <(objects_in_writable_sections "$object")
done < <(find "$build/obj/lib" "$build/obj/api" "$build/obj/operator" "$build/obj/gateway" -name '*.o' 2>/dev/null)
exit $bad
