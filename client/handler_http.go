// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package client

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"time"
)

// roundTrip sends a request once. The caller must close the body of the response.
type roundTrip func(ctx context.Context, req *request) (*http.Response, error)

// httpHandler is the end of the chain: it sends the request. The timeout begins
// here, after all waiting, and includes reading the body.
func httpHandler(client *http.Client, baseURL, apiKey, userAgent string, timeout time.Duration) roundTrip {
	return func(ctx context.Context, req *request) (*http.Response, error) {
		req.progress.setStage(stageResponse)
		ctx, cancel := context.WithTimeout(ctx, timeout)
		var body io.Reader
		if req.body != nil {
			body = bytes.NewReader(req.body)
		}
		httpRequest, err := http.NewRequestWithContext(ctx, req.method, baseURL+req.path, body)
		if err != nil {
			cancel()
			return nil, err
		}
		httpRequest.Header.Set("Authorization", "Bearer "+apiKey)
		httpRequest.Header.Set("User-Agent", userAgent)
		httpRequest.Header.Set("Accept", "application/json")
		if req.body != nil {
			httpRequest.Header.Set("Content-Type", "application/json")
		}
		if req.idempotencyKey != "" {
			httpRequest.Header.Set("Idempotency-Key", req.idempotencyKey)
		}
		resp, err := client.Do(httpRequest)
		if err != nil {
			cancel()
			return nil, err
		}
		resp.Body = &cancelBody{ReadCloser: resp.Body, cancel: cancel}
		return resp, nil
	}
}

// cancelBody is a response body that releases the request's context when it is
// closed.
type cancelBody struct {
	io.ReadCloser
	cancel context.CancelFunc
}

func (b *cancelBody) Close() error {
	defer b.cancel()
	return b.ReadCloser.Close()
}
