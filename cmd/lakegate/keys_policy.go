package main

var policyKeys = []key{
	{
		path: "policy.file", kind: pathKind, example: "policy.yaml",
		doc:   "File of rules (YAML or JSON, docs/policy.md) that say who may see and do what, read again when it changes. With it, `auth.read_only_groups`, `auth.write_groups` and the scopes `read:data` and `write:data` give no rights to tables; an empty or missing file gives nobody any. Absent: those lists and scopes decide.",
		field: func(s *settings, _ []string) any { return &s.Policy.File },
	},
	{
		path: "policy.withdrawn", kind: choiceKind("keep", "cancel"), def: "keep", example: "cancel",
		doc:   "What becomes of running statements when the policy changes so that their callers may do less: they go on with what they had, or are cancelled. The next statement goes by the new policy in either case.",
		field: func(s *settings, _ []string) any { return &s.Policy.Withdrawn },
	},
}
