#!/bin/bash
# The first process of the node: makes its mounts and network ready, then only collects orphans. $1 is the cluster's
# folder. Run by hack/kubernetes/machine.sh inside new namespaces; everything here vanishes with it.
set -eu
dir=$1
mount --make-rshared /
for pair in kubelet:/var/lib/kubelet cni/state:/var/lib/cni podlogs:/var/log/pods; do
    mkdir -p "$dir/${pair%%:*}"
    mount --bind "$dir/${pair%%:*}" "${pair#*:}"
done
for place in /run/netns /run/containerd /var/log/containers; do mount -t tmpfs -o mode=755 none "$place"; done
: >"$dir/run/xtables.lock"
ip link set lo up
write() { echo "$2" >"/proc/sys/$1"; }
write net/ipv4/ip_forward 1
write net/ipv4/conf/all/rp_filter 0
write net/bridge/bridge-nf-call-iptables 1
: >"$dir/run/machine"
trap : TERM INT HUP
while :; do
    sleep 3600 9>&- &
    wait $! || true
done
