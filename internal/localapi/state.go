// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package localapi

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"time"
)

// stateVersion is the version of the format. A server reads files of its own version only.
const stateVersion = 1

// savedState is the content of a state file. It contains secrets, so only its owner can read it.
type savedState struct {
	Version int                      `json:"version"`
	Seq     uint64                   `json:"seq"`
	DNS     []string                 `json:"dns,omitempty"`
	Deleted map[string]string        `json:"deleted_databases,omitempty"`
	Objects map[string][]savedObject `json:"objects"`
	Replays []savedReplay            `json:"replays,omitempty"`
}

type savedObject struct {
	ID      string            `json:"id"`
	Parent  string            `json:"parent"`
	Org     string            `json:"org"`
	Seq     uint64            `json:"seq"`
	Deleted bool              `json:"deleted,omitempty"`
	Fields  json.RawMessage   `json:"fields"`
	Secrets map[string]string `json:"secrets,omitempty"`
}

type savedReplay struct {
	ID          string    `json:"id"`
	Fingerprint []byte    `json:"fingerprint"`
	At          time.Time `json:"at"`
	Status      int       `json:"status"`
	ContentType string    `json:"content_type,omitempty"`
	Body        []byte    `json:"body,omitempty"`
}

// save writes the state file if it is out of date. The caller holds mu.
func (s *Server) save() error {
	if !s.dirty || s.options.StateFile == "" {
		return nil
	}
	data, err := json.Marshal(s.snapshot())
	if err != nil {
		return err
	}
	if err := writeAtomically(s.options.StateFile, data); err != nil {
		return err
	}
	s.dirty = false
	return nil
}

func (s *Server) snapshot() savedState {
	state := savedState{Version: stateVersion, Seq: s.seq, Objects: map[string][]savedObject{}, Deleted: s.deletedDatabases}
	for domain := range s.dns {
		state.DNS = append(state.DNS, domain)
	}
	for _, k := range s.collections {
		for _, o := range k.byID {
			state.Objects[k.name] = append(state.Objects[k.name], savedObject{
				ID: o.id, Parent: o.parent, Org: o.org, Seq: o.seq, Deleted: o.deleted,
				Fields: encoder{}.object(nil, k.output, o.fields), Secrets: o.secrets,
			})
		}
	}
	s.idempotency.evictExpired(s.options.Now())
	for _, r := range s.idempotency.order {
		state.Replays = append(state.Replays, savedReplay{
			ID: r.id, Fingerprint: r.fingerprint[:], At: r.completedAt,
			Status: r.response.status, ContentType: r.response.contentType, Body: r.response.body,
		})
	}
	return state
}

// writeAtomically writes a file that only its owner can read, and renames it to path.
func writeAtomically(path string, data []byte) error {
	temp, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*")
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(temp.Name()) }() // fails after the rename
	_, err = temp.Write(data)
	if err := errors.Join(err, temp.Close()); err != nil {
		return err
	}
	return os.Rename(temp.Name(), path)
}

// openStateFile loads the state file if it exists. It also writes the file, so that one that is not writable is reported early.
func (s *Server) openStateFile() error {
	if err := s.load(); err != nil {
		return err
	}
	s.dirty = true
	return s.save()
}

func (s *Server) load() error {
	data, err := os.ReadFile(s.options.StateFile)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	var state savedState
	if err := json.Unmarshal(data, &state); err != nil {
		return err
	}
	if state.Version != stateVersion {
		return fmt.Errorf("unsupported version %d, want %d", state.Version, stateVersion)
	}
	return s.restore(state)
}

func (s *Server) restore(state savedState) error {
	s.seq = state.Seq
	for _, domain := range state.DNS {
		s.dns[domain] = true
	}
	maps.Copy(s.deletedDatabases, state.Deleted)
	for _, k := range s.collections {
		if err := s.restoreKind(k, state.Objects[k.name]); err != nil {
			return err
		}
	}
	s.addOwners()
	for _, r := range state.Replays {
		entry := &replayEntry{id: r.ID, completedAt: r.At, completed: true, done: make(chan struct{})}
		copy(entry.fingerprint[:], r.Fingerprint)
		close(entry.done)
		entry.response = response{status: r.Status, contentType: r.ContentType, body: r.Body}
		s.idempotency.entries[entry.id] = entry
		s.idempotency.order = append(s.idempotency.order, entry)
	}
	return nil
}

func (s *Server) restoreKind(k *collection, saved []savedObject) error {
	objects, err := decodeObjects(k, saved)
	if err != nil {
		return err
	}
	if k == s.members {
		k.clear() // the owners of a new server
	}
	for _, o := range objects {
		if k == s.plans {
			// The tier and the limits come from the options.
			if current, ok := k.byID[o.id]; ok {
				current.fields["spend_limit"] = o.fields["spend_limit"]
			}
			continue
		}
		k.insert(o)
		if o.deleted {
			k.removeFromList(o)
		}
	}
	return nil
}

func decodeObjects(k *collection, saved []savedObject) ([]*object, error) {
	sortBySeq(saved)
	objects := make([]*object, 0, len(saved))
	for _, from := range saved {
		raw, err := parseObject(bytes.TrimSpace(from.Fields))
		if err != nil {
			return nil, fmt.Errorf("%s %s: %w", k.name, from.ID, err)
		}
		d := decoder{typesOnly: true}
		fields := d.object(k.output, raw, "")
		if len(d.errors) > 0 {
			return nil, fmt.Errorf("%s %s: %s %s", k.name, from.ID, d.errors[0].Field, d.errors[0].Detail)
		}
		objects = append(objects, &object{
			id: from.ID, parent: from.Parent, org: from.Org, seq: from.Seq, deleted: from.Deleted,
			fields: fields, secrets: from.Secrets,
		})
	}
	return objects, nil
}

func sortBySeq(saved []savedObject) {
	slices.SortFunc(saved, func(a, b savedObject) int { return cmp.Compare(a.Seq, b.Seq) })
}
