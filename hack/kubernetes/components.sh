# The parts of the cluster: how each is started, and asked whether it is ready. Sourced by hack/cluster.
# shellcheck shell=bash disable=SC2154
write_configs() {
    local plugin
    cat >"$dir/run/containerd.toml" <<EOF
version = 2
root = "$dir/containerd/root"
state = "$dir/containerd/state"
disabled_plugins = ["io.containerd.snapshotter.v1.aufs", "io.containerd.snapshotter.v1.btrfs",
    "io.containerd.snapshotter.v1.devmapper", "io.containerd.snapshotter.v1.zfs", "io.containerd.tracing.processor.v1.otlp"]
[grpc]
address = "$socket"
[plugins."io.containerd.internal.v1.opt"]
path = "$dir/containerd/opt"
[plugins."io.containerd.grpc.v1.cri"]
sandbox_image = "weir.dev/pause:1"
restrict_oom_score_adj = true
[plugins."io.containerd.grpc.v1.cri".cni]
bin_dir = "$dir/cni/bin"
conf_dir = "$dir/cni/net.d"
EOF
    for plugin in bridge host-local loopback portmap; do ln -sf /usr/lib/cni/$plugin "$dir/cni/bin/$plugin"; done
    cp "$policy_program" "$dir/cni/bin/weir-policy.new"
    mv "$dir/cni/bin/weir-policy.new" "$dir/cni/bin/weir-policy"
    cat >"$dir/cni/net.d/10-weir.conflist" <<EOF
{"cniVersion": "1.0.0", "name": "weir", "plugins": [
  {"type": "bridge", "bridge": "pods", "isGateway": true, "ipMasq": false, "hairpinMode": true,
   "ipam": {"type": "host-local", "ranges": [[{"subnet": "$node_pod_cidr"}]], "routes": [{"dst": "0.0.0.0/0"}]}},
  {"type": "portmap", "capabilities": {"portMappings": true}},
  {"type": "weir-policy", "socket": "$dir/run/network-policy.sock"}]}
EOF
    : >"$dir/run/resolv.conf" # pods know cluster.local and nothing else
    cat >"$dir/run/kubelet.yaml" <<EOF
apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
authentication: {anonymous: {enabled: false}, webhook: {enabled: true}, x509: {clientCAFile: $dir/certificates/ca.crt}}
authorization: {mode: Webhook}
tlsCertFile: $dir/certificates/kubelet.crt
tlsPrivateKeyFile: $dir/certificates/kubelet.key
containerRuntimeEndpoint: unix://$socket
clusterDNS: [$dns_address]
clusterDomain: cluster.local
resolvConf: $dir/run/resolv.conf
cgroupDriver: cgroupfs
cgroupsPerQOS: false
enforceNodeAllocatable: []
failCgroupV1: false
failSwapOn: false
readOnlyPort: 0
maxPods: 250
serializeImagePulls: false
imageGCHighThresholdPercent: 100
evictionHard: {memory.available: "1Mi", nodefs.available: "1%", imagefs.available: "1%", nodefs.inodesFree: "1%"}
EOF
    cat >"$dir/run/kube-proxy.yaml" <<EOF
apiVersion: kubeproxy.config.k8s.io/v1alpha1
kind: KubeProxyConfiguration
clientConnection: {kubeconfig: $dir/kubeconfigs/kube-proxy}
mode: iptables
clusterCIDR: $pod_cidr
hostnameOverride: $node
healthzBindAddress: 127.0.0.1:10256
metricsBindAddress: 127.0.0.1:10249
conntrack: {maxPerCore: 0, min: 0}
iptables: {minSyncPeriod: 100ms}
EOF
}

# The command line of a part, into the array `line`.
command_of() {
    local k=$dir/certificates
    case "$1" in
        etcd) line=("$programs/etcd" --data-dir "$dir/etcd" --unsafe-no-fsync --listen-client-urls http://127.0.0.1:2379
            --advertise-client-urls http://127.0.0.1:2379 --listen-peer-urls http://127.0.0.1:2380) ;;
        containerd) line=(containerd --config "$dir/run/containerd.toml") ;;
        kube-apiserver) line=("$programs/kube-apiserver" --etcd-servers=http://127.0.0.1:2379 --secure-port=6443
            --advertise-address="$node_address" --service-cluster-ip-range="$service_cidr" --allow-privileged=true
            --tls-cert-file="$k/apiserver.crt" --tls-private-key-file="$k/apiserver.key" --client-ca-file="$k/ca.crt"
            --kubelet-client-certificate="$k/apiserver-to-kubelet.crt" --kubelet-client-key="$k/apiserver-to-kubelet.key"
            --kubelet-certificate-authority="$k/ca.crt" --kubelet-preferred-address-types=InternalIP
            --requestheader-client-ca-file="$k/ca.crt" --requestheader-allowed-names=front-proxy
            --requestheader-username-headers=X-Remote-User --requestheader-group-headers=X-Remote-Group
            --requestheader-extra-headers-prefix=X-Remote-Extra-
            --proxy-client-cert-file="$k/apiserver-to-extensions.crt" --proxy-client-key-file="$k/apiserver-to-extensions.key"
            --enable-aggregator-routing
            --authorization-mode=Node,RBAC --enable-admission-plugins=NodeRestriction
            --service-account-issuer="$issuer" --service-account-key-file="$k/service-accounts.pub"
            --service-account-signing-key-file="$k/service-accounts.key") ;;
        kube-controller-manager) line=("$programs/kube-controller-manager" --kubeconfig="$dir/kubeconfigs/$1"
            --leader-elect=false --use-service-account-credentials --root-ca-file="$k/ca.crt" --bind-address=127.0.0.1
            --service-account-private-key-file="$k/service-accounts.key" --cluster-signing-cert-file="$k/ca.crt"
            --cluster-signing-key-file="$k/ca.key" --allocate-node-cidrs --cluster-cidr="$pod_cidr"
            --node-cidr-mask-size=20 --service-cluster-ip-range="$service_cidr") ;;
        kube-scheduler) line=("$programs/kube-scheduler" --kubeconfig="$dir/kubeconfigs/$1" --leader-elect=false
            --bind-address=127.0.0.1) ;;
        kubelet) line=("$programs/kubelet" --kubeconfig="$dir/kubeconfigs/kubelet" --config="$dir/run/kubelet.yaml"
            --hostname-override="$node" --node-ip="$node_address") ;;
        kube-proxy) line=("$programs/kube-proxy" --config="$dir/run/kube-proxy.yaml") ;;
        kwok) line=("$cache/kwok/$kwok_version/kwok" --kubeconfig="$kubeconfig" --manage-all-nodes=false
            --manage-nodes-with-annotation-selector=kwok.x-k8s.io/node=fake --node-lease-duration-seconds=40
            --cidr=10.$((150 + index)).0.0/16 --config="$here/kwok/stages.yaml") ;;
        metrics-server) line=("$cache/metrics-server/$metrics_version/metrics-server" --kubeconfig="$kubeconfig"
            --authentication-kubeconfig="$kubeconfig" --authorization-kubeconfig="$kubeconfig" --secure-port=4443
            --cert-dir="$dir/run/metrics-server" --kubelet-certificate-authority="$k/ca.crt"
            --kubelet-preferred-address-types=InternalIP --metric-resolution=10s --kubelet-request-timeout=5s) ;;
        network-policy) line=("$dir/cni/bin/weir-policy" --kubeconfig "$kubeconfig" --bridge pods --host "$host_address"
            --socket "$dir/run/network-policy.sock") ;;
    esac
}

api() { curl -sf --max-time 5 --cacert "$dir/certificates/ca.crt" --cert "$dir/certificates/admin.crt" --key "$dir/certificates/admin.key" "$api_url$1"; }
is_running() { in_machine kill -0 "$(cat "$dir/pids/$1" 2>/dev/null || echo none)" 2>/dev/null; }
containers() { ctr -a "$socket" -n k8s.io "$@"; }
as_admin() { "$programs/kubectl" --kubeconfig "$kubeconfig" "$@"; }

start_part() {
    local line
    if is_running "$1"; then return; fi
    command_of "$1"
    # shellcheck disable=SC2016 # expanded inside
    in_machine bash -c 'log=$1 pid=$2; shift 2
        setsid "$@" >>"$log" 2>&1 </dev/null & echo $! >"$pid"' - "$dir/logs/$1.log" "$dir/pids/$1" "${line[@]}" 9>&-
}

stop_part() {
    signal_part "$1" TERM
    signal_part "$1" CONT
    local end=$((SECONDS + 5)) # an API server waits a minute for requests that go on
    while is_running "$1"; do
        [ $SECONDS -lt $end ] || signal_part "$1" KILL
        sleep 0.1
    done
}

signal_part() {
    is_running "$1" || return 0
    in_machine kill "-$2" "$(cat "$dir/pids/$1")" 2>/dev/null || true
}

wait_for_part() {
    case "$1" in
        etcd) until_true 30 "etcd" in_machine curl -sf http://127.0.0.1:2379/health ;;
        containerd) until_true 30 "containerd" containers version ;;
        kube-apiserver) until_true 90 "the API server" api /readyz ;;
        kubelet) until_true 60 "the kubelet" in_machine curl -sf http://127.0.0.1:10248/healthz ;;
    esac
}

start_all() {
    local part
    start_part etcd
    start_part containerd
    wait_for_part etcd
    start_part kube-apiserver
    wait_for_part containerd
    load_images
    wait_for_part kube-apiserver
    step apiserver "answers at $api_url"
    for part in kube-controller-manager kube-scheduler network-policy kube-proxy kubelet; do start_part $part; done
    until_true 90 "the node" is_reported
    as_admin wait --for=condition=Ready node/$node --timeout=120s >/dev/null || fail "the node did not get Ready; hack/cluster logs kubelet"
    step node "$node is Ready"
}

# After a restart the API server still remembers the node as it was: only a lease renewed since then counts.
is_reported() {
    local renewed
    renewed=$(as_admin -n kube-node-lease get lease $node -o jsonpath='{.spec.renewTime}')
    [[ "$renewed" > "$(date -u -r "$dir/run/machine" +%Y-%m-%dT%H:%M:%S)" ]]
}

# The images that the cluster itself needs, made here without a container engine.
load_images() {
    local images=$cache/images/2
    if [ -e "$dir/forget-containers" ]; then
        containers containers ls -q | xargs -r ctr -a "$socket" -n k8s.io containers rm >/dev/null
        rm "$dir/forget-containers"
    fi
    mkdir -p "$images"
    if [ ! -e "$images/pause.tar" ]; then
        gcc -O2 -static -o "$images/pause" "$here/pause.c"
        "$here/archive.py" "$images/pause.tar" weir.dev/pause:1 "$images/pause"
    fi
    [ -e "$images/coredns-$coredns_version.tar" ] || "$here/archive.py" "$images/coredns-$coredns_version.tar" \
        "weir.dev/coredns:$coredns_version" "$cache/coredns/$coredns_version/coredns"
    have_image weir.dev/pause:1 || containers images import "$images/pause.tar" >/dev/null
    have_image "weir.dev/coredns:$coredns_version" || containers images import "$images/coredns-$coredns_version.tar" >/dev/null
}

have_image() { containers images ls -q | grep -qxF "$1"; }

deploy_dns() {
    sed -e "s|DNS_ADDRESS|$dns_address|; s|COREDNS_IMAGE|weir.dev/coredns:$coredns_version|; s|CONFIG_HASH|v$(cksum <"$here/coredns.yaml" | cut -d' ' -f1)|" "$here/coredns.yaml" |
        as_admin apply --server-side --force-conflicts -f - >/dev/null
    if [ ! -e "$dir/run/dns" ]; then # a pod of an earlier machine still counts as ready for a while
        as_admin -n kube-system delete pods -l k8s-app=kube-dns --force --grace-period=0 >/dev/null 2>&1
        touch "$dir/run/dns"
    fi
    until_true 60 "CoreDNS" as_admin -n kube-system wait --for=condition=Ready pod -l k8s-app=kube-dns --timeout=30s
    step dns "CoreDNS answers at $dns_address for cluster.local only"
}

# Nodes that are only objects, whose pods at once say that they run: for measuring with thousands of pods. A pod gets
# there by tolerating the taint and by nodeSelector type: fake.
fake_nodes() {
    local number
    case "$1" in *[!0-9]* | "") fail "fake-nodes takes a number" ;; esac
    build_kwok
    start_part kwok
    for ((number = 1; number <= $1; number++)); do
        cat <<EOF
---
apiVersion: v1
kind: Node
metadata:
  name: fake-$number
  annotations: {kwok.x-k8s.io/node: fake, node.alpha.kubernetes.io/ttl: "0"}
  labels: {type: fake, kubernetes.io/os: linux, kubernetes.io/arch: amd64, kubernetes.io/hostname: fake-$number}
spec:
  taints: [{key: kwok.x-k8s.io/node, value: fake, effect: NoSchedule}]
status:
  allocatable: {cpu: "64", memory: 512Gi, pods: "2000"}
  capacity: {cpu: "64", memory: 512Gi, pods: "2000"}
EOF
    done | as_admin apply --server-side -f - >/dev/null
    as_admin wait --for=condition=Ready node -l type=fake --timeout=120s >/dev/null
    step nodes "$1 that are only objects, all Ready"
}

# What pods use, as metrics.k8s.io: metrics-server on the node, behind a Service, registered with the API server.
serve_metrics() {
    build_metrics_server
    start_part metrics-server
    sed "s|NODE_ADDRESS|$node_address|" "$here/metrics-server/service.yaml" | as_admin apply --server-side --force-conflicts -f - >/dev/null
    as_admin wait --for=condition=Available apiservice/v1beta1.metrics.k8s.io --timeout=120s >/dev/null || fail "metrics-server does not serve; hack/cluster logs metrics-server"
    step metrics "of pods, as metrics.k8s.io, every 10 s"
}

status() {
    local part
    machine_pid >/dev/null || { echo "  cluster $index is down"; exit 3; }
    for part in $parts; do
        if is_running "$part"; then step "$part" running; else step "$part" "not running"; fi
    done
    as_admin get nodes -o wide 2>&1 || true
}

print_env() {
    printf 'export %s\n' "KUBECONFIG=$(printf %q "$kubeconfig")" "CONTAINERD_ADDRESS=$(printf %q "$socket")" \
        CONTAINERD_NAMESPACE=k8s.io "WEIR_CLUSTER_INDEX=$index" \
        "WEIR_KUBERNETES=$minor" "WEIR_CLUSTER_HOST=$host_address" "WEIR_CLUSTER_OUTSIDE=${outside_addresses%% *}" \
        "PATH=$(printf %q "$programs"):\$PATH"
}

logs() {
    local part
    if [ $# -gt 0 ]; then
        cat "$dir/logs/$1.log"
        return
    fi
    for part in machine $parts; do
        [ -e "$dir/logs/$part.log" ] || continue
        echo "==== $part"
        tail -n 15 "$dir/logs/$part.log"
    done
}
