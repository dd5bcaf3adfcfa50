package main

import "slices"

// authKeys are the keys below auth: who is let in, and by which groups they have which rights.
var authKeys = slices.Concat(
	[]key{
		{
			path: "auth.providers", kind: providersKind, env: []string{"AUTH_PROVIDERS"}, example: "[okta, azure-ad]",
			doc: "The identity providers whose tokens are accepted, each told apart by its issuer: `okta`, `auth0`, `cognito`, `azure-ad` (also `azure`, `entra-id`), `gcp` (also `google`, `google-cloud`), " +
				"`oidc`, `jwt`, `hcl`, or a NAME that is described under `auth.issuers`. Without any, and without passwords, Kerberos or certificates, the server starts only with `--dev`.",
			field: func(s *settings, _ []string) any { return &s.Auth.Providers },
		},
	},
	oktaKeys, auth0Keys, cognitoKeys, entraKeys, googleKeys,
	oidcKeys("auth.oidc.", "`oidc`", true, func(s *settings, _ []string) *issuerSettings { return &s.Auth.OIDC }),
	oidcKeys("auth.issuers.*.", "An issuer by name", false, func(s *settings, names []string) *issuerSettings { return s.issuer(names[0]) }),
	jwtKeys, hclKeys, ldapKeys, kerberosKeys, groupKeys, ruleKeys,
	[]key{
		{
			path: "auth.certificates.user", kind: choiceKind("cn", "subject", "email", "dns", "uri"), example: "uri",
			doc:   "Lets callers in by their client certificate alone, and says which part of it names them: the subject's common name, the whole subject (RFC 4514), or the one subject alternative name of that kind. Needs `tls.client_ca`. Absent: certificates name nobody.",
			field: func(s *settings, _ []string) any { return &s.Auth.CertificateUser },
		},
		{
			path: "auth.tokens.life", kind: durationKind, def: "1h", example: "15m",
			doc:   "How long a token that a handshake gave out is good if it is not used; a used one is renewed once half of this is over.",
			field: func(s *settings, _ []string) any { return &s.Auth.Tokens.Life },
		},
		{
			path: "auth.tokens.max_life", kind: durationKind, def: "8h", example: "24h",
			doc:   "After how long a renewed token ends for good, and its holder must show their credential again.",
			field: func(s *settings, _ []string) any { return &s.Auth.Tokens.MaxLife },
		},
		{
			path: "auth.tokens.disabled", kind: boolKind, def: "false", example: "true",
			doc:   "Whether handshakes give out no tokens of ours: passwords and tickets must then be shown with each call.",
			field: func(s *settings, _ []string) any { return &s.Auth.Tokens.Disabled },
		},
		{
			path: "auth.attempts.peer", kind: countKind(1, 1000000), def: "1000", example: "100",
			doc:   "How many refused credentials one address may show at once before it is told to wait. What has merely expired does not count, and whoever is remembered as good passes all the same.",
			field: func(s *settings, _ []string) any { return &s.Auth.Attempts.Peer },
		},
		{
			path: "auth.attempts.peer_every", kind: durationKind, def: "10ms", example: "1s",
			doc:   "How often an address gets one of those attempts back.",
			field: func(s *settings, _ []string) any { return &s.Auth.Attempts.PeerEvery },
		},
		{
			path: "auth.attempts.user", kind: countKind(1, 1000000), def: "5", example: "3",
			doc:   "How many wrong passwords for one user name one address may show at once; all addresses together may show four times as many. The directory is not asked beyond that, so that nobody is locked out there.",
			field: func(s *settings, _ []string) any { return &s.Auth.Attempts.User },
		},
		{
			path: "auth.attempts.user_every", kind: durationKind, def: "30s", example: "1m",
			doc:   "How often one of those attempts comes back.",
			field: func(s *settings, _ []string) any { return &s.Auth.Attempts.UserEvery },
		},
		{
			path: "auth.skew", kind: durationKind, def: "10s", example: "1m",
			doc:   "By how much the clocks of the provider and of this server may differ, at most 5m.",
			field: func(s *settings, _ []string) any { return &s.Auth.Skew },
		},
		{
			path: "auth.cache_for", kind: durationKind, def: "1h", example: "10m",
			doc:   "How long a provider's signing keys are used before they are asked for again.",
			field: func(s *settings, _ []string) any { return &s.Auth.CacheFor },
		},
		{
			path: "auth.stale_for", kind: durationKind, def: "24h", example: "4h",
			doc:   "How long at most keys are used that could not be renewed; then tokens get UNAVAILABLE until the provider answers.",
			field: func(s *settings, _ []string) any { return &s.Auth.StaleFor },
		},
		{
			path: "auth.refetch_after", kind: durationKind, def: "1m", example: "5m",
			doc:   "The least time between two requests for keys that tokens with an unknown key id cause.",
			field: func(s *settings, _ []string) any { return &s.Auth.RefetchAfter },
		},
		{
			path: "auth.remember_for", kind: durationKind, def: "1m", example: "10s",
			doc:   "How long a credential that was found good is not judged again. A user who is disabled is out within this time.",
			field: func(s *settings, _ []string) any { return &s.Auth.RememberFor },
		},
		{
			path: "auth.remember_max", kind: countKind(1, 10000000), def: "4096", example: "20000",
			doc:   "How many such credentials are remembered.",
			field: func(s *settings, _ []string) any { return &s.Auth.RememberMax },
		},
		{
			path: "auth.provider_ca", kind: pathKind, example: "company-ca.pem",
			doc:   "PEM file with the authorities that vouch for identity providers and group services. Absent: the system's.",
			field: func(s *settings, _ []string) any { return &s.Auth.ProviderCA },
		},
		{
			path: "auth.required_scopes.read", kind: textKind, example: `"lake:read"`,
			doc:   "A scope that a token must have to read anything, whatever its holder's groups give. Passwords, tickets and certificates carry no scopes and are not asked. Absent: none.",
			field: func(s *settings, _ []string) any { return &s.Auth.RequiredScopes.Read },
		},
		{
			path: "auth.required_scopes.write", kind: textKind, example: `"lake:write"`,
			doc:   "The same to change anything.",
			field: func(s *settings, _ []string) any { return &s.Auth.RequiredScopes.Write },
		},
		{
			path: "auth.required_scopes.admin", kind: textKind, example: `"lake:admin"`,
			doc:   "The same to administer the server.",
			field: func(s *settings, _ []string) any { return &s.Auth.RequiredScopes.Admin },
		},
		{
			path: "auth.read_only_groups", kind: listKind, env: []string{"READ_ONLY_GROUPS"}, example: "[analysts]",
			doc:   "Groups whose members read, as the scope `read:data` does. Groups are compared without case; a member of several lists has the union of their rights; who is in none of them and has no scope sees nothing.",
			field: func(s *settings, _ []string) any { return &s.Auth.ReadOnlyGroups },
		},
		{
			path: "auth.write_groups", kind: listKind, env: []string{"WRITE_GROUPS"}, example: "[engineers]",
			doc:   "Groups whose members also write and create, as the scope `write:data` does.",
			field: func(s *settings, _ []string) any { return &s.Auth.WriteGroups },
		},
		{
			path: "auth.admin_groups", kind: listKind, env: []string{"ADMIN_GROUPS"}, example: "[platform]",
			doc:   "Groups whose members do all, as the scope `admin:system` does.",
			field: func(s *settings, _ []string) any { return &s.Auth.AdminGroups },
		},
	},
)
