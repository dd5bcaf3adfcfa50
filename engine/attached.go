package engine

import (
	"fmt"
	"sync/atomic"
	"time"

	"github.com/lakegate/lakegate/catalog"
)

// attached is one lake as the instance knows it.
type attached struct {
	lake     catalog.Lake
	physical string // the name it is attached under
	metadata string // DuckLake: the name its metadata is attached under
	down     error  // why it could not be attached; nil when it is

	reader   *conn // of contents alone
	contents inquiry[seen]
	last     atomic.Pointer[seen]
	files    time.Time // when Files' tables were last looked at; contents alone uses it

	lister    *conn // of scan alone
	scan      inquiry[[]catalog.Schema]
	commenter *conn // of comments alone
	comments  inquiry[map[place]string]

	prober *conn // of health alone
	health inquiry[struct{}]

	pulser  *conn // of pulse alone
	pulse   inquiry[struct{}]
	caller  *conn // of storage alone
	storage inquiry[struct{}]
}

// open gives a its own connections.
func (a *attached) open(i *instance) error {
	for _, c := range []**conn{&a.reader, &a.lister, &a.commenter, &a.prober, &a.pulser, &a.caller} {
		var err error
		if *c, err = i.connect(); err != nil {
			return fmt.Errorf("lake %q: %w", a.lake.Name, err)
		}
	}
	return nil
}

// stop ends a's questions and closes its connections; it reports whether that
// could be done before patience ended.
func (a *attached) stop(patience <-chan struct{}) bool {
	// Contents waits for the two others, which alone may not end.
	scan, comments := a.scan.stop(patience), a.comments.stop(patience)
	contents, health := a.contents.stop(patience), a.health.stop(patience)
	pulse, storage := a.pulse.stop(patience), a.storage.stop(patience)
	if !scan || !comments || !contents || !health || !pulse || !storage {
		return false
	}
	for _, c := range []**conn{&a.reader, &a.lister, &a.commenter, &a.prober, &a.pulser, &a.caller} {
		if *c != nil {
			(*c).close()
			*c = nil
		}
	}
	return true
}
