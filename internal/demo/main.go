// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

// Command demo deploys examples/yaml/secure-agent-project with the real Pulumi
// CLI against a local PgBeam API, prints each step, and destroys the stack again.
// It uses temporary state, and fails if a step does not have the expected result.
package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/pgbeam/pulumi-pgbeam/client"
	"github.com/pgbeam/pulumi-pgbeam/internal/pulumicli"
)

// Settings of the local API and of the example.
const (
	apiKey       = "pbo_local"
	organization = "org_local"
	dbPassword   = "demo-db-p@ssword/1"
	signingKey   = "demo-signing-key"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "\ndemo:", err)
		os.Exit(1) //nolint:gocritic // run has cleaned up
	}
}

func run(ctx context.Context) (err error) {
	root, err := pulumicli.Root()
	if err != nil {
		return err
	}
	folder, err := os.MkdirTemp("", "pgbeam-demo-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(folder)) }()

	title("Building the plugin and the local PgBeam API")
	bin := filepath.Join(folder, "bin")
	for _, command := range []string{"pulumi-resource-pgbeam", "pgbeam-local"} {
		if err := pulumicli.Build(ctx, root, bin, command); err != nil {
			return err
		}
	}
	cli, err := pulumicli.Locate(ctx, root, os.Stdout)
	if err != nil {
		return err
	}

	title("Starting the local PgBeam API")
	local, url, err := startLocal(ctx, filepath.Join(bin, "pgbeam-local"))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, stopLocal(local)) }()
	fmt.Println(url)

	workspace, err := pulumicli.NewWorkspace(folder, filepath.Join(root, "examples", "yaml", "secure-agent-project"), cli,
		filepath.Join(bin, "pulumi-resource-pgbeam"),
		"PGBEAM_API_KEY="+apiKey, "PGBEAM_API_URL="+url)
	if err != nil {
		return err
	}
	pgbeam, err := client.New(apiKey, client.WithBaseURL(url))
	if err != nil {
		return err
	}
	return deploy(ctx, workspace, pgbeam)
}

// deploy runs the example from its first `pulumi up` to `pulumi destroy`.
func deploy(ctx context.Context, workspace *pulumicli.Workspace, pgbeam *client.Client) error {
	setup := &bytes.Buffer{}
	for _, args := range [][]string{
		{"stack", "init", "demo"},
		{"config", "set", "orgId", organization},
		{"config", "set", "--secret", "dbPassword", dbPassword},
		{"config", "set", "--secret", "webhookSecret", signingKey},
	} {
		if err := workspace.Run(ctx, setup, args...); err != nil {
			return fmt.Errorf("%w\n%s", err, setup)
		}
	}

	title("pulumi up")
	if err := workspace.Run(ctx, os.Stdout, "up", "--yes", "--skip-preview", "--suppress-outputs"); err != nil {
		return err
	}
	title("pulumi stack output")
	outputs := &bytes.Buffer{}
	if err := workspace.Run(ctx, outputs, "stack", "output"); err != nil {
		return err
	}
	fmt.Print(outputs)
	if strings.Count(outputs.String(), "[secret]") != 2 {
		return errors.New("expected two secret outputs: the agent's connection string and its token")
	}

	title("Objects in the API")
	count, err := printObjects(ctx, pgbeam)
	if err != nil {
		return err
	}
	if count == 0 {
		return errors.New("the API has no objects after pulumi up")
	}

	title("pulumi up again: no changes")
	if err := workspace.Run(ctx, os.Stdout, "up", "--yes", "--skip-preview", "--suppress-outputs", "--expect-no-changes"); err != nil {
		return err
	}

	title("pulumi destroy")
	if err := workspace.Run(ctx, os.Stdout, "destroy", "--yes", "--skip-preview"); err != nil {
		return err
	}
	title("Objects in the API")
	if count, err = printObjects(ctx, pgbeam); err != nil {
		return err
	}
	if count != 0 {
		return fmt.Errorf("the API still has %d objects after pulumi destroy", count)
	}
	fmt.Println("None.")
	return nil
}

// printObjects prints the objects in the API and returns their number.
func printObjects(ctx context.Context, pgbeam *client.Client) (int, error) {
	count := 0
	row := func(kind, id, summary string) {
		count++
		fmt.Printf("  %-16s %-32s %s\n", kind, id, summary)
	}
	for project, err := range pgbeam.Projects().List(ctx, organization) {
		if err != nil {
			return count, err
		}
		row("project", project.ID, project.Name)
		for database, err := range pgbeam.Databases().List(ctx, project.ID) {
			if err != nil {
				return count, err
			}
			row("database", database.ID, fmt.Sprintf("%s:%d/%s, TLS: %s", database.Host, database.Port, database.Name, database.SSLMode))
			for replica, err := range pgbeam.Replicas().List(ctx, database.ID) {
				if err != nil {
					return count, err
				}
				row("replica", replica.ID, fmt.Sprintf("%s:%d, TLS: %s", replica.Host, replica.Port, replica.SSLMode))
			}
		}
		for policy, err := range pgbeam.PolicyProfiles().List(ctx, project.ID) {
			if err != nil {
				return count, err
			}
			row("policy profile", policy.ID, fmt.Sprintf("%s, %s, %d masking rules", policy.Name, policy.AccessMode, len(policy.MaskingRules)))
		}
		for agent, err := range pgbeam.AgentCredentials().List(ctx, project.ID) {
			if err != nil {
				return count, err
			}
			if agent.Status != "revoked" {
				row("agent credential", agent.ID, fmt.Sprintf("%s, %s", agent.Name, agent.Status))
			}
		}
		for webhook, err := range pgbeam.WebhookEndpoints().List(ctx, project.ID) {
			if err != nil {
				return count, err
			}
			row("webhook endpoint", webhook.ID, webhook.URL)
		}
	}
	return count, nil
}

// startLocal starts pgbeam-local and returns the URL that it prints.
func startLocal(ctx context.Context, binary string) (*exec.Cmd, string, error) {
	local := exec.CommandContext(ctx, binary, "--api-key", apiKey, "--org", organization) //nolint:gosec // the binary that run has built
	local.Stderr = os.Stderr
	stdout, err := local.StdoutPipe()
	if err != nil {
		return nil, "", err
	}
	if err := local.Start(); err != nil {
		return nil, "", err
	}
	line, err := bufio.NewReader(stdout).ReadString('\n')
	fields := strings.Fields(line)
	if err != nil || len(fields) == 0 {
		return nil, "", errors.Join(fmt.Errorf("pgbeam-local printed no URL: %q", line), err, stopLocal(local))
	}
	return local, fields[len(fields)-1], nil
}

// stopLocal stops pgbeam-local, and returns an error if it does not exit cleanly.
func stopLocal(local *exec.Cmd) error {
	if err := local.Process.Signal(syscall.SIGTERM); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return err
	}
	kill := time.AfterFunc(5*time.Second, func() { _ = local.Process.Kill() })
	defer kill.Stop()
	if err := local.Wait(); err != nil {
		return fmt.Errorf("pgbeam-local did not stop cleanly: %w", err)
	}
	return nil
}

func title(text string) { fmt.Printf("\n── %s\n\n", text) }
