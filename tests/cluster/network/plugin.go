package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"strings"
	"time"
)

// The last CNI plugin of the chain: a pod starts only once its policies are enforced, as Kubernetes demands. It asks the
// running enforcer over a unix socket that the plugin's configuration names.
func runPlugin(command string) error {
	if command == "VERSION" {
		_, err := fmt.Println(`{"cniVersion":"1.0.0","supportedVersions":["0.3.1","0.4.0","1.0.0"]}`)
		return err
	}
	if command != "ADD" {
		return nil
	}
	var config struct {
		Socket     string          `json:"socket"`
		PrevResult json.RawMessage `json:"prevResult"`
	}
	var result struct {
		IPs []struct {
			Address netip.Prefix `json:"address"`
		} `json:"ips"`
	}
	input, err := io.ReadAll(io.LimitReader(os.Stdin, 1<<20))
	if err != nil {
		return err
	}
	if err := json.Unmarshal(input, &config); err != nil {
		return err
	}
	if err := json.Unmarshal(config.PrevResult, &result); err != nil {
		return err
	}
	if len(result.IPs) == 0 {
		return errors.New("the plugin before gave the pod no address")
	}
	arguments := map[string]string{}
	for _, pair := range strings.Split(os.Getenv("CNI_ARGS"), ";") {
		key, value, _ := strings.Cut(pair, "=")
		arguments[key] = value
	}
	if err := ask(config.Socket, arguments["K8S_POD_NAMESPACE"], arguments["K8S_POD_NAME"], result.IPs[0].Address.Addr()); err != nil {
		return err
	}
	_, err = os.Stdout.Write(config.PrevResult)
	return err
}

func ask(socket, namespace, name string, address netip.Addr) error {
	connection, err := net.Dial("unix", socket)
	for end := time.Now().Add(5 * time.Second); err != nil && time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		connection, err = net.Dial("unix", socket) // it listens once it has read the cluster's objects
	}
	if err != nil {
		return err
	}
	defer connection.Close()
	if err := connection.SetDeadline(time.Now().Add(10 * time.Second)); err != nil {
		return err
	}
	if _, err := fmt.Fprintf(connection, "%s %s %s\n", namespace, name, address); err != nil {
		return err
	}
	answer, err := io.ReadAll(connection)
	if err != nil || string(answer) != "ok" {
		return fmt.Errorf("the enforcer of NetworkPolicies does not know the pod yet (%q, %v)", answer, err)
	}
	return nil
}

func serve(listener net.Listener, e *enforcer) {
	for {
		connection, err := listener.Accept()
		if err != nil {
			continue
		}
		go func() {
			defer connection.Close()
			var namespace, name, text string
			if _, err := fmt.Fscanln(connection, &namespace, &name, &text); err != nil {
				return
			}
			address, err := netip.ParseAddr(text)
			if err == nil {
				err = e.announce(namespace, name, address)
			}
			if err != nil {
				fmt.Fprint(connection, err)
				return
			}
			fmt.Fprint(connection, "ok")
		}()
	}
}
