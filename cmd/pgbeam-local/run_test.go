// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pgbeam/pulumi-pgbeam/internal/localapi"
)

// served is the command running in this process.
type served struct {
	t      *testing.T
	url    string
	key    string
	stop   context.CancelFunc
	stdout *bufio.Reader
	code   chan int
}

func serveArgs(t *testing.T, args ...string) *served {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	t.Cleanup(cancel)
	reader, writer := io.Pipe()
	s := &served{t: t, key: "pbo_local", stop: cancel, stdout: bufio.NewReader(reader), code: make(chan int, 1)}
	var stderr bytes.Buffer
	go func() {
		s.code <- run(ctx, args, writer, &stderr)
		_ = writer.CloseWithError(io.EOF)
	}()
	line, err := s.stdout.ReadString('\n')
	require.NoError(t, err, &stderr)
	s.url = urlIn(t, line)
	return s
}

// urlIn takes the URL from the one line.
func urlIn(t *testing.T, line string) string {
	t.Helper()
	require.Regexp(t, `^pgbeam-local listening on http://(127\.0\.0\.1|\[::1\]):[1-9][0-9]*\n$`, line)
	return strings.TrimSpace(strings.TrimPrefix(line, "pgbeam-local listening on "))
}

func (s *served) do(method, path, body string) reply {
	s.t.Helper()
	return send(s.t, s.url, s.key, method, path, body)
}

type reply struct {
	status int
	header http.Header
	body   string
}

func send(t *testing.T, url, key, method, path, body string) reply {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), method, url+path, strings.NewReader(body))
	require.NoError(t, err)
	request.Header.Set("Authorization", "Bearer "+key)
	request.Header.Set("Content-Type", "application/json")
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	answer, err := client.Do(request)
	require.NoError(t, err)
	data, err := io.ReadAll(answer.Body)
	require.NoError(t, err)
	require.NoError(t, answer.Body.Close())
	return reply{answer.StatusCode, answer.Header, string(data)}
}

// project posts a project and returns its ID.
func project(t *testing.T, url, key, org, name string) string {
	t.Helper()
	answer := send(t, url, key, http.MethodPost, "/v1/projects", `{"name":"`+name+`","org_id":"`+org+`",
		"database":{"host":"h","port":5432,"name":"n","username":"u","password":"p"}}`)
	require.Equal(t, http.StatusCreated, answer.status)
	var created struct {
		Project struct {
			ID string `json:"id"`
		} `json:"project"`
	}
	require.NoError(t, json.Unmarshal([]byte(answer.body), &created))
	return created.Project.ID
}

// end stops the command and returns its exit code and what else it printed.
func (s *served) end() (int, string) {
	s.t.Helper()
	s.stop()
	rest, err := io.ReadAll(s.stdout)
	require.NoError(s.t, err)
	return <-s.code, string(rest)
}

func TestOneLineIsPrinted(t *testing.T) {
	s := serveArgs(t)
	assert.Equal(t, http.StatusOK, s.do(http.MethodGet, "/v1/health", "").status)
	assert.Equal(t, http.StatusOK, s.do(http.MethodGet, "/_local/objects", "").status)
	code, rest := s.end()
	assert.Zero(t, code)
	assert.Empty(t, rest)
}

func TestFlagsReachTheServer(t *testing.T) {
	s := serveArgs(t,
		"--listen", "localhost:0", "--api-key", "pbo_mine", "--org", "org_mine", "--plan", "starter", "--plan-limit", "projects=1",
		"--plan-limit", "agent-credentials=5", "--behaviour", "deleted-project-answers-200", "--behaviour", "default-ssl-mode=require",
		"--fault", "GET /v1/regions status=503 times=1 retry-after=7", "--fault", "GET /v1/plans status=502", "--rate-limit", "100000")
	assert.Equal(t, http.StatusUnauthorized, s.do(http.MethodGet, "/v1/organizations", "").status)
	s.key = "pbo_mine"
	assert.Equal(t, http.StatusBadGateway, s.do(http.MethodGet, "/v1/plans", "").status)
	assert.NotEmpty(t, s.do(http.MethodGet, "/v1/health", "").header.Get("RateLimit"))
	id := project(t, s.url, s.key, "org_mine", "shop")
	second := s.do(http.MethodPost, "/v1/projects", `{"name":"b","org_id":"org_mine",
		"database":{"host":"h","port":5432,"name":"n","username":"u","password":"p"}}`)
	assert.Equal(t, http.StatusForbidden, second.status)
	assert.Contains(t, s.do(http.MethodGet, "/v1/projects/"+id+"/databases", "").body, `"ssl_mode":"require"`)
	assert.Equal(t, http.StatusNoContent, s.do(http.MethodDelete, "/v1/projects/"+id, "").status)
	assert.Equal(t, http.StatusOK, s.do(http.MethodGet, "/v1/projects/"+id, "").status)
	code, _ := s.end()
	assert.Zero(t, code)
}

func TestWrongCommandLines(t *testing.T) {
	for name, test := range map[string]struct {
		args []string
		says string
	}{
		"every address":     {[]string{"--listen", "0.0.0.0:0"}, "only a loopback address"},
		"no address":        {[]string{"--listen", ":8080"}, "only a loopback address"},
		"another machine":   {[]string{"--listen", "192.0.2.1:80"}, "only a loopback address"},
		"a host name":       {[]string{"--listen", "example.com:80"}, "only a loopback address"},
		"no port":           {[]string{"--listen", "127.0.0.1"}, "missing port"},
		"unknown flag":      {[]string{"--colour"}, "not defined"},
		"argument":          {[]string{"serve"}, "unexpected argument"},
		"fault":             {[]string{"--fault", "GET"}, "needs a method"},
		"fault status":      {[]string{"--fault", "GET /v1 status=7"}, "status"},
		"behaviour":         {[]string{"--behaviour", "odd"}, "unknown name"},
		"plan limit":        {[]string{"--plan-limit", "projects"}, "whole number"},
		"unknown limit":     {[]string{"--plan-limit", "cats=3"}, "unknown name"},
		"query shape":       {[]string{"--query-shape", "-- nothing"}, "no statement"},
		"fault's value":     {[]string{"--fault", "GET * set=id:agt_other"}, "JSON value"},
		"rate limit":        {[]string{"--rate-limit", "-1"}, "negative"},
		"rate limit's form": {[]string{"--rate-limit", "x"}, "invalid value"},
	} {
		t.Run(name, func(t *testing.T) {
			var stdout, stderr bytes.Buffer
			assert.Equal(t, 2, run(t.Context(), test.args, &stdout, &stderr))
			assert.Empty(t, stdout.String())
			assert.Contains(t, stderr.String(), test.says)
		})
	}
}

func TestWhatOnlyTheServerCanTell(t *testing.T) {
	for name, args := range map[string][]string{
		"plan":       {"--plan", "golden"},
		"state file": {"--state", filepath.Join(t.TempDir(), "nowhere", "state.json")},
		"empty key":  {"--api-key", ""},
		"org":        {"--org", "a b"},
	} {
		var stdout, stderr bytes.Buffer
		assert.Equal(t, 1, run(t.Context(), args, &stdout, &stderr), name)
		assert.Empty(t, stdout.String(), name)
		assert.Contains(t, stderr.String(), "pgbeam-local: ", name)
	}
}

func TestVersionAndHelp(t *testing.T) {
	var stdout, stderr bytes.Buffer
	assert.Zero(t, run(t.Context(), []string{"--version"}, &stdout, &stderr))
	assert.Equal(t, "pgbeam-local "+version+"\n", stdout.String())
	assert.Empty(t, stderr.String())
	stdout.Reset()
	assert.Zero(t, run(t.Context(), []string{"--help"}, &stdout, &stderr))
	assert.Empty(t, stdout.String())
	for _, name := range []string{"listen", "api-key", "org", "state", "fault", "rate-limit", "behaviour", "plan-limit", "plan", "version"} {
		assert.Contains(t, stderr.String(), "-"+name)
	}
}

// TestHelpNamesEverything: what the server can be told is told by the help.
func TestHelpNamesEverything(t *testing.T) {
	var stdout, stderr bytes.Buffer
	assert.Zero(t, run(t.Context(), []string{"--help"}, &stdout, &stderr))
	words := strings.Join(strings.Fields(stderr.String()), " ")
	settings := append(localapi.Behaviours(), localapi.FaultSettings()...)
	settings = append(settings, localapi.PlanLimits()...)
	assert.Greater(t, len(settings), 40)
	for _, setting := range settings {
		name := setting.Name
		if setting.Value != "" {
			name += "=" + setting.Value
		}
		assert.Contains(t, words, " "+name+" "+setting.Meaning)
	}
	for line := range strings.SplitSeq(stderr.String(), "\n") {
		if strings.HasPrefix(line, "      ") {
			assert.LessOrEqual(t, len(line), helpWidth)
		}
	}
	for _, sql := range queryShapes {
		hash, normalized := localapi.QueryShape(sql)
		assert.Equal(t, sql, normalized, "the default shapes are shown as they are")
		assert.Contains(t, stderr.String(), hash+"  "+sql+"\n")
	}

	stderr.Reset()
	assert.Zero(t, run(t.Context(), []string{"--query-shape", "SELECT 1", "--help"}, &stdout, &stderr))
	hash, _ := localapi.QueryShape("SELECT 1")
	assert.Contains(t, stderr.String(), hash+"  SELECT $1\n")
	assert.NotContains(t, stderr.String(), queryShapes[0])

	stderr.Reset()
	assert.Equal(t, 2, run(t.Context(), []string{"--colour"}, &stdout, &stderr))
	assert.Equal(t, 2, strings.Count(stderr.String(), "\n"), "an error is not hidden by the help: %s", &stderr)
	assert.Empty(t, stdout.String())
}

func TestQueryShapes(t *testing.T) {
	for name, test := range map[string]struct {
		args   []string
		shapes []string
	}{
		"by default": {nil, queryShapes},
		"given":      {[]string{"--query-shape", "SELECT a FROM t WHERE b = 'x'", "--query-shape", "DELETE FROM t"}, []string{"SELECT a FROM t WHERE b = $1", "DELETE FROM t"}},
		"none":       {[]string{"--query-shape", ""}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			s := serveArgs(t, test.args...)
			id := project(t, s.url, s.key, "org_local", "shop")
			var databases struct{ Databases []struct{ ID string } }
			require.NoError(t, json.Unmarshal([]byte(s.do(http.MethodGet, "/v1/projects/"+id+"/databases", "").body), &databases))
			require.Len(t, databases.Databases, 1)
			path := "/v1/projects/" + id + "/databases/" + databases.Databases[0].ID + "/cache-rules"
			var rules struct {
				Entries []struct {
					Hash string `json:"query_hash"`
					SQL  string `json:"normalized_sql"`
				}
			}
			require.NoError(t, json.Unmarshal([]byte(s.do(http.MethodGet, path, "").body), &rules))
			require.Len(t, rules.Entries, len(test.shapes))
			for i, entry := range rules.Entries {
				assert.Equal(t, test.shapes[i], entry.SQL)
				assert.Equal(t, http.StatusOK, s.do(http.MethodPut, path+"/"+entry.Hash, `{"cache_enabled":true}`).status)
			}
		})
	}
}

func TestAnAddressInUse(t *testing.T) {
	s := serveArgs(t)
	var stdout, stderr bytes.Buffer
	assert.Equal(t, 1, run(t.Context(), []string{"--listen", strings.TrimPrefix(s.url, "http://")}, &stdout, &stderr))
	assert.Contains(t, stderr.String(), "address already in use")
	assert.Empty(t, stdout.String())
}

// build compiles the real command.
func build(t *testing.T) string {
	t.Helper()
	binary := filepath.Join(t.TempDir(), "pgbeam-local")
	output, err := exec.CommandContext(t.Context(), "go", "build", "-o", binary, ".").CombinedOutput()
	require.NoError(t, err, string(output))
	return binary
}

// process is the real command.
type process struct {
	t       *testing.T
	command *exec.Cmd
	stdout  *bufio.Reader
	url     string
}

func launch(t *testing.T, binary string, args ...string) *process {
	t.Helper()
	p := &process{t: t, command: exec.CommandContext(t.Context(), binary, args...)}
	p.command.Stderr = os.Stderr
	pipe, err := p.command.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, p.command.Start())
	p.stdout = bufio.NewReader(pipe)
	line, err := p.stdout.ReadString('\n')
	require.NoError(t, err)
	p.url = urlIn(t, line)
	return p
}

// end sends a signal and asserts a clean exit with nothing more on stdout.
func (p *process) end(signal os.Signal) {
	p.t.Helper()
	require.NoError(p.t, p.command.Process.Signal(signal))
	rest, err := io.ReadAll(p.stdout)
	require.NoError(p.t, err)
	assert.Empty(p.t, rest)
	require.NoError(p.t, p.command.Wait())
}

func TestTheRealCommandStopsCleanlyAndKeepsItsState(t *testing.T) {
	binary := build(t)
	state := filepath.Join(t.TempDir(), "state.json")

	first := launch(t, binary, "--state", state)
	id := project(t, first.url, "pbo_local", "org_local", "shop")
	first.end(syscall.SIGTERM)
	info, err := os.Stat(state)
	require.NoError(t, err)
	assert.Equal(t, os.FileMode(0o600), info.Mode().Perm())

	second := launch(t, binary, "--state", state)
	assert.Equal(t, http.StatusOK, send(t, second.url, "pbo_local", http.MethodGet, "/v1/projects/"+id, "").status)
	// A process that is killed has lost nothing that it answered.
	lasting := project(t, second.url, "pbo_local", "org_local", "lasting")
	require.NoError(t, second.command.Process.Kill())
	require.Error(t, second.command.Wait())

	third := launch(t, binary, "--state", state)
	assert.Equal(t, http.StatusOK, send(t, third.url, "pbo_local", http.MethodGet, "/v1/projects/"+lasting, "").status)
	third.end(os.Interrupt)
}

func TestARequestInFlightIsFinished(t *testing.T) {
	for name, test := range map[string]struct {
		latency  string
		answered bool
	}{
		"within the grace": {"300ms", true},
		"beyond the grace": {"1h", false},
	} {
		t.Run(name, func(t *testing.T) {
			s := serveArgs(t, "--fault", "GET /v1/regions latency="+test.latency+" times=1")
			answered := make(chan bool, 1)
			ready := make(chan struct{})
			go func() {
				request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.url+"/v1/regions", http.NoBody)
				if err == nil {
					request.Header.Set("Authorization", "Bearer pbo_local")
					close(ready)
					var answer *http.Response
					if answer, err = (&http.Transport{}).RoundTrip(request); err == nil {
						err = answer.Body.Close()
					}
				}
				answered <- err == nil
			}()
			<-ready
			// The fault is spent once the request is in flight.
			for strings.Contains(s.do(http.MethodGet, "/_local/faults", "").body, "latency") {
			}
			code, _ := s.end()
			assert.Zero(t, code)
			assert.Equal(t, test.answered, <-answered)
		})
	}
}
