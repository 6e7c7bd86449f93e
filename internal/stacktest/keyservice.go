// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package stacktest

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"path"
	"sync"
)

// secretsProvider encrypts the secrets of the stacks with a key of startKeyService. With a
// passphrase, the CLI would spend a third of the time of every command on deriving a key from it.
const secretsProvider = "hashivault://stack"

// startKeyService starts a server with the part of the API of HashiCorp Vault that the CLI uses,
// and returns its URL. The server wraps no key: it returns what it gets. It serves all stacks
// until the process ends.
var startKeyService = sync.OnceValue(func() string {
	results := map[string]string{"encrypt": "plaintext", "decrypt": "ciphertext"}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		operation := path.Base(path.Dir(r.URL.Path)) // of /v1/transit/encrypt/stack
		var request map[string]string
		if err := json.NewDecoder(r.Body).Decode(&request); err != nil || results[operation] == "" {
			http.Error(w, "the request is not understood", http.StatusBadRequest)
			return
		}
		data := request[results[operation]]
		_ = json.NewEncoder(w).Encode(map[string]any{"data": map[string]string{"ciphertext": data, "plaintext": data}})
	}))
	return server.URL
})
