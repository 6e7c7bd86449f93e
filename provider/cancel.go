// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package provider

import (
	"context"
	"sync"
	"time"

	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/protobuf/types/known/emptypb"
)

// cancelTimeout limits how long Cancel waits for constructs. They end within
// milliseconds; the engine itself waits for five seconds.
const cancelTimeout = 2 * time.Second

// sendTime is the time that gRPC gets to send an answer. It does not say when it
// has done so.
const sendTime = 20 * time.Millisecond

// orderlyCancel answers Cancel after every pending Construct has been answered.
// When a child fails, the engine cancels its plugins and closes the connection as
// soon as they have answered that. It reports a Construct that is still pending
// then as an error of the component ("the client connection is closing").
type orderlyCancel struct {
	pulumirpc.ResourceProviderServer

	mutex   sync.Mutex
	pending map[context.Context]struct{}
}

// Construct implements pulumirpc.ResourceProviderServer.
func (s *orderlyCancel) Construct(ctx context.Context, req *pulumirpc.ConstructRequest) (*pulumirpc.ConstructResponse, error) {
	s.mutex.Lock()
	if s.pending == nil {
		s.pending = map[context.Context]struct{}{}
	}
	s.pending[ctx] = struct{}{}
	s.mutex.Unlock()
	// gRPC ends the context of a request just before it sends the answer, which is
	// after this function has returned.
	context.AfterFunc(ctx, func() {
		s.mutex.Lock()
		defer s.mutex.Unlock()
		delete(s.pending, ctx)
	})
	return s.ResourceProviderServer.Construct(ctx, req)
}

// Cancel implements pulumirpc.ResourceProviderServer.
func (s *orderlyCancel) Cancel(ctx context.Context, req *emptypb.Empty) (*emptypb.Empty, error) {
	resp, err := s.ResourceProviderServer.Cancel(ctx, req)
	timeout := time.NewTimer(cancelTimeout)
	defer timeout.Stop()
	pending := s.snapshot()
	for _, construct := range pending {
		select {
		case <-construct.Done():
		case <-ctx.Done():
			return resp, err
		case <-timeout.C:
			return resp, err
		}
	}
	if len(pending) > 0 {
		time.Sleep(sendTime)
	}
	return resp, err
}

func (s *orderlyCancel) snapshot() []context.Context {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	constructs := make([]context.Context, 0, len(s.pending))
	for construct := range s.pending {
		constructs = append(constructs, construct)
	}
	return constructs
}
