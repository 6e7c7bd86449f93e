// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package localapi

import (
	"net"
	"net/http"
	"slices"
	"testing"
	"time"
)

// Local is a Server that listens on 127.0.0.1.
type Local struct {
	*Server
	URL    string // the base URL, without /v1
	APIKey string
	OrgID  string
}

// Start serves the API until the test ends. If there are several API keys, APIKey is the first in alphabetical order.
func Start(tb testing.TB, options Options) *Local {
	tb.Helper()
	server, err := New(options)
	if err != nil {
		tb.Fatalf("start the local API: %v", err)
	}
	listener, err := (&net.ListenConfig{}).Listen(tb.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		tb.Fatalf("start the local API: %v", err)
	}
	httpServer := &http.Server{
		Handler:           server,
		ReadHeaderTimeout: time.Minute,
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = httpServer.Serve(listener) // returns http.ErrServerClosed
	}()
	tb.Cleanup(func() {
		_ = server.Close()
		_ = httpServer.Close()
		<-done
	})
	keys := make([]string, 0, len(server.options.APIKeys))
	for key := range server.options.APIKeys {
		keys = append(keys, key)
	}
	key := slices.Min(keys)
	return &Local{Server: server, URL: "http://" + listener.Addr().String(), APIKey: key, OrgID: server.options.APIKeys[key]}
}
