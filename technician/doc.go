// Package technician is the device's own page: the calls that it recorded, the call flow of each and how the device is, for the
// laptop of somebody who stands in front of it. It only reads.
//
// The page speaks HTTP/1.1 (RFC 9112) as far as a browser needs it for reading: GET and HEAD, no bodies, requests of one connection
// one after the other. It is not net/http's server, which would be another 0.5 MB on a phone (docs/adr/0019, 0025). Whoever asks is a
// stranger until the password is right (RFC 7617), and may have only so much of the device: connections, requests a second, bytes
// of a request, and one page at a time for everybody together.
//
// A name in the address bar may lead to the device although nobody meant it to (DNS rebinding), so that a page is given
// only under an address, localhost, or a name that the configuration allows.
//
// A Server has one goroutine that accepts, and one for each connection; Run ends when all of them have.
package technician
