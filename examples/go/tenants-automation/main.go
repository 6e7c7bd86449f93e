// Command tenants-automation deploys a stack for each of many tenants with Pulumi's Automation API.
package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"syscall"

	"github.com/pulumi/pulumi/sdk/v3/go/auto"
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
		os.Exit(1)
	}
}

func run() error {
	var f fleet
	flags := flag.NewFlagSet("tenants-automation", flag.ExitOnError) // without those of other packages
	file := flags.String("tenants", "tenants.json", "`file` with the tenants")
	parallel := flags.Int("parallel", 4, "`number` of tenants to work on at once")
	destroy := flags.Bool("destroy", false, "destroy the stacks instead of deploying them")
	flags.StringVar(&f.stacks, "stacks", "stacks", "`folder` with the configuration and the log of each stack")
	flags.StringVar(&f.secrets, "secrets", "secrets", "`folder` with a file TENANT.password for each tenant, and ORGANIZATION.key for an organization whose API key is not in PGBEAM_API_KEY")
	flags.StringVar(&f.secretsProvider, "secrets-provider", "", "secrets provider of new stacks, such as awskms://…; default: that of the backend")
	flags.Usage = func() {
		fmt.Fprintln(flags.Output(), "usage: tenants-automation [flags] [tenant ...]\n\nWithout names, all tenants of the file are deployed.\n\nflags:")
		flags.PrintDefaults()
	}
	if err := flags.Parse(os.Args[1:]); err != nil {
		return err
	}
	if *parallel < 1 {
		return errors.New("-parallel must be at least 1")
	}
	tenants, err := readTenants(*file, flags.Args())
	if err != nil {
		return err
	}
	unlock, err := lockFolder(f.stacks)
	if err != nil {
		return err
	}
	defer unlock()
	if f.pulumi, err = auto.NewPulumiCommand(nil); err != nil {
		return err
	}
	if *destroy {
		return forEach(tenants, *parallel, f.destroy)
	}
	return forEach(tenants, *parallel, f.up)
}

// lockFolder makes other runs with the same folder fail. The operating system releases the lock when the
// process ends, however that happens.
func lockFolder(folder string) (unlock func() error, err error) {
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return nil, err
	}
	file, err := os.OpenFile(filepath.Join(folder, ".lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		_ = file.Close()
		return nil, fmt.Errorf("another run uses the folder %s: %w", folder, err)
	}
	return file.Close, nil
}
