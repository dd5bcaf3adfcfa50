package engine

import (
	"fmt"
	"os"
)

// credentials are the environment variables that hold cloud secrets or send
// requests elsewhere, and that httpfs or the AWS chain read by themselves.
var credentials = []string{
	"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_SECURITY_TOKEN",
	"AWS_REGION", "AWS_DEFAULT_REGION", "AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3",
	"DUCKDB_S3_ENDPOINT", "DUCKDB_S3_USE_SSL", "DUCKDB_S3_REQUESTER_PAYS", "DUCKDB_S3_KMS_KEY_ID",
}

// environment is what scrub took.
type environment map[string]string

// scrub takes the cloud credentials out of the process's environment: httpfs
// copies them into settings that SQL can read.
func scrub() environment {
	taken := environment{}
	for _, name := range credentials {
		if value, ok := os.LookupEnv(name); ok { //nolint:forbidigo // taken away, not read as a setting
			taken[name] = value
		}
		_ = os.Unsetenv(name) // fails for malformed names only
	}
	return taken
}

// during runs f with e back in its place: the AWS chain looks for keys there
// when a secret is made. What the chain finds by other ways (profile, web
// identity, instance metadata) it can ask for anew at any time; keys from the
// environment do not change anyway.
func (e environment) during(f func() error) error {
	for name, value := range e {
		if err := os.Setenv(name, value); err != nil {
			return fmt.Errorf("engine: give the AWS chain its environment: %w", err)
		}
	}
	defer scrub()
	return f()
}
