// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package client

import (
	"context"
	"crypto/cipher"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"
	"unicode"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/trace"

	"github.com/pgbeam/pulumi-pgbeam/internal/redact"
)

const (
	// DefaultBaseURL is the address of the public PgBeam API.
	DefaultBaseURL = "https://api.pgbeam.com"
	// DefaultMaxRetries is the default of WithMaxRetries.
	DefaultMaxRetries = 5
	// DefaultMaxConcurrency is the default of WithMaxConcurrency.
	DefaultMaxConcurrency = 16
	// DefaultRequestTimeout is the default of WithRequestTimeout.
	DefaultRequestTimeout = 30 * time.Second

	defaultInitialBackoff = 500 * time.Millisecond
	defaultMaxBackoff     = 30 * time.Second
)

// Client is a client for the PgBeam API. Create one with New.
type Client struct {
	apiKey         string
	baseURL        string
	userAgent      string
	maxRetries     int
	maxConcurrency int
	requestTimeout time.Duration
	initialBackoff time.Duration
	maxBackoff     time.Duration
	maxListSize    int // bytes
	onProgress     func(ctx context.Context, message string)
	onDeprecation  func(ctx context.Context, deprecation Deprecation)

	tracerProvider func() trace.TracerProvider

	http      *http.Client
	redactor  *redact.Redactor
	handler   handler
	listCache listCache
	access    access
	sealer    func() (cipher.AEAD, error)
}

// Option configures a Client. Pass options to New.
type Option func(*Client)

// WithBaseURL sets the address of the API. The default is DefaultBaseURL; see
// ValidateBaseURL for the format.
func WithBaseURL(baseURL string) Option { return func(c *Client) { c.baseURL = baseURL } }

// WithUserAgent sets the User-Agent header. The default is "pgbeam-go".
func WithUserAgent(userAgent string) Option { return func(c *Client) { c.userAgent = userAgent } }

// WithMaxRetries sets how often a request that failed with a transient error is
// retried. 0 disables retries. The default is DefaultMaxRetries.
func WithMaxRetries(n int) Option { return func(c *Client) { c.maxRetries = n } }

// WithMaxConcurrency sets the maximum number of requests in flight. Values below
// 1 mean 1. The default is DefaultMaxConcurrency.
func WithMaxConcurrency(n int) Option { return func(c *Client) { c.maxConcurrency = max(n, 1) } }

// WithRequestTimeout sets the timeout of a single attempt of a request, which
// includes reading the response body but no waiting before the attempt. The
// default is DefaultRequestTimeout.
func WithRequestTimeout(timeout time.Duration) Option {
	return func(c *Client) { c.requestTimeout = timeout }
}

// WithBackoff sets the initial and the maximum delay between retries. The delay
// doubles with each retry and has a random factor between 0.5 and 1.5. The
// defaults are 500 ms and 30 s. A Retry-After header takes precedence.
func WithBackoff(initial, maximum time.Duration) Option {
	return func(c *Client) { c.initialBackoff, c.maxBackoff = initial, maximum }
}

// WithHTTPClient sets the HTTP client that sends the requests. The Client uses a
// copy that does not follow redirects. The default has a transport of its own
// that honors the proxy environment variables.
func WithHTTPClient(client *http.Client) Option {
	return func(c *Client) { copied := *client; c.http = &copied }
}

// WithNotify sets a function that receives progress messages: each delay before a
// retry, and what a call is waiting for if it takes longer than two seconds. A
// delay that the API imposes on all requests is reported only once. The function
// may be called concurrently. By default, messages are discarded.
func WithNotify(notify func(ctx context.Context, message string)) Option {
	return func(c *Client) { c.onProgress = notify }
}

// New returns a client that authenticates with an API key. It fails if the key,
// the base URL or the HTTP client is invalid; it does not send a request.
func New(apiKey string, options ...Option) (*Client, error) {
	c := &Client{
		apiKey:         apiKey,
		baseURL:        DefaultBaseURL,
		userAgent:      "pgbeam-go",
		maxRetries:     DefaultMaxRetries,
		maxConcurrency: DefaultMaxConcurrency,
		requestTimeout: DefaultRequestTimeout,
		initialBackoff: defaultInitialBackoff,
		maxBackoff:     defaultMaxBackoff,
		maxListSize:    defaultMaxListSize,
		onProgress:     func(context.Context, string) {},
		onDeprecation:  func(context.Context, Deprecation) {},
		tracerProvider: otel.GetTracerProvider,
	}
	for _, option := range options {
		option(c)
	}
	if err := ValidateAPIKey(apiKey); err != nil {
		return nil, fmt.Errorf("the API key %w", err)
	}
	c.redactor = redact.New(apiKey)
	c.sealer = sync.OnceValues(c.newSealer)
	if err := ValidateBaseURL(c.baseURL); err != nil {
		return nil, fmt.Errorf("the base URL %w", err)
	}
	c.baseURL = trimVersion(c.baseURL)
	if c.http == nil {
		c.http = newHTTPClient(c.maxConcurrency)
	} else if transport, ok := c.http.Transport.(*http.Transport); ok && transport.TLSClientConfig != nil && transport.TLSClientConfig.InsecureSkipVerify {
		return nil, errors.New("the HTTP client does not verify certificates, which would expose the API key")
	}
	// Redirects could leak the key to another host, and the API does not use them.
	c.http.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	c.handler = c.newHandler()
	return c, nil
}

func newHTTPClient(maxConnections int) *http.Client {
	return &http.Client{Transport: &http.Transport{
		Proxy:                 http.ProxyFromEnvironment,
		DialContext:           (&net.Dialer{Timeout: 10 * time.Second, KeepAlive: 30 * time.Second}).DialContext,
		TLSHandshakeTimeout:   10 * time.Second,
		TLSClientConfig:       &tls.Config{MinVersion: tls.VersionTLS12},
		ForceAttemptHTTP2:     true,
		MaxIdleConns:          maxConnections,
		MaxIdleConnsPerHost:   maxConnections,
		IdleConnTimeout:       90 * time.Second,
		ExpectContinueTimeout: time.Second,
	}}
}

// BaseURL returns the address of the API as it appears in errors: without a
// trailing slash and without "/v1".
func (c *Client) BaseURL() string { return c.baseURL }

// CloseIdleConnections closes connections that are not in use.
func (c *Client) CloseIdleConnections() { c.http.CloseIdleConnections() }

// ValidateBaseURL reports whether an address of the API is valid: an absolute
// https URL, or an http URL of the local host. It may have a path, for an API
// behind a gateway, and may end with the version, "/v1". The error begins with
// "must" and does not quote the URL.
func ValidateBaseURL(s string) error {
	u, err := url.Parse(s)
	switch {
	case err != nil || u.Host == "" || (u.Scheme != "https" && u.Scheme != "http"):
		return errors.New("must be a URL that begins with https://, such as " + DefaultBaseURL)
	case u.User != nil || strings.ContainsAny(s, "?#"):
		return errors.New("must have no user, query or fragment")
	case u.Scheme == "http" && !isLoopback(u.Hostname()):
		return errors.New("must begin with https://: http:// sends the API key in clear text and is allowed for the local host only")
	}
	return nil
}

// trimVersion removes the version from the end of a base URL, since every
// request path begins with it.
func trimVersion(baseURL string) string {
	return strings.TrimRight(strings.TrimSuffix(strings.TrimRight(baseURL, "/"), "/v1"), "/")
}

// ValidateAPIKey reports whether an API key can be sent in a header. An invalid
// key would make every request fail without a useful reason. The error begins
// with "must" and does not quote the key.
func ValidateAPIKey(key string) error {
	if key == "" {
		return errors.New("must not be empty")
	}
	for _, r := range key {
		switch {
		case unicode.IsSpace(r):
			return errors.New("must not contain white space")
		case unicode.IsControl(r):
			return errors.New("must not contain control characters")
		case r > unicode.MaxASCII:
			return errors.New("must not contain characters outside of ASCII")
		}
	}
	return nil
}

func isLoopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// redact removes the API key from a text.
func (c *Client) redact(s string) string { return c.redactor.Text(s) }

// notify sends a progress message, from which the API key is redacted.
func (c *Client) notify(ctx context.Context, message string) { c.onProgress(ctx, c.redact(message)) }
