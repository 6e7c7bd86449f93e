// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package lifecycle_test

import (
	"context"
	"testing"

	p "github.com/pulumi/pulumi-go-provider"
	"github.com/pulumi/pulumi/pkg/v3/codegen/schema"
	"github.com/pulumi/pulumi/sdk/v3/go/common/tokens"
	"github.com/pulumi/pulumi/sdk/v3/go/property"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pgbeam/pulumi-pgbeam/client"
	"github.com/pgbeam/pulumi-pgbeam/internal/enginetest"
	"github.com/pgbeam/pulumi-pgbeam/internal/kind"
	"github.com/pgbeam/pulumi-pgbeam/internal/lifecycle"
	"github.com/pgbeam/pulumi-pgbeam/internal/localapi"
	"github.com/pgbeam/pulumi-pgbeam/internal/properties"
)

// GetProjectName is a function that only this test has.
type GetProjectName struct{}

type GetProjectNameArgs struct {
	ProjectID string `pulumi:"projectId"`
}

type GetProjectNameResult struct {
	Name string `pulumi:"name"`
}

func (GetProjectName) Definition() kind.FunctionDefinition {
	return kind.FunctionDefinition{
		Description: "Returns the name of a project.",
		Properties:  properties.Table{"projectId": properties.String().Required().Length(1, 0).Reference("prj_")},
	}
}

func (GetProjectName) Invoke(ctx context.Context, c *client.Client, in GetProjectNameArgs) (GetProjectNameResult, error) {
	project, err := c.Projects().Get(ctx, in.ProjectID)
	return GetProjectNameResult{project.Name}, err
}

func TestFunctionChecksItsInputsAndExplainsErrors(t *testing.T) {
	t.Parallel()
	env := enginetest.NewEnv(t, localapi.Options{})
	project := env.Project()
	c, err := client.New(env.Local.APIKey, client.WithBaseURL(env.Local.URL), client.WithMaxRetries(0))
	require.NoError(t, err)
	function := lifecycle.WrapFunction(lifecycle.Env{
		Client: func(context.Context) (*client.Client, error) { return c, nil },
	}, kind.NewFunction(GetProjectName{}))
	invoke := func(args map[string]any) (p.InvokeResponse, error) {
		return function.Invoke(context.Background(), p.InvokeRequest{Args: enginetest.Inputs(args)})
	}

	token, err := function.GetToken()
	require.NoError(t, err)
	assert.Equal(t, "pkg:index:getProjectName", string(token))

	spec, err := function.GetSchema(func(tokens.Type, schema.ComplexTypeSpec) bool { return true })
	require.NoError(t, err)
	assert.Equal(t, "Returns the name of a project.", spec.Description)

	resp, err := invoke(map[string]any{"projectId": project.ID})
	require.NoError(t, err)
	assert.Equal(t, property.New("parent"), resp.Return.Get("name"))

	env.Local.ResetRequests()
	resp, err = invoke(map[string]any{"projectID": project.ID})
	require.NoError(t, err)
	require.Len(t, resp.Failures, 2, "projectID does not exist, and projectId is missing")
	assert.Empty(t, env.Local.Requests())

	_, err = invoke(map[string]any{"projectId": "prj_missing"})
	require.ErrorContains(t, err, "invoking getProjectName: GET /v1/projects/prj_missing: 404 NOT_FOUND")
}
