// Package export writes one call in the formats that other programs and other people read: a closed list, Formats, of
// pure functions from the views of a call to bytes. Redacting comes before the format and is the same for all of them.
package export
