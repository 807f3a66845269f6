package register

// stop ends the registration: a binding is removed (RFC 3261 section 10.2.2). A REGISTER that waits for its response is
// let to get it first (section 10.2); so is a lookup where no way is known.
func (m *Machine) stop(e Stop) error {
	if m.stopping || m.state == over {
		return m.illegal(e)
	}
	m.stopping = true
	m.halt(Again, KeepAlive, Pong, Lapse)
	switch {
	case m.state == registering, m.bound && m.state == locating && len(m.paths) == 0:
		m.start(Bound, stopWithin)
	case m.bound && len(m.paths) > 0:
		m.start(Bound, stopWithin)
		m.unregister()
	default:
		m.end(Status{})
	}
	return nil
}

func (m *Machine) unregister() {
	m.state = unregistering
	m.send(m.build(0), false)
}

// end is the last step of a registration.
func (m *Machine) end(s Status) {
	m.abandon()
	m.halt(Bound, Lapse)
	m.state = over
	m.emit(Bind{})
	s.State = Unregistered
	m.tell(s)
	m.answer(nil, errStopping)
	m.emit(Done{})
}
