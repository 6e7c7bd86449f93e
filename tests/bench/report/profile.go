// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
)

// layers are the outermost functions of each layer of the plugin during a create,
// from the outermost layer to the innermost.
var layers = []struct{ description, function string }{
	{"gRPC: receiving, dispatching and responding", `grpc\.\(\*Server\)\.handleStream$`},
	{"the provider framework: conversion between property maps and protobuf, middleware", `pulumi-go-provider\.\(\*provider\)\.Create$`},
	{"this provider: defaults, normalization and secrets", `lifecycle\.\(\*recoverable\)\.Create$`},
	{"infer: conversion between Go structs and property maps", `infer\.\(\*derivedResourceController.*\)\.Create$`},
	{"the client: encoding, rate limiting, decoding", `client\.\(\*Client\)\.do$`},
	{"net/http: sending and receiving", `http\.\(\*Client\)\.Do$`},
}

var profileLine = regexp.MustCompile(`^\s*\S+\s+\S+%\s+\S+%\s+(\S+)s\s+(\S+)%\s+(.*)$`)

// profileTable returns a table with the share of each layer in the CPU time of the
// plugin during creates.
func profileTable(ctx context.Context, profile string) (string, error) {
	command := exec.CommandContext(ctx, "go", "tool", "pprof", "-top", "-cum", "-nodecount=100000", "-nodefraction=0", "-unit=s", //nolint:gosec // the caller's file
		filepath.Join(filepath.Dir(profile), "bin", "profiledplugin"), profile)
	output, err := command.Output()
	if err != nil {
		return "", fmt.Errorf("reading the profile: %w", err)
	}
	cumulative := func(function string) (percent float64) {
		pattern := regexp.MustCompile(function)
		for text := range strings.Lines(string(output)) {
			if match := profileLine.FindStringSubmatch(strings.TrimRight(text, "\n")); match != nil && pattern.MatchString(strings.TrimSuffix(match[3], " (inline)")) {
				share, _ := strconv.ParseFloat(match[2], 64)
				percent = max(percent, share)
			}
		}
		return percent
	}
	var b strings.Builder
	b.WriteString("CPU time of the plugin during 10,000 creates of agent credentials, 16 at a time, without API latency:\n\n| layer | share |\n|---|---|\n")
	rest := 100.0
	addRow := func(description string, percent float64) {
		fmt.Fprintf(&b, "| %s | %.0f %% |\n", description, percent)
		rest -= percent
	}
	// These goroutines of gRPC and net/http are not below the functions of their layers.
	connections := cumulative(`http\.\(\*persistConn\)\.writeLoop$`) + cumulative(`http\.\(\*persistConn\)\.readLoop$`)
	transport := cumulative(`transport\.\(\*http2Server\)\.HandleStreams$`) + cumulative(`transport\.\(\*loopyWriter\)\.run$`)
	for i, layer := range layers {
		percent := cumulative(layer.function)
		if percent == 0 {
			return "", fmt.Errorf("the profile has no function that matches %s: adapt layers", layer.function)
		}
		switch i {
		case 0:
			percent += transport
		case len(layers) - 1:
			percent += connections
		}
		if i+1 < len(layers) {
			percent -= cumulative(layers[i+1].function)
		}
		addRow(layer.description, percent)
	}
	addRow("garbage collection", cumulative(`runtime\.gcBgMarkWorker$`)+cumulative(`runtime\.bgsweep$`)+cumulative(`runtime\.bgscavenge$`))
	addRow("scheduling and other work", rest)
	return b.String(), nil
}
