// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

// Package client is a client of the PgBeam API. It stands on its own.
//
// A Client has a service for each kind of object. Its methods may be called
// side by side, wait and try again as the API asks them to, and return an
// *Error for what the API refuses. No request body, response body or API key
// ever stands in an error or a notice.
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
	}
	for _, option := range options {
		option(c)
	}
	switch {
	case apiKey == "":
		return nil, errors.New("the API key is empty")
	case strings.ContainsAny(apiKey, " \t\r\n"):
		return nil, errors.New("the API key contains white space")
	}
	if err := ValidateBaseURL(c.baseURL); err != nil {
		return nil, fmt.Errorf("the base URL %w", err)
	}
	c.baseURL = strings.TrimRight(c.baseURL, "/")
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

// CloseIdleConnections closes the connections that no request uses.
func (c *Client) CloseIdleConnections() { c.http.CloseIdleConnections() }

// ValidateBaseURL says what is wrong with an address of the API, in words that
// begin with "must": it is an absolute URL of a host, over https, or over http
// to this machine.
func ValidateBaseURL(s string) error {
	u, err := url.Parse(s)
	switch {
	case err != nil || u.Host == "" || (u.Scheme != "https" && u.Scheme != "http"):
		return errors.New("must be a URL that begins with https://, such as " + DefaultBaseURL)
	case u.User != nil || u.RawQuery != "" || u.Fragment != "":
		return errors.New("must have no user, query or fragment")
	case u.Scheme == "http" && !isLoopback(u.Hostname()):
		return errors.New("must begin with https://: http:// would send the API key in clear text, and is for this machine only")
	}
	return nil
}

func isLoopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}
