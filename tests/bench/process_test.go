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

// repetitions is the number of repetitions of operations that take milliseconds.
const repetitions = 21

// BenchmarkStart measures the start of a plugin until its response to
// GetPluginInfo. It alternates between the programs, so that other load on the
// machine affects both.
func BenchmarkStart(b *testing.B) {
	programs := []program{{"floor", binaries(b).empty}, {"plugin", binaries(b).plugin}}
	durations := map[string][]float64{}
	for range repetitions {
		for _, program := range programs {
			start := time.Now()
			p := startPlugin(b, program.path)
			_, err := p.GetPluginInfo(b.Context(), &emptypb.Empty{})
			durations[program.name] = append(durations[program.name], time.Since(start).Seconds()*1000)
			require.NoError(b, err)
			p.stop()
		}
	}
	for _, program := range programs {
		slices.Sort(durations[program.name])
		median := durations[program.name][repetitions/2]
		b.Run("by="+program.name, func(b *testing.B) { b.ReportMetric(median, "ms/start") })
	}
}

// BenchmarkLocalStart measures the start of pgbeam-local until it listens.
func BenchmarkLocalStart(b *testing.B) {
	for range b.N * repetitions {
		p := start(b, binaries(b).local, nil, nil)
		b.StopTimer()
		p.stop()
		b.StartTimer()
	}
	b.ReportMetric(b.Elapsed().Seconds()*1000/float64(b.N*repetitions), "ms/start")
}

// BenchmarkSchema measures the first and later calls of GetSchema.
func BenchmarkSchema(b *testing.B) {
	p := startPlugin(b, binaries(b).plugin)
	getSchema := func(b *testing.B, calls int) {
		b.Helper()
		b.ResetTimer()
		for range calls {
			_, err := p.GetSchema(b.Context(), &pulumirpc.GetSchemaRequest{})
			require.NoError(b, err)
		}
		b.ReportMetric(b.Elapsed().Seconds()*1000/float64(calls), "ms/call")
	}
	b.Run("call=first", func(b *testing.B) { getSchema(b, 1) })
	b.Run("call=later", func(b *testing.B) { getSchema(b, repetitions) })
}

// BenchmarkMemory measures the growth of a plugin's memory while it creates, refreshes and
// deletes resources, each in a session of its own, as the CLI does.
func BenchmarkMemory(b *testing.B) {
	if runtime.GOOS != "linux" {
		b.Skip("requires /proc")
	}
	for _, n := range sizes(10000, 10, 100, 1000) {
		b.Run(fmt.Sprintf("n=%d", n), func(b *testing.B) {
			url := startLocal(b)
			project, _, policy := createParents(b, url)
			credentials := newCredentials(b, project, policy, n)
			session := func(unit string, run func(p *plugin)) (idle float64) {
				p := startConfigured(b, binaries(b).plugin, url)
				defer p.stop()
				idle = p.residentMemory(b)
				run(p)
				b.ReportMetric((p.residentMemory(b)-idle)/(1<<20), unit)
				return idle
			}
			idle := session("grown-MiB", func(p *plugin) { each(b, credentials, p.create) })
			b.ReportMetric(idle/(1<<20), "idle-MiB")
			session("grown-by-reads-MiB", func(p *plugin) { each(b, credentials, p.read) })
			session("grown-by-deletes-MiB", func(p *plugin) { each(b, credentials, p.delete) })
		})
	}
}

// BenchmarkGrowth measures the time for each of 100 resources and for each of 10,000, to
// show that it does not grow.
func BenchmarkGrowth(b *testing.B) {
	const few, many = 100, 10000
	operations := []struct {
		name string
		call func(p *plugin, ctx context.Context, c *credential) error
	}{
		{"preview-create", (*plugin).previewCreate},
		{"create", (*plugin).create},
		{"preview-same", (*plugin).previewSame},
		{"refresh", (*plugin).read},
		{"delete", (*plugin).delete},
	}
	// measure returns the time that each operation takes for each of n credentials, in
	// microseconds. Every operation has a session of its own, which handles as many other
	// credentials before as it takes to open its connections.
	measure := func(n int) map[string]float64 {
		const others = 100
		local := start(b, binaries(b).local, nil, nil)
		defer local.stop()
		project, _, policy := createParents(b, local.url())
		credentials := newCredentials(b, project, policy, others+n)
		times := map[string]float64{}
		for _, operation := range operations {
			p := startConfigured(b, binaries(b).plugin, local.url())
			call := func(ctx context.Context, c *credential) error { return operation.call(p, ctx, c) }
			each(b, credentials[:others], call)
			start := time.Now()
			each(b, credentials[others:], call)
			times[operation.name] = float64(time.Since(start).Microseconds()) / float64(n)
			p.stop()
		}
		return times
	}
	// Half of the small sizes is measured before the large one and half after it, so that
	// other load on the machine affects both.
	timesOfFew := map[string][]float64{}
	var timesOfMany map[string]float64
	for i := range repetitions {
		if i == repetitions/2 {
			timesOfMany = measure(many)
		}
		for name, time := range measure(few) {
			timesOfFew[name] = append(timesOfFew[name], time)
		}
	}
	for name, times := range timesOfFew {
		slices.Sort(times)
		b.Run("of="+name, func(b *testing.B) {
			b.ReportMetric(times[repetitions/2], fmt.Sprintf("us/%d", few))
			b.ReportMetric(timesOfMany[name], fmt.Sprintf("us/%d", many))
		})
	}
}

// BenchmarkSize reports the size of the plugin binary.
func BenchmarkSize(b *testing.B) {
	for _, program := range []program{{"floor", binaries(b).empty}, {"plugin", binaries(b).plugin}} {
		b.Run("by="+program.name, func(b *testing.B) {
			file, err := os.Stat(program.path)
			require.NoError(b, err)
			b.ReportMetric(float64(file.Size())/1e6, "MB")
		})
	}
}

// BenchmarkDemo runs `make demo` with its tools already built.
func BenchmarkDemo(b *testing.B) {
	_, err := pulumicli.Locate(context.Background(), binaries(b).root, os.Stderr)
	require.NoError(b, err)
	b.ResetTimer()
	for range b.N {
		demo := exec.CommandContext(b.Context(), "make", "demo")
		demo.Dir = binaries(b).root
		output, err := demo.CombinedOutput()
		require.NoError(b, err, string(output))
	}
}
