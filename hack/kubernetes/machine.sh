# The node's "machine": one process with its own process ids, mounts and network, in which everything else runs. When it
# is killed the kernel ends all of that. Sourced by hack/cluster.
# shellcheck shell=bash disable=SC2154
needed="containerd ctr runc iptables nft conntrack ip openssl nsenter unshare flock curl python3 gcc"

check_root() {
    [ "$(uname -s)" = Linux ] || fail "needs Linux"
    [ "$(id -u)" -eq 0 ] || fail "needs root: it makes network and mount namespaces and starts containers (try: sudo hack/cluster $command)"
}

# Says what keeps a cluster from running here, all of it at once.
check_machine() {
    local missing="" tool
    for tool in $needed; do command -v "$tool" >/dev/null || missing="$missing $tool"; done
    [ -x /usr/lib/cni/bridge ] || missing="$missing /usr/lib/cni/bridge"
    if [ -n "$missing" ]; then
        "$root/hack/deps" cluster || fail "missing:$missing; hack/deps cluster could not install them"
    fi
    missing=""
    for tool in $needed; do command -v "$tool" >/dev/null || missing="$missing $tool"; done
    [ -z "$missing" ] || fail "still missing after hack/deps cluster:$missing"
    [ -e /proc/sys/net/bridge/bridge-nf-call-iptables ] || modprobe br_netfilter 2>/dev/null ||
        fail "the kernel has no br_netfilter: NetworkPolicies between pods could not be enforced (modprobe br_netfilter)"
    grep -q overlay /proc/filesystems || modprobe overlay 2>/dev/null || fail "the kernel has no overlayfs, which containers need"
    if ! [ -f /sys/fs/cgroup/cgroup.controllers ]; then
        [ -d /sys/fs/cgroup/memory ] && [ -d /sys/fs/cgroup/pids ] || fail "no cgroups are mounted at /sys/fs/cgroup (memory and pids are needed)"
    fi
    unshare --pid --mount --net --fork true 2>/dev/null || fail "this machine does not allow new namespaces (a container without CAP_SYS_ADMIN?)"
}

machine_pid() {
    local pid
    pid=$(cat "$dir/pids/machine" 2>/dev/null) || return 1
    tr '\0' ' ' 2>/dev/null <"/proc/$pid/cmdline" | grep -q "machine-init.sh $dir " || return 1
    echo "$pid"
}

in_machine() {
    local pid
    pid=$(machine_pid) || fail "cluster $index is not up; hack/cluster up starts it"
    nsenter -t "$pid" -m -n -p -- "$@"
}

start_machine() {
    machine_pid >/dev/null && return
    remove_cgroups # of a machine that ended by itself
    rm -rf "$dir"/pids/* "$dir"/run/* "$dir"/containerd/state/*
    mkdir -p /var/lib/kubelet /var/lib/cni /var/log/pods /var/log/containers /run/netns /run/containerd # only places to mount on
    ip link del "$cable" 2>/dev/null || true
    setsid unshare --pid --mount --net --fork --mount-proc "$here/machine-init.sh" "$dir" </dev/null >"$dir/logs/machine.log" 2>&1 9>&- &
    local parent=$! pid
    until_true 10 "the machine's start" test -e "$dir/run/machine"
    pid=$(cat "/proc/$parent/task/$parent/children")
    echo "${pid% }" >"$dir/pids/machine"
    ip link add "$cable" type veth peer name uplink netns "${pid% }"
    ip addr add "$host_address/24" dev "$cable"
    for address in $outside_addresses; do ip addr add "$address/32" dev "$cable"; done
    ip link set "$cable" up
    in_machine ip addr add "$node_address/24" dev uplink
    in_machine ip link set uplink up
    in_machine ip route add "$outside_cidr" via "$host_address"
    ip route add "$pod_cidr" via "$node_address"
    ip route add "$service_cidr" via "$node_address"
    step machine "namespaces of its own, $node_address behind $cable"
}

stop_machine() {
    local pid
    if pid=$(machine_pid); then
        ip link del "$cable" 2>/dev/null || true
        kill -KILL "$pid"
        until_true 20 "the end of the machine" test ! -e "/proc/$pid"
    fi
    ip link del "$cable" 2>/dev/null || true
    remove_cgroups
    rm -rf "$dir"/pids "$dir"/run "$dir"/containerd/state
}

# Containers were ended with the machine; what they were accounted to is still there, empty.
remove_cgroups() {
    local hierarchy container
    for container in "$dir"/containerd/state/io.containerd.runtime.v2.task/k8s.io/*; do
        for hierarchy in /sys/fs/cgroup /sys/fs/cgroup/*; do
            rmdir "$hierarchy/k8s.io/$(basename "$container")" 2>/dev/null || true
        done
    done
    for hierarchy in /sys/fs/cgroup /sys/fs/cgroup/*; do rmdir "$hierarchy/k8s.io" 2>/dev/null || true; done
}

# A part's process id on this machine, found by what it is called inside.
host_pid() {
    local machine inside
    machine=$(machine_pid) || fail "cluster $index is not up"
    inside=$(cat "$dir/pids/$1" 2>/dev/null) || fail "$1 was never started"
    awk -v inside="$inside" -v space="$(readlink "/proc/$machine/ns/pid")" '
        /^NSpid:/ && NF == 3 && $3 == inside {
            ("readlink /proc/" $2 "/ns/pid") | getline found
            if (found == space) { print $2; ok = 1 }
        }
        END { exit !ok }' /proc/[0-9]*/status 2>/dev/null
}
