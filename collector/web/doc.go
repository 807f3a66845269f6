// Package web is the collector's pages: the list of calls, the call flow of each, and the devices.
//
// Everything is rendered on the server and complete without a script. htmx swaps parts of a page instead of all of it;
// a stream of server-sent events says when there is something new to fetch. Static files are embedded, addressed by
// the hash of all of them, and nothing is fetched from anywhere else: the content security policy allows this site
// and no inline script or style.
//
// The handler keeps no state but the open streams, and is safe for concurrent use. Every stream ends with its request,
// and with the channel of store.Reader.Watch.
package web
