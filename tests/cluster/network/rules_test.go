package main

import (
	"fmt"
	"math/rand"
	"net/netip"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/mattfenwick/cyclonus/pkg/matcher"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/util/intstr"
	"sigs.k8s.io/yaml"
)

const sets = 3000 // of policies; each is asked about every pair of peers on every port

// Few names and labels, so that selectors often meet.
var (
	keys       = []string{"app", "tier"}
	values     = []string{"a", "b", "c"}
	protocols  = []corev1.Protocol{corev1.ProtocolTCP, corev1.ProtocolUDP, corev1.ProtocolSCTP}
	portNames  = []string{"http", "admin", "dns"}
	asked      = []uint16{53, 79, 80, 81, 443, 8080}
	blocks     = []string{"0.0.0.0/0", "10.230.0.0/24", "10.230.0.0/29", "10.230.0.4/30", "198.51.100.0/28", "fd00::/8"}
	exceptions = map[string][]string{
		"0.0.0.0/0":       {"10.230.0.0/16", "198.51.100.9/32", "10.0.0.0/8"},
		"10.230.0.0/24":   {"10.230.0.0/30", "10.230.0.5/32"},
		"10.230.0.0/29":   {"10.230.0.2/31"},
		"198.51.100.0/28": {"198.51.100.8/30"},
	}
)

type chance struct{ *rand.Rand }

func pick[T any](r chance, of []T) T { return of[r.Intn(len(of))] }
func (r chance) one(in int) bool     { return r.Intn(in) == 0 }
func pointer[T any](v T) *T          { return &v }
func (r chance) labels() map[string]string {
	set := map[string]string{}
	for _, key := range keys {
		if !r.one(3) {
			set[key] = pick(r, values)
		}
	}
	return set
}

func (r chance) selector() metav1.LabelSelector {
	var selector metav1.LabelSelector
	if r.one(2) {
		selector.MatchLabels = map[string]string{pick(r, keys): pick(r, values)}
	}
	if r.one(3) {
		operator := pick(r, []metav1.LabelSelectorOperator{metav1.LabelSelectorOpIn, metav1.LabelSelectorOpNotIn,
			metav1.LabelSelectorOpExists, metav1.LabelSelectorOpDoesNotExist})
		requirement := metav1.LabelSelectorRequirement{Key: pick(r, keys), Operator: operator}
		if operator == metav1.LabelSelectorOpIn || operator == metav1.LabelSelectorOpNotIn {
			requirement.Values = []string{pick(r, values), pick(r, values)}
		}
		selector.MatchExpressions = append(selector.MatchExpressions, requirement)
		if operator == metav1.LabelSelectorOpNotIn { // cyclonus errs where the label is missing; the next test asks that
			selector.MatchExpressions = append(selector.MatchExpressions,
				metav1.LabelSelectorRequirement{Key: requirement.Key, Operator: metav1.LabelSelectorOpExists})
		}
	}
	return selector
}

func (r chance) ports() []networkingv1.NetworkPolicyPort {
	var ports []networkingv1.NetworkPolicyPort
	for range r.Intn(3) {
		var port networkingv1.NetworkPolicyPort
		if !r.one(3) {
			port.Protocol = pointer(pick(r, protocols))
		}
		switch r.Intn(4) {
		case 0:
			port.Port = pointer(intstr.FromString(pick(r, portNames)))
		case 1:
			port.Port = pointer(intstr.FromInt32(int32(pick(r, asked))))
		case 2:
			port.Port = pointer(intstr.FromInt32(79 + int32(r.Intn(3))))
			port.EndPort = pointer(port.Port.IntVal + int32(r.Intn(400)))
		}
		ports = append(ports, port)
	}
	return ports
}

func (r chance) peers() []networkingv1.NetworkPolicyPeer {
	var peers []networkingv1.NetworkPolicyPeer
	for range r.Intn(3) {
		var peer networkingv1.NetworkPolicyPeer
		switch r.Intn(4) {
		case 0:
			block := pick(r, blocks)
			peer.IPBlock = &networkingv1.IPBlock{CIDR: block}
			if inner := exceptions[block]; len(inner) > 0 && r.one(2) {
				peer.IPBlock.Except = []string{pick(r, inner)}
			}
		case 1:
			peer.PodSelector = pointer(r.selector())
		case 2:
			peer.NamespaceSelector = pointer(r.selector())
		default:
			peer.PodSelector, peer.NamespaceSelector = pointer(r.selector()), pointer(r.selector())
		}
		peers = append(peers, peer)
	}
	return peers
}

func (r chance) policy(name, namespace string) *networkingv1.NetworkPolicy {
	policy := &networkingv1.NetworkPolicy{ObjectMeta: metav1.ObjectMeta{Name: name, Namespace: namespace}}
	policy.Spec.PodSelector = r.selector()
	both := []networkingv1.PolicyType{networkingv1.PolicyTypeIngress, networkingv1.PolicyTypeEgress}
	policy.Spec.PolicyTypes = [][]networkingv1.PolicyType{both[:1], both[1:], both}[r.Intn(3)]
	for range r.Intn(3) {
		policy.Spec.Ingress = append(policy.Spec.Ingress, networkingv1.NetworkPolicyIngressRule{Ports: r.ports(), From: r.peers()})
	}
	for range r.Intn(3) {
		policy.Spec.Egress = append(policy.Spec.Egress, networkingv1.NetworkPolicyEgressRule{Ports: r.ports(), To: r.peers()})
	}
	return policy
}

func (r chance) state() state {
	s := state{Namespaces: map[string]labels.Set{}}
	for _, namespace := range []string{"one", "two", "three"} {
		s.Namespaces[namespace] = r.labels()
		for range 3 {
			p := pod{Namespace: namespace, Labels: r.labels(), Address: netip.AddrFrom4([4]byte{10, 230, 0, byte(len(s.Pods) + 2)})}
			for i, name := range portNames { // at most one name for a number, as a pod can only mean one
				if r.one(2) {
					number := int32(asked[(i*2+r.Intn(2))%len(asked)])
					p.Ports = append(p.Ports, corev1.ContainerPort{Name: name, ContainerPort: number, Protocol: pick(r, protocols)})
				}
			}
			s.Pods = append(s.Pods, p)
		}
	}
	for i := range r.Intn(5) {
		s.Policies = append(s.Policies, r.policy(fmt.Sprintf("p%d", i), pick(r, []string{"one", "two", "three"})))
	}
	return s
}

func peerOf(s state, address netip.Addr) *matcher.TrafficPeer {
	peer := &matcher.TrafficPeer{IP: address.String()}
	for _, p := range s.Pods {
		if p.Address == address {
			peer.Internal = &matcher.InternalPeer{PodLabels: p.Labels, NamespaceLabels: s.Namespaces[p.Namespace], Namespace: p.Namespace}
		}
	}
	return peer
}

func nameOf(s state, address netip.Addr, protocol corev1.Protocol, port uint16) string {
	for _, p := range s.Pods {
		for _, own := range p.Ports {
			if p.Address == address && own.Protocol == protocol && own.ContainerPort == int32(port) {
				return own.Name
			}
		}
	}
	return ""
}

func TestVerdictsEqualThoseOfCyclonus(t *testing.T) {
	outside := []netip.Addr{netip.MustParseAddr("198.51.100.9"), netip.MustParseAddr("198.51.100.14"), netip.MustParseAddr("192.0.2.1")}
	questions, denied := 0, 0
	for seed := range sets {
		s := chance{rand.New(rand.NewSource(int64(seed)))}.state()
		rules, judge := compile(s), matcher.BuildNetworkPolicies(seed%2 == 0, s.Policies)
		addresses := append([]netip.Addr{}, outside...)
		for _, p := range s.Pods {
			addresses = append(addresses, p.Address)
		}
		for _, from := range addresses {
			for _, to := range addresses {
				if from == to {
					continue // a pod always reaches itself
				}
				for _, protocol := range protocols {
					for _, port := range asked {
						traffic := &matcher.Traffic{Source: peerOf(s, from), Destination: peerOf(s, to), ResolvedPort: int(port),
							ResolvedPortName: nameOf(s, to, protocol, port), Protocol: protocol}
						want := judge.IsTrafficAllowed(traffic).IsAllowed()
						got := isAllowed(rules, from, to, protocol, port)
						questions++
						if !want {
							denied++
						}
						if got != want {
							text, _ := yaml.Marshal(s.Policies)
							t.Fatalf("set %d: %s → %s %s %d (%q): ours says %v, cyclonus %v\n%+v\n%s", seed, from, to, protocol, port,
								traffic.ResolvedPortName, got, want, s.Pods, text)
						}
					}
				}
			}
		}
	}
	if denied < questions/20 || denied > questions*19/20 {
		t.Fatalf("%d of %d denied: the sets do not ask much", denied, questions)
	}
	t.Logf("%d questions about %d sets of policies, %d denied", questions, sets, denied)
}

func TestNotInSelectsPodsWithoutTheLabel(t *testing.T) {
	selector := metav1.LabelSelector{MatchExpressions: []metav1.LabelSelectorRequirement{
		{Key: "app", Operator: metav1.LabelSelectorOpNotIn, Values: []string{"a"}}}}
	if !selects(&selector, labels.Set{}) || !selects(&selector, labels.Set{"app": "b"}) || selects(&selector, labels.Set{"app": "a"}) {
		t.Fatal("NotIn is to match every pod that does not carry one of the values")
	}
}

// nft itself reads what we write. Only a check: nothing is loaded.
func TestTablesAreAccepted(t *testing.T) {
	if _, err := exec.LookPath("nft"); err != nil || os.Getuid() != 0 {
		t.Skip("nft needs root and is asked nothing here")
	}
	for seed := range 100 {
		s := chance{rand.New(rand.NewSource(int64(seed)))}.state()
		script := place{"pods", "10.210.0.1"}.table(compile(s))
		command := exec.Command("nft", "--check", "-f", "-")
		command.Stdin = strings.NewReader(script)
		if output, err := command.CombinedOutput(); err != nil {
			t.Fatalf("%v: %s\n%s", err, output, script)
		}
	}
}
