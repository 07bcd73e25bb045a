#!/usr/bin/env bash
# Mutable globals and statics: state belongs to main and is passed. The allowed few are process-wide by nature.
set -u
cd "$(dirname "$0")/.."
build=${BUILD:-build}
allowed='^(lib/base/(clock|log|id|map|siphash|crc32c)\.o|lib/net/(digest|tls)[a-z_]*\.o) '
bad=0
while read -r object; do
    short=${object#"$build"/obj/}
    while read -r symbol; do
        grep -qE "$allowed" <<<"$short $symbol" && continue
        echo "$short: $symbol is mutable and global"
        bad=1
    done < <(nm "$object" | awk '$2 ~ /^[bBdDC]$/ {print $3}' | grep -vE '^(__|\.L|DW\.)')
done < <(find "$build/obj/lib" "$build/obj/api" "$build/obj/operator" "$build/obj/gateway" -name '*.o' 2>/dev/null)
exit $bad
