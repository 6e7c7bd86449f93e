// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package migrate

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
)

// listedObject is an object of a list, as the progress file records it. It has nothing that
// can be a secret.
type listedObject struct {
	// ID is the ID that an import takes.
	ID string `json:"id"`
	// Labels are texts that identify the object for people, or IDs of objects that do.
	Labels []string `json:"labels,omitempty"`
}

// progressVersion is the version of the progress file.
const progressVersion = 1

// progressHeader says which walk a progress file belongs to.
type progressHeader struct {
	Version       int      `json:"version"`
	Provider      string   `json:"provider"`
	API           string   `json:"api"`
	Organizations []string `json:"organizations"`
}

// progress is the record of a walk, in memory and in a file.
type progress struct {
	progressHeader
	// Lists are the complete lists.
	Lists map[string][]listedObject `json:"lists"`

	file  string
	mutex sync.Mutex
}

// openProgress reads a progress file, if it exists. One of another walk is an error.
func openProgress(file string, header progressHeader) (*progress, error) {
	slices.Sort(header.Organizations)
	result := &progress{progressHeader: header, Lists: map[string][]listedObject{}, file: file}
	content, err := os.ReadFile(file) //nolint:gosec // the file that the user has named
	if errors.Is(err, fs.ErrNotExist) {
		return result, nil
	}
	if err != nil {
		return nil, fmt.Errorf("reading the progress of an earlier walk: %w", err)
	}
	var found progress
	if err := json.Unmarshal(content, &found); err != nil {
		return nil, fmt.Errorf("%s is not a progress file of this command (%w): name another file with --resume", file, err)
	}
	for _, part := range []struct{ name, found, want string }{
		{"format", fmt.Sprint(found.Version), fmt.Sprint(header.Version)},
		{"version of pgbeam-migrate", found.Provider, header.Provider},
		{"API", found.API, header.API},
		{"organization", organizations(found.Organizations), organizations(header.Organizations)},
	} {
		if part.found != part.want {
			return nil, fmt.Errorf("the progress file %s is that of another walk: its %s is %s, not %s. "+
				"Finish that walk first, or name another file with --resume", file, part.name, part.found, part.want)
		}
	}
	if found.Lists != nil {
		result.Lists = found.Lists
	}
	return result, nil
}

func organizations(ids []string) string {
	if len(ids) == 0 {
		return "every organization of the API key"
	}
	return strings.Join(ids, ", ")
}

// do returns a list: the recorded one, or else that of fetch, which it records.
func (p *progress) do(key string, fetch func() ([]listedObject, error)) ([]listedObject, error) {
	p.mutex.Lock()
	items, ok := p.Lists[key]
	p.mutex.Unlock()
	if ok {
		return items, nil
	}
	items, err := fetch()
	if err != nil {
		return nil, err
	}
	p.mutex.Lock()
	defer p.mutex.Unlock()
	p.Lists[key] = items
	content, err := json.MarshalIndent(p, "", " ")
	if err == nil {
		err = WriteFile(p.file, content)
	}
	if err != nil {
		return nil, fmt.Errorf("recording the progress: %w", err)
	}
	return items, nil
}

// remove removes the file.
func (p *progress) remove() error {
	if err := os.Remove(p.file); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("removing the progress file: %w", err)
	}
	return nil
}

// WriteFile writes a file that only the user can read. Either all of it is written, or the
// file remains as it was.
func WriteFile(name string, content []byte) error {
	file, err := os.CreateTemp(filepath.Dir(name), "."+filepath.Base(name)+"-*") // with mode 0600
	if err != nil {
		return err
	}
	_, err = file.Write(content)
	err = errors.Join(err, file.Close())
	if err == nil {
		err = os.Rename(file.Name(), name)
	}
	if err != nil {
		return errors.Join(err, os.Remove(file.Name()))
	}
	return nil
}
