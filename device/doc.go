// Package device is what a telephone is made of: the hook switch, the keypad, lamps, the ringer, audio and the handset
// itself. One capability a file, each a small interface; a board has those that its profile names (device/profiles).
//
// What a person does arrives as an Event, in order, on the channel of whatever part noticed it. What the phone is told
// to do is a method call that never blocks on hardware. Audio is 16-bit linear PCM at 8 kHz, mono.
//
// device/sim is a phone made of memory, for machines without one; device/control is the socket by which a running agent
// is driven from outside.
package device
