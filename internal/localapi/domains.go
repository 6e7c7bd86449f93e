// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package localapi

import (
	"net/http"
	"strings"
	"time"
)

var (
	domainCreate = schema{
		stringField("domain", required, length(1, 253), pattern(domainPattern)),
	}

	dnsInstructions = schema{
		stringField("cname_host"),
		stringField("cname_target"),
		stringField("txt_host"),
		stringField("txt_value"),
		stringField("acme_cname_host"),
		stringField("acme_cname_target"),
	}

	domainOutput = joinSchemas(schema{
		stringField("id", required),
		stringField("project_id", required),
		stringField("domain", required),
		boolField("verified", required, defaultsTo(false)),
		timeField("verified_at", nullable, defaultsTo(nil)),
		timeField("tls_cert_expiry", nullable, volatile, defaultsTo(nil)),
		stringField("dns_verification_token", required),
		objectField("dns_instructions", dnsInstructions),
	}, timestamps())
)

// certificateLifetime is how long the certificate of a verified domain lasts.
const certificateLifetime = 90 * 24 * time.Hour

func (s *Server) domainKind() kind {
	return kind{
		name: "domains", noun: "custom domain", prefix: "dom_", list: "domains", param: "domain_id",
		input: domainCreate, output: domainOutput,
		scope: inProject,
		// A host name belongs to one project of one organization, in whatever case it is spelled.
		key:      func(o *object) string { return strings.ToLower(o.stringValue("domain")) },
		keyField: "domain",
		check:    s.checkDomain,
	}
}

func (s *Server) domainOperations() []*operation {
	const all = "/v1/projects/{project_id}/domains"
	return []*operation{
		{id: "createCustomDomain", method: http.MethodPost, path: all, body: domainCreate, run: s.createDomain},
		{id: "listCustomDomains", method: http.MethodGet, path: all, query: pageQuery, run: s.listOp(s.domains)},
		{id: "deleteCustomDomain", method: http.MethodDelete, path: all + "/{domain_id}", run: s.deleteOp(s.domains)},
		{id: "verifyCustomDomain", method: http.MethodPost, path: all + "/{domain_id}/verify", run: s.verifyDomain},
	}
}

func (s *Server) createDomain(c *call) (response, *problem) {
	o, p := s.create(s.domains, c)
	if p != nil {
		return response{}, p
	}
	created := jsonResponse(http.StatusCreated, s.render(s.domains, o))
	if s.options.Behaviour.DNSInstructionsOnCreateOnly {
		delete(o.fields, "dns_instructions")
	}
	return created, nil
}

func (s *Server) checkDomain(_ *call, _, o *object) *problem {
	if p := s.checkDomainPlan(o.org); p != nil {
		return p
	}
	if s.options.Behaviour.LowercaseDomains {
		o.fields["domain"] = strings.ToLower(o.stringValue("domain"))
	}
	domain, token, target := o.stringValue("domain"), randomText(24), s.proxyHostOf(o.parent)
	o.fields["project_id"] = o.parent
	o.fields["dns_verification_token"] = token
	o.fields["dns_instructions"] = map[string]any{
		"cname_host":        domain,
		"cname_target":      target,
		"txt_host":          "_pgbeam-verify." + domain,
		"txt_value":         "pgbeam-verify=" + token,
		"acme_cname_host":   "_acme-challenge." + domain,
		"acme_cname_target": "_acme-challenge." + target,
	}
	return nil
}

func (s *Server) checkDomainPlan(org string) *problem {
	if s.entitled(org) {
		return nil
	}
	return newProblem(http.StatusForbidden, codePlanLimitReached, "custom domains need the scale or enterprise plan")
}

// PublishDNS stands for the domain's owner publishing the verification record: from now on verifying the domain succeeds.
func (s *Server) PublishDNS(domain string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.dns[strings.ToLower(domain)] = true
	s.dirty = true
	return s.save()
}

func (s *Server) verifyDomain(c *call) (response, *problem) {
	o, p := s.lookup(s.domains, c)
	if p != nil {
		return response{}, p
	}
	if p := s.checkDomainPlan(o.org); p != nil {
		return response{}, p
	}
	if !s.dns[strings.ToLower(o.stringValue("domain"))] {
		body := []byte(`{"verified":false,"error":"the TXT record was not found","domain":`)
		return jsonResponse(http.StatusOK, append(append(body, s.render(s.domains, o)...), '}')), nil
	}
	if !o.boolValue("verified") {
		verified := o.clone()
		s.touch(verified)
		at, _ := verified.timeValue("updated_at")
		verified.fields["verified"] = true
		verified.fields["verified_at"] = at
		verified.fields["tls_cert_expiry"] = at.Add(certificateLifetime)
		s.domains.update(o, verified)
		s.dirty = true
	}
	body := append([]byte(`{"verified":true,"domain":`), s.render(s.domains, o)...)
	return jsonResponse(http.StatusOK, append(body, '}')), nil
}
