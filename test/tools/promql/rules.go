package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/prometheus/common/promslog"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql/parser"
	"github.com/prometheus/prometheus/promql/promqltest"
	"github.com/prometheus/prometheus/rules"
)

const interval = time.Minute

type firing struct {
	Alert   string `json:"alert"`
	Summary string `json:"summary"`
	Runbook string `json:"runbook"`
	// Without the alert's name.
	Labels map[string]string `json:"labels"`
}

// Evaluates the groups every minute over the series, as `promtool test rules` does, and gives what fires at the end.
func firingAt(asked request) ([]firing, error) {
	loading := fmt.Sprintf("load %s\n", interval)
	for _, one := range asked.Series {
		loading += fmt.Sprintf("  %s %s\n", one.Series, one.Values)
	}
	language := parser.NewParser(parser.Options{})
	suite, err := promqltest.NewLazyLoader(loading, promqltest.LazyLoaderOpts{
		EnableAtModifier: true, EnableNegativeOffset: true, Parser: language,
	})
	if err != nil {
		return nil, err
	}
	defer suite.Close()
	groups, err := groupsOf(asked.Rules, suite, language)
	if err != nil {
		return nil, err
	}
	for minute := 0; minute <= asked.Minutes; minute++ {
		if err := evaluate(groups, suite, time.Unix(0, 0).UTC().Add(time.Duration(minute)*interval)); err != nil {
			return nil, err
		}
	}
	return fire(groups), nil
}

func groupsOf(text string, suite *promqltest.LazyLoader, language parser.Parser) ([]*rules.Group, error) {
	folder, err := os.MkdirTemp("", "promql")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(folder)
	file := filepath.Join(folder, "rules.yaml")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		return nil, err
	}
	manager := rules.NewManager(&rules.ManagerOptions{
		QueryFunc:    rules.EngineQueryFunc(suite.QueryEngine(), suite.Storage()),
		AppendableV2: suite.Storage(),
		Context:      context.Background(),
		NotifyFunc:   func(context.Context, string, ...*rules.Alert) {},
		Logger:       promslog.NewNopLogger(),
		Parser:       language,
	})
	loaded, errs := manager.LoadGroups(interval, labels.EmptyLabels(), "", nil, false, file)
	if len(errs) > 0 {
		said := []string{}
		for _, one := range errs {
			said = append(said, one.Error())
		}
		return nil, fmt.Errorf("%s", strings.Join(said, "; "))
	}
	groups := []*rules.Group{}
	for _, group := range loaded {
		groups = append(groups, group)
	}
	return groups, nil
}

func evaluate(groups []*rules.Group, suite *promqltest.LazyLoader, at time.Time) error {
	var failed error
	suite.WithSamplesTill(at, func(err error) {
		if err != nil {
			failed = err
			return
		}
		for _, group := range groups {
			group.Eval(suite.Context(), at)
			for _, rule := range group.Rules() {
				if rule.LastError() != nil {
					failed = fmt.Errorf("%s: %w", rule.Name(), rule.LastError())
				}
			}
		}
	})
	return failed
}

func fire(groups []*rules.Group) []firing {
	found := []firing{}
	for _, group := range groups {
		for _, rule := range group.Rules() {
			alerting, ok := rule.(*rules.AlertingRule)
			if !ok {
				continue
			}
			for _, alert := range alerting.ActiveAlerts() {
				if alert.State != rules.StateFiring {
					continue
				}
				own := alert.Labels.Map()
				delete(own, labels.AlertName)
				found = append(found, firing{
					Alert: alerting.Name(), Summary: alert.Annotations.Get("summary"),
					Runbook: alert.Annotations.Get("runbook_url"), Labels: own,
				})
			}
		}
	}
	return found
}
