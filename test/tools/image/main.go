// Images without a container engine, for `make image` and its tests:
//
//	image libraries PROGRAM   the shared libraries it needs, a path each, the loader first
//	image write PLAN          an OCI image layout of folders (plan.go)
//	image export LAYOUT       the file system of its one image as a tar on stdout, after a check of every digest
package main

import (
	"fmt"
	"io"
	"os"
)

func main() {
	if err := run(os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(args []string, out io.Writer) error {
	if len(args) != 2 {
		return fmt.Errorf("usage: image libraries|write|export PATH")
	}
	switch args[0] {
	case "libraries":
		return printLibraries(args[1], out)
	case "write":
		return write(args[1], out)
	case "export":
		return export(args[1], out)
	}
	return fmt.Errorf("%s is no command: libraries, write or export", args[0])
}
