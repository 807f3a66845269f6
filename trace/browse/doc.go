// Package browse is the technician's view of the calls of a device in a terminal: a list, the story of a call, its ladder with
// the messages, and two messages compared. One selection runs through story, ladder and message.
//
// A Model takes keys, sizes and events, and gives frames: lines of coloured text. A Decoder makes keys of what a terminal sends,
// a Screen makes of a frame the bytes that change what the terminal shows. All three are values without I/O, clock or lock, and
// belong to one goroutine. Nothing that a frame holds is ever sent as a control character, whoever chose it.
package browse
