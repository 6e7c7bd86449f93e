// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package localapi

import (
	"net/http"
	"strings"
	"time"
)

var (
	domainInput = schema{
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

// certificateLifetime is the validity of the certificate of a verified domain.
const certificateLifetime = 90 * 24 * time.Hour

// domainKey is unique among all organizations, and ignores case.
func domainKey(o *object) string { return strings.ToLower(o.stringValue("domain")) }

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

func (s *Server) prepareDomain(_ *call, _, o *object) *problem {
	if p := s.checkDomainPlan(o.org); p != nil {
		return p
	}
	if s.options.Behaviour.LowercaseDomains {
		o.fields["domain"] = strings.ToLower(o.stringValue("domain"))
	}
	domain, token, target := o.stringValue("domain"), randomString(24), s.proxyHostOf(o.parent)
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
	if s.isScalePlan(org) {
		return nil
	}
	return newProblem(http.StatusForbidden, codePlanLimitReached, "custom domains require the scale or enterprise plan")
}

// PublishDNS simulates that the owner of a domain publishes its verification record: verifying the domain succeeds from now on.
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
