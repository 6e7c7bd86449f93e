// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

// Package leakcheck scans the output and the files of an end-to-end test for
// secrets. The secrets of a test are canaries: none of them may occur anywhere
// in clear text or in an encoded form.
package leakcheck

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/pgbeam/pulumi-pgbeam/internal/localapi"
	"github.com/pgbeam/pulumi-pgbeam/internal/redact"
)

// Scan collects canaries and the places to scan for them. It is safe for
// concurrent use.
type Scan struct {
	mutex    sync.Mutex
	canaries map[string]string // by description
	outputs  []string
	folders  map[string]func(name string) bool
}

// Start returns a scan that runs when the test ends, and fails the test if it
// finds a canary.
func Start(tb testing.TB) *Scan {
	tb.Helper()
	s := newScan()
	tb.Cleanup(func() {
		for _, finding := range s.Findings() {
			tb.Error(finding)
		}
	})
	return s
}

func newScan() *Scan {
	return &Scan{canaries: map[string]string{}, folders: map[string]func(string) bool{}}
}

// AddCanary adds a secret under a description, which findings report in place of
// the secret. It ignores an empty secret.
func (s *Scan) AddCanary(description, secret string) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if secret != "" {
		s.canaries[description] = secret
	}
}

// AddCanaries adds every secret that the API currently stores, whether a request
// set it or the API generated it.
func (s *Scan) AddCanaries(local *localapi.Local) {
	for kind, fields := range map[string][]string{
		"databases": {"password"}, "webhooks": {"secret"}, "agents": {"connection_string", "mcp_token"},
		"self-host-enrollments": {"token"},
	} {
		for _, object := range local.Objects(kind) {
			id, _ := object["id"].(string)
			for _, field := range fields {
				s.AddCanary(field+" of "+id, local.Secret(kind, id, field))
			}
		}
	}
}

// marshaling matches the log lines in which the CLI itself writes every property
// of its RPCs, secret or not, at verbosity 9 and above. A plugin cannot prevent
// them.
var marshaling = regexp.MustCompile(`(?m)^.*(Unm|M)arshaling property for RPC\[.*$`)

// AddOutput adds the output of a command. It returns the output without the lines
// that the CLI logs by itself, which are not scanned.
func (s *Scan) AddOutput(output string) string {
	output = marshaling.ReplaceAllString(output, "")
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.outputs = append(s.outputs, output)
	return output
}

// AddFolder adds every file below a folder that exists when the test ends, except
// those for which exclude returns true.
func (s *Scan) AddFolder(folder string, exclude func(name string) bool) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.folders[folder] = exclude
}

// Findings describes each occurrence of a canary. A scan without canaries, or
// with nothing to scan, is a finding, too.
func (s *Scan) Findings() []string {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	var findings []string
	contents := map[string]string{}
	for i, output := range s.outputs {
		contents[fmt.Sprintf("output %d", i+1)] = output
	}
	for folder, exclude := range s.folders {
		err := filepath.WalkDir(folder, func(path string, entry fs.DirEntry, err error) error {
			if err != nil || !entry.Type().IsRegular() || exclude(entry.Name()) {
				return err
			}
			content, err := os.ReadFile(path) //nolint:gosec // a file of the test
			contents[path] = string(content)
			return err
		})
		if err != nil {
			findings = append(findings, fmt.Sprintf("scanning %s: %v", folder, err))
		}
	}
	if len(s.canaries) == 0 || len(contents) == 0 {
		findings = append(findings, fmt.Sprintf("nothing to scan: %d canaries in %d outputs and files", len(s.canaries), len(contents)))
	}
	for description, secret := range s.canaries {
		for source, content := range contents {
			for _, form := range redact.Forms(secret) {
				if i := strings.Index(content, form); i >= 0 {
					findings = append(findings, fmt.Sprintf("found %s in %s after %q", description, source, content[max(0, i-60):i]))
					break
				}
			}
		}
	}
	slices.Sort(findings)
	return findings
}
