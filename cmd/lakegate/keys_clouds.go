package main

var oktaKeys = []key{
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
		path: "auth.okta.allow_id_tokens", kind: boolKind, env: []string{"OKTA_ALLOW_ID_TOKENS"}, def: "false", example: "true",
		doc:   "`okta`: also accepts the custom server's ID tokens whose `aud` is `client_id`.",
		field: func(s *settings, _ []string) any { return &s.Auth.Okta.AllowIDTokens },
	},
	{
		path: "auth.okta.user_claim", kind: textKind, env: []string{"OKTA_USER_CLAIM"}, def: "sub", example: "uid",
		doc:   "`okta`: the claim that names the user.",
		field: func(s *settings, _ []string) any { return &s.Auth.Okta.UserClaim },
	},
	{
		path: "auth.okta.groups_claim", kind: textKind, env: []string{"OKTA_GROUPS_CLAIM"}, def: "groups", example: "lakegate_groups",
		doc:   "`okta`: the claim that lists the user's groups.",
		field: func(s *settings, _ []string) any { return &s.Auth.Okta.GroupsClaim },
	},
}

var auth0Keys = []key{
	{
		path: "auth.auth0.tenant", kind: hostKind, env: []string{"AUTH0_TENANT"}, example: "company.eu.auth0.com",
		doc:   "`auth0`, required: the tenant's domain.",
		field: func(s *settings, _ []string) any { return &s.Auth.Auth0.Tenant },
	},
	{
		path: "auth.auth0.audience", kind: textKind, env: []string{"AUTH0_AUDIENCE"}, example: `"https://lake.example.com"`,
		doc:   "`auth0`, required: the API's identifier, which a token's `aud` must hold, exactly.",
		field: func(s *settings, _ []string) any { return &s.Auth.Auth0.Audience },
	},
	{
		path: "auth.auth0.groups_namespace", kind: textKind, env: []string{"AUTH0_GROUPS_NAMESPACE"}, example: `"https://example.com/groups"`,
		doc:   "`auth0`: the URL-named claim that lists the user's groups. Absent: `groups`.",
		field: func(s *settings, _ []string) any { return &s.Auth.Auth0.GroupsNamespace },
	},
	{
		path: "auth.auth0.client_id", kind: textKind, env: []string{"AUTH0_CLIENT_ID"}, example: "AbC123",
		doc:   "`auth0`: the application's id, the `aud` of ID tokens. Required with `allow_id_tokens`.",
		field: func(s *settings, _ []string) any { return &s.Auth.Auth0.ClientID },
	},
	{
		path: "auth.auth0.allow_id_tokens", kind: boolKind, env: []string{"AUTH0_ALLOW_ID_TOKENS"}, def: "false", example: "true",
		doc:   "`auth0`: also accepts ID tokens whose `aud` is `client_id`.",
		field: func(s *settings, _ []string) any { return &s.Auth.Auth0.AllowIDTokens },
	},
	{
		path: "auth.auth0.user_claim", kind: textKind, env: []string{"AUTH0_USER_CLAIM"}, def: "sub", example: `"https://example.com/email"`,
		doc:   "`auth0`: the claim that names the user.",
		field: func(s *settings, _ []string) any { return &s.Auth.Auth0.UserClaim },
	},
}

var cognitoKeys = []key{
	{
		path: "auth.cognito.user_pool_id", kind: textKind, env: []string{"COGNITO_USER_POOL_ID"}, example: "eu-west-1_AbCdEf123",
		doc:   "`cognito`, required: the user pool.",
		field: func(s *settings, _ []string) any { return &s.Auth.Cognito.UserPoolID },
	},
	{
		path: "auth.cognito.region", kind: textKind, env: []string{"COGNITO_REGION"}, example: "eu-west-1",
		doc:   "`cognito`: the pool's region. Absent: as its id says.",
		field: func(s *settings, _ []string) any { return &s.Auth.Cognito.Region },
	},
	{
		path: "auth.cognito.audience", kind: audienceKind, env: []string{"COGNITO_AUDIENCE"}, example: "[3n4b5c6d7e]",
		doc:   "`cognito`: the app clients whose tokens are accepted, compared with `client_id` of access tokens and `aud` of ID tokens. Absent: every client of the pool.",
		field: func(s *settings, _ []string) any { return &s.Auth.Cognito.ClientIDs },
	},
	{
		path: "auth.cognito.resource_server", kind: textKind, env: []string{"COGNITO_RESOURCE_SERVER"}, example: "lake",
		doc:   "`cognito`: the resource server whose scopes count by their own names: `lake/read:data` as `read:data`.",
		field: func(s *settings, _ []string) any { return &s.Auth.Cognito.ResourceServer },
	},
	{
		path: "auth.cognito.allow_id_tokens", kind: boolKind, env: []string{"COGNITO_ALLOW_ID_TOKENS"}, def: "false", example: "true",
		doc:   "`cognito`: also accepts ID tokens.",
		field: func(s *settings, _ []string) any { return &s.Auth.Cognito.AllowIDTokens },
	},
	{
		path: "auth.cognito.user_claim", kind: textKind, env: []string{"COGNITO_USER_CLAIM"}, def: "sub", example: "username",
		doc:   "`cognito`: the claim that names the user.",
		field: func(s *settings, _ []string) any { return &s.Auth.Cognito.UserClaim },
	},
}

var entraKeys = []key{
	{
		path: "auth.azure-ad.tenant_id", kind: textKind, env: []string{"AZURE_TENANT_ID"}, example: "72f988bf-0000-4000-8000-2d7cd011db47",
		doc:   "`azure-ad`, required: the tenant's GUID, or `common` or `organizations` with `allow_multi_tenant`.",
		field: func(s *settings, _ []string) any { return &s.Auth.Entra.TenantID },
	},
	{
		path: "auth.azure-ad.client_id", kind: textKind, env: []string{"AZURE_CLIENT_ID"}, example: "6e74172b-0000-4000-8000-0c1b8b3f6f0f",
		doc:   "`azure-ad`, required: the application's id, the `aud` of version 2.0 tokens.",
		field: func(s *settings, _ []string) any { return &s.Auth.Entra.ClientID },
	},
	{
		path: "auth.azure-ad.application_id_uri", kind: textKind, env: []string{"AZURE_APPLICATION_ID_URI"}, example: `"api://lakegate"`,
		doc:   "`azure-ad`: the `aud` of version 1.0 tokens. Absent: `api://` and `client_id`.",
		field: func(s *settings, _ []string) any { return &s.Auth.Entra.ApplicationIDURI },
	},
	{
		path: "auth.azure-ad.allow_multi_tenant", kind: boolKind, env: []string{"AZURE_ALLOW_MULTI_TENANT"}, def: "false", example: "true",
		doc:   "`azure-ad`: accepts tokens of every tenant, or of those in `tenants`.",
		field: func(s *settings, _ []string) any { return &s.Auth.Entra.AllowMultiTenant },
	},
	{
		path: "auth.azure-ad.tenants", kind: listKind, env: []string{"AZURE_TENANTS"}, example: "[72f988bf-0000-4000-8000-2d7cd011db47]",
		doc:   "`azure-ad`: with `allow_multi_tenant`, the tenants that are accepted. Absent: all there are.",
		field: func(s *settings, _ []string) any { return &s.Auth.Entra.Tenants },
	},
	{
		path: "auth.azure-ad.allow_id_tokens", kind: boolKind, env: []string{"AZURE_ALLOW_ID_TOKENS"}, def: "false", example: "true",
		doc:   "`azure-ad`: also accepts ID tokens.",
		field: func(s *settings, _ []string) any { return &s.Auth.Entra.AllowIDTokens },
	},
	{
		path: "auth.azure-ad.roles", kind: boolKind, env: []string{"AZURE_ROLES"}, def: "false", example: "true",
		doc:   "`azure-ad`: whether the application's roles count as groups.",
		field: func(s *settings, _ []string) any { return &s.Auth.Entra.Roles },
	},
	{
		path: "auth.azure-ad.user_claim", kind: textKind, env: []string{"AZURE_USER_CLAIM"}, def: "oid", example: "preferred_username",
		doc:   "`azure-ad`: the claim that names the user. Names such as `preferred_username` can be given to somebody else later.",
		field: func(s *settings, _ []string) any { return &s.Auth.Entra.UserClaim },
	},
}

var googleKeys = []key{
	{
		path: "auth.gcp.client_id", kind: textKind, env: []string{"GCP_CLIENT_ID"}, example: "1234-abcd.apps.googleusercontent.com",
		doc:   "`gcp`, required: the client that ID tokens are for.",
		field: func(s *settings, _ []string) any { return &s.Auth.Google.ClientID },
	},
	{
		path: "auth.gcp.project_id", kind: textKind, env: []string{"GCP_PROJECT_ID"}, example: "my-project",
		doc:   "`gcp`: the project, for the record alone: tokens do not hold it.",
		field: func(s *settings, _ []string) any { return &s.Auth.Google.ProjectID },
	},
	{
		path: "auth.gcp.workspace_domain", kind: hostKind, env: []string{"GCP_WORKSPACE_DOMAIN"}, example: "example.com",
		doc:   "`gcp`: the Workspace domain whose accounts are let in. Absent: any, unless `require_workspace_domain` is set.",
		field: func(s *settings, _ []string) any { return &s.Auth.Google.WorkspaceDomain },
	},
	{
		path: "auth.gcp.require_workspace_domain", kind: boolKind, env: []string{"GCP_REQUIRE_WORKSPACE_DOMAIN"}, def: "false", example: "true",
		doc:   "`gcp`: keeps out private accounts.",
		field: func(s *settings, _ []string) any { return &s.Auth.Google.RequireWorkspaceDomain },
	},
	{
		path: "auth.gcp.service_accounts", kind: listKind, env: []string{"GCP_SERVICE_ACCOUNTS"}, example: "[etl@my-project.iam.gserviceaccount.com]",
		doc:   "`gcp`: the service accounts that are let in. Absent: none.",
		field: func(s *settings, _ []string) any { return &s.Auth.Google.ServiceAccounts },
	},
	{
		path: "auth.gcp.user_claim", kind: textKind, env: []string{"GCP_USER_CLAIM"}, def: "sub", example: "email",
		doc:   "`gcp`: the claim that names the user; `email` counts only where Google has verified it.",
		field: func(s *settings, _ []string) any { return &s.Auth.Google.UserClaim },
	},
}
