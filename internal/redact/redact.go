// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

// Package redact takes secrets out of texts, however they are written there.
package redact

import (
	"bytes"
	"cmp"
	"encoding/base64"
	"encoding/json"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// Hidden stands where a secret stood.
const Hidden = "[secret]"

// Forms returns the ways in which a secret may be written in a text: as it is,
// in JSON, quoted, in a URL and in base64, the longest first.
func Forms(secret string) []string {
	if secret == "" {
		return nil
	}
	escaped, _ := json.Marshal(secret) // of a string, which never fails
	var plain bytes.Buffer
	encoder := json.NewEncoder(&plain)
	encoder.SetEscapeHTML(false)
	_ = encoder.Encode(secret)
	unescaped := strings.TrimSpace(plain.String())
	quoted := strconv.Quote(secret)
	user := url.UserPassword("u", secret).String()
	forms := []string{
		secret,
		string(escaped[1 : len(escaped)-1]),
		unescaped[1 : len(unescaped)-1],
		quoted[1 : len(quoted)-1],
		url.QueryEscape(secret),
		url.PathEscape(secret),
		strings.TrimPrefix(user, "u:"),
		base64.StdEncoding.EncodeToString([]byte(secret)),
		base64.URLEncoding.EncodeToString([]byte(secret)),
	}
	slices.SortFunc(forms, func(a, b string) int { return cmp.Or(len(b)-len(a), strings.Compare(a, b)) })
	return slices.Compact(forms)
}

// Text returns a text without the secrets, whose order is of no importance.
func Text(text string, secrets ...string) string {
	var forms []string
	for _, secret := range secrets {
		forms = append(forms, Forms(secret)...)
	}
	// The longest first: one may stand in another.
	slices.SortFunc(forms, func(a, b string) int { return cmp.Or(len(b)-len(a), strings.Compare(a, b)) })
	for _, form := range forms {
		text = strings.ReplaceAll(text, form, Hidden)
	}
	return text
}
