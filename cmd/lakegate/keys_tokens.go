package main

// jwtKeys are Okera's: tokens by configured public keys.
var jwtKeys = []key{
	{
		path: "auth.jwt.enabled", kind: boolKind, env: []string{"ENABLE_JWT"}, def: "false", example: "true",
		doc:   "`jwt`: the same as listing `jwt` in `auth.providers`.",
		field: func(s *settings, _ []string) any { return &s.Auth.JWT.Enabled },
	},
	{
		path: "auth.jwt.public_key", kind: publicKeysKind, env: []string{"JWT_PUBLIC_KEY"}, example: "[domino.pem]",
		doc:   "`jwt`, required: public keys or certificates, each a path, a file:// URL, the PEM text itself, or the base64 text that a Keycloak realm's page shows. Files are read again when they change.",
		field: func(s *settings, _ []string) any { return &s.Auth.JWT.Keys },
	},
	{
		path: "auth.jwt.algorithm", kind: audienceKind, env: []string{"JWT_ALGORITHM"}, example: "[RS256]",
		doc:   "`jwt`: the one algorithm of each key, in their order; RSA256 is RS256, RSA512 is RS512. Absent: RS512 for each.",
		field: func(s *settings, _ []string) any { return &s.Auth.JWT.Algorithms },
	},
	{
		path: "auth.jwt.user_claim", kind: textKind, env: []string{"JWT_USER_CLAIM_KEY"}, def: "sub", example: "preferred_username",
		doc:   "`jwt`: the claim that names the user. A token without it is refused.",
		field: func(s *settings, _ []string) any { return &s.Auth.JWT.UserClaim },
	},
	{
		path: "auth.jwt.groups_claim", kind: textKind, env: []string{"JWT_GROUPS_CLAIM"}, def: "groups", example: "roles",
		doc:   "`jwt`: the claim that lists the user's groups.",
		field: func(s *settings, _ []string) any { return &s.Auth.JWT.GroupsClaim },
	},
	{
		path: "auth.jwt.issuer", kind: textKind, env: []string{"JWT_ISSUER"}, example: `"https://domino.example.com/auth/realms/DominoRealm"`,
		doc:   "`jwt`: what a token's `iss` must be, exactly. Absent: any issuer that no other provider is named for.",
		field: func(s *settings, _ []string) any { return &s.Auth.JWT.Issuer },
	},
	{
		path: "auth.jwt.audience", kind: audienceKind, env: []string{"JWT_AUDIENCE"}, example: "[lakegate]",
		doc:   "`jwt`: a token's `aud` must hold one of these. Absent: tokens for other services of the same signer are accepted too.",
		field: func(s *settings, _ []string) any { return &s.Auth.JWT.Audience },
	},
	{
		path: "auth.jwt.required_claims", kind: claimsKind, env: []string{"JWT_REQUIRED_CLAIMS"}, example: `["organization=acme"]`,
		doc:   "`jwt`: lets in only tokens with these claims, as CLAIM=VALUE; several values of one claim are alternatives.",
		field: func(s *settings, _ []string) any { return &s.Auth.JWT.Required },
	},
	{
		path: "auth.jwt.max_lifetime", kind: durationKind, example: "1h",
		doc:   "`jwt`: the longest life of a token that is accepted. Absent: any.",
		field: func(s *settings, _ []string) any { return &s.Auth.JWT.MaxLifetime },
	},
	{
		path: "auth.jwt.authentication_url", kind: urlKind, env: []string{"JWT_AUTHENTICATION_URL"}, example: `"https://tokens.example.com/check"`,
		doc:   "`jwt`: a service that is asked about each token too, by GET with the token as bearer credential. Its no is final; where it cannot be reached the keys decide alone.",
		field: func(s *settings, _ []string) any { return &s.Auth.JWT.CheckURL },
	},
}

// hclKeys are for a directory of identity providers as HCL Domino REST API has it.
var hclKeys = []key{
	{
		path: "auth.hcl.directory", kind: pathKind, env: []string{"HCL_DIRECTORY", "KEEPCONFIG_DIR"}, example: "keepconfig.d",
		doc:   "`hcl`, required: the folder of JSON files, read again when one changes.",
		field: func(s *settings, _ []string) any { return &s.Auth.HCL.Directory },
	},
	{
		path: "auth.hcl.scopes", kind: placesKind, env: []string{"HCL_SCOPES"}, example: `["MAIL=lake.mail", "$DATA=lake"]`,
		doc:   "`hcl`: which places a token's scopes reach, as SCOPE=CATALOG or SCOPE=CATALOG.SCHEMA, several places with blanks between them, `*` for all and `-` for none. Scopes only limit: rights come from groups. Absent: `$DATA` reaches all places, other scopes none.",
		field: func(s *settings, _ []string) any { return &s.Auth.HCL.Places },
	},
	{
		path: "auth.hcl.groups_claim", kind: textKind, def: "groups", example: "roles",
		doc:   "`hcl`: the claim that lists the user's groups.",
		field: func(s *settings, _ []string) any { return &s.Auth.HCL.GroupsClaim },
	},
	{
		path: "auth.hcl.probe_names", kind: boolKind, def: "false", example: "true",
		doc:   "`hcl`: looks for the user's name in several claims, as Domino does, where a provider has no `userIdentifier`. **Insecure** where users can write one of those claims themselves.",
		field: func(s *settings, _ []string) any { return &s.Auth.HCL.ProbeNames },
	},
	{
		path: "auth.hcl.max_lifetime", kind: durationKind, example: "1h",
		doc:   "`hcl`: the longest life of a token, instead of the directory's `maxJwtDuration`. Absent: the directory's.",
		field: func(s *settings, _ []string) any { return &s.Auth.HCL.MaxLifetime },
	},
	{
		path: "auth.hcl.allow_http", kind: boolKind, def: "false", example: "true",
		doc:   "**Insecure.** `hcl`: lets keys be fetched over http from other machines.",
		field: func(s *settings, _ []string) any { return &s.Auth.HCL.AllowHTTP },
	},
}
