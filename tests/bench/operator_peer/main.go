// The peer of make bench-operator: what a careful Go team would write with controller-runtime for the same job's smallest part. It
// watches our three kinds and their pods, and keeps each object's status as our operator does: observedGeneration and Ready. Nothing
// else: it makes no namespaces and no gateways, so it does less than ours, never more.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"time"

	"go.uber.org/zap/zapcore"
	corev1 "k8s.io/api/core/v1"
	apiextensions "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/cache"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller"
	"sigs.k8s.io/controller-runtime/pkg/log"
	"sigs.k8s.io/controller-runtime/pkg/log/zap"
	"sigs.k8s.io/controller-runtime/pkg/metrics/server"
)

// One Go type serves the three kinds: the spec stays the JSON it came as, which is the leanest that controller-runtime's typed
// cache can keep.
type Status struct {
	ObservedGeneration int64              `json:"observedGeneration,omitempty"`
	Conditions         []metav1.Condition `json:"conditions,omitempty"`
}

type Object struct {
	metav1.TypeMeta   `json:",inline"`
	metav1.ObjectMeta `json:"metadata,omitempty"`
	Spec              apiextensions.JSON `json:"spec,omitempty"`
	Status            Status             `json:"status,omitempty"`
}

type (
	Workspace   struct{ Object }
	ModelPolicy struct{ Object }
	Deployment  struct{ Object }
)

func (from *Object) copyInto(to *Object) {
	to.TypeMeta = from.TypeMeta
	from.ObjectMeta.DeepCopyInto(&to.ObjectMeta)
	from.Spec.DeepCopyInto(&to.Spec)
	to.Status.ObservedGeneration = from.Status.ObservedGeneration
	to.Status.Conditions = append([]metav1.Condition(nil), from.Status.Conditions...)
}

func (o *Workspace) DeepCopyObject() runtime.Object {
	c := &Workspace{}
	o.copyInto(&c.Object)
	return c
}
func (o *ModelPolicy) DeepCopyObject() runtime.Object {
	c := &ModelPolicy{}
	o.copyInto(&c.Object)
	return c
}
func (o *Deployment) DeepCopyObject() runtime.Object {
	c := &Deployment{}
	o.copyInto(&c.Object)
	return c
}

func list[T any, P interface {
	*T
	DeepCopyObject() runtime.Object
}](items []T) []T {
	copied := make([]T, len(items))
	for i := range items {
		copied[i] = *any(P(&items[i]).DeepCopyObject()).(*T)
	}
	return copied
}

type WorkspaceList struct {
	metav1.TypeMeta `json:",inline"`
	metav1.ListMeta `json:"metadata,omitempty"`
	Items           []Workspace `json:"items"`
}
type ModelPolicyList struct {
	metav1.TypeMeta `json:",inline"`
	metav1.ListMeta `json:"metadata,omitempty"`
	Items           []ModelPolicy `json:"items"`
}
type DeploymentList struct {
	metav1.TypeMeta `json:",inline"`
	metav1.ListMeta `json:"metadata,omitempty"`
	Items           []Deployment `json:"items"`
}

func (l *WorkspaceList) DeepCopyObject() runtime.Object {
	return &WorkspaceList{l.TypeMeta, *l.ListMeta.DeepCopy(), list(l.Items)}
}
func (l *ModelPolicyList) DeepCopyObject() runtime.Object {
	return &ModelPolicyList{l.TypeMeta, *l.ListMeta.DeepCopy(), list(l.Items)}
}
func (l *DeploymentList) DeepCopyObject() runtime.Object {
	return &DeploymentList{l.TypeMeta, *l.ListMeta.DeepCopy(), list(l.Items)}
}

type reconciler struct {
	client.Client
	make func() (client.Object, *Object)
}

func (r *reconciler) Reconcile(ctx context.Context, request ctrl.Request) (ctrl.Result, error) {
	object, inner := r.make()
	if err := r.Get(ctx, request.NamespacedName, object); err != nil {
		return ctrl.Result{}, client.IgnoreNotFound(err)
	}
	before := object.DeepCopyObject().(client.Object)
	changed := inner.Status.ObservedGeneration != inner.Generation
	inner.Status.ObservedGeneration = inner.Generation
	changed = meta.SetStatusCondition(&inner.Status.Conditions, metav1.Condition{
		Type: "Ready", Status: metav1.ConditionTrue, Reason: "Observed", Message: "seen", ObservedGeneration: inner.Generation,
	}) || changed
	if !changed {
		return ctrl.Result{}, nil
	}
	return ctrl.Result{}, r.Status().Patch(ctx, object, client.MergeFrom(before))
}

func run() error {
	metrics := flag.String("metrics", "127.0.0.1:0", "address of /metrics")
	workers := flag.Int("workers", 4, "concurrent reconciles of each kind")
	elect := flag.Bool("leader-elect", false, "take part in a leader election")
	flag.Parse()
	ctrl.SetLogger(zap.New(zap.UseDevMode(false), zap.Level(zapError{})))
	scheme := runtime.NewScheme()
	group := schema.GroupVersion{Group: "weir.dev", Version: "v1alpha1"}
	scheme.AddKnownTypes(group, &Workspace{}, &WorkspaceList{}, &ModelPolicy{}, &ModelPolicyList{}, &Deployment{}, &DeploymentList{})
	metav1.AddToGroupVersion(scheme, group)
	if err := corev1.AddToScheme(scheme); err != nil {
		return err
	}
	config := ctrl.GetConfigOrDie()
	config.QPS, config.Burst = 1000, 2000 // its default of 20 a second would be what is measured
	duration := 30 * time.Second
	manager, err := ctrl.NewManager(config, ctrl.Options{
		Scheme:         scheme,
		Metrics:        server.Options{BindAddress: *metrics},
		Cache:          cache.Options{DefaultTransform: cache.TransformStripManagedFields(), SyncPeriod: nil},
		LeaderElection: *elect, LeaderElectionID: "operator-peer", LeaderElectionNamespace: "weir-system", GracefulShutdownTimeout: &duration,
	})
	if err != nil {
		return err
	}
	kinds := map[string]func() (client.Object, *Object){
		"workspace":   func() (client.Object, *Object) { o := &Workspace{}; return o, &o.Object },
		"modelpolicy": func() (client.Object, *Object) { o := &ModelPolicy{}; return o, &o.Object },
		"deployment":  func() (client.Object, *Object) { o := &Deployment{}; return o, &o.Object },
	}
	for name, make := range kinds {
		object, _ := make()
		built := ctrl.NewControllerManagedBy(manager).Named(name).For(object).WithOptions(controller.Options{MaxConcurrentReconciles: *workers})
		if err := built.Complete(&reconciler{manager.GetClient(), make}); err != nil {
			return err
		}
	}
	if _, err := manager.GetCache().GetInformer(context.Background(), &corev1.Pod{}); err != nil {
		return err
	}
	ctx := ctrl.SetupSignalHandler()
	started := time.Now()
	go func() {
		if manager.GetCache().WaitForCacheSync(ctx) {
			fmt.Printf("{\"event\":\"synced\",\"ms\":%d}\n", time.Since(started).Milliseconds())
		}
	}()
	return manager.Start(ctx)
}

type zapError struct{}

type zapLevel = zapcore.Level

func (zapError) Enabled(level zapLevel) bool { return level >= 2 }

func main() {
	if err := run(); err != nil {
		log.Log.Error(err, "stopped")
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
