// What Argo CD and Flux make of our objects, asked of their own libraries: kstatus decides when Flux and Helm go on, the Lua
// script when Argo CD does, and Argo's diff whether a second apply of the same file would be shown as a change.
package gitops

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/argoproj/gitops-engine/pkg/diff"
	"github.com/fluxcd/cli-utils/pkg/kstatus/status"
	lua "github.com/yuin/gopher-lua"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	utiljson "k8s.io/apimachinery/pkg/util/json"
	"sigs.k8s.io/yaml"
)

const root = "../../.."

// A state of an object and what each tool must call it.
type state struct {
	File   string                 `json:"-"`
	Flux   string                 `json:"kstatus"`
	Argo   string                 `json:"argo"`
	Object map[string]interface{} `json:"object"`
}

func states(t *testing.T) []state {
	files, err := filepath.Glob("states/*.yaml")
	if err != nil || len(files) == 0 {
		t.Fatalf("no states: %v", err)
	}
	all := []state{}
	for _, file := range files {
		one := state{File: filepath.Base(file)}
		read(t, file, &one)
		one.Object = whole(t, one.Object)
		all = append(all, one)
	}
	return all
}

func read(t *testing.T, file string, into interface{}) {
	t.Helper()
	text, err := os.ReadFile(file)
	if err == nil {
		err = yaml.Unmarshal(text, into)
	}
	if err != nil {
		t.Fatalf("%s: %v", file, err)
	}
}

// Numbers as the API server's clients have them: int64 where they are whole.
func whole(t *testing.T, object map[string]interface{}) map[string]interface{} {
	t.Helper()
	text, err := json.Marshal(object)
	if err == nil {
		object = map[string]interface{}{}
		err = utiljson.Unmarshal(text, &object)
	}
	if err != nil {
		t.Fatal(err)
	}
	return object
}

func TestFluxReadsEachState(t *testing.T) {
	for _, one := range states(t) {
		result, err := status.Compute(&unstructured.Unstructured{Object: one.Object})
		if err != nil {
			t.Errorf("%s: %v", one.File, err)
		} else if result.Status.String() != one.Flux {
			t.Errorf("%s: kstatus says %s (%s), it should say %s", one.File, result.Status, result.Message, one.Flux)
		}
	}
}

func TestArgoReadsEachState(t *testing.T) {
	script, err := os.ReadFile(root + "/examples/gitops/argocd/health.lua")
	if err != nil {
		t.Fatal(err)
	}
	for _, one := range states(t) {
		if said := argoHealth(t, string(script), one.Object); said != one.Argo {
			t.Errorf("%s: the script says %s, it should say %s", one.File, said, one.Argo)
		}
	}
}

// As Argo CD runs scripts: the object is the global obj, no libraries but string and table.
func argoHealth(t *testing.T, script string, object map[string]interface{}) string {
	t.Helper()
	machine := lua.NewState(lua.Options{SkipOpenLibs: true})
	defer machine.Close()
	for name, open := range map[string]lua.LGFunction{"": lua.OpenBase, lua.TabLibName: lua.OpenTable, lua.StringLibName: lua.OpenString} {
		machine.Push(machine.NewFunction(open))
		machine.Push(lua.LString(name))
		machine.Call(1, 0)
	}
	machine.SetGlobal("obj", toLua(machine, object))
	if err := machine.DoString(script); err != nil {
		t.Fatalf("the script failed: %v", err)
	}
	answer, ok := machine.Get(-1).(*lua.LTable)
	if !ok {
		t.Fatalf("the script returned %s", machine.Get(-1).Type())
	}
	return answer.RawGetString("status").String()
}

func toLua(machine *lua.LState, value interface{}) lua.LValue {
	switch value := value.(type) {
	case map[string]interface{}:
		table := machine.NewTable()
		for key, item := range value {
			table.RawSetString(key, toLua(machine, item))
		}
		return table
	case []interface{}:
		table := machine.NewTable()
		for _, item := range value {
			table.Append(toLua(machine, item))
		}
		return table
	case string:
		return lua.LString(value)
	case bool:
		return lua.LBool(value)
	case float64:
		return lua.LNumber(value)
	case int64:
		return lua.LNumber(value)
	}
	return lua.LNil
}

func TestTheConfigMapCarriesTheScript(t *testing.T) {
	script, err := os.ReadFile(root + "/examples/gitops/argocd/health.lua")
	if err != nil {
		t.Fatal(err)
	}
	patch := struct {
		Data map[string]string `json:"data"`
	}{}
	read(t, root+"/examples/gitops/argocd/argocd-cm.yaml", &patch)
	for _, kind := range []string{"Workspace", "ModelPolicy", "Deployment"} {
		if patch.Data["resource.customizations.health.weir.dev_"+kind] != string(script) {
			t.Errorf("argocd-cm.yaml has another script for %s than health.lua", kind)
		}
	}
}

// The CRDs' defaults must not look like drift to Argo: each object as it stands in Git against what the real API server made of it.
// tests/cluster/test_gitops.py applies them and names the folder.
func TestArgoSeesNoDriftInWhatTheServerDefaulted(t *testing.T) {
	folder := os.Getenv("WEIR_APPLIED")
	if folder == "" {
		t.Skip("WEIR_APPLIED is not set: this part is run by make test-cluster")
	}
	files, _ := filepath.Glob(filepath.Join(folder, "*.yaml"))
	if len(files) == 0 {
		t.Fatalf("%s holds no objects", folder)
	}
	for _, file := range files {
		pair := struct {
			Wanted map[string]interface{} `json:"wanted"`
			Live   map[string]interface{} `json:"live"`
		}{}
		read(t, file, &pair)
		wanted, live := &unstructured.Unstructured{Object: whole(t, pair.Wanted)}, &unstructured.Unstructured{Object: whole(t, pair.Live)}
		result, err := diff.Diff(wanted, live, diff.WithNormalizer(diff.GetNoopNormalizer()))
		if err != nil {
			t.Errorf("%s: %v", file, err)
		} else if result.Modified {
			t.Errorf("%s: Argo would show a change:\n%s\n%s", file, result.NormalizedLive, result.PredictedLive)
		}
	}
}
