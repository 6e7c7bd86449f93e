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

// layers are the functions, one within the other, at which the work of a create
// passes from one part of the plugin to the next.
var layers = []struct{ what, function string }{
	{"gRPC: reading, dispatching and answering calls", `grpc\.\(\*Server\)\.handleStream$`},
	{"the framework: property maps from and to protobuf, its wrappers", `pulumi-go-provider\.\(\*provider\)\.Create$`},
	{"this provider: defaults, spelling and marks of secrets", `resources\.Served\.Create$`},
	{"infer: Go structs from and to property maps", `infer\.\(\*derivedResourceController.*\)\.Create$`},
	{"the client: encoding, the pace, decoding", `client\.\(\*Client\)\.do$`},
	{"net/http: sending and receiving", `http\.\(\*Client\)\.Do$`},
}

var line = regexp.MustCompile(`^\s*\S+\s+\S+%\s+\S+%\s+(\S+)s\s+(\S+)%\s+(.*)$`)

// shares says where the CPU time of the plugin went while it created objects.
func shares(ctx context.Context, profile string) (string, error) {
	command := exec.CommandContext(ctx, "go", "tool", "pprof", "-top", "-cum", "-nodecount=100000", "-nodefraction=0", "-unit=s", //nolint:gosec // the caller's file
		filepath.Join(filepath.Dir(profile), "bin", "profiledplugin"), profile)
	output, err := command.Output()
	if err != nil {
		return "", fmt.Errorf("reading the profile: %w", err)
	}
	cumulative := func(function string) (percent float64) {
		pattern := regexp.MustCompile(function)
		for text := range strings.Lines(string(output)) {
			if match := line.FindStringSubmatch(strings.TrimRight(text, "\n")); match != nil && pattern.MatchString(strings.TrimSuffix(match[3], " (inline)")) {
				share, _ := strconv.ParseFloat(match[2], 64)
				percent = max(percent, share)
			}
		}
		return percent
	}
	var b strings.Builder
	b.WriteString("CPU time of the plugin while it creates 10,000 agent credentials, from an API on this machine, 16 at once:\n\n| in | share |\n|---|---|\n")
	rest := 100.0
	write := func(what string, percent float64) {
		fmt.Fprintf(&b, "| %s | %.0f %% |\n", what, percent)
		rest -= percent
	}
	connections := cumulative(`http\.\(\*persistConn\)\.writeLoop$`) + cumulative(`http\.\(\*persistConn\)\.readLoop$`)
	transport := cumulative(`transport\.\(\*http2Server\)\.HandleStreams$`) + cumulative(`transport\.\(\*loopyWriter\)\.run$`)
	for i, layer := range layers {
		percent := cumulative(layer.function)
		switch i {
		case 0:
			percent += transport
		case len(layers) - 1:
			percent += connections
		}
		if i+1 < len(layers) {
			percent -= cumulative(layers[i+1].function)
		}
		write(layer.what, percent)
	}
	write("collecting garbage", cumulative(`runtime\.gcBgMarkWorker$`)+cumulative(`runtime\.bgsweep$`)+cumulative(`runtime\.bgscavenge$`))
	write("scheduling and the rest", rest)
	return b.String(), nil
}
