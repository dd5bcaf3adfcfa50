package main

var authKeys = []key{
	{
		path: "auth.providers", kind: choicesKind("okta", "oidc"), env: []string{"AUTH_PROVIDERS"}, example: "[okta, oidc]",
		doc:   "Required. The identity providers whose tokens are accepted; each is told apart by its issuer. Without any the server starts only with `--dev`.",
		field: func(s *settings, _ []string) any { return &s.Auth.Providers },
	},
	{
		path: "auth.okta.org_domain", kind: hostKind, env: []string{"OKTA_ORG_DOMAIN"}, example: "company.okta.com",
		doc:   "`okta`, required: the organisation's domain.",
		field: func(s *settings, _ []string) any { return &s.Auth.Okta.OrgDomain },
	},
	{
		path: "auth.okta.audience", kind: textKind, env: []string{"OKTA_AUDIENCE"}, example: `"api://boilstream"`,
		doc:   "`okta`, required: what a token's `aud` must hold, exactly.",
		field: func(s *settings, _ []string) any { return &s.Auth.Okta.Audience },
	},
	{
		path: "auth.okta.auth_server_id", kind: textKind, env: []string{"OKTA_AUTH_SERVER_ID"}, def: "default", example: "aus1a2b3c",
		doc:   "`okta`: the custom authorization server; its issuer is https://ORG_DOMAIN/oauth2/ID.",
		field: func(s *settings, _ []string) any { return &s.Auth.Okta.AuthServerID },
	},
	{
		path: "auth.okta.client_id", kind: textKind, env: []string{"OKTA_CLIENT_ID"}, example: "0oa1b2c3d4",
		doc:   "`okta`: the application's id, the `aud` of ID tokens and of org-server tokens. Required with `allow_org_server` and `allow_id_tokens`.",
		field: func(s *settings, _ []string) any { return &s.Auth.Okta.ClientID },
	},
	{
		path: "auth.okta.allow_org_server", kind: boolKind, env: []string{"OKTA_ALLOW_ORG_SERVER"}, def: "false", example: "true",
		doc:   "`okta`: also accepts tokens of the org server whose `aud` is `client_id`.",
		field: func(s *settings, _ []string) any { return &s.Auth.Okta.AllowOrgServer },
	},
	{
		path: "auth.okta.allow_id_tokens", kind: boolKind, def: "false", example: "true",
		doc:   "`okta`: also accepts the custom server's ID tokens whose `aud` is `client_id`.",
		field: func(s *settings, _ []string) any { return &s.Auth.Okta.AllowIDTokens },
	},
	{
		path: "auth.oidc.issuer", kind: urlKind, env: []string{"OIDC_ISSUER"}, example: `"https://id.example.com/realms/data"`,
		doc:   "`oidc`, required: what a token's `iss` must be, exactly.",
		field: func(s *settings, _ []string) any { return &s.Auth.OIDC.Issuer },
	},
	{
		path: "auth.oidc.audience", kind: textKind, env: []string{"OIDC_AUDIENCE"}, example: "lakegate",
		doc:   "`oidc`, required: what a token's `aud` must hold, exactly.",
		field: func(s *settings, _ []string) any { return &s.Auth.OIDC.Audience },
	},
	{
		path: "auth.oidc.jwks_url", kind: urlKind, env: []string{"OIDC_JWKS_URL"}, example: `"https://id.example.com/realms/data/certs"`,
		doc:   "`oidc`: where the issuer's keys are. Absent, and no `jwks_file`: found by the issuer's discovery document.",
		field: func(s *settings, _ []string) any { return &s.Auth.OIDC.JWKSURL },
	},
	{
		path: "auth.oidc.jwks_file", kind: pathKind, env: []string{"OIDC_JWKS_FILE"}, example: "jwks.json",
		doc:   "`oidc`: a file with the issuer's keys, used without network and read again when it changes. Not together with `jwks_url`.",
		field: func(s *settings, _ []string) any { return &s.Auth.OIDC.JWKSFile },
	},
	{
		path: "auth.oidc.user_claim", kind: textKind, env: []string{"OIDC_USER_CLAIM"}, def: "sub", example: "preferred_username",
		doc:   "`oidc`: the claim that names the user. A token without it is refused.",
		field: func(s *settings, _ []string) any { return &s.Auth.OIDC.UserClaim },
	},
	{
		path: "auth.oidc.groups_claim", kind: textKind, env: []string{"OIDC_GROUPS_CLAIM"}, def: "groups", example: "roles",
		doc:   "`oidc`: the claim that lists the user's groups. A token without it has no groups.",
		field: func(s *settings, _ []string) any { return &s.Auth.OIDC.GroupsClaim },
	},
	{
		path: "auth.oidc.allow_id_tokens", kind: boolKind, def: "false", example: "true",
		doc:   "`oidc`: also accepts ID tokens; they are meant for a client's own eyes, and some providers sign nothing else.",
		field: func(s *settings, _ []string) any { return &s.Auth.OIDC.AllowIDTokens },
	},
	{
		path: "auth.oidc.allow_http", kind: boolKind, def: "false", example: "true",
		doc:   "**Insecure.** `oidc`: lets keys be fetched over http from other machines; whoever is on the way can then sign tokens.",
		field: func(s *settings, _ []string) any { return &s.Auth.OIDC.AllowHTTP },
	},
	{
		path: "auth.skew", kind: durationKind, def: "10s", example: "1m",
		doc:   "By how much the clocks of the provider and of this server may differ, at most 5m.",
		field: func(s *settings, _ []string) any { return &s.Auth.Skew },
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
}
