// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package claims

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/pgbeam/pulumi-pgbeam/internal/expiry"
)

// retention is how long the files of a run that did not terminate properly are kept.
const retention = 25 * time.Hour

const extension = ".claims.jsonl"

// Share shares the claims with the other plugins of the same run: the engine
// starts one plugin for each provider of a stack. Every plugin appends its claims to
// a file of its own in the directory of the run, which is named after the engine's
// address, and reads the files of the others. If the directory cannot be used, the
// Registry knows its own claims only.
func (r *Registry) Share(root, run string) {
	if root == "" || run == "" {
		return
	}
	removeOldRuns(root)
	dir := filepath.Join(root, strings.Map(fileNameChar, run))
	if os.MkdirAll(dir, 0o700) != nil {
		return
	}
	file, err := os.CreateTemp(dir, "*"+extension) // with mode 0600
	if err != nil {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.dir, r.file, r.offsets = dir, file, map[string]int64{}
}

// fileNameChar replaces characters that are not safe in a file name.
func fileNameChar(c rune) rune {
	if c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '.' {
		return c
	}
	return '-'
}

// endedExtension is the extension of the file of a plugin that has ended.
const endedExtension = ".ended" + extension

// Close stops sharing. The plugins of a run do not end together, and the last ones still
// need to know what the first ones hold, so the last one removes all files.
func (r *Registry) Close() {
	if r == nil {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.file == nil {
		return
	}
	_ = r.file.Close()
	_ = os.Rename(r.file.Name(), strings.TrimSuffix(r.file.Name(), extension)+endedExtension)
	r.file = nil
	entries, err := os.ReadDir(r.dir)
	running := func(entry os.DirEntry) bool { return !strings.HasSuffix(entry.Name(), endedExtension) }
	if err != nil || slices.ContainsFunc(entries, running) {
		return
	}
	for _, entry := range entries {
		_ = os.Remove(filepath.Join(r.dir, entry.Name()))
	}
	_ = os.Remove(r.dir)
}

// shareReported reports whether no other plugin of the run has called it with the
// message. Of two that do so at the same time, one creates the file. The caller must
// hold r.mu.
func (r *Registry) shareReported(message string) (first bool) {
	if r.file == nil {
		return true
	}
	sum := sha256.Sum256([]byte(message))
	file, err := os.OpenFile(filepath.Join(r.dir, hex.EncodeToString(sum[:16])+endedExtension), os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err == nil {
		_ = file.Close()
	}
	return !errors.Is(err, fs.ErrExist)
}

// sync applies the records that other plugins of the run have written since the last
// call. The caller must hold r.mu.
func (r *Registry) sync() {
	if r.file == nil {
		return
	}
	entries, err := os.ReadDir(r.dir)
	if err != nil {
		return
	}
	for _, entry := range entries {
		name := filepath.Join(r.dir, entry.Name())
		if !isClaims(name) || name == r.file.Name() {
			continue
		}
		info, err := entry.Info()
		id := strings.TrimSuffix(strings.TrimSuffix(name, extension), ".ended")
		if err != nil || !info.Mode().IsRegular() || info.Size() <= r.offsets[id] {
			continue
		}
		content, err := os.ReadFile(name) //nolint:gosec // written by another plugin of this run
		if err != nil || int64(len(content)) < r.offsets[id] {
			continue
		}
		rest := content[r.offsets[id]:]
		for {
			line, next, complete := bytes.Cut(rest, []byte{'\n'})
			if !complete {
				break // this line is still being written
			}
			var rec record
			if json.Unmarshal(line, &rec) == nil {
				r.apply(rec)
			}
			rest = next
		}
		r.offsets[id] = int64(len(content) - len(rest))
	}
}

// removeOldRuns removes the files that killed runs have left.
func removeOldRuns(root string) {
	anyFolder := func(string) bool { return true }
	expiry.Remove(root, retention, anyFolder, isClaims)
}

// isClaims reports whether a file name is one of a Registry.
func isClaims(name string) bool { return strings.HasSuffix(name, extension) }
