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

// adminHandler returns the value to encode as the response, or nil for 204.
type adminHandler func(*http.Request) (any, error)

// newAdminMux routes what is not part of the API: inspection, faults, and changes outside of the API. The endpoints need no API
// key. They accept requests from this machine only, and none from web pages: those have an Origin or another host name.
func (s *Server) newAdminMux() *http.ServeMux {
	mux := http.NewServeMux()
	for pattern, handle := range map[string]adminHandler{
		"/_local/":               adminNotFound,
		"/_local/objects/{kind}": adminNotFound, // or ServeMux would redirect to the path with a slash

		"GET /_local/objects":                   s.adminObjects,     // the number and the objects of each kind, without secrets
		"PATCH /_local/objects/{kind}/{id...}":  s.adminEdit,        // Edit; the IDs of cache rules contain a slash
		"DELETE /_local/objects/{kind}/{id...}": s.adminRemove,      // Remove
		"GET /_local/requests":                  s.adminRequests,    // the API requests served, with masked secrets
		"GET /_local/faults":                    s.adminFaults,      // the faults that are still active
		"POST /_local/faults":                   s.adminAddFault,    // AddFault
		"DELETE /_local/faults":                 s.adminClearFaults, // ClearFaults
		"POST /_local/queries":                  s.adminQuery,       // ObserveQuery: project_id, database_id, query_hash, sql
		"POST /_local/dns":                      s.adminDNS,         // PublishDNS: domain
		"POST /_local/pii-scans":                s.adminPIIScan,     // SetPIIScan: database_id, and the fields of a scan
		"POST /_local/invitations":              s.adminInvitation,  // AcceptInvitation: email
		"POST /_local/reset":                    s.adminReset,       // deletes all objects, requests and faults
	} {
		mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) { s.serveAdmin(w, r, handle) })
	}
	return mux
}

func (s *Server) serveAdmin(w http.ResponseWriter, r *http.Request, handle adminHandler) {
	if !isLocalRequest(r) {
		writeAdmin(w, http.StatusForbidden, adminError{"the admin endpoints accept requests from this machine only"})
		return
	}
	restoreURL(r)
	result, err := handle(r)
	var notFound *adminNotFoundError
	switch {
	case errors.As(err, &notFound):
		writeAdmin(w, http.StatusNotFound, adminError{err.Error()})
	case err != nil:
		writeAdmin(w, http.StatusBadRequest, adminError{err.Error()})
	case result == nil:
		w.WriteHeader(http.StatusNoContent)
	default:
		writeAdmin(w, http.StatusOK, result)
	}
}

type adminError struct {
	Error string `json:"error"`
}

type adminNotFoundError struct{ method, path string }

func (e *adminNotFoundError) Error() string {
	return fmt.Sprintf("no admin endpoint %s %s", e.method, e.path)
}

func adminNotFound(r *http.Request) (any, error) {
	return nil, &adminNotFoundError{r.Method, r.URL.Path}
}

func (s *Server) adminEdit(r *http.Request) (any, error) {
	var changes map[string]any
	if err := decodeForm(r, &changes); err != nil {
		return nil, err
	}
	return nil, s.Edit(r.PathValue("kind"), r.PathValue("id"), changes)
}

func (s *Server) adminRemove(r *http.Request) (any, error) {
	return nil, s.Remove(r.PathValue("kind"), r.PathValue("id"))
}

// adminKind is a kind in the response to GET /_local/objects.
type adminKind struct {
	Count   int              `json:"count"`
	Objects []map[string]any `json:"objects"`
}

func (s *Server) adminObjects(*http.Request) (any, error) {
	kinds := make(map[string]adminKind, len(s.collections))
	for _, k := range s.collections {
		objects := s.Objects(k.name)
		kinds[k.name] = adminKind{Count: len(objects), Objects: objects}
	}
	return kinds, nil
}

// adminRequest is a request in the response to GET /_local/requests.
type adminRequest struct {
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

func (s *Server) adminRequests(*http.Request) (any, error) {
	recorded := s.Requests()
	requests := make([]adminRequest, len(recorded))
	for i, r := range recorded {
		requests[i] = adminRequest{
			Method: r.Method, Path: r.Path, Query: r.Query, RequestBody: maskedBody(r.RequestBody),
			Status: r.Status, ResponseBody: maskedBody(r.ResponseBody), RequestID: r.ResponseHeader.Get("X-Request-Id"),
			Key: r.Header.Get("Idempotency-Key"), Ran: r.Ran, Fault: r.Fault, Replayed: r.Replayed,
		}
	}
	return map[string]any{"requests": requests}, nil
}

// maskedBody returns a JSON body with masked secrets, and only the length of any other body.
func maskedBody(body []byte) any {
	if len(body) == 0 {
		return nil
	}
	var value any
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.UseNumber()
	if decoder.Decode(&value) != nil {
		return fmt.Sprintf("[%d bytes]", len(body))
	}
	maskSecrets(value)
	return value
}

func maskSecrets(value any) {
	switch value := value.(type) {
	case map[string]any:
		for name, inner := range value {
			switch name {
			case "password", "secret", "token", "mcp_token", "connection_string":
				value[name] = "[secret]"
			default:
				maskSecrets(inner)
			}
		}
	case []any:
		for _, inner := range value {
			maskSecrets(inner)
		}
	}
}

func (s *Server) adminFaults(*http.Request) (any, error) {
	return map[string]any{"faults": s.faults.remaining()}, nil
}

func (s *Server) adminAddFault(r *http.Request) (any, error) {
	var form faultForm
	if err := decodeForm(r, &form); err != nil {
		return nil, err
	}
	fault, err := form.fault()
	if err != nil {
		return nil, err
	}
	s.AddFault(fault)
	return nil, nil
}

func (s *Server) adminClearFaults(*http.Request) (any, error) {
	s.ClearFaults()
	return nil, nil
}

func (s *Server) adminQuery(r *http.Request) (any, error) {
	var form struct {
		ProjectID  string `json:"project_id"`
		DatabaseID string `json:"database_id"`
		QueryHash  string `json:"query_hash"`
		SQL        string `json:"sql"`
	}
	if err := decodeForm(r, &form); err != nil {
		return nil, err
	}
	return nil, s.ObserveQuery(form.ProjectID, form.DatabaseID, form.QueryHash, form.SQL)
}

func (s *Server) adminDNS(r *http.Request) (any, error) {
	var form struct {
		Domain string `json:"domain"`
	}
	if err := decodeForm(r, &form); err != nil {
		return nil, err
	}
	return nil, s.PublishDNS(form.Domain)
}

func (s *Server) adminPIIScan(r *http.Request) (any, error) {
	var form struct {
		DatabaseID string `json:"database_id"`
		PIIScan
	}
	if err := decodeForm(r, &form); err != nil {
		return nil, err
	}
	return nil, s.SetPIIScan(form.DatabaseID, form.PIIScan)
}

func (s *Server) adminReset(*http.Request) (any, error) {
	s.ClearFaults()
	s.ResetRequests()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.reset()
	s.dirty = true
	return nil, s.save()
}

func decodeForm(r *http.Request, form any) error {
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
	_ = encoder.Encode(body) // fails if the client disconnected
}

// isLocalRequest reports whether a request was sent by a program on this machine that is not a web browser.
func isLocalRequest(r *http.Request) bool {
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

// IsLoopback reports whether a host name or IP address is a loopback address.
func IsLoopback(host string) bool {
	if strings.EqualFold(host, "localhost") {
		return true
	}
	address, err := netip.ParseAddr(strings.Trim(host, "[]"))
	return err == nil && address.Unmap().IsLoopback()
}
