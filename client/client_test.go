// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package client_test

import (
	"crypto/tls"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pgbeam/pulumi-pgbeam/client"
)

// TestNewValidatesOptions verifies the errors of New, which do not quote the API key.
func TestNewValidatesOptions(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		key, url, problem string
	}{
		"an empty key":       {"", client.DefaultBaseURL, "the API key must not be empty"},
		"a key with a space": {"pbo a", client.DefaultBaseURL, "the API key must not contain white space"},
		"another scheme":     {testKey, "ftp://api.pgbeam.com", "must be a URL that begins with https://"},
		"no host":            {testKey, "https://", "must be a URL that begins with https://"},
		"clear text":         {testKey, "http://api.pgbeam.com", "in clear text"},
		"a user":             {testKey, "https://user:pass@api.pgbeam.com", "must have no user"},
		"a query":            {testKey, "https://api.pgbeam.com/?a=b", "must have no user, query or fragment"},
	} {
		_, err := client.New(test.key, client.WithBaseURL(test.url))
		require.ErrorContains(t, err, test.problem, name)
		if test.key != "" {
			assert.NotContains(t, err.Error(), test.key)
		}
	}
	for _, valid := range []string{"https://api.pgbeam.com/", "http://localhost:1", "http://127.0.0.2:1", "http://[::1]:1", "https://example.com/pgbeam"} {
		_, err := client.New(testKey, client.WithBaseURL(valid))
		assert.NoError(t, err, valid)
	}
}

// TestValidateAPIKey verifies that a key that cannot be sent is rejected, with an error
// that does not quote it.
func TestValidateAPIKey(t *testing.T) {
	t.Parallel()
	for key, problem := range map[string]string{
		"":               "the API key must not be empty",
		"planted key":    "the API key must not contain white space",
		"planted\n":      "the API key must not contain white space",
		"planted\u00a0":  "the API key must not contain white space",
		"planted\x00":    "the API key must not contain control characters",
		"planted\x7f":    "the API key must not contain control characters",
		"planted\u0085x": "the API key must not contain white space",
		"planted\u0090x": "the API key must not contain control characters",
		"plantedé":       "the API key must not contain characters outside of ASCII",
		"planted\u200b":  "the API key must not contain characters outside of ASCII",
		"planted\xff":    "the API key must not contain characters outside of ASCII",
	} {
		_, err := client.New(key)
		require.EqualError(t, err, problem, "%q", key)
	}
}

// TestValidateBaseURL verifies that http is allowed for the local host only.
func TestValidateBaseURL(t *testing.T) {
	t.Parallel()
	for _, valid := range []string{
		"https://api.pgbeam.com", "https://10.0.0.1:8443", "http://127.0.0.1:8080", "http://localhost:8080", "http://[::1]:8080",
		"http://127.9.9.9", "HTTP://localhost", "https://api.pgbeam.com/",
	} {
		require.NoError(t, client.ValidateBaseURL(valid), valid)
	}
	for _, invalid := range []string{
		"http://api.pgbeam.com", "http://10.0.0.1", "http://127.0.0.1.example.com", "http://localhost.example.com", "http://0.0.0.0",
		"http://2130706433", "http://[fe80::1]", "http://128.0.0.1", "HTTP://api.pgbeam.com", "ftp://localhost", "localhost:8080", "",
		"https://", "https://user:password@api.pgbeam.com", "http://127.0.0.1@example.com", "https://api.pgbeam.com?x=1", "https://api.pgbeam.com#x",
	} {
		require.Error(t, client.ValidateBaseURL(invalid), invalid)
		_, err := client.New(testKey, client.WithBaseURL(invalid))
		require.Error(t, err, invalid)
	}
}

// TestBaseURLWithVersion verifies that the version is in a path once, whether or not the
// base URL ends with it.
func TestBaseURLWithVersion(t *testing.T) {
	t.Parallel()
	for suffix, path := range map[string]string{
		"": "/v1/projects/prj_1", "/": "/v1/projects/prj_1", "/v1": "/v1/projects/prj_1", "/v1/": "/v1/projects/prj_1", "/v1//": "/v1/projects/prj_1",
		"/gateway": "/gateway/v1/projects/prj_1", "/gateway/v1/": "/gateway/v1/projects/prj_1", "/v1/v1": "/v1/v1/projects/prj_1",
		"/xv1": "/xv1/v1/projects/prj_1", "/v1/gateway": "/v1/gateway/v1/projects/prj_1",
	} {
		api := &fakeAPI{handle: func(r *http.Request) *http.Response {
			assert.Equal(t, path, r.URL.Path, suffix)
			return respond(http.StatusNoContent, nil)
		}}
		base := "https://api.pgbeam.test" + suffix
		require.NoError(t, client.ValidateBaseURL(base))
		c := api.client(t, client.WithBaseURL(base))
		require.NoError(t, c.Projects().Delete(t.Context(), "prj_1"))
		assert.Equal(t, 1, api.takeCount())
		assert.Equal(t, "https://api.pgbeam.test"+strings.TrimSuffix(path, "/v1/projects/prj_1"), c.BaseURL())
	}
	for _, invalid := range []string{"https://api.pgbeam.test/v1?", "https://api.pgbeam.test/v1#", "https://u:planted@api.pgbeam.test/v1"} {
		err := client.ValidateBaseURL(invalid)
		require.Error(t, err, invalid)
		assert.NotContains(t, err.Error(), "planted")
	}
}

func TestBaseURLWithPath(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		assert.Equal(t, "/gateway/v1/projects/prj_1", r.URL.Path)
		w.WriteHeader(http.StatusNoContent)
	}))
	defer server.Close()
	c := newClient(t, server.URL+"/gateway/")
	require.NoError(t, c.Projects().Delete(t.Context(), "prj_1"))
	c.CloseIdleConnections()
}

// TestInsecureHTTPClient verifies that an HTTP client without certificate verification is
// rejected.
func TestInsecureHTTPClient(t *testing.T) {
	t.Parallel()
	_, err := client.New(testKey, client.WithHTTPClient(&http.Client{
		Transport: &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}, //nolint:gosec // the client must reject it
	}))
	require.ErrorContains(t, err, "verify")
}
