package limits

import "container/list"

// line is who stands in line, first come first served.
type line[T any] struct {
	order list.List // of *T
	at    map[*T]*list.Element
}

func (l *line[T]) len() int { return len(l.at) }

func (l *line[T]) push(v *T) {
	if l.at == nil {
		l.at = map[*T]*list.Element{}
	}
	l.at[v] = l.order.PushBack(v)
}

// pop takes the first out; nil if there is none.
func (l *line[T]) pop() *T {
	first := l.order.Front()
	if first == nil {
		return nil
	}
	v, _ := first.Value.(*T)
	l.remove(v)
	return v
}

// remove takes v out, wherever it stands.
func (l *line[T]) remove(v *T) {
	if e, ok := l.at[v]; ok {
		l.order.Remove(e)
		delete(l.at, v)
	}
}
