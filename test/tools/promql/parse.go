package main

import (
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql/parser"
)

// One metric that an expression reads, and the labels it speaks of there: in braces, and in every `by` around it.
type selector struct {
	Metric   string    `json:"metric"`
	Matchers []matcher `json:"matchers,omitempty"`
	By       []string  `json:"by,omitempty"`
}

type matcher struct {
	Label string `json:"label"`
	Op    string `json:"op"`
	Value string `json:"value"`
}

func selectorsOf(text string) ([]selector, error) {
	expr, err := parser.NewParser(parser.Options{}).ParseExpr(text)
	if err != nil {
		return nil, err
	}
	found := []selector{}
	parser.Inspect(expr, func(node parser.Node, path []parser.Node) error {
		vector, ok := node.(*parser.VectorSelector)
		if !ok {
			return nil
		}
		one := selector{Metric: vector.Name}
		for _, m := range vector.LabelMatchers {
			if m.Name != labels.MetricName {
				one.Matchers = append(one.Matchers, matcher{m.Name, m.Type.String(), m.Value})
			}
		}
		for _, outer := range path {
			if sum, ok := outer.(*parser.AggregateExpr); ok {
				one.By = append(one.By, sum.Grouping...)
			}
		}
		found = append(found, one)
		return nil
	})
	return found, nil
}
