// Command licenses prints the licenses of all modules that are built into linbanglin, with their texts. It fails when one has
// none, or one that is not on the list of those that a program under any license may be made with.
package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

func main() {
	err := print(os.Stdout)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// print writes what the program is made of.
func print(w io.Writer) error {
	modules, err := modules()
	if err != nil {
		return err
	}
	var wrong []error
	for _, m := range modules {
		texts, err := m.texts()
		if err != nil {
			return err
		}
		names := m.names(texts)
		if len(names) == 0 || slices.Contains(names, "") {
			wrong = append(wrong, fmt.Errorf("%s: its license is not on the list", m.path))
		}
		if _, err := fmt.Fprintf(w, "%s %s: %s\n", m.path, m.version, strings.Join(names, ", ")); err != nil {
			return err
		}
	}
	for _, m := range modules {
		texts, err := m.texts()
		if err != nil {
			return err
		}
		for _, text := range texts {
			if _, err := fmt.Fprintf(w, "\n%s\n%s %s: %s\n\n%s", strings.Repeat("=", 80), m.path, m.version, text.file, text.content); err != nil {
				return err
			}
		}
	}
	return errors.Join(wrong...)
}

// module is a module in a build and where its source is.
type module struct{ path, version, folder string }

// modules lists what is built into the program for Linux, without what is ours. The standard library is one of them.
func modules() ([]module, error) {
	list := exec.Command("go", "list", "-deps", "-f", "{{with .Module}}{{if not .Main}}{{.Path}}\t{{.Version}}\t{{.Dir}}{{end}}{{end}}", "linbanglin/cmd/linbanglin")
	list.Env = append(os.Environ(), "GOOS=linux", "CGO_ENABLED=0")
	list.Stderr = os.Stderr
	text, err := list.Output()
	if err != nil {
		return nil, fmt.Errorf("go list: %w", err)
	}
	root, err := exec.Command("go", "env", "GOVERSION", "GOROOT").Output()
	if err != nil {
		return nil, fmt.Errorf("go env: %w", err)
	}
	std := strings.Fields(string(root))
	all := []module{{"std", std[0], std[1]}}
	lines := strings.Split(strings.TrimSpace(string(text)), "\n")
	slices.Sort(lines)
	for _, line := range slices.Compact(lines) {
		if fields := strings.Split(line, "\t"); len(fields) == 3 {
			all = append(all, module{fields[0], fields[1], fields[2]})
		}
	}
	return all, nil
}

// license is a file of a module that says what may be done with it.
type license struct {
	file    string
	content []byte
}

var fileName = regexp.MustCompile(`(?i)^(licen[sc]e|copying|notice|patents)`)

// texts reads the licenses and notices in the folder of a module.
func (m module) texts() (found []license, err error) {
	files, err := os.ReadDir(m.folder)
	if err != nil {
		return nil, err
	}
	for _, f := range files {
		if f.IsDir() || !fileName.MatchString(f.Name()) {
			continue
		}
		content, err := os.ReadFile(filepath.Join(m.folder, f.Name()))
		if err != nil {
			return nil, err
		}
		found = append(found, license{f.Name(), bytes.ReplaceAll(content, []byte("\r\n"), []byte("\n"))})
	}
	return found, nil
}

// names returns the SPDX names of a module's license files, "" for one that is not on the list. Notices and patents add to
// a license and are none; nor are texts about others' parts (LICENSE-3RD-PARTY, and names of what is in it).
func (m module) names(texts []license) (names []string) {
	main := regexp.MustCompile(`(?i)^(licen[sc]e|copying)(\.(txt|md))?$`)
	for _, t := range texts {
		if main.MatchString(t.file) {
			names = append(names, nameOf(t.content))
		}
	}
	return names
}

// nameOf recognises a license by the words that only it has. The order matters: a text may quote another.
func nameOf(text []byte) string {
	words := strings.ToLower(strings.Join(strings.Fields(string(text)), " "))
	has := func(all ...string) bool {
		return !slices.ContainsFunc(all, func(part string) bool { return !strings.Contains(words, part) })
	}
	switch {
	case has("mozilla public license", "2.0"): // it names the GNU licenses that it goes with
		return "MPL-2.0"
	case has("gnu", "general public license"), has("server side public license"), has("business source license"), has("commons clause"):
		return ""
	case has("apache license", "version 2.0"):
		return "Apache-2.0"
	case has("redistribution and use in source and binary forms", "neither the name"), has("redistribution and use in source and binary forms", "name of the"):
		return "BSD-3-Clause"
	case has("redistribution and use in source and binary forms"):
		return "BSD-2-Clause"
	case has("permission is hereby granted, free of charge, to any person obtaining a copy"):
		return "MIT"
	case has("permission to use, copy, modify, and/or distribute this software for any purpose"):
		return "ISC"
	}
	return ""
}
