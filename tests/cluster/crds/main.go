// Asks Kubernetes' own code, offline, what an API server would say to our CRDs and to the samples beside them.
//
//	crds DIR    DIR holds *.yaml (the CRDs) and samples/{accept,reject,change}/*.yaml
//
// It does what the API server does on create and update: strict field names, defaults, schema, list types, CEL with
// its cost budgets. A sample in reject/ with the comment "# where: operator" is one that only our decoder refuses. One
// in change/ is an object before and after; its first line is "# accept" or "# reject: <part of the message>".
package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"k8s.io/apiextensions-apiserver/pkg/apis/apiextensions"
	v1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	crdvalidation "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/validation"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/cel"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/defaulting"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/listtype"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/pruning"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/validation"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/util/validation/field"
	celconfig "k8s.io/apiserver/pkg/apis/cel"
	"sigs.k8s.io/yaml"
)

type kind struct {
	structural *schema.Structural
	validator  validation.SchemaValidator
	rules      *cel.Validator
}

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: crds DIR")
		os.Exit(2)
	}
	failed, passed := 0, 0
	count := func(name, problem string) {
		if problem == "" {
			passed++
			return
		}
		failed++
		fmt.Printf("%s: %s\n", name, problem)
	}

	kinds := map[string]*kind{}
	for _, path := range matches(os.Args[1], "*.yaml") {
		name, k, problem := readCRD(path)
		count(path, problem)
		if k != nil {
			kinds[name] = k
		}
	}
	for _, path := range matches(os.Args[1], "samples/accept/*.yaml") {
		for _, problem := range judge(kinds, path) {
			if problem != "" {
				problem = "should be accepted: " + problem
			}
			count(path, problem)
		}
	}
	for _, path := range matches(os.Args[1], "samples/reject/*.yaml") {
		count(path, judgeReject(kinds, path))
	}
	for _, path := range matches(os.Args[1], "samples/change/*.yaml") {
		count(path, judgeChange(kinds, path))
	}
	fmt.Printf("%d passed, %d failed\n", passed, failed)
	if failed > 0 || passed == 0 {
		os.Exit(1)
	}
}

func matches(dir, pattern string) []string {
	paths, err := filepath.Glob(filepath.Join(dir, pattern))
	if err != nil {
		panic(err)
	}
	return paths
}

// What the API server says when the definition is created.
func readCRD(path string) (string, *kind, string) {
	content, err := os.ReadFile(path)
	if err != nil {
		return "", nil, err.Error()
	}
	var external v1.CustomResourceDefinition
	if err := yaml.UnmarshalStrict(content, &external); err != nil {
		return "", nil, err.Error()
	}
	v1.SetDefaults_CustomResourceDefinition(&external)
	v1.SetDefaults_CustomResourceDefinitionSpec(&external.Spec)
	var crd apiextensions.CustomResourceDefinition
	if err := v1.Convert_v1_CustomResourceDefinition_To_apiextensions_CustomResourceDefinition(&external, &crd, nil); err != nil {
		return "", nil, err.Error()
	}
	if errs := crdvalidation.ValidateCustomResourceDefinition(context.Background(), &crd); len(errs) > 0 {
		return "", nil, errs.ToAggregate().Error()
	}
	k, err := newKind(&external)
	if err != nil {
		return "", nil, err.Error()
	}
	return crd.Spec.Names.Kind, k, ""
}

func newKind(external *v1.CustomResourceDefinition) (*kind, error) {
	var props apiextensions.JSONSchemaProps
	err := v1.Convert_v1_JSONSchemaProps_To_apiextensions_JSONSchemaProps(external.Spec.Versions[0].Schema.OpenAPIV3Schema, &props, nil)
	if err != nil {
		return nil, err
	}
	structural, err := schema.NewStructural(&props)
	if err != nil {
		return nil, err
	}
	validator, _, err := validation.NewSchemaValidator(&props)
	if err != nil {
		return nil, err
	}
	return &kind{structural, validator, cel.NewValidator(structural, true, celconfig.PerCallLimit)}, nil
}

// Our objects in the file, as the API server would decode them.
func readObjects(path string) ([]map[string]interface{}, string, error) {
	content, err := os.ReadFile(path)
	if err != nil {
		return nil, "", err
	}
	var objects []map[string]interface{}
	for _, document := range bytes.Split(content, []byte("\n---\n")) {
		var object map[string]interface{}
		if err := yaml.UnmarshalStrict(document, &object); err != nil {
			return nil, "", err
		}
		if object["apiVersion"] == "weir.dev/v1alpha1" {
			objects = append(objects, normal(object))
		}
	}
	return objects, string(content), nil
}

// One verdict for each object of the file; "" is accepted.
func judge(kinds map[string]*kind, path string) []string {
	objects, _, err := readObjects(path)
	if err != nil {
		return []string{err.Error()}
	}
	var verdicts []string
	for _, object := range objects {
		verdicts = append(verdicts, judgeObject(kinds, object, nil))
	}
	return verdicts
}

func judgeChange(kinds map[string]*kind, path string) string {
	objects, content, err := readObjects(path)
	if err != nil {
		return err.Error()
	}
	if len(objects) != 2 {
		return "is not an object before and after"
	}
	if verdict := judgeObject(kinds, objects[0], nil); verdict != "" {
		return "before: " + verdict
	}
	verdict := judgeObject(kinds, objects[1], objects[0])
	reason, isReject := strings.CutPrefix(strings.SplitN(content, "\n", 2)[0], "# reject: ")
	switch {
	case isReject && !strings.Contains(verdict, reason):
		return fmt.Sprintf("should be rejected for %q, got %q", reason, verdict)
	case !isReject && verdict != "":
		return "should be accepted: " + verdict
	}
	return ""
}

// The API server reads integers as int64, the YAML package as float64.
func normal(object map[string]interface{}) map[string]interface{} {
	u := unstructured.Unstructured{}
	encoded, err := yaml.Marshal(object)
	if err != nil {
		panic(err)
	}
	encoded, err = yaml.YAMLToJSON(encoded)
	if err != nil {
		panic(err)
	}
	if err := u.UnmarshalJSON(encoded); err != nil {
		return object
	}
	return u.Object
}

// old is nil on create.
func judgeObject(kinds map[string]*kind, object, old map[string]interface{}) string {
	name, _ := object["kind"].(string)
	k := kinds[name]
	if k == nil {
		return fmt.Sprintf("no kind %q", name)
	}
	unknown := pruning.PruneWithOptions(object, k.structural, true, schema.UnknownFieldPathOptions{TrackUnknownFieldPaths: true})
	if len(unknown) > 0 {
		return "unknown field " + strings.Join(unknown, ", ")
	}
	defaulting.PruneNonNullableNullsWithoutDefaults(object, k.structural)
	defaulting.Default(object, k.structural)

	errs := validation.ValidateCustomResource(nil, object, k.validator)
	var oldObject interface{}
	if old != nil {
		oldObject = old
		errs = validation.ValidateCustomResourceUpdate(nil, object, old, k.validator)
	}
	if name, _, _ := unstructured.NestedString(object, "metadata", "name"); name == "" {
		errs = append(errs, field.Required(field.NewPath("metadata", "name"), "the API server asks for one")) // apimachinery's ValidateObjectMeta
	}
	errs = append(errs, listtype.ValidateListSetsAndMaps(nil, k.structural, object)...)
	fromRules, _ := k.rules.Validate(context.Background(), nil, k.structural, object, oldObject, celconfig.RuntimeCELCostBudget)
	errs = append(errs, fromRules...)
	if len(errs) > 0 {
		return errs.ToAggregate().Error()
	}
	return ""
}

func judgeReject(kinds map[string]*kind, path string) string {
	content, err := os.ReadFile(path)
	if err != nil {
		return err.Error()
	}
	isOperators := bytes.Contains(content, []byte("\n# where: operator"))
	verdict := strings.Join(judge(kinds, path), "")
	switch {
	case isOperators && verdict != "":
		return "is marked \"where: operator\", but an API server refuses it: " + verdict
	case !isOperators && verdict == "":
		return "should be rejected"
	}
	return ""
}
