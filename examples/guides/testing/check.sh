#!/usr/bin/env bash
# Deploys the program in the current directory against pgbeam-local, and removes it again.
set -euo pipefail

exec 3< <(exec pgbeam-local)
api=$!
backend=$(mktemp -d)
trap 'kill "$api"; rm -rf "$backend" Pulumi.ci.yaml' EXIT
read -r _ _ _ url <&3 # pgbeam-local listening on http://127.0.0.1:…

export PGBEAM_API_URL=$url PGBEAM_API_KEY=pbo_local
export PULUMI_BACKEND_URL="file://$backend" PULUMI_CONFIG_PASSPHRASE=test

pulumi stack init ci
pulumi config set orgId org_local
pulumi config set --secret dbPassword hunter2
pulumi up --yes
pulumi preview --expect-no-changes
pulumi destroy --yes
