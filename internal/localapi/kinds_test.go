// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package localapi

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestKindIsARow adds kinds that the API does not have, by a row alone.
func TestKindIsARow(t *testing.T) {
	a := start(t, Options{})
	shelfInput := schema{
		stringField("label", required, length(1, 10)),
		intField("height", between(1, 9), defaultsTo(int64(3))),
	}
	a.addKind(kind{
		typeName: "Shelf", noun: "shelf", idPrefix: "shl_",
		path:     "/v1/projects/{project_id}/book-shelves/{shelf_id}",
		input:    shelfInput,
		actions:  actionCreate | readActions | actionReplace | actionDelete,
		uniqueBy: []string{"label"},
	})
	bookInput := schema{stringField("title", required)}
	a.addKind(kind{
		typeName: "Book", noun: "book", idPrefix: "bok_",
		path:  "/v1/projects/{project_id}/book-shelves/{shelf_id}/books/{book_id}",
		input: bookInput, output: joinSchemas(schema{stringField("id", required)}, bookInput, timestamps()),
	})
	// A kind without an ID in its path, such as a setting that is written as a whole and deleted by a query.
	var written, deleted string
	a.addKind(kind{
		typeName: "Note", noun: "note",
		path:  "/v1/projects/{project_id}/notes",
		input: schema{stringField("text", required)}, output: schema{stringField("text", required)},
		actions:      actionList | actionReplace | actionDelete,
		operationIDs: map[action]string{actionReplace: "putNote"},
		queries:      map[action]schema{actionDelete: {stringField("text", required)}},
		handlers: map[action]handler{
			actionReplace: func(c *call) (response, *problem) {
				written, _ = c.in["text"].(string)
				return jsonResponse(http.StatusOK, []byte("{}")), nil
			},
			actionDelete: func(c *call) (response, *problem) {
				deleted = c.query.Get("text")
				return response{status: http.StatusNoContent}, nil
			},
		},
	})
	a.mux = a.newMux()
	t.Cleanup(a.ResetRequests) // the contract does not have these requests

	declared := map[string]bool{}
	for _, op := range a.operations {
		declared[op.id] = op.conflicts
	}
	for id, conflicts := range map[string]bool{
		"createShelf": true, "listShelfs": false, "getShelf": false, "updateShelf": true, "deleteShelf": false,
		"listNotes": false, "putNote": false, "deleteNote": false,
	} {
		got, ok := declared[id]
		assert.True(t, ok, id)
		assert.Equal(t, conflicts, got, id)
	}
	assert.NotContains(t, declared, "createBook")
	assert.NotContains(t, declared, "updateNote")

	project, _ := a.createProject("shop")
	shelves := project + "/book-shelves"
	created := a.do(http.MethodPost, shelves, fields{"label": "top"}).requireStatus(http.StatusCreated)
	assert.Regexp(t, "^shl_", created.body["id"])
	assertFields(t, fields{"label": "top", "height": float64(3), "project_id": lastSegment(project)}, created.body)
	path := shelves + "/" + created.stringField("id")
	a.do(http.MethodPost, shelves, fields{"label": "top"}).requireProblem(http.StatusConflict, "RESOURCE_EXISTS")
	a.do(http.MethodPost, shelves, fields{"label": "", "height": 10}).requireInvalid("label", "height")
	a.do(http.MethodPut, path, fields{"label": "low", "height": 1}, "If-Match", `"stale"`).requireStatus(http.StatusPreconditionFailed)
	a.do(http.MethodPut, path, fields{"label": "low", "height": 1}).requireStatus(http.StatusOK)
	assert.Len(t, a.do(http.MethodGet, shelves, nil).requireStatus(http.StatusOK).listField("book_shelves"), 1)
	assert.Equal(t, "low", a.Objects("book-shelves")[0]["label"])

	// Deleting a parent removes what is below it, at any depth.
	books, err := a.findKind("books")
	require.NoError(t, err)
	books.insert(&object{id: "bok_1", parent: created.stringField("id"), org: a.OrgID, fields: fields{"id": "bok_1", "title": "SQL"}})
	assert.Len(t, a.Objects("books"), 1)
	a.do(http.MethodDelete, project, nil).requireStatus(http.StatusNoContent)
	assert.Empty(t, a.Objects("book-shelves"))
	assert.Empty(t, a.Objects("books"))

	notes, _ := a.createProject("notes")
	a.do(http.MethodPut, notes+"/notes", fields{"text": "hello"}).requireStatus(http.StatusOK)
	assert.Equal(t, "hello", written)
	a.do(http.MethodDelete, notes+"/notes", nil).requireInvalid("text")
	a.do(http.MethodDelete, notes+"/notes?text=bye", nil).requireStatus(http.StatusNoContent)
	assert.Equal(t, "bye", deleted)
	res := a.do(http.MethodPost, notes+"/notes", fields{}).requireProblem(http.StatusMethodNotAllowed, "METHOD_NOT_ALLOWED")
	assert.Equal(t, "DELETE, GET, PUT", res.header.Get("Allow"))
}

// TestKeyedKindIsARow adds a kind whose objects are addressed by a key instead of an ID.
func TestKeyedKindIsARow(t *testing.T) {
	for _, caseSensitive := range []bool{false, true} {
		a := start(t, Options{Behaviour: Behaviour{CaseSensitiveNames: caseSensitive}})
		input := schema{
			stringField("shelf", nullable, length(0, 10), defaultsTo(nil)),
			stringField("book", required, length(1, 10)),
			stringField("text", required, length(1, 20)),
		}
		a.addKind(kind{
			typeName: "Remark", noun: "remark", idPrefix: "rem_",
			path:      "/v1/projects/{project_id}/remarks",
			input:     input,
			actions:   actionList | actionUpsert | actionDelete,
			keyFields: []string{"shelf", "book"},
		})
		a.mux = a.newMux()
		t.Cleanup(a.ResetRequests) // the contract does not have these requests
		project, _ := a.createProject("shop")
		other, _ := a.createProject("other")
		remarks := project + "/remarks"

		first := a.do(http.MethodPut, remarks, fields{"book": "Go", "text": "good"}).requireStatus(http.StatusOK)
		assertFields(t, fields{"shelf": nil, "book": "Go", "text": "good", "project_id": lastSegment(project)}, first.body)
		for _, shelf := range []any{nil, ""} {
			again := a.do(http.MethodPut, remarks, fields{"shelf": shelf, "book": "Go", "text": "better"}).requireStatus(http.StatusOK)
			assert.Equal(t, first.body["id"], again.body["id"])
			assertFields(t, fields{"shelf": nil, "text": "better"}, again.body)
		}
		upper := a.do(http.MethodPut, remarks, fields{"book": "GO", "text": "best"}).requireStatus(http.StatusOK)
		assert.Equal(t, caseSensitive, first.body["id"] != upper.body["id"])
		a.do(http.MethodPut, remarks, fields{"shelf": "top", "book": "GO", "text": "also"}).requireStatus(http.StatusOK)
		a.do(http.MethodPut, other+"/remarks", fields{"book": "GO", "text": "also"}).requireStatus(http.StatusOK)
		a.do(http.MethodPut, remarks, fields{"shelf": 7, "book": "", "more": true}).requireInvalid("shelf", "book", "text", "more")
		a.do(http.MethodPut, "/v1/projects/prj_none/remarks", fields{"book": "Go", "text": "x"}).requireProblem(http.StatusNotFound, "NOT_FOUND")

		a.do(http.MethodDelete, remarks, nil).requireInvalid("book")
		a.do(http.MethodDelete, remarks+"?book=GO&shelf=", nil).requireInvalid("shelf")
		a.do(http.MethodDelete, remarks+"?book=C", nil).requireProblem(http.StatusNotFound, "NOT_FOUND")
		a.do(http.MethodDelete, remarks+"?book=GO", nil).requireStatus(http.StatusNoContent)
		a.do(http.MethodDelete, remarks+"?book=GO", nil).requireProblem(http.StatusNotFound, "NOT_FOUND")
		left := a.do(http.MethodGet, remarks, nil).requireStatus(http.StatusOK).listField("remarks")
		assert.Equal(t, "top", left[len(left)-1]["shelf"])
		assert.Equal(t, caseSensitive, len(left) == 2)
		assert.Len(t, a.Objects("remarks"), len(left)+1)
	}
}
