// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package lifecycle_test

import (
	"context"
	"errors"
	"testing"

	p "github.com/pulumi/pulumi-go-provider"
	"github.com/pulumi/pulumi-go-provider/infer"
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

func (r *GetProjectNameResult) Annotate(a infer.Annotator) {
	a.Describe(&r.Name, "The name. Empty if there is none.")
}

func (GetProjectName) Definition() kind.FunctionDefinition {
	return kind.FunctionDefinition{
		Description: "Returns the name of a project.",
		Properties:  properties.Table{"projectId": properties.ID("prj_")},
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
	assert.Equal(t, "The name. Empty if there is none.", spec.Outputs.Properties["name"].Description, "not the state of a resource")

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

// GetProjectKey is a function with an output of each sort, which only this test has.
type GetProjectKey struct{}

type GetProjectKeyArgs struct {
	ProjectID string `pulumi:"projectId"`
}

type GetProjectKeyResult struct {
	Key      string  `pulumi:"key" provider:"secret"`
	Name     string  `pulumi:"name"`
	Kind     string  `pulumi:"kind"`
	Host     string  `pulumi:"host"`
	Domain   string  `pulumi:"domain"`
	Password string  `pulumi:"password"`
	Note     *string `pulumi:"note,optional"`
}

func (r *GetProjectKeyResult) Annotate(a infer.Annotator) {
	a.Describe(&r.Host, "The host, as of the last refresh or update. Empty if there is none.")
}

func (GetProjectKey) Definition() kind.FunctionDefinition {
	return kind.FunctionDefinition{
		Description: "Returns the key of a project.",
		Properties:  properties.Table{"projectId": properties.String().Required()},
		Public:      []string{"kind"},
		State:       &kind.StateResult{Unreadable: []string{"password"}, Optional: []string{"host", "domain"}},
		Offline:     true,
	}
}

func (GetProjectKey) Invoke(_ context.Context, c *client.Client, in GetProjectKeyArgs) (GetProjectKeyResult, error) {
	if c != nil {
		return GetProjectKeyResult{}, errors.New("a function without requests has no client")
	}
	return GetProjectKeyResult{Key: "key", Name: in.ProjectID, Kind: "project", Domain: "example.com", Password: "not returned"}, nil
}

func TestFunctionMarksAndOmitsOutputs(t *testing.T) {
	t.Parallel()
	function := lifecycle.WrapFunction(lifecycle.Env{
		Client: func(context.Context) (*client.Client, error) { return nil, errors.New("no API key") },
	}, kind.NewFunction(GetProjectKey{}))
	spec, err := function.GetSchema(func(tokens.Type, schema.ComplexTypeSpec) bool { return true })
	require.NoError(t, err)
	assert.NotContains(t, spec.Outputs.Properties, "password")
	assert.ElementsMatch(t, []string{"key", "name", "kind", "note"}, spec.Outputs.Required)
	assert.Equal(t, "The host. Absent if there is none.", spec.Outputs.Properties["host"].Description)

	id, unknown := property.New("prj_1"), property.New(property.Computed)
	for name, test := range map[string]struct {
		input property.Value
		want  map[string]property.Value
	}{
		"known": {id, map[string]property.Value{
			"key": property.New("key").WithSecret(true), "name": id, "kind": property.New("project"), "domain": property.New("example.com"),
		}},
		"secret": {id.WithSecret(true), map[string]property.Value{
			"key": property.New("key").WithSecret(true), "name": id.WithSecret(true), "kind": property.New("project"),
			"domain": property.New("example.com").WithSecret(true),
		}},
		"unknown": {unknown, map[string]property.Value{
			"key": unknown.WithSecret(true), "name": unknown, "kind": unknown, "host": unknown, "domain": unknown, "note": unknown,
		}},
	} {
		resp, err := function.Invoke(t.Context(), p.InvokeRequest{Args: property.NewMap(map[string]property.Value{"projectId": test.input})})
		require.NoError(t, err, name)
		assert.Equal(t, property.NewMap(test.want), resp.Return, name)
	}
}
