package main

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	lua "github.com/yuin/gopher-lua"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	luajson "layeh.com/gopher-json"
)

// What Argo CD 3.5 takes from a script (gitops-engine, pkg/health/health.go); anything else is Unknown.
var argoStatuses = map[string]bool{
	"Healthy": true, "Suspended": true, "Progressing": true, "Missing": true, "Degraded": true, "Unknown": true,
}

// argoHealth is what Argo CD 3.5 says (gitops-engine, pkg/health/health.go; util/lua/lua.go). Its own package is not used: it
// brings a thousand others along.
func argoHealth(object *unstructured.Unstructured, raw json.RawMessage, script string) verdict {
	if object.GetDeletionTimestamp() != nil {
		return verdict{Status: "Progressing", Message: "Pending deletion"}
	}
	said, err := runLua(raw, script)
	if err != nil {
		return verdict{Status: "Unknown", Error: err.Error()}
	}
	if !argoStatuses[said.Status] {
		return verdict{Status: "Unknown", Message: "Lua returned an invalid health status"}
	}
	return said
}

// Scripts of argocd-cm run without Lua's standard library (strings, files, …) unless useOpenLibs is set; of the package os
// Argo CD keeps a part, which a verdict that depends on the object alone does not need.
func runLua(raw json.RawMessage, script string) (verdict, error) {
	state := lua.NewState(lua.Options{SkipOpenLibs: true})
	defer state.Close()
	for _, library := range []struct {
		name string
		open lua.LGFunction
	}{{lua.LoadLibName, lua.OpenPackage}, {lua.BaseLibName, lua.OpenBase}, {lua.TabLibName, lua.OpenTable}} {
		call := lua.P{Fn: state.NewFunction(library.open), NRet: 0, Protect: true}
		if err := state.CallByParam(call, lua.LString(library.name)); err != nil {
			return verdict{}, err
		}
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	state.SetContext(ctx)
	var object any
	if err := json.Unmarshal(raw, &object); err != nil {
		return verdict{}, err
	}
	state.SetGlobal("obj", luajson.DecodeValue(state, object))
	if err := state.DoString(script); err != nil {
		return verdict{}, err
	}
	returned := state.Get(-1)
	if returned.Type() != lua.LTTable {
		return verdict{}, fmt.Errorf("expect table output from Lua script, not %s", returned.Type())
	}
	encoded, err := luajson.Encode(returned)
	if err != nil {
		return verdict{}, err
	}
	said := verdict{}
	err = json.Unmarshal(encoded, &said)
	return said, err
}
