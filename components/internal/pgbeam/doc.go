// Safe, policy-enforced PostgreSQL access for AI agents, as code: PgBeam projects, databases, policies, agent credentials and webhooks.
package pgbeam
