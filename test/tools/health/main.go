// What Flux and Argo CD say of an object's health, each by its own library, without a cluster. Reads one JSON request a line
// on stdin and answers each with one line of JSON.
package main

import (
	"bufio"
	"encoding/json"
	"os"

	"github.com/fluxcd/cli-utils/pkg/kstatus/status"
	"github.com/fluxcd/pkg/apis/kustomize"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

type request struct {
	Object json.RawMessage `json:"object"`
	// Argo CD's health.lua.
	Lua string `json:"lua"`
	// One entry of a Flux Kustomization's spec.healthCheckExprs.
	Expressions kustomize.CustomHealthCheck `json:"expressions"`
}

type verdict struct {
	Status  string `json:"status,omitempty"`
	Message string `json:"message,omitempty"`
	Error   string `json:"error,omitempty"`
}

type answer struct {
	ArgoCD  verdict `json:"argoCd"`
	Flux    verdict `json:"flux"`
	Kstatus verdict `json:"kstatus"`
	Error   string  `json:"error,omitempty"`
}

func main() {
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, 64<<20)
	out := json.NewEncoder(os.Stdout)
	for lines.Scan() {
		if err := out.Encode(judge(lines.Bytes())); err != nil {
			os.Exit(1)
		}
	}
}

func judge(line []byte) answer {
	var asked request
	if err := json.Unmarshal(line, &asked); err != nil {
		return answer{Error: err.Error()}
	}
	object := &unstructured.Unstructured{}
	if err := object.UnmarshalJSON(asked.Object); err != nil {
		return answer{Error: err.Error()}
	}
	return answer{
		ArgoCD:  argoHealth(object, asked.Object, asked.Lua),
		Flux:    fluxHealth(object, asked.Expressions),
		Kstatus: kstatusHealth(object),
	}
}

func kstatusHealth(object *unstructured.Unstructured) verdict {
	result, err := status.Compute(object)
	if err != nil {
		return verdict{Error: err.Error()}
	}
	return verdict{Status: result.Status.String(), Message: result.Message}
}
