// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package localapi

import (
	"net/http"
	"strings"
	"time"
)

var (
	domainCreate = shape{
		text("domain", required, length(1, 253), pattern(domainPattern)),
	}

	dnsInstructions = shape{
		text("cname_host"),
		text("cname_target"),
		text("txt_host"),
		text("txt_value"),
		text("acme_cname_host"),
		text("acme_cname_target"),
	}

	domainOutput = join(shape{
		text("id", required),
		text("project_id", required),
		text("domain", required),
		boolean("verified", required, fallback(false)),
		instant("verified_at", nullable, fallback(nil)),
		instant("tls_cert_expiry", nullable, volatile, fallback(nil)),
		text("dns_verification_token", required),
		nested("dns_instructions", dnsInstructions),
	}, stamps())
)

// certificateLifetime is how long the certificate of a verified domain lasts.
const certificateLifetime = 90 * 24 * time.Hour

func (s *Server) domainKind() kind {
	return kind{
		name: "domains", noun: "custom domain", prefix: "dom_", list: "domains", param: "domain_id",
		input: domainCreate, output: domainOutput,
		scope: inProject,
		// A host name belongs to one project of one organization, in whatever case it is spelled.
		key:      func(o *object) string { return strings.ToLower(o.text("domain")) },
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

func (s *Server) createDomain(c *call) (answer, *problem) {
	o, p := s.create(s.domains, c)
	if p != nil {
		return answer{}, p
	}
	created := jsonAnswer(http.StatusCreated, s.render(s.domains, o))
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
		o.fields["domain"] = strings.ToLower(o.text("domain"))
	}
	domain, token, target := o.text("domain"), randomText(24), s.proxyHostOf(o.parent)
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
	return fail(http.StatusForbidden, codePlanLimitReached, "custom domains need the scale or enterprise plan")
}

// PublishDNS stands for the domain's owner publishing the verification record: from now on verifying the domain succeeds.
func (s *Server) PublishDNS(domain string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.dns[strings.ToLower(domain)] = true
	s.dirty = true
	return s.save()
}

func (s *Server) verifyDomain(c *call) (answer, *problem) {
	o, p := s.lookup(s.domains, c)
	if p != nil {
		return answer{}, p
	}
	if p := s.checkDomainPlan(o.org); p != nil {
		return answer{}, p
	}
	if !s.dns[strings.ToLower(o.text("domain"))] {
		body := []byte(`{"verified":false,"error":"the TXT record was not found","domain":`)
		return jsonAnswer(http.StatusOK, append(append(body, s.render(s.domains, o)...), '}')), nil
	}
	if !o.flag("verified") {
		verified := o.copied()
		s.touch(verified)
		at, _ := verified.time("updated_at")
		verified.fields["verified"] = true
		verified.fields["verified_at"] = at
		verified.fields["tls_cert_expiry"] = at.Add(certificateLifetime)
		s.domains.update(o, verified)
		s.dirty = true
	}
	body := append([]byte(`{"verified":true,"domain":`), s.render(s.domains, o)...)
	return jsonAnswer(http.StatusOK, append(body, '}')), nil
}
