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

// process is a running server.
type process struct {
	command *exec.Cmd
	// address is the first line of its output, which contains its address.
	address string
}

// start starts a server and waits for the first line of its output. The process is
// stopped when the benchmark ends.
func start(b *testing.B, path string, args, env []string) *process {
	b.Helper()
	command := exec.CommandContext(context.Background(), path, args...) //nolint:gosec // a binary of the benchmarks
	command.Env = append(os.Environ(), env...)
	command.Stderr = os.Stderr
	stdout, err := command.StdoutPipe()
	require.NoError(b, err)
	require.NoError(b, command.Start())
	line, err := bufio.NewReader(stdout).ReadString('\n')
	p := &process{command: command, address: strings.TrimSpace(line)}
	b.Cleanup(p.stop)
	require.NoError(b, err)
	return p
}

// stop stops the process. It can be called more than once.
func (p *process) stop() {
	_ = p.command.Process.Signal(syscall.SIGTERM)
	kill := time.AfterFunc(5*time.Second, func() { _ = p.command.Process.Kill() })
	defer kill.Stop()
	_ = p.command.Wait()
}

// residentMemory returns the resident set size of the process in bytes.
func (p *process) residentMemory(b *testing.B) float64 {
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
	b.Fatal("/proc/PID/status has no line VmRSS")
	return 0
}

// startLocal starts pgbeam-local and returns its URL.
func startLocal(b *testing.B, args ...string) string {
	b.Helper()
	return start(b, binaries(b).local, args, nil).url()
}

// url returns the URL of a process of pgbeam-local.
func (p *process) url() string {
	fields := strings.Fields(p.address)
	return fields[len(fields)-1]
}

// plugin is a running plugin with a client of its gRPC interface.
type plugin struct {
	*process
	pulumirpc.ResourceProviderClient
}

// startPlugin starts a plugin and connects to it. The plugin keeps its files in a
// directory of the benchmark.
func startPlugin(b *testing.B, path string, env ...string) *plugin {
	b.Helper()
	p := &plugin{process: start(b, path, nil, append(env, "PULUMI_HOME="+b.TempDir()))}
	connection, err := grpc.NewClient("127.0.0.1:"+p.address, grpc.WithTransportCredentials(insecure.NewCredentials()))
	require.NoError(b, err)
	b.Cleanup(func() { _ = connection.Close() })
	p.ResourceProviderClient = pulumirpc.NewResourceProviderClient(connection)
	return p
}

// startConfigured starts a plugin and configures it with a local API.
func startConfigured(b *testing.B, path, url string, env ...string) *plugin {
	b.Helper()
	p := startPlugin(b, path, append(env, "PGBEAM_API_KEY="+apiKey, "PGBEAM_API_URL="+url)...)
	p.configure(b, "provider-1")
	return p
}

// configure configures a plugin for a provider that the run has created. If its ID is
// unknown, the plugin records no creates.
func (p *plugin) configure(b *testing.B, providerID string) {
	b.Helper()
	_, err := p.CheckConfig(b.Context(), &pulumirpc.CheckRequest{
		Urn: "urn:pulumi:bench::bench::pulumi:providers:pgbeam::default", News: &structpb.Struct{},
	})
	require.NoError(b, err)
	_, err = p.Configure(b.Context(), &pulumirpc.ConfigureRequest{
		AcceptSecrets: true, AcceptResources: true, SendsOldInputs: true, SendsOldInputsToDelete: true, Args: &structpb.Struct{}, Id: &providerID,
	})
	require.NoError(b, err)
}

func urn(kind, name string) string {
	return "urn:pulumi:bench::bench::pgbeam:index:" + kind + "::" + name
}

func inputs(b *testing.B, values map[string]any) *structpb.Struct {
	b.Helper()
	inputs, err := structpb.NewStruct(values)
	require.NoError(b, err)
	return inputs
}

// concurrency is the number of concurrent calls, which is the provider's default
// number of concurrent requests.
const concurrency = 16

// concurrently calls f with 0 to n-1, until a call fails.
func concurrently(b *testing.B, n int, f func(i int) error) {
	b.Helper()
	indexes := make(chan int)
	var workers sync.WaitGroup
	for range min(concurrency, n) {
		workers.Go(func() {
			for i := range indexes {
				if err := f(i); err != nil {
					b.Error(err)
				}
			}
		})
	}
	for i := range n {
		if b.Failed() {
			break
		}
		indexes <- i
	}
	close(indexes)
	workers.Wait()
	if b.Failed() {
		b.FailNow()
	}
}

// program is a binary under the name that it has in the results.
type program struct{ name, path string }

// binaryPaths are the paths of the binaries that the benchmarks run.
type binaryPaths struct {
	root                                 string // folder of the repository
	plugin, profiled, local, empty, null string
}

// binaries builds the binaries on the first call. They remain in bench/bin.
func binaries(b *testing.B) binaryPaths {
	b.Helper()
	paths, err := buildBinaries()
	require.NoError(b, err)
	return paths
}

var buildBinaries = sync.OnceValues(func() (binaryPaths, error) {
	root, err := filepath.Abs("../..")
	if err != nil {
		return binaryPaths{}, err
	}
	folder := filepath.Join(root, "bench", "bin")
	paths := binaryPaths{
		root:     root,
		plugin:   filepath.Join(folder, "plugin", "pulumi-resource-pgbeam"),
		null:     filepath.Join(folder, "null", "pulumi-resource-pgbeam"),
		local:    filepath.Join(folder, "pgbeam-local"),
		empty:    filepath.Join(folder, "emptyprovider"),
		profiled: filepath.Join(folder, "profiledplugin"),
	}
	for target, pkg := range map[string]string{
		paths.plugin: "./cmd/pulumi-resource-pgbeam", paths.null: "./tests/bench/nullprovider",
		paths.local: "./cmd/pgbeam-local", paths.empty: "./tests/bench/emptyprovider",
		paths.profiled: "./tests/bench/profiledplugin",
	} {
		command := exec.CommandContext(context.Background(), "go", "build", "-trimpath", "-ldflags", "-s -w", "-o", target, pkg) //nolint:gosec // the arguments are constant
		command.Dir = root
		if output, err := command.CombinedOutput(); err != nil {
			return paths, fmt.Errorf("building %s: %w\n%s", pkg, err, output)
		}
	}
	return paths, nil
})
