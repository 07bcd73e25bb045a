#!/usr/bin/env bash
# clang-tidy over our C files, two at a time. What passed is not looked at again, in this clone or another, until the
# file, its headers or the configuration change: stamps in the user's cache folder, named by the hash of all three.
set -u
cd "$(dirname "$0")/.."
stamps=${XDG_CACHE_HOME:-$HOME/.cache}/weir/tidy
mkdir -p "$stamps"
one() {
    file=$1
    key=$( (cat .clang-tidy; gcc -std=gnu17 -D_GNU_SOURCE -I. -include lib/base/banned.h -DWEIR_MAY_ALLOCATE -DWEIR_VERSION='"x"' -MM "$file" 2>/dev/null |
        tr -d '\\' | tr ' ' '\n' | grep -E '\.[ch]$' | sort -u | xargs cat) | sha256sum | cut -c1-64)
    [ -e "$stamps/$key" ] && return 0
    if output=$(clang-tidy --quiet "$file" -- -std=gnu17 -D_GNU_SOURCE -I. -include lib/base/banned.h \
            -DWEIR_MAY_ALLOCATE -DWEIR_VERSION='"x"' 2>/dev/null); then
        touch "$stamps/$key"
    else
        printf '%s\n' "$output" | grep -E 'error:|warning:' | sort -u
        return 1
    fi
}
export -f one
export stamps
git ls-files 'lib/*.c' 'api/*.c' 'operator/*.c' 'gateway/*.c' 'hack/*.c' |
    xargs -P "$(nproc)" -I{} bash -c 'one {} || exit 1'
