// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package tests

import (
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pgbeam/pulumi-pgbeam/client"
	"github.com/pgbeam/pulumi-pgbeam/internal/createjournal"
	"github.com/pgbeam/pulumi-pgbeam/internal/enginetest"
	"github.com/pgbeam/pulumi-pgbeam/internal/localapi"
	"github.com/pgbeam/pulumi-pgbeam/provider"
)

// How often the plugin of the matrix tries again, and what it waits for.
const (
	faultRetries   = 4
	slowTimeout    = 200 * time.Millisecond
	patientTimeout = 30 * time.Second
)

// fault is a column of the matrix.
type fault struct {
	name string
	is   localapi.Fault
	// refused is a connection that nobody accepts, for which there is no server to ask.
	refused bool
	// another is an answer about another object: with the ID, where the request
	// names one, and the parents of somebody else's.
	another bool
}

// strange returns what tells the object of an answer apart, with other values, at
// whatever depth an answer has it.
func strange(method string) map[string]any {
	fields := map[string]any{"project_id": "prj_other", "org_id": "org_other", "database_id": "db_other"}
	if method == http.MethodPut { // the entries of a list name no parent, so that one of others is only one without ours
		fields["query_hash"] = "ffffffffffffffff"
	}
	if method != http.MethodPost { // which cannot know the ID of what it creates
		fields["id"] = "other"
	}
	set := map[string]any{}
	for name, value := range fields {
		set[name], set["*."+name], set["*.*."+name] = value, value, value
	}
	return set
}

func faultColumns() []fault {
	past := time.Now().Add(-time.Minute).UTC().Format(http.TimeFormat)
	return []fault{
		{name: "429, seconds", is: localapi.Fault{Status: 429, RetryAfter: "0"}},
		{name: "429, date", is: localapi.Fault{Status: 429, RetryAfter: past}},
		{name: "503, seconds", is: localapi.Fault{Status: 503, RetryAfter: "0"}},
		{name: "503, date", is: localapi.Fault{Status: 503, RetryAfter: past}},
		{name: "500", is: localapi.Fault{Status: 500}},
		{name: "502", is: localapi.Fault{Status: 502}},
		{name: "504", is: localapi.Fault{Status: 504, After: true}},
		{name: "refused", refused: true},
		{name: "dropped before", is: localapi.Fault{Drop: localapi.DropBefore}},
		{name: "dropped after", is: localapi.Fault{Drop: localapi.DropAfter}},
		{name: "cut in half", is: localapi.Fault{Drop: localapi.DropHalf}},
		{name: "not JSON", is: localapi.Fault{Body: "<html>Welcome</html>"}},
		{name: "too slow", is: localapi.Fault{Latency: time.Hour}},
		{name: "404 page", is: localapi.Fault{Status: 404, Body: "<html>Not here</html>"}},
		{name: "404 without code", is: localapi.Fault{Status: 404, Body: `{"message": "no such route"}`}},
		{name: "empty object", is: localapi.Fault{Body: "{}"}},
		{name: "null", is: localapi.Fault{Status: 200, Body: "null"}},
		{name: "maintenance", is: localapi.Fault{Status: 200, Body: `{"message": "maintenance"}`}},
		{name: "202", is: localapi.Fault{Status: 202, Empty: true}},
		{name: "another object", another: true},
	}
}

// times are how often a fault strikes; 0 is for ever.
var times = []int{1, 3, 0}

// operation is something that the plugin does to a resource, in one or more requests.
type operation struct {
	row  row
	name string
	// before are the inputs that the resource has first, nil where it is created.
	before object
	// after are the inputs that it is brought to, nil where it is deleted.
	after object
}

func (o operation) String() string { return o.row.kind + ", " + o.name }

// operationsOf lists the operations of a kind, from its row in the table of scenarios.
func operationsOf(r row) []operation {
	operations := []operation{
		{r, "create", nil, r.most},
		{r, "delete", r.most, nil},
		{r, "read", r.most, r.most},
	}
	if len(r.changes) > 0 {
		c := r.changes[0]
		operations = append(operations, operation{r, "update", r.most, with(r.most, object{c.property: c.to})})
	}
	switch r.kind {
	case "Project":
		operations = append(operations, operation{r, "update with its database", r.most, with(r.most, object{
			"description": "Another", "database": with(databaseInputs, object{"host": "other.example.com", "password": "another"}),
		})})
	case "ProjectDefaultPolicy":
		operations = append(operations, operation{r, "update", object{}, object{"policyProfileId": "other"}})
	case "AgentCredential":
		operations = append(operations,
			operation{r, "rotate", r.most, with(r.most, object{"rotationTriggers": object{"quarter": "2"}})},
			operation{r, "rotate and activate", r.most, with(r.most, object{"rotationTriggers": object{"quarter": "2"}, "status": "active"})})
	case "SelfHostEnrollment":
		operations = append(operations, operation{r, "rotate", r.most, with(r.most, object{"rotationTriggers": object{"quarter": "2"}})})
	case "CustomDomain":
		operations = append(operations, operation{r, "verify", with(r.most, object{"waitForVerification": false}), r.most})
	}
	return operations
}

// target is a request that changes something: that with a method and a path,
// after some that have the same.
type target struct {
	method, path string
	skip         int
}

var ids = regexp.MustCompile(`/(prj|db|rep|dom|agt|pol|whk|she|hnt|anr|apl)_[^/]+`)

// bench is a world in which an operation is due.
type bench struct {
	*world
	operation
	parents  object
	resource *enginetest.Resource
	memory   string
	objects  int // of its kind, before the operation
}

func newBench(t *testing.T, o operation) *bench {
	b := &bench{world: enginetest.NewEnv(t, localapi.Options{}), operation: o, memory: t.TempDir()}
	b.parents = o.row.parents(b.world)
	if o.after["policyProfileId"] == "other" {
		project := b.parents["projectId"].(string)
		for _, policy := range b.Local.Objects("policies") {
			if policy["project_id"] == project && policy["name"] == "other" {
				b.after = object{"policyProfileId": policy["id"]}
			}
		}
	}
	b.resource = &enginetest.Resource{Kind: o.row.kind, Name: "thing"}
	b.objects = len(b.Local.Objects(o.row.list))
	if o.before != nil {
		b.prepare(t)
	}
	b.Local.ResetRequests()
	return b
}

func (b *bench) prepare(t *testing.T) {
	t.Helper()
	first := b.start(patientTimeout, nil)
	result := first.Up(b.resource, enginetest.Inputs(with(b.parents, b.before)))
	require.Empty(t, result.Failures)
	require.NoError(t, result.Err)
	first.creates.Commit()
}

// run starts the plugin; its requests go through a transport, if one is given.
func (b *bench) start(timeout time.Duration, transport http.RoundTripper) run {
	creates := &createjournal.Journal{}
	creates.Open("provider-1", b.memory)
	options := []client.Option{client.WithBackoff(time.Millisecond, 2*time.Millisecond), client.WithRequestTimeout(timeout)}
	if transport != nil {
		options = append(options, client.WithHTTPClient(&http.Client{Transport: transport}))
	}
	return run{enginetest.Plugin(b.TB, b.Local, provider.Options{Journal: creates, Client: options},
		map[string]string{"PGBEAM_MAX_RETRIES": fmt.Sprint(faultRetries)}), creates}
}

// carryOut does the operation.
func (b *bench) carryOut(r run) error {
	if b.after == nil {
		return r.Delete(b.resource)
	}
	if b.name == "read" {
		before := *b.resource
		exists, err := r.Refresh(b.resource)
		if err != nil {
			assert.Equal(b, before, *b.resource, "a read that fails changes nothing")
			return err
		}
		assert.True(b, exists, "it is dropped from the state")
		return nil
	}
	result := r.Up(b.resource, enginetest.Inputs(with(b.parents, b.after)))
	if len(result.Failures) > 0 {
		return fmt.Errorf("%v", result.Failures)
	}
	return result.Err
}

// targets carries out the operation without faults, and returns the requests
// that changed something.
func targets(t *testing.T, o operation) []target {
	b := newBench(t, o)
	require.NoError(t, b.carryOut(b.start(patientTimeout, nil)), o)
	var found []target
	seen := map[string]int{}
	for _, request := range b.Local.Requests() {
		if request.Method == http.MethodGet && o.name != "read" && byPost(o.row) {
			continue // but where a create or a delete reads before it writes
		}
		next := target{method: request.Method, path: ids.ReplaceAllString(request.Path, "/*")}
		next.skip = seen[next.method+next.path]
		seen[next.method+next.path]++
		found = append(found, next)
	}
	require.NotEmpty(t, found, o)
	return found
}

// refusing is a transport whose connections for some requests are refused.
type refusing struct {
	target
	times  int
	closed string

	mutex        sync.Mutex
	seen, struck int
	off          bool
}

func (r *refusing) RoundTrip(req *http.Request) (*http.Response, error) {
	r.mutex.Lock()
	matched, _ := filepath.Match(r.path, req.URL.Path)
	strikes := false
	if matched && req.Method == r.method && !r.off && (r.times == 0 || r.struck < r.times) {
		if r.seen++; r.seen > r.skip {
			r.struck++
			strikes = true
		}
	}
	r.mutex.Unlock()
	if strikes {
		_, err := (&net.Dialer{}).DialContext(req.Context(), "tcp", r.closed)
		return nil, err
	}
	return http.DefaultTransport.RoundTrip(req)
}

// nobody returns an address at which nobody listens.
func nobody(t *testing.T) string {
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer func() { _ = listener.Close() }()
	return listener.Addr().String()
}

// What becomes of an operation.
const (
	carriedOn = "●" // it succeeded in spite of the fault
	nextUp    = "○" // it failed, and the next plain update made the state and the API agree
)

// outcome strikes the operation with a fault, and says what became of it. It
// fails the test where anything is lost.
func outcome(t *testing.T, o operation, at target, f fault, times int) string {
	b := newBench(t, o)
	timeout := patientTimeout
	if f.is.Latency > 0 {
		timeout = slowTimeout
	}
	var transport http.RoundTripper
	if f.refused {
		transport = &refusing{target: at, times: times, closed: nobody(t)}
	} else {
		is := f.is
		if f.another {
			is.Set = strange(at.method)
		}
		is.Method, is.Path, is.Skip, is.Times = at.method, at.path, at.skip, times
		b.Local.AddFault(is)
	}
	err := b.carryOut(b.start(timeout, transport))
	became := carriedOn
	if err != nil {
		became = nextUp
		told := strings.Join(append(b.resource.Unfinished, err.Error()), "\n")
		assert.Contains(t, told, o.row.kind+` "thing"`, "the error names what it is about")
		if o.before == nil && at.method == http.MethodPost && f.is.Drop == localapi.DropAfter && b.resource.ID == "" {
			assert.Contains(t, told, "If it was created all the same, the next `pulumi up`")
		}
		b.Local.ClearFaults()
		require.NoError(t, b.carryOut(b.start(patientTimeout, nil)), "the next run finishes it")
	}
	b.Local.ClearFaults()
	b.agrees(t)
	return became
}

// agrees fails unless the state and the API agree.
func (b *bench) agrees(t *testing.T) {
	t.Helper()
	r := b.start(patientTimeout, nil)
	if b.after == nil {
		if byPost(b.row) {
			assert.Len(t, b.Local.Objects(b.row.list), b.objects, "it is gone")
			return
		}
		s := singletonOf(b.world, b.row, b.parents)
		s.assertLive(b.world, s.cleared)
		return
	}
	inputs := enginetest.Inputs(with(b.parents, b.after))
	assert.Empty(t, b.resource.Unfinished)
	preview := r.Preview(b.resource, inputs)
	assert.Equal(t, enginetest.Same, preview.Op, "%v", preview.Diff.DetailedDiff)
	expected := b.objects
	if byPost(b.row) {
		expected++
	}
	assert.Len(t, b.Local.Objects(b.row.list), expected, "it exists once")
	for property, field := range map[string]string{"connectionString": "connection_string", "mcpToken": "mcp_token", "token": "token"} {
		if works := b.Local.Secret(b.row.list, b.resource.ID, field); works != "" {
			assert.Equal(t, works, b.resource.State.Get(property).AsString(), "%s works", property)
		}
	}
	exists, err := r.Refresh(b.resource)
	require.NoError(t, err)
	assert.True(t, exists)
	preview = r.Preview(b.resource, inputs)
	assert.Equal(t, enginetest.Same, preview.Op, "after a refresh: %v", preview.Diff.DetailedDiff)
}

// matrix is the outcomes by operation and request, by fault, by how often.
type matrix struct {
	mutex   sync.Mutex
	lines   []string
	columns []string
	cells   map[string]string
}

func cell(line, column string, times int) string { return fmt.Sprintf("%s|%s|%d", line, column, times) }

func (m *matrix) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "| operation and request | %s |\n|---|%s\n", strings.Join(m.columns, " | "), strings.Repeat(":-:|", len(m.columns)))
	for _, line := range m.lines {
		fmt.Fprintf(&b, "| %s |", line)
		for _, column := range m.columns {
			for _, n := range times {
				b.WriteString(" " + m.cells[cell(line, column, n)])
			}
			b.WriteString(" |")
		}
		b.WriteString("\n")
	}
	return b.String()
}

// The table in docs/reliability.md stands between these.
const (
	tableBegins = "<!-- The table is written by `make test-faults`. -->\n"
	tableEnds   = "<!-- The end of the table. -->\n"
)

// TestFaults strikes every request of every operation with every fault. With
// PGBEAM_FAULTS=all it does so once, three times and for ever, prints the
// outcomes and writes them into docs/reliability.md; else it takes every fifth
// and compares them with what is written there.
func TestFaults(t *testing.T) {
	t.Parallel()
	all := os.Getenv("PGBEAM_FAULTS") == "all"
	m := &matrix{cells: map[string]string{}}
	for _, f := range faultColumns() {
		m.columns = append(m.columns, f.name)
	}
	type strike struct {
		line string
		o    operation
		at   target
		f    fault
		n    int
	}
	var strikes []strike
	for _, r := range rows {
		for _, o := range operationsOf(r) {
			t.Run(o.String(), func(t *testing.T) {
				for i, at := range targets(t, o) {
					line := fmt.Sprintf("%s: %s %s", o, at.method, strings.TrimPrefix(at.path, "/v1"))
					if i > 0 {
						line += fmt.Sprintf(" (%d)", i+1)
					}
					line = strings.ReplaceAll(line, localapi.DefaultOrgID, "*")
					m.lines = append(m.lines, line)
					for _, f := range faultColumns() {
						for _, n := range times {
							strikes = append(strikes, strike{line, o, at, f, n})
						}
					}
				}
			})
		}
	}
	// More at a time than there are processors: most of the time goes by waiting.
	var workers sync.WaitGroup
	queue := make(chan strike)
	for range 8 {
		workers.Go(func() {
			for s := range queue {
				t.Run(fmt.Sprintf("%s/%s/%d", s.line, s.f.name, s.n), func(t *testing.T) {
					became := outcome(t, s.o, s.at, s.f, s.n)
					m.mutex.Lock()
					defer m.mutex.Unlock()
					m.cells[cell(s.line, s.f.name, s.n)] = became
				})
			}
		})
	}
	for i, s := range strikes {
		if all || i%5 == 0 {
			queue <- s
		}
	}
	close(queue)
	workers.Wait()
	m.compare(t, all)
}

// compare compares the outcomes with those that are written down, or writes them.
func (m *matrix) compare(t *testing.T, write bool) {
	t.Helper()
	path := filepath.Join(built.Root, "docs", "reliability.md")
	text, err := readFile(path)
	require.NoError(t, err)
	before, rest, found := strings.Cut(text, tableBegins)
	require.True(t, found)
	table, after, found := strings.Cut(rest, tableEnds)
	require.True(t, found)
	if write {
		fmt.Print(m)
		require.False(t, t.Failed(), "something is lost: the table is not written")
		require.NoError(t, os.WriteFile(path, []byte(before+tableBegins+"\n"+m.String()+"\n"+tableEnds+after), 0o600))
		return
	}
	written := map[string]string{}
	for _, line := range strings.Split(table, "\n") {
		fields := strings.Split(line, "|")
		if len(fields) != len(m.columns)+3 {
			continue
		}
		for i, column := range m.columns {
			for j, became := range strings.Fields(fields[i+2]) {
				if j < len(times) {
					written[cell(strings.TrimSpace(fields[1]), column, times[j])] = became
				}
			}
		}
	}
	for at, became := range m.cells {
		assert.Equal(t, written[at], became, "docs/reliability.md is out of date at %q: run `make test-faults`", at)
	}
}
