// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package provider

import (
	"context"
	"errors"
	"fmt"
	"net"
	"reflect"
	"slices"
	"sync"
	"testing"

	p "github.com/pulumi/pulumi-go-provider"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/util/rpcutil/rpcerror"
	"github.com/pulumi/pulumi/sdk/v3/go/property"
	perrors "github.com/pulumi/pulumi/sdk/v3/go/pulumi/errors"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"github.com/sethvargo/go-envconfig"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/emptypb"
	"google.golang.org/protobuf/types/known/structpb"
)

// fakeServer records requests and returns a fixed response to Read.
type fakeServer struct {
	pulumirpc.UnimplementedResourceProviderServer
	read    *pulumirpc.ReadResponse
	aliases []string
	calls   []string
}

func (s *fakeServer) Construct(_ context.Context, req *pulumirpc.ConstructRequest) (*pulumirpc.ConstructResponse, error) {
	for _, alias := range req.GetAliases() {
		s.aliases = append(s.aliases, alias.GetUrn())
	}
	return &pulumirpc.ConstructResponse{}, nil
}

func (s *fakeServer) Read(context.Context, *pulumirpc.ReadRequest) (*pulumirpc.ReadResponse, error) {
	return s.read, nil
}

func (s *fakeServer) CheckConfig(context.Context, *pulumirpc.CheckRequest) (*pulumirpc.CheckResponse, error) {
	s.calls = append(s.calls, "CheckConfig")
	return &pulumirpc.CheckResponse{}, nil
}

func (s *fakeServer) DiffConfig(context.Context, *pulumirpc.DiffRequest) (*pulumirpc.DiffResponse, error) {
	s.calls = append(s.calls, "DiffConfig")
	return &pulumirpc.DiffResponse{}, nil
}

func (s *fakeServer) Configure(context.Context, *pulumirpc.ConfigureRequest) (*pulumirpc.ConfigureResponse, error) {
	s.calls = append(s.calls, "Configure")
	return &pulumirpc.ConfigureResponse{}, nil
}

func (s *fakeServer) Attach(context.Context, *pulumirpc.PluginAttach) (*emptypb.Empty, error) {
	s.calls = append(s.calls, "Attach")
	return &emptypb.Empty{}, nil
}

func TestCapVerbosity(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ args, want []string }{
		{[]string{"plugin", "127.0.0.1:1"}, []string{"plugin", "127.0.0.1:1"}},
		{[]string{"plugin", "-v=9", "--logtostderr"}, []string{"plugin", "-v=8", "--logtostderr"}},
		{[]string{"plugin", "--v=11", "-x"}, []string{"plugin", "--v=8", "-x"}},
		{[]string{"plugin", "-v", "10"}, []string{"plugin", "-v", "8"}},
		{[]string{"plugin", "-v=3"}, []string{"plugin", "-v=3"}},
		{[]string{"plugin", "-v"}, []string{"plugin", "-v"}},
	} {
		original := slices.Clone(test.args)
		assert.Equal(t, test.want, capVerbosity(test.args))
		assert.Equal(t, original, test.args, "the arguments are not modified")
	}
}

func TestStackConfig(t *testing.T) {
	t.Parallel()
	for encoded, want := range map[string]map[string]string{
		"":                                nil,
		"not JSON":                        nil,
		`{"apiKey":"a","maxRetries":"1"}`: {"apiKey": "a", "maxRetries": "1"},
	} {
		assert.Equal(t, want, stackConfig(envconfig.MapLookuper(map[string]string{"PULUMI_CONFIG": encoded})), encoded)
	}
	assert.Empty(t, stackConfig(envconfig.MapLookuper(nil)))
}

func TestWithoutPropertyNames(t *testing.T) {
	t.Parallel()
	failures := []p.CheckFailure{{Property: "apiKey", Reason: "apiKey must be a string"}}
	assert.Equal(t, []p.CheckFailure{{Reason: "apiKey must be a string"}}, withoutPropertyNames(failures))
	assert.Equal(t, "apiKey", failures[0].Property, "the failures are not modified")
}

// cancelableProvider returns a provider whose Construct returns when Cancel is called,
// and a channel that receives a value whenever Construct is called.
func cancelableProvider() (p.Provider, chan struct{}) {
	started, cancelled := make(chan struct{}), make(chan struct{})
	return withOrderlyCancel(p.Provider{
		Construct: func(context.Context, p.ConstructRequest) (p.ConstructResponse, error) {
			started <- struct{}{}
			<-cancelled
			return p.ConstructResponse{Urn: "urn:pulumi:test::test::pgbeam:index:SecureAgentProject::answered"}, nil
		},
		Cancel: func(context.Context) error {
			close(cancelled)
			return nil
		},
	}), started
}

// TestCancelWaitsForConstruct checks that a client that closes its connection after
// the response to Cancel, as the engine does, has the responses to all Constructs.
func TestCancelWaitsForConstruct(t *testing.T) {
	t.Parallel()
	const constructs = 5
	for range 20 {
		provider, started := cancelableProvider()
		raw, err := p.RawServer(Name, "0.0.1", provider)(nil)
		require.NoError(t, err)
		server := grpc.NewServer()
		pulumirpc.RegisterResourceProviderServer(server, raw)
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		require.NoError(t, err)
		go func() { _ = server.Serve(listener) }()
		conn, err := grpc.NewClient(listener.Addr().String(), grpc.WithTransportCredentials(insecure.NewCredentials()))
		require.NoError(t, err)
		client := pulumirpc.NewResourceProviderClient(conn)

		var pending sync.WaitGroup
		for range constructs {
			pending.Go(func() {
				resp, err := client.Construct(context.Background(), &pulumirpc.ConstructRequest{
					Project: "test", Stack: "test", Type: "pgbeam:index:SecureAgentProject", Name: "shop", AcceptsOutputValues: true,
				})
				assert.NoError(t, err) //nolint:testifylint // require must not be used in a goroutine
				assert.Contains(t, resp.GetUrn(), "answered")
			})
		}
		for range constructs {
			<-started
		}
		_, err = client.Cancel(context.Background(), &emptypb.Empty{})
		require.NoError(t, err)
		require.NoError(t, conn.Close())
		pending.Wait()
		server.Stop()
	}
}

// TestCancelEndsWithItsContext checks that Cancel returns even if a Construct is never
// answered.
func TestCancelEndsWithItsContext(t *testing.T) {
	t.Parallel()
	provider, started := cancelableProvider()
	unanswered, answer := context.WithCancel(context.Background())
	defer answer()
	var pending sync.WaitGroup
	pending.Go(func() { _, _ = provider.Construct(unanswered, p.ConstructRequest{}) })
	<-started
	ended, end := context.WithCancel(context.Background())
	end()
	require.NoError(t, provider.Cancel(ended))
	pending.Wait()
}

func TestEmptyReadFix(t *testing.T) {
	t.Parallel()
	empty := &structpb.Struct{}
	resp, err := emptyReadFix{&fakeServer{read: &pulumirpc.ReadResponse{Properties: empty, Inputs: empty}}}.Read(t.Context(), nil)
	require.NoError(t, err)
	assert.Nil(t, resp.GetProperties())
	assert.Nil(t, resp.GetInputs())

	found := &pulumirpc.ReadResponse{Id: "prj_1", Properties: empty}
	resp, err = emptyReadFix{&fakeServer{read: found}}.Read(t.Context(), nil)
	require.NoError(t, err)
	assert.True(t, proto.Equal(found, resp))
}

// TestEmptyReadFixIsNeeded fails when pulumi-go-provider sends no properties for a
// resource that does not exist.
func TestEmptyReadFixIsNeeded(t *testing.T) {
	t.Parallel()
	raw, err := p.RawServer(Name, "0.0.1", p.Provider{
		Read: func(context.Context, p.ReadRequest) (p.ReadResponse, error) {
			return p.ReadResponse{Properties: property.Map{}}, nil
		},
	})(nil)
	require.NoError(t, err)
	resp, err := raw.Read(t.Context(), &pulumirpc.ReadRequest{
		Id: "prj_1", Urn: "urn:pulumi:test::test::pgbeam:index:Project::shop",
	})
	require.NoError(t, err)
	assert.NotNil(t, resp.GetProperties(), "remove emptyReadFix")
}

func TestAliasSpecFix(t *testing.T) {
	t.Parallel()
	const (
		stack  = "urn:pulumi:dev::project::pulumi:pulumi:Stack::project-dev"
		parent = "urn:pulumi:dev::project::test:index:Team::blue"
	)
	for name, test := range map[string]struct {
		parent string
		alias  *pulumirpc.Alias
		urn    string
	}{
		"a URN": {
			stack, &pulumirpc.Alias{Alias: &pulumirpc.Alias_Urn{Urn: "urn:pulumi:dev::project::pgbeam:index:Old::x"}},
			"urn:pulumi:dev::project::pgbeam:index:Old::x",
		},
		"another name": {
			stack, aliasOf(&pulumirpc.Alias_Spec{Name: "store"}),
			"urn:pulumi:dev::project::pgbeam:index:SecureAgentProject::store",
		},
		"another name with a parent": {
			parent, aliasOf(&pulumirpc.Alias_Spec{Name: "store"}),
			"urn:pulumi:dev::project::test:index:Team$pgbeam:index:SecureAgentProject::store",
		},
		"another parent": {
			stack, aliasOf(&pulumirpc.Alias_Spec{Parent: &pulumirpc.Alias_Spec_ParentUrn{ParentUrn: parent}}),
			"urn:pulumi:dev::project::test:index:Team$pgbeam:index:SecureAgentProject::shop",
		},
		"no parent": {
			parent, aliasOf(&pulumirpc.Alias_Spec{Parent: &pulumirpc.Alias_Spec_NoParent{NoParent: true}}),
			"urn:pulumi:dev::project::pgbeam:index:SecureAgentProject::shop",
		},
		"another type, project and stack": {
			"", aliasOf(&pulumirpc.Alias_Spec{Type: "pgbeam:index:Agent", Project: "old", Stack: "prod"}),
			"urn:pulumi:prod::old::pgbeam:index:Agent::shop",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := &fakeServer{}
			_, err := aliasSpecFix{server}.Construct(t.Context(), &pulumirpc.ConstructRequest{
				Project: "project", Stack: "dev", Type: "pgbeam:index:SecureAgentProject", Name: "shop",
				Parent: test.parent, Aliases: []*pulumirpc.Alias{test.alias},
			})
			require.NoError(t, err)
			assert.Equal(t, []string{test.urn}, server.aliases)
		})
	}
}

func aliasOf(spec *pulumirpc.Alias_Spec) *pulumirpc.Alias {
	return &pulumirpc.Alias{Alias: &pulumirpc.Alias_Spec_{Spec: spec}}
}

// TestWithAutonaming requires that the engine learns that the setting is obeyed, and that
// the setting passes pulumi-go-provider.
func TestWithAutonaming(t *testing.T) {
	t.Parallel()
	built, err := New(Options{Environment: envconfig.MapLookuper(nil)})
	require.NoError(t, err)
	raw, err := p.RawServer(Name, "0.0.1", built)(nil)
	require.NoError(t, err)
	server := withAutonaming{raw}
	handshake, err := server.Handshake(t.Context(), &pulumirpc.ProviderHandshakeRequest{})
	require.NoError(t, err)
	assert.True(t, handshake.GetSupportsAutonamingConfiguration())
	assert.True(t, handshake.GetAcceptSecrets(), "the rest of the response is that of pulumi-go-provider")
	configured, err := server.Configure(t.Context(), &pulumirpc.ConfigureRequest{})
	require.NoError(t, err)
	assert.True(t, configured.GetSupportsAutonamingConfiguration())
	assert.True(t, configured.GetAcceptSecrets())

	database, err := structpb.NewStruct(map[string]any{"host": "db.example.com", "port": 5432, "name": "shop", "username": "pgbeam", "password": "secret"})
	require.NoError(t, err)
	for name, test := range map[string]struct {
		autonaming    *pulumirpc.CheckRequest_AutonamingOptions
		outputs       map[string]*structpb.Value // in the state, whose inputs have lost the name
		name, failure string                     // regular expressions
		err           string
	}{
		"disable, with an object": {
			autonaming: &pulumirpc.CheckRequest_AutonamingOptions{Mode: pulumirpc.CheckRequest_AutonamingOptions_DISABLE},
			outputs:    map[string]*structpb.Value{"name": structpb.NewStringValue("old")}, name: "^old$",
		},
		"none, with an object": {outputs: map[string]*structpb.Value{"name": structpb.NewStringValue("old")}, name: "^old$"},

		"none":    {autonaming: nil, name: "^shop-[0-9a-f]{7}$"},
		"propose": {autonaming: &pulumirpc.CheckRequest_AutonamingOptions{ProposedName: "web"}, name: "^web$"},
		"enforce": {
			autonaming: &pulumirpc.CheckRequest_AutonamingOptions{Mode: pulumirpc.CheckRequest_AutonamingOptions_ENFORCE, ProposedName: "web"},
			name:       "^web$",
		},
		"disable": {
			autonaming: &pulumirpc.CheckRequest_AutonamingOptions{Mode: pulumirpc.CheckRequest_AutonamingOptions_DISABLE},
			failure:    "^name is required, .*pulumi:autonaming",
		},
		"a mode of a later engine": {autonaming: &pulumirpc.CheckRequest_AutonamingOptions{Mode: 3}, err: `mode "3"`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			resp, err := server.Check(t.Context(), &pulumirpc.CheckRequest{
				Urn: "urn:pulumi:test::test::pgbeam:index:Project::shop", Autonaming: test.autonaming, OldOutputs: &structpb.Struct{Fields: test.outputs},
				News: &structpb.Struct{Fields: map[string]*structpb.Value{
					"orgId": structpb.NewStringValue("org_1"), "database": structpb.NewStructValue(database),
				}},
			})
			switch {
			case test.err != "":
				require.ErrorContains(t, err, test.err)
			case test.failure != "":
				require.NoError(t, err)
				require.Len(t, resp.GetFailures(), 1)
				assert.Regexp(t, test.failure, resp.GetFailures()[0].GetReason())
			default:
				require.NoError(t, err)
				assert.Empty(t, resp.GetFailures())
				assert.Regexp(t, test.name, resp.GetInputs().GetFields()["name"].GetStringValue())
			}
		})
	}
}

// TestWithAutonamingIsNeeded fails when pulumi-go-provider passes the setting on.
func TestWithAutonamingIsNeeded(t *testing.T) {
	t.Parallel()
	_, passed := reflect.TypeFor[p.CheckRequest]().FieldByName("Autonaming")
	assert.False(t, passed, "remove withAutonaming")
}

// TestProviderIDAndAttach checks that the functions are called before the requests are
// passed on, and that an ID is new unless the engine compares the configuration with one
// in the state.
func TestProviderIDAndAttach(t *testing.T) {
	t.Parallel()
	fake := &fakeServer{}
	server := &withProviderID{
		ResourceProviderServer: withAttach{fake, func() { fake.calls = append(fake.calls, "onAttach") }},
		onConfigure: func(id string, isNew bool) {
			fake.calls = append(fake.calls, fmt.Sprintf("onConfigure %s %t", id, isNew))
		},
		onURN:       func(urn resource.URN) { fake.calls = append(fake.calls, "onURN "+urn.Name()) },
		onStateless: func() { fake.calls = append(fake.calls, "onStateless") },
	}
	const provider = "urn:pulumi:dev::shop::pulumi:providers:pgbeam::default"
	_, err := server.Attach(t.Context(), nil)
	require.NoError(t, err)
	configure := func(id string, urn *string) {
		_, err := server.Configure(t.Context(), &pulumirpc.ConfigureRequest{Id: proto.String(id), Urn: urn})
		require.NoError(t, err)
	}
	configure("id-1", proto.String(provider)) // a destroy does not check the configuration
	_, err = server.CheckConfig(t.Context(), &pulumirpc.CheckRequest{Urn: provider})
	require.NoError(t, err)
	configure("id-2", nil)
	_, err = server.DiffConfig(t.Context(), nil)
	require.NoError(t, err)
	configure("id-3", nil)
	configure("id-4", proto.String("urn:pulumi:dev::default::pulumi:providers:pgbeam::")) // of `pulumi do --stateless`
	assert.Equal(t, []string{
		"onAttach", "Attach", "onURN default", "onConfigure id-1 false", "Configure",
		"onURN default", "CheckConfig", "onConfigure id-2 true", "Configure", "DiffConfig", "onConfigure id-3 false", "Configure",
		"onStateless", "Configure",
	}, fake.calls)
}

// TestUpdateWithoutState requires that the provider learns that a run has no state, in which
// an update can be one that has to replace the object.
func TestUpdateWithoutState(t *testing.T) {
	t.Parallel()
	built, err := New(Options{Environment: envconfig.MapLookuper(nil)})
	require.NoError(t, err)
	raw, err := p.RawServer(Name, "0.0.1", built)(nil)
	require.NoError(t, err)
	server := &withProviderID{
		ResourceProviderServer: raw,
		onConfigure:            func(string, bool) {}, onURN: func(resource.URN) {}, onStateless: func() {},
	}
	inputs := func(host string) *structpb.Struct {
		fields, err := structpb.NewStruct(map[string]any{"databaseId": "db_1", "host": host, "port": 5432})
		require.NoError(t, err)
		return fields
	}
	update := func(provider string) error {
		_, err := server.Configure(t.Context(), &pulumirpc.ConfigureRequest{Urn: proto.String(provider)})
		require.NoError(t, err)
		_, err = server.Update(t.Context(), &pulumirpc.UpdateRequest{
			Id: "rep_1", Urn: "urn:pulumi:dev::default::pgbeam:index:Replica::eu", Preview: true,
			Olds: inputs("old.example.com"), OldInputs: inputs("old.example.com"), News: inputs("new.example.com"),
		})
		return err
	}
	require.ErrorContains(t, update("urn:pulumi:dev::default::pulumi:providers:pgbeam::"), "host cannot be changed in place")
	require.NoError(t, update("urn:pulumi:dev::default::pulumi:providers:pgbeam::default"), "the engine has decided that it is an update")
}

// TestInputErrorsKeepTheirPaths checks that the engine gets the paths of invalid inputs, and
// that other errors stay as they are.
func TestInputErrorsKeepTheirPaths(t *testing.T) {
	t.Parallel()
	var failure error
	provider := withInputErrors(p.Provider{Construct: func(context.Context, p.ConstructRequest) (p.ConstructResponse, error) {
		return p.ConstructResponse{Urn: "answered"}, failure
	}})
	response, err := provider.Construct(t.Context(), p.ConstructRequest{})
	require.NoError(t, err)
	assert.Equal(t, resource.URN("answered"), response.Urn)

	failure = fmt.Errorf("wrapped: %w", perrors.NewInputPropertiesError("invalid", perrors.InputPropertyErrorDetails{PropertyPath: "a.b", Reason: "it is wrong"}))
	_, err = provider.Construct(t.Context(), p.ConstructRequest{})
	received, ok := rpcerror.FromError(err)
	require.True(t, ok)
	assert.Equal(t, "invalid", received.Message())
	assert.Equal(t, []perrors.InputPropertyErrorDetails{{PropertyPath: "a.b", Reason: "it is wrong"}}, received.InputPropertiesErrors())

	failure = errors.New("another")
	_, err = provider.Construct(t.Context(), p.ConstructRequest{})
	received, ok = rpcerror.FromError(err)
	require.True(t, ok)
	assert.Equal(t, "another", received.Message())
	assert.Empty(t, received.InputPropertiesErrors())
}
