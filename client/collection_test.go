// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package client

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// annotation is an object that is addressed by a key of its own fields.
type annotation struct {
	ProjectObject
	annotationInput
}

type annotationInput struct {
	Name   string `json:"name"`
	Column string `json:"column,omitempty" api:"optional"`
	Text   string `json:"text"`
}

func (i annotationInput) Key() Key { return keyOf("name", i.Name, "column", i.Column) }

func annotations(c *Client) *KeyedCollection[annotation, annotationInput] {
	return keyedCollection[annotation, annotationInput](c, "projects", "field-notes", "annotations")
}

// annotationAPI is an API with annotations on two pages.
type annotationAPI struct{ requests []string }

func (a *annotationAPI) RoundTrip(req *http.Request) (*http.Response, error) {
	body := ""
	if req.Body != nil {
		content, _ := io.ReadAll(req.Body)
		body = " " + string(content)
	}
	a.requests = append(a.requests, req.Method+" "+req.URL.RequestURI()+body)
	item := func(id, name string) string {
		return MinimalJSON[annotation](map[string]any{"id": id, "project_id": "prj_1", "name": name})
	}
	switch {
	case req.Method == http.MethodPut:
		return canned{status: http.StatusOK, body: item("sca_1", "one")}.RoundTrip(req)
	case req.Method == http.MethodDelete:
		return canned{status: http.StatusNoContent}.RoundTrip(req)
	case req.URL.Query().Get("page_token") == "":
		return canned{status: http.StatusOK, body: `{"annotations":[` + item("sca_1", "one") + `,` + item("sca_2", "two") + `],"next_page_token":"2"}`}.RoundTrip(req)
	default:
		return canned{status: http.StatusOK, body: `{"annotations":[` + item("sca_3", "three") + `]}`}.RoundTrip(req)
	}
}

// take returns the requests since the last call.
func (a *annotationAPI) take() []string {
	requests := a.requests
	a.requests = nil
	return requests
}

func TestKeyedCollection(t *testing.T) {
	t.Parallel()
	api := &annotationAPI{}
	c, err := New(testAPIKey, WithHTTPClient(&http.Client{Transport: api}), WithMaxRetries(0))
	require.NoError(t, err)
	ctx, path := t.Context(), "/v1/projects/prj_1/field-notes"
	first, second := "GET "+path+"?page_size=100", "GET "+path+"?page_size=100&page_token=2"
	find := func(name string) (annotation, error) {
		return annotations(c).Get(ctx, "prj_1", "", annotationInput{Name: name}.Key())
	}

	_, err = annotations(c).Get(ctx, "prj_1", "sca_2", nil)
	require.NoError(t, err)
	found, err := annotations(c).Get(ctx, "prj_1", "sca_1", annotationInput{Name: "two"}.Key())
	require.NoError(t, err)
	assert.Equal(t, "sca_1", found.ID, "the ID counts before the key")
	assert.Equal(t, []string{first}, api.take())

	found, err = find("three")
	require.NoError(t, err)
	assert.Equal(t, "sca_3", found.ID)
	found, err = annotations(c).Get(ctx, "prj_1", "sca_old", annotationInput{Name: "tWo"}.Key())
	require.NoError(t, err)
	assert.Equal(t, "sca_2", found.ID, "case counts less than everything else")
	_, err = annotations(c).Get(ctx, "prj_1", "", annotationInput{Name: "two", Column: "c"}.Key())
	assert.True(t, IsNotFound(err), "%v", err)
	assert.Equal(t, []string{second}, api.take())
	c.listCache.invalidate(http.MethodDelete, path)

	found, err = find("two")
	require.NoError(t, err)
	assert.Equal(t, "sca_2", found.ID)
	_, err = find("one")
	require.NoError(t, err)
	assert.Equal(t, []string{first}, api.take(), "lookups share the list and fetch no more pages than needed")
	_, err = find("three")
	require.NoError(t, err)
	_, err = find("four")
	assert.True(t, IsNotFound(err), "%v", err)
	require.ErrorContains(t, err, "GET "+path+": 404 NOT_FOUND")
	assert.Equal(t, []string{second}, api.take())
	_, err = find("one")
	require.NoError(t, err)
	assert.Equal(t, []string{first}, api.take(), "the second lookup of an object gets its current state")

	put, err := annotations(c).Put(ctx, "prj_1", annotationInput{Name: "one", Text: "x"})
	require.NoError(t, err)
	assert.Equal(t, "sca_1", put.ID)
	assert.Equal(t, []string{`PUT ` + path + ` {"name":"one","text":"x"}`}, api.take())
	_, err = find("two")
	require.NoError(t, err)
	assert.Equal(t, []string{first}, api.take(), "a write invalidates the list")

	require.NoError(t, annotations(c).Delete(ctx, "prj_1", annotationInput{Name: "a b", Column: "c"}.Key()))
	assert.Equal(t, []string{"DELETE " + path + "?column=c&name=a+b"}, api.take())
	_, err = find("three")
	require.NoError(t, err)
	assert.Equal(t, []string{first, second}, api.take())

	var names []string
	for item, err := range annotations(c).List(ctx, "prj_1") {
		require.NoError(t, err)
		names = append(names, item.Name)
	}
	assert.Equal(t, "one two three", strings.Join(names, " "))
	for _, err := range []error{
		errorOf(annotations(c).Put(ctx, "prj_2", annotationInput{})),
		errorOf(annotations(c).Put(ctx, "", annotationInput{})),
		annotations(c).Delete(ctx, "", nil),
	} {
		require.Error(t, err)
	}
}
