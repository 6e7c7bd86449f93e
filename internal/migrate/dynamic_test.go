// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package migrate

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const (
	// oldProvider is the default provider of dynamic resources.
	oldProvider = `{"urn": "urn:pulumi:dev::mig::pulumi:providers:pulumi-nodejs::default", "custom": true, "id": "2ed364d8", "type": "pulumi:providers:pulumi-nodejs"}`
	stackEntry  = `{"urn": "urn:pulumi:dev::mig::pulumi:pulumi:Stack::mig-dev", "custom": false, "type": "pulumi:pulumi:Stack"}`
	oldURN      = "urn:pulumi:dev::mig::pulumi-nodejs:dynamic:Resource::"
	ciphertext  = `{"4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", "ciphertext": "v1:Bw5FEJQMUSA7E1Pu:2gpJ+/=="}`
	oldCode     = `"__provider": "exports.handler = () => new PgBeamClient({}); // PgBeam API key is required"`
)

// exportOf returns the output of `pulumi stack export` for resources, which are JSON. The
// stack and the old provider come first.
func exportOf(resources ...string) string {
	return exportWith(append([]string{stackEntry, oldProvider}, resources...), "")
}

func exportWith(resources []string, more string) string {
	return "{\n    \"version\": 3,\n    \"deployment\": {\n        \"manifest\": {\"time\": \"2026-11-25T22:44:54Z\", \"magic\": \"\", \"version\": \"v3.259.0\"},\n" +
		"        \"secrets_providers\": {\"type\": \"passphrase\", \"state\": {\"salt\": \"v1:x\"}},\n        \"resources\": [\n            " +
		strings.Join(resources, ",\n            ") + "\n        ]" + more + "\n    }\n}\n"
}

// dynamic returns a dynamic resource of @pgbeam/pulumi with the members of its inputs and
// outputs, and more members of the resource.
func dynamic(name, id, inputs, outputs, more string) string {
	members := func(text string) string { return strings.TrimSuffix(oldCode+", "+text, ", ") }
	return fmt.Sprintf(`{"urn": "%s%s", "custom": true, "id": %q, "type": "pulumi-nodejs:dynamic:Resource", "inputs": {%s}, "outputs": {%s}, `+
		`"parent": "urn:pulumi:dev::mig::pulumi:pulumi:Stack::mig-dev", `+
		`"provider": "urn:pulumi:dev::mig::pulumi:providers:pulumi-nodejs::default::2ed364d8", `+
		`"propertyDependencies": {"__provider": [], "name": []}%s}`, oldURN, name, id, members(inputs), members(outputs), more)
}

// migrated runs Dynamic, which has to succeed, and returns the resources by the end of
// their URN.
func migrated(t *testing.T, exported string) (text string, resources map[string]apitype.ResourceV3, report Report) {
	t.Helper()
	after, report, err := Dynamic([]byte(exported))
	require.NoError(t, err)
	resources = map[string]apitype.ResourceV3{}
	for _, r := range resourcesOf(t, after) {
		if name := r.URN.Name(); r.Type != "pulumi:providers:pulumi-nodejs" {
			require.NotContains(t, resources, name)
			resources[name] = r
		}
	}
	return string(after), resources, report
}

func resourcesOf(t *testing.T, exported []byte) []apitype.ResourceV3 {
	t.Helper()
	var file struct{ Deployment apitype.DeploymentV3 }
	require.NoError(t, json.Unmarshal(exported, &file), string(exported))
	return file.Deployment.Resources
}

// plain is a secret with plaintext, which `pulumi stack import` encrypts.
func plain(text string) map[string]any {
	return map[string]any{resource.SigKey: "1b47061264138c4ac30d75fd1eb44270", "plaintext": text}
}

func encrypted() (secret map[string]any) {
	if err := json.Unmarshal([]byte(ciphertext), &secret); err != nil {
		panic(err)
	}
	return secret
}

type object = map[string]any

// TestDynamicKinds moves a resource of each kind that @pgbeam/pulumi has, in the shapes
// that its versions wrote.
func TestDynamicKinds(t *testing.T) {
	t.Parallel()
	const times = `"createdAt": "2026-11-25T22:44:53.825Z", "updatedAt": "2026-11-25T22:44:53.825Z"`
	wantTimes := func(values object) object {
		values["createdAt"], values["updatedAt"] = "2026-11-25T22:44:53.825Z", "2026-11-25T22:44:53.825Z"
		return values
	}
	database := `"host": "db", "port": 5432, "name": "d", "username": "u"`
	wantDatabase := func(password any) object {
		return object{"host": "db", "port": 5432.0, "name": "d", "username": "u", "password": password}
	}
	tests := map[string]struct {
		id, inputs, outputs string
		kind, wantID        string // wantID is the same ID if it is empty
		wantInputs, want    object
	}{
		"project": {
			id: "prj_1", kind: "Project",
			inputs:     `"orgId": "org_1", "name": "n", "queriesPerSecond": 10, "allowedCidrs": ["10.0.0.0/8"], "database": {` + database + `, "password": "pw", "queryTimeoutMs": null}`,
			outputs:    `"orgId": "org_1", "name": "n", "queriesPerSecond": null, "maxConnections": 20, "allowedCidrs": [{"cidr": "10.0.0.0/8", "label": "undefined"}, {"cidr": "::1/128", "label": "home"}], "primaryDatabaseId": "db_1", "database": {` + database + `, "password": "pw"}, ` + times,
			wantInputs: object{"orgId": "org_1", "name": "n", "allowedCidrs": []any{"10.0.0.0/8"}, "database": wantDatabase(plain(`"pw"`))},
			want: wantTimes(object{
				"orgId": "org_1", "name": "n", "maxConnections": 20.0, "allowedCidrs": []any{"10.0.0.0/8", "::1/128"}, "cidrLabels": object{"::1/128": "home"},
				"primaryDatabaseId": "db_1", "database": wantDatabase(plain(`"pw"`)),
			}),
		},
		"project with objects in the inputs": {
			id: "prj_1", kind: "Project",
			inputs:     `"orgId": "org_1", "name": "n", "allowedCidrs": [{"cidr": "10.0.0.0/8"}, {"cidr": "::1/128", "label": "home"}], "database": ` + ciphertext,
			outputs:    `"orgId": "org_1", "allowedCidrs": ` + ciphertext,
			wantInputs: object{"orgId": "org_1", "name": "n", "allowedCidrs": []any{"10.0.0.0/8", "::1/128"}, "cidrLabels": object{"::1/128": "home"}, "database": encrypted()},
			want:       object{"orgId": "org_1", "name": "n", "allowedCidrs": encrypted(), "cidrLabels": object{"::1/128": "home"}},
		},
		"database": {
			id: "db_1", kind: "Database",
			inputs:     `"projectId": "prj_1", ` + database + `, "password": "pw", "cacheConfig": {"enabled": true, "ttlSeconds": 1, "maxEntries": 2, "swrSeconds": 3}`,
			outputs:    `"projectId": "prj_1", ` + database + `, "password": ` + ciphertext + `, "queryTimeoutMs": null, "connectionString": "postgresql://u:***@h/d", ` + times,
			wantInputs: object{"projectId": "prj_1", "host": "db", "port": 5432.0, "name": "d", "username": "u", "password": plain(`"pw"`), "cacheConfig": object{"enabled": true, "ttlSeconds": 1.0, "maxEntries": 2.0, "swrSeconds": 3.0}},
			want:       wantTimes(object{"projectId": "prj_1", "host": "db", "port": 5432.0, "name": "d", "username": "u", "password": encrypted(), "connectionString": "postgresql://u:***@h/d"}),
		},
		"replica": {
			id: "rep_1", kind: "Replica",
			inputs:     `"databaseId": "db_1", "host": "r", "port": 5432`,
			outputs:    `"databaseId": "db_1", "host": "r", "port": 5432, "sslMode": "disable", ` + times,
			wantInputs: object{"databaseId": "db_1", "host": "r", "port": 5432.0},
			want:       wantTimes(object{"databaseId": "db_1", "host": "r", "port": 5432.0, "sslMode": "disable"}),
		},
		"policy": {
			id: "pol_1", kind: "PolicyProfile",
			inputs:     `"projectId": "prj_1", "name": "n", "statementRules": {"deny": ["drop"]}, "maxRows": null`,
			outputs:    `"projectId": "prj_1", "name": "n", "maxRows": 0, "maskingRules": [{"table": "t", "column": "c", "kind": "null"}], "contentScanMaxBytes": null, ` + times,
			wantInputs: object{"projectId": "prj_1", "name": "n", "statementRules": object{"deny": []any{"drop"}}},
			want:       wantTimes(object{"projectId": "prj_1", "name": "n", "statementRules": nil, "maxRows": 0.0, "maskingRules": []any{object{"table": "t", "column": "c", "kind": "null"}}}),
		},
		"agent": {
			id: "agt_1", kind: "AgentCredential",
			inputs:     `"projectId": "prj_1", "policyProfileId": "pol_1", "name": "n", "expiresAt": "2027-01-01T00:00:00Z"`,
			outputs:    `"projectId": "prj_1", "policyProfileId": "pol_1", "name": "n", "pgUsername": "a", "connectionString": ` + ciphertext + `, "mcpToken": ` + ciphertext + `, "mcpUrl": "https://h/mcp", ` + times,
			wantInputs: object{"projectId": "prj_1", "policyProfileId": "pol_1", "name": "n", "expiresAt": "2027-01-01T00:00:00Z"},
			want:       wantTimes(object{"projectId": "prj_1", "policyProfileId": "pol_1", "name": "n", "pgUsername": "a", "expiresAt": "2027-01-01T00:00:00Z", "connectionString": encrypted(), "mcpToken": encrypted(), "mcpUrl": "https://h/mcp"}),
		},
		"webhook": {
			id: "whk_1", kind: "WebhookEndpoint",
			inputs:     `"projectId": "prj_1", "url": "https://e/h", "secret": "s<&>"`,
			outputs:    `"projectId": "prj_1", "url": "https://e/h", "format": "json", "secret": "s<&>", ` + times,
			wantInputs: object{"projectId": "prj_1", "url": "https://e/h", "secret": plain(`"s\u003c\u0026\u003e"`)},
			want:       wantTimes(object{"projectId": "prj_1", "url": "https://e/h", "format": "json", "secret": plain(`"s\u003c\u0026\u003e"`)}),
		},
		"domain": {
			id: "dom_1", kind: "CustomDomain",
			inputs:     `"projectId": "prj_1", "domain": "db.example.com"`,
			outputs:    `"projectId": "prj_1", "domain": "db.example.com", "verified": false, "dnsInstructions": {"cnameHost": "db.example.com", "cnameTarget": "h", "txtHost": "t", "txtValue": "v"}, ` + times,
			wantInputs: object{"projectId": "prj_1", "domain": "db.example.com"},
			want:       wantTimes(object{"projectId": "prj_1", "domain": "db.example.com", "verified": false, "dnsInstructions": object{"cnameHost": "db.example.com", "cnameTarget": "h", "txtHost": "t", "txtValue": "v"}}),
		},
		"cache rule": {
			id: "prj_1/db_1/a1b2c3d4e5f60718", kind: "CacheRule", wantID: "a1b2c3d4e5f60718",
			inputs:     `"projectId": "prj_1", "databaseId": "db_1", "queryHash": "a1b2c3d4e5f60718", "cacheEnabled": true, "cacheTtlSeconds": 60`,
			outputs:    `"queryHash": "a1b2c3d4e5f60718", "cacheEnabled": true, "cacheTtlSeconds": 60, "cacheSwrSeconds": null, "callCount": 5`,
			wantInputs: object{"projectId": "prj_1", "databaseId": "db_1", "queryHash": "a1b2c3d4e5f60718", "cacheEnabled": true, "cacheTtlSeconds": 60.0},
			want:       object{"projectId": "prj_1", "databaseId": "db_1", "queryHash": "a1b2c3d4e5f60718", "cacheEnabled": true, "cacheTtlSeconds": 60.0, "callCount": 5.0},
		},
		"cache rule without its key": {
			id: "prj_1/db_1/a1b2c3d4e5f60718", kind: "CacheRule", wantID: "a1b2c3d4e5f60718",
			inputs:     `"cacheEnabled": true`,
			outputs:    `"cacheEnabled": true`,
			wantInputs: object{"projectId": "prj_1", "databaseId": "db_1", "queryHash": "a1b2c3d4e5f60718", "cacheEnabled": true},
			want:       object{"projectId": "prj_1", "databaseId": "db_1", "queryHash": "a1b2c3d4e5f60718", "cacheEnabled": true},
		},
		"spend limit": {
			id: "9Xk-organization", kind: "SpendLimit",
			inputs:     `"orgId": "9Xk-organization", "spendLimit": 500`,
			outputs:    `"orgId": "9Xk-organization", "spendLimit": 500, "plan": "pro", "enabled": true`,
			wantInputs: object{"orgId": "9Xk-organization", "spendLimit": 500.0},
			want:       object{"orgId": "9Xk-organization", "spendLimit": 500.0, "plan": "pro", "enabled": true},
		},
		"spend limit without its key": {
			id: "org_1", kind: "SpendLimit",
			inputs:     `"spendLimit": 500`,
			outputs:    `"orgId": "org_1", "spendLimit": null`,
			wantInputs: object{"orgId": "org_1", "spendLimit": 500.0},
			want:       object{"orgId": "org_1", "spendLimit": 500.0},
		},
		"enrollment": {
			id: "she_1", kind: "SelfHostEnrollment",
			inputs:     `"orgId": "org_1", "regionLabel": "eu"`,
			outputs:    `"orgId": "org_1", "regionLabel": "eu", "token": ` + ciphertext + `, "createdAt": "2026-11-25T22:44:53.825Z"`,
			wantInputs: object{"orgId": "org_1", "regionLabel": "eu"},
			want:       object{"orgId": "org_1", "regionLabel": "eu", "token": encrypted(), "createdAt": "2026-11-25T22:44:53.825Z"},
		},
		"honeytoken": {
			id: "hnt_1", kind: "Honeytoken",
			inputs:     `"projectId": "prj_1", "relationName": "r", "action": "kill"`,
			outputs:    `"projectId": "prj_1", "relationName": "r", "action": "kill", ` + times,
			wantInputs: object{"projectId": "prj_1", "relationName": "r", "action": "kill"},
			want:       wantTimes(object{"projectId": "prj_1", "relationName": "r", "action": "kill"}),
		},
		"anomaly rule": {
			id: "anr_1", kind: "AnomalyRule",
			inputs:     `"projectId": "prj_1", "metric": "errors_per_hour", "sigmaThreshold": 3`,
			outputs:    `"projectId": "prj_1", "metric": "errors_per_hour", "sigmaThreshold": 3, "floor": null, "enabled": true, ` + times,
			wantInputs: object{"projectId": "prj_1", "metric": "errors_per_hour", "sigmaThreshold": 3.0},
			want:       wantTimes(object{"projectId": "prj_1", "metric": "errors_per_hour", "sigmaThreshold": 3.0, "enabled": true}),
		},
	}
	covered := map[string]bool{}
	for name, test := range tests {
		covered[test.kind] = true
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			text, resources, report := migrated(t, exportOf(dynamic("r", test.id, test.inputs, test.outputs, "")))
			moved := resources["r"]
			assert.Equal(t, resource.URN("urn:pulumi:dev::mig::pgbeam:index:"+test.kind+"::r"), moved.URN)
			assert.Equal(t, "pgbeam:index:"+test.kind, string(moved.Type))
			assert.Equal(t, firstOf(test.wantID, test.id), string(moved.ID))
			assert.Equal(t, test.wantInputs, withoutNil(moved.Inputs))
			assert.Equal(t, withoutNil(test.want), withoutNil(moved.Outputs))
			assert.Equal(t, map[resource.PropertyKey][]resource.URN{"name": {}}, moved.PropertyDependencies)
			assert.Equal(t, reference(resources["default"]), moved.Provider)
			assert.True(t, report.DroppedProvider)
			assert.Zero(t, report.Undecided())
			assert.NotContains(t, text, "PgBeamClient")
			assert.NotContains(t, text, "pulumi-nodejs")
			assert.NotContains(t, text, `"password": "pw"`)
			assert.NotContains(t, text, `"secret": "s`)
			assert.Equal(t, strings.Count(test.inputs+test.outputs, "v1:Bw5FEJQMUSA7E1Pu:2gpJ+/=="), strings.Count(text, "v1:Bw5FEJQMUSA7E1Pu:2gpJ+/=="))
		})
	}
	for _, kind := range kindsByPrefix {
		assert.True(t, covered[kind], kind)
	}
}

func firstOf(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

func withoutNil(values object) object {
	for name, value := range values {
		if value == nil {
			delete(values, name)
		}
	}
	return values
}

// TestDynamicRecordedState moves the state that the published package wrote with the
// Pulumi CLI 3.259.0.
func TestDynamicRecordedState(t *testing.T) {
	t.Parallel()
	before, err := os.ReadFile(filepath.Join("testdata", "dynamic-small.json"))
	require.NoError(t, err)
	text, resources, report := migrated(t, string(before))
	assert.Len(t, report.Moved, 4)
	assert.Empty(t, report.Left)
	assert.Equal(t, []string{"database.password"}, report.Moved[0].Sealed)
	secrets := regexp.MustCompile(`"ciphertext": "[^"]*"`)
	assert.ElementsMatch(t, secrets.FindAllString(string(before), -1), secrets.FindAllString(text, -1))
	assert.Len(t, resources, 6)
	assert.Equal(t, []resource.URN{"urn:pulumi:dev::mig::pgbeam:index:Project::p", "urn:pulumi:dev::mig::pgbeam:index:PolicyProfile::pol"}, resources["a0"].Dependencies)
	for _, untouched := range []string{"manifest", "secrets_providers", "metadata", "stackTrace"} {
		assert.Equal(t, membersNamed(t, before, untouched), membersNamed(t, []byte(text), untouched), untouched)
	}
}

// membersNamed returns the texts of all members with a name.
func membersNamed(t *testing.T, text []byte, name string) (found []string) {
	t.Helper()
	for rest := text; ; {
		i := bytes.Index(rest, []byte(`"`+name+`": `))
		if i < 0 {
			return found
		}
		rest = rest[i+len(name)+4:]
		var value json.RawMessage
		require.NoError(t, json.NewDecoder(bytes.NewReader(rest)).Decode(&value))
		found = append(found, string(value))
	}
}

// TestDynamicReferences follows the new URNs to everything that refers to them, in
// resources of any type.
func TestDynamicReferences(t *testing.T) {
	t.Parallel()
	const foreignProvider = `{"urn": "urn:pulumi:dev::mig::pulumi-nodejs:dynamic:Resource$pulumi:providers:aws::aws", "custom": true, "id": "42", "type": "pulumi:providers:aws", "parent": "` + oldURN + `p"}`
	exported := exportWith([]string{
		`{"urn": "urn:pulumi:dev::mig::pulumi:pulumi:Stack::mig-dev", "custom": false, "type": "pulumi:pulumi:Stack", "outputs": {"project": {"4dabf18193072939515e22adb298388d": "5cf8f73096256a8f31e491e813e4eb8e", "urn": "` + oldURN + `p", "id": "prj_1"}, "text": "about ` + oldURN + `p"}}`,
		oldProvider,
		`{"urn": "urn:pulumi:dev::mig::acme:index:Shop::shop", "custom": false, "type": "acme:index:Shop"}`,
		dynamic("p", "prj_1", `"name": "n"`, `"name": "n"`, `, "aliases": ["`+oldURN+`former", "urn:pulumi:dev::mig::acme:index:Other$pulumi-nodejs:dynamic:Resource::p"]`),
		strings.Replace(strings.Replace(dynamic("child", "pol_1", `"projectId": "prj_1", "name": "n"`, `"name": "n"`, `, "deletedWith": "`+oldURN+`p", "dependencies": ["`+oldURN+`p"]`),
			oldURN+"child", "urn:pulumi:dev::mig::pulumi-nodejs:dynamic:Resource$pulumi-nodejs:dynamic:Resource::child", 1),
			"urn:pulumi:dev::mig::pulumi:pulumi:Stack::mig-dev", oldURN+"p", 1),
		strings.Replace(strings.Replace(dynamic("part", "pol_2", `"projectId": "prj_1", "name": "n2"`, `"name": "n2"`, ""),
			oldURN+"part", "urn:pulumi:dev::mig::acme:index:Shop$pulumi-nodejs:dynamic:Resource::part", 1),
			"urn:pulumi:dev::mig::pulumi:pulumi:Stack::mig-dev", "urn:pulumi:dev::mig::acme:index:Shop::shop", 1),
		foreignProvider,
		`{"urn": "urn:pulumi:dev::mig::pulumi-nodejs:dynamic:Resource$aws:s3:Bucket::bucket", "custom": true, "id": "b", "type": "aws:s3:Bucket", "inputs": {"n": 1.50, "tag": "` + oldURN + `p"}, "parent": "` + oldURN + `p", "provider": "urn:pulumi:dev::mig::pulumi-nodejs:dynamic:Resource$pulumi:providers:aws::aws::42", "dependencies": ["` + oldURN + `p", "urn:pulumi:dev::mig::pulumi-nodejs:dynamic:Resource$pulumi-nodejs:dynamic:Resource::child"]}`,
	}, `, "pending_operations": [{"resource": `+dynamic("p", "prj_1", `"name": "n"`, `"name": "n"`, "")+`, "type": "updating"}]`)
	text, resources, report := migrated(t, exported)
	const project = "urn:pulumi:dev::mig::pgbeam:index:Project::p"
	assert.Len(t, report.Moved, 3)
	assert.Equal(t, resource.URN(project), resources["p"].URN)
	assert.Equal(t, []resource.URN{"urn:pulumi:dev::mig::pgbeam:index:Project::former", "urn:pulumi:dev::mig::acme:index:Other$pgbeam:index:Project::p"}, resources["p"].Aliases)
	child := resources["child"]
	assert.Equal(t, resource.URN("urn:pulumi:dev::mig::pgbeam:index:Project$pgbeam:index:PolicyProfile::child"), child.URN)
	assert.Equal(t, resource.URN(project), child.Parent)
	assert.Equal(t, resource.URN(project), child.DeletedWith)
	assert.Equal(t, []resource.URN{project}, child.Dependencies)
	assert.Equal(t, resource.URN("urn:pulumi:dev::mig::acme:index:Shop$pgbeam:index:PolicyProfile::part"), resources["part"].URN)
	bucket := resources["bucket"]
	assert.Equal(t, resource.URN("urn:pulumi:dev::mig::pgbeam:index:Project$aws:s3:Bucket::bucket"), bucket.URN)
	assert.Equal(t, "urn:pulumi:dev::mig::pgbeam:index:Project$pulumi:providers:aws::aws::42", bucket.Provider)
	assert.Equal(t, []resource.URN{project, child.URN}, bucket.Dependencies)
	assert.Equal(t, project, bucket.Inputs["tag"])
	assert.Contains(t, text, `"n": 1.50`, "other values keep their bytes")
	outputs := resources["mig-dev"].Outputs
	assert.Equal(t, project, outputs["project"].(object)["urn"])
	assert.Equal(t, "about "+oldURN+"p", outputs["text"], "a text that only contains a URN is no reference")
	var file struct{ Deployment apitype.DeploymentV3 }
	require.NoError(t, json.Unmarshal([]byte(text), &file))
	operation := file.Deployment.PendingOperations[0]
	assert.Equal(t, resource.URN(project), operation.Resource.URN)
	assert.Equal(t, apitype.OperationTypeUpdating, operation.Type)
	assert.NotContains(t, operation.Resource.Inputs, "__provider")
}

// TestDynamicReplacedByOtherKind moves two resources with one URN: the old one is yet to be
// deleted, and has another kind than the one that replaced it.
func TestDynamicReplacedByOtherKind(t *testing.T) {
	t.Parallel()
	after, report, err := Dynamic([]byte(exportOf(
		dynamic("r", "pol_1", `"projectId": "prj_1", "name": "n"`, `"name": "n"`, `, "delete": true`),
		dynamic("r", "prj_1", `"name": "n"`, `"name": "n"`, ""),
		dynamic("agent", "agt_1", `"name": "n"`, `"name": "n"`, `, "dependencies": ["`+oldURN+`r"]`),
	)))
	require.NoError(t, err)
	assert.Len(t, report.Moved, 3)
	resources := resourcesOf(t, after)
	assert.Equal(t, "urn:pulumi:dev::mig::pgbeam:index:PolicyProfile::r", string(resources[2].URN))
	assert.True(t, resources[2].Delete)
	assert.Equal(t, "urn:pulumi:dev::mig::pgbeam:index:Project::r", string(resources[3].URN))
	assert.Equal(t, []resource.URN{resources[3].URN}, resources[4].Dependencies)
}

// TestDynamicOthers leaves everything alone that is not certainly PgBeam's, to the byte.
func TestDynamicOthers(t *testing.T) {
	t.Parallel()
	project := dynamic("p", "prj_1", `"name": "n"`, `"name": "n"`, "")
	other := func(id, code string) string {
		return strings.ReplaceAll(dynamic("other", id, `"spendLimit": 1, "odd":   1.0e2`, `"orgId": "x"`, ""), oldCode, code)
	}
	for name, test := range map[string]struct {
		resource  string
		reason    string
		undecided bool
	}{
		"code of others":              {other("prj_2", `"__provider": "exports.handler = 1"`), "another dynamic provider", false},
		"no code":                     {strings.ReplaceAll(other("prj_2", ""), "{, ", "{"), "does not have the code", true},
		"no code, unknown ID":         {strings.ReplaceAll(other("i-1", ""), "{, ", "{"), "does not have the code", false},
		"encrypted code":              {other("prj_2", `"__provider": `+ciphertext), "--show-secrets", true},
		"encrypted code, unknown ID":  {other("i-1", `"__provider": `+ciphertext), "--show-secrets", false},
		"unknown ID":                  {other("xyz_2", oldCode), "not that of an object", true},
		"cache rule without an ID":    {other("prj_1/db_1/undefined", oldCode), "not that of an object", true},
		"spend limit without an ID":   {other("undefined", oldCode), "not that of an object", true},
		"prefix only":                 {other("prj_", oldCode), "not that of an object", true},
		"path in place of an ID":      {other("prj_1/../..", oldCode), "not that of an object", true},
		"code of others in plaintext": {other("prj_2", `"__provider": {"4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", "plaintext": "\"x\""}`), "another dynamic provider", false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			text, resources, report := migrated(t, exportOf(project, test.resource))
			require.Len(t, report.Left, 1)
			assert.Contains(t, report.Left[0].Reason, test.reason)
			assert.Equal(t, test.undecided, report.Left[0].Undecided)
			assert.Len(t, report.Moved, 1)
			assert.False(t, report.DroppedProvider)
			assert.Contains(t, text, test.resource)
			assert.Contains(t, text, stackEntry)
			assert.Contains(t, text, oldProvider, "the other resource needs it")
			assert.Equal(t, dynamicType, string(resources["other"].Type))
		})
	}
	t.Run("nothing of PgBeam", func(t *testing.T) {
		t.Parallel()
		exported := exportOf(other("i-1", `"__provider": "exports.handler = 1"`))
		text, _, report := migrated(t, exported)
		assert.Equal(t, exported, text)
		assert.Empty(t, report.Moved)
	})
	t.Run("read by the program", func(t *testing.T) {
		t.Parallel()
		exported := exportOf(dynamic("p", "prj_1", "", "", `, "external": true`))
		text, _, _ := migrated(t, exported)
		assert.Equal(t, exported, text)
	})
	t.Run("encrypted code, exported with --show-secrets", func(t *testing.T) {
		t.Parallel()
		_, resources, report := migrated(t, exportOf(strings.ReplaceAll(project, oldCode,
			`"__provider": {"4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", "plaintext": "\"new PgBeamClient()\""}`)))
		assert.Empty(t, report.Left)
		assert.Equal(t, object{"name": "n"}, resources["p"].Inputs)
	})
}

// TestDynamicProviderEntry finds the provider that is in the state, wherever it is, or adds
// one, before the resources that refer to it.
func TestDynamicProviderEntry(t *testing.T) {
	t.Parallel()
	const (
		ours    = `{"urn": "urn:pulumi:dev::mig::pulumi:providers:pgbeam::default_1_0_0", "custom": true, "id": "aaaa", "type": "pulumi:providers:pgbeam", "inputs": {"version": "1.0.0"}}`
		chosen  = `{"urn": "urn:pulumi:dev::mig::pulumi:providers:pgbeam::explicit", "custom": true, "id": "bbbb", "type": "pulumi:providers:pgbeam"}`
		policy  = `{"urn": "urn:pulumi:dev::mig::pgbeam:index:PolicyProfile::pol", "custom": true, "id": "pol_1", "type": "pgbeam:index:PolicyProfile", "provider": "urn:pulumi:dev::mig::pulumi:providers:pgbeam::default_1_0_0::aaaa"}`
		foreign = `{"urn": "urn:pulumi:dev::mig::pulumi-nodejs:dynamic:Resource::x", "custom": true, "id": "x", "type": "pulumi-nodejs:dynamic:Resource", "provider": "urn:pulumi:dev::mig::pulumi:providers:pulumi-nodejs::default::2ed364d8"}`
	)
	project := dynamic("p", "prj_1", `"name": "n"`, `"name": "n"`, "")
	for name, test := range map[string]struct {
		resources []string
		provider  string
		want      []string // names in order
	}{
		"none":                     {[]string{stackEntry, oldProvider, project}, "default", []string{"mig-dev", "default", "p"}},
		"none, the old one needed": {[]string{stackEntry, oldProvider, project, foreign}, "default", []string{"mig-dev", "default", "default", "p", "x"}},
		"before":                   {[]string{stackEntry, ours, oldProvider, project, policy}, "default_1_0_0", []string{"mig-dev", "default_1_0_0", "p", "pol"}},
		"between":                  {[]string{stackEntry, oldProvider, ours, project, policy}, "default_1_0_0", []string{"mig-dev", "default_1_0_0", "p", "pol"}},
		"after":                    {[]string{stackEntry, oldProvider, project, ours, policy}, "default_1_0_0", []string{"mig-dev", "default_1_0_0", "p", "pol"}},
		"last":                     {[]string{stackEntry, oldProvider, project, ours}, "default_1_0_0", []string{"mig-dev", "default_1_0_0", "p"}},
		"after, the old one needed": {
			[]string{stackEntry, oldProvider, project, ours, policy, foreign},
			"default_1_0_0",
			[]string{"mig-dev", "default_1_0_0", "default", "p", "pol", "x"},
		},
		"only an explicit one": {[]string{stackEntry, chosen, oldProvider, project}, "default", []string{"mig-dev", "explicit", "default", "p"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			after, _, err := Dynamic([]byte(exportWith(test.resources, "")))
			require.NoError(t, err)
			var names []string
			seen := map[string]bool{}
			for _, r := range resourcesOf(t, after) {
				names = append(names, r.URN.Name())
				seen[reference(r)] = true
				if r.Provider != "" {
					assert.True(t, seen[r.Provider], "%s refers to %s, which is not before it", r.URN, r.Provider)
				}
				if r.URN.Name() == "p" {
					assert.Contains(t, r.Provider, "pulumi:providers:pgbeam::"+test.provider+"::")
				}
			}
			assert.Equal(t, test.want, names)
			again, report, err := Dynamic(after)
			require.NoError(t, err)
			assert.Equal(t, string(after), string(again), "a second run changes nothing")
			assert.Empty(t, report.Moved)
		})
	}
}

// TestDynamicRefusals returns an error, and no deployment, for whatever is not certain.
func TestDynamicRefusals(t *testing.T) {
	t.Parallel()
	project := dynamic("p", "prj_1", `"name": "n"`, `"name": "n"`, "")
	exported := exportOf(project)
	for name, test := range map[string]struct{ exported, want string }{
		"empty":           {" \n", "the input is empty"},
		"no JSON":         {"error: no stack selected", "not a complete JSON document"},
		"truncated":       {exported[:len(exported)-20], "not a complete JSON document"},
		"two documents":   {exported + exported, "not a complete JSON document"},
		"list":            {"[]", "not a complete JSON document"},
		"checkpoint file": {`{"version": 3, "checkpoint": {}}`, `no "deployment"`},
		"no version":      {strings.Replace(exported, `"version": 3,`, "", 1), "version 0"},
		"old version":     {strings.Replace(exported, `"version": 3,`, `"version": 2,`, 1), "version 2"},
		"new version":     {strings.Replace(exported, `"version": 3,`, `"version": 5,`, 1), "version 5"},
		"unknown feature": {strings.Replace(exported, `"version": 3,`, `"version": 4, "features": ["hooks", "more"],`, 1), `the feature "more"`},
		"pending create": {
			exportWith([]string{stackEntry, oldProvider}, `, "pending_operations": [{"resource": `+project+`, "type": "creating"}]`),
			"the create of " + oldURN + "p was interrupted",
		},
		"invalid URN":      {exportOf(strings.Replace(project, oldURN+"p", "p", 1)), `the URN "p"`},
		"member twice":     {exportOf(strings.Replace(project, `"custom": true`, `"custom": true, "id": "prj_9"`, 1)), `"id" twice`},
		"no provider":      {exportWith([]string{stackEntry, project}, ""), "lacks the dynamic provider"},
		"stands twice":     {exportOf(project, dynamic("q", "prj_1", `"name": "n"`, `"name": "n"`, "")), "Project prj_1 twice, as " + oldURN + "p and as " + oldURN + "q"},
		"half migrated":    {exportOf(`{"urn": "urn:pulumi:dev::mig::pgbeam:index:Project::p", "custom": true, "id": "prj_1", "type": "pgbeam:index:Project"}`, project), "Project prj_1 twice"},
		"cache rule twice": {exportOf(`{"urn": "urn:pulumi:dev::mig::pgbeam:index:CacheRule::r", "custom": true, "id": "a1b2c3d4e5f60718", "type": "pgbeam:index:CacheRule", "outputs": {"projectId": "prj_1", "databaseId": "db_1"}}`, dynamic("r", "prj_1/db_1/a1b2c3d4e5f60718", "", "", "")), "CacheRule prj_1/db_1/a1b2c3d4e5f60718 twice"},
		"created again": {
			exportOf(`{"urn": "urn:pulumi:dev::mig::pgbeam:index:Replica::r", "custom": true, "id": "rep_2", "type": "pgbeam:index:Replica"}`, dynamic("r", "rep_1", "", "", "")),
			"two objects for urn:pulumi:dev::mig::pgbeam:index:Replica::r: rep_2, as urn:pulumi:dev::mig::pgbeam:index:Replica::r, and rep_1, as " + oldURN + "r",
		},
		"adopted and replaced": {
			exportOf(dynamic("p", "prj_1", `"name": "n"`, `"name": "n"`, `, "delete": true`), project), "Project prj_1 twice",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			after, _, err := Dynamic([]byte(test.exported))
			require.ErrorContains(t, err, test.want)
			assert.Nil(t, after)
		})
	}
	known := strings.Replace(exported, `"version": 3,`, `"version": 4, "features": ["hooks", "taint"],`, 1)
	_, _, err := Dynamic([]byte(known))
	assert.NoError(t, err)
}

// TestDynamicCompact keeps the format of a deployment in one line.
func TestDynamicCompact(t *testing.T) {
	t.Parallel()
	var compact bytes.Buffer
	require.NoError(t, json.Compact(&compact, []byte(exportOf(dynamic("p", "prj_1", `"name": "n"`, `"name": "n"`, "")))))
	text, _, _ := migrated(t, compact.String())
	assert.NotContains(t, text, "\n")
}

// FuzzDynamic finds inputs that are neither refused nor answered with a deployment.
func FuzzDynamic(f *testing.F) {
	f.Add(exportOf(dynamic("p", "prj_1", `"name": "n"`, `"name": "n"`, "")))
	f.Add(exportWith([]string{stackEntry}, `, "pending_operations": [{}]`))
	f.Add(`{"version": 3, "deployment": {"resources": [null, {}]}}`)
	f.Fuzz(func(t *testing.T, exported string) {
		after, _, err := Dynamic([]byte(exported))
		if err != nil {
			assert.Nil(t, after)
			return
		}
		require.True(t, json.Valid(after))
		again, _, err := Dynamic(after)
		require.NoError(t, err)
		assert.Equal(t, string(after), string(again))
	})
}
