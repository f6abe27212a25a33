// Command bench is the yardstick of bench/admission.ts: `bench echo` serves AdmissionReviews with net/http, `bench load`
// sends them. Standard library only.
package main

import (
	"fmt"
	"os"
)

func main() {
	command := ""
	if len(os.Args) > 1 {
		command = os.Args[1]
	}
	var err error
	switch command {
	case "echo":
		err = echo(os.Args[2:])
	case "load":
		err = load(os.Args[2:])
	default:
		err = fmt.Errorf("usage: bench echo|load, given %q", command)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
