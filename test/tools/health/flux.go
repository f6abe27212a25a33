package main

import (
	"context"

	"github.com/fluxcd/pkg/apis/kustomize"
	"github.com/fluxcd/pkg/runtime/cel"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// fluxHealth is what kustomize-controller's reader for healthCheckExprs says, errors included: it goes on waiting on those.
func fluxHealth(object *unstructured.Unstructured, expressions kustomize.CustomHealthCheck) verdict {
	reader, err := cel.NewStatusReader([]kustomize.CustomHealthCheck{expressions})
	if err != nil {
		return verdict{Error: err.Error()}
	}
	result, err := reader(nil).ReadStatusForObject(context.Background(), nil, object)
	if err != nil {
		return verdict{Error: err.Error()}
	}
	said := verdict{Status: result.Status.String(), Message: result.Message}
	if result.Error != nil {
		said.Error = result.Error.Error()
	}
	return said
}
