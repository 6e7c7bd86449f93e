// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package provider

// This file contains the workarounds for faults and gaps of pulumi-go-provider, the
// Pulumi SDK and the engine. Each one names the public issue and says when it can be
// removed. Two apply to every value and are part of package lifecycle: infer does not
// mark secrets in the responses of Read (pulumi-go-provider#582), and it decodes state
// strictly (pulumi-command#709).

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	p "github.com/pulumi/pulumi-go-provider"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/urn"
	"github.com/pulumi/pulumi/sdk/v3/go/common/tokens"
	"github.com/pulumi/pulumi/sdk/v3/go/common/util/rpcutil/rpcerror"
	"github.com/pulumi/pulumi/sdk/v3/go/property"
	perrors "github.com/pulumi/pulumi/sdk/v3/go/pulumi/errors"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"github.com/sethvargo/go-envconfig"
	"google.golang.org/protobuf/types/known/emptypb"

	"github.com/pgbeam/pulumi-pgbeam/internal/lifecycle"
)

// maxVerbosity is the highest log level at which the SDK does not log the properties
// of requests and responses.
const maxVerbosity = 8

// capVerbosity returns the arguments of the plugin with the log level that --logflow
// passes on limited to maxVerbosity. At higher levels the SDK logs every property. It
// redacts only the values that are marked as secret, and a password that the program
// does not mark is not marked until the provider's Check returns.
//
// Issue: https://github.com/pulumi/pulumi/issues/22420, fixed for marked secrets.
// Remove when the SDK logs no property values.
func capVerbosity(args []string) []string {
	capped := slices.Clone(args)
	for i, arg := range capped {
		for _, flag := range []string{"-v", "--v"} {
			if value, ok := strings.CutPrefix(arg, flag+"="); ok && exceedsMaxVerbosity(value) {
				capped[i] = fmt.Sprintf("%s=%d", flag, maxVerbosity)
			}
			if arg == flag && i+1 < len(capped) && exceedsMaxVerbosity(capped[i+1]) {
				capped[i+1] = strconv.Itoa(maxVerbosity)
			}
		}
	}
	return capped
}

func exceedsMaxVerbosity(level string) bool {
	n, err := strconv.Atoi(level)
	return err == nil && n > maxVerbosity
}

// omitPayloads keeps the SDK from adding the messages that the plugin sends to its traces:
// those that register the children of a component have their inputs, with secrets in
// clear text.
//
// Issue: https://github.com/pulumi/pulumi/pull/10830, which made them optional.
// Remove when the SDK adds no messages to traces by default.
func omitPayloads() error { return os.Setenv("PULUMI_TRACING_NO_PAYLOADS", "true") }

// withConfigHandlers returns the provider with its own handlers of the configuration.
// infer replaces the provider, and with it all of its resources, when any setting
// changes. It has no hook that receives the settings as property values, which are
// needed to accept numbers as text and to tell an empty value from one that is not set.
//
// Issues: https://github.com/pulumi/pulumi-go-provider/issues/409 (replacement) and
// https://github.com/pulumi/pulumi-go-provider/issues/187 (hooks).
// Remove when both are fixed.
func withConfigHandlers(provider p.Provider, lazy *lazyClient) p.Provider {
	provider.CheckConfig, provider.DiffConfig, provider.Configure = checkConfig, diffConfig, lazy.configure
	return provider
}

// stackConfig returns the provider's settings in the stack's configuration. The engine
// sends them to default providers only; explicit providers have to read them from
// PULUMI_CONFIG, which is in the environment of every plugin. Its keys are the names
// of the settings without the package.
//
// Issue: https://github.com/pulumi/pulumi/issues/12176.
// Remove when the engine merges the stack's configuration into explicit providers.
func stackConfig(environment envconfig.Lookuper) map[string]string {
	encoded, _ := environment.Lookup("PULUMI_CONFIG")
	var config map[string]string
	// A value that is not a JSON object of strings was not set by the engine.
	_ = json.Unmarshal([]byte(encoded), &config)
	return config
}

// withoutPropertyNames clears the property of each failure of CheckConfig. The engine
// prints the value of that property next to the reason, even if it is a secret. The
// reason itself contains the name of the property.
//
// No public issue known. To reproduce, return a failure for the property apiKey from
// CheckConfig, and run pulumi preview with a key in the stack's configuration.
// Remove when the engine does not print values of properties that failed the check.
func withoutPropertyNames(failures []p.CheckFailure) []p.CheckFailure {
	failures = slices.Clone(failures)
	for i := range failures {
		failures[i].Property = ""
	}
	return failures
}

// withOrderlyCancel returns the provider with a Cancel that returns after all pending
// Construct requests have been answered. When a resource fails, the engine cancels its
// plugins and closes their connections as soon as they have answered. It then reports
// every Construct that is still pending as an additional error of the component: "the
// client connection is closing".
//
// Issue: https://github.com/pulumi/pulumi/issues/19275.
// Remove when the engine does not report errors of requests that it has cancelled.
func withOrderlyCancel(provider p.Provider) p.Provider {
	pending := &pendingRequests{}
	construct, cancel := provider.Construct, provider.Cancel
	provider.Construct = func(ctx context.Context, req p.ConstructRequest) (p.ConstructResponse, error) {
		pending.add(ctx)
		return construct(ctx, req)
	}
	provider.Cancel = func(ctx context.Context) error {
		err := cancel(ctx)
		pending.wait(ctx)
		return err
	}
	return provider
}

const (
	// cancelTimeout limits how long Cancel waits for pending requests. They are
	// cancelled by then and end within milliseconds. The engine waits for 5 seconds.
	cancelTimeout = 2 * time.Second

	// sendDelay is the time that gRPC gets to send the last response. gRPC cancels the
	// context of a request just before it queues the end of the response, and offers a
	// handler no event after that: a stats.Handler would need the options of the
	// server, which the SDK creates.
	sendDelay = 20 * time.Millisecond
)

// pendingRequests is the set of requests that have not been answered.
type pendingRequests struct {
	mutex    sync.Mutex
	contexts map[context.Context]struct{}
}

// add adds a request until its context ends.
func (r *pendingRequests) add(ctx context.Context) {
	if ctx.Done() == nil { // an in-process call
		return
	}
	r.mutex.Lock()
	defer r.mutex.Unlock()
	if r.contexts == nil {
		r.contexts = map[context.Context]struct{}{}
	}
	r.contexts[ctx] = struct{}{}
	context.AfterFunc(ctx, func() {
		r.mutex.Lock()
		defer r.mutex.Unlock()
		delete(r.contexts, ctx)
	})
}

// wait waits until the requests that are pending now have been answered.
func (r *pendingRequests) wait(ctx context.Context) {
	pending := r.snapshot()
	if len(pending) == 0 {
		return
	}
	timeout := time.NewTimer(cancelTimeout)
	defer timeout.Stop()
	for _, request := range pending {
		select {
		case <-request.Done():
		case <-ctx.Done():
			return
		case <-timeout.C:
			return
		}
	}
	time.Sleep(sendDelay)
}

func (r *pendingRequests) snapshot() []context.Context {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	pending := make([]context.Context, 0, len(r.contexts))
	for ctx := range r.contexts {
		pending = append(pending, ctx)
	}
	return pending
}

// emptyReadFix sends an empty response if Read does not find the resource.
// pulumi-go-provider sends empty property maps, with which an import fails with the
// wrong message: "provider does not support importing resources".
//
// Issue: https://github.com/pulumi/pulumi/issues/20820.
// Remove when the oldest supported CLI contains the fix, or when pulumi-go-provider
// sends no properties for a response without an ID.
type emptyReadFix struct {
	pulumirpc.ResourceProviderServer
}

// Read implements pulumirpc.ResourceProviderServer.
func (s emptyReadFix) Read(ctx context.Context, req *pulumirpc.ReadRequest) (*pulumirpc.ReadResponse, error) {
	resp, err := s.ResourceProviderServer.Read(ctx, req)
	if err == nil && resp.GetId() == "" {
		return &pulumirpc.ReadResponse{}, nil
	}
	return resp, err
}

// aliasSpecFix replaces the aliases of a component by URNs. Most programs give the
// former name or parent, and pulumi-go-provider drops every alias that is not a URN,
// so that a renamed component would be replaced.
//
// Issue: https://github.com/pulumi/pulumi-go-provider/issues/465.
// Remove when pulumi-go-provider is upgraded to a release that passes on alias specs.
type aliasSpecFix struct {
	pulumirpc.ResourceProviderServer
}

// Construct implements pulumirpc.ResourceProviderServer.
func (s aliasSpecFix) Construct(ctx context.Context, req *pulumirpc.ConstructRequest) (*pulumirpc.ConstructResponse, error) {
	for _, alias := range req.GetAliases() {
		if spec := alias.GetSpec(); spec != nil {
			alias.Alias = &pulumirpc.Alias_Urn{Urn: string(aliasURN(req, spec))}
		}
	}
	return s.ResourceProviderServer.Construct(ctx, req)
}

// aliasURN returns the URN of an alias. Parts that the alias does not specify are
// those of the component.
func aliasURN(req *pulumirpc.ConstructRequest, spec *pulumirpc.Alias_Spec) urn.URN {
	parent := urn.URN(cmp.Or(spec.GetParentUrn(), req.GetParent()))
	var parentType tokens.Type
	if parent != "" && !spec.GetNoParent() {
		parentType = parent.QualifiedType()
	}
	return urn.New(
		tokens.QName(cmp.Or(spec.GetStack(), req.GetStack())),
		tokens.PackageName(cmp.Or(spec.GetProject(), req.GetProject())),
		parentType, // urn.New omits the type of the stack
		tokens.Type(cmp.Or(spec.GetType(), req.GetType())),
		cmp.Or(spec.GetName(), req.GetName()),
	)
}

// withProviderID passes the ID of the provider resource to a function when the plugin
// is configured. pulumi-go-provider drops the ID from the request.
//
// Issue: https://github.com/pulumi/pulumi-go-provider/issues/586.
// Remove when p.ConfigureRequest has an ID.
type withProviderID struct {
	pulumirpc.ResourceProviderServer
	// onConfigure is called with the ID, and with whether this run has generated it: the
	// engine has checked the configuration, but has not compared it with one in the state.
	onConfigure func(id string, isNew bool)
	// onURN is called with the URN of the provider, before the engine makes any changes.
	onURN func(urn resource.URN)
	// onStateless is called instead of both for a run without a state.
	onStateless                 func()
	checked, differs, stateless atomic.Bool
}

// CheckConfig implements pulumirpc.ResourceProviderServer.
func (s *withProviderID) CheckConfig(ctx context.Context, req *pulumirpc.CheckRequest) (*pulumirpc.CheckResponse, error) {
	s.checked.Store(true)
	s.announce(req.GetUrn())
	return s.ResourceProviderServer.CheckConfig(ctx, req)
}

// announce calls onURN, unless the engine passes no URN.
func (s *withProviderID) announce(provider string) {
	if urn := resource.URN(provider); urn.IsValid() {
		s.onURN(urn)
	}
}

// DiffConfig implements pulumirpc.ResourceProviderServer.
func (s *withProviderID) DiffConfig(ctx context.Context, req *pulumirpc.DiffRequest) (*pulumirpc.DiffResponse, error) {
	s.differs.Store(true)
	return s.ResourceProviderServer.DiffConfig(ctx, req)
}

// Configure implements pulumirpc.ResourceProviderServer.
func (s *withProviderID) Configure(ctx context.Context, req *pulumirpc.ConfigureRequest) (*pulumirpc.ConfigureResponse, error) {
	s.stateless.Store(isStateless(resource.URN(req.GetUrn())))
	if s.stateless.Load() {
		s.onStateless()
	} else {
		s.announce(req.GetUrn()) // a provider in the state is not checked
		s.onConfigure(req.GetId(), s.checked.Load() && !s.differs.Load())
	}
	return s.ResourceProviderServer.Configure(ctx, req)
}

// Update implements pulumirpc.ResourceProviderServer.
func (s *withProviderID) Update(ctx context.Context, req *pulumirpc.UpdateRequest) (*pulumirpc.UpdateResponse, error) {
	if s.stateless.Load() {
		ctx = lifecycle.WithoutState(ctx)
	}
	return s.ResourceProviderServer.Update(ctx, req)
}

// isStateless reports whether a provider is that of a command which calls the plugin
// without a stack, such as `pulumi do --stateless`. The CLI gives it the URN of a stack
// that may well exist, but no name, which every provider in a state has.
//
// No public issue known. Without it, the second `pulumi do … create --stateless` reports
// the object of the first as the result of an interrupted update, and deletes it if a
// local backend has a stack dev of a project named default.
// Remove when p.ConfigureRequest says whether there is a state.
func isStateless(provider resource.URN) bool { return provider.IsValid() && provider.Name() == "" }

// withAutonaming passes the setting `pulumi:autonaming` of the stack, as it applies to a
// resource, to its Check, and the name in the outputs in the state: an object whose inputs
// have lost its name must not get another one. pulumi-go-provider drops both from the
// request. The engine sends the setting only to a provider that announces that it obeys it,
// in the response to the handshake, or to Configure before the engine had a handshake.
//
// Issue: https://github.com/pulumi/pulumi-go-provider/issues/305.
// Remove when p.CheckRequest has the setting and the old outputs.
type withAutonaming struct {
	pulumirpc.ResourceProviderServer
}

// Handshake implements pulumirpc.ResourceProviderServer.
func (s withAutonaming) Handshake(ctx context.Context, req *pulumirpc.ProviderHandshakeRequest) (*pulumirpc.ProviderHandshakeResponse, error) {
	resp, err := s.ResourceProviderServer.Handshake(ctx, req)
	if err == nil {
		resp.SupportsAutonamingConfiguration = true
	}
	return resp, err
}

// Configure implements pulumirpc.ResourceProviderServer.
func (s withAutonaming) Configure(ctx context.Context, req *pulumirpc.ConfigureRequest) (*pulumirpc.ConfigureResponse, error) {
	resp, err := s.ResourceProviderServer.Configure(ctx, req)
	if err == nil {
		resp.SupportsAutonamingConfiguration = true
	}
	return resp, err
}

// Check implements pulumirpc.ResourceProviderServer.
func (s withAutonaming) Check(ctx context.Context, req *pulumirpc.CheckRequest) (*pulumirpc.CheckResponse, error) {
	autonaming := lifecycle.Autonaming{StateName: req.GetOldOutputs().GetFields()["name"].GetStringValue()}
	if setting := req.GetAutonaming(); setting != nil {
		autonaming.Mode = lifecycle.AutonamingMode(strings.ToLower(setting.GetMode().String()))
		autonaming.ProposedName = setting.GetProposedName()
	}
	return s.ResourceProviderServer.Check(lifecycle.WithAutonaming(ctx, autonaming), req)
}

// withAttach calls a function when an engine attaches to the plugin, which is when a
// run begins in a plugin that outlives the engine. p.Provider has no such method.
//
// No public issue known. To reproduce, start the plugin without arguments, and run
// pulumi up twice with PULUMI_DEBUG_PROVIDERS set to its port.
// Remove when p.Provider has an Attach method.
type withAttach struct {
	pulumirpc.ResourceProviderServer
	onAttach func()
}

// Attach implements pulumirpc.ResourceProviderServer.
func (s withAttach) Attach(ctx context.Context, req *pulumirpc.PluginAttach) (*emptypb.Empty, error) {
	s.onAttach()
	return s.ResourceProviderServer.Attach(ctx, req)
}

// withComponentDependencies makes unknown inputs of a component that have no
// dependencies depend on the component's parent. The SDK treats any other unknown input
// as an unknown string, whatever its type is, so that a preview with an unknown number
// fails. The engine refuses a component that depends on itself, which is registered with
// its inputs, and the parent is a dependency of the component anyway. The Java SDK sends
// such inputs for every output of another resource.
//
// No public issue is known. Without this function, TestUnknownAndMarkedInputs in package
// components fails.
// Remove when the SDK converts unknown inputs of Construct to the type of the field.
func withComponentDependencies(provider p.Provider) p.Provider {
	construct := provider.Construct
	provider.Construct = func(ctx context.Context, req p.ConstructRequest) (p.ConstructResponse, error) {
		req.Inputs = dependOn(cmp.Or(req.Parent, req.Urn), property.New(req.Inputs)).AsMap()
		return construct(ctx, req)
	}
	return provider
}

func dependOn(parent urn.URN, v property.Value) property.Value {
	switch {
	case v.IsComputed() && len(v.Dependencies()) == 0:
		return v.WithDependencies([]urn.URN{parent})
	case v.IsArray():
		items := v.AsArray().AsSlice()
		for i, item := range items {
			items[i] = dependOn(parent, item)
		}
		return property.WithGoValue(v, property.NewArray(items)) // a nil slice would turn an empty list into null
	case v.IsMap():
		entries := v.AsMap().AsMap() // Set would copy the map for each entry
		for name, entry := range entries {
			entries[name] = dependOn(parent, entry)
		}
		return property.WithGoValue(v, property.NewMap(entries))
	}
	return v
}

// withLists answers the List requests of the engine, which p.Provider does not have.
//
// No public issue known. Without it, `pulumi do pgbeam:index:Project list` fails with
// "method List not implemented".
// Remove when p.Provider has a List method, and infer one for resources.
type withLists struct {
	pulumirpc.ResourceProviderServer
	lists *lifecycle.Lists
}

// List implements pulumirpc.ResourceProviderServer.
func (s withLists) List(req *pulumirpc.ListRequest, stream pulumirpc.ResourceProvider_ListServer) error {
	inputs, err := plugin.UnmarshalProperties(req.GetQuery(), plugin.MarshalOptions{
		KeepUnknowns: true, KeepSecrets: true, KeepResources: true, KeepOutputValues: true,
	})
	if err != nil {
		return err
	}
	resp, err := s.lists.List(stream.Context(), lifecycle.ListRequest{
		Type:         tokens.Type(req.GetToken()),
		Inputs:       resource.FromResourcePropertyMap(inputs),
		Limit:        req.GetLimit(),
		PageSize:     req.GetPageSize(),
		Continuation: req.GetContinuationToken(),
	})
	switch {
	case err != nil:
		return err
	case len(resp.Failures) > 0:
		return listInputsError(tokens.Type(req.GetToken()), resp.Failures)
	case resp.Unknown:
		return stream.Send(&pulumirpc.ListResponse{Response: &pulumirpc.ListResponse_Computed_{Computed: &pulumirpc.ListResponse_Computed{}}})
	}
	for _, item := range resp.Items {
		result := &pulumirpc.ListResponse_Result{Id: item.ID, Name: item.Name}
		if err := stream.Send(&pulumirpc.ListResponse{Response: &pulumirpc.ListResponse_Result_{Result: result}}); err != nil {
			return err
		}
	}
	if resp.Continuation == "" {
		return nil
	}
	next := &pulumirpc.ListResponse_Continuation{ContinuationToken: resp.Continuation}
	return stream.Send(&pulumirpc.ListResponse{Response: &pulumirpc.ListResponse_Continuation_{Continuation: next}})
}

// listInputsError returns the error for invalid list inputs. The CLI prints only its
// message, so the message has every reason, each of which begins with its path.
func listInputsError(token tokens.Type, failures []p.CheckFailure) error {
	reasons, details := make([]string, len(failures)), make([]perrors.InputPropertyErrorDetails, len(failures))
	for i, failure := range failures {
		reasons[i] = failure.Reason
		details[i] = perrors.InputPropertyErrorDetails{PropertyPath: failure.Property, Reason: failure.Reason}
	}
	message := fmt.Sprintf("listing %s: %s", token.Name(), strings.Join(reasons, "; "))
	return rpcerror.WrapDetailedError(perrors.NewInputPropertiesError(message, details...))
}

// withInputErrors sends the errors of invalid inputs of a component with the paths of the
// inputs. pulumi-go-provider sends only the text of an error (no public issue known).
//
// Remove when pulumi-go-provider converts the errors of Construct as the Pulumi SDK does.
func withInputErrors(provider p.Provider) p.Provider {
	construct := provider.Construct
	provider.Construct = func(ctx context.Context, req p.ConstructRequest) (p.ConstructResponse, error) {
		response, err := construct(ctx, req)
		if err != nil {
			err = rpcerror.WrapDetailedError(err)
		}
		return response, err
	}
	return provider
}
