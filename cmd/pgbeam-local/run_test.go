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
	"github.com/pgbeam/pulumi-pgbeam/internal/modetest"
)

// server is the command running in this process.
type server struct {
	t      *testing.T
	url    string
	key    string
	stop   context.CancelFunc
	stdout *bufio.Reader
	code   chan int
}

func startServer(t *testing.T, args ...string) *server {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	t.Cleanup(cancel)
	reader, writer := io.Pipe()
	s := &server{t: t, key: "pbo_local", stop: cancel, stdout: bufio.NewReader(reader), code: make(chan int, 1)}
	var stderr bytes.Buffer
	go func() {
		s.code <- run(ctx, args, writer, &stderr)
		_ = writer.CloseWithError(io.EOF)
	}()
	line, err := s.stdout.ReadString('\n')
	require.NoError(t, err, &stderr)
	s.url = parseURL(t, line)
	return s
}

// parseURL returns the URL in the line that the command prints.
func parseURL(t *testing.T, line string) string {
	t.Helper()
	require.Regexp(t, `^pgbeam-local listening on http://(127\.0\.0\.1|\[::1\]):[1-9][0-9]*\n$`, line)
	return strings.TrimSpace(strings.TrimPrefix(line, "pgbeam-local listening on "))
}

func (s *server) do(method, path, body string) response {
	s.t.Helper()
	return send(s.t, s.url, s.key, method, path, body)
}

type response struct {
	status int
	header http.Header
	body   string
}

func send(t *testing.T, url, key, method, path, body string) response {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), method, url+path, strings.NewReader(body))
	require.NoError(t, err)
	request.Header.Set("Authorization", "Bearer "+key)
	request.Header.Set("Content-Type", "application/json")
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	res, err := client.Do(request)
	require.NoError(t, err)
	data, err := io.ReadAll(res.Body)
	require.NoError(t, err)
	require.NoError(t, res.Body.Close())
	return response{res.StatusCode, res.Header, string(data)}
}

// createProject returns the ID of a new project.
func createProject(t *testing.T, url, key, org, name string) string {
	t.Helper()
	res := send(t, url, key, http.MethodPost, "/v1/projects", `{"name":"`+name+`","org_id":"`+org+`",
		"database":{"host":"h","port":5432,"name":"n","username":"u","password":"p"}}`)
	require.Equal(t, http.StatusCreated, res.status)
	var created struct {
		Project struct {
			ID string `json:"id"`
		} `json:"project"`
	}
	require.NoError(t, json.Unmarshal([]byte(res.body), &created))
	return created.Project.ID
}

// shutdown stops the command and returns its exit code and the rest of its output.
func (s *server) shutdown() (int, string) {
	s.t.Helper()
	s.stop()
	rest, err := io.ReadAll(s.stdout)
	require.NoError(s.t, err)
	return <-s.code, string(rest)
}

func TestServePrintsOneLine(t *testing.T) {
	s := startServer(t)
	assert.Equal(t, http.StatusOK, s.do(http.MethodGet, "/v1/health", "").status)
	assert.Equal(t, http.StatusOK, s.do(http.MethodGet, "/_local/objects", "").status)
	code, rest := s.shutdown()
	assert.Zero(t, code)
	assert.Empty(t, rest)
}

func TestFlags(t *testing.T) {
	s := startServer(t,
		"--listen", "localhost:0", "--api-key", "pbo_mine", "--org", "org_mine", "--plan", "starter", "--plan-limit", "projects=1",
		"--plan-limit", "agent-credentials=5", "--behaviour", "deleted-project-answers-200", "--behaviour", "default-ssl-mode=require",
		"--fault", "GET /v1/regions status=503 times=1 retry-after=7", "--fault", "GET /v1/plans status=502", "--rate-limit", "100000/2s",
		"--deprecate", "GET /v1/health since=2026-12-01 sunset=2099-06-01")
	assert.Equal(t, http.StatusUnauthorized, s.do(http.MethodGet, "/v1/organizations", "").status)
	s.key = "pbo_mine"
	assert.Equal(t, http.StatusBadGateway, s.do(http.MethodGet, "/v1/plans", "").status)
	health := s.do(http.MethodGet, "/v1/health", "").header
	assert.Equal(t, `"default";q=100000;w=2;qu="requests"`, health.Get("RateLimit-Policy"))
	assert.Equal(t, "@1796083200", health.Get("Deprecation"))
	assert.Equal(t, "Mon, 01 Jun 2099 00:00:00 GMT", health.Get("Sunset"))
	id := createProject(t, s.url, s.key, "org_mine", "shop")
	second := s.do(http.MethodPost, "/v1/projects", `{"name":"b","org_id":"org_mine",
		"database":{"host":"h","port":5432,"name":"n","username":"u","password":"p"}}`)
	assert.Equal(t, http.StatusForbidden, second.status)
	assert.Contains(t, s.do(http.MethodGet, "/v1/projects/"+id+"/databases", "").body, `"ssl_mode":"require"`)
	assert.Equal(t, http.StatusNoContent, s.do(http.MethodDelete, "/v1/projects/"+id, "").status)
	assert.Equal(t, http.StatusOK, s.do(http.MethodGet, "/v1/projects/"+id, "").status)
	code, _ := s.shutdown()
	assert.Zero(t, code)
}

func TestInvalidCommandLines(t *testing.T) {
	for name, test := range map[string]struct {
		args []string
		want string
	}{
		"any address":       {[]string{"--listen", "0.0.0.0:0"}, "only a loopback address"},
		"empty address":     {[]string{"--listen", ":8080"}, "only a loopback address"},
		"remote address":    {[]string{"--listen", "192.0.2.1:80"}, "only a loopback address"},
		"host name":         {[]string{"--listen", "example.com:80"}, "only a loopback address"},
		"no port":           {[]string{"--listen", "127.0.0.1"}, "missing port"},
		"unknown flag":      {[]string{"--colour"}, "not defined"},
		"argument":          {[]string{"serve"}, "unexpected argument"},
		"fault":             {[]string{"--fault", "GET"}, "needs a method"},
		"fault status":      {[]string{"--fault", "GET /v1 status=7"}, "status"},
		"behaviour":         {[]string{"--behaviour", "odd"}, "unknown name"},
		"plan limit":        {[]string{"--plan-limit", "projects"}, "whole number"},
		"unknown limit":     {[]string{"--plan-limit", "cats=3"}, "unknown name"},
		"query shape":       {[]string{"--query-shape", "-- nothing"}, "no statement"},
		"fault value":       {[]string{"--fault", "GET * set=id:agt_other"}, "JSON value"},
		"rate limit":        {[]string{"--rate-limit", "-1"}, "negative"},
		"rate limit syntax": {[]string{"--rate-limit", "x"}, "invalid value"},
		"rate limit window": {[]string{"--rate-limit", "5/100ms"}, "whole number of seconds"},
		"deprecation":       {[]string{"--deprecate", "GET *"}, "needs a method, a path and a date"},
		"deprecation date":  {[]string{"--deprecate", "GET * since=soon"}, "must be a date"},
		"deprecation since": {[]string{"--deprecate", "GET * sunset=2027-06-01"}, "needs a date"},
	} {
		t.Run(name, func(t *testing.T) {
			var stdout, stderr bytes.Buffer
			assert.Equal(t, 2, run(t.Context(), test.args, &stdout, &stderr))
			assert.Empty(t, stdout.String())
			assert.Contains(t, stderr.String(), test.want)
		})
	}
}

func TestInvalidOptions(t *testing.T) {
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
	for _, name := range []string{"listen", "api-key", "org", "state", "fault", "deprecate", "rate-limit", "behaviour", "plan-limit", "plan", "version"} {
		assert.Contains(t, stderr.String(), "-"+name)
	}
}

// TestHelpIsComplete checks that the help lists every setting.
func TestHelpIsComplete(t *testing.T) {
	var stdout, stderr bytes.Buffer
	assert.Zero(t, run(t.Context(), []string{"--help"}, &stdout, &stderr))
	words := strings.Join(strings.Fields(stderr.String()), " ")
	settings := append(localapi.Behaviours(), localapi.FaultSettings()...)
	settings = append(settings, localapi.PlanLimits()...)
	settings = append(settings, localapi.DeprecationSettings()...)
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
	for _, sql := range defaultQueryShapes {
		hash, normalized := localapi.QueryShape(sql)
		assert.Equal(t, sql, normalized, "the default shapes are normalized")
		assert.Contains(t, stderr.String(), hash+"  "+sql+"\n")
	}

	stderr.Reset()
	assert.Zero(t, run(t.Context(), []string{"--query-shape", "SELECT 1", "--help"}, &stdout, &stderr))
	hash, _ := localapi.QueryShape("SELECT 1")
	assert.Contains(t, stderr.String(), hash+"  SELECT $1\n")
	assert.NotContains(t, stderr.String(), defaultQueryShapes[0])

	stderr.Reset()
	assert.Equal(t, 2, run(t.Context(), []string{"--colour"}, &stdout, &stderr))
	assert.Equal(t, 2, strings.Count(stderr.String(), "\n"), "the error and a hint, without the help: %s", &stderr)
	assert.Empty(t, stdout.String())
}

func TestQueryShapes(t *testing.T) {
	for name, test := range map[string]struct {
		args []string
		want []string
	}{
		"by default": {nil, defaultQueryShapes},
		"flags":      {[]string{"--query-shape", "SELECT a FROM t WHERE b = 'x'", "--query-shape", "DELETE FROM t"}, []string{"SELECT a FROM t WHERE b = $1", "DELETE FROM t"}},
		"none":       {[]string{"--query-shape", ""}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			s := startServer(t, test.args...)
			id := createProject(t, s.url, s.key, "org_local", "shop")
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
			require.Len(t, rules.Entries, len(test.want))
			for i, entry := range rules.Entries {
				assert.Equal(t, test.want[i], entry.SQL)
				assert.Equal(t, http.StatusOK, s.do(http.MethodPut, path+"/"+entry.Hash, `{"cache_enabled":true}`).status)
			}
		})
	}
}

func TestAddressInUse(t *testing.T) {
	s := startServer(t)
	var stdout, stderr bytes.Buffer
	assert.Equal(t, 1, run(t.Context(), []string{"--listen", strings.TrimPrefix(s.url, "http://")}, &stdout, &stderr))
	assert.Contains(t, stderr.String(), "address already in use")
	assert.Empty(t, stdout.String())
}

// build compiles the command.
func build(t *testing.T) string {
	t.Helper()
	binary := filepath.Join(t.TempDir(), "pgbeam-local")
	output, err := exec.CommandContext(t.Context(), "go", "build", "-o", binary, ".").CombinedOutput()
	require.NoError(t, err, string(output))
	return binary
}

// process is the command as a separate process.
type process struct {
	t       *testing.T
	command *exec.Cmd
	stdout  *bufio.Reader
	url     string
}

func startProcess(t *testing.T, binary string, args ...string) *process {
	t.Helper()
	p := &process{t: t, command: exec.CommandContext(t.Context(), binary, args...)}
	p.command.Stderr = os.Stderr
	pipe, err := p.command.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, p.command.Start())
	p.stdout = bufio.NewReader(pipe)
	line, err := p.stdout.ReadString('\n')
	require.NoError(t, err)
	p.url = parseURL(t, line)
	return p
}

// stop sends a signal and asserts a clean exit without further output.
func (p *process) stop(signal os.Signal) {
	p.t.Helper()
	require.NoError(p.t, p.command.Process.Signal(signal))
	rest, err := io.ReadAll(p.stdout)
	require.NoError(p.t, err)
	assert.Empty(p.t, rest)
	require.NoError(p.t, p.command.Wait())
}

func TestStateSurvivesShutdownAndKill(t *testing.T) {
	binary := build(t)
	state := filepath.Join(t.TempDir(), "state.json")

	first := startProcess(t, binary, "--state", state)
	id := createProject(t, first.url, "pbo_local", "org_local", "shop")
	first.stop(syscall.SIGTERM)
	info, err := os.Stat(state)
	require.NoError(t, err)
	modetest.AssertPrivate(t, info)

	second := startProcess(t, binary, "--state", state)
	assert.Equal(t, http.StatusOK, send(t, second.url, "pbo_local", http.MethodGet, "/v1/projects/"+id, "").status)
	// A killed process loses nothing that it has responded to.
	lasting := createProject(t, second.url, "pbo_local", "org_local", "lasting")
	require.NoError(t, second.command.Process.Kill())
	require.Error(t, second.command.Wait())

	third := startProcess(t, binary, "--state", state)
	assert.Equal(t, http.StatusOK, send(t, third.url, "pbo_local", http.MethodGet, "/v1/projects/"+lasting, "").status)
	third.stop(os.Interrupt)
}

func TestShutdownWaitsForRequests(t *testing.T) {
	for name, test := range map[string]struct {
		latency  string
		answered bool
	}{
		"within the timeout": {"300ms", true},
		"beyond the timeout": {"1h", false},
	} {
		t.Run(name, func(t *testing.T) {
			s := startServer(t, "--fault", "GET /v1/regions latency="+test.latency+" times=1")
			answered := make(chan bool, 1)
			ready := make(chan struct{})
			go func() {
				request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.url+"/v1/regions", http.NoBody)
				if err == nil {
					request.Header.Set("Authorization", "Bearer pbo_local")
					close(ready)
					var res *http.Response
					if res, err = (&http.Transport{}).RoundTrip(request); err == nil {
						err = res.Body.Close()
					}
				}
				answered <- err == nil
			}()
			<-ready
			// The fault is exhausted as soon as the request is in flight.
			for strings.Contains(s.do(http.MethodGet, "/_local/faults", "").body, "latency") {
			}
			code, _ := s.shutdown()
			assert.Zero(t, code)
			assert.Equal(t, test.answered, <-answered)
		})
	}
}
