// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package faults

import (
	"fmt"
	"net"
	"net/http"
	"os"
	"path"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pgbeam/pulumi-pgbeam/client"
	"github.com/pgbeam/pulumi-pgbeam/internal/enginetest"
	"github.com/pgbeam/pulumi-pgbeam/internal/localapi"
	"github.com/pgbeam/pulumi-pgbeam/internal/repotest"
	"github.com/pgbeam/pulumi-pgbeam/internal/scenario"
	"github.com/pgbeam/pulumi-pgbeam/provider"
)

const (
	maxRetries = 4
	// shortTimeout is the request timeout with the fault "too slow".
	shortTimeout = 200 * time.Millisecond
	longTimeout  = 30 * time.Second
)

// faultCase is a column of the matrix.
type faultCase struct {
	name  string
	fault localapi.Fault
	// refused is true if the connection is refused, which the API cannot simulate.
	refused bool
	// otherObject is true if the response is about another object.
	otherObject bool
	// notRetried is true if the client does not retry the request: the answer may be
	// that of a wrong base URL.
	notRetried bool
}

// faultFor returns the fault for a number of the requests of a target. 0 is all.
func (fc faultCase) faultFor(target target, times int) localapi.Fault {
	fault := fc.fault
	if fc.otherObject {
		fault.Set = otherIDs(target.method)
	}
	fault.Method, fault.Path, fault.Skip, fault.Times = target.method, target.path, target.skip, times
	return fault
}

func faultCases() []faultCase {
	past := time.Now().Add(-time.Minute).UTC().Format(http.TimeFormat)
	return []faultCase{
		{name: "429, seconds", fault: localapi.Fault{Status: 429, RetryAfter: "0"}},
		{name: "429, date", fault: localapi.Fault{Status: 429, RetryAfter: past}},
		{name: "503, seconds", fault: localapi.Fault{Status: 503, RetryAfter: "0"}},
		{name: "503, date", fault: localapi.Fault{Status: 503, RetryAfter: past}},
		{name: "500", fault: localapi.Fault{Status: 500}},
		{name: "502", fault: localapi.Fault{Status: 502}},
		{name: "504", fault: localapi.Fault{Status: 504, After: true}},
		{name: "refused", refused: true},
		{name: "dropped before", fault: localapi.Fault{Drop: localapi.DropBefore}},
		{name: "dropped after", fault: localapi.Fault{Drop: localapi.DropAfter}},
		{name: "cut in half", fault: localapi.Fault{Drop: localapi.DropHalf}},
		{name: "not JSON", fault: localapi.Fault{Body: "<html>Welcome</html>"}},
		{name: "too slow", fault: localapi.Fault{Latency: time.Hour}},
		{name: "404 page", fault: localapi.Fault{Status: 404, Body: "<html>Not here</html>"}, notRetried: true},
		{name: "404 without code", fault: localapi.Fault{Status: 404, Body: `{"message": "no such route"}`}, notRetried: true},
		{name: "empty object", fault: localapi.Fault{Body: "{}"}},
		{name: "null", fault: localapi.Fault{Status: 200, Body: "null"}},
		{name: "maintenance", fault: localapi.Fault{Status: 200, Body: `{"message": "maintenance"}`}},
		{name: "202", fault: localapi.Fault{Status: 202, Empty: true}},
		{name: "another object", otherObject: true},
	}
}

// otherIDs returns the changes that make a response to a method one about another
// object, whatever the depth of the object in the response.
func otherIDs(method string) map[string]any {
	values := map[string]any{}
	for _, k := range scenario.Kinds() {
		for _, parent := range k.Resource().ImportID.Parents {
			values[scenario.SnakeCase(parent.Property)] = parent.Prefix + "other"
		}
	}
	if method == http.MethodPut { // the entries of a list have no parents, so that another ID there means that ours is missing
		values["query_hash"] = "ffffffffffffffff"
	}
	if method != http.MethodPost { // the ID of a new object is not known
		values["id"] = "other"
	}
	set := map[string]any{}
	for name, value := range values {
		set[name], set["*."+name], set["*.*."+name] = value, value, value
	}
	return set
}

// repetitions are the numbers of requests that a fault affects. 0 is all.
var repetitions = []int{1, 3, 0}

// operation is an operation on a resource that takes one or more requests.
type operation struct {
	kind scenario.Kind
	name string
	// before are the inputs of the existing resource, and nil for a create.
	before func(*scenario.Case) scenario.Object
	// after are the new inputs, and nil for a delete.
	after func(*scenario.Case) scenario.Object
}

func (o operation) String() string { return o.kind.Name + ", " + o.name }

// operationsOf returns the operations of a kind.
func operationsOf(k scenario.Kind) []operation {
	inputs := func(objects ...scenario.Object) func(*scenario.Case) scenario.Object {
		return func(c *scenario.Case) scenario.Object { return c.Inputs(scenario.Merge(objects...)) }
	}
	operations := []operation{
		{k, "create", nil, inputs(k.Full)},
		{k, "delete", inputs(k.Full), nil},
		{k, "read", inputs(k.Full), inputs(k.Full)},
	}
	if changed, ok := k.ChangedInputs(); ok {
		operations = append(operations, operation{k, "update", inputs(k.Full), inputs(changed)})
	} else if k.IsSetting() {
		operations = append(operations, operation{k, "update", (*scenario.Case).SettingInputs, (*scenario.Case).OtherSettingInputs})
	}
	for _, special := range k.Operations {
		operations = append(operations, operation{
			k, special.Name, inputs(k.Full, special.Before), inputs(k.Full, special.Before, special.Change),
		})
	}
	return operations
}

// target is the request with a method and a path that a fault affects, after a
// number of requests with the same method and path.
type target struct {
	method, path string
	skip         int
}

// idSegments matches the IDs of objects in paths.
var idSegments = sync.OnceValue(func() *regexp.Regexp {
	var prefixes []string
	for _, k := range scenario.Kinds() {
		if prefix := k.Resource().ImportID.Prefix; prefix != "" {
			prefixes = append(prefixes, regexp.QuoteMeta(prefix))
		}
	}
	const opaque = `[0-9a-f]{32}` // of invitations
	return regexp.MustCompile(`/((` + strings.Join(prefixes, "|") + `)[^/]+|` + opaque + `)`)
})

// fixture is an environment in which an operation is due.
type fixture struct {
	*scenario.Case
	operation
	after    scenario.Object // nil for a delete
	resource *enginetest.Resource
	journal  string
	count    int // objects of the kind before the operation
}

func newFixture(t *testing.T, o operation) *fixture {
	t.Helper()
	c := scenario.NewCase(t, o.kind, localapi.Options{})
	f := &fixture{Case: c, operation: o, resource: c.New("thing"), journal: t.TempDir(), count: c.Count()}
	if o.after != nil {
		f.after = o.after(c)
	}
	if o.before != nil {
		process := f.start(longTimeout, nil)
		process.MustUp(f.resource, o.before(c))
		process.Shutdown()
	}
	c.Local.ResetRequests()
	return f
}

// start starts a plugin process. Its requests use the transport unless that is nil.
func (f *fixture) start(timeout time.Duration, transport http.RoundTripper) *enginetest.Process {
	options := []client.Option{client.WithBackoff(time.Millisecond, 2*time.Millisecond), client.WithRequestTimeout(timeout)}
	if transport != nil {
		options = append(options, client.WithHTTPClient(&http.Client{Transport: transport}))
	}
	return enginetest.StartProcess(f.TB, f.Local, enginetest.Run{ProviderID: "provider-1", Journal: f.journal}, provider.Options{Client: options},
		map[string]string{"PGBEAM_MAX_RETRIES": fmt.Sprint(maxRetries)})
}

// run runs the operation in a process.
func (f *fixture) run(process *enginetest.Process) error {
	if f.after == nil {
		return process.Delete(f.resource)
	}
	if f.name == "read" {
		before := *f.resource
		exists, err := process.Refresh(f.resource)
		if err != nil {
			assert.Equal(f, before, *f.resource, "a read that fails keeps the state")
			return err
		}
		assert.True(f, exists, "the object is dropped from the state")
		return nil
	}
	result := process.Up(f.resource, enginetest.Inputs(f.after))
	if len(result.Failures) > 0 {
		return fmt.Errorf("%v", result.Failures)
	}
	return result.Err
}

// targets runs the operation without faults, and returns its requests. Only a
// read, and a setting that reads before it writes, has targets that read.
func targets(t *testing.T, o operation) []target {
	t.Helper()
	f := newFixture(t, o)
	require.NoError(t, f.run(f.start(longTimeout, nil)), o)
	var found []target
	seen := map[string]int{}
	for _, request := range f.Local.Requests() {
		if request.Method == http.MethodGet && o.name != "read" && o.kind.IsCreated() && o.kind.Reads == 0 {
			continue // it finds out whether a key was used
		}
		next := target{method: request.Method, path: idSegments().ReplaceAllString(request.Path, "/*")}
		next.skip = seen[next.method+next.path]
		seen[next.method+next.path]++
		found = append(found, next)
	}
	require.NotEmpty(t, found, o)
	return found
}

// refusingTransport refuses the connections of some requests.
type refusingTransport struct {
	target
	times   int
	address string // at which nothing listens

	mutex           sync.Mutex
	matched, refuse int
}

func (r *refusingTransport) RoundTrip(req *http.Request) (*http.Response, error) {
	if r.refuses(req) {
		_, err := (&net.Dialer{}).DialContext(req.Context(), "tcp", r.address)
		return nil, err
	}
	return http.DefaultTransport.RoundTrip(req)
}

func (r *refusingTransport) refuses(req *http.Request) bool {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	if matched, _ := path.Match(r.path, req.URL.Path); !matched || req.Method != r.method || r.times > 0 && r.refuse >= r.times {
		return false
	}
	if r.matched++; r.matched <= r.skip {
		return false
	}
	r.refuse++
	return true
}

// closedAddress returns an address at which nothing listens.
func closedAddress(t *testing.T) string {
	t.Helper()
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer func() { _ = listener.Close() }()
	return listener.Addr().String()
}

// The outcomes of an operation.
const (
	succeeded = "●" // in spite of the fault
	recovered = "○" // it failed, and the next update made the state and the API agree
)

// inject injects a fault into a request of the operation and returns the outcome.
// It fails the test if anything is lost.
func inject(t *testing.T, o operation, target target, fc faultCase, times int) string {
	t.Helper()
	f := newFixture(t, o)
	timeout := longTimeout
	if fc.fault.Latency > 0 {
		timeout = shortTimeout
	}
	var transport http.RoundTripper
	if fc.refused {
		transport = &refusingTransport{target: target, times: times, address: closedAddress(t)}
	} else {
		f.Local.AddFault(fc.faultFor(target, times))
	}
	err := f.run(f.start(timeout, transport))
	f.Local.ClearFaults()
	outcome := succeeded
	if err != nil {
		outcome = recovered
		message := strings.Join(append(f.resource.Unfinished, err.Error()), "\n")
		assert.Contains(t, message, o.kind.Name+` "thing"`, "the error names the resource")
		if o.before == nil && target.method == http.MethodPost && fc.fault.Drop == localapi.DropAfter && f.resource.ID == "" {
			assert.Regexp(t, "was created .*, the next `pulumi up`", message)
		}
		require.NoError(t, f.run(f.start(longTimeout, nil)), "the next run completes the operation")
	}
	f.assertConsistent(t)
	requests := slices.DeleteFunc(f.Local.Requests(), func(request localapi.Request) bool {
		matches, _ := path.Match(target.path, request.Path)
		return !matches || request.Method != target.method
	})
	assert.Greater(t, len(requests), target.skip, "no request had the fault")
	return outcome
}

// assertConsistent fails unless the state and the API agree.
func (f *fixture) assertConsistent(t *testing.T) {
	t.Helper()
	if f.after == nil {
		if f.kind.IsSetting() {
			f.AssertSetting(nil)
			return
		}
		assert.Equal(t, f.count, f.Count(), "the object is deleted")
		return
	}
	process, inputs := f.start(longTimeout, nil), enginetest.Inputs(f.after)
	assert.Empty(t, f.resource.Unfinished)
	preview := process.Preview(f.resource, inputs)
	assert.Equal(t, enginetest.Same, preview.Op, "%v", preview.Diff.DetailedDiff)
	expected := f.count
	if f.kind.IsObject() {
		expected++
	}
	assert.Equal(t, expected, f.Count(), "the object exists once")
	f.AssertSecrets(f.resource)
	exists, err := process.Refresh(f.resource)
	require.NoError(t, err)
	assert.True(t, exists)
	preview = process.Preview(f.resource, inputs)
	assert.Equal(t, enginetest.Same, preview.Op, "after a refresh: %v", preview.Diff.DetailedDiff)
}

// matrix has the outcomes by operation and request, fault, and repetition.
type matrix struct {
	lines   []string
	columns []string

	mutex sync.Mutex
	cells map[cell]string
}

type cell struct {
	line, column string
	times        int
}

func (m *matrix) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "| operation and request | %s |\n|---|%s\n", strings.Join(m.columns, " | "), strings.Repeat(":-:|", len(m.columns)))
	for _, line := range m.lines {
		fmt.Fprintf(&b, "| %s |", strings.ReplaceAll(line, "*", `\*`)) // which would be emphasis
		for _, column := range m.columns {
			for _, times := range repetitions {
				b.WriteString(" " + m.cells[cell{line, column, times}])
			}
			b.WriteString(" |")
		}
		b.WriteString("\n")
	}
	return b.String()
}

// The comments around the table in docs/reliability.md.
const (
	tableBegins = "<!-- The table is written by `make test-faults`. -->\n"
	tableEnds   = "<!-- The end of the table. -->\n"
)

// allFaults reports whether to inject every fault, instead of a part of them.
func allFaults() bool { return os.Getenv("PGBEAM_FAULTS") == "all" }

// TestFaults injects every fault into every request of every operation. With
// PGBEAM_FAULTS=all it does so once, three times and always, and writes the
// outcomes to docs/reliability.md. Otherwise it injects every fifth fault, or with
// -short every 23rd, and compares the outcomes with the document.
func TestFaults(t *testing.T) {
	t.Parallel()
	m := &matrix{cells: map[cell]string{}}
	for _, fc := range faultCases() {
		m.columns = append(m.columns, fc.name)
	}
	type injection struct {
		cell
		operation operation
		target    target
		fault     faultCase
	}
	var injections []injection
	for _, k := range scenario.Kinds() {
		for _, o := range operationsOf(k) {
			t.Run(o.String(), func(t *testing.T) {
				for i, target := range targets(t, o) {
					line := fmt.Sprintf("%s: %s %s", o, target.method, strings.TrimPrefix(target.path, "/v1"))
					if i > 0 {
						line += fmt.Sprintf(" (%d)", i+1)
					}
					line = strings.ReplaceAll(line, localapi.DefaultOrgID, "*")
					m.lines = append(m.lines, line)
					for _, fc := range faultCases() {
						for _, times := range repetitions {
							injections = append(injections, injection{cell{line, fc.name, times}, o, target, fc})
						}
					}
				}
			})
		}
	}
	// More workers than processors, because most of the time is spent waiting.
	var workers sync.WaitGroup
	queue := make(chan injection)
	for range 8 {
		workers.Go(func() {
			for i := range queue {
				t.Run(fmt.Sprintf("%s/%s/%d", i.line, i.column, i.times), func(t *testing.T) {
					outcome := inject(t, i.operation, i.target, i.fault, i.times)
					m.mutex.Lock()
					defer m.mutex.Unlock()
					m.cells[i.cell] = outcome
				})
			}
		})
	}
	every := 5
	if testing.Short() {
		every = 23 // all faults and repetitions in turn
	}
	if allFaults() {
		every = 1
	}
	for i := 0; i < len(injections); i += every {
		queue <- injections[i]
	}
	close(queue)
	workers.Wait()
	if allFaults() {
		m.write(t)
	} else {
		m.compare(t)
	}
}

// document returns docs/reliability.md in three parts, the second of which is the table.
func document(t *testing.T) (before, table, after string) {
	t.Helper()
	before, rest, found := strings.Cut(repotest.Read(t, "docs", "reliability.md"), tableBegins)
	require.True(t, found)
	table, after, found = strings.Cut(rest, tableEnds)
	require.True(t, found)
	return before, table, after
}

// write writes the outcomes to the document and to standard output.
func (m *matrix) write(t *testing.T) {
	t.Helper()
	fmt.Print(m)
	require.False(t, t.Failed(), "the document is not written, because something was lost")
	before, _, after := document(t)
	text := before + tableBegins + "\n" + m.String() + "\n" + tableEnds + after
	require.NoError(t, os.WriteFile(repotest.Path(t, "docs", "reliability.md"), []byte(text), 0o600))
}

// compare compares the outcomes with those in the document.
func (m *matrix) compare(t *testing.T) {
	t.Helper()
	_, table, _ := document(t)
	documented := map[cell]string{}
	for line := range strings.Lines(table) {
		fields := strings.Split(line, "|")
		if len(fields) != len(m.columns)+3 {
			continue
		}
		for i, column := range m.columns {
			outcomes := strings.Fields(fields[i+2])
			for j, outcome := range outcomes[:min(len(outcomes), len(repetitions))] {
				documented[cell{strings.ReplaceAll(strings.TrimSpace(fields[1]), `\*`, "*"), column, repetitions[j]}] = outcome
			}
		}
	}
	require.NotEmpty(t, m.cells)
	for target, outcome := range m.cells {
		assert.Equal(t, documented[target], outcome, "docs/reliability.md is out of date at %v: run `make test-faults`", target)
	}
}
