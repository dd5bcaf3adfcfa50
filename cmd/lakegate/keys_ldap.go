package main

var ldapKeys = []key{
	{
		path: "auth.ldap.hosts", kind: listKind, env: []string{"LDAP_HOST"}, example: "[dc1.example.com, dc2.example.com]",
		doc:   "The directory's servers, tried in this order, each with a port of its own if need be (`dc1.example.com:1636`). Absent: there is no directory.",
		field: func(s *settings, _ []string) any { return &s.Auth.LDAP.Hosts },
	},
	{
		path: "auth.ldap.port", kind: countKind(1, 65535), env: []string{"LDAP_PORT"}, example: "3269",
		doc:   "The port of hosts that name none. Absent: 636 with TLS from the first byte, else 389.",
		field: func(s *settings, _ []string) any { return &s.Auth.LDAP.Port },
	},
	{
		path: "auth.ldap.security", kind: securityKind, env: []string{"LDAP_SSL"}, def: "tls", example: "starttls",
		doc:   "`tls` (also `true`), `starttls`, or `none` (also `false`), which is **insecure** and for tests: passwords then cross the network in the clear.",
		field: func(s *settings, _ []string) any { return (*securityText)(&s.Auth.LDAP.Security) },
	},
	{
		path: "auth.ldap.ca", kind: pathKind, example: "directory-ca.pem",
		doc:   "PEM file with the authorities that vouch for the directory. Absent: the system's.",
		field: func(s *settings, _ []string) any { return &s.Auth.LDAPCA },
	},
	{
		path: "auth.ldap.passwords", kind: boolKind, def: "true", example: "false",
		doc:   "Whether users may come in with their password of the directory; otherwise it only says who is in which group.",
		field: func(s *settings, _ []string) any { return &s.Auth.LDAPPasswords },
	},
	{
		path: "auth.ldap.bind_template", kind: textKind, env: []string{"LDAP_BIND_TEMPLATE"}, example: `"uid=%s,ou=people,dc=example,dc=com"`,
		doc:   "The name to bind with, `%s` being what the user typed; several are separated by `;` and tried in order. Only one of `bind_template`, `base_dn` and `domain` may be given; with none of them the user is searched for below `user_base`.",
		field: func(s *settings, _ []string) any { return &s.Auth.LDAPTemplates },
	},
	{
		path: "auth.ldap.base_dn", kind: textKind, env: []string{"LDAP_BASE_DN"}, example: `"ou=people,dc=example,dc=com"`,
		doc:   "The name to bind with is `uid=USER,` and this.",
		field: func(s *settings, _ []string) any { return &s.Auth.LDAP.BaseDN },
	},
	{
		path: "auth.ldap.domain", kind: textKind, env: []string{"LDAP_DOMAIN"}, example: "corp.example.com",
		doc:   "The name to bind with is `USER@` and this, as Active Directory takes it; a domain without a dot makes `DOMAIN\\USER`.",
		field: func(s *settings, _ []string) any { return &s.Auth.LDAP.Domain },
	},
	{
		path: "auth.ldap.bind_dn", kind: textKind, env: []string{"LDAP_BIND_DN"}, example: `"cn=lakegate,ou=services,dc=example,dc=com"`,
		doc:   "The account that searches for users and groups.",
		field: func(s *settings, _ []string) any { return &s.Auth.LDAP.BindDN },
	},
	{
		path: "auth.ldap.bind_password", kind: secretKind, secret: true, env: []string{"LDAP_BIND_PASSWORD"}, example: "(better as bind_password_file: ldap.secret)",
		doc:   "That account's password.",
		field: func(s *settings, _ []string) any { return &s.Auth.LDAPPassword },
	},
	{
		path: "auth.ldap.user_base", kind: textKind, example: `"ou=people,dc=example,dc=com"`,
		doc:   "Where users are searched for. Needed with `bind_dn`, and with `domain`.",
		field: func(s *settings, _ []string) any { return &s.Auth.LDAP.UserBase },
	},
	{
		path: "auth.ldap.user_filter", kind: textKind, def: "(uid=%s)", example: `"(&(objectClass=user)(sAMAccountName=%s))"`,
		doc:   "The filter that finds a user, `%s` being the name.",
		field: func(s *settings, _ []string) any { return &s.Auth.LDAP.UserFilter },
	},
	{
		path: "auth.ldap.name_attribute", kind: textKind, def: "uid", example: "sAMAccountName",
		doc:   "The attribute with the directory's own name of a user, which is theirs here too, whatever they typed.",
		field: func(s *settings, _ []string) any { return &s.Auth.LDAP.NameAttribute },
	},
	{
		path: "auth.ldap.group_base", kind: textKind, example: `"ou=groups,dc=example,dc=com"`,
		doc:   "Where groups are searched for. Absent: the `memberOf` of the user's entry is read.",
		field: func(s *settings, _ []string) any { return &s.Auth.LDAP.GroupBase },
	},
	{
		path: "auth.ldap.group_filter", kind: textKind, def: "(member=%s)", example: `"(uniqueMember=%s)"`,
		doc:   "The filter that finds a user's groups, `%s` being the user's distinguished name.",
		field: func(s *settings, _ []string) any { return &s.Auth.LDAP.GroupFilter },
	},
	{
		path: "auth.ldap.group_name", kind: textKind, def: "cn", example: "cn",
		doc:   "The attribute with a group's name.",
		field: func(s *settings, _ []string) any { return &s.Auth.LDAP.GroupName },
	},
	{
		path: "auth.ldap.nested", kind: countKind(0, 20), def: "0", example: "5",
		doc:   "How deep groups within groups are followed; 0 means direct groups only.",
		field: func(s *settings, _ []string) any { return &s.Auth.LDAP.Nested },
	},
	{
		path: "auth.ldap.timeout", kind: durationKind, def: "5s", example: "2s",
		doc:   "How long the directory may take to answer one question.",
		field: func(s *settings, _ []string) any { return &s.Auth.LDAP.Timeout },
	},
}

var kerberosKeys = []key{
	{
		path: "auth.kerberos.keytab", kind: pathKind, env: []string{"KERBEROS_KEYTAB"}, example: "lakegate.keytab",
		doc:   "The file with the service's keys, read again when it changes. Given, callers may come with Kerberos tickets.",
		field: func(s *settings, _ []string) any { return &s.Auth.Kerberos.Keytab },
	},
	{
		path: "auth.kerberos.principal", kind: textKind, env: []string{"KERBEROS_PRINCIPAL"}, example: "HTTP/lake.example.com@EXAMPLE.COM",
		doc:   "The service that tickets must be for.",
		field: func(s *settings, _ []string) any { return &s.Auth.Kerberos.Principal },
	},
	{
		path: "auth.kerberos.realms", kind: listKind, env: []string{"KERBEROS_REALMS"}, example: "[EXAMPLE.COM]",
		doc:   "The realms whose users are let in. Absent: the principal's own.",
		field: func(s *settings, _ []string) any { return &s.Auth.Kerberos.Realms },
	},
}
