# Names, versions, addresses and folders of the test cluster. Sourced by hack/cluster.
# shellcheck shell=bash disable=SC2034
index=${WEIR_CLUSTER_INDEX:-0}
case "$index" in
    0) dir=${WEIR_CLUSTER_DIR:-/var/tmp/weir-cluster} ;;
    [1-9]) dir=${WEIR_CLUSTER_DIR:-/var/tmp/weir-cluster-$index} ;;
    *) echo "hack/cluster: WEIR_CLUSTER_INDEX=$index is not one of 0..9" >&2; exit 2 ;;
esac
version_of() {
    case "$1" in
        1.37) echo v1.37.2 ;;
        1.34) echo v1.34.4 ;;
        *) echo "hack/cluster: WEIR_KUBERNETES=$1 is not known; 1.37 and 1.34 are" >&2; exit 2 ;;
    esac
}
minor=${WEIR_KUBERNETES:-1.37}
case "${WEIR_KUBERNETES:+asked}:${1:-}" in
    asked:up | asked:reset | asked:build) ;;
    *) if [ -e "$dir/version" ]; then minor=$(sed 's/^v//; s/[.][0-9]*$//' "$dir/version"); fi ;; # as it is
esac
version=$(version_of "$minor")
cache=${XDG_CACHE_HOME:-$HOME/.cache}/weir
programs=$cache/kubernetes/$version
coredns_version=v1.15.0
kwok_version=v0.8.0
metrics_version=v0.8.0

# The host and the node are the two ends of a cable; pods sit behind the node. Nothing has a route to anywhere else.
cable=weir$index
host_address=10.210.$index.1
node_address=10.210.$index.2
pod_cidr=10.$((230 + index)).0.0/16
node_pod_cidr=10.$((230 + index)).0.0/20 # what the controller manager gives the first node
service_cidr=10.$((96 + index)).0.0/16
kubernetes_address=10.$((96 + index)).0.1
dns_address=10.$((96 + index)).0.10
# "The internet": documentation addresses that the host answers on. Unlike the host's own end, policies apply to them.
outside_cidr=198.51.100.$((16 * index))/28
outside_addresses="198.51.100.$((16 * index + 9)) 198.51.100.$((16 * index + 10))"

node=weir-node
socket=$dir/run/containerd.sock
kubeconfig=$dir/kubeconfig
api_url=https://$node_address:6443
issuer=https://kubernetes.default.svc.cluster.local
parts="etcd containerd kube-apiserver kube-controller-manager kube-scheduler kubelet kube-proxy network-policy"
optional_parts="kwok metrics-server"

step() { printf '  %-12s %s\n' "$1" "$2"; }
fail() { printf 'hack/cluster: %s\n' "$*" >&2; exit 1; }

known() {
    case " $parts $optional_parts " in
        *" ${1:-?} "*) echo "$1" ;;
        *) fail "no part is called \"${1:-}\"; there are: $parts" ;;
    esac
}

# Waits until a command succeeds, a tenth of a second apart: until SECONDS WHAT CMD...
until_true() {
    local most=$1 what=$2 end=$((SECONDS + $1))
    shift 2
    while ! "$@" >/dev/null 2>&1; do
        [ $SECONDS -lt $end ] || fail "$what: not within $most s; hack/cluster logs says more"
        sleep 0.1
    done
}
