package main

import (
	"net/netip"
	"slices"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/util/intstr"
)

// What a pod may do, as addresses and ports. Pure values: made from Kubernetes' objects, asked by tests, written out as
// nftables. nil rules of a direction mean that no policy isolates the pod in it.
type podRules struct {
	Address         netip.Addr
	Ingress, Egress []rule
	IsolatesIngress bool
	IsolatesEgress  bool
}

// A rule allows: these peers, on these ports.
type rule struct {
	AnyPeer   bool
	Addresses []netip.Addr // of pods
	Block     netip.Prefix // valid when neither of the above
	Except    []netip.Prefix
	AnyPort   bool
	Ports     []portRange
}

type portRange struct {
	Protocol corev1.Protocol
	From, To uint16
}

// A pod as policies see it.
type pod struct {
	Namespace string
	Labels    labels.Set
	Address   netip.Addr
	Ports     []corev1.ContainerPort
}

// Everything that decides: the state of the cluster at one moment.
type state struct {
	Pods       []pod
	Namespaces map[string]labels.Set
	Policies   []*networkingv1.NetworkPolicy
}

func compile(s state) []podRules {
	all := make([]podRules, 0, len(s.Pods))
	for _, p := range s.Pods {
		all = append(all, s.rulesOf(p))
	}
	return all
}

func (s state) rulesOf(p pod) podRules {
	rules := podRules{Address: p.Address}
	for _, policy := range s.Policies {
		if policy.Namespace != p.Namespace || !selects(&policy.Spec.PodSelector, p.Labels) {
			continue
		}
		ingress, egress := directions(policy)
		if ingress {
			rules.IsolatesIngress = true
			for _, r := range policy.Spec.Ingress {
				ports := resolvePorts(r.Ports, p)
				rules.Ingress = append(rules.Ingress, s.withPeers(policy.Namespace, r.From, len(r.Ports) == 0, ports)...)
			}
		}
		if egress {
			rules.IsolatesEgress = true
			for _, r := range policy.Spec.Egress {
				rules.Egress = append(rules.Egress, s.egress(policy.Namespace, r)...)
			}
		}
	}
	return rules
}

func directions(policy *networkingv1.NetworkPolicy) (ingress, egress bool) {
	if len(policy.Spec.PolicyTypes) == 0 {
		return true, len(policy.Spec.Egress) > 0
	}
	return slices.Contains(policy.Spec.PolicyTypes, networkingv1.PolicyTypeIngress),
		slices.Contains(policy.Spec.PolicyTypes, networkingv1.PolicyTypeEgress)
}

// A named port means another number on each destination, so such rules are written out pod by pod.
func (s state) egress(namespace string, r networkingv1.NetworkPolicyEgressRule) []rule {
	var numbered, named []networkingv1.NetworkPolicyPort
	for _, port := range r.Ports {
		if port.Port != nil && port.Port.Type == intstr.String {
			named = append(named, port)
		} else {
			numbered = append(numbered, port)
		}
	}
	var rules []rule
	if len(r.Ports) == 0 || len(numbered) > 0 {
		rules = s.withPeers(namespace, r.To, len(r.Ports) == 0, resolvePorts(numbered, pod{}))
	}
	for _, destination := range s.Pods {
		ports := resolvePorts(named, destination)
		if len(ports) == 0 {
			continue
		}
		for _, to := range s.withPeers(namespace, r.To, false, ports) {
			if to.matchesPeer(destination.Address) {
				rules = append(rules, rule{Addresses: []netip.Addr{destination.Address}, Ports: ports})
				break
			}
		}
	}
	return rules
}

func (s state) withPeers(namespace string, peers []networkingv1.NetworkPolicyPeer, anyPort bool, ports []portRange) []rule {
	if !anyPort && len(ports) == 0 {
		return nil
	}
	if len(peers) == 0 {
		return []rule{{AnyPeer: true, AnyPort: anyPort, Ports: ports}}
	}
	var rules []rule
	for _, peer := range peers {
		r := rule{AnyPort: anyPort, Ports: ports}
		if peer.IPBlock != nil {
			r.Block, r.Except = blockOf(peer.IPBlock)
		} else {
			r.Addresses = s.addressesOf(namespace, peer)
		}
		if r.Block.IsValid() || len(r.Addresses) > 0 {
			rules = append(rules, r)
		}
	}
	return rules
}

func blockOf(block *networkingv1.IPBlock) (netip.Prefix, []netip.Prefix) {
	prefix, err := netip.ParsePrefix(block.CIDR)
	if err != nil || !prefix.Addr().Is4() {
		return netip.Prefix{}, nil // no pod here has an IPv6 address
	}
	var except []netip.Prefix
	for _, text := range block.Except {
		if inner, err := netip.ParsePrefix(text); err == nil {
			except = append(except, inner.Masked())
		}
	}
	return prefix.Masked(), except
}

func (s state) addressesOf(namespace string, peer networkingv1.NetworkPolicyPeer) []netip.Addr {
	var addresses []netip.Addr
	for _, p := range s.Pods {
		if peer.NamespaceSelector == nil && p.Namespace != namespace {
			continue
		}
		if peer.NamespaceSelector != nil && !selects(peer.NamespaceSelector, s.Namespaces[p.Namespace]) {
			continue
		}
		if peer.PodSelector != nil && !selects(peer.PodSelector, p.Labels) {
			continue
		}
		addresses = append(addresses, p.Address)
	}
	slices.SortFunc(addresses, netip.Addr.Compare)
	return slices.Compact(addresses)
}

func selects(selector *metav1.LabelSelector, set labels.Set) bool {
	compiled, err := metav1.LabelSelectorAsSelector(selector)
	return err == nil && compiled.Matches(set)
}

// Names are looked up among the ports of `destination`; a name that it does not have allows nothing.
func resolvePorts(ports []networkingv1.NetworkPolicyPort, destination pod) []portRange {
	var ranges []portRange
	for _, port := range ports {
		protocol := corev1.ProtocolTCP
		if port.Protocol != nil {
			protocol = *port.Protocol
		}
		switch {
		case port.Port == nil:
			ranges = append(ranges, portRange{protocol, 0, 65535})
		case port.Port.Type == intstr.Int:
			to := port.Port.IntVal
			if port.EndPort != nil {
				to = *port.EndPort
			}
			ranges = append(ranges, portRange{protocol, uint16(port.Port.IntVal), uint16(to)})
		default:
			for _, own := range destination.Ports {
				if own.Name == port.Port.StrVal && protocolOf(own) == protocol {
					ranges = append(ranges, portRange{protocol, uint16(own.ContainerPort), uint16(own.ContainerPort)})
				}
			}
		}
	}
	return ranges
}

func protocolOf(port corev1.ContainerPort) corev1.Protocol {
	if port.Protocol == "" {
		return corev1.ProtocolTCP
	}
	return port.Protocol
}
