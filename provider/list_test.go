// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package provider

import (
	"errors"
	"io"
	"net"
	"testing"

	p "github.com/pulumi/pulumi-go-provider"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"
	"github.com/pulumi/pulumi/sdk/v3/go/common/util/rpcutil/rpcerror"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"github.com/sethvargo/go-envconfig"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"

	"github.com/pgbeam/pulumi-pgbeam/client"
	"github.com/pgbeam/pulumi-pgbeam/internal/contracttest"
	"github.com/pgbeam/pulumi-pgbeam/internal/lifecycle"
	"github.com/pgbeam/pulumi-pgbeam/internal/localapi"
)

// startPlugin serves a configured provider with gRPC, and returns a client of it.
func startPlugin(t *testing.T, local *localapi.Local, key string) pulumirpc.ResourceProviderClient {
	t.Helper()
	lists := &lifecycle.Lists{}
	provider, err := New(Options{Lists: lists, Environment: envconfig.MapLookuper(map[string]string{
		"PGBEAM_API_KEY": key, "PGBEAM_API_URL": local.URL, "PGBEAM_MAX_RETRIES": "0",
	})})
	require.NoError(t, err)
	raw, err := p.RawServer(Name, "0.0.1", provider)(nil)
	require.NoError(t, err)
	server := grpc.NewServer()
	pulumirpc.RegisterResourceProviderServer(server, withLists{raw, lists})
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	go func() { _ = server.Serve(listener) }()
	t.Cleanup(server.Stop)
	conn, err := grpc.NewClient(listener.Addr().String(), grpc.WithTransportCredentials(insecure.NewCredentials()))
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, conn.Close()) })
	plugin := pulumirpc.NewResourceProviderClient(conn)
	_, err = plugin.Configure(t.Context(), &pulumirpc.ConfigureRequest{})
	require.NoError(t, err)
	return plugin
}

// listing is everything that the stream of a List has.
type listing struct {
	ids, names   []string
	computed     bool
	continuation string
}

func receive(t *testing.T, plugin pulumirpc.ResourceProviderClient, req *pulumirpc.ListRequest) (got listing, err error) {
	t.Helper()
	stream, err := plugin.List(t.Context(), req)
	require.NoError(t, err)
	for {
		message, err := stream.Recv()
		if errors.Is(err, io.EOF) {
			return got, nil
		}
		if err != nil {
			return got, err
		}
		switch message.GetResponse().(type) {
		case *pulumirpc.ListResponse_Computed_:
			got.computed = true
		case *pulumirpc.ListResponse_Result_:
			got.ids, got.names = append(got.ids, message.GetResult().GetId()), append(got.names, message.GetResult().GetName())
		case *pulumirpc.ListResponse_Continuation_:
			got.continuation = message.GetContinuation().GetContinuationToken()
		}
	}
}

func listRequest(t *testing.T, token string, query resource.PropertyMap) *pulumirpc.ListRequest {
	t.Helper()
	encoded, err := plugin.MarshalProperties(query, plugin.MarshalOptions{KeepUnknowns: true, KeepSecrets: true})
	require.NoError(t, err)
	return &pulumirpc.ListRequest{Token: "pgbeam:index:" + token, Query: encoded}
}

// TestList checks the messages of List. tests/scenarios checks what the lists of all kinds
// have.
func TestList(t *testing.T) {
	t.Parallel()
	local := contracttest.Start(t, localapi.Options{})
	pgbeam, err := client.New(local.APIKey, client.WithBaseURL(local.URL))
	require.NoError(t, err)
	created, err := pgbeam.Projects().Create(t.Context(), client.CreateProjectRequest{
		OrgID: local.OrgID, Name: "shop",
		Database: client.CreateDatabaseRequest{Host: "db.example.com", Port: 5432, Name: "shop", Username: "pgbeam", Password: "a password"},
	})
	require.NoError(t, err)
	projectID := created.Project.ID
	var ids []string
	names := []string{"first", "second", "third"}
	for _, name := range names {
		policy, err := pgbeam.PolicyProfiles().Create(t.Context(), projectID, client.PolicyProfileInput{Name: name})
		require.NoError(t, err)
		ids = append(ids, projectID+"/"+policy.ID)
	}
	local.ResetRequests()

	server := startPlugin(t, local, local.APIKey)
	inProject := resource.PropertyMap{"projectId": resource.NewProperty(projectID)}
	got, err := receive(t, server, listRequest(t, "PolicyProfile", inProject))
	require.NoError(t, err)
	assert.Equal(t, listing{ids: ids, names: names}, got)

	secret := resource.PropertyMap{"projectId": resource.MakeSecret(resource.NewProperty(projectID))}
	got, err = receive(t, server, listRequest(t, "PolicyProfile", secret))
	require.NoError(t, err)
	assert.Equal(t, ids, got.ids)

	limited := listRequest(t, "PolicyProfile", inProject)
	limited.Limit = 2
	got, err = receive(t, server, limited)
	require.NoError(t, err)
	assert.Len(t, got.ids, 2)
	assert.Empty(t, got.continuation, "the limit is that of all pages")

	paged := listRequest(t, "PolicyProfile", inProject)
	paged.PageSize = 2
	first, err := receive(t, server, paged)
	require.NoError(t, err)
	require.Len(t, first.ids, 2)
	require.NotEmpty(t, first.continuation)
	paged.ContinuationToken = first.continuation
	second, err := receive(t, startPlugin(t, local, local.APIKey), paged)
	require.NoError(t, err)
	assert.Empty(t, second.continuation)
	assert.ElementsMatch(t, ids, append(first.ids, second.ids...))

	local.ResetRequests()
	got, err = receive(t, server, listRequest(t, "PolicyProfile", resource.PropertyMap{"projectId": resource.MakeComputed(resource.NewProperty(""))}))
	require.NoError(t, err)
	assert.Equal(t, listing{computed: true}, got)

	_, err = receive(t, server, listRequest(t, "CacheRule", resource.PropertyMap{"project": resource.NewProperty(projectID)}))
	refused := rpcerror.Convert(err)
	assert.Equal(t, codes.InvalidArgument, refused.Code())
	assert.Equal(t, "listing CacheRule: databaseId is required; project is not a valid property (did you mean projectId?); projectId is required", refused.Message())
	var paths []string
	for _, detail := range refused.InputPropertiesErrors() {
		paths = append(paths, detail.PropertyPath)
	}
	assert.Contains(t, paths, "databaseId")
	assert.Contains(t, paths, "projectId")

	_, err = receive(t, server, listRequest(t, "Nothing", nil))
	require.ErrorContains(t, err, "the provider has no resource pgbeam:index:Nothing")
	assert.Empty(t, local.Requests())

	_, err = receive(t, startPlugin(t, local, ""), listRequest(t, "PolicyProfile", inProject))
	require.ErrorContains(t, err, "listing PolicyProfile of "+projectID+": "+errNoAPIKey.Error())
}
