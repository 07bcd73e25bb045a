// Enforces NetworkPolicies on the test cluster's one node: watches pods, namespaces and policies, and keeps an nftables
// table on the pods' bridge. As a CNI plugin (CNI_COMMAND is set) it holds a pod back until that table knows it.
// For tests only: one node, IPv4, one table written as a whole.
package main

import (
	"encoding/json"
	"flag"
	"log"
	"net"
	"os"
)

func main() {
	if command := os.Getenv("CNI_COMMAND"); command != "" {
		if err := runPlugin(command); err != nil {
			_ = json.NewEncoder(os.Stdout).Encode(map[string]any{"cniVersion": "1.0.0", "code": 11, "msg": err.Error()})
			os.Exit(1)
		}
		return
	}
	kubeconfig := flag.String("kubeconfig", "", "how to reach the API server")
	bridge := flag.String("bridge", "pods", "the bridge that pods are connected to")
	host := flag.String("host", "", "the machine's own address, which counts as the node")
	socket := flag.String("socket", "", "where the CNI plugin asks")
	judges := flag.Bool("judge", false, "read objects and questions, print verdicts, and end")
	flag.Parse()
	if *judges {
		if err := judge(os.Stdin, os.Stdout); err != nil {
			log.Fatal(err)
		}
		return
	}
	e, err := newEnforcer(*kubeconfig, place{*bridge, *host})
	if err != nil {
		log.Fatal(err)
	}
	_ = os.Remove(*socket)
	listener, err := net.Listen("unix", *socket)
	if err != nil {
		log.Fatal(err)
	}
	go serve(listener, e)
	log.Print("watching")
	e.run()
}
