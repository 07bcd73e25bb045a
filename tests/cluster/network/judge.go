package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/netip"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	"k8s.io/apimachinery/pkg/labels"
)

// Answers questions about objects that a test hands over, by the same rules that the table is written from.
func judge(in io.Reader, out io.Writer) error {
	var given struct {
		Pods       []*corev1.Pod                 `json:"pods"`
		Namespaces []*corev1.Namespace           `json:"namespaces"`
		Policies   []*networkingv1.NetworkPolicy `json:"policies"`
		Questions  []struct {
			From     netip.Addr      `json:"from"`
			To       netip.Addr      `json:"to"`
			Protocol corev1.Protocol `json:"protocol"`
			Port     uint16          `json:"port"`
		} `json:"questions"`
	}
	if err := json.NewDecoder(in).Decode(&given); err != nil {
		return err
	}
	s := state{Namespaces: map[string]labels.Set{}, Policies: given.Policies}
	for _, namespace := range given.Namespaces {
		s.Namespaces[namespace.Name] = namespace.Labels
	}
	for _, p := range given.Pods {
		if address, err := netip.ParseAddr(p.Status.PodIP); err == nil && !p.Spec.HostNetwork {
			s.Pods = append(s.Pods, pod{p.Namespace, p.Labels, address, portsOf(p)})
		}
	}
	rules := compile(s)
	for _, question := range given.Questions {
		if _, err := fmt.Fprintln(out, isAllowed(rules, question.From, question.To, question.Protocol, question.Port)); err != nil {
			return err
		}
	}
	return nil
}
