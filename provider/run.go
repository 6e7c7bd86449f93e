// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package provider

import (
	"compress/gzip"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/signal"
	"path/filepath"
	"regexp"
	"runtime/debug"
	"strings"
	"time"

	p "github.com/pulumi/pulumi-go-provider"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"
	"github.com/pulumi/pulumi/sdk/v3/go/common/util/cmdutil"
	"github.com/pulumi/pulumi/sdk/v3/go/common/workspace"
	host "github.com/pulumi/pulumi/sdk/v3/go/pulumi/provider"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"

	"github.com/pgbeam/pulumi-pgbeam/internal/claims"
	"github.com/pgbeam/pulumi-pgbeam/internal/createjournal"
	"github.com/pgbeam/pulumi-pgbeam/internal/lifecycle"
)

// Serve runs the plugin process until the engine stops it, and exits with status 1 if
// the plugin fails.
func Serve() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(gcPercent)
	}
	os.Args = capVerbosity(os.Args)
	if err := omitPayloads(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	if err := run(context.Background()); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// gcPercent is the heap growth at which the garbage collector runs, unless GOGC is set. The
// plugin is one of several on the machine of the user. It keeps so little that a collection takes
// a few milliseconds, while with the default of 100, half of its heap would be garbage.
const gcPercent = 45

// run serves the provider until the engine stops the plugin.
func run(parent context.Context) error {
	ctx, stop := context.WithCancel(parent)
	defer stop()
	journal, registry := &createjournal.Journal{}, &claims.Registry{}
	recovery := lifecycle.NewRecovery(journal)
	defer registry.Close()
	// The engine sends this signal at the end of a run, and then waits for the plugin, whose
	// messages it still prints. The signal proves nothing about the state: a terminal may
	// send it to all processes, and writing the state may have failed.
	defer func() {
		ctx, cancel := context.WithTimeout(parent, endTimeout)
		defer cancel()
		// The host has ended its tracing, to which the requests of the recovery belong, too.
		if err := cmdutil.InitOtelTracing(Name, os.Getenv(tracesEndpoint)); err == nil {
			defer cmdutil.CloseOtelTracing()
		}
		recovery.End(ctx)
	}()
	interrupts := make(chan os.Signal, 1)
	signal.Notify(interrupts, os.Interrupt)
	go func() {
		<-interrupts
		recovery.Cancelled()
	}()

	lists := &lifecycle.Lists{}
	provider, err := New(Options{Recovery: recovery, Claims: registry, Lists: lists})
	if err != nil {
		return err
	}
	begin := func() {
		url := backend()
		journal.Open(createjournal.Options{Root: dataDir("creates"), Backend: url, State: stateReader(url)})
	}
	begin()
	onConfigure := func(id string, isNew bool) {
		if id == plugin.UnknownStringValue { // in the first preview of a stack
			journal.ConfigureUnknown()
		} else {
			journal.Configure(id, isNew)
		}
	}
	onAttach := func() {
		journal.End()
		begin()
		registry.Reset()
	}
	return host.MainContext(ctx, Name, func(client *host.HostClient) (pulumirpc.ResourceProviderServer, error) {
		// The first argument is the address of the engine, which is the same for all
		// plugins of a run. It is empty if the engine attaches to a running plugin.
		registry.Share(dataDir("runs"), flag.Arg(0))
		if client != nil {
			go watchEngine(ctx, client.EngineConn(), func() {
				recovery.Abandon()
				stop()
				// Every request of the engine has been cancelled, so this is not needed unless one hangs.
				time.AfterFunc(endTimeout, func() { os.Exit(1) })
			})
		}
		server, err := p.RawServer(Name, Version, withInputErrors(provider))(client)
		if err != nil {
			return nil, err
		}
		server = withTerraformMapping{withLists{aliasSpecFix{emptyReadFix{withAutonaming{server}}}, lists}}
		return &withProviderID{
			ResourceProviderServer: withAttach{server, onAttach},
			onURN:                  journal.RecordStateTime, onConfigure: onConfigure, onStateless: journal.Disable,
		}, nil
	})
}

// tracesEndpoint is the variable with which the CLI passes the address that the plugin sends
// its traces to.
const tracesEndpoint = "PULUMI_OTEL_EXPORTER_OTLP_ENDPOINT"

// endTimeout limits what the plugin does at the end of a run. The engine waits for 5
// seconds before it kills the plugin.
const endTimeout = 4 * time.Second

// connection is a connection of gRPC.
type connection[State fmt.Stringer] interface {
	Connect()
	GetState() State
	WaitForStateChange(ctx context.Context, state State) bool
}

// watchEngine calls a function if the engine ends without stopping the plugin. The
// operating system closes the connections of a process that is killed.
func watchEngine[State fmt.Stringer](ctx context.Context, engine connection[State], onEnd func()) {
	for {
		engine.Connect()
		state := engine.GetState()
		switch {
		case ctx.Err() != nil:
			return
		case state.String() == "TRANSIENT_FAILURE", state.String() == "SHUTDOWN":
			onEnd()
			return
		}
		engine.WaitForStateChange(ctx, state) // gRPC closes a connection that is idle for long, and opens it again
	}
}

// dataDir returns the directory in which plugins keep data of a kind between runs,
// inside the home directory of the CLI. It returns "" if there is none.
func dataDir(kind string) string {
	home := pulumiHome()
	if home == "" {
		return ""
	}
	return filepath.Join(home, "pgbeam", kind)
}

// pulumiHome returns the home directory of the CLI, or "" if there is none.
func pulumiHome() string {
	if home := os.Getenv("PULUMI_HOME"); home != "" {
		return home
	}
	user, err := os.UserHomeDir()
	if err != nil {
		return ""
	}
	return filepath.Join(user, ".pulumi")
}

// backend identifies the backend of the state. The engine does not pass it, so it is
// determined as the CLI does. Two stacks of the same name in different backends have different ones.
func backend() string {
	if url := os.Getenv("PULUMI_BACKEND_URL"); url != "" {
		return url
	}
	// The engine starts the plugin in the folder of the program.
	if path, err := workspace.DetectProjectPath(); err == nil {
		content, err := os.ReadFile(path) //nolint:gosec // the project file
		if url := projectBackend.FindSubmatch(content); err == nil && url != nil {
			if folder, ok := strings.CutPrefix(string(url[1]), fileScheme); ok && strings.HasPrefix(folder, ".") {
				return fileScheme + filepath.Join(filepath.Dir(path), folder)
			}
			return string(url[1])
		}
	}
	var credentials struct {
		Current string `json:"current"`
	}
	content, err := os.ReadFile(filepath.Join(pulumiHome(), "credentials.json"))
	if err != nil || json.Unmarshal(content, &credentials) != nil {
		return "" // the default backend
	}
	return credentials.Current
}

// projectBackend matches the backend of a project file, in YAML or JSON. Parsing the file
// with the SDK would add its validation to the plugin.
var projectBackend = regexp.MustCompile(`(?ms)^\s*"?backend"?\s*:[^#]*?\burl"?\s*:\s*["']?([^"'\s,}]+)`)

const fileScheme = "file://"

// stateReader returns a function that reads the state of a stack from a backend, or nil
// if the backend is not a local folder.
func stateReader(backend string) func(project, stack string) (fs.File, error) {
	folder, ok := strings.CutPrefix(backend, fileScheme)
	if !ok {
		return nil
	}
	folder, _, _ = strings.Cut(folder, "?") // options of the backend
	if home, err := os.UserHomeDir(); err == nil && (folder == "~" || strings.HasPrefix(folder, "~/")) {
		folder = home + folder[1:]
	}
	return func(project, stack string) (fs.File, error) {
		path := filepath.Join(folder, ".pulumi", "stacks", project, stack+".json")
		if file, err := os.Open(path); err == nil { //nolint:gosec // the state of the stack that this plugin runs for
			return file, nil
		}
		file, err := os.Open(path + ".gz") //nolint:gosec // as above
		if err != nil {
			return nil, err
		}
		reader, err := gzip.NewReader(file)
		if err != nil {
			_ = file.Close()
			return nil, err
		}
		return gzipFile{file, reader}, nil
	}
}

// gzipFile reads a compressed file.
type gzipFile struct {
	fs.File
	reader io.Reader
}

func (f gzipFile) Read(p []byte) (int, error) { return f.reader.Read(p) }
