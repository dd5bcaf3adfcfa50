package engine

import (
	"math/bits"
	"sync"

	"github.com/apache/arrow-go/v18/arrow/memory"
)

const (
	smallestSlab = 12 // 4 KiB; what is smaller is left to Go
	largestSlab  = 23 // 8 MiB
	keptBytes    = 32 << 20
)

// slabs is an Arrow allocator that keeps what is freed for the next batch: most
// of a stream's memory is needed again at once, in the same sizes, and taking it
// from Go would mean to clear it first. What it allocates is not cleared.
type slabs struct {
	mu   sync.Mutex
	free [largestSlab + 1][][]byte
	kept int
}

var _ memory.Allocator = (*slabs)(nil)

// class is the power of two that holds size.
func class(size int) int { return bits.Len(uint(size - 1)) }

// Allocate gives size bytes that may hold anything.
func (s *slabs) Allocate(size int) []byte {
	if size <= 1<<(smallestSlab-1) || size > 1<<largestSlab {
		return make([]byte, size)
	}
	k := max(class(size), smallestSlab)
	s.mu.Lock()
	if n := len(s.free[k]); n > 0 {
		b := s.free[k][n-1]
		s.free[k] = s.free[k][:n-1]
		s.kept -= 1 << k
		s.mu.Unlock()
		return b[:size]
	}
	s.mu.Unlock()
	return make([]byte, size, 1<<k)
}

// Reallocate moves b to size bytes.
func (s *slabs) Reallocate(size int, b []byte) []byte {
	if size <= cap(b) {
		return b[:size]
	}
	moved := s.Allocate(size)
	copy(moved, b)
	s.Free(b)
	return moved
}

// Free takes b back.
func (s *slabs) Free(b []byte) {
	size := cap(b)
	if size < 1<<smallestSlab || size > 1<<largestSlab || size&(size-1) != 0 {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.kept+size > keptBytes {
		return
	}
	s.kept += size
	k := bits.Len(uint(size)) - 1
	s.free[k] = append(s.free[k], b[:0])
}

// growing is a buffer that is written from the front.
type growing struct {
	mem memory.Allocator
	b   []byte
	n   int // bytes written
}

// extend gives the next k bytes to write to, which may hold anything. hint is
// what the buffer will hold in the end, if that is known.
func (g *growing) extend(k, hint int) []byte {
	if g.n+k > len(g.b) {
		size := max(g.n+k, hint, len(g.b)+len(g.b)/2)
		if g.b == nil {
			g.b = g.mem.Allocate(size)
		} else {
			g.b = g.mem.Reallocate(size, g.b)
		}
		g.b = g.b[:cap(g.b)]
	}
	g.n += k
	return g.b[g.n-k : g.n]
}

// take gives what was written, as a buffer that the caller must release, and
// leaves g empty. Never written to, it gives an empty buffer.
func (g *growing) take() *memory.Buffer {
	buffer := memory.NewBufferWithAllocator(g.b[:g.n], g.mem)
	g.b, g.n = nil, 0
	return buffer
}

// drop frees what was written.
func (g *growing) drop() {
	if g.b != nil {
		g.mem.Free(g.b)
	}
	g.b, g.n = nil, 0
}
