// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package client_test

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pgbeam/pulumi-pgbeam/client"
)

// fake is an API without a network, so that its tests run in the time of a
// synctest bubble.
type fake struct {
	answer   func(*http.Request) *http.Response
	requests atomic.Int64
}

func (f *fake) RoundTrip(r *http.Request) (*http.Response, error) {
	f.requests.Add(1)
	if r.Body != nil {
		_, _ = io.Copy(io.Discard, r.Body)
		_ = r.Body.Close()
	}
	answered := make(chan *http.Response, 1)
	go func() { answered <- f.answer(r) }() //nolint:bodyclose // closed by the client
	select {
	case response := <-answered:
		response.Request = r
		return response, nil
	case <-r.Context().Done():
		return nil, r.Context().Err()
	}
}

// count returns how many requests there were since it was asked last.
func (f *fake) count() int { return int(f.requests.Swap(0)) }

// client returns a client of the API.
func (f *fake) client(t *testing.T, options ...client.Option) *client.Client {
	t.Helper()
	c, err := client.New("pbo_test", append(options, client.WithHTTPClient(&http.Client{Transport: f}))...)
	require.NoError(t, err)
	return c
}

func respond(status int, body any, header ...string) *http.Response {
	text, _ := json.Marshal(body)
	response := &http.Response{StatusCode: status, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(string(text)))}
	for i := 0; i+1 < len(header); i += 2 {
		response.Header.Set(header[i], header[i+1])
	}
	return response
}
