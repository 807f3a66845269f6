// Package store keeps what the devices of a fleet reported: events exactly once, calls as rows that can be listed, and
// devices with their presence and their losses.
//
// Reader is what pages and programs read, Store what an engine implements; storetest holds the one contract that every
// engine must pass. This package holds the model and the pure rules that all engines share: which events have been
// seen (Ranges), which views are one call and what its summary is (Join), which losses a device has (Losses), and how
// pages are cut (Cursor).
//
// # One call, many views
//
// Each device numbers its own calls. Two views by different devices are one call when they carry the same Session-ID
// (RFC 7989), else when they carry the same SIP Call-ID (RFC 3261 section 8.1.1.4). The joined call keeps the id of the
// view that was stored first; every view's own id goes on finding it. The outcome does not depend on the order in which
// the devices report.
//
// # When a call happened
//
// Lists are ordered, and the From and To of a Filter are compared, by the time the call began. A device whose clock is
// not synchronised may claim 1970, so its calls count from when they were first received; no call began after that.
//
// Everything is safe for concurrent use, and values returned belong to the caller.
package store
