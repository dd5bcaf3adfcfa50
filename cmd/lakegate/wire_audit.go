package main

import (
	"errors"
	"log/slog"
	"strings"

	"github.com/lakegate/lakegate/audit"
)

// openAudit opens the audit log of the settings; nil where there is none.
func (l *loaded) openAudit(log *slog.Logger) (*audit.Log, error) {
	a := l.Audit
	if a.Folder == "" {
		log.Warn("audit.folder is not set: nobody keeps record of who did what")
		return nil, nil
	}
	if strings.ContainsAny(a.Folder, "*?[") {
		return nil, l.at("audit.folder").fault("audit.folder", errors.New("the folder is read as a pattern too: its name may not hold *, ? or ["))
	}
	records, err := audit.Open(audit.Config{
		Folder: a.Folder, Lenient: a.Unwritable == "count", Text: a.Text, Redact: a.Redact, EachSynced: a.Sync == "statement",
		Rotate: a.Rotate.Bytes, Retention: a.Retention, Patience: a.Patience, Log: log,
	})
	if err != nil {
		return nil, l.at("audit.folder").fault("audit.folder", err)
	}
	return records, nil
}
