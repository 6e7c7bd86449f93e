// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package bench

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/protobuf/types/known/structpb"
)

// process is a program that was started and has said where it listens.
type process struct {
	command *exec.Cmd
	// line is what it said.
	line string
}

// start starts a program and waits for its first line. It is ended with the benchmark.
func start(b *testing.B, program string, args, env []string) *process {
	b.Helper()
	command := exec.CommandContext(context.Background(), program, args...) //nolint:gosec // built a moment ago
	command.Env = append(os.Environ(), env...)
	command.Stderr = os.Stderr
	stdout, err := command.StdoutPipe()
	require.NoError(b, err)
	require.NoError(b, command.Start())
	line, err := bufio.NewReader(stdout).ReadString('\n')
	p := &process{command: command, line: strings.TrimSpace(line)}
	b.Cleanup(p.stop)
	require.NoError(b, err)
	return p
}

// stop ends the program, and may be called again.
func (p *process) stop() {
	_ = p.command.Process.Signal(syscall.SIGTERM)
	kill := time.AfterFunc(5*time.Second, func() { _ = p.command.Process.Kill() })
	defer kill.Stop()
	_ = p.command.Wait()
}

// resident returns how much of the process is in memory, in bytes.
func (p *process) resident(b *testing.B) float64 {
	b.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.command.Process.Pid))
	require.NoError(b, err)
	for line := range strings.Lines(string(status)) {
		if size, ok := strings.CutPrefix(line, "VmRSS:"); ok {
			kib, err := strconv.Atoi(strings.Fields(size)[0])
			require.NoError(b, err)
			return float64(kib) * 1024
		}
	}
	b.Fatal("the kernel does not say how much memory a process has")
	return 0
}

// startLocal starts pgbeam-local and returns its URL.
func startLocal(b *testing.B, args ...string) string {
	b.Helper()
	fields := strings.Fields(start(b, built(b).local, args, nil).line)
	return fields[len(fields)-1]
}

// plugin is a plugin as the engine talks to it.
type plugin struct {
	*process
	pulumirpc.ResourceProviderClient
}

// startPlugin starts a plugin and connects to it.
func startPlugin(b *testing.B, program string, env ...string) *plugin {
	b.Helper()
	p := &plugin{process: start(b, program, nil, env)}
	connection, err := grpc.NewClient("127.0.0.1:"+p.line, grpc.WithTransportCredentials(insecure.NewCredentials()))
	require.NoError(b, err)
	b.Cleanup(func() { _ = connection.Close() })
	p.ResourceProviderClient = pulumirpc.NewResourceProviderClient(connection)
	return p
}

// configured starts the plugin with an API on this machine to talk to.
func configured(b *testing.B, program, url string, env ...string) *plugin {
	b.Helper()
	p := startPlugin(b, program, append(env, "PGBEAM_API_KEY="+apiKey, "PGBEAM_API_URL="+url)...)
	_, err := p.Configure(b.Context(), &pulumirpc.ConfigureRequest{
		AcceptSecrets: true, AcceptResources: true, SendsOldInputs: true, SendsOldInputsToDelete: true, Args: &structpb.Struct{},
	})
	require.NoError(b, err)
	return p
}

func urn(kind, name string) string {
	return "urn:pulumi:bench::bench::pgbeam:index:" + kind + "::" + name
}

// create creates an object.
func (p *plugin) create(ctx context.Context, kind, name string, inputs *structpb.Struct) error {
	_, err := p.Create(ctx, &pulumirpc.CreateRequest{
		Urn: urn(kind, name), Name: name, Type: "pgbeam:index:" + kind, Properties: inputs,
	})
	return err
}

func inputs(b *testing.B, values map[string]any) *structpb.Struct {
	b.Helper()
	inputs, err := structpb.NewStruct(values)
	require.NoError(b, err)
	return inputs
}

// concurrently does a piece of work n times, as many at once as the provider has requests in flight.
func concurrently(b *testing.B, n int, work func(i int) error) {
	b.Helper()
	const atOnce = 16
	next := make(chan int)
	var workers sync.WaitGroup
	for range min(atOnce, n) {
		workers.Go(func() {
			for i := range next {
				if err := work(i); err != nil {
					b.Error(err)
				}
			}
		})
	}
	for i := range n {
		next <- i
	}
	close(next)
	workers.Wait()
	if b.Failed() {
		b.FailNow()
	}
}

// binaries are the programs that are measured, by path.
type binaries struct {
	root, folder                         string
	plugin, profiled, local, empty, null string
}

// built builds them, once. The folder stays until the next build of the same.
func built(b *testing.B) binaries {
	b.Helper()
	made, err := build()
	require.NoError(b, err)
	return made
}

var build = sync.OnceValues(func() (binaries, error) {
	root, err := filepath.Abs("../..")
	if err != nil {
		return binaries{}, err
	}
	folder := filepath.Join(root, "bench", "bin")
	made := binaries{
		root: root, folder: folder,
		plugin:   filepath.Join(folder, "plugin", "pulumi-resource-pgbeam"),
		null:     filepath.Join(folder, "null", "pulumi-resource-pgbeam"),
		local:    filepath.Join(folder, "pgbeam-local"),
		empty:    filepath.Join(folder, "emptyprovider"),
		profiled: filepath.Join(folder, "profiledplugin"),
	}
	for target, pkg := range map[string]string{
		made.plugin: "./cmd/pulumi-resource-pgbeam", made.null: "./tests/bench/nullprovider",
		made.local: "./cmd/pgbeam-local", made.empty: "./tests/bench/emptyprovider",
		made.profiled: "./tests/bench/profiledplugin",
	} {
		command := exec.CommandContext(context.Background(), "go", "build", "-trimpath", "-ldflags", "-s -w", "-o", target, pkg) //nolint:gosec // the arguments stand above
		command.Dir = root
		if output, err := command.CombinedOutput(); err != nil {
			return made, fmt.Errorf("building %s: %w\n%s", pkg, err, output)
		}
	}
	return made, nil
})
