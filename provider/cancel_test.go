// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package provider

import (
	"context"
	"net"
	"sync"
	"testing"

	p "github.com/pulumi/pulumi-go-provider"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/protobuf/types/known/emptypb"
)

// cancelable returns a provider whose Construct takes until it is cancelled, and
// the channel on which it says that it has started.
func cancelable() (p.Provider, chan struct{}) {
	started, cancelled := make(chan struct{}), make(chan struct{})
	return orderlyCancel(p.Provider{
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

// TestCancelWaitsForConstructs: a client that closes its connection as soon as
// Cancel is answered has the answers of every Construct, as the engine does.
func TestCancelWaitsForConstructs(t *testing.T) {
	t.Parallel()
	const constructs = 5
	for range 20 {
		provider, started := cancelable()
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

// TestCancelEndsWithItsOwnRequest, even if a Construct is never answered.
func TestCancelEndsWithItsOwnRequest(t *testing.T) {
	t.Parallel()
	provider, started := cancelable()
	unanswered, answer := context.WithCancel(context.Background())
	defer answer()
	var pending sync.WaitGroup
	pending.Go(func() { _, _ = provider.Construct(unanswered, p.ConstructRequest{}) })
	<-started
	over, end := context.WithCancel(context.Background())
	end()
	require.NoError(t, provider.Cancel(over))
	pending.Wait()
}
