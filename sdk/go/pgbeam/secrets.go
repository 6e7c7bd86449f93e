// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package pgbeam

import "github.com/pulumi/pulumi/sdk/v3/go/pulumi"

// The functions of this file mark the secrets in arguments. They change copies.

func markSecret[I pulumi.Input](input I) I {
	if any(input) == nil {
		return input
	}
	return pulumi.ToSecret(input).(I)
}

func markSecretsInDatabaseSettings[I pulumi.Input](input I) I {
	var args DatabaseSettingsArgs
	switch v := any(input).(type) {
	case DatabaseSettingsArgs:
		args = v
	case *DatabaseSettingsArgs:
		if v == nil {
			return input
		}
		args = *v
	case *databaseSettingsPtrType:
		if v == nil {
			return input
		}
		args = DatabaseSettingsArgs(*v)
	default:
		return input
	}
	args.Password = markSecret(args.Password)
	return any(args).(I)
}

func markSecretsInSecureAgentProjectDatabase[I pulumi.Input](input I) I {
	var args SecureAgentProjectDatabaseArgs
	switch v := any(input).(type) {
	case SecureAgentProjectDatabaseArgs:
		args = v
	case *SecureAgentProjectDatabaseArgs:
		if v == nil {
			return input
		}
		args = *v
	default:
		return input
	}
	args.Password = markSecret(args.Password)
	return any(args).(I)
}

func markSecretsInSecureAgentProjectWebhook[I pulumi.Input](input I) I {
	var args SecureAgentProjectWebhookArgs
	switch v := any(input).(type) {
	case SecureAgentProjectWebhookArgs:
		args = v
	case *SecureAgentProjectWebhookArgs:
		if v == nil {
			return input
		}
		args = *v
	case *secureAgentProjectWebhookPtrType:
		if v == nil {
			return input
		}
		args = SecureAgentProjectWebhookArgs(*v)
	default:
		return input
	}
	args.Secret = markSecret(args.Secret)
	return any(args).(I)
}
