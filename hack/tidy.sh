#!/usr/bin/env bash
# clang-tidy over our C files, two at a time. A file that passed is not looked at again until it, its headers or the
# configuration change (stamps in build/tidy).
set -u
cd "$(dirname "$0")/.."
stamps=build/tidy
mkdir -p "$stamps"
one() {
    file=$1
    stamp=$stamps/$(tr '/' '-' <<<"$file")
    key=$( (cat .clang-tidy; gcc -std=gnu17 -D_GNU_SOURCE -I. -include lib/base/banned.h -DWEIR_MAY_ALLOCATE -DWEIR_VERSION='"x"' -MM "$file" 2>/dev/null |
        tr -d '\\' | tr ' ' '\n' | grep -E '\.[ch]$' | sort -u | xargs cat) | sha256sum)
    [ "$(cat "$stamp" 2>/dev/null)" = "$key" ] && return 0
    if output=$(clang-tidy --quiet "$file" -- -std=gnu17 -D_GNU_SOURCE -I. -include lib/base/banned.h \
            -DWEIR_MAY_ALLOCATE -DWEIR_VERSION='"x"' 2>/dev/null); then
        echo "$key" >"$stamp"
    else
        printf '%s\n' "$output" | grep -E 'error:|warning:' | sort -u
        return 1
    fi
}
export -f one
export stamps
git ls-files 'lib/*.c' 'api/*.c' 'operator/*.c' 'gateway/*.c' 'hack/*.c' |
    xargs -P "$(nproc)" -I{} bash -c 'one {} || exit 1'
