// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

// Package client is a client of the PgBeam API. It stands on its own.
//
// A Client has a service for each kind of object. Its methods may be called
// side by side, and wait and try again as the API asks them to. They return an
// *Error for what is refused, an *InvalidResponseError for a response that is not
// what the API's contract says, and an *UnreachableError where there is none.
// Errors and notices never contain a request body, a response body or the API key.
package client

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"
	"unicode"

	"github.com/pgbeam/pulumi-pgbeam/internal/redact"
)

// What a client does unless an option says otherwise.
const (
	DefaultBaseURL        = "https://api.pgbeam.com"
	DefaultMaxRetries     = 5
	DefaultMaxConcurrency = 16
	DefaultRequestTimeout = 30 * time.Second

	defaultInitialBackoff = 500 * time.Millisecond
	defaultMaxBackoff     = 30 * time.Second
)

// Client is a client of the PgBeam API. Make one with New.
type Client struct {
	apiKey         string
	baseURL        string
	userAgent      string
	maxRetries     int
	requestTimeout time.Duration
	initialBackoff time.Duration
	maxBackoff     time.Duration
	notify         func(ctx context.Context, message string)
	http           *http.Client
	inFlight       chan struct{}
	pace           *pace
	lists          lists
	access         access
	redactor       *redact.Redactor
	maxListSize    int
}

// Option changes a client while New makes it.
type Option func(*Client)

// WithBaseURL sets the address of the API (see ValidateBaseURL).
func WithBaseURL(baseURL string) Option { return func(c *Client) { c.baseURL = baseURL } }

// WithUserAgent sets what the client calls itself.
func WithUserAgent(userAgent string) Option { return func(c *Client) { c.userAgent = userAgent } }

// WithMaxRetries sets how many tries follow a first one that failed in passing.
func WithMaxRetries(n int) Option { return func(c *Client) { c.maxRetries = n } }

// WithMaxConcurrency sets how many requests may be in flight at one time.
func WithMaxConcurrency(n int) Option {
	return func(c *Client) { c.inFlight = make(chan struct{}, max(n, 1)) }
}

// WithRequestTimeout sets how long one try of a request may take.
func WithRequestTimeout(timeout time.Duration) Option {
	return func(c *Client) { c.requestTimeout = timeout }
}

// WithBackoff sets the first and the longest wait between tries.
func WithBackoff(initial, longest time.Duration) Option {
	return func(c *Client) { c.initialBackoff, c.maxBackoff = initial, longest }
}

// WithHTTPClient sets what sends the requests. Redirects are not followed all the same.
func WithHTTPClient(client *http.Client) Option {
	return func(c *Client) { copied := *client; c.http = &copied }
}

// WithNotify sets a function that is told of waits between tries, once where all
// requests wait, and of what a call is doing once it takes longer than two seconds.
func WithNotify(notify func(ctx context.Context, message string)) Option {
	return func(c *Client) { c.notify = notify }
}

// New returns a client that authenticates with an API key.
func New(apiKey string, options ...Option) (*Client, error) {
	c := &Client{
		apiKey:         apiKey,
		baseURL:        DefaultBaseURL,
		userAgent:      "pgbeam-go",
		maxRetries:     DefaultMaxRetries,
		requestTimeout: DefaultRequestTimeout,
		initialBackoff: defaultInitialBackoff,
		maxBackoff:     defaultMaxBackoff,
		notify:         func(context.Context, string) {},
		inFlight:       make(chan struct{}, DefaultMaxConcurrency),
		pace:           newPace(),
		maxListSize:    maxListSize,
	}
	for _, option := range options {
		option(c)
	}
	if err := ValidateAPIKey(apiKey); err != nil {
		return nil, fmt.Errorf("the API key %w", err)
	}
	c.redactor = redact.New(apiKey)
	if err := ValidateBaseURL(c.baseURL); err != nil {
		return nil, fmt.Errorf("the base URL %w", err)
	}
	c.baseURL = withoutVersion(c.baseURL)
	if c.http != nil {
		if transport, ok := c.http.Transport.(*http.Transport); ok && transport.TLSClientConfig != nil && transport.TLSClientConfig.InsecureSkipVerify {
			return nil, errors.New("the HTTP client does not verify certificates, which would send the API key to anybody")
		}
	} else {
		c.http = &http.Client{Transport: &http.Transport{
			Proxy:                 http.ProxyFromEnvironment,
			DialContext:           (&net.Dialer{Timeout: 10 * time.Second, KeepAlive: 30 * time.Second}).DialContext,
			TLSHandshakeTimeout:   10 * time.Second,
			TLSClientConfig:       &tls.Config{MinVersion: tls.VersionTLS12},
			ForceAttemptHTTP2:     true,
			MaxIdleConns:          cap(c.inFlight),
			MaxIdleConnsPerHost:   cap(c.inFlight),
			IdleConnTimeout:       90 * time.Second,
			ExpectContinueTimeout: time.Second,
		}}
	}
	// The key must not reach another address, and the API has no use for redirects.
	c.http.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return c, nil
}

// BaseURL returns the address of the API, as it is in errors.
func (c *Client) BaseURL() string { return c.baseURL }

// CloseIdleConnections closes the connections that no request uses.
func (c *Client) CloseIdleConnections() { c.http.CloseIdleConnections() }

// ValidateBaseURL says what is wrong with an address of the API, in words that
// begin with "must": it is an absolute URL of a host, over https, or over http
// to this machine. A path is for an API behind a gateway; the version, "/v1", may
// be at its end, as it is in the API's documentation.
func ValidateBaseURL(s string) error {
	u, err := url.Parse(s)
	switch {
	case err != nil || u.Host == "" || (u.Scheme != "https" && u.Scheme != "http"):
		return errors.New("must be a URL that begins with https://, such as " + DefaultBaseURL)
	case u.User != nil || strings.ContainsAny(s, "?#"):
		return errors.New("must have no user, query or fragment")
	case u.Scheme == "http" && !isLoopback(u.Hostname()):
		return errors.New("must begin with https://: http:// would send the API key in clear text, and is for this machine only")
	}
	return nil
}

// withoutVersion returns a base URL without the version at its end, which is part
// of every path.
func withoutVersion(baseURL string) string {
	return strings.TrimRight(strings.TrimSuffix(strings.TrimRight(baseURL, "/"), "/v1"), "/")
}

// ValidateAPIKey says what is wrong with an API key, in words that begin with
// "must". They never quote any of it. Such a key could not be sent, or not as it
// is, and each request would fail in a way that does not tell why.
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
