// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package client

import (
	"net/http"
	"slices"
	"time"
)

// maxAnnouncedLimits is the maximum number of limits of a response. Others are ignored.
const maxAnnouncedLimits = 8

// announcedLimit is a rate limit as a response announces it.
type announcedLimit struct {
	name string
	// quota is the number of requests in a window, or 0 if it is not announced.
	quota int64
	// window is the length of the window, or 0 if it is not announced.
	window time.Duration
	// hasRemaining reports whether remaining and reset are announced.
	hasRemaining bool
	// remaining is the number of requests that are left in the current window.
	remaining int64
	// reset is the time until the next window begins.
	reset time.Duration
}

// announcedLimits returns the rate limits in the header of a response, such as
//
//	RateLimit-Policy: "default";q=200;w=2;qu="requests"
//	RateLimit: "default";r=173;t=2
//
// which allow 200 requests in two seconds. 173 of them are left, and the next window
// begins in two seconds. Earlier drafts of these headers have another syntax and are ignored, as is
// everything else that makes no sense: a limit that is not understood must not become
// a limit that is never met. The client then learns the limit from rejections.
func announcedLimits(header http.Header) []announcedLimit {
	policies, states := header["Ratelimit-Policy"], header["Ratelimit"]
	if len(policies) == 0 && len(states) == 0 {
		return nil
	}
	var limits []announcedLimit
	var ignored []string
	for _, item := range parseFieldList(policies) {
		limit, ok := policyOf(item)
		switch {
		case !ok:
			ignored = append(ignored, item.text)
		case len(limits) < maxAnnouncedLimits && indexOfLimit(limits, limit.name) < 0:
			limits = append(limits, limit)
		}
	}
	for _, item := range parseFieldList(states) {
		if item.kind != stringItem || slices.Contains(ignored, item.text) {
			continue
		}
		limits = withRemaining(limits, item)
	}
	// The quota of a day, say, is not spread over the day. If it is used up, the rejection says so.
	return slices.DeleteFunc(limits, func(limit announcedLimit) bool { return !limit.hasRemaining && limit.window > maxRetryAfter })
}

// policyOf returns the limit of an item of RateLimit-Policy, whose quota must be a
// number of requests, the default.
func policyOf(item fieldItem) (limit announcedLimit, ok bool) {
	quota, window := item.integer("q"), item.integer("w")
	unit, hasUnit := item.parameter("qu")
	isRequests := !hasUnit || unit.kind == stringItem && unit.text == "requests"
	if item.kind != stringItem || quota < 1 || window < 1 || !isRequests {
		return limit, false
	}
	return announcedLimit{name: item.text, quota: quota, window: fieldSeconds(window)}, true
}

// withRemaining adds the state of a limit, an item of RateLimit, to the limits. Of two
// states of one limit, for different partitions, the stricter one counts.
func withRemaining(limits []announcedLimit, item fieldItem) []announcedLimit {
	index := indexOfLimit(limits, item.text)
	limit := announcedLimit{name: item.text}
	if index >= 0 {
		limit = limits[index]
	}
	remaining, reset := item.integer("r"), fieldSeconds(item.integer("t"))
	switch {
	case reset < 0 && limit.window > 0:
		if _, found := item.parameter("t"); found {
			return limits
		}
		reset = limit.window // it is optional
	case limit.window > 0:
		reset = min(reset, limit.window)
	}
	if remaining < 0 || reset < 0 || reset > maxRetryAfter || limit.hasRemaining && limit.remaining <= remaining {
		return limits
	}
	// Less than a second may be rounded to 0.
	limit.hasRemaining, limit.remaining, limit.reset = true, remaining, max(reset, time.Second)
	if index >= 0 {
		limits[index] = limit
	} else if len(limits) < maxAnnouncedLimits {
		limits = append(limits, limit)
	}
	return limits
}

// indexOfLimit returns the index of the limit with a name, or -1.
func indexOfLimit(limits []announcedLimit, name string) int {
	return slices.IndexFunc(limits, func(limit announcedLimit) bool { return limit.name == name })
}

// integer returns a parameter that is an integer, or -1.
func (i fieldItem) integer(key string) int64 {
	value, found := i.parameter(key)
	if !found || value.kind != integerItem {
		return -1
	}
	return value.number
}

// fieldSeconds converts seconds to a duration, which is negative if they are.
func fieldSeconds(seconds int64) time.Duration {
	const maxSeconds = int64(1<<63-1) / int64(time.Second)
	return time.Duration(max(min(seconds, maxSeconds), -1)) * time.Second
}
