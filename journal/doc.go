// Package journal is a bounded log of records on flash that survives a power cut. It knows nothing of calls: a record
// is bytes with a number.
//
// A journal is a directory of segments, files named after the number of their first record and the version of their
// format, each a row of
//
//	u32 length | u32 crc32c | u64 seq | payload        (little-endian; the CRC covers length, seq and payload)
//
// A record is written with one system call before Append returns, and synced to the medium at 64 KiB, after 5 s, or
// soon when it must be kept. What the cut of power leaves half written at the end is cut off at the next Open; what is
// damaged in the middle is skipped, and the reader says which numbers are missing. When the journal is full its oldest
// segment goes; when that holds records that nobody acknowledged, Append's caller learns of it by Losses.
//
// Numbers start at 1, and have no hole across restarts except where records were lost: a hole is a loss. A segment
// never spans two runs.
//
// A disk that takes no records, because it is full, read-only, broken or not there, at the start or later, costs none of them:
// they are kept in memory, a mebibyte or MaxBytes at most, and written to the disk when it takes them again, which is tried
// every 5 s, and up to every 5 minutes when it fails again and again. Until then a restart forgets them; Stats and Turned tell
// the owner. What a sync could not write, and the newest segment of a directory that somebody removed, is written again; what
// older segments of that one held is lost. Records from before a missing directory could be taken are numbered anew then, and
// readers and the watermark start over behind what that directory says was acknowledged: records may be read twice, never not
// at all.
//
// One Journal owns a directory, enforced by a lock on it. Its methods may be called from any goroutine; Append takes
// no longer than a write to the file and never waits for a sync. Any number of Readers, in this process or another,
// read without locks while records are appended and segments are deleted underneath them. A Reader itself belongs to
// one goroutine.
package journal
