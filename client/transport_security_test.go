// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package client

import (
	"compress/gzip"
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const plantedKey = "pbo_planted_transport"

// impatient is a client that tries again at once.
func impatient(t *testing.T, baseURL string, options ...Option) *Client {
	t.Helper()
	c, err := New(plantedKey, append([]Option{
		WithBaseURL(baseURL), WithMaxRetries(2), WithBackoff(time.Millisecond, time.Millisecond),
	}, options...)...)
	require.NoError(t, err)
	t.Cleanup(c.CloseIdleConnections)
	return c
}

// quiet is a server that does not print what goes wrong, for it is meant to.
func quiet(handler http.HandlerFunc) *httptest.Server {
	server := httptest.NewUnstartedServer(handler)
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	return server
}

func TestCertificatesAreVerified(t *testing.T) {
	t.Parallel()
	var requests atomic.Int32
	server := quiet(func(http.ResponseWriter, *http.Request) { requests.Add(1) })
	server.StartTLS()
	t.Cleanup(server.Close)
	_, err := impatient(t, server.URL).Health(t.Context())
	require.ErrorContains(t, err, "certificate")
	assert.Zero(t, requests.Load(), "nothing was sent to whom nobody vouches for")
	assert.NotContains(t, err.Error(), "attempts", "it is not tried again")
	assert.NotContains(t, err.Error(), plantedKey)
}

func TestVerificationCannotBeSwitchedOff(t *testing.T) {
	t.Parallel()
	_, err := New(plantedKey, WithHTTPClient(&http.Client{
		Transport: &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}, //nolint:gosec // which is what is refused
	}))
	require.ErrorContains(t, err, "verify")
}

func TestOldTLSIsRefused(t *testing.T) {
	t.Parallel()
	server := quiet(func(http.ResponseWriter, *http.Request) {})
	server.TLS = &tls.Config{MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS11} //nolint:gosec // which is what is refused
	server.StartTLS()
	t.Cleanup(server.Close)
	_, err := impatient(t, server.URL, WithMaxRetries(0)).Health(t.Context())
	require.ErrorContains(t, err, "tls")
}

func TestClearTextIsForThisMachine(t *testing.T) {
	t.Parallel()
	for _, fine := range []string{
		"https://api.pgbeam.com", "https://10.0.0.1:8443", "http://127.0.0.1:8080", "http://localhost:8080", "http://[::1]:8080",
		"http://127.9.9.9", "HTTP://localhost", "https://api.pgbeam.com/",
	} {
		require.NoError(t, ValidateBaseURL(fine), fine)
	}
	for _, wrong := range []string{
		"http://api.pgbeam.com", "http://10.0.0.1", "http://127.0.0.1.example.com", "http://localhost.example.com", "http://0.0.0.0",
		"http://2130706433", "http://[fe80::1]", "http://128.0.0.1", "HTTP://api.pgbeam.com", "ftp://localhost", "localhost:8080", "",
		"https://", "https://user:password@api.pgbeam.com", "http://127.0.0.1@example.com", "https://api.pgbeam.com?x=1", "https://api.pgbeam.com#x",
	} {
		require.Error(t, ValidateBaseURL(wrong), wrong)
		_, err := New(plantedKey, WithBaseURL(wrong))
		require.Error(t, err, wrong)
	}
}

func TestRedirectsAreNotFollowed(t *testing.T) {
	t.Parallel()
	var elsewhere atomic.Int32
	other := quiet(func(http.ResponseWriter, *http.Request) { elsewhere.Add(1) })
	other.Start()
	t.Cleanup(other.Close)
	for _, status := range []int{301, 302, 303, 307, 308} {
		for _, followed := range []*http.Client{nil, {CheckRedirect: func(*http.Request, []*http.Request) error { return nil }}} {
			var requests atomic.Int32
			server := quiet(func(w http.ResponseWriter, r *http.Request) {
				requests.Add(1)
				to := strings.Replace(other.URL, "127.0.0.1", "localhost", 1)
				if requests.Load()%2 == 0 {
					to = "" // the same host
				}
				http.Redirect(w, r, to+"/v1/elsewhere", status)
			})
			server.Start()
			var options []Option
			if followed != nil {
				options = append(options, WithHTTPClient(followed))
			}
			c := impatient(t, server.URL, options...)
			for range 2 {
				_, err := c.Projects().Get(t.Context(), "prj_1")
				assert.True(t, IsStatus(err, status), "%v", err)
				_, err = c.Projects().Update(t.Context(), "prj_1", UpdateProjectRequest{})
				assert.True(t, IsStatus(err, status), "%v", err)
			}
			assert.EqualValues(t, 4, requests.Load(), "each is one request")
			server.Close()
		}
	}
	assert.Zero(t, elsewhere.Load(), "the key went nowhere else")
}

// padded answers a JSON document with a string of a length.
func padded(w io.Writer, length int) {
	_, _ = io.WriteString(w, `{"status":"ok","image_sha":"x","version":"`)
	block := strings.Repeat("x", 64<<10)
	for length > 0 {
		n := min(length, len(block))
		if _, err := io.WriteString(w, block[:n]); err != nil {
			return
		}
		length -= n
	}
	_, _ = io.WriteString(w, `"}`)
}

func TestLongResponses(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		length int
		packed bool
		fails  bool
	}{
		"as long as may be": {length: maxResponseBytes - 100},
		"too long":          {length: maxResponseBytes + 1, fails: true},
		"too long unpacked": {length: 4 * maxResponseBytes, packed: true, fails: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var requests atomic.Int32
			server := quiet(func(w http.ResponseWriter, _ *http.Request) {
				requests.Add(1)
				if !test.packed {
					padded(w, test.length)
					return
				}
				w.Header().Set("Content-Encoding", "gzip")
				packer := gzip.NewWriter(w)
				padded(packer, test.length)
				_ = packer.Close()
			})
			server.Start()
			t.Cleanup(server.Close)
			_, err := impatient(t, server.URL).Health(t.Context())
			if !test.fails {
				require.NoError(t, err)
				return
			}
			require.ErrorContains(t, err, "the body is longer than 16 MiB")
			assert.EqualValues(t, 1, requests.Load(), "it is not asked for again")
		})
	}
}

// behindProxy is set in the process that a proxy is tried in: the environment is
// read once in the life of a process.
const behindProxy = "PGBEAM_TEST_BEHIND_PROXY"

func askThroughProxy() {
	c, err := New(plantedKey, WithBaseURL("https://api.pgbeam.test"), WithMaxRetries(0))
	if err == nil {
		_, err = c.Health(context.Background())
	}
	fmt.Println(err)
}

func TestProxyFromTheEnvironment(t *testing.T) {
	t.Parallel()
	var asked atomic.Value
	proxy := quiet(func(w http.ResponseWriter, r *http.Request) {
		asked.Store(fmt.Sprintf("%s %s %v", r.Method, r.Host, r.Header))
		w.WriteHeader(http.StatusBadGateway)
	})
	proxy.Start()
	t.Cleanup(proxy.Close)
	process := exec.CommandContext(t.Context(), os.Args[0]) //nolint:gosec // this test itself
	process.Env = append(os.Environ(), behindProxy+"=1", "HTTPS_PROXY="+proxy.URL, "NO_PROXY=", "no_proxy=", "https_proxy=")
	printed, err := process.CombinedOutput()
	require.NoError(t, err, string(printed))
	require.NotNil(t, asked.Load(), string(printed))
	assert.Contains(t, asked.Load(), "CONNECT api.pgbeam.test:443")
	assert.NotContains(t, asked.Load(), plantedKey, "the key is for the API alone")
	assert.NotContains(t, string(printed), plantedKey)
}
