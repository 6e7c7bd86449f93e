// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package stacktest

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"github.com/stretchr/testify/require"
)

// dynamicOutputs are the outputs that the dynamic provider has for each kind. It stores
// null for those with an asterisk that the API leaves out, and omits the others.
var dynamicOutputs = map[string]string{
	"Project": "orgId name description tags cloud proxyHost queriesPerSecond* burstSize* maxConnections* allowedCidrs databaseCount* " +
		"activeConnections* status createdAt updatedAt database primaryDatabaseId",
	"Database": "projectId connectionString host port name username sslMode role poolRegion queryTimeoutMs* autoReadRouting cacheConfig " +
		"poolConfig createdAt updatedAt password",
	"Replica":         "databaseId host port sslMode createdAt updatedAt",
	"AgentCredential": "projectId policyProfileId name pgUsername status principalType authMethod lastUsedAt expiresAt createdAt updatedAt connectionString mcpUrl mcpToken",
	"PolicyProfile": "projectId name accessMode statementRules tableAllowlist tableDenylist maskingRules budgetQueriesPerHour* budgetQueriesPerDay* maxRows* " +
		"statementTimeoutMs* rowFilters writeMode approvalMode approvalAutoMaxRows* approvalTimeoutSeconds* migrationSafety egressBytesPerDay* createdAt updatedAt",
	"WebhookEndpoint":    "projectId url format eventTypes enabled description createdAt updatedAt secret",
	"CustomDomain":       "projectId domain verified verifiedAt tlsCertExpiry dnsVerificationToken dnsInstructions createdAt updatedAt",
	"CacheRule":          "queryHash normalizedSql queryType cacheEnabled cacheTtlSeconds* cacheSwrSeconds* callCount* avgLatencyMs* p95LatencyMs* avgResponseBytes* stabilityRate* recommendation firstSeenAt lastSeenAt",
	"SpendLimit":         "orgId plan billingProvider subscriptionStatus currentPeriodEnd enabled customPricing spendLimit* limits createdAt updatedAt",
	"SelfHostEnrollment": "orgId regionLabel description createdBy createdAt lastSeenAt expiresAt token",
	"Honeytoken":         "projectId schemaName relationName action createdAt updatedAt",
	"AnomalyRule":        "projectId credentialId metric sigmaThreshold* floor* enabled createdAt updatedAt",
}

// dynamicCode stands for the code of the dynamic provider, which is about 100 kB.
const dynamicCode = "exports.handler = () => { new PgBeamClient({ token: process.env.PGBEAM_API_KEY }) } // PgBeam API key is required"

// DynamicState turns the output of `pulumi stack export` of this provider into the state that
// the dynamic provider @pgbeam/pulumi would have written for the same objects. clear has the
// passwords and signing secrets by resource, which that provider has in clear text. The
// resources to keep stay as they are.
func (s *Stack) DynamicState(exported string, clear map[string]string, keep ...string) string {
	s.Helper()
	var document map[string]any
	require.NoError(s, json.Unmarshal([]byte(exported), &document))
	deployment := document["deployment"].(map[string]any)
	var resources []any
	var urns []string
	provider := ""
	for _, item := range deployment["resources"].([]any) {
		resource := item.(map[string]any)
		kind, isOurs := strings.CutPrefix(resource["type"].(string), "pgbeam:index:")
		urn := resource["urn"].(string)
		name := urn[strings.LastIndex(urn, "::")+2:]
		if resource["type"] == "pulumi:providers:pgbeam" {
			if provider == "" {
				provider = strings.Split(urn, "::pulumi:providers:")[0] + "::pulumi:providers:pulumi-nodejs::default"
				resources = append(resources, map[string]any{"urn": provider, "custom": true, "id": "2ed364d8", "type": "pulumi:providers:pulumi-nodejs"})
			}
			if len(keep) == 0 {
				continue
			}
		}
		if isOurs {
			before := urn
			if !slices.Contains(keep, "project") {
				urn = strings.Replace(urn, "pgbeam:index:Project$", "pulumi-nodejs:dynamic:Resource$", 1)
			}
			if !slices.Contains(keep, name) {
				urn = strings.Replace(urn, "pgbeam:index:"+kind+"::", "pulumi-nodejs:dynamic:Resource::", 1)
				toDynamic(s, kind, resource, clear[name])
				resource["provider"] = provider + "::2ed364d8"
			}
			urns = append(urns, `"`+before+`"`, `"`+urn+`"`)
		}
		resources = append(resources, resource)
	}
	deployment["resources"] = resources
	encoded, err := json.MarshalIndent(document, "", "    ")
	require.NoError(s, err)
	return strings.NewReplacer(urns...).Replace(string(encoded))
}

// toDynamic changes a resource into the form of the dynamic provider.
func toDynamic(t require.TestingT, kind string, resource map[string]any, secret string) {
	inputs, before := resource["inputs"].(map[string]any), resource["outputs"].(map[string]any)
	require.Contains(t, dynamicOutputs, kind)
	outputs := map[string]any{"__provider": dynamicCode}
	for _, output := range strings.Fields(dynamicOutputs[kind]) {
		output, isNull := strings.CutSuffix(output, "*")
		if value, ok := before[output]; ok && value != "" {
			outputs[output] = value
		} else if isNull {
			outputs[output] = nil
		}
	}
	switch kind {
	case "Project":
		database := maps.Clone(inputs["database"].(map[string]any))
		database["password"] = secret
		inputs["database"], outputs["database"] = database, database
		outputs["allowedCidrs"] = labelled(before)
	case "Database":
		inputs["password"] = secret
	case "WebhookEndpoint":
		inputs["secret"] = secret
	case "CacheRule":
		resource["id"] = inputs["projectId"].(string) + "/" + inputs["databaseId"].(string) + "/" + inputs["queryHash"].(string)
		delete(inputs, "queryHash")
	case "SpendLimit":
		delete(inputs, "orgId")
	}
	inputs["__provider"] = dynamicCode
	resource["type"], resource["inputs"], resource["outputs"] = "pulumi-nodejs:dynamic:Resource", inputs, outputs
	dependencies, _ := resource["propertyDependencies"].(map[string]any)
	dependencies["__provider"] = []any{}
}

// labelled returns the ranges of a project with their labels, as the API returns them. The
// dynamic provider sent the text "undefined" for a range without a label.
func labelled(outputs map[string]any) []any {
	ranges, _ := outputs["allowedCidrs"].([]any)
	labels, _ := outputs["cidrLabels"].(map[string]any)
	entries := make([]any, len(ranges))
	for i, cidr := range ranges {
		label, ok := labels[cidr.(string)]
		if !ok {
			label = "undefined"
		}
		entries[i] = map[string]any{"cidr": cidr, "label": label}
	}
	return entries
}
