package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"syscall"

	"github.com/pulumi/pulumi/sdk/v3/go/auto"
	"github.com/pulumi/pulumi/sdk/v3/go/auto/optdestroy"
	"github.com/pulumi/pulumi/sdk/v3/go/auto/optpreview"
	"github.com/pulumi/pulumi/sdk/v3/go/auto/optup"
	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"
	"github.com/pulumi/pulumi/sdk/v3/go/common/workspace"
)

// The outcomes of an operation that succeeds.
const (
	created   = "created"
	updated   = "updated"
	unchanged = "unchanged"
	destroyed = "destroyed"
)

// fleet deploys the stacks of tenants.
type fleet struct {
	pulumi                           auto.PulumiCommand
	stacks, secrets, secretsProvider string
}

// folder returns the folder of a tenant's stack. Each has its own, because the CLI writes files next to a project.
func (f *fleet) folder(t Tenant) string { return filepath.Join(f.stacks, t.Name) }

// up deploys the stack of a tenant.
func (f *fleet) up(ctx context.Context, t Tenant) (string, error) {
	password, err := t.password(f.secrets)
	if err != nil {
		return "", err
	}
	stack, log, isNew, err := f.open(ctx, t, auto.Program(program(t, password)))
	if err != nil {
		return "", err
	}
	defer log.Close()
	outcome := created
	if !isNew {
		// Most stacks of a run are up to date. A preview finds that out without a request to PgBeam, and
		// without locking the stack or writing its state.
		preview, err := stack.Preview(ctx, optpreview.ProgressStreams(log), optpreview.ErrorProgressStreams(log))
		if err != nil {
			return "", err
		}
		delete(preview.ChangeSummary, apitype.OpSame)
		if len(preview.ChangeSummary) == 0 {
			return unchanged, nil
		}
		outcome = updated
	}
	return outcome, withoutStaleLock(ctx, stack, func() error {
		_, err := stack.Up(ctx, optup.ProgressStreams(log), optup.ErrorProgressStreams(log))
		return err
	})
}

// destroy removes everything that belongs to a tenant, and its stack.
func (f *fleet) destroy(ctx context.Context, t Tenant) (string, error) {
	stack, log, _, err := f.open(ctx, t)
	if err != nil {
		return "", err
	}
	defer log.Close()
	err = withoutStaleLock(ctx, stack, func() error {
		_, err := stack.Destroy(ctx, optdestroy.Remove(), optdestroy.ProgressStreams(log), optdestroy.ErrorProgressStreams(log))
		return err
	})
	if err != nil {
		return "", err
	}
	return destroyed, os.RemoveAll(f.folder(t))
}

// open returns the stack of a tenant, which it creates if necessary, and the file for the output of the CLI.
func (f *fleet) open(ctx context.Context, t Tenant, options ...auto.LocalWorkspaceOption) (stack auto.Stack, log *os.File, isNew bool, err error) {
	env, err := t.env(f.secrets)
	if err != nil {
		return stack, nil, false, err
	}
	if err := os.MkdirAll(f.folder(t), 0o700); err != nil {
		return stack, nil, false, err
	}
	project := workspace.Project{Name: "tenants", Runtime: workspace.NewProjectRuntimeInfo("go", nil)}
	ws, err := auto.NewLocalWorkspace(ctx, append(options, auto.Project(project), auto.WorkDir(f.folder(t)),
		auto.Pulumi(f.pulumi), auto.EnvVars(env), auto.SecretsProvider(f.secretsProvider))...)
	if err != nil {
		return stack, nil, false, err
	}
	name := "tenant-" + t.Name
	stack, err = auto.SelectStack(ctx, name, ws)
	if isNew = auto.IsSelectStack404Error(err); isNew {
		stack, err = auto.NewStack(ctx, name, ws)
	}
	if err != nil {
		return stack, nil, false, err
	}
	log, err = os.OpenFile(filepath.Join(f.folder(t), "last-run.log"), os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
	return stack, log, isNew, err
}

// lockOwner matches each lock in the error of a self-managed backend.
var lockOwner = regexp.MustCompile(`created by \S+@(\S+) \(pid (\d+)\)`)

// withoutStaleLock runs an operation on a stack. If an earlier run was killed, it has left the stack locked:
// the lock is removed, and the operation runs again.
//
// A lock is stale only if the process that created it ran on this machine and has ended. It is not enough that
// no other run of this program uses the folder: if the earlier run was killed without its children, their
// updates may still be running, and so may an update that was started by hand or on another machine. The lock
// of Pulumi Cloud names no process. It is left alone, and expires.
func withoutStaleLock(ctx context.Context, stack auto.Stack, operation func() error) error {
	err := operation()
	if !auto.IsConcurrentUpdateError(err) {
		return err
	}
	locks := lockOwner.FindAllStringSubmatch(err.Error(), -1)
	if len(locks) == 0 {
		return err
	}
	for _, lock := range locks {
		pid, _ := strconv.Atoi(lock[2])
		if host, hostErr := os.Hostname(); hostErr != nil || host != lock[1] || !errors.Is(syscall.Kill(pid, 0), syscall.ESRCH) {
			return err
		}
	}
	if err := stack.Cancel(ctx); err != nil {
		return fmt.Errorf("remove the lock of a process that has ended: %w", err)
	}
	return operation()
}
