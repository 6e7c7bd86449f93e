// Safe, policy-enforced access to PostgreSQL for AI agents, as code: PgBeam projects, databases, policies, agent credentials and webhooks.
package pgbeam
