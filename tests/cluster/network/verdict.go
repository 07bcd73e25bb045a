package main

import (
	"net/netip"

	corev1 "k8s.io/api/core/v1"
)

// Whether traffic may pass, by the same rules that table.go writes for the kernel. Either end may be no pod.
func isAllowed(all []podRules, from, to netip.Addr, protocol corev1.Protocol, port uint16) bool {
	for _, p := range all {
		if p.Address == from && p.IsolatesEgress && !anyAllows(p.Egress, to, protocol, port) {
			return false
		}
		if p.Address == to && p.IsolatesIngress && !anyAllows(p.Ingress, from, protocol, port) {
			return false
		}
	}
	return true
}

func anyAllows(rules []rule, peer netip.Addr, protocol corev1.Protocol, port uint16) bool {
	for _, r := range rules {
		if r.matchesPeer(peer) && r.matchesPort(protocol, port) {
			return true
		}
	}
	return false
}

func (r rule) matchesPeer(peer netip.Addr) bool {
	if r.AnyPeer {
		return true
	}
	for _, address := range r.Addresses {
		if address == peer {
			return true
		}
	}
	if !r.Block.IsValid() || !r.Block.Contains(peer) {
		return false
	}
	for _, inner := range r.Except {
		if inner.Contains(peer) {
			return false
		}
	}
	return true
}

func (r rule) matchesPort(protocol corev1.Protocol, port uint16) bool {
	if r.AnyPort {
		return true
	}
	for _, allowed := range r.Ports {
		if allowed.Protocol == protocol && allowed.From <= port && port <= allowed.To {
			return true
		}
	}
	return false
}
