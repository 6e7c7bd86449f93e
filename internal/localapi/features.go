// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package localapi

import (
	"net/http"
	"strings"
)

// The rollout flags of the contract.
const (
	agentGateway  = "agent-gateway"
	customDomains = "custom-domains"
)

// feature returns the rollout flag of an operation, or "".
func (op *operation) feature() string {
	switch {
	case strings.Contains(op.path, "/domains"):
		return customDomains
	case strings.Contains(op.path, "/agents"), strings.Contains(op.path, "/policies"), strings.Contains(op.path, "/webhooks"),
		strings.HasSuffix(op.path, "/migrations:lint"), strings.HasSuffix(op.path, "/policy-evaluations"), strings.HasSuffix(op.path, "/scan-pii"):
		return agentGateway
	}
	return ""
}

func (s *Server) featureIsOff(op *operation) *problem {
	switch off := s.options.Behaviour.FeatureOff; {
	case off == "" || op.feature() != off:
		return nil
	case s.options.Behaviour.FeatureOffAnswers403:
		return newProblem(http.StatusForbidden, codeForbidden, "%s is not switched on for this organization", off)
	default:
		return newProblem(http.StatusNotFound, codeNotFound, "there is no such path")
	}
}
