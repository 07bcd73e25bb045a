#!/usr/bin/env bash
# Which folder may include which, and which files may include a third-party library. One direction, no cycles:
# lib <- api/types <- {operator, gateway, api/audit <- {api/server, api/cli}, {api/prices, api/simulate} <- api/cli}; programs never include each other.
set -u
cd "$(dirname "$0")/.."

# folder | regular expression of what its files may include with quotes
layers='
lib/base|lib/base/
lib/document|lib/(base|document)/
lib/schema|lib/(base|document|schema)/
lib/net|lib/(base|net)/|lib/document/json_scan.h
lib/journal|lib/(base|journal)/
lib/sql|lib/(base|sql)/|lib/net/(loop[a-z_]*|resolver).h
api/types|lib/(base|document|schema)/|lib/net/digest.h|api/types/
api/audit|lib/(base|document|schema)/|lib/net/(digest|signature)\.h|api/types/|api/audit/
api/prices|lib/(base|document|schema)/|api/types/|api/prices/
api/simulate|lib/(base|document|schema)/|api/types/|api/simulate/
api/cli|lib/|api/types/|api/audit/|api/prices/|api/simulate/|api/cli/
api/server|lib/|api/types/|api/audit/|api/server/
operator/reconcile|lib/(base|document|schema)/|lib/net/digest.h|api/types/|operator/(reconcile|objects)/
operator/objects|lib/(base|document|schema)/|lib/net/digest.h|api/types/|operator/objects/
operator/local|lib/|api/types/|operator/
operator/kube|lib/|operator/kube/
operator/runtime|lib/|api/types/|operator/(kube|objects|reconcile|control|runtime)/
operator/control|lib/|api/types/|operator/control/
operator|lib/|api/types/|operator/
gateway/decide|lib/(base|document|schema)/|api/types/|gateway/decide/
gateway|lib/|api/types/|gateway/
hack|lib/|api/types/|api/server/rest/rest_openapi.h
tests|lib/|api/|operator/|gateway/|tests/
'
# header | files that may include it
libraries='
json.h|json-c/|lib/document/json(_[a-z]+)?\.c
yaml.h||lib/document/yaml(_[a-z]+)?\.c
openssl|openssl/|lib/net/(tls|tls_[a-z_]+|digest|signature|jwt|jwt_[a-z]+)\.c
ev.h||lib/net/loop\.c
libwebsockets.h||lib/net/websocket(_[a-z]+)?\.c|lib/net/websocket_[a-z]+\.h
ares.h||lib/net/resolver\.c
curl|curl/|lib/net/fetch(_[a-z]+)?\.c
sqlite3.h||lib/sql/sqlite(_[a-z]+)?\.c
postgresql|(postgresql/)?libpq|lib/sql/postgres(_[a-z]+)?\.c
'
bad=0
say() { echo "$1"; bad=1; }

while IFS=: read -r file line text; do
    include=${text#*\"}; include=${include%%\"*}
    rule=""
    while IFS='|' read -r folder allowed; do
        [ -n "$folder" ] || continue
        case "$file" in "$folder"/*) rule=$allowed; break ;; esac
    done <<<"$layers"
    [ -n "$rule" ] || { say "$file:$line: no layer covers this folder (hack/check_layers.sh)"; continue; }
    grep -qE "^($rule)" <<<"$include" || say "$file:$line: may not include $include (allowed: $rule)"
    [ -e "$include" ] || say "$file:$line: $include is not root-relative or not there"
done < <(git grep -nE '^#include "' -- '*.c' '*.h' | sed -E 's/:#include/:#include/')

while IFS='|' read -r header prefix allowed; do
    [ -n "$header" ] || continue
    pattern=${prefix:-$header}
    while IFS=: read -r file line _; do
        case "$file" in tests/*) continue ;; esac
        grep -qE "^($allowed)$" <<<"$file" || say "$file:$line: <$pattern> belongs to $allowed only"
    done < <(git grep -nE "^#include <(${pattern//./\\.})" -- '*.c' '*.h')
done <<<"$libraries"

# Pure folders have no clock, no log, no network; libraries never log.
while IFS=: read -r file line text; do
    say "$file:$line: pure code may not use ${text#*\"}"
done < <(git grep -nE '^#include "lib/(base/(clock|log)\.h|net/(loop|http|upstream|websocket|transport))' -- \
    operator/reconcile operator/objects gateway/decide api/audit api/prices api/simulate 'api/server/ledger/lend*' 'api/server/ledger/usage_*')
while IFS=: read -r file line _; do
    say "$file:$line: library code returns errors; only shells log"
done < <(git grep -nE '^#include "lib/base/log\.h"' -- lib/document lib/schema lib/net lib/journal lib/sql api/types api/audit api/prices api/simulate api/server/ledger gateway/dialects gateway/providers |
             grep -v '^lib/net/loop.c:') # which logs nothing, but writes out what shells logged once a turn
exit $bad
