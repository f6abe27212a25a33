// What Argo CD does to objects of git, without the controller: its diff in each of the four modes a user can choose, and its
// apply in each of three, by its own library. Reads one JSON request a line on stdin and answers each with one line of JSON.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"

	"github.com/argoproj/argo-cd/gitops-engine/pkg/diff"
	"github.com/argoproj/argo-cd/gitops-engine/pkg/utils/kube"
	"github.com/argoproj/argo-cd/gitops-engine/pkg/utils/tracing"
	"github.com/go-logr/logr"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/util/managedfields"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
	cmdutil "k8s.io/kubectl/pkg/cmd/util"
)

// Argo CD's field manager (common.ArgoCDSSAManager).
const manager = "argocd-controller"

type request struct {
	Verb   string                     `json:"verb"`
	Object *unstructured.Unstructured `json:"object"`
	// Of apply: client-side, server-side or replace. Of diff: legacy, structured-merge, server-side or
	// server-side-with-webhooks.
	Mode string `json:"mode"`
}

type answer struct {
	// Whether Argo CD would call the object OutOfSync.
	Modified  bool            `json:"modified"`
	Predicted json.RawMessage `json:"predicted,omitempty"`
	Live      json.RawMessage `json:"live,omitempty"`
	Output    string          `json:"output,omitempty"`
	Error     string          `json:"error,omitempty"`
}

type engine struct {
	config    *rest.Config
	kubectl   *kube.KubectlCmd
	resources kube.ResourceOperations
	dryRunner diff.ServerSideDryRunner
	// Loaded with the first diff that needs it, when the definitions are there.
	parser *managedfields.GvkParser
}

func main() {
	kubeconfig := flag.String("kubeconfig", "", "the cluster")
	flag.Parse()
	engine, cleanup, err := newEngine(*kubeconfig)
	if err != nil {
		fmt.Fprintln(os.Stderr, "argo-cd:", err)
		os.Exit(1)
	}
	defer cleanup()
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, 64<<20)
	out := json.NewEncoder(os.Stdout)
	for lines.Scan() {
		if err := out.Encode(engine.handle(lines.Bytes())); err != nil {
			return
		}
	}
}

func newEngine(kubeconfig string) (*engine, func(), error) {
	config, err := clientcmd.BuildConfigFromFlags("", kubeconfig)
	if err != nil {
		return nil, nil, err
	}
	config.QPS, config.Burst = 1000, 1000
	config.WarningHandler = rest.NoWarnings{}
	kubectl := &kube.KubectlCmd{Log: logr.Discard(), Tracer: tracing.NopTracer{}}
	resources, cleanupResources, err := kubectl.ManageResources(config)
	if err != nil {
		return nil, nil, err
	}
	applier, cleanupApplier, err := kubectl.ManageServerSideDiffDryRuns(config)
	if err != nil {
		cleanupResources()
		return nil, nil, err
	}
	cleanup := func() {
		cleanupApplier()
		cleanupResources()
	}
	return &engine{
		config:    config,
		kubectl:   kubectl,
		resources: resources,
		dryRunner: diff.NewK8sServerSideDryRunner(applier),
	}, cleanup, nil
}

func (e *engine) handle(line []byte) answer {
	var asked request
	if err := json.Unmarshal(line, &asked); err != nil {
		return answer{Error: err.Error()}
	}
	result, err := e.run(asked)
	if err != nil {
		result.Error = err.Error()
	}
	return result
}

func (e *engine) run(asked request) (answer, error) {
	switch asked.Verb {
	case "apply":
		output, err := e.apply(asked)
		return answer{Output: output}, err
	case "diff":
		return e.diff(asked)
	default:
		return answer{}, fmt.Errorf("unknown verb %q: apply or diff", asked.Verb)
	}
}

func (e *engine) apply(asked request) (string, error) {
	ctx := context.Background()
	switch asked.Mode {
	case "client-side":
		return e.resources.ApplyResource(ctx, asked.Object, cmdutil.DryRunNone, false, true, false, manager)
	case "server-side":
		return e.resources.ApplyResource(ctx, asked.Object, cmdutil.DryRunNone, false, true, true, manager)
	case "replace":
		return e.resources.ReplaceResource(ctx, asked.Object, cmdutil.DryRunNone, false)
	default:
		return "", fmt.Errorf("unknown mode %q: client-side, server-side or replace", asked.Mode)
	}
}

func (e *engine) diff(asked request) (answer, error) {
	options, err := e.options(asked.Mode)
	if err != nil {
		return answer{}, err
	}
	object := asked.Object
	live, err := e.kubectl.GetResource(
		context.Background(), e.config, object.GroupVersionKind(), object.GetName(), object.GetNamespace())
	if err != nil {
		return answer{}, err
	}
	// The controller takes what the cluster says at run time away from both sides (controller/state.go; status is ignored by default).
	unstructured.RemoveNestedField(live.Object, "status")
	unstructured.RemoveNestedField(object.Object, "status")
	result, err := diff.Diff(object, live, options...)
	if err != nil {
		return answer{}, err
	}
	return answer{Modified: result.Modified, Predicted: result.PredictedLive, Live: result.NormalizedLive}, nil
}

type withoutStatus struct{}

func (withoutStatus) Normalize(object *unstructured.Unstructured) error {
	unstructured.RemoveNestedField(object.Object, "status")
	return nil
}

func (e *engine) options(mode string) ([]diff.Option, error) {
	options := []diff.Option{
		diff.WithLogr(logr.Discard()), diff.WithManager(manager), diff.WithNormalizer(withoutStatus{}),
	}
	if mode == "legacy" {
		return options, nil
	}
	if e.parser == nil {
		_, parser, err := e.kubectl.LoadOpenAPISchema(e.config)
		if err != nil {
			return nil, err
		}
		e.parser = parser
	}
	options = append(options, diff.WithGVKParser(e.parser))
	switch mode {
	case "structured-merge":
		return append(options, diff.WithStructuredMergeDiff(true)), nil
	case "server-side", "server-side-with-webhooks":
		return append(options, diff.WithServerSideDiff(true), diff.WithServerSideDryRunner(e.dryRunner),
			diff.WithIgnoreMutationWebhook(mode == "server-side")), nil
	default:
		return nil, fmt.Errorf("unknown mode %q: legacy, structured-merge, server-side or server-side-with-webhooks", mode)
	}
}
