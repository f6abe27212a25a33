// What Prometheus itself makes of expressions and alert rules, without a server. Reads one JSON request a line on stdin and
// answers each with one line of JSON.
package main

import (
	"bufio"
	"encoding/json"
	"os"
)

type request struct {
	// An expression to take apart.
	Parse string `json:"parse"`
	// A file of rule groups, to be judged over series at a time.
	Rules   string   `json:"rules"`
	Series  []series `json:"series"`
	Minutes int      `json:"minutes"`
}

// As promtool's unit tests have them: `up{job="a"}` and `0x10 1`.
type series struct {
	Series string `json:"series"`
	Values string `json:"values"`
}

type answer struct {
	Selectors []selector `json:"selectors,omitempty"`
	Firing    []firing   `json:"firing,omitempty"`
	Error     string     `json:"error,omitempty"`
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
	if asked.Parse != "" {
		selectors, err := selectorsOf(asked.Parse)
		if err != nil {
			return answer{Error: err.Error()}
		}
		return answer{Selectors: selectors}
	}
	found, err := firingAt(asked)
	if err != nil {
		return answer{Error: err.Error()}
	}
	return answer{Firing: found}
}
