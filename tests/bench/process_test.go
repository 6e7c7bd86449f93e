// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package bench

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"testing"
	"time"

	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/types/known/emptypb"

	"github.com/pgbeam/pulumi-pgbeam/internal/pulumicli"
)

// often is how often what takes milliseconds is done, so that it can be measured.
const often = 21

// BenchmarkStart starts a plugin until it answers GetPluginInfo, the two in
// turns: what else the machine does then strikes both.
func BenchmarkStart(b *testing.B) {
	times := map[string][]float64{}
	for range often {
		for name, program := range inOrder("floor", built(b).empty, "plugin", built(b).plugin) {
			began := time.Now()
			p := startPlugin(b, program)
			_, err := p.GetPluginInfo(b.Context(), &emptypb.Empty{})
			times[name] = append(times[name], time.Since(began).Seconds()*1000)
			require.NoError(b, err)
			p.stop()
		}
	}
	for _, name := range []string{"floor", "plugin"} {
		slices.Sort(times[name])
		b.Run("by="+name, func(b *testing.B) { b.ReportMetric(times[name][often/2], "ms/start") })
	}
}

// BenchmarkLocalStart starts pgbeam-local until it listens.
func BenchmarkLocalStart(b *testing.B) {
	for range b.N * often {
		p := start(b, built(b).local, nil, nil)
		b.StopTimer()
		p.stop()
		b.StartTimer()
	}
	b.ReportMetric(b.Elapsed().Seconds()*1000/float64(b.N*often), "ms/start")
}

// BenchmarkSchema asks a plugin for its schema, the first time and then again.
func BenchmarkSchema(b *testing.B) {
	p := startPlugin(b, built(b).plugin)
	ask := func(b *testing.B, times int) {
		b.Helper()
		b.ResetTimer()
		for range times {
			_, err := p.GetSchema(b.Context(), &pulumirpc.GetSchemaRequest{})
			require.NoError(b, err)
		}
		b.ReportMetric(b.Elapsed().Seconds()*1000/float64(times), "ms/call")
	}
	b.Run("call=first", func(b *testing.B) { ask(b, 1) })
	b.Run("call=later", func(b *testing.B) { ask(b, often) })
}

// BenchmarkMemory creates resources in one session of a plugin, and says by how
// much it has grown since it was idle.
func BenchmarkMemory(b *testing.B) {
	if runtime.GOOS != "linux" {
		b.Skip("the size of another process is read from /proc")
	}
	for _, n := range sizes(10000, 10, 100, 1000) {
		b.Run(fmt.Sprintf("n=%d", n), func(b *testing.B) {
			url := startLocal(b)
			project, _, policy := parents(b, url)
			p := configured(b, built(b).plugin, url)
			idle := p.resident(b)
			createAgents(b, p, project, policy, n)
			b.ReportMetric(idle/(1<<20), "idle-MiB")
			b.ReportMetric((p.resident(b)-idle)/(1<<20), "grown-MiB")
		})
	}
}

// BenchmarkSize says how large the plugin is.
func BenchmarkSize(b *testing.B) {
	for name, program := range inOrder("floor", built(b).empty, "plugin", built(b).plugin) {
		b.Run("by="+name, func(b *testing.B) {
			file, err := os.Stat(program)
			require.NoError(b, err)
			b.ReportMetric(float64(file.Size())/1e6, "MB")
		})
	}
}

// BenchmarkDemo runs `make demo`, with the tools built.
func BenchmarkDemo(b *testing.B) {
	_, err := pulumicli.Locate(context.Background(), built(b).root, os.Stderr)
	require.NoError(b, err)
	b.ResetTimer()
	for range b.N {
		demo := exec.CommandContext(b.Context(), "make", "demo")
		demo.Dir = built(b).root
		output, err := demo.CombinedOutput()
		require.NoError(b, err, string(output))
	}
}
