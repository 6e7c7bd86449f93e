package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// Tenant is an entry of the tenants file. Nothing in it is secret.
type Tenant struct {
	Name     string   `json:"name"`
	OrgID    string   `json:"orgId"`
	Database Database `json:"database"`
	Tables   []string `json:"tables"`
	Agents   []string `json:"agents"`
}

// Database is what PgBeam connects to, without the password.
type Database struct {
	Host     string `json:"host"`
	Name     string `json:"name"`
	Username string `json:"username"`
}

// A tenant's name is a part of the name of its stack and of files.
var tenantName = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,62}$`)

// readTenants reads the tenants file. With names, it returns these tenants only.
func readTenants(file string, names []string) ([]Tenant, error) {
	reader, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer reader.Close()
	decoder := json.NewDecoder(reader)
	decoder.DisallowUnknownFields()
	var tenants []Tenant
	if err := decoder.Decode(&tenants); err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	known := map[string]bool{}
	for _, tenant := range tenants {
		switch {
		case !tenantName.MatchString(tenant.Name):
			return nil, fmt.Errorf("%s: %q is not a name of at most 63 lower-case letters, digits and dashes", file, tenant.Name)
		case known[tenant.Name]:
			return nil, fmt.Errorf("%s: there are two tenants named %s", file, tenant.Name)
		}
		known[tenant.Name] = true
	}
	for _, name := range names {
		if !known[name] {
			return nil, fmt.Errorf("%s: there is no tenant named %s", file, name)
		}
	}
	if len(names) > 0 {
		tenants = slices.DeleteFunc(tenants, func(t Tenant) bool { return !slices.Contains(names, t.Name) })
	}
	return tenants, nil
}

// readSecret returns the content of a file that only this user should be able to read. Such files are
// what Kubernetes mounts for a Secret, and what the agents of most secret stores write.
func readSecret(folder, name string) (string, error) {
	content, err := os.ReadFile(filepath.Join(folder, name))
	return strings.TrimRight(string(content), "\r\n"), err
}

// password returns the password of the tenant's database.
func (t Tenant) password(secrets string) (string, error) {
	password, err := readSecret(secrets, t.Name+".password")
	if err == nil && password == "" {
		err = fmt.Errorf("%s.password is empty", t.Name)
	}
	return password, err
}

// env returns the environment of the CLI for the tenant. An API key of PgBeam belongs to an organization:
// if there is no file for that of the tenant, PGBEAM_API_KEY applies.
func (t Tenant) env(secrets string) (map[string]string, error) {
	key, err := readSecret(secrets, t.OrgID+".key")
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return map[string]string{"PGBEAM_API_KEY": key}, err
}
