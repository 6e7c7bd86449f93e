// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package resources

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"time"

	p "github.com/pulumi/pulumi-go-provider"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"

	"github.com/pgbeam/pulumi-pgbeam/client"
)

// Creates is what a plugin knows of the objects that it creates. With it, a
// create that was cut off before the object stood in the state can be repeated
// and gets that object, while no create is ever given an object that stands in
// the state already. docs/reliability.md says why that holds.
//
// The zero value makes no create repeatable.
type Creates struct {
	mutex    sync.Mutex
	provider string
	unknown  bool // the provider's ID, which only the update will know
	folder   string
	of       map[resource.URN]*history
}

// history is what is known of the objects that one resource has had. A run may
// have tens of thousands of them.
type history struct {
	// generation is that of the next create.
	generation int
	// standing are the IDs that stand in the state, or did in this run.
	standing map[string]bool
	// names are those of a resource whose name is automatic, or was.
	names *names
	// pending is the ID of the object that was created in this run and that the
	// engine has not shown since, so that it may not have reached the state; and
	// pendingGeneration is its generation.
	pending           string
	pendingGeneration int
}

// names are the name that stands in the state, and the automatic one that this
// run has given.
type names struct{ state, given string }

func (h *history) named() *names {
	if h.names == nil {
		h.names = &names{}
	}
	return h.names
}

// stand notes an ID that stands in the state.
func (h *history) stand(id string) {
	if h.standing == nil {
		h.standing = map[string]bool{}
	}
	h.standing[id] = true
}

// kept is how long generations are remembered. The API remembers a key for 24 hours.
const kept = 25 * time.Hour

// Identify makes creates repeatable. The provider's ID in the state tells apart
// what has the same URN in another stack or another backend, and ends with the
// stack. Generations are remembered in files in a folder, if one is given.
func (c *Creates) Identify(provider, folder string) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	c.provider, c.unknown, c.folder, c.of = provider, false, "", map[resource.URN]*history{}
	if provider == "" || folder == "" {
		return
	}
	c.folder = filepath.Join(folder, digest(provider))
	removeOldGenerations(folder)
}

// IdentifyLater says that the provider's ID is not known yet: this is the preview
// of a provider that the update will create.
func (c *Creates) IdentifyLater() {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	c.provider, c.unknown, c.folder, c.of = "", true, "", map[resource.URN]*history{}
}

func (c *Creates) providerUnknown() bool {
	if c == nil {
		return false
	}
	c.mutex.Lock()
	defer c.mutex.Unlock()
	return c.unknown
}

// removeOldGenerations removes the files that are of no more use. Only what this
// plugin has written is removed: regular files with the names that it gives, in
// folders with such names, which are removed when they are empty. No link is
// followed. What cannot be removed, the next run tries again.
func removeOldGenerations(folder string) {
	entries, _ := os.ReadDir(folder) // which may not be there yet
	for _, entry := range entries {
		if !entry.IsDir() || !digestName.MatchString(entry.Name()) {
			continue
		}
		inner := filepath.Join(folder, entry.Name())
		age, _ := entry.Info() // before what is in it is removed
		files, _ := os.ReadDir(inner)
		for _, file := range files {
			info, err := file.Info()
			if err == nil && info.Mode().IsRegular() && generationName.MatchString(file.Name()) && time.Since(info.ModTime()) > kept {
				_ = os.Remove(filepath.Join(inner, file.Name()))
			}
		}
		if age != nil && time.Since(age.ModTime()) > kept {
			_ = os.Remove(inner) // which fails while something is in it
		}
	}
}

// The names of what is remembered: digests, and files that are being written.
var (
	digestName     = regexp.MustCompile(`^[0-9a-f]{32}$`)
	generationName = regexp.MustCompile(`^[0-9a-f]{32}(\.[0-9]+)?$`)
)

func (c *Creates) identified() bool {
	if c == nil {
		return false
	}
	c.mutex.Lock()
	defer c.mutex.Unlock()
	return c.provider != ""
}

// Finish says that the engine has ended in order: whatever was created stands in the state.
func (c *Creates) Finish() {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	for urn, h := range c.of {
		c.settle(urn, h)
	}
}

// history returns what is known of a resource. The caller holds the mutex.
func (c *Creates) history(urn resource.URN) *history {
	h, ok := c.of[urn]
	if !ok {
		h = &history{standing: map[string]bool{}}
		if c.folder != "" {
			file := filepath.Join(c.folder, digest(string(urn)))
			if info, err := os.Stat(file); err == nil && time.Since(info.ModTime()) < kept {
				content, _ := os.ReadFile(file) //nolint:gosec // a file that this plugin wrote
				h.generation, _ = strconv.Atoi(strings.TrimSpace(string(content)))
			}
		}
		c.of[urn] = h
	}
	return h
}

// settle notes that what was created stands in the state. The caller holds the mutex.
func (c *Creates) settle(urn resource.URN, h *history) {
	if h.pending == "" {
		return
	}
	h.stand(h.pending)
	h.pending = ""
	c.advance(urn, h, h.pendingGeneration+1)
}

// advance makes the next create use a key of its own. A generation that cannot be
// written down is found out from the API's answers. The caller holds the mutex.
func (c *Creates) advance(urn resource.URN, h *history, generation int) {
	h.generation = generation
	if c.folder == "" || os.MkdirAll(c.folder, 0o700) != nil {
		return
	}
	file := filepath.Join(c.folder, digest(string(urn)))
	unfinished := fmt.Sprintf("%s.%d", file, os.Getpid())
	if os.WriteFile(unfinished, []byte(strconv.Itoa(generation)), 0o600) == nil {
		_ = os.Rename(unfinished, file)
		now := time.Now()
		_ = os.Chtimes(c.folder, now, now)
	}
}

// shown notes an object that the engine says stands in the state.
func (c *Creates) shown(urn resource.URN, id string) {
	if id == "" || !c.identified() {
		return
	}
	c.mutex.Lock()
	defer c.mutex.Unlock()
	h := c.history(urn)
	h.stand(id)
	if h.pending == id {
		c.settle(urn, h)
	}
}

// named notes a name that the engine says stands in the state.
func (c *Creates) named(urn resource.URN, name string) {
	if !c.identified() {
		return
	}
	c.mutex.Lock()
	defer c.mutex.Unlock()
	c.history(urn).named().state = name
}

// seed is what the random part of an automatic name is made from: the same for
// a create that is repeated, another for a replacement, and another for each
// name that was found to be taken. It is nil where nothing is known that a later
// run would know too.
func (c *Creates) seed(urn resource.URN, taken int) []byte {
	if !c.identified() {
		return nil
	}
	c.mutex.Lock()
	defer c.mutex.Unlock()
	h := c.history(urn)
	known := ""
	if h.names != nil {
		known = h.names.state
	}
	sum := sha256.Sum256([]byte(strings.Join([]string{
		c.provider, string(urn), strconv.Itoa(h.generation), known, strconv.Itoa(taken),
	}, "\x00")))
	return sum[:]
}

// gave notes an automatic name, and isGiven tells it from one of the program.
func (c *Creates) gave(urn resource.URN, name string) {
	if !c.identified() {
		return
	}
	c.mutex.Lock()
	defer c.mutex.Unlock()
	c.history(urn).named().given = name
}

func (c *Creates) isGiven(urn resource.URN, name string) bool {
	if name == "" || !c.identified() {
		return false
	}
	c.mutex.Lock()
	defer c.mutex.Unlock()
	given := c.history(urn).names
	return given != nil && given.given == name
}

// repeatable returns how to create the object of a resource so that it can be
// repeated, and nil where it cannot. exists tells whether an object is there.
func (c *Creates) repeatable(urn resource.URN, exists func(ctx context.Context, id string) (bool, error)) *client.IdempotentCreate {
	if !c.identified() {
		return nil
	}
	c.mutex.Lock()
	defer c.mutex.Unlock()
	repeat := &client.IdempotentCreate{
		Scope:      c.provider + " " + string(urn),
		Generation: c.history(urn).generation,
		Accept: func(ctx context.Context, id string, fresh bool) (bool, error) {
			switch {
			case c.stands(urn, id):
				return false, nil // it is the one to be replaced
			case fresh:
				return true, nil
			default:
				return exists(ctx, id)
			}
		},
	}
	repeat.OnGeneration = func(generation int) { repeat.Generation = generation }
	return repeat
}

// partOf returns a context in which a part of an object can be created so that
// it can be repeated. get reads the part.
func partOf(ctx context.Context, id, part string, get func(ctx context.Context, id string) error) context.Context {
	c, op := creates(ctx), ctx.Value(operationKey{})
	if op == nil || !c.identified() {
		return ctx
	}
	return client.WithIdempotentCreate(ctx, client.IdempotentCreate{
		Scope: c.provider + " " + string(op.(operation).urn) + " " + id + " " + part,
		Accept: func(ctx context.Context, id string, fresh bool) (bool, error) {
			if fresh {
				return true, nil
			}
			err := get(ctx, id)
			if client.IsNotFound(err) {
				return false, nil
			}
			return err == nil, err
		},
	})
}

func (c *Creates) stands(urn resource.URN, id string) bool {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	return c.history(urn).standing[id]
}

// created notes how a create ended: with an object, or with a refusal that the
// API keeps under the key. Any other failure may have created the object, and
// the next create is to get it.
func (c *Creates) created(urn resource.URN, repeat *client.IdempotentCreate, id string, refused bool) {
	if c == nil || repeat == nil {
		return
	}
	c.mutex.Lock()
	defer c.mutex.Unlock()
	h := c.history(urn)
	switch {
	case id != "":
		h.pending, h.pendingGeneration = id, repeat.Generation
	case refused:
		c.advance(urn, h, repeat.Generation+1)
	}
}

// warnReplacedItself says that nothing was replaced.
func warnReplacedItself(ctx context.Context, op operation) {
	p.GetLogger(ctx).Warningf("%s %q (%s) was not replaced, and keeps its secrets. It was created within the last 24 hours, "+
		"and this machine does not know by which run, so the API answered the create of the replacement with the existing object. "+
		"Nothing is lost. Run the command again to replace it.", op.kind, op.name, op.id)
}

func digest(s string) string {
	sum := sha256.Sum256([]byte(s))
	return hex.EncodeToString(sum[:16])
}

type createsKey struct{}

// WithCreates gives resources what the plugin knows of the objects that it creates.
func WithCreates(ctx context.Context, creates *Creates) context.Context {
	return context.WithValue(ctx, createsKey{}, creates)
}

func creates(ctx context.Context) *Creates {
	c, _ := ctx.Value(createsKey{}).(*Creates)
	return c
}
