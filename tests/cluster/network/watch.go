package main

import (
	"context"
	"fmt"
	"log"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"time"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	listers "k8s.io/client-go/listers/core/v1"
	policylisters "k8s.io/client-go/listers/networking/v1"
	"k8s.io/client-go/tools/cache"
	"k8s.io/client-go/tools/clientcmd"
)

// Changes that come together are written together; far below the 200 ms that a change may take.
const gatherFor = 10 * time.Millisecond

// Keeps the kernel's table equal to what the API server says.
type enforcer struct {
	at         place
	pods       listers.PodLister
	namespaces listers.NamespaceLister
	policies   policylisters.NetworkPolicyLister
	changed    chan struct{}

	mutex    sync.Mutex            // guards what follows
	starting map[string]netip.Addr // "namespace/name" of pods whose address the API server does not know yet
	rounds   uint64                // tables loaded so far
	loaded   *sync.Cond
	current  string
}

func newEnforcer(kubeconfig string, at place) (*enforcer, error) {
	config, err := clientcmd.BuildConfigFromFlags("", kubeconfig)
	if err != nil {
		return nil, err
	}
	client, err := kubernetes.NewForConfig(config)
	if err != nil {
		return nil, err
	}
	factory := informers.NewSharedInformerFactory(client, 0)
	e := &enforcer{
		at:         at,
		pods:       factory.Core().V1().Pods().Lister(),
		namespaces: factory.Core().V1().Namespaces().Lister(),
		policies:   factory.Networking().V1().NetworkPolicies().Lister(),
		changed:    make(chan struct{}, 1),
		starting:   map[string]netip.Addr{},
	}
	e.loaded = sync.NewCond(&e.mutex)
	wake := cache.ResourceEventHandlerFuncs{
		AddFunc:    func(any) { e.wake() },
		UpdateFunc: func(any, any) { e.wake() },
		DeleteFunc: func(any) { e.wake() },
	}
	for _, informer := range []cache.SharedIndexInformer{factory.Core().V1().Pods().Informer(),
		factory.Core().V1().Namespaces().Informer(), factory.Networking().V1().NetworkPolicies().Informer()} {
		if _, err := informer.AddEventHandler(wake); err != nil {
			return nil, err
		}
	}
	factory.Start(context.Background().Done())
	for kind, ok := range factory.WaitForCacheSync(context.Background().Done()) {
		if !ok {
			return nil, fmt.Errorf("%v could not be listed", kind)
		}
	}
	return e, nil
}

func (e *enforcer) wake() {
	select {
	case e.changed <- struct{}{}:
	default:
	}
}

func (e *enforcer) run() {
	e.wake()
	for range e.changed {
		time.Sleep(gatherFor)
		select {
		case <-e.changed:
		default:
		}
		e.round()
	}
}

func (e *enforcer) round() {
	now, err := e.state()
	if err != nil {
		log.Print(err)
		return
	}
	script := e.at.table(compile(now))
	if script != e.current {
		if err := load(script); err != nil {
			log.Print(err)
			time.AfterFunc(time.Second, e.wake)
			return
		}
		e.current = script
		log.Printf("%d pods, %d policies", len(now.Pods), len(now.Policies))
	}
	e.mutex.Lock()
	e.rounds++
	e.loaded.Broadcast()
	e.mutex.Unlock()
}

func (e *enforcer) state() (state, error) {
	s := state{Namespaces: map[string]labels.Set{}}
	namespaces, err := e.namespaces.List(labels.Everything())
	if err != nil {
		return s, err
	}
	for _, namespace := range namespaces {
		s.Namespaces[namespace.Name] = namespace.Labels
	}
	pods, err := e.pods.List(labels.Everything())
	if err != nil {
		return s, err
	}
	slices.SortFunc(pods, func(a, b *corev1.Pod) int { // newest first
		return b.CreationTimestamp.Compare(a.CreationTimestamp.Time)
	})
	for _, p := range pods {
		if address := e.addressOf(p); address.IsValid() {
			s.Pods = append(s.Pods, pod{p.Namespace, p.Labels, address, portsOf(p)})
		}
	}
	// A pod that is going may already have given its address to a new one.
	slices.SortStableFunc(s.Pods, func(a, b pod) int { return a.Address.Compare(b.Address) })
	s.Pods = slices.CompactFunc(s.Pods, func(a, b pod) bool { return a.Address == b.Address })
	s.Policies, err = e.policies.List(labels.Everything())
	slices.SortFunc(s.Policies, func(a, b *networkingv1.NetworkPolicy) int {
		return strings.Compare(a.Namespace+"/"+a.Name, b.Namespace+"/"+b.Name)
	})
	return s, err
}

// A pod of the node's own network is the node; one that has ended has given its address back.
func (e *enforcer) addressOf(p *corev1.Pod) netip.Addr {
	key := p.Namespace + "/" + p.Name
	e.mutex.Lock()
	defer e.mutex.Unlock()
	if p.Spec.HostNetwork || p.Status.Phase == corev1.PodSucceeded || p.Status.Phase == corev1.PodFailed {
		delete(e.starting, key)
		return netip.Addr{}
	}
	if early, ok := e.starting[key]; ok && p.Status.PodIP != early.String() {
		return early
	}
	delete(e.starting, key)
	address, err := netip.ParseAddr(p.Status.PodIP)
	if err != nil || !address.Is4() {
		return netip.Addr{}
	}
	return address
}

// Tells of a pod that is about to start with this address; returns once the kernel's table knows it.
func (e *enforcer) announce(namespace, name string, address netip.Addr) error {
	for end := time.Now().Add(5 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		if _, err := e.pods.Pods(namespace).Get(name); err == nil {
			break
		} else if time.Now().After(end) {
			return err
		}
	}
	e.mutex.Lock()
	defer e.mutex.Unlock()
	e.starting[namespace+"/"+name] = address
	target := e.rounds + 2 // the round that goes on now may have begun before
	for e.rounds < target {
		e.wake()
		e.loaded.Wait()
	}
	return nil
}

func portsOf(p *corev1.Pod) []corev1.ContainerPort {
	var ports []corev1.ContainerPort
	for _, container := range p.Spec.Containers {
		ports = append(ports, container.Ports...)
	}
	for _, container := range p.Spec.InitContainers { // sidecars
		ports = append(ports, container.Ports...)
	}
	return ports
}
