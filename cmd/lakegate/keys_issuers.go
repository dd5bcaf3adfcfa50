package main

import "strings"

// oidcKeys are the keys of one issuer of signed tokens below prefix; short
// makes the environment know them as OIDC_... too.
func oidcKeys(prefix, who string, short bool, of func(s *settings, names []string) *issuerSettings) []key {
	list := []key{
		{
			path: "issuer", kind: urlKind, example: `"https://id.example.com/realms/data"`,
			doc:   "required: what a token's `iss` must be, exactly.",
			field: func(s *settings, names []string) any { return &of(s, names).Issuer },
		},
		{
			path: "audience", kind: audienceKind, example: `["api://lakegate"]`,
			doc:   "required: a token's `aud` must hold one of these, exactly.",
			field: func(s *settings, names []string) any { return &of(s, names).Audience },
		},
		{
			path: "jwks_url", kind: urlKind, example: `"https://id.example.com/realms/data/certs"`,
			doc:   "where the issuer's keys are. Absent, and no `jwks_file`: found by the issuer's discovery document.",
			field: func(s *settings, names []string) any { return &of(s, names).JWKSURL },
		},
		{
			path: "jwks_file", kind: pathKind, example: "jwks.json",
			doc:   "a file with the issuer's keys, used without network and read again when it changes. Not together with `jwks_url`.",
			field: func(s *settings, names []string) any { return &of(s, names).JWKSFile },
		},
		{
			path: "user_claim", kind: textKind, def: "sub", example: "preferred_username",
			doc:   "the claim that names the user, or a JSON pointer to it such as `/act/name`. A token without it is refused.",
			field: func(s *settings, names []string) any { return &of(s, names).UserClaim },
		},
		{
			path: "groups_claim", kind: textKind, def: "groups", example: "/realm_access/roles",
			doc:   "the claim that lists the user's groups, or a JSON pointer to it. A token without it says nothing of groups: the next of `auth.groups.sources` is asked.",
			field: func(s *settings, names []string) any { return &of(s, names).GroupsClaim },
		},
		{
			path: "algorithms", kind: listKind, example: "[RS256, ES256]",
			doc:   "the signatures that are accepted. Absent: RS256, RS384, RS512, ES256, ES384, ES512; PS256, PS384, PS512 and EdDSA can be listed.",
			field: func(s *settings, names []string) any { return &of(s, names).Algorithms },
		},
		{
			path: "clients", kind: listKind, example: "[lakegate-cli, dashboards]",
			doc:   "the clients that tokens may have been given to (`azp`, `client_id`, `cid`). Absent: any.",
			field: func(s *settings, names []string) any { return &of(s, names).Clients },
		},
		{
			path: "required_claims", kind: claimsKind, example: `["organization=acme", "organization=umbrella"]`,
			doc:   "lets in only tokens with these claims, as CLAIM=VALUE; several values of one claim are alternatives. The claim may be a text or a list.",
			field: func(s *settings, names []string) any { return &of(s, names).Required },
		},
		{
			path: "required_type", kind: choiceKind("JWT", "at+jwt"), example: "at+jwt",
			doc:   "what the header's `typ` must be. Absent: JWT, at+jwt or none.",
			field: func(s *settings, names []string) any { return &of(s, names).RequiredType },
		},
		{
			path: "max_lifetime", kind: durationKind, example: "24h",
			doc:   "the longest life of a token that is accepted. Absent: any.",
			field: func(s *settings, names []string) any { return &of(s, names).MaxLifetime },
		},
		{
			path: "allow_id_tokens", kind: boolKind, def: "false", example: "true",
			doc:   "also accepts ID tokens; they are meant for a client's own eyes, and some providers sign nothing else.",
			field: func(s *settings, names []string) any { return &of(s, names).AllowIDTokens },
		},
		{
			path: "allow_http", kind: boolKind, def: "false", example: "true",
			doc:   "**insecure:** lets keys be fetched over http from other machines; whoever is on the way can then sign tokens.",
			field: func(s *settings, names []string) any { return &of(s, names).AllowHTTP },
		},
	}
	for i := range list {
		if short {
			list[i].env = []string{"OIDC_" + strings.ToUpper(list[i].path)}
		}
		list[i].path, list[i].doc = prefix+list[i].path, who+": "+list[i].doc
	}
	return list
}
