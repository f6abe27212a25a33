// What Flux's kustomize-controller does to objects of git, without the controller: apply, drift detection and the wait for
// health, by its own library. Reads one JSON request a line on stdin and answers each with one line of JSON.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"time"

	"github.com/fluxcd/cli-utils/pkg/kstatus/polling"
	"github.com/fluxcd/cli-utils/pkg/kstatus/status"
	"github.com/fluxcd/pkg/ssa"
	"github.com/fluxcd/pkg/ssa/normalize"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/apiutil"
)

const controller = "kustomize-controller"
const group = "kustomize.toolkit.fluxcd.io"

type request struct {
	Verb    string                       `json:"verb"`
	Objects []*unstructured.Unstructured `json:"objects"`
	// Whether objects are deleted and created again on what Flux takes for an immutable field.
	Force          bool    `json:"force"`
	TimeoutSeconds float64 `json:"timeoutSeconds"`
}

type answer struct {
	Changes []change `json:"changes,omitempty"`
	// Verdict of kstatus: Current, InProgress, Failed, Terminating.
	Status  string `json:"status,omitempty"`
	Message string `json:"message,omitempty"`
	Error   string `json:"error,omitempty"`
}

type change struct {
	Subject string `json:"subject"`
	Action  string `json:"action"`
}

func main() {
	kubeconfig := flag.String("kubeconfig", "", "the cluster; only the verb status needs none")
	flag.Parse()
	manager, err := newManager(*kubeconfig)
	if err != nil {
		fmt.Fprintln(os.Stderr, "flux:", err)
		os.Exit(1)
	}
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, 64<<20)
	out := json.NewEncoder(os.Stdout)
	for lines.Scan() {
		if err := out.Encode(handle(manager, lines.Bytes())); err != nil {
			os.Exit(1)
		}
	}
}

func newManager(kubeconfig string) (*ssa.ResourceManager, error) {
	if kubeconfig == "" {
		return nil, nil
	}
	config, err := clientcmd.BuildConfigFromFlags("", kubeconfig)
	if err != nil {
		return nil, err
	}
	config.QPS, config.Burst = 1000, 1000
	config.WarningHandler = rest.NoWarnings{}
	httpClient, err := rest.HTTPClientFor(config)
	if err != nil {
		return nil, err
	}
	mapper, err := apiutil.NewDynamicRESTMapper(config, httpClient)
	if err != nil {
		return nil, err
	}
	kube, err := client.New(config, client.Options{Mapper: mapper})
	if err != nil {
		return nil, err
	}
	poller := polling.NewStatusPoller(kube, mapper, polling.Options{})
	return ssa.NewResourceManager(kube, poller, ssa.Owner{Field: controller, Group: group}), nil
}

func handle(manager *ssa.ResourceManager, line []byte) answer {
	var asked request
	if err := json.Unmarshal(line, &asked); err != nil {
		return answer{Error: err.Error()}
	}
	if asked.Verb != "status" && manager == nil {
		return answer{Error: asked.Verb + " needs --kubeconfig"}
	}
	result, err := run(manager, asked)
	if err != nil {
		result.Error = err.Error()
	}
	return result
}

func run(manager *ssa.ResourceManager, asked request) (answer, error) {
	switch asked.Verb {
	case "apply":
		return apply(manager, asked)
	case "diff":
		return diff(manager, asked)
	case "wait":
		options := ssa.WaitOptions{Interval: 200 * time.Millisecond, Timeout: seconds(asked.TimeoutSeconds), FailFast: true}
		return answer{}, manager.Wait(asked.Objects, options)
	case "status":
		result, err := status.Compute(asked.Objects[0])
		if err != nil {
			return answer{}, err
		}
		return answer{Status: result.Status.String(), Message: result.Message}, nil
	default:
		return answer{}, fmt.Errorf("unknown verb %q: apply, diff, wait or status", asked.Verb)
	}
}

func apply(manager *ssa.ResourceManager, asked request) (answer, error) {
	if err := prepare(manager, asked.Objects); err != nil {
		return answer{}, err
	}
	options := ssa.DefaultApplyOptions()
	options.Force = asked.Force
	options.WaitInterval = 100 * time.Millisecond
	// As kustomize-controller 1.9 (internal/controller/kustomization_controller.go) cleans up before it compares.
	options.Cleanup = ssa.ApplyCleanupOptions{
		Annotations: []string{corev1.LastAppliedConfigAnnotation},
		FieldManagers: []ssa.FieldManager{
			{Name: "kubectl", OperationType: metav1.ManagedFieldsOperationApply},
			{Name: "kubectl", OperationType: metav1.ManagedFieldsOperationUpdate},
			{Name: "before-first-apply", OperationType: metav1.ManagedFieldsOperationUpdate},
			{Name: controller, OperationType: metav1.ManagedFieldsOperationUpdate},
		},
		Exclusions: map[string]string{group + "/ssa": "Merge"},
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	set, err := manager.ApplyAll(ctx, asked.Objects, options)
	if err != nil {
		return answer{}, err
	}
	result := answer{}
	for _, entry := range set.Entries {
		result.Changes = append(result.Changes, change{Subject: entry.Subject, Action: entry.Action.String()})
	}
	return result, nil
}

func diff(manager *ssa.ResourceManager, asked request) (answer, error) {
	if err := prepare(manager, asked.Objects); err != nil {
		return answer{}, err
	}
	result := answer{}
	for _, object := range asked.Objects {
		entry, _, _, err := manager.Diff(context.Background(), object, ssa.DiffOptions{Force: asked.Force})
		if err != nil {
			return result, err
		}
		result.Changes = append(result.Changes, change{Subject: entry.Subject, Action: entry.Action.String()})
	}
	return result, nil
}

func prepare(manager *ssa.ResourceManager, objects []*unstructured.Unstructured) error {
	if err := normalize.UnstructuredList(objects); err != nil {
		return err
	}
	manager.SetOwnerLabels(objects, "gitops", "flux-system")
	return nil
}

func seconds(value float64) time.Duration {
	return time.Duration(value * float64(time.Second))
}
