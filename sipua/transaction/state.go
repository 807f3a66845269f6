package transaction

// State is where a transaction stands. Which of them a machine uses is drawn in the package comment.
type State uint8

// The states of RFC 3261 17, with Accepted of RFC 6026.
const (
	Calling State = iota
	Trying
	Proceeding
	Completed
	Confirmed
	Accepted
	Terminated
)

// String is the name the RFC uses.
func (s State) String() string {
	switch s {
	case Calling:
		return "Calling"
	case Trying:
		return "Trying"
	case Proceeding:
		return "Proceeding"
	case Completed:
		return "Completed"
	case Confirmed:
		return "Confirmed"
	case Accepted:
		return "Accepted"
	case Terminated:
		return "Terminated"
	}
	return "unknown state"
}
