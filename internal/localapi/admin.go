// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package localapi

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
)

const adminPrefix = "/_local/"

// serveAdmin serves what is not part of the API: looking inside, faults and changes behind the API's back. It needs no key, so
// only this machine may use it, and no web page that is open on this machine: a page's own host name or its Origin gives it away.
//
//	GET    /_local/objects              counts and objects of each kind, without secrets
//	PATCH  /_local/objects/{kind}/{id}  Edit
//	DELETE /_local/objects/{kind}/{id}  Remove
//	GET    /_local/requests             the API requests served, secrets masked
//	GET    /_local/faults               the faults that can still strike
//	POST   /_local/faults               AddFault
//	DELETE /_local/faults               ClearFaults
//	POST   /_local/queries              ObserveQuery: project_id, database_id, query_hash, sql
//	POST   /_local/dns                  PublishDNS: domain
//	POST   /_local/reset                forgets objects, requests and faults
func (s *Server) serveAdmin(w http.ResponseWriter, r *http.Request) {
	if !fromThisMachine(r) {
		writeAdmin(w, http.StatusForbidden, map[string]string{"error": "the admin endpoints are for this machine only"})
		return
	}
	result, err := s.admin(r)
	var notThere *adminNotFoundError
	switch {
	case errors.As(err, &notThere):
		writeAdmin(w, http.StatusNotFound, map[string]string{"error": err.Error()})
	case err != nil:
		writeAdmin(w, http.StatusBadRequest, map[string]string{"error": err.Error()})
	case result == nil:
		w.WriteHeader(http.StatusNoContent)
	default:
		writeAdmin(w, http.StatusOK, result)
	}
}

type adminNotFoundError struct{ method, path string }

func (e *adminNotFoundError) Error() string {
	return fmt.Sprintf("there is no %s %s", e.method, e.path)
}

func (s *Server) admin(r *http.Request) (any, error) {
	segments := strings.Split(strings.TrimPrefix(r.URL.EscapedPath(), adminPrefix), "/")
	switch route := r.Method + " " + segments[0]; {
	case len(segments) >= 3 && segments[0] == "objects":
		// The ID of a cache rule has a slash in it.
		id, err := url.PathUnescape(strings.Join(segments[2:], "/"))
		if err != nil {
			return nil, err
		}
		return nil, s.adminObject(r, segments[1], id)
	case len(segments) > 1:
		return nil, &adminNotFoundError{r.Method, r.URL.Path}
	case route == "GET objects":
		return s.adminObjects(), nil
	case route == "GET requests":
		return map[string]any{"requests": s.adminRequests()}, nil
	case route == "GET faults":
		return map[string]any{"faults": append([]Fault{}, s.faults.list()...)}, nil
	case route == "POST faults":
		return nil, s.adminFault(r)
	case route == "DELETE faults":
		s.ClearFaults()
		return nil, nil
	case route == "POST queries":
		return nil, s.adminQuery(r)
	case route == "POST dns":
		var form struct {
			Domain string `json:"domain"`
		}
		if err := readForm(r, &form); err != nil {
			return nil, err
		}
		return nil, s.PublishDNS(form.Domain)
	case route == "POST reset":
		return nil, s.adminReset()
	}
	return nil, &adminNotFoundError{r.Method, r.URL.Path}
}

func (s *Server) adminObject(r *http.Request, kindName, id string) error {
	switch r.Method {
	case http.MethodDelete:
		return s.Remove(kindName, id)
	case http.MethodPatch:
		var change map[string]any
		if err := readForm(r, &change); err != nil {
			return err
		}
		return s.Edit(kindName, id, change)
	}
	return &adminNotFoundError{r.Method, r.URL.Path}
}

// kindView is one kind in the answer to GET /_local/objects.
type kindView struct {
	Count   int              `json:"count"`
	Objects []map[string]any `json:"objects"`
}

func (s *Server) adminObjects() map[string]kindView {
	views := make(map[string]kindView, len(s.kinds))
	for _, k := range s.kinds {
		objects := s.Objects(k.name)
		views[k.name] = kindView{Count: len(objects), Objects: objects}
	}
	return views
}

// requestView is one request in the answer to GET /_local/requests.
type requestView struct {
	Method       string     `json:"method"`
	Path         string     `json:"path"`
	Query        url.Values `json:"query,omitempty"`
	RequestBody  any        `json:"request_body,omitempty"`
	Status       int        `json:"status"`
	ResponseBody any        `json:"response_body,omitempty"`
	RequestID    string     `json:"request_id,omitempty"`
	Key          string     `json:"idempotency_key,omitempty"`
	Ran          bool       `json:"ran,omitempty"`
	Fault        bool       `json:"fault,omitempty"`
	Replayed     bool       `json:"replayed,omitempty"`
}

func (s *Server) adminRequests() []requestView {
	requests := s.Requests()
	views := make([]requestView, len(requests))
	for i, r := range requests {
		views[i] = requestView{
			Method: r.Method, Path: r.Path, Query: r.Query, RequestBody: masked(r.RequestBody),
			Status: r.Status, ResponseBody: masked(r.ResponseBody), RequestID: r.ResponseHeader.Get("X-Request-Id"),
			Key: r.Header.Get("Idempotency-Key"), Ran: r.Ran, Fault: r.Fault, Replayed: r.Replayed,
		}
	}
	return views
}

// masked returns a JSON body with its secrets covered, and of any other body its length.
func masked(body []byte) any {
	if len(body) == 0 {
		return nil
	}
	var value any
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.UseNumber()
	if decoder.Decode(&value) != nil {
		return fmt.Sprintf("[%d bytes]", len(body))
	}
	cover(value)
	return value
}

func cover(value any) {
	switch value := value.(type) {
	case map[string]any:
		for name, inner := range value {
			switch name {
			case "password", "secret", "token", "mcp_token", "connection_string":
				value[name] = "[secret]"
			default:
				cover(inner)
			}
		}
	case []any:
		for _, inner := range value {
			cover(inner)
		}
	}
}

func (s *Server) adminFault(r *http.Request) error {
	var form faultForm
	if err := readForm(r, &form); err != nil {
		return err
	}
	f, err := form.fault()
	if err != nil {
		return err
	}
	s.AddFault(f)
	return nil
}

func (s *Server) adminQuery(r *http.Request) error {
	var form struct {
		ProjectID  string `json:"project_id"`
		DatabaseID string `json:"database_id"`
		QueryHash  string `json:"query_hash"`
		SQL        string `json:"sql"`
	}
	if err := readForm(r, &form); err != nil {
		return err
	}
	return s.ObserveQuery(form.ProjectID, form.DatabaseID, form.QueryHash, form.SQL)
}

func (s *Server) adminReset() error {
	s.ClearFaults()
	s.ResetRequests()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.reset()
	s.dirty = true
	return s.save()
}

func readForm(r *http.Request, form any) error {
	decoder := json.NewDecoder(io.LimitReader(r.Body, maxBody))
	decoder.DisallowUnknownFields()
	decoder.UseNumber()
	return decoder.Decode(form)
}

func writeAdmin(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", jsonType)
	w.WriteHeader(status)
	encoder := json.NewEncoder(w)
	encoder.SetIndent("", "  ")
	_ = encoder.Encode(body) // a failed write means that the client went away
}

func fromThisMachine(r *http.Request) bool {
	peer, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil || !peer.Addr().Unmap().IsLoopback() || r.Header.Get("Origin") != "" {
		return false
	}
	host := r.Host
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	return IsLoopback(host)
}

// IsLoopback tells whether a host name or address is this machine's own.
func IsLoopback(host string) bool {
	if strings.EqualFold(host, "localhost") {
		return true
	}
	address, err := netip.ParseAddr(strings.Trim(host, "[]"))
	return err == nil && address.Unmap().IsLoopback()
}
