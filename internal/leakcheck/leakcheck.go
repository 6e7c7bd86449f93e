// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

// Package leakcheck searches what an end-to-end test has printed and stored for
// the secrets that it planted.
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

// Scan is a hunt for secrets. Everything may be added to it side by side.
type Scan struct {
	mutex   sync.Mutex
	secrets map[string]string
	printed []string
	folders map[string]func(name string) bool
}

// Start begins a hunt, which ends with the test: what was planted must not
// stand in what was printed, nor in a file of a folder.
func Start(tb testing.TB) *Scan {
	tb.Helper()
	h := newHunt()
	tb.Cleanup(func() {
		for _, found := range h.Findings() {
			tb.Error(found)
		}
	})
	return h
}

func newHunt() *Scan {
	return &Scan{secrets: map[string]string{}, folders: map[string]func(string) bool{}}
}

// AddCanary adds a secret.
func (h *Scan) AddCanary(what, secret string) {
	h.mutex.Lock()
	defer h.mutex.Unlock()
	if secret != "" {
		h.secrets[what] = secret
	}
}

// AddCanaries adds every secret that an API holds at the moment: those that it was
// given, and those that it has made.
func (h *Scan) AddCanaries(local *localapi.Local) {
	for kind, fields := range map[string][]string{
		"databases": {"password"}, "webhooks": {"secret"}, "agents": {"connection_string", "mcp_token"},
		"self-host-enrollments": {"token"},
	} {
		for _, object := range local.Objects(kind) {
			id, _ := object["id"].(string)
			for _, field := range fields {
				h.AddCanary(field+" of "+id, local.Secret(kind, id, field))
			}
		}
	}
}

// marshaling are the lines in which the CLI itself writes every property that
// goes through one of its calls, secret or not, from the verbosity of 9 on. No
// plugin can keep it from that.
var marshaling = regexp.MustCompile(`(?m)^.*(Unm|M)arshaling property for RPC\[.*$`)

// AddOutput adds a text that was printed. It returns what of it is the plugin's doing.
func (h *Scan) AddOutput(text string) string {
	text = marshaling.ReplaceAllString(text, "")
	h.mutex.Lock()
	defer h.mutex.Unlock()
	h.printed = append(h.printed, text)
	return text
}

// AddFolder adds every file below a folder, as it is when the test ends, but for
// files that are programs, which may have secrets in them.
func (h *Scan) AddFolder(folder string, isProgram func(name string) bool) {
	h.mutex.Lock()
	defer h.mutex.Unlock()
	h.folders[folder] = isProgram
}

// Findings says where which secret stands. A hunt that has nothing to look for,
// or nowhere to look, has failed.
func (h *Scan) Findings() []string {
	h.mutex.Lock()
	defer h.mutex.Unlock()
	var findings []string
	places := map[string]string{}
	for i, text := range h.printed {
		places[fmt.Sprintf("what was printed (%d)", i+1)] = text
	}
	for folder, isProgram := range h.folders {
		err := filepath.WalkDir(folder, func(path string, entry fs.DirEntry, err error) error {
			if err != nil || !entry.Type().IsRegular() || isProgram(entry.Name()) {
				return err
			}
			content, err := os.ReadFile(path) //nolint:gosec // a file of the test
			places[path] = string(content)
			return err
		})
		if err != nil {
			findings = append(findings, fmt.Sprintf("%s cannot be searched: %v", folder, err))
		}
	}
	if len(h.secrets) == 0 || len(places) == 0 {
		findings = append(findings, fmt.Sprintf("there are %d secrets and %d places to look for them", len(h.secrets), len(places)))
	}
	for what, secret := range h.secrets {
		for place, content := range places {
			for _, form := range redact.Forms(secret) {
				if at := strings.Index(content, form); at >= 0 {
					findings = append(findings, fmt.Sprintf("%s stands in %s, behind %q", what, place, content[max(0, at-60):at]))
					break
				}
			}
		}
	}
	slices.Sort(findings)
	return findings
}
