# Builds the cluster's programs with Go, once, into the user's cache, keyed by version: a fresh clone finds them.
# Sourced by hack/cluster.
# shellcheck shell=bash disable=SC2154

# build_program MODULE PACKAGE OUTPUT [LINKER FLAGS]
build_program() {
    local module=$1 package=$2 output=$3 began=$SECONDS
    [ -x "$output" ] && return
    command -v go >/dev/null || fail "Go is missing, and $(basename "$output") has to be built with it (once)"
    mkdir -p "$(dirname "$output")"
    exec 8>"$output.lock"
    flock 8 # somebody else may be building just this
    if [ ! -x "$output" ]; then
        [ -t 1 ] && printf '  %-12s %s\r' build "$(basename "$output"), working ..."
        (cd "$here/$module" && CGO_ENABLED=0 GOFLAGS=-mod=readonly nice go build -trimpath -ldflags "-s -w ${4:-}" \
            -o "$output.new" "$package" 8>&- 9>&-) || fail "$package could not be built (module hack/kubernetes/$module)"
        mv "$output.new" "$output"
        step build "$(basename "$output") $((SECONDS - began)) s, kept in $(dirname "$output")"
    fi
    exec 8>&-
    rm -f "$output.lock"
}

build_all() {
    local package flags="-X k8s.io/component-base/version.gitVersion=$version
        -X k8s.io/component-base/version.gitMajor=1 -X k8s.io/component-base/version.gitMinor=${minor#1.}"
    flags=$(tr -s ' \n' ' ' <<<"$flags")
    [ -x "$programs/kube-apiserver" ] ||
        step build "Kubernetes $version is built once: 6 to 15 minutes on two cores, seconds when Go's cache is warm"
    for package in kubectl kube-apiserver kube-controller-manager kube-scheduler kubelet kube-proxy; do
        build_program "$minor" k8s.io/kubernetes/cmd/$package "$programs/$package" "$flags"
    done
    build_program "$minor" go.etcd.io/etcd/server/v3 "$programs/etcd"
    build_program coredns github.com/coredns/coredns "$cache/coredns/$coredns_version/coredns"
    build_policy_program
}

build_kwok() {
    build_program kwok sigs.k8s.io/kwok/cmd/kwok "$cache/kwok/$kwok_version/kwok"
}

build_metrics_server() {
    build_program metrics-server sigs.k8s.io/metrics-server/cmd/metrics-server "$cache/metrics-server/$metrics_version/metrics-server"
}

# The enforcer of NetworkPolicies is ours: built anew whenever its source changes.
build_policy_program() {
    local source=$root/tests/cluster/network key
    key=$(cat "$source"/{judge,main,plugin,rules,table,verdict,watch}.go "$source"/go.* | sha256sum | cut -c1-12)
    policy_program=$cache/network-policy/$key/network-policy
    [ -x "$policy_program" ] && return
    find "$cache/network-policy" -mindepth 1 -maxdepth 1 -mtime +7 -exec rm -rf {} + 2>/dev/null || true
    build_program ../../tests/cluster/network . "$policy_program"
}

# Data of one version is not handed to another.
check_version() {
    local before
    before=$(cat "$dir/version" 2>/dev/null) || return 0
    [ "$before" = "$version" ] && return
    ! machine_pid >/dev/null ||
        fail "cluster $index runs $before; hack/cluster down first, or choose another WEIR_CLUSTER_INDEX"
    step version "was $before, is $version: starting with no objects"
    forget
}
