package main

import (
	"debug/elf"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
)

// Where the loader of a distribution looks without being told, the folders of Debian first.
var folders = map[elf.Machine][]string{
	elf.EM_X86_64:  {"/lib/x86_64-linux-gnu", "/usr/lib/x86_64-linux-gnu", "/lib64", "/usr/lib64"},
	elf.EM_AARCH64: {"/lib/aarch64-linux-gnu", "/usr/lib/aarch64-linux-gnu", "/lib64", "/usr/lib64"},
}

// printLibraries writes the loader of a program and then, sorted by first need, every library that it or one of these needs.
func printLibraries(program string, out io.Writer) error {
	loader, needed, machine, err := read(program)
	if err != nil {
		return err
	}
	if loader == "" {
		return fmt.Errorf("%s is linked statically", program)
	}
	places := folders[machine]
	fmt.Fprintln(out, loader)
	seen := map[string]bool{filepath.Base(loader): true}
	for len(needed) > 0 {
		name := needed[0]
		needed = needed[1:]
		if seen[name] {
			continue
		}
		seen[name] = true
		path, err := find(name, places)
		if err != nil {
			return err
		}
		fmt.Fprintln(out, path)
		_, more, _, err := read(path)
		if err != nil {
			return err
		}
		needed = append(needed, more...)
	}
	return nil
}

func find(name string, places []string) (string, error) {
	for _, place := range places {
		path := filepath.Join(place, name)
		if _, err := os.Stat(path); err == nil {
			return path, nil
		}
	}
	return "", fmt.Errorf("%s is in none of %s", name, strings.Join(places, ", "))
}

// read gives the loader a file names, the libraries it needs, and the processor it is for.
func read(path string) (loader string, needed []string, machine elf.Machine, err error) {
	file, err := elf.Open(path)
	if err != nil {
		return "", nil, 0, fmt.Errorf("%s: %w", path, err)
	}
	defer file.Close()
	if section := file.Section(".interp"); section != nil {
		data, err := section.Data()
		if err != nil {
			return "", nil, 0, err
		}
		loader = strings.TrimRight(string(data), "\x00")
	}
	needed, err = file.ImportedLibraries()
	return loader, needed, file.Machine, err
}
