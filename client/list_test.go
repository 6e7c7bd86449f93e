// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package client_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pgbeam/pulumi-pgbeam/client"
)

// TestPages: a list is read to its last page, whose token may be absent, empty
// or null.
func TestPages(t *testing.T) {
	t.Parallel()
	const path = "/v1/projects?org_id=org_1&page_size=100"
	for name, last := range map[string]string{"absent": ``, "empty": `,"next_page_token":""`, "null": `,"next_page_token":null`} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c, _ := play(t,
				exchange{method: "GET", path: path, status: 200, answer: `{"projects":[` + project("prj_1") + `,` + project("prj_2") + `],"total":3,"next_page_token":"a b"}`},
				exchange{method: "GET", path: "/v1/projects?org_id=org_1&page_size=100&page_token=a+b", status: 200, answer: `{"projects":[],"total":3,"next_page_token":"c"}`},
				exchange{method: "GET", path: "/v1/projects?org_id=org_1&page_size=100&page_token=c", status: 200, answer: `{"projects":[` + project("prj_3") + `],"total":3` + last + `}`},
			)
			var ids []string
			for project, err := range c.Projects().List(t.Context(), "org_1") {
				require.NoError(t, err)
				ids = append(ids, project.ID)
			}
			assert.Equal(t, []string{"prj_1", "prj_2", "prj_3"}, ids)
		})
	}
}

func TestAListIsReadNoFurtherThanNeeded(t *testing.T) {
	t.Parallel()
	c, _ := play(t, exchange{
		method: "GET", path: "/v1/projects?org_id=org_1&page_size=100", status: 200, answer: `{"projects":[` + project("prj_1") + `],"total":3,"next_page_token":"more"}`,
	})
	for project, err := range c.Projects().List(t.Context(), "org_1") {
		require.NoError(t, err)
		assert.Equal(t, "prj_1", project.ID)
		break
	}
}

func TestAListEndsWithTheFirstError(t *testing.T) {
	t.Parallel()
	c, _ := play(t,
		exchange{method: "GET", path: "/v1/projects?org_id=org_1&page_size=100", status: 200, answer: `{"projects":[` + project("prj_1") + `],"total":3,"next_page_token":"more"}`},
		exchange{method: "GET", path: "/v1/projects?org_id=org_1&page_size=100&page_token=more", status: 403, answer: problem(403, "FORBIDDEN", "no")},
	)
	var seen int
	var failures []error
	for _, err := range c.Projects().List(t.Context(), "org_1") {
		if err != nil {
			failures = append(failures, err)
			continue
		}
		seen++
	}
	assert.Equal(t, 1, seen)
	require.Len(t, failures, 1)
	assert.True(t, client.IsError(failures[0], client.CodeForbidden))
}

// TestAListThatGoesRound ends with an error, and not never.
func TestAListThatGoesRound(t *testing.T) {
	t.Parallel()
	c, _ := play(t,
		exchange{method: "GET", path: "/v1/projects?org_id=org_1&page_size=100", status: 200, answer: `{"projects":[],"total":3,"next_page_token":"same"}`},
		exchange{method: "GET", path: "/v1/projects?org_id=org_1&page_size=100&page_token=same", status: 200, answer: `{"projects":[],"total":3,"next_page_token":"same"}`},
	)
	for _, err := range c.Projects().List(t.Context(), "org_1") {
		require.ErrorContains(t, err, "the same next page twice")
	}
}

// TestWhatIsOnlyListedIsFound: a kind without a read by ID is looked for on
// every page, and is missing only when it is on none.
func TestWhatIsOnlyListedIsFound(t *testing.T) {
	t.Parallel()
	const path = "/v1/databases/db_1/replicas?page_size=100"
	first := exchange{method: "GET", path: path, status: 200, answer: `{"replicas":[` + replica("rep_1", "one") + `],"next_page_token":"2"}`}
	second := exchange{method: "GET", path: path + "&page_token=2", status: 200, answer: `{"replicas":[` + replica("rep_2", "two") + `]}`}
	c, _ := play(t, first, second)
	found, err := c.Replicas().Get(t.Context(), "db_1", "rep_2")
	require.NoError(t, err)
	assert.Equal(t, "two", found.Host)

	c, _ = play(t, first, second)
	_, err = c.Replicas().Get(t.Context(), "db_1", "rep_3")
	assert.True(t, client.IsNotFound(err), "%v", err)
}

// TestARepeatableCreateEndsTheSharingOfAList: what was just created is on the
// list that is read behind it.
func TestARepeatableCreateEndsTheSharingOfAList(t *testing.T) {
	t.Parallel()
	const list = "/v1/databases/db_1/replicas?page_size=100"
	c, _ := play(t,
		exchange{method: "GET", path: list, status: 200, answer: `{"replicas":[` + replica("rep_1", "one") + `]}`},
		exchange{
			method: "POST", path: "/v1/databases/db_1/replicas", body: `{"host":"two","port":1}`, status: 201, answer: replica("rep_2", "two"),
		},
		exchange{method: "GET", path: list, status: 200, answer: `{"replicas":[` + replica("rep_1", "one") + `,` + replica("rep_2", "two") + `]}`},
	)
	_, err := c.Replicas().Get(t.Context(), "db_1", "rep_1")
	require.NoError(t, err)
	ctx := client.WithIdempotentCreate(t.Context(), &client.IdempotentCreate{Scope: "replica two", Accept: func(context.Context, string, bool) (bool, error) { return true, nil }})
	_, err = c.Replicas().Create(ctx, "db_1", client.CreateReplicaRequest{Host: "two", Port: 1})
	require.NoError(t, err)
	found, err := c.Replicas().Get(t.Context(), "db_1", "rep_2")
	require.NoError(t, err)
	assert.Equal(t, "two", found.Host)
}
