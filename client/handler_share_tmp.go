package client

import "context"

// WithSharedResponses is temporary.
func WithSharedResponses(ctx context.Context) context.Context { return ctx }
