package main

import (
	"fmt"
	"net/netip"
	"os/exec"
	"strings"

	corev1 "k8s.io/api/core/v1"
)

// Where the table stands: the pods' bridge and the addresses of the machine that runs the node, which counts as the node.
type place struct {
	Bridge string
	Host   string
}

// One nftables script that replaces our table as a whole, so that there is no moment between two sets of rules.
// Traffic to a Service is seen after its address was replaced by a pod's; answers are let through by connection.
func (at place) table(all []podRules) string {
	var chains strings.Builder
	var self []string
	names := map[string]string{} // a chain's rules → its name: pods that may do the same share a chain
	ingress := elements(all, names, &chains, "saddr", func(p podRules) ([]rule, bool) { return p.Ingress, p.IsolatesIngress })
	egress := elements(all, names, &chains, "daddr", func(p podRules) ([]rule, bool) { return p.Egress, p.IsolatesEgress })
	for _, p := range all {
		if p.IsolatesIngress || p.IsolatesEgress {
			self = append(self, fmt.Sprintf("%s . %s", p.Address, p.Address))
		}
	}
	var out strings.Builder
	fmt.Fprintf(&out, "add table inet weir_policy\ndelete table inet weir_policy\ntable inet weir_policy {\n")
	out.WriteString(chains.String())
	fmt.Fprintf(&out, "  map sends { type ipv4_addr : verdict\n%s  }\n", listed(egress))
	fmt.Fprintf(&out, "  map receives { type ipv4_addr : verdict\n%s  }\n", listed(ingress))
	fmt.Fprintf(&out, "  set self { type ipv4_addr . ipv4_addr\n%s  }\n", listed(self))
	fmt.Fprintf(&out, `  chain forward { type filter hook forward priority 10; policy accept;
    ct state established,related accept
    iifname "%[1]s" meta nfproto ipv6 drop
    oifname "%[1]s" meta nfproto ipv6 drop
    ip saddr %[2]s accept
    ip daddr %[2]s accept
    ip saddr . ip daddr @self accept
    ip saddr vmap @sends
    ip daddr vmap @receives
  }
  chain input { type filter hook input priority 10; policy accept;
    ct state established,related accept
    iifname "%[1]s" ip saddr vmap @sends
  }
}
`, at.Bridge, at.Host)
	return out.String()
}

func elements(all []podRules, names map[string]string, chains *strings.Builder, peer string,
	direction func(podRules) ([]rule, bool)) []string {
	var out []string
	for _, p := range all {
		rules, isolates := direction(p)
		if !isolates {
			continue
		}
		var body strings.Builder
		for _, r := range rules {
			writeRule(&body, r, peer)
		}
		body.WriteString("    drop\n")
		key := peer + body.String()
		if names[key] == "" {
			names[key] = fmt.Sprintf("rules_%d", len(names)+1)
			fmt.Fprintf(chains, "  chain %s {\n%s  }\n", names[key], body.String())
		}
		out = append(out, fmt.Sprintf("%s : jump %s", p.Address, names[key]))
	}
	return out
}

func listed(texts []string) string {
	if len(texts) == 0 {
		return ""
	}
	return "    elements = { " + strings.Join(texts, ",\n      ") + " }\n"
}

func writeRule(out *strings.Builder, r rule, peer string) {
	match := ""
	switch {
	case r.AnyPeer:
	case r.Block.IsValid():
		match = fmt.Sprintf("ip %s %s ", peer, r.Block)
		for _, inner := range r.Except {
			match += fmt.Sprintf("ip %s != %s ", peer, inner)
		}
	default:
		match = fmt.Sprintf("ip %s { %s } ", peer, join(r.Addresses))
	}
	if r.AnyPort {
		fmt.Fprintf(out, "    %sreturn\n", match)
	}
	for _, port := range r.Ports {
		fmt.Fprintf(out, "    %smeta l4proto %s %s dport %d-%d return\n", match, nftName(port.Protocol), nftName(port.Protocol), port.From, port.To)
	}
}

func nftName(protocol corev1.Protocol) string { return strings.ToLower(string(protocol)) }

func join(addresses []netip.Addr) string {
	texts := make([]string, len(addresses))
	for i, address := range addresses {
		texts[i] = address.String()
	}
	return strings.Join(texts, ", ")
}

func load(script string) error {
	command := exec.Command("nft", "-f", "-")
	command.Stdin = strings.NewReader(script)
	if output, err := command.CombinedOutput(); err != nil {
		return fmt.Errorf("nft: %w: %s", err, output)
	}
	return nil
}
