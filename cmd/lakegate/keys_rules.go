package main

var groupKeys = []key{
	{
		path: "auth.groups.sources", kind: choicesKind("claim", "ldap", "rest", "file"), env: []string{"GROUP_SOURCES"}, example: "[claim, ldap]",
		doc:   "Where a user's groups come from, in this order; the first that knows the user is believed. Absent: `claim`, then those of `ldap`, `rest` and `file` that are described.",
		field: func(s *settings, _ []string) any { return &s.Auth.GroupSources },
	},
	{
		path: "auth.groups.resolver_url", kind: urlKind, env: []string{"GROUP_RESOLVER_URL", "OKERA_GROUP_RESOLVER_URL"}, example: `"https://groups.example.com/users"`,
		doc:   "`rest`: a service that answers GET URL/USER with `{\"groups\": [...]}`.",
		field: func(s *settings, _ []string) any { return &s.Auth.Resolver.URL },
	},
	{
		path: "auth.groups.resolver_url_format", kind: textKind, env: []string{"GROUP_RESOLVER_URL_FORMAT"}, example: `"https://groups.example.com/users/{0}/groups"`,
		doc:   "`rest`: the same where the user is not at the end; the first `{0}` is their name.",
		field: func(s *settings, _ []string) any { return &s.Auth.Resolver.Format },
	},
	{
		path: "auth.groups.resolver_not_found_is_none", kind: boolKind, def: "false", example: "true",
		doc:   "`rest`: whether the answer 404 means that the user has no groups, instead of that the question failed.",
		field: func(s *settings, _ []string) any { return &s.Auth.Resolver.NotFoundIsNone },
	},
	{
		path: "auth.groups.file", kind: pathKind, env: []string{"GROUP_FILE"}, example: "groups.txt",
		doc:   "`file`: lines of the form `group:user,user`, read again when the file changes.",
		field: func(s *settings, _ []string) any { return &s.Auth.GroupFile },
	},
	{
		path: "auth.groups.cache_for", kind: durationKind, def: "1m", example: "5m",
		doc:   "How long answers of `ldap` and `rest` are used. Who is taken out of a group loses its rights within this time.",
		field: func(s *settings, _ []string) any { return &s.Auth.GroupCacheFor },
	},
	{
		path: "auth.groups.cache_max", kind: countKind(1, 10000000), def: "4096", example: "20000",
		doc:   "For how many users such answers are kept.",
		field: func(s *settings, _ []string) any { return &s.Auth.GroupCacheMax },
	},
	{
		path: "auth.required_groups", kind: listKind, env: []string{"REQUIRED_GROUPS"}, example: "[lake-users]",
		doc:   "Who is in none of these groups is kept out; administrators are exempt. Absent: nobody is.",
		field: func(s *settings, _ []string) any { return &s.Auth.RequiredGroups },
	},
}

var ruleKeys = []key{
	{
		path: "auth.names.*.provider", kind: textKind, example: "okta",
		doc:   "A rule that turns a provider's names for users into ours, by a NAME of your choosing; rules are tried in the order of those names, and the first that fits counts. This key bounds it to one provider (or `ldap`, `kerberos`, `certificate`). Absent: any.",
		field: func(s *settings, names []string) any { return &s.name(names[0]).Provider },
	},
	{
		path: "auth.names.*.pattern", kind: patternKind, example: `'(.+)@company\.com'`,
		doc:   "Required: a regular expression (RE2) that the whole name must match.",
		field: func(s *settings, names []string) any { return &s.name(names[0]).Pattern },
	},
	{
		path: "auth.names.*.user", kind: textKind, example: "'$1'",
		doc:   "Our name for who matches; `$1` and `${name}` stand for the pattern's groups. Absent: who matches is refused.",
		field: func(s *settings, names []string) any { return &s.name(names[0]).User },
	},
	{
		path: "auth.impersonation.*.users", kind: patternKind, example: "'svc-.+'",
		doc:   "A rule that lets some users act as others (header `x-lakegate-user`), by a NAME of your choosing; rules are tried in the order of those names, and the first that fits counts. This key says who may: a regular expression that the whole user name must match.",
		field: func(s *settings, names []string) any { return &s.impersonation(names[0]).Users },
	},
	{
		path: "auth.impersonation.*.groups", kind: listKind, example: "[gateways]",
		doc:   "Or who is in one of these groups.",
		field: func(s *settings, names []string) any { return &s.impersonation(names[0]).Groups },
	},
	{
		path: "auth.impersonation.*.as", kind: patternKind, example: "'[a-z]+'",
		doc:   "Required: whom they may act as. Administrators never.",
		field: func(s *settings, names []string) any { return &s.impersonation(names[0]).As },
	},
	{
		path: "auth.impersonation.*.deny", kind: boolKind, def: "false", example: "true",
		doc:   "Whether the rule refuses instead.",
		field: func(s *settings, names []string) any { return &s.impersonation(names[0]).Deny },
	},
}
