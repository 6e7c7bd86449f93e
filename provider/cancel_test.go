// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package provider

import (
	"context"
	"net"
	"sync"
	"testing"

	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/protobuf/types/known/emptypb"
)

// cancelable has a Construct that takes until it is cancelled.
type cancelable struct {
	pulumirpc.UnimplementedResourceProviderServer

	started   chan struct{}
	cancelled chan struct{}
}

func (s *cancelable) Construct(context.Context, *pulumirpc.ConstructRequest) (*pulumirpc.ConstructResponse, error) {
	s.started <- struct{}{}
	<-s.cancelled
	return &pulumirpc.ConstructResponse{Urn: "answered"}, nil
}

func (s *cancelable) Cancel(context.Context, *emptypb.Empty) (*emptypb.Empty, error) {
	close(s.cancelled)
	return &emptypb.Empty{}, nil
}

// TestCancelWaitsForConstructs: a client that closes its connection as soon as
// Cancel is answered has the answers of every Construct, as the engine does.
func TestCancelWaitsForConstructs(t *testing.T) {
	t.Parallel()
	const constructs = 5
	for range 50 {
		inner := &cancelable{started: make(chan struct{}, constructs), cancelled: make(chan struct{})}
		server := grpc.NewServer()
		pulumirpc.RegisterResourceProviderServer(server, &orderlyCancel{ResourceProviderServer: inner})
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		require.NoError(t, err)
		go func() { _ = server.Serve(listener) }()
		conn, err := grpc.NewClient(listener.Addr().String(), grpc.WithTransportCredentials(insecure.NewCredentials()))
		require.NoError(t, err)
		client := pulumirpc.NewResourceProviderClient(conn)

		var pending sync.WaitGroup
		for range constructs {
			pending.Go(func() {
				resp, err := client.Construct(context.Background(), &pulumirpc.ConstructRequest{})
				assert.NoError(t, err)
				assert.Equal(t, "answered", resp.GetUrn())
			})
		}
		for range constructs {
			<-inner.started
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
	inner := &cancelable{started: make(chan struct{}, 1), cancelled: make(chan struct{})}
	s := &orderlyCancel{ResourceProviderServer: inner}
	unanswered, answer := context.WithCancel(context.Background())
	defer answer()
	var pending sync.WaitGroup
	pending.Go(func() { _, _ = s.Construct(unanswered, nil) })
	<-inner.started
	over, end := context.WithCancel(context.Background())
	end()
	_, err := s.Cancel(over, &emptypb.Empty{})
	require.NoError(t, err)
	pending.Wait()
}
